//! Fingerprints of what must be known again.

use sha2::{Digest, Sha256};

/// A SHA-256 in hexadecimal digits.
pub fn sha256(of: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(of);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
