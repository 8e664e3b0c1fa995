//! Finds curly quotes, which word processors put in place of straight ones. YAML reads them as part
//! of the text.

use crate::yaml::{SourceSpan, YamlError, YamlErrorKind, YamlNode, YamlValue, has_curly_quotes};

const CURLY_QUOTES: [char; 5] = ['“', '”', '„', '‘', '’'];

/// Returns help for text in curly quotes, which is pasted from a word processor.
pub(super) fn curly_quote_help(span: &SourceSpan) -> Option<String> {
    let text = span.text().trim();
    // A span of several lines is a map or list, not one value.
    let is_one_line = !text.contains('\n');
    let plain = text.trim_matches(CURLY_QUOTES);
    (has_curly_quotes(text) && is_one_line)
        .then(|| format!("these are curly quotes; use straight quotes: `\"{plain}\"`"))
}

/// Returns an error for each key and plain text that begins or ends with a curly quote. Parts that
/// have an error already are skipped.
pub(super) fn curly_quote_errors(node: &YamlNode, known: &[YamlError]) -> Vec<YamlError> {
    let mut errors = Vec::new();
    collect_errors(node, known, &mut errors);
    errors
}

fn collect_errors(node: &YamlNode, known: &[YamlError], errors: &mut Vec<YamlError>) {
    match &node.value {
        YamlValue::Scalar {
            text,
            is_plain: true,
        } => {
            let is_known = known.iter().any(|error| error.span == node.span);
            if !is_known && curly_quote_help(&node.span).is_some() {
                let message = format!("the curly quotes of `{text}` become part of the text");
                errors.push(YamlError {
                    kind: YamlErrorKind::InvalidValue(message),
                    span: node.span.clone(),
                });
            }
        }
        YamlValue::Scalar { .. } => {}
        YamlValue::List(items) => {
            for item in items {
                collect_errors(item, known, errors);
            }
        }
        YamlValue::Map(entries) => {
            for (key, value) in entries {
                collect_errors(key, known, errors);
                collect_errors(value, known, errors);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, SourceFile};

    #[test]
    fn curly_quotes_are_pointed_out() {
        let help = |text: &str| {
            let source = SourceFile::new("", text.to_owned());
            curly_quote_help(&SourceSpan::new(&source, 0..text.len()))
        };
        assert_eq!(
            help("“+14082324343”").as_deref(),
            Some("these are curly quotes; use straight quotes: `\"+14082324343\"`")
        );
        assert!(help("‘900’").is_some());
        assert_eq!(help("Bob’s desk"), None);
    }

    #[test]
    fn curly_quotes_around_keys_and_text_are_errors() {
        let marked = |text: &str| {
            let source = SourceFile::new("", text.to_owned());
            let node = yaml::parse(&source).0.unwrap();
            let errors = curly_quote_errors(&node, &[]).into_iter();
            let places = errors.map(|error| text[error.span.bytes].to_owned());
            places.collect::<Vec<_>>()
        };
        let text = "“VIP calls”:\n  name: ‘Bob’\n  ring: [„x“, a “b” c, y”]\n";
        assert_eq!(marked(text), ["“VIP calls”", "‘Bob’", "„x“", "y”"]);
        for allowed in [
            "Bob’s desk: James’\n",
            "\"“VIP”\": '“x”'\n",
            "x: |\n  “a”\n",
        ] {
            assert_eq!(marked(allowed), [""; 0], "{allowed}");
        }
    }
}
