//! YAML for people: maps in blocks, what fits on a line on a line.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;
use serde_saphyr::{FlowMap, FlowSeq};

/// The longest map or list that stands on one line.
const LINE: usize = 72;
/// Maps above this depth are a file's sections, and stand in blocks.
const SECTIONS: usize = 4;

/// What the library says when it cannot write a value.
pub type WriteError = serde_saphyr::ser::Error;

/// Writes a value as YAML that readers of YAML 1.1 and 1.2 read alike.
///
/// # Errors
/// When the library cannot say a value; it can say every value of JSON.
pub fn write(value: &Value) -> Result<String, WriteError> {
    let options = serde_saphyr::ser_options! { compact_list_indent: false };
    serde_saphyr::to_string_with_options(&Piece { value, depth: 0 }, options)
}

/// A value and how deep it stands.
struct Piece<'a> {
    value: &'a Value,
    depth: usize,
}

impl Piece<'_> {
    fn fits_a_line(&self) -> bool {
        self.depth >= SECTIONS && self.value.to_string().chars().count() <= LINE
    }
}

impl Serialize for Piece<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Object(map) if map.is_empty() || self.fits_a_line() => {
                FlowMap(map).serialize(serializer)
            }
            Value::Array(items) if items.is_empty() || self.fits_a_line() => {
                FlowSeq(items).serialize(serializer)
            }
            Value::Object(map) => {
                let mut entries = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map {
                    let depth = self.depth + 1;
                    entries.serialize_entry(key, &Piece { value, depth })?;
                }
                entries.end()
            }
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for value in items {
                    let depth = self.depth + 1;
                    list.serialize_element(&Piece { value, depth })?;
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
    fn what_fits_stands_on_a_line() {
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
