//! Writes new parts of a text in its own layout.

use serde_json::{Map, Value, json};

use crate::yaml::write::{write_inline, write_part};
use crate::yaml::{SourceFile, YamlNode, YamlValue, YamlWriteError, parse};

/// The layout of a text: how it ends lines, indents, and writes maps in brackets.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextLayout {
    /// The line break: CRLF if the text has one.
    pub(super) line_break: &'static str,
    /// The number of spaces by which a map is indented.
    indent_step: usize,
    /// Whether there are spaces inside the brackets of maps.
    has_spaced_maps: bool,
}

/// The text of a value.
#[derive(Debug)]
pub(super) enum WrittenValue {
    /// The value is on one line.
    Line(String),
    /// The value is a list or map with a line for each item, without indentation.
    Block(Vec<String>),
}

/// The indentation in files that have no nested map.
const DEFAULT_INDENT_STEP: usize = 2;

impl TextLayout {
    /// Determines the layout of a text.
    pub(super) fn of(text: &str, root: &YamlNode) -> Self {
        let nested_column = || {
            let YamlValue::Map(entries) = &root.value else {
                return None;
            };
            entries.iter().find_map(|(_, value)| {
                let is_block = text.as_bytes().get(value.span.bytes.start) != Some(&b'{');
                match &value.value {
                    YamlValue::Map(nested) if is_block => {
                        let (_, column) = nested.first()?.0.span.line_column();
                        Some(column - 1)
                    }
                    _ => None,
                }
            })
        };
        TextLayout {
            line_break: if text.contains("\r\n") { "\r\n" } else { "\n" },
            indent_step: nested_column()
                .filter(|step| *step > 0)
                .unwrap_or(DEFAULT_INDENT_STEP),
            has_spaced_maps: text.contains("{ "),
        }
    }

    /// Writes a value at a depth of the file. In brackets, it is on one line.
    pub(super) fn write_value(
        self,
        value: &Value,
        depth: usize,
        in_brackets: bool,
    ) -> Result<WrittenValue, YamlWriteError> {
        let text = if in_brackets {
            write_inline(value)?
        } else {
            write_part(value, depth)?
        };
        let text = if self.has_spaced_maps {
            add_spaces(text)
        } else {
            text
        };
        let is_block = (value.is_object() || value.is_array()) && !text.starts_with(['{', '[']);
        Ok(if is_block {
            WrittenValue::Block(self.indent_lines(&text))
        } else {
            WrittenValue::Line(text.trim_end().to_owned())
        })
    }

    /// Writes an entry of a map.
    pub(super) fn write_entry(
        self,
        key: &str,
        value: &Value,
        depth: usize,
        in_brackets: bool,
    ) -> Result<Vec<String>, YamlWriteError> {
        let key = write_key(key)?;
        Ok(match self.write_value(value, depth, in_brackets)? {
            WrittenValue::Line(value) => vec![format!("{key}: {value}")],
            WrittenValue::Block(lines) => {
                let lines = lines.into_iter().map(|line| self.indent_below_key(&line));
                std::iter::once(format!("{key}:")).chain(lines).collect()
            }
        })
    }

    /// Writes an item of a list.
    pub(super) fn write_item(
        self,
        value: &Value,
        depth: usize,
    ) -> Result<Vec<String>, YamlWriteError> {
        Ok(match self.write_value(value, depth, false)? {
            WrittenValue::Line(value) => vec![format!("- {value}")],
            WrittenValue::Block(lines) => {
                let marks = std::iter::once("- ").chain(std::iter::repeat("  "));
                let lines = marks.zip(lines);
                lines.map(|(mark, line)| format!("{mark}{line}")).collect()
            }
        })
    }

    /// Indents a line of a value that is below its key.
    pub(super) fn indent_below_key(self, line: &str) -> String {
        format!("{}{line}", " ".repeat(self.indent_step))
    }

    /// Joins lines that are indented by a number of spaces. The first line has its own place.
    pub(super) fn join_lines(self, lines: &[String], indent: usize) -> String {
        let separator = format!("{}{}", self.line_break, " ".repeat(indent));
        lines.join(&separator)
    }

    /// Changes the indentation of maps from the two spaces of the library. A dash keeps its two.
    fn indent_lines(self, text: &str) -> Vec<String> {
        let mut dashes: Vec<usize> = Vec::new();
        let indent = |line: &str| {
            let content = line.trim_start_matches(' ');
            let own = line.len() - content.len();
            dashes.retain(|column| *column <= own);
            let of_dashes = 2 * dashes.len();
            let of_maps = own.saturating_sub(of_dashes);
            if content.starts_with("- ") {
                dashes.push(own + 2);
            }
            let spaces = of_dashes + of_maps / 2 * self.indent_step + of_maps % 2;
            format!("{}{content}", " ".repeat(spaces))
        };
        text.lines().map(indent).collect()
    }
}

/// Writes the key of a map.
pub(super) fn write_key(key: &str) -> Result<String, YamlWriteError> {
    let map = Map::from_iter([(key.to_owned(), json!(1))]);
    let text = write_inline(&Value::Object(map))?;
    let key = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix(": 1}"));
    Ok(key.unwrap_or(&text).to_owned())
}

/// Adds spaces inside the brackets of maps.
fn add_spaces(text: String) -> String {
    fn collect_brackets(node: &YamlNode, text: &str, spaces: &mut Vec<usize>) {
        match &node.value {
            YamlValue::Scalar { .. } => {}
            YamlValue::List(items) => {
                for item in items {
                    collect_brackets(item, text, spaces);
                }
            }
            YamlValue::Map(entries) => {
                let bytes = &node.span.bytes;
                if text.as_bytes().get(bytes.start) == Some(&b'{') && !entries.is_empty() {
                    spaces.extend([bytes.start + 1, bytes.end - 1]);
                }
                for (_, value) in entries {
                    collect_brackets(value, text, spaces);
                }
            }
        }
    }
    let source = SourceFile::new("", text);
    let mut spaces = Vec::new();
    if let (Some(node), _) = parse(&source) {
        collect_brackets(&node, &source.text, &mut spaces);
    }
    spaces.sort_unstable();
    let mut spaced = source.text.clone();
    for at in spaces.into_iter().rev() {
        spaced.insert(at, ' ');
    }
    spaced
}
