//! `docs/reference/keys.md`: every key of every file, generated from the schemas.

mod kind;
mod rules;

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use callrules::config::schema;
use serde_json::Value;

use crate::golden_files::assert_current;
use kind::{Kinds, link, title, words};

const HEAD: &str = "\
# Configuration keys

Every key of every configuration file. Generated from the [JSON schemas](../../schemas) that editors
use; see [testing](../contributing/testing.md#generated-pages). [The language](language.md) explains
how the keys work together.

Keys that are not marked *required* are optional: without them, that part of the account is left
unchanged. `null` is only valid as the value of an interaction rule.

";

/// The kinds of files: each with its schema and its location.
const FILES: [(&str, &str); 6] = [
    ("callrules.schema.json", "`callrules.yaml`"),
    ("user.schema.json", "`users/**/*.yaml`, or `.yml`"),
    ("profile.schema.json", "`profiles/**/*.yaml`, or `.yml`"),
    ("calendar.schema.json", "`calendars/**/*.yaml`, or `.yml`"),
    (
        "contacts.schema.json",
        "`contacts/**/*.yaml` or `.yml`; [CSV](language.md#contacts) works too",
    ),
    ("tests.schema.json", "`tests/**/*.yaml`, or `.yml`"),
];

/// The line above the constraints of a map.
const BETWEEN: &str = "Between these keys:";

/// The page under construction.
#[derive(Default)]
struct Page {
    text: String,
    contents: String,
    /// The headings written so far.
    written: BTreeSet<String>,
    /// Text types with a fixed format, for the section at the end.
    values: Vec<(String, Value)>,
}

impl Page {
    /// Writes a paragraph, a list or a block, and an empty line.
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{}\n", wrap(text));
    }

    fn heading(&mut self, level: usize, heading: &str) {
        assert!(
            self.written.insert(heading.to_owned()),
            "duplicate heading {heading}"
        );
        let indent = "  ".repeat(level - 2);
        let _ = writeln!(self.contents, "{indent}- {}", link(heading, heading));
        self.line(&format!("{} {heading}", "#".repeat(level)));
    }

    /// Writes the section of a kind of file, with the maps that no earlier section has.
    fn file(&mut self, root: &Value, place: &str, user_file: &Value) {
        self.heading(2, &title("", root));
        self.line(place);
        self.line(root["markdownDescription"].as_str().unwrap());
        let mut kinds = Kinds::new(root);
        if root["properties"] != Value::Null && shares_all_keys(root, user_file) {
            let keys = keys_of(root).map(|(key, _)| format!("`{key}`"));
            let keys: Vec<String> = keys.collect();
            let user_file = link("user file", "User file");
            let keys = keys.join(", ");
            self.line(&format!("It has these keys of a {user_file}: {keys}."));
            self.rules(BETWEEN, root, &[]);
            return;
        }
        match (&root["items"], &root["additionalProperties"]) {
            (Value::Object(_), _) => {
                let entry = kinds.of(&root["items"]);
                self.line(&format!("A list, each entry: {entry}."));
            }
            (_, Value::Object(_)) => {
                let value = kinds.of(&root["additionalProperties"]);
                self.line(&format!("A map from names of your choice to {value}."));
            }
            _ => self.keys(&mut kinds, root),
        }
        self.parts(kinds);
    }

    /// Writes the parts that were referenced, and the parts that these reference.
    fn parts(&mut self, mut kinds: Kinds<'_>) {
        let mut waiting = VecDeque::new();
        loop {
            // Newest first, so that a part comes soon after its first reference.
            for part in kinds.take_maps().into_iter().rev() {
                waiting.push_front(part);
            }
            let Some((heading, schema)) = waiting.pop_front() else {
                break;
            };
            if !self.written.contains(&heading) {
                self.heading(3, &heading);
                // A part that only one key uses is described at that key.
                if kinds.is_part(schema) {
                    self.line(schema["markdownDescription"].as_str().unwrap());
                }
                self.keys(&mut kinds, schema);
            }
        }
        for (name, schema) in kinds.take_values() {
            if !self.values.iter().any(|(there, _)| *there == name) {
                self.values.push((name, schema.clone()));
            }
        }
    }

    fn keys<'a>(&mut self, kinds: &mut Kinds<'a>, schema: &'a Value) {
        let required = schema["required"].as_array();
        for (key, property) in keys_of(schema) {
            let is_required = required.is_some_and(|all| all.iter().any(|one| one == key));
            let must = if is_required { " · *required*" } else { "" };
            self.line(&format!("**`{key}`** · {}{must}", kinds.of(property)));
            if let Some(text) = kinds.keyword(property, "markdownDescription") {
                self.line(text.as_str().unwrap());
            }
            let words = words(kinds, property);
            if !words.is_empty() {
                self.line(&words.join("\n"));
            }
            let examples = property["examples"].as_array();
            let examples = examples.into_iter().flatten();
            let examples: Vec<String> = examples.map(|one| format!("`{}`", plain(one))).collect();
            if !examples.is_empty() && words.is_empty() {
                self.line(&format!("For example {}.", examples.join(" or ")));
            }
            let special = match &property["then"] {
                Value::Object(_) => &property["then"],
                _ => property,
            };
            if let (Value::Object(_), Some(common)) =
                (&special["properties"], kinds.common(special))
            {
                self.rules("Here:", special, &rules::of(common));
            }
        }
        self.rules(BETWEEN, schema, &[]);
    }

    /// Writes the constraints between keys, except those that are written elsewhere.
    fn rules(&mut self, lead: &str, schema: &Value, elsewhere: &[String]) {
        let mut rules = rules::of(schema);
        rules.retain(|rule| !elsewhere.contains(rule));
        if !rules.is_empty() {
            let rules: Vec<String> = rules.iter().map(|rule| format!("- {rule}")).collect();
            self.line(lead);
            self.line(&rules.join("\n"));
        }
    }

    fn end(mut self) -> String {
        self.heading(2, "Values");
        self.line("Text with a fixed format. Quotes are optional.");
        let mut values = std::mem::take(&mut self.values);
        values.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, schema) in values {
            self.heading(3, &name);
            self.line(schema["markdownDescription"].as_str().unwrap());
            let examples = schema["examples"].as_array().unwrap().iter();
            let examples: Vec<String> = examples.map(|one| format!("`{}`", plain(one))).collect();
            self.line(&format!("For example {}.", examples.join(" or ")));
        }
        let text = format!("{HEAD}{}\n{}", self.contents, self.text);
        format!("{}\n", text.trim_end())
    }
}

