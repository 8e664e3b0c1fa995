//! Writes a merged tree with a comment on each line that names its source.

use std::collections::BTreeMap;

use super::{SourceFile, SourceSpan, YamlNode, YamlValue, YamlWriteError, parse, write};

/// Writes a tree like [`write()`], with the source file and line after each line.
///
/// # Errors
/// If the library cannot write a value. It can write every YAML value.
pub fn write_with_origins(tree: &YamlNode) -> Result<String, YamlWriteError> {
    let text = write(&tree.to_json())?;
    // The output has the shape of the tree, so parsing it again gives the line of each part.
    let written = SourceFile::new("", text);
    let mut origins = BTreeMap::new();
    if let (Some(node), _) = parse(&written) {
        collect_origins(&node, tree, &mut origins);
    }
    let lines = written.text.lines();
    let width = |line: &str| line.chars().count();
    let widths = lines.clone().map(width);
    let column = widths.filter(|width| *width <= MAX_COMMENT_COLUMN).max();
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

/// The column at which comments are aligned. Longer lines put the comment right after the text.
const MAX_COMMENT_COLUMN: usize = 72;

/// Collects the sources of the scalars on each line of `written`.
fn collect_origins(
    written: &YamlNode,
    from: &YamlNode,
    origins: &mut BTreeMap<usize, Vec<String>>,
) {
    match (&written.value, &from.value) {
        (YamlValue::Map(written), YamlValue::Map(from)) if !from.is_empty() => {
            for ((_, written), (_, from)) in written.iter().zip(from) {
                collect_origins(written, from, origins);
            }
        }
        (YamlValue::List(written), YamlValue::List(from)) if !from.is_empty() => {
            for (written, from) in written.iter().zip(from) {
                collect_origins(written, from, origins);
            }
        }
        _ => {
            let line = comment_line(written);
            let (from_line, _) = from.span.line_column();
            let origin = format!("{}:{from_line}", from.span.source.path);
            let on_line = origins.entry(line).or_default();
            if !on_line.contains(&origin) {
                on_line.push(origin);
            }
        }
    }
}

/// Returns the line that a comment can follow. In a block scalar a comment would become text, so it
/// goes to the line that opens the block.
fn comment_line(written: &YamlNode) -> usize {
    let SourceSpan { source, bytes } = &written.span;
    let before = source.text.get(..bytes.start).unwrap_or_default();
    let end_of_key = before.trim_end().len();
    let own_line = before
        .get(end_of_key..)
        .is_some_and(|gap| gap.contains('\n'));
    let start = if own_line { end_of_key } else { bytes.start };
    source.line_column(start).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_name_the_source_of_each_line() {
        let text = "extension: 101\nstates:\n  dnd: {}\n  agent: {schedule:\n    work-hours}\nignore: [a, b]\n";
        let node = parse(&SourceFile::new("users/alex.yaml", text.to_owned()))
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
    fn origins_of_block_scalar_are_outside_its_text() {
        let long = "word ".repeat(40);
        let text = format!("a: \"{long}\"\nb: \"two\\nlines\"\nc: [\"{long}\", \"x\\ny\"]\n");
        let node = parse(&SourceFile::new("f", text)).0.unwrap();
        let written = write_with_origins(&node).unwrap();
        let again = parse(&SourceFile::new("", written.clone())).0.unwrap();
        assert_eq!(again.to_json(), node.to_json(), "{written}");
        assert!(written.contains("# f:1"), "{written}");
    }
}
