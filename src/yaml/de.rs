//! `serde` over [`YamlNode`]s.
//!
//! It differs from library deserializers in two ways. Text is text, however it is written. A value
//! of another type than expected is rejected where a JSON schema would reject it too: `'5'` is not
//! a number, `'true'` is not a boolean, and an empty value is not an absent key.

use std::fmt;
use std::sync::Arc;

use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::{MapEntry, SourceSpan, YamlError, YamlErrorKind, YamlNode, YamlValue};

/// An error whose span may still be unknown: `serde` creates some errors without one.
#[derive(Debug)]
pub struct DeserializeError {
    kind: YamlErrorKind,
    span: Option<SourceSpan>,
}

impl DeserializeError {
    /// Sets the span, unless it is known.
    fn or_span(mut self, span: &SourceSpan) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }

    /// Converts the error, with a fallback for an unknown span.
    pub(super) fn into_yaml_error(self, fallback: &SourceSpan) -> YamlError {
        YamlError {
            kind: self.kind,
            span: self.span.unwrap_or_else(|| fallback.clone()),
        }
    }
}

impl From<YamlErrorKind> for DeserializeError {
    fn from(kind: YamlErrorKind) -> Self {
        DeserializeError { kind, span: None }
    }
}

impl fmt::Display for DeserializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for DeserializeError {}

impl de::Error for DeserializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        YamlErrorKind::InvalidValue(message.to_string()).into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            Unexpected::Map => "a map".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Unit => "nothing".to_owned(),
            Unexpected::Str(text) => format!("`{text}`"),
            other => other.to_string(),
        };
        let expected = expected.to_string();
        YamlErrorKind::WrongType { expected, found }.into()
    }

    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Self {
        YamlErrorKind::UnknownVariant {
            variant: word.to_owned(),
            expected: expected.iter().map(|word| (*word).to_owned()).collect(),
        }
        .into()
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        YamlErrorKind::UnknownKey {
            key: key.to_owned(),
            expected: expected.iter().map(|word| (*word).to_owned()).collect(),
        }
        .into()
    }

    fn missing_field(key: &'static str) -> Self {
        YamlErrorKind::MissingKey(key.to_owned()).into()
    }
}

impl YamlNode {
    /// Returns the error for a value of the wrong type.
    fn wrong_type(&self, expected: &str) -> DeserializeError {
        let found = match &self.value {
            YamlValue::List(_) => "a list".to_owned(),
            YamlValue::Map(_) => "a map".to_owned(),
            YamlValue::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            YamlValue::Scalar {
                text,
                is_plain: true,
            } => format!("`{text}`"),
            YamlValue::Scalar {
                text,
                is_plain: false,
            } => format!("the text \"{text}\""),
        };
        let expected = expected.to_owned();
        DeserializeError::from(YamlErrorKind::WrongType { expected, found }).or_span(&self.span)
    }

    /// Returns the text of an unquoted scalar.
    fn plain_text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Scalar {
                text,
                is_plain: true,
            } => Some(text),
            _ => None,
        }
    }

    /// Returns the variant of an enum that is selected by the shape of the value, `None` for an
    /// enum of words.
    fn variant_by_shape(&self, enum_name: &str) -> Option<&'static str> {
        Some(match (enum_name, &self.value) {
            ("OneOrMany", YamlValue::List(_)) => "many",
            ("OneOrMany", _) => "one",
            ("Shorthand", YamlValue::Scalar { .. }) => "keyword",
            ("Shorthand", YamlValue::Map(_)) if self.get("type").is_some() => "raw",
            ("Shorthand", _) => "map",
            _ => return None,
        })
    }

    /// Parses a boolean as in the JSON schema of YAML 1.2.
    fn as_bool(&self) -> Option<bool> {
        match self.plain_text()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Sets the span of an error that has none to that of this node.
    fn locate<T>(&self, result: Result<T, DeserializeError>) -> Result<T, DeserializeError> {
        result.map_err(|error| error.or_span(&self.span))
    }

    /// Returns the error for a key or list item without a value.
    fn missing_value(&self) -> DeserializeError {
        DeserializeError::from(YamlErrorKind::MissingValue).or_span(&self.span)
    }

    /// Visits the items of a list.
    fn visit_items<'de, V: Visitor<'de>>(
        &'de self,
        items: &'de [Arc<YamlNode>],
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        self.locate(visitor.visit_seq(ListAccess(items.iter())))
    }

    /// Visits the entries of a map. `allow_nulls` is whether an entry may have no value.
    fn visit_entries<'de, V: Visitor<'de>>(
        &'de self,
        entries: &'de [MapEntry],
        allow_nulls: bool,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        self.locate(visitor.visit_map(EntriesAccess {
            rest: entries.iter(),
            current: None,
            allow_nulls,
        }))
    }
}

