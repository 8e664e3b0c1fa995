//! Parses text into [`YamlNode`]s.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use super::{
    MAX_ERRORS, MapEntry, SourceFile, SourceSpan, SyntaxErrorKind, YamlError, YamlErrorKind,
    YamlNode, YamlValue,
};

/// The nesting limit: deeper than any configuration, and far from a stack overflow.
const MAX_DEPTH: usize = 64;
/// The largest number of nodes of a file after expanding aliases.
const MAX_NODES: usize = 500_000;

/// Parses one YAML document.
///
/// A duplicate key is an error that keeps the tree (the first one stays). Any other error ends
/// parsing.
pub fn parse(source: &Arc<SourceFile>) -> (Option<Arc<YamlNode>>, Vec<YamlError>) {
    let text = &source.text;
    let mut builder = TreeBuilder::new(source);
    for step in Parser::new_from_str(text) {
        let result = match step {
            Ok((event, span)) => match span.byte_range() {
                Some(bytes) => builder.handle_event(event, bytes),
                None => Ok(()),
            },
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let kind = YamlErrorKind::Syntax(error.kind().clone());
                Err(builder.error(kind, char_range_at(text, at)))
            }
        };
        if let Err(error) = result {
            builder.errors.push(error);
            return (None, builder.errors);
        }
    }
    if builder.root.is_none() {
        builder
            .errors
            .push(builder.syntax_error("the file is empty", 0..0));
    }
    (builder.root, builder.errors)
}

/// Returns the byte range of the character at or before a byte, so that a span never splits a
/// character.
fn char_range_at(text: &str, at: usize) -> Range<usize> {
    let mut start = at.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + width
}

struct TreeBuilder<'a> {
    source: &'a Arc<SourceFile>,
    root: Option<Arc<YamlNode>>,
    open_collections: Vec<OpenCollection>,
    anchors: HashMap<usize, Arc<YamlNode>>,
    errors: Vec<YamlError>,
}

/// An open list or map.
struct OpenCollection {
    start: usize,
    anchor: usize,
    items: Vec<Arc<YamlNode>>,
    is_map: bool,
}

impl<'a> TreeBuilder<'a> {
    /// Creates a builder for the nodes of a file.
    fn new(source: &'a Arc<SourceFile>) -> Self {
        TreeBuilder {
            source,
            root: None,
            open_collections: Vec::new(),
            anchors: HashMap::new(),
            errors: Vec::new(),
        }
    }

    /// Returns the span of a byte range.
    fn span(&self, bytes: Range<usize>) -> SourceSpan {
        SourceSpan::new(self.source, bytes)
    }

    /// Returns an error at a byte range.
    fn error(&self, kind: YamlErrorKind, bytes: Range<usize>) -> YamlError {
        let span = self.span(bytes);
        YamlError { kind, span }
    }

    /// Returns an error that the parser does not report.
    fn syntax_error(&self, reason: impl Into<String>, bytes: Range<usize>) -> YamlError {
        let kind = SyntaxErrorKind::Custom(reason.into());
        self.error(YamlErrorKind::Syntax(kind), bytes)
    }

