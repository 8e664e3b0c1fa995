//! Writes YAML for people: maps as blocks, short values on one line.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::{FlowMap, FlowSeq};

/// The longest map or list that is written on one line, in characters.
const MAX_FLOW_WIDTH: usize = 72;
/// Maps above this depth are the sections of a file and are written as blocks.
const BLOCK_DEPTH: usize = 4;

/// The error of a value that the library cannot write.
pub type YamlWriteError = serde_saphyr::ser::Error;

/// Writes a value as YAML that YAML 1.1 and YAML 1.2 readers understand in the same way.
///
/// # Errors
/// If the library cannot write a value. It can write every JSON value.
pub fn write(value: &Value) -> Result<String, YamlWriteError> {
    let options = serde_saphyr::ser_options! { compact_list_indent: false };
    serde_saphyr::to_string_with_options(&ValueAtDepth { value, depth: 0 }, options)
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
}

impl Serialize for ValueAtDepth<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Object(map) if map.is_empty() || self.fits_on_line() => {
                FlowMap(map).serialize(serializer)
            }
            Value::Array(items) if items.is_empty() || self.fits_on_line() => {
                FlowSeq(items).serialize(serializer)
            }
            Value::Object(map) => {
                let mut entries = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map {
                    let depth = self.depth + 1;
                    entries.serialize_entry(key, &ValueAtDepth { value, depth })?;
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
            scalar => scalar.serialize(serializer),
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
}