/// The items of a list that are still to be read.
struct ListAccess<'de>(std::slice::Iter<'de, Arc<YamlNode>>);

impl<'de> de::SeqAccess<'de> for ListAccess<'de> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DeserializeError> {
        let next = self.0.next();
        next.map(|item| item.locate(seed.deserialize(&**item)))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The entries of a map that are still to be read, and the one whose key was read.
struct EntriesAccess<'de> {
    rest: std::slice::Iter<'de, MapEntry>,
    current: Option<&'de MapEntry>,
    allow_nulls: bool,
}

impl<'de> de::MapAccess<'de> for EntriesAccess<'de> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeserializeError> {
        self.current = self.rest.next();
        self.current
            .map(|(key, _)| key.locate(seed.deserialize(&**key)))
            .transpose()
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
            return Err(key.missing_value());
        }
        value.locate(seed.deserialize(&**value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

impl<'de> IntoDeserializer<'de, DeserializeError> for &'de YamlNode {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! deserialize_numbers {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
            match self.plain_text().and_then(|text| text.parse::<$type>().ok()) {
                Some(number) => self.locate(visitor.$visit(number)),
                None => Err(self.wrong_type("a number")),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &'de YamlNode {
    type Error = DeserializeError;

    /// Reads by the rules of YAML 1.2. Only here, where the target type does not decide, an
    /// unquoted scalar can become a number.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        let (text, is_plain) = match &self.value {
            YamlValue::List(items) => return self.visit_items(items, visitor),
            YamlValue::Map(entries) => return self.visit_entries(entries, true, visitor),
            YamlValue::Scalar { text, is_plain } => (text, *is_plain),
        };
        self.locate(if self.is_null() {
            visitor.visit_unit()
        } else if !is_plain {
            visitor.visit_borrowed_str(text)
        } else if let Some(truth) = self.as_bool() {
            visitor.visit_bool(truth)
        } else if let Ok(number) = text.parse::<u64>() {
            visitor.visit_u64(number)
        } else if let Ok(number) = text.parse::<i64>() {
            visitor.visit_i64(number)
        } else if let Some(number) = parse_decimal(text) {
            visitor.visit_f64(number)
        } else {
            visitor.visit_borrowed_str(text)
        })
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match self.as_bool() {
            Some(truth) => self.locate(visitor.visit_bool(truth)),
            None => Err(self.wrong_type("true or false")),
        }
    }

    deserialize_numbers! {
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64
    }

    /// Passes a scalar as its text. Lists and maps are passed as they are, so that a type can have
    /// a short text form and a long form.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match &self.value {
            YamlValue::List(items) => self.visit_items(items, visitor),
            YamlValue::Map(entries) => self.visit_entries(entries, false, visitor),
            YamlValue::Scalar { .. } if self.is_null() => Err(self.missing_value()),
            YamlValue::Scalar { text, .. } => self.locate(visitor.visit_borrowed_str(text)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        match &self.value {
            YamlValue::Scalar { .. } => self.deserialize_str(visitor),
            _ => Err(self.wrong_type("a key in one word")),
        }
    }

    /// Requires `null` in writing: a key without a value is often a file that is still being
    /// edited.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        if self.plain_text() == Some("") {
            Err(self.missing_value())
        } else if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        self.locate(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match &self.value {
            YamlValue::List(items) => self.visit_items(items, visitor),
            _ => Err(self.wrong_type("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match &self.value {
            YamlValue::Map(entries) => self.visit_entries(entries, true, visitor),
            _ => Err(self.wrong_type("a map")),
        }
    }

    /// Rejects entries without a value in a struct: they are neither a value nor an absent key.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        match &self.value {
            YamlValue::Map(entries) => self.visit_entries(entries, false, visitor),
            _ => Err(self.wrong_type("a map")),
        }
    }

    /// Reads an enum from one word. Two enums of the configuration are exceptions: `Shorthand`
    /// selects its variant by word, map, or map with a `type`; `OneOrMany` selects by list or other
    /// value.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        if let Some(variant) = self.variant_by_shape(name) {
            let entry = MapDeserializer::new(std::iter::once((variant, self)));
            return self.locate(visitor.visit_enum(MapAccessDeserializer::new(entry)));
        }
        match &self.value {
            YamlValue::Scalar { text, .. } if !self.is_null() => {
                self.locate(visitor.visit_enum(text.as_str().into_deserializer()))
            }
            _ => Err(self.wrong_type("one word")),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
    }
}

/// Parses a decimal number. Unlike Rust, YAML does not accept `inf` or `nan` without a leading dot.
fn parse_decimal(text: &str) -> Option<f64> {
    let begins = text.trim_start_matches(['+', '-']).chars().next()?;
    if begins.is_ascii_digit() || begins == '.' {
        text.parse().ok()
    } else {
        None
    }
}