    /// Adds a parser event to the tree.
    fn handle_event(&mut self, event: Event<'_>, bytes: Range<usize>) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_plain = style == ScalarStyle::Plain;
                let mut text = text.into_owned();
                if is_plain && bytes.is_empty() {
                    // The parser reports `~` for a missing value.
                    text.clear();
                }
                self.finish_node(YamlValue::Scalar { text, is_plain }, bytes, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.open_collection(bytes, anchor, false),
            Event::MappingStart(_, anchor, _) => self.open_collection(bytes, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => {
                // The parser matches starts and ends; without a start there is nothing to close.
                let Some(open) = self.open_collections.pop() else {
                    return Ok(());
                };
                let whole = open.start..bytes.end.max(open.start);
                let value = if open.is_map {
                    YamlValue::Map(self.pair_entries(open.items))
                } else {
                    YamlValue::List(open.items)
                };
                self.finish_node(value, whole, open.anchor)
            }
            Event::Alias(id) => match self.anchors.get(&id) {
                Some(node) => self.attach_node(node.clone(), bytes),
                None => Err(self.syntax_error("an alias inside what it names", bytes)),
            },
            Event::DocumentStart(..) if self.root.is_some() => {
                let why = "a second document begins here; a file has one";
                Err(self.syntax_error(why, bytes))
            }
            _ => Ok(()),
        }
    }

    /// Starts a list or map.
    fn open_collection(
        &mut self,
        bytes: Range<usize>,
        anchor: usize,
        is_map: bool,
    ) -> Result<(), YamlError> {
        if self.open_collections.len() == MAX_DEPTH {
            let why = format!("is nested deeper than {MAX_DEPTH} levels");
            return Err(self.error(YamlErrorKind::TooComplex(why), bytes));
        }
        self.open_collections.push(OpenCollection {
            start: bytes.start,
            anchor,
            items: Vec::new(),
            is_map,
        });
        Ok(())
    }

    /// Completes a node and registers its anchor.
    fn finish_node(
        &mut self,
        value: YamlValue,
        bytes: Range<usize>,
        anchor: usize,
    ) -> Result<(), YamlError> {
        let node = YamlNode::new(value, self.span(bytes.clone()));
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.attach_node(node, bytes)
    }

    /// Adds a node to the open list or map, or as the root.
    fn attach_node(&mut self, node: Arc<YamlNode>, bytes: Range<usize>) -> Result<(), YamlError> {
        if node.size > MAX_NODES {
            let why = format!("expands to more than {MAX_NODES} values through its aliases");
            return Err(self.error(YamlErrorKind::TooComplex(why), bytes));
        }
        match self.open_collections.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    /// Pairs keys with values and reports duplicate keys.
    fn pair_entries(&mut self, items: Vec<Arc<YamlNode>>) -> Vec<MapEntry> {
        let mut entries = Vec::with_capacity(items.len() / 2);
        let mut first_lines: HashMap<String, usize> = HashMap::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let name = key.as_str();
            if let Some((name, first_line)) = name.and_then(|n| Some((n, *first_lines.get(n)?))) {
                if self.errors.len() <= MAX_ERRORS {
                    self.errors.push(YamlError {
                        kind: YamlErrorKind::DuplicateKey {
                            key: name.to_owned(),
                            first_line,
                        },
                        span: key.span.clone(),
                    });
                }
                continue;
            }
            if let Some(name) = name {
                first_lines.insert(name.to_owned(), key.span.line_column().0);
            }
            entries.push((key, value));
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Option<Arc<YamlNode>>, Vec<YamlError>) {
        super::parse(&SourceFile::new("", text.to_owned()))
    }

    fn single_error(text: &str) -> YamlErrorKind {
        let (_, faults) = parse(text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.into_iter().next().unwrap().kind
    }

    #[test]
    fn duplicate_key_is_reported_and_first_value_stays() {
        let text = "a: 1\nb: 2\na: 3\n";
        let (node, faults) = parse(text);
        assert_eq!(faults.len(), 1);
        assert_eq!(&text[faults[0].span.bytes.clone()], "a");
        assert_eq!(
            faults[0].kind,
            YamlErrorKind::DuplicateKey {
                key: "a".to_owned(),
                first_line: 1
            }
        );
        assert_eq!(faults[0].span.bytes.start, 10);
        let YamlValue::Map(entries) = &node.unwrap().value else {
            panic!("not a map")
        };
        assert_eq!(entries[0].1.as_str(), Some("1"));
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn alias_bomb_is_refused_quickly() {
        let mut text = String::from("a: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..30 {
            let previous = format!("*a{},", level - 1).repeat(10);
            text += &format!("b{level}: &a{level} [{previous}]\n");
        }
        assert!(matches!(single_error(&text), YamlErrorKind::TooComplex(_)));
    }

    #[test]
    fn deep_nesting_is_too_complex() {
        let text = "[".repeat(100_000);
        assert!(matches!(
            single_error(&text),
            YamlErrorKind::TooComplex(_) | YamlErrorKind::Syntax(_)
        ));
    }

    #[test]
    fn span_after_multibyte_text_counts_bytes() {
        let text = "名: Zoë\nkey: value\n";
        let (node, _) = parse(text);
        let YamlValue::Map(entries) = &node.unwrap().value else {
            panic!("not a map")
        };
        assert_eq!(&text[entries[0].1.span.bytes.clone()], "Zoë");
        assert_eq!(&text[entries[1].1.span.bytes.clone()], "value");
    }

    #[test]
    fn file_without_exactly_one_document_is_refused() {
        assert!(matches!(
            single_error("a: 1\n---\nb: 2\n"),
            YamlErrorKind::Syntax(_)
        ));
        assert!(matches!(
            single_error("# only a comment\n"),
            YamlErrorKind::Syntax(_)
        ));
    }
}
