//! Deserializes leniently: continues after an error.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{MAX_ERRORS, SourceSpan, YamlError, YamlErrorKind, YamlNode, YamlValue};

/// What could be read of a tree.
#[derive(Debug)]
pub struct LenientValue<T> {
    /// The value without the parts that have errors.
    pub value: Option<T>,
    /// All errors of the tree.
    pub errors: Vec<YamlError>,
    /// The tree without the parts that have errors. Paths in `value` refer to it.
    pub tree: YamlNode,
}

/// Deserializes a tree and returns all its errors.
///
/// `serde` stops at the first error. So the part with the error is cut out and the rest is read
/// again.
pub fn deserialize_lenient<T: DeserializeOwned>(root: &Arc<YamlNode>) -> LenientValue<T> {
    let mut tree = YamlNode::clone(root);
    let mut errors: Vec<YamlError> = Vec::new();
    let mut cut_keys: Vec<(SourceSpan, String)> = Vec::new();
    loop {
        let error = match T::deserialize(&tree) {
            Ok(value) => {
                let value = Some(value);
                return LenientValue {
                    value,
                    errors,
                    tree,
                };
            }
            Err(error) => error.into_yaml_error(&tree.span),
        };
        let span = error.span.clone();
        // A key that was cut because of its own error is not missing.
        let known = matches!(&error.kind, YamlErrorKind::MissingKey(key)
            if cut_keys.iter().any(|(map, cut)| *map == span && cut == key));
        if !known {
            errors.push(error);
        }
        if errors.len() == MAX_ERRORS || !remove_at(&mut tree, &span, &mut cut_keys) {
            return LenientValue {
                value: None,
                errors,
                tree,
            };
        }
    }
}

/// Removes the map entry or list item at a span. Returns false if there is none.
fn remove_at(
    node: &mut YamlNode,
    span: &SourceSpan,
    cut_keys: &mut Vec<(SourceSpan, String)>,
) -> bool {
    let around = node.span.clone();
    match &mut node.value {
        YamlValue::Scalar { .. } => false,
        YamlValue::List(items) => {
            let before = items.len();
            items.retain(|item| item.span != *span);
            let mut rest = items.iter_mut();
            rest.len() < before || rest.any(|item| remove_at(Arc::make_mut(item), span, cut_keys))
        }
        YamlValue::Map(entries) => {
            let before = entries.len();
            entries.retain(|(key, value)| {
                let hit = key.span == *span || value.span == *span;
                if let (true, Some(name)) = (hit, key.as_str()) {
                    cut_keys.push((around.clone(), name.to_owned()));
                }
                !hit
            });
            let mut rest = entries.iter_mut();
            rest.len() < before
                || rest.any(|(_, value)| remove_at(Arc::make_mut(value), span, cut_keys))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SourceFile, parse};
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct LenientRule {
        number: String,
        on: Option<bool>,
        ring: Option<Vec<u32>>,
    }

    fn read_errors(text: &str) -> Vec<(&str, YamlErrorKind)> {
        let node = parse(&SourceFile::new("", text.to_owned())).0.unwrap();
        let read = deserialize_lenient::<std::collections::BTreeMap<String, LenientRule>>(&node);
        let found = read
            .errors
            .into_iter()
            .map(|f| (&text[f.span.bytes], f.kind));
        found.collect()
    }

    #[test]
    fn quoted_and_unquoted_text_is_equal() {
        let node = parse(&SourceFile::new(
            "",
            "{number: +16505550100, on: true}".to_owned(),
        ))
        .0
        .unwrap();
        let read = deserialize_lenient::<LenientRule>(&node);
        assert_eq!(read.errors, []);
        assert_eq!(read.value.unwrap().number, "+16505550100");
    }

    #[test]
    fn every_error_is_reported_with_its_span() {
        let found = read_errors(
            "a: {number: 1, onn: true}\nb: {on: 'true'}\nc: {number: [], ring: [1, x, 3, -4]}\nd:\n",
        );
        let places: Vec<&str> = found.iter().map(|(place, _)| *place).collect();
        assert_eq!(
            places,
            ["onn", "'true'", "{on: 'true'}", "[]", "x", "-4", ""]
        );
        assert!(matches!(found[0].1, YamlErrorKind::UnknownKey { .. }));
        assert!(matches!(found[2].1, YamlErrorKind::MissingKey(_)));
    }

    #[test]
    fn invalid_key_is_not_reported_as_missing() {
        let found = read_errors("a: {number: {}}\n");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
