//! Trees with some of their parts replaced or left out. What stays keeps its place.

use std::sync::Arc;

use super::{Node, Value};

impl Node {
    /// The same map without one of its entries.
    pub fn without(self: &Arc<Self>, key: &str) -> Arc<Node> {
        self.keep(|own| own != key)
    }

    /// The same map with these entries alone.
    pub fn only(self: &Arc<Self>, keys: &[&str]) -> Arc<Node> {
        self.keep(|own| keys.contains(&own))
    }

    fn keep(self: &Arc<Self>, is_kept: impl Fn(&str) -> bool) -> Arc<Node> {
        match &self.value {
            Value::Map(entries) => {
                let kept = entries.iter();
                let kept = kept.filter(|(own, _)| own.text().is_some_and(&is_kept));
                Node::new(Value::Map(kept.cloned().collect()), self.place.clone())
            }
            _ => self.clone(),
        }
    }

    /// The same map with the value behind a key replaced, where there is one.
    ///
    /// # Errors
    /// Those of `replace`.
    pub fn with<E>(
        self: &Arc<Self>,
        key: &str,
        replace: impl FnOnce(&Arc<Node>) -> Result<Arc<Node>, E>,
    ) -> Result<Arc<Node>, E> {
        let Value::Map(entries) = &self.value else {
            return Ok(self.clone());
        };
        let mut entries = entries.clone();
        if let Some((_, value)) = { entries.iter_mut() }.find(|(own, _)| own.text() == Some(key)) {
            *value = replace(value)?;
        }
        Ok(Node::new(Value::Map(entries), self.place.clone()))
    }

    /// The same map, with each value of the map behind a key replaced.
    ///
    /// # Errors
    /// Those of `replace`.
    pub fn with_each<E>(
        self: &Arc<Self>,
        key: &str,
        replace: impl Fn(&Arc<Node>) -> Result<Arc<Node>, E>,
    ) -> Result<Arc<Node>, E> {
        self.with(key, |map| {
            let Value::Map(entries) = &map.value else {
                return Ok(map.clone());
            };
            let entries = entries.iter();
            let entries: Result<Vec<_>, E> = entries
                .map(|(key, value)| Ok((key.clone(), replace(value)?)))
                .collect();
            Ok(Node::new(Value::Map(entries?), map.place.clone()))
        })
    }

    /// An entry of a map: its key and its value.
    pub fn pair(&self, name: &str) -> Option<(&Node, &Node)> {
        match &self.value {
            Value::Map(entries) => {
                let mut entries = entries.iter();
                let (key, value) = entries.find(|(key, _)| key.text() == Some(name))?;
                Some((key, value))
            }
            _ => None,
        }
    }
}
