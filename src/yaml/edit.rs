//! Copies of trees with parts replaced or removed. The other parts keep their spans.

use std::sync::Arc;

use super::{YamlNode, YamlValue};

impl YamlNode {
    /// Returns the map without one of its entries.
    pub fn without_key(self: &Arc<Self>, key: &str) -> Arc<YamlNode> {
        self.filter_keys(|own| own != key)
    }

    /// Returns the map with only these entries.
    pub fn retain_keys(self: &Arc<Self>, keys: &[&str]) -> Arc<YamlNode> {
        self.filter_keys(|own| keys.contains(&own))
    }

    /// Returns the map with the entries whose key passes the filter.
    fn filter_keys(self: &Arc<Self>, is_kept: impl Fn(&str) -> bool) -> Arc<YamlNode> {
        match &self.value {
            YamlValue::Map(entries) => {
                let kept = entries.iter();
                let kept = kept.filter(|(own, _)| own.as_str().is_some_and(&is_kept));
                YamlNode::new(YamlValue::Map(kept.cloned().collect()), self.span.clone())
            }
            _ => self.clone(),
        }
    }

    /// Returns the map with the value of a key replaced, if the key exists.
    ///
    /// # Errors
    /// Those of `replace`.
    pub fn map_value<E>(
        self: &Arc<Self>,
        key: &str,
        replace: impl FnOnce(&Arc<YamlNode>) -> Result<Arc<YamlNode>, E>,
    ) -> Result<Arc<YamlNode>, E> {
        let YamlValue::Map(entries) = &self.value else {
            return Ok(self.clone());
        };
        let mut entries = entries.clone();
        if let Some((_, value)) = { entries.iter_mut() }.find(|(own, _)| own.as_str() == Some(key))
        {
            *value = replace(value)?;
        }
        Ok(YamlNode::new(YamlValue::Map(entries), self.span.clone()))
    }

    /// Returns the map with each value of the map under a key replaced.
    ///
    /// # Errors
    /// Those of `replace`.
    pub fn map_values<E>(
        self: &Arc<Self>,
        key: &str,
        replace: impl Fn(&Arc<YamlNode>) -> Result<Arc<YamlNode>, E>,
    ) -> Result<Arc<YamlNode>, E> {
        self.map_value(key, |map| {
            let YamlValue::Map(entries) = &map.value else {
                return Ok(map.clone());
            };
            let entries = entries.iter();
            let entries: Result<Vec<_>, E> = entries
                .map(|(key, value)| Ok((key.clone(), replace(value)?)))
                .collect();
            Ok(YamlNode::new(YamlValue::Map(entries?), map.span.clone()))
        })
    }

    /// Returns the key and value of an entry.
    pub fn get_key_value(&self, name: &str) -> Option<(&YamlNode, &YamlNode)> {
        match &self.value {
            YamlValue::Map(entries) => {
                let mut entries = entries.iter();
                let (key, value) = entries.find(|(key, _)| key.as_str() == Some(name))?;
                Some((key, value))
            }
            _ => None,
        }
    }
}
