//! SHA-256 fingerprints.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of the bytes in hexadecimal digits.
pub fn sha256_hex(of: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(of);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
