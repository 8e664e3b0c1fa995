//! From text to [`Node`]s.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use super::{Fault, FaultKind, MAX_FAULTS, Node, Place, Source, Value};

/// Deeper than any configuration, and far from the end of the stack.
const MAX_DEPTH: usize = 64;
/// How many nodes one file may stand for once its aliases are written out.
const MAX_NODES: usize = 500_000;

/// Reads one YAML document.
///
/// Duplicate keys are faults that leave a tree (the first one stays); anything else ends the reading.
pub fn parse(source: &Arc<Source>) -> (Option<Arc<Node>>, Vec<Fault>) {
    let text = &source.text;
    let mut builder = Builder::new(source);
    for step in Parser::new_from_str(text) {
        let taken = match step {
            Ok((event, span)) => match span.byte_range() {
                Some(bytes) => builder.take(event, bytes),
                None => Ok(()),
            },
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                Err(builder.unclosed(at).unwrap_or_else(|| {
                    let kind = FaultKind::NotYaml(error.info());
                    builder.fault(kind, one_char(text, at))
                }))
            }
        };
        if let Err(fault) = taken {
            builder.faults.push(fault);
            return (None, builder.faults);
        }
    }
    if builder.root.is_none() {
        let kind = FaultKind::NotYaml("the file says nothing".to_owned());
        builder.faults.push(builder.fault(kind, 0..0));
    }
    (builder.root, builder.faults)
}

/// The bytes of the character at or before a byte, so that a place never splits a character.
fn one_char(text: &str, at: usize) -> Range<usize> {
    let mut start = at.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let width = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + width
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    root: Option<Arc<Node>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Arc<Node>>,
    faults: Vec<Fault>,
}

