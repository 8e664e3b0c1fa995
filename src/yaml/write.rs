//! Writes YAML for people: maps as blocks, short values on one line.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::{FlowMap, FlowSeq};

use super::has_curly_quotes;

/// The longest map or list that is written on one line, in characters.
const MAX_FLOW_WIDTH: usize = 72;
/// Maps above this depth are the sections of a file and are written as blocks.
const BLOCK_DEPTH: usize = 4;

/// A control character before a text makes the library quote it, also if the text is a key.
const QUOTE_MARK: char = '\u{1}';
/// A quote and the mark as the library writes them.
const ESCAPED_QUOTE_MARK: &str = "\"\\x01";

/// The error of a value that the library cannot write.
pub type YamlWriteError = serde_saphyr::ser::Error;

/// Writes a value as YAML that YAML 1.1 and YAML 1.2 readers understand in the same way.
///
/// # Errors
/// If the library cannot write a value. It can write every JSON value.
pub fn write(value: &Value) -> Result<String, YamlWriteError> {
    write_blocks(&ValueAtDepth { value, depth: 0 })
}

/// Writes a value as it would be written at this depth of a file, without indentation.
///
/// # Errors
/// If the library cannot write a value. It can write every JSON value.
pub(super) fn write_part(value: &Value, depth: usize) -> Result<String, YamlWriteError> {
    let part = ValueAtDepth { value, depth };
    match value {
        Value::Object(_) | Value::Array(_) if !part.is_inline() => write_blocks(&part),
        _ => write_inline(value),
    }
}

/// Writes a value on one line, as in a list in brackets.
///
/// # Errors
/// If the library cannot write a value. It can write every JSON value.
pub(super) fn write_inline(value: &Value) -> Result<String, YamlWriteError> {
    let text = write_blocks(&FlowSeq([InlineValue(value)]))?;
    let item = text.trim_end().strip_prefix('[');
    let item = item.and_then(|item| item.strip_suffix(']'));
    Ok(item.unwrap_or(&text).to_owned())
}

/// Writes a value with the options of all files.
fn write_blocks(value: &impl Serialize) -> Result<String, YamlWriteError> {
    let options = serde_saphyr::ser_options! { compact_list_indent: false };
    let text = serde_saphyr::to_string_with_options(value, options)?;
    Ok(text.replace(ESCAPED_QUOTE_MARK, "\""))
}

/// A value and its depth.
struct ValueAtDepth<'a> {
    value: &'a Value,
    depth: usize,
}

impl ValueAtDepth<'_> {
    /// Returns whether the value is written on one line.
    fn fits_on_line(&self) -> bool {
        self.depth >= BLOCK_DEPTH && self.value.to_string().chars().count() <= MAX_FLOW_WIDTH
    }

    /// Returns whether a list or map is written in brackets.
    fn is_inline(&self) -> bool {
        let is_empty = match self.value {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        is_empty || self.fits_on_line()
    }
}

impl Serialize for ValueAtDepth<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Object(_) if self.is_inline() => {
                FlowMap(InlineValue(self.value)).serialize(serializer)
            }
            Value::Array(_) if self.is_inline() => {
                FlowSeq(InlineValue(self.value)).serialize(serializer)
            }
            Value::Object(map) => {
                let mut entries = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map {
                    let depth = self.depth + 1;
                    entries.serialize_entry(&QuotedText(key), &ValueAtDepth { value, depth })?;
                }
                entries.end()
            }
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for value in items {
                    let depth = self.depth + 1;
                    list.serialize_element(&ValueAtDepth { value, depth })?;
                }
                list.end()
            }
            scalar => InlineValue(scalar).serialize(serializer),
        }
    }
}

/// A value that is written on one line.
struct InlineValue<'a>(&'a Value);

impl Serialize for InlineValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => serializer.collect_map(
                map.iter()
                    .map(|(key, value)| (QuotedText(key), InlineValue(value))),
            ),
            Value::Array(items) => serializer.collect_seq(items.iter().map(InlineValue)),
            Value::String(text) => QuotedText(text).serialize(serializer),
            scalar => scalar.serialize(serializer),
        }
    }
}

/// A text that is quoted if it looks quoted, because readers reject curly quotes in place of
/// straight ones.
struct QuotedText<'a>(&'a str);

impl Serialize for QuotedText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if has_curly_quotes(self.0) {
            format!("{QUOTE_MARK}{}", self.0).serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_values_are_written_on_one_line() {
        let value = json!({ "extension": "101", "interactionRules": { "Late": {
            "conditions": { "callerIds": ["+1650"], "schedule": { "weekly": { "mon-fri": "08:00-16:00" } } },
            "enabled": true,
        } }, "states": {} });
        let text = write(&value).unwrap();
        assert_eq!(
            text,
            "extension: \"101\"\n\
             interactionRules:\n\
             \x20 Late:\n\
             \x20   conditions:\n\
             \x20     callerIds: [\"+1650\"]\n\
             \x20     schedule: {weekly: {mon-fri: 08:00-16:00}}\n\
             \x20   enabled: true\n\
             states: {}\n"
        );
    }

    #[test]
    fn text_in_curly_quotes_is_written_in_straight_ones() {
        let value = json!({ "“VIP”": { "a": { "b": { "“c”": ["‘d’", "e"] } } }, "f": "„g“" });
        assert_eq!(
            write(&value).unwrap(),
            "\"“VIP”\":\n  a:\n    b:\n      \"“c”\": [\"‘d’\", e]\nf: \"„g“\"\n"
        );
    }
}
