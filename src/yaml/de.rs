//! `serde` over [`YamlNode`]s.
//!
//! It differs from library deserializers in two ways. Text is text, however it is written. A value
//! of another type than expected is rejected where a JSON schema would reject it too: `'5'` is not
//! a number, `'true'` is not a boolean, and an empty value is not an absent key.

use std::fmt;

use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{ListAccess, MapEntriesAccess, ShapeEnumAccess};
use super::{SourceSpan, YamlError, YamlErrorKind, YamlNode, YamlValue};

/// An error whose place may still be unknown: `serde` creates some errors without one.
#[derive(Debug)]
pub struct DeserializeError {
    kind: YamlErrorKind,
    span: Option<SourceSpan>,
}

impl DeserializeError {
    /// Sets the place, unless it is known.
    pub(super) fn or_span(mut self, place: &SourceSpan) -> Self {
        self.span.get_or_insert_with(|| place.clone());
        self
    }

    /// Converts the error, with a fallback for an unknown place.
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
            expected: to_owned_strings(expected),
        }
        .into()
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        YamlErrorKind::UnknownKey {
            key: key.to_owned(),
            expected: to_owned_strings(expected),
        }
        .into()
    }

    fn missing_field(key: &'static str) -> Self {
        YamlErrorKind::MissingKey(key.to_owned()).into()
    }
}

/// Copies a list of words.
fn to_owned_strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
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

    /// Returns the shape of the node: a word, a map with a `type` (the API's form), or another map
    /// or list.
    fn shape(&self) -> &'static str {
        match &self.value {
            YamlValue::Scalar { .. } => "word",
            YamlValue::Map(entries)
                if entries.iter().any(|(key, _)| key.as_str() == Some("type")) =>
            {
                "api"
            }
            _ => "form",
        }
    }

    /// Parses a boolean as in the JSON schema of YAML 1.2.
    fn as_bool(&self) -> Option<bool> {
        match self.plain_text()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Visits the items of a list.
    fn visit_items<'de, V: Visitor<'de>>(
        &'de self,
        items: &'de [std::sync::Arc<YamlNode>],
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        let items = ListAccess(items.iter());
        visitor
            .visit_seq(items)
            .map_err(|e: DeserializeError| e.or_span(&self.span))
    }

    /// Visits the entries of a map.
    fn visit_entries<'de, V: Visitor<'de>>(
        &'de self,
        entries: &'de [(std::sync::Arc<YamlNode>, std::sync::Arc<YamlNode>)],
        nulls: bool,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        let entries = MapEntriesAccess {
            rest: entries.iter(),
            current: None,
            allow_nulls: nulls,
        };
        visitor
            .visit_map(entries)
            .map_err(|e: DeserializeError| e.or_span(&self.span))
    }
}

macro_rules! deserialize_numbers {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
            match self.plain_text().and_then(|text| text.parse::<$type>().ok()) {
                Some(number) => visitor.$visit(number).map_err(|e: DeserializeError| e.or_span(&self.span)),
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
        let read = match &self.value {
            YamlValue::List(items) => return self.visit_items(items, visitor),
            YamlValue::Map(entries) => return self.visit_entries(entries, true, visitor),
            YamlValue::Scalar {
                text,
                is_plain: plain,
            } => match text {
                _ if self.is_null() => visitor.visit_unit(),
                text if !plain => visitor.visit_borrowed_str(text),
                text => {
                    if let Some(truth) = self.as_bool() {
                        visitor.visit_bool(truth)
                    } else if let Ok(number) = text.parse::<u64>() {
                        visitor.visit_u64(number)
                    } else if let Ok(number) = text.parse::<i64>() {
                        visitor.visit_i64(number)
                    } else if let Some(number) = parse_decimal(text) {
                        visitor.visit_f64(number)
                    } else {
                        visitor.visit_borrowed_str(text)
                    }
                }
            },
        };
        read.map_err(|e: DeserializeError| e.or_span(&self.span))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match self.as_bool() {
            Some(truth) => visitor
                .visit_bool(truth)
                .map_err(|e: DeserializeError| e.or_span(&self.span)),
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
            YamlValue::Scalar { .. } if self.is_null() => {
                Err(DeserializeError::from(YamlErrorKind::MissingValue).or_span(&self.span))
            }
            YamlValue::Scalar { text, .. } => visitor
                .visit_borrowed_str(text)
                .map_err(|e: DeserializeError| e.or_span(&self.span)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
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
            Err(DeserializeError::from(YamlErrorKind::MissingValue).or_span(&self.span))
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
        visitor
            .visit_newtype_struct(self)
            .map_err(|e: DeserializeError| e.or_span(&self.span))
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
        let look = match (name, &self.value) {
            ("OneOrMany", YamlValue::List(_)) => Some("many"),
            ("OneOrMany", _) => Some("one"),
            ("Shorthand", _) => Some(self.shape()),
            _ => None,
        };
        if let Some(look) = look {
            let read = visitor.visit_enum(ShapeEnumAccess {
                node: self,
                shape: look,
            });
            return read.map_err(|e: DeserializeError| e.or_span(&self.span));
        }
        match &self.value {
            YamlValue::Scalar { text, .. } if !self.is_null() => visitor
                .visit_enum(text.as_str().into_deserializer())
                .map_err(|e: DeserializeError| e.or_span(&self.span)),
            _ => Err(self.wrong_type("one word")),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
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
