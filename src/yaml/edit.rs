//! Copies of trees with parts replaced or removed. The other parts keep their spans.

use std::sync::Arc;

use super::{MapEntry, YamlNode, YamlValue};

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
                let is_kept = |(key, _): &&MapEntry| key.as_str().is_some_and(&is_kept);
                let entries = entries.iter().filter(is_kept).cloned().collect();
                YamlNode::new(YamlValue::Map(entries), self.span.clone())
            }
            _ => self.clone(),
        }
    }

    /// Returns the map with the value of a key replaced, if the key exists.
    pub fn map_value(
        self: &Arc<Self>,
        key: &str,
        replace: impl FnOnce(&Arc<YamlNode>) -> Arc<YamlNode>,
    ) -> Arc<YamlNode> {
        let YamlValue::Map(entries) = &self.value else {
            return self.clone();
        };
        let mut entries = entries.clone();
        let mut values = entries.iter_mut();
        if let Some((_, value)) = values.find(|(own, _)| own.as_str() == Some(key)) {
            *value = replace(value);
        }
        YamlNode::new(YamlValue::Map(entries), self.span.clone())
    }

    /// Returns the map with each value of the map under a key replaced.
    pub fn map_values(
        self: &Arc<Self>,
        key: &str,
        replace: impl Fn(&Arc<YamlNode>) -> Arc<YamlNode>,
    ) -> Arc<YamlNode> {
        self.map_value(key, |map| {
            let YamlValue::Map(entries) = &map.value else {
                return map.clone();
            };
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| (key.clone(), replace(value)));
            YamlNode::new(YamlValue::Map(entries.collect()), map.span.clone())
        })
    }
}
