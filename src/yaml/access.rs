//! The parts of lists, maps and enums, one by one, as `serde` asks for them.

use serde::de::{self, DeserializeSeed, Deserializer, Visitor};

use super::de::Error;
use super::{FaultKind, Node};

/// Picks the variant of an enum by how the node looks.
pub(super) struct ByLook<'de> {
    pub(super) node: &'de Node,
    pub(super) look: &'static str,
}

impl<'de> de::EnumAccess<'de> for ByLook<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let variant = seed.deserialize(de::value::StrDeserializer::<Error>::new(self.look))?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for ByLook<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.node)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.node.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.node.deserialize_struct("", fields, visitor)
    }
}

/// The items of a list.
pub(super) struct Items<'de>(pub(super) std::slice::Iter<'de, std::sync::Arc<Node>>);

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(item) = self.0.next() else {
            return Ok(None);
        };
        let value = seed.deserialize(&**item).map_err(|e| e.at(&item.place))?;
        Ok(Some(value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The entries of a map; `nulls` is whether one may have no value.
pub(super) struct Entries<'de> {
    pub(super) rest: std::slice::Iter<'de, (std::sync::Arc<Node>, std::sync::Arc<Node>)>,
    pub(super) current: Option<&'de (std::sync::Arc<Node>, std::sync::Arc<Node>)>,
    pub(super) nulls: bool,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.current = self.rest.next();
        let Some((key, _)) = self.current else {
            return Ok(None);
        };
        let read = seed.deserialize(&**key).map_err(|e| e.at(&key.place))?;
        Ok(Some(read))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        // `serde` asks for a value only after its key.
        let Some((key, value)) = self.current.take() else {
            return Err(FaultKind::Empty.into());
        };
        if value.is_null() && !self.nulls {
            return Err(Error::from(FaultKind::Empty).at(&key.place));
        }
        seed.deserialize(&**value).map_err(|e| e.at(&value.place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