/// A list or map that has begun and not ended.
struct Open {
    start: usize,
    anchor: usize,
    items: Vec<Arc<Node>>,
    is_map: bool,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        Builder {
            source,
            root: None,
            open: Vec::new(),
            anchors: HashMap::new(),
            faults: Vec::new(),
        }
    }

    fn place(&self, bytes: Range<usize>) -> Place {
        Place {
            source: self.source.clone(),
            bytes,
        }
    }

    fn fault(&self, kind: FaultKind, bytes: Range<usize>) -> Fault {
        let place = self.place(bytes);
        Fault { kind, place }
    }

    /// Where the parser stops within brackets that were opened in a line before, that is where to look: it
    /// notices only at the next line that does not fit.
    fn unclosed(&self, at: usize) -> Option<Fault> {
        let start = self.open.last()?.start;
        let text = &self.source.text;
        let (opens, closes) = match text.as_bytes().get(start)? {
            b'{' => ('{', '}'),
            b'[' => ('[', ']'),
            _ => return None,
        };
        let here = one_char(text, at);
        if !text.get(start..here.start)?.contains('\n') || here.is_empty() {
            return None;
        }
        let (line, _) = self.place(here).line_column();
        let why = format!(
            "before line {line} a comma is missing, or the `{closes}` that closes this `{opens}`"
        );
        Some(self.fault(FaultKind::NotYaml(why), one_char(text, start)))
    }

    fn take(&mut self, event: Event<'_>, bytes: Range<usize>) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                // The parser writes `~` for a value that is not there.
                let is_absent = plain && bytes.is_empty();
                let text = if is_absent {
                    String::new()
                } else {
                    text.into_owned()
                };
                self.close(Value::Scalar { text, plain }, bytes, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(bytes, anchor, false),
            Event::MappingStart(_, anchor, _) => self.begin(bytes, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => {
                // The parser pairs starts with ends; without a start there is nothing to close.
                let Some(open) = self.open.pop() else {
                    return Ok(());
                };
                let whole = open.start..bytes.end.max(open.start);
                let value = if open.is_map {
                    Value::Map(self.pair(open.items))
                } else {
                    Value::List(open.items)
                };
                self.close(value, whole, open.anchor)
            }
            Event::Alias(id) => match self.anchors.get(&id) {
                Some(node) => self.add(node.clone(), bytes),
                None => {
                    let why = "an alias inside what it names".to_owned();
                    Err(self.fault(FaultKind::NotYaml(why), bytes))
                }
            },
            Event::DocumentStart(..) if self.root.is_some() => {
                let why = "a second document begins here; a file has one".to_owned();
                Err(self.fault(FaultKind::NotYaml(why), bytes))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, bytes: Range<usize>, anchor: usize, is_map: bool) -> Result<(), Fault> {
        if self.open.len() == MAX_DEPTH {
            let why = format!("is nested deeper than {MAX_DEPTH} levels");
            return Err(self.fault(FaultKind::TooComplex(why), bytes));
        }
        self.open.push(Open {
            start: bytes.start,
            anchor,
            items: Vec::new(),
            is_map,
        });
        Ok(())
    }

    fn close(&mut self, value: Value, bytes: Range<usize>, anchor: usize) -> Result<(), Fault> {
        let node = Node::new(value, self.place(bytes.clone()));
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.add(node, bytes)
    }

    fn add(&mut self, node: Arc<Node>, bytes: Range<usize>) -> Result<(), Fault> {
        if node.size > MAX_NODES {
            let why =
                format!("stands for more than {MAX_NODES} values once its aliases are written out");
            return Err(self.fault(FaultKind::TooComplex(why), bytes));
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn pair(&mut self, items: Vec<Arc<Node>>) -> Vec<(Arc<Node>, Arc<Node>)> {
        let mut entries = Vec::with_capacity(items.len() / 2);
        let mut seen = HashSet::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            match key.text() {
                Some(name) if !seen.insert(name.to_owned()) => {
                    if self.faults.len() <= MAX_FAULTS {
                        self.faults.push(Fault {
                            kind: FaultKind::DuplicateKey(name.to_owned()),
                            place: key.place.clone(),
                        });
                    }
                }
                _ => entries.push((key, value)),
            }
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Option<Arc<Node>>, Vec<Fault>) {
        super::parse(&Source::new("", text.to_owned()))
    }

    fn fault(text: &str) -> FaultKind {
        let (_, faults) = parse(text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.into_iter().next().unwrap().kind
    }

    #[test]
    fn a_duplicate_key_is_told_and_the_first_one_stays() {
        let text = "a: 1\nb: 2\na: 3\n";
        let (node, faults) = parse(text);
        assert_eq!(faults.len(), 1);
        assert_eq!(&text[faults[0].place.bytes.clone()], "a");
        assert_eq!(faults[0].place.bytes.start, 10);
        let Value::Map(entries) = &node.unwrap().value else {
            panic!("not a map")
        };
        assert_eq!(entries[0].1.text(), Some("1"));
        assert_eq!(entries.len(), 2);
    }

    #[test]
    fn an_alias_bomb_is_refused_quickly() {
        let mut text = String::from("a: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..30 {
            let previous = format!("*a{},", level - 1).repeat(10);
            text += &format!("b{level}: &a{level} [{previous}]\n");
        }
        assert!(matches!(fault(&text), FaultKind::TooComplex(_)));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = "[".repeat(100_000);
        assert!(matches!(
            fault(&text),
            FaultKind::TooComplex(_) | FaultKind::NotYaml(_)
        ));
    }

    #[test]
    fn places_are_bytes_also_behind_other_scripts() {
        let text = "名: Zoë\nkey: value\n";
        let (node, _) = parse(text);
        let Value::Map(entries) = &node.unwrap().value else {
            panic!("not a map")
        };
        assert_eq!(&text[entries[0].1.place.bytes.clone()], "Zoë");
        assert_eq!(&text[entries[1].1.place.bytes.clone()], "value");
    }

    #[test]
    fn two_documents_and_none_are_refused() {
        assert!(matches!(fault("a: 1\n---\nb: 2\n"), FaultKind::NotYaml(_)));
        assert!(matches!(fault("# only a comment\n"), FaultKind::NotYaml(_)));
    }
}
