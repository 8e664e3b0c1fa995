//! Reading on after a mistake.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Fault, FaultKind, MAX_FAULTS, Node, Place, Value};

/// Reads a `T` out of a tree, and all faults of the tree.
///
/// `serde` stops at the first mistake. So the mistake is noted, the part that holds it is cut out, and
/// the rest is read again. What comes back beside faults lacks what was cut.
pub fn read<T: DeserializeOwned>(root: &Arc<Node>) -> (Option<T>, Vec<Fault>) {
    let mut tree = Node::clone(root);
    let mut faults: Vec<Fault> = Vec::new();
    let mut cut_keys: Vec<(Place, String)> = Vec::new();
    loop {
        let fault = match T::deserialize(&tree) {
            Ok(value) => return (Some(value), faults),
            Err(error) => error.into_fault(&tree.place),
        };
        let place = fault.place.clone();
        // A key that was cut for its own mistake is not missing.
        let known = matches!(&fault.kind, FaultKind::MissingKey(key)
            if cut_keys.iter().any(|(map, cut)| *map == place && cut == key));
        if !known {
            faults.push(fault);
        }
        if faults.len() == MAX_FAULTS || !cut(&mut tree, &place, &mut cut_keys) {
            return (None, faults);
        }
    }
}

/// Removes the map entry or list item that stands at `place`; false where there is none.
fn cut(node: &mut Node, place: &Place, cut_keys: &mut Vec<(Place, String)>) -> bool {
    let around = node.place.clone();
    match &mut node.value {
        Value::Scalar { .. } => false,
        Value::List(items) => {
            let before = items.len();
            items.retain(|item| item.place != *place);
            let removed = items.len() < before;
            removed
                || items
                    .iter_mut()
                    .any(|item| cut(Arc::make_mut(item), place, cut_keys))
        }
        Value::Map(entries) => {
            let before = entries.len();
            entries.retain(|(key, value)| {
                let hit = key.place == *place || value.place == *place;
                if let (true, Some(name)) = (hit, key.text()) {
                    cut_keys.push((around.clone(), name.to_owned()));
                }
                !hit
            });
            let removed = entries.len() < before;
            let mut values = entries.iter_mut().map(|(_, value)| value);
            removed || values.any(|value| cut(Arc::make_mut(value), place, cut_keys))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Source, parse};
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Rule {
        number: String,
        on: Option<bool>,
        ring: Option<Vec<u32>>,
    }

    fn faults(text: &str) -> Vec<(&str, FaultKind)> {
        let node = parse(&Source::new("", text.to_owned())).0.unwrap();
        let (_, faults) = read::<std::collections::BTreeMap<String, Rule>>(&node);
        let found = faults.into_iter().map(|f| (&text[f.place.bytes], f.kind));
        found.collect()
    }

    #[test]
    fn text_is_text_quoted_or_not() {
        let node = parse(&Source::new(
            "",
            "{number: +16505550100, on: true}".to_owned(),
        ))
        .0
        .unwrap();
        let (rule, faults) = read::<Rule>(&node);
        assert_eq!(faults, []);
        assert_eq!(rule.unwrap().number, "+16505550100");
    }

    #[test]
    fn all_mistakes_are_told_each_at_its_place() {
        let found = faults(
            "a: {number: 1, onn: true}\nb: {on: 'true'}\nc: {number: [], ring: [1, x, 3, -4]}\nd:\n",
        );
        let places: Vec<&str> = found.iter().map(|(place, _)| *place).collect();
        assert_eq!(
            places,
            ["onn", "'true'", "{on: 'true'}", "[]", "x", "-4", ""]
        );
        assert!(matches!(found[0].1, FaultKind::UnknownKey { .. }));
        assert!(matches!(found[2].1, FaultKind::MissingKey(_)));
    }

    #[test]
    fn a_key_that_was_cut_for_its_own_mistake_is_not_missing_too() {
        let found = faults("a: {number: {}}\n");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
