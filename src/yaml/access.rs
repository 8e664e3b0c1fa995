//! Access to lists, maps and enums for `serde`.

use serde::de::{self, DeserializeSeed, Deserializer, Visitor};

use super::de::DeserializeError;
use super::{YamlErrorKind, YamlNode};

/// Selects the variant of an enum by the shape of the node.
pub(super) struct ShapeEnumAccess<'de> {
    pub(super) node: &'de YamlNode,
    pub(super) shape: &'static str,
}

impl<'de> de::EnumAccess<'de> for ShapeEnumAccess<'de> {
    type Error = DeserializeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), DeserializeError> {
        let variant = seed.deserialize(de::value::StrDeserializer::<DeserializeError>::new(
            self.shape,
        ))?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for ShapeEnumAccess<'de> {
    type Error = DeserializeError;

    fn unit_variant(self) -> Result<(), DeserializeError> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, DeserializeError> {
        seed.deserialize(self.node)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        self.node.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        self.node.deserialize_struct("", fields, visitor)
    }
}

/// Iterates over the items of a list.
pub(super) struct ListAccess<'de>(pub(super) std::slice::Iter<'de, std::sync::Arc<YamlNode>>);

impl<'de> de::SeqAccess<'de> for ListAccess<'de> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DeserializeError> {
        let Some(item) = self.0.next() else {
            return Ok(None);
        };
        let value = seed
            .deserialize(&**item)
            .map_err(|e| e.or_span(&item.span))?;
        Ok(Some(value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// Iterates over the entries of a map. `nulls` is whether an entry may have no value.
pub(super) struct MapEntriesAccess<'de> {
    pub(super) rest: std::slice::Iter<'de, (std::sync::Arc<YamlNode>, std::sync::Arc<YamlNode>)>,
    pub(super) current: Option<&'de (std::sync::Arc<YamlNode>, std::sync::Arc<YamlNode>)>,
    pub(super) allow_nulls: bool,
}

impl<'de> de::MapAccess<'de> for MapEntriesAccess<'de> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeserializeError> {
        self.current = self.rest.next();
        let Some((key, _)) = self.current else {
            return Ok(None);
        };
        let read = seed.deserialize(&**key).map_err(|e| e.or_span(&key.span))?;
        Ok(Some(read))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DeserializeError> {
        // `serde` requests a value only after its key.
        let Some((key, value)) = self.current.take() else {
            return Err(YamlErrorKind::MissingValue.into());
        };
        if value.is_null() && !self.allow_nulls {
            return Err(DeserializeError::from(YamlErrorKind::MissingValue).or_span(&key.span));
        }
        seed.deserialize(&**value)
            .map_err(|e| e.or_span(&value.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
