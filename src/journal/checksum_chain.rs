//! Chains the lines of a journal: each line has a number, and a checksum over itself and the
//! checksum of the previous line. No line can be removed, moved or changed unnoticed.
//!
//! The chain detects accidents. It is not a signature: anyone who writes a whole journal can
//! compute its checksums.

use serde::Serialize;

use crate::reconcile::digest;

/// The separator between the content of a line and its checksum, which is the last key.
const CHECKSUM_INFIX: &str = ",\"checksum\":\"";

/// The characters that end a line after its checksum.
const LINE_END: &str = "\"}\n";

/// The number of lines so far and the checksum of the last one.
#[derive(Debug, Default)]
pub(super) struct ChecksumChain {
    lines: usize,
    last_checksum: String,
}

/// The content of a line after its number.
#[derive(Serialize)]
struct NumberedLine<'a, T> {
    line: usize,
    #[serde(flatten)]
    content: &'a T,
}

impl ChecksumChain {
    /// Formats the next line, with its number and checksum.
    pub(super) fn next_line<T: Serialize>(&mut self, content: &T) -> serde_json::Result<String> {
        let line = self.lines + 1;
        let mut text = serde_json::to_string(&NumberedLine { line, content })?;
        // The closing brace comes after the checksum.
        text.pop();
        self.advance(&text);
        Ok(format!(
            "{text}{CHECKSUM_INFIX}{}{LINE_END}",
            self.last_checksum
        ))
    }

    /// Checks that a line is the next one of the chain.
    ///
    /// # Errors
    /// If its number or checksum is wrong, with the reason.
    pub(super) fn verify_line(&mut self, line: &str) -> Result<(), String> {
        let actual = line
            .strip_prefix("{\"line\":")
            .and_then(|rest| rest.split_once(','))
            .and_then(|(number, _)| number.parse::<usize>().ok());
        let expected = self.lines + 1;
        match actual {
            None => return Err("not a line of a journal".to_owned()),
            Some(actual) if actual != expected => {
                return Err(format!(
                    "expected line {expected} of the journal, found its line {actual}: lines were \
                     removed, added or moved"
                ));
            }
            Some(_) => {}
        }
        let (text, checksum) = line
            .strip_suffix(LINE_END)
            .and_then(|line| line.rsplit_once(CHECKSUM_INFIX))
            .ok_or("the line has no checksum at its end")?;
        self.advance(text);
        if self.last_checksum == checksum {
            Ok(())
        } else {
            Err("the checksum does not match: the line was changed".to_owned())
        }
    }

    fn advance(&mut self, text: &str) {
        self.lines += 1;
        self.last_checksum = digest::sha256_hex(format!("{}\n{text}", self.last_checksum));
    }
}
