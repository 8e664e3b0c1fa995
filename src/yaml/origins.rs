//! A tree that was put together out of several files, with a comment on each line that says where it
//! was written.

use std::collections::BTreeMap;

use super::{Node, Place, Source, Value, WriteError, parse, write};

/// Writes a tree as [`write()`] does, and behind each line the file and line that it comes from.
///
/// # Errors
/// When the library cannot say a value; it can say every value of YAML.
pub fn write_with_origins(tree: &Node) -> Result<String, WriteError> {
    let text = write(&tree.to_json())?;
    // What was written has the shape of the tree: reading it again tells the line of each part.
    let written = Source::new("", text);
    let mut origins = BTreeMap::new();
    if let (Some(node), _) = parse(&written) {
        collect(&node, tree, &mut origins);
    }
    let lines = written.text.lines();
    let width = |line: &str| line.chars().count();
    let column = lines.clone().map(width).filter(|w| *w <= COLUMN).max();
    let column = column.unwrap_or_default();
    let mut text = String::new();
    for (number, line) in lines.enumerate() {
        text.push_str(line);
        if let Some(origins) = origins.get(&(number + 1)) {
            let space = column.saturating_sub(width(line)) + 2;
            text.push_str(&" ".repeat(space));
            text.push_str("# ");
            text.push_str(&origins.join(", "));
        }
        text.push('\n');
    }
    Ok(text)
}

/// Comments stand below each other, but for lines longer than this.
const COLUMN: usize = 72;

/// Notes for each line of `written` where its scalars come from.
fn collect(written: &Node, from: &Node, origins: &mut BTreeMap<usize, Vec<String>>) {
    match (&written.value, &from.value) {
        (Value::Map(written), Value::Map(from)) if !from.is_empty() => {
            for ((_, written), (_, from)) in written.iter().zip(from) {
                collect(written, from, origins);
            }
        }
        (Value::List(written), Value::List(from)) if !from.is_empty() => {
            for (written, from) in written.iter().zip(from) {
                collect(written, from, origins);
            }
        }
        _ => {
            let line = line_of(written);
            let (from_line, _) = from.place.line_column();
            let origin = format!("{}:{from_line}", from.place.source.path);
            let noted = origins.entry(line).or_default();
            if !noted.contains(&origin) {
                noted.push(origin);
            }
        }
    }
}

/// The line behind which a comment may stand. In a text of several lines it would become a part of the
/// text: such a text begins on a line of its own, below the sign that opens it.
fn line_of(written: &Node) -> usize {
    let Place { source, bytes } = &written.place;
    let before = source.text.get(..bytes.start).unwrap_or_default();
    let opened = before.trim_end().len();
    let own_line = before.get(opened..).is_some_and(|gap| gap.contains('\n'));
    let start = if own_line { opened } else { bytes.start };
    let place = Place {
        source: source.clone(),
        bytes: start..bytes.end,
    };
    place.line_column().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_says_where_it_was_written() {
        let text = "extension: 101\nstates:\n  dnd: {}\n  agent: {schedule:\n    work-hours}\nignore: [a, b]\n";
        let node = parse(&Source::new("users/alex.yaml", text.to_owned()))
            .0
            .unwrap();
        assert_eq!(
            write_with_origins(&node).unwrap(),
            "extension: 101            # users/alex.yaml:1\n\
             states:\n\
             \x20 dnd: {}                 # users/alex.yaml:3\n\
             \x20 agent:\n\
             \x20   schedule: work-hours  # users/alex.yaml:5\n\
             ignore:\n\
             \x20 - a                     # users/alex.yaml:6\n\
             \x20 - b                     # users/alex.yaml:6\n"
        );
    }

    #[test]
    fn a_comment_never_becomes_a_part_of_a_long_text() {
        let long = "word ".repeat(40);
        let text = format!("a: \"{long}\"\nb: \"two\\nlines\"\nc: [\"{long}\", \"x\\ny\"]\n");
        let node = parse(&Source::new("f", text)).0.unwrap();
        let written = write_with_origins(&node).unwrap();
        let again = parse(&Source::new("", written.clone())).0.unwrap();
        assert_eq!(again.to_json(), node.to_json(), "{written}");
        assert!(written.contains("# f:1"), "{written}");
    }
}
