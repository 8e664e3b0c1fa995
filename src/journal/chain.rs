//! What holds the lines of a journal together: each has its number, and a checksum over itself and the
//! checksum of the line before it. So no line can go, move or change without notice.
//!
//! It finds mishaps. It is no signature: whoever writes a whole journal can write its checksums too.

use serde::Serialize;

use crate::engine::digest;

/// What stands between what a line says and its checksum, which is its last key.
const CHECKSUM: &str = ",\"checksum\":\"";

/// The end of a line.
const END: &str = "\"}\n";

/// How far a journal has come.
#[derive(Debug, Default)]
pub(super) struct Chain {
    lines: usize,
    last: String,
}

/// A line with its number.
#[derive(Serialize)]
struct Numbered<'a, T> {
    line: usize,
    #[serde(flatten)]
    content: &'a T,
}

impl Chain {
    /// The next line.
    pub(super) fn line<T: Serialize>(&mut self, content: &T) -> serde_json::Result<String> {
        let line = self.lines + 1;
        let mut text = serde_json::to_string(&Numbered { line, content })?;
        // The brace at its end comes after the checksum.
        text.pop();
        self.add(&text);
        Ok(format!("{text}{CHECKSUM}{}{END}", self.last))
    }

    /// Takes a line that was read, where it is the next one; else says what is wrong.
    pub(super) fn take(&mut self, line: &str) -> Result<(), String> {
        let is = line.strip_prefix("{\"line\":");
        let is = is.and_then(|rest| rest.split_once(','));
        let is = is.and_then(|(number, _)| number.parse::<usize>().ok());
        let wanted = self.lines + 1;
        match is {
            None => return Err("this is no line of a journal".to_owned()),
            Some(is) if is != wanted => {
                return Err(format!(
                    "line {wanted} of the journal belongs here, and this is its line {is}: lines were \
                     removed, added or moved"
                ));
            }
            Some(_) => {}
        }
        let (text, sum) = { line.strip_suffix(END) }
            .and_then(|line| line.rsplit_once(CHECKSUM))
            .ok_or("this line has no checksum at its end")?;
        self.add(text);
        if self.last == sum {
            return Ok(());
        }
        Err("the checksum does not fit: this line is not as it was written".to_owned())
    }

    fn add(&mut self, text: &str) {
        self.lines += 1;
        self.last = digest::sha256(format!("{}\n{text}", self.last));
    }
}
