//! `docs/reference.md`: every key of every file, out of the schemas.

mod kind;
mod rules;

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use callrules::config::schema;
use serde_json::Value;

use crate::golden_files::assert_current;
use kind::{Kinds, link, title, words};

const HEAD: &str = "\
# The reference of the files

Every key of every file, out of the schemas in [schemas](../schemas), which an editor reads too. Do not edit
this page: it is made anew with `UPDATE_DOCS=1 cargo test --test it reference`. How the keys play together
is told in [the language of the files](language.md).

A key that is not marked as one that *must be there* may be left out. Then that part stays as it is on the
account. `null` behind a key is a mistake everywhere but behind the name of an interaction rule.

";

/// The kinds of files, by their schemas, and where they stand.
const FILES: [(&str, &str); 6] = [
    ("callrules.schema.json", "`callrules.yaml`"),
    ("user.schema.json", "`users/**/*.yaml`, or `.yml`"),
    ("profile.schema.json", "`profiles/**/*.yaml`, or `.yml`"),
    ("calendar.schema.json", "`calendars/**/*.yaml`, or `.yml`"),
    (
        "contacts.schema.json",
        "`contacts/**/*.yaml` or `.yml`; [a CSV](language.md#contacts) says the same",
    ),
    ("tests.schema.json", "`tests/**/*.yaml`, or `.yml`"),
];

/// What stands above the rules of a map.
const BETWEEN: &str = "Between these keys:";

/// The page as far as it is written.
#[derive(Default)]
struct Page {
    text: String,
    contents: String,
    /// The headings that there are.
    written: BTreeSet<String>,
    /// Text with a form, which comes at the end.
    values: Vec<(String, Value)>,
}

impl Page {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}\n");
    }

    fn heading(&mut self, level: usize, heading: &str) {
        assert!(self.written.insert(heading.to_owned()), "two are {heading}");
        let indent = "  ".repeat(level - 2);
        let _ = writeln!(self.contents, "{indent}- {}", link(heading, heading));
        self.line(&format!("{} {heading}", "#".repeat(level)));
    }

    /// A kind of file, and the maps in it that no file before it has.
    fn file(&mut self, root: &Value, place: &str, user_file: &Value) {
        self.heading(2, &title("", root));
        self.line(place);
        self.line(root["markdownDescription"].as_str().unwrap());
        let mut kinds = Kinds::new(root);
        if root["properties"] != Value::Null && shares_all_keys(root, user_file) {
            let keys = taken(root).map(|(key, _)| format!("`{key}`"));
            let keys: Vec<String> = keys.collect();
            let user_file = link("user file", "User file");
            let keys = keys.join(", ");
            self.line(&format!("It takes these keys of a {user_file}: {keys}."));
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
                self.line(&format!("A map: behind each name of yours {value}."));
            }
            _ => self.keys(&mut kinds, root),
        }
        self.parts(kinds);
    }

    /// The parts that have been named, and those that these name.
    fn parts(&mut self, mut kinds: Kinds<'_>) {
        let mut waiting = VecDeque::new();
        loop {
            // Before those that were named earlier: a part stands near where it is named.
            for part in kinds.take_maps().into_iter().rev() {
                waiting.push_front(part);
            }
            let Some((heading, schema)) = waiting.pop_front() else {
                break;
            };
            if !self.written.contains(&heading) {
                self.heading(3, &heading);
                // What is said of one key alone stands there.
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
        for (key, property) in taken(schema) {
            let is_required = required.is_some_and(|all| all.iter().any(|one| one == key));
            let must = if is_required {
                " · *must be there*"
            } else {
                ""
            };
            self.line(&format!("**`{key}`** · {}{must}", kinds.of(property)));
            if let Some(text) = kinds.said(property, "markdownDescription") {
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

    /// What holds between keys, but for what is said elsewhere.
    fn rules(&mut self, lead: &str, schema: &Value, said: &[String]) {
        let mut rules = rules::of(schema);
        rules.retain(|rule| !said.contains(rule));
        if !rules.is_empty() {
            let rules: Vec<String> = rules.iter().map(|rule| format!("- {rule}")).collect();
            self.line(lead);
            self.line(&rules.join("\n"));
        }
    }

    fn end(mut self) -> String {
        self.heading(2, "Values");
        self.line("Text that must have a form; all of it with quotes or without.");
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

/// The keys that a schema takes. Those that it refuses with a message stand there as `true`.
fn taken(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let all = schema["properties"].as_object().into_iter().flatten();
    all.filter(|(_, property)| property.is_object())
}

fn shares_all_keys(schema: &Value, other: &Value) -> bool {
    schema != other && taken(schema).all(|(key, said)| other["properties"][key] == *said)
}

/// A value as it is typed.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn page() -> String {
    let schemas = schema::all();
    assert_eq!(schemas.len(), FILES.len(), "a kind of file is not told");
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
fn the_reference_is_what_the_schemas_say() {
    assert_current("docs/reference.md", &page());
}

#[test]
fn every_link_of_the_reference_leads_somewhere() {
    let page = page();
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchors: BTreeSet<String> = headings
        .map(|line| kind::anchor(line.trim_start_matches('#').trim()))
        .collect();
    let links = page.split("](#").skip(1);
    let mut found = 0;
    for link in links {
        let (anchor, _) = link.split_once(')').unwrap();
        assert!(anchors.contains(anchor), "#{anchor}");
        found += 1;
    }
    assert!(found > 50, "only {found} links");
}
