//! What a value may be, in people's words.

use serde_json::Value;

/// Forms of text that people call otherwise than the program does.
const NAMES: [(&str, &str); 11] = [
    ("CallTime", "Time of a call"),
    ("DeviceRef", "Device"),
    ("Email", "E-mail address"),
    ("GreetingId", "Id of a recording"),
    ("PersonRef", "Person or queue"),
    ("PhonePrefix", "Phone number or its beginning"),
    ("PresetRef", "Standard greeting"),
    ("SpanText", "Span of time"),
    ("FileName", "Name of a file"),
    ("UserRef", "User with a file"),
    ("WarningName", "Warning"),
];

/// Says what values may be, and remembers the parts that were named.
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

    /// What a schema says, or else the part that it refers to.
    pub(super) fn said(&self, schema: &'a Value, keyword: &str) -> Option<&'a Value> {
        let own = schema.get(keyword);
        own.or_else(|| self.part(schema)?.1.get(keyword))
    }

    /// Whether several places may refer to a schema.
    pub(super) fn is_part(&self, schema: &Value) -> bool {
        let parts = self.root["$defs"].as_object();
        parts.is_some_and(|parts| parts.values().any(|part| part == schema))
    }

    /// The part of which a schema is a special form.
    pub(super) fn common(&self, special: &Value) -> Option<&'a Value> {
        let parts = self.root["$defs"].as_object()?;
        parts
            .values()
            .find(|part| part["title"] == special["title"])
    }

    /// What a value may be.
    pub(super) fn of(&mut self, schema: &'a Value) -> String {
        if let Some((name, part)) = self.part(schema) {
            return self.named(name, part);
        }
        let shape = &schema["if"];
        if let Some(kind) = shape["type"].as_str() {
            return match kind {
                "array" => format!("{}, or a list of such", self.of(&schema["else"])),
                "null" => format!("{}, or `null`", self.of(&schema["else"])),
                // A map alone, with a message about all else.
                "object" if schema["else"]["type"] == "object" => self.of(&schema["then"]),
                "object" => {
                    let word = self.of(&schema["else"]);
                    format!("{word}, or {}", self.of(&schema["then"]))
                }
                other => panic!("a value that depends on whether it is {other}"),
            };
        }
        if shape["required"].is_array() {
            // The API's own form, or ours.
            let (api, form) = (self.of(&schema["then"]), self.of(&schema["else"]));
            return format!("{form}, or {api}");
        }
        self.simple(schema)
    }

    fn named(&mut self, name: &str, part: &'a Value) -> String {
        if name == "Api" {
            return "[the API's own form](language.md#the-apis-own-form)".to_owned();
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
                [only] => format!("the word `{}`", only.as_str().unwrap()),
                _ => "one of the words below".to_owned(),
            };
        }
        match schema["type"].as_str() {
            Some("array") if schema["items"]["required"][0] == "triggerType" => {
                "a list, each entry: [a trigger in the API's own form](language.md#the-apis-own-form)"
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
                format!("a map: behind each name of yours {value}")
            }
            _ if schema["patternProperties"].is_object() => {
                let days = schema["patternProperties"].as_object().unwrap();
                let times = self.of(days.values().next().unwrap());
                format!("a map: behind each day, or run of days, {times}")
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

/// The words that a value may be, each with what it means.
pub(super) fn words<'a>(kinds: &Kinds<'a>, schema: &'a Value) -> Vec<String> {
    let here = |schema: &'a Value| {
        let words = kinds.said(schema, "enum")?.as_array()?;
        let meanings = kinds.said(schema, "markdownEnumDescriptions")?;
        let told = words.iter().zip(meanings.as_array()?);
        let told = told.map(|(word, meaning)| {
            format!(
                "- `{}`: {}",
                word.as_str().unwrap(),
                meaning.as_str().unwrap()
            )
        });
        Some(told.collect())
    };
    let places = [
        schema,
        &schema["else"],
        &schema["items"],
        &schema["items"]["else"],
    ];
    places.into_iter().find_map(here).unwrap_or_default()
}

/// The heading under which a part stands: its title, else its name as words.
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

/// What GitHub makes of a heading.
pub(super) fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase().replace(' ', "-");
    let is_kept = |letter: &char| letter.is_alphanumeric() || "-_".contains(*letter);
    letters.chars().filter(is_kept).collect()
}
