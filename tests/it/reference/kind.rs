//! Describes the types of values for people.

use serde_json::Value;

/// Headings for text types whose type name would not be clear.
const NAMES: [(&str, &str); 11] = [
    ("CallTime", "Time of a call"),
    ("DeviceRef", "Device"),
    ("Email", "E-mail address"),
    ("GreetingId", "Recording id"),
    ("ExtensionRef", "Person or queue"),
    ("PhonePrefix", "Phone number or prefix"),
    ("PresetRef", "Standard greeting"),
    ("SpanText", "Time span"),
    ("FileName", "File name"),
    ("UserRef", "User with a file"),
    ("WarningName", "Warning"),
];

/// Describes schemas, and collects the parts that they reference.
pub(super) struct Kinds<'a> {
    root: &'a Value,
    maps: Vec<(String, &'a Value)>,
    values: Vec<(String, &'a Value)>,
}

impl<'a> Kinds<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Kinds {
            root,
            maps: Vec::new(),
            values: Vec::new(),
        }
    }

    pub(super) fn take_maps(&mut self) -> Vec<(String, &'a Value)> {
        std::mem::take(&mut self.maps)
    }

    pub(super) fn take_values(&mut self) -> Vec<(String, &'a Value)> {
        std::mem::take(&mut self.values)
    }

    fn part(&self, schema: &Value) -> Option<(&'a str, &'a Value)> {
        let pointer = schema["$ref"].as_str()?.strip_prefix("#/$defs/")?;
        let parts = self.root["$defs"].as_object()?;
        let (name, part) = parts.get_key_value(pointer)?;
        Some((name, part))
    }

    /// Returns a keyword of a schema, or of the part that it references.
    pub(super) fn keyword(&self, schema: &'a Value, keyword: &str) -> Option<&'a Value> {
        let own = schema.get(keyword);
        own.or_else(|| self.part(schema)?.1.get(keyword))
    }

    /// Whether a schema is a named part, which several keys can reference.
    pub(super) fn is_part(&self, schema: &Value) -> bool {
        let parts = self.root["$defs"].as_object();
        parts.is_some_and(|parts| parts.values().any(|part| part == schema))
    }

    /// Returns the named part with the same title, of which a schema is a variant.
    pub(super) fn common(&self, special: &Value) -> Option<&'a Value> {
        let parts = self.root["$defs"].as_object()?;
        parts
            .values()
            .find(|part| part["title"] == special["title"])
    }

    /// Describes the type of a value.
    pub(super) fn of(&mut self, schema: &'a Value) -> String {
        if let Some((name, part)) = self.part(schema) {
            return self.named(name, part);
        }
        let shape = &schema["if"];
        if let Some(kind) = shape["type"].as_str() {
            return match kind {
                "array" => format!("{}, or a list of these", self.of(&schema["else"])),
                "null" => format!("{}, or `null`", self.of(&schema["else"])),
                // Only a map. The other branch has the error message.
                "object" if schema["else"]["type"] == "object" => self.of(&schema["then"]),
                "object" => {
                    let word = self.of(&schema["else"]);
                    format!("{word}, or {}", self.of(&schema["then"]))
                }
                other => panic!("a value that depends on whether it is {other}"),
            };
        }
        if shape["required"].is_array() {
            // The API's JSON form, or the short form.
            let (api, form) = (self.of(&schema["then"]), self.of(&schema["else"]));
            return format!("{form}, or {api}");
        }
        self.simple(schema)
    }

    fn named(&mut self, name: &str, part: &'a Value) -> String {
        if name == "Api" {
            return "[the API's JSON form](language.md#the-apis-json-form)".to_owned();
        }
        let heading = title(name, part);
        if part["properties"].is_object() {
            self.maps.push((heading.clone(), part));
            return link(&heading, &heading);
        }
        if part["pattern"].is_string() {
            self.values.push((heading.clone(), part));
            return link(&heading.to_lowercase(), &heading);
        }
        self.of(part)
    }

    fn simple(&mut self, schema: &'a Value) -> String {
        if let Some(words) = schema["enum"].as_array() {
            return match &words[..] {
                [only] => format!("the keyword `{}`", only.as_str().unwrap()),
                _ => "one of the values below".to_owned(),
            };
        }
        match schema["type"].as_str() {
            Some("array") if schema["items"]["required"][0] == "triggerType" => {
                "a list, each entry: [a trigger in the API's JSON form](language.md#the-apis-json-form)"
                    .to_owned()
            }
            Some("array") => format!("a list, each entry: {}", self.of(&schema["items"])),
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("integer") => match schema["minimum"].as_u64() {
                Some(1..) => format!("a whole number, at least {}", schema["minimum"]),
                _ => "a whole number".to_owned(),
            },
            Some("object") if schema["additionalProperties"].is_object() => {
                let value = self.of(&schema["additionalProperties"]);
                format!("a map from names of your choice to {value}")
            }
            _ if schema["patternProperties"].is_object() => {
                let days = schema["patternProperties"].as_object().unwrap();
                let times = self.of(days.values().next().unwrap());
                format!("a map from days or ranges of days to {times}")
            }
            _ if schema["properties"].is_object() => {
                let heading = title("", schema);
                let common = self.common(schema);
                self.maps.push((heading.clone(), common.unwrap_or(schema)));
                link(&heading, &heading)
            }
            _ => "text".to_owned(),
        }
    }
}

/// Lists the allowed values with their meanings.
pub(super) fn words<'a>(kinds: &Kinds<'a>, schema: &'a Value) -> Vec<String> {
    let here = |schema: &'a Value| {
        let words = kinds.keyword(schema, "enum")?.as_array()?;
        let meanings = kinds.keyword(schema, "markdownEnumDescriptions")?;
        let described = words.iter().zip(meanings.as_array()?);
        let lines = described.map(|(word, meaning)| {
            format!(
                "- `{}`: {}",
                word.as_str().unwrap(),
                meaning.as_str().unwrap()
            )
        });
        Some(lines.collect())
    };
    let places = [
        schema,
        &schema["else"],
        &schema["items"],
        &schema["items"]["else"],
    ];
    places.into_iter().find_map(here).unwrap_or_default()
}

/// Returns the heading of a part: its title, or else its type name as words.
pub(super) fn title(name: &str, schema: &Value) -> String {
    if let Some(title) = schema["title"].as_str() {
        return title.to_owned();
    }
    if let Some((_, name)) = NAMES.iter().find(|(there, _)| *there == name) {
        return (*name).to_owned();
    }
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

pub(super) fn link(text: &str, heading: &str) -> String {
    format!("[{text}](#{})", anchor(heading))
}

/// Returns the anchor that GitHub gives to a heading.
pub(super) fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase().replace(' ', "-");
    let is_kept = |letter: &char| letter.is_alphanumeric() || "-_".contains(*letter);
    letters.chars().filter(is_kept).collect()
}