/// Wraps the prose of a Markdown text at 100 columns. Code blocks stay as they are.
fn wrap(text: &str) -> String {
    let mut is_fenced = false;
    let lines = text.lines().map(|line| {
        is_fenced ^= line.starts_with("```");
        if is_fenced || line.starts_with('#') {
            return line.to_owned();
        }
        let indent = if line.starts_with("- ") { "  " } else { "" };
        let options = textwrap::Options::new(100)
            .break_words(false)
            .subsequent_indent(indent)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(line, options)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the keys of a schema, without those that are only there to be refused with a message.
fn keys_of(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let all = schema["properties"].as_object().into_iter().flatten();
    all.filter(|(_, property)| property.is_object())
}

fn shares_all_keys(schema: &Value, other: &Value) -> bool {
    schema != other && keys_of(schema).all(|(key, property)| other["properties"][key] == *property)
}

/// Returns a value as a person types it.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn page() -> String {
    let schemas = schema::all_schemas();
    assert_eq!(schemas.len(), FILES.len(), "a kind of file is missing");
    let parsed = |wanted: &str| -> Value {
        let (_, text) = schemas.iter().find(|(name, _)| *name == wanted).unwrap();
        serde_json::from_str(text).unwrap()
    };
    let user_file = parsed("user.schema.json");
    let mut page = Page::default();
    for (name, place) in FILES {
        page.file(&parsed(name), place, &user_file);
    }
    page.end()
}

#[test]
fn keys_page_matches_schemas() {
    assert_current("docs/reference/keys.md", &page());
}

#[test]
fn keys_page_links_lead_to_headings() {
    let page = page();
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchors: BTreeSet<String> = headings
        .map(|line| kind::anchor(line.trim_start_matches('#').trim()))
        .collect();
    let links = page.split("](#").skip(1);
    let mut checked = 0;
    for link in links {
        let (anchor, _) = link.split_once(')').unwrap();
        assert!(anchors.contains(anchor), "#{anchor}");
        checked += 1;
    }
    assert!(checked > 50, "only {checked} links");
}
