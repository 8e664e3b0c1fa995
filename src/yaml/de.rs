//! `serde` over [`Node`]s.
//!
//! Two things differ from the YAML deserialisers that libraries offer, and are the reason for this
//! one: text is text however it was written, and a value of another kind than expected is refused
//! where a JSON schema would refuse it too (`'5'` is not a number, `'true'` not a truth value, an
//! empty value not an absent key).

use std::fmt;

use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::access::{ByLook, Entries, Items};
use super::{Fault, FaultKind, Node, Place, Value};

/// A fault that may not know its place yet: `serde` makes some before the place is known.
#[derive(Debug)]
pub struct Error {
    kind: FaultKind,
    place: Option<Place>,
}

impl Error {
    pub(super) fn at(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    pub(super) fn into_fault(self, fallback: &Place) -> Fault {
        Fault {
            kind: self.kind,
            place: self.place.unwrap_or_else(|| fallback.clone()),
        }
    }
}

impl From<FaultKind> for Error {
    fn from(kind: FaultKind) -> Self {
        Error { kind, place: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        FaultKind::BadValue(message.to_string()).into()
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
        FaultKind::WrongType { expected, found }.into()
    }

    fn unknown_variant(word: &str, expected: &'static [&'static str]) -> Self {
        FaultKind::UnknownWord {
            word: word.to_owned(),
            expected: owned(expected),
        }
        .into()
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        FaultKind::UnknownKey {
            key: key.to_owned(),
            expected: owned(expected),
        }
        .into()
    }

    fn missing_field(key: &'static str) -> Self {
        FaultKind::MissingKey(key.to_owned()).into()
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Node {
    fn wrong(&self, expected: &str) -> Error {
        let found = match &self.value {
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            Value::Scalar { text, plain: true } => format!("`{text}`"),
            Value::Scalar { text, plain: false } => format!("the text \"{text}\""),
        };
        let expected = expected.to_owned();
        Error::from(FaultKind::WrongType { expected, found }).at(&self.place)
    }

    fn plain(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, plain: true } => Some(text),
            _ => None,
        }
    }

    /// A word, a map with a `type` as the API says things, or any other form.
    fn shape(&self) -> &'static str {
        match &self.value {
            Value::Scalar { .. } => "word",
            Value::Map(entries) if entries.iter().any(|(key, _)| key.text() == Some("type")) => {
                "api"
            }
            _ => "form",
        }
    }

    fn truth(&self) -> Option<bool> {
        match self.plain()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    fn list<'de, V: Visitor<'de>>(
        &'de self,
        items: &'de [std::sync::Arc<Node>],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let items = Items(items.iter());
        visitor
            .visit_seq(items)
            .map_err(|e: Error| e.at(&self.place))
    }

    fn map<'de, V: Visitor<'de>>(
        &'de self,
        entries: &'de [(std::sync::Arc<Node>, std::sync::Arc<Node>)],
        nulls: bool,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries = Entries {
            rest: entries.iter(),
            current: None,
            nulls,
        };
        visitor
            .visit_map(entries)
            .map_err(|e: Error| e.at(&self.place))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.plain().and_then(|text| text.parse::<$type>().ok()) {
                Some(number) => visitor.$visit(number).map_err(|e: Error| e.at(&self.place)),
                None => Err(self.wrong("a number")),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Error;

    /// Reads by the rules of YAML 1.2: only here, where no type says what it wants, does an unquoted
    /// scalar become a number.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let read = match &self.value {
            Value::List(items) => return self.list(items, visitor),
            Value::Map(entries) => return self.map(entries, true, visitor),
            Value::Scalar { text, plain } => match text {
                _ if self.is_null() => visitor.visit_unit(),
                text if !plain => visitor.visit_borrowed_str(text),
                text => {
                    if let Some(truth) = self.truth() {
                        visitor.visit_bool(truth)
                    } else if let Ok(number) = text.parse::<u64>() {
                        visitor.visit_u64(number)
                    } else if let Ok(number) = text.parse::<i64>() {
                        visitor.visit_i64(number)
                    } else if let Some(number) = decimal(text) {
                        visitor.visit_f64(number)
                    } else {
                        visitor.visit_borrowed_str(text)
                    }
                }
            },
        };
        read.map_err(|e: Error| e.at(&self.place))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.truth() {
            Some(truth) => visitor
                .visit_bool(truth)
                .map_err(|e: Error| e.at(&self.place)),
            None => Err(self.wrong("true or false")),
        }
    }

    numbers! {
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64
    }

    /// A scalar as its text. A list or a map goes to the visitor as what it is, so that a type may
    /// have a short form in text and a long one.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            Value::List(items) => self.list(items, visitor),
            Value::Map(entries) => self.map(entries, false, visitor),
            Value::Scalar { .. } if self.is_null() => {
                Err(Error::from(FaultKind::Empty).at(&self.place))
            }
            Value::Scalar { text, .. } => visitor
                .visit_borrowed_str(text)
                .map_err(|e: Error| e.at(&self.place)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            Value::Scalar { .. } => self.deserialize_str(visitor),
            _ => Err(self.wrong("a key in one word")),
        }
    }

    /// Nothing must be said in writing: a key without a value is a file that somebody is still typing.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.plain() == Some("") {
            Err(Error::from(FaultKind::Empty).at(&self.place))
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
    ) -> Result<V::Value, Error> {
        visitor
            .visit_newtype_struct(self)
            .map_err(|e: Error| e.at(&self.place))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            Value::List(items) => self.list(items, visitor),
            _ => Err(self.wrong("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            Value::Map(entries) => self.map(entries, true, visitor),
            _ => Err(self.wrong("a map")),
        }
    }

    /// In a struct an entry without a value is a mistake: it is neither a value nor an absent key.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.value {
            Value::Map(entries) => self.map(entries, false, visitor),
            _ => Err(self.wrong("a map")),
        }
    }

    /// An enum is one word. The exceptions are two of the configuration's: the variants of its `Shape`
    /// tell a word, a map, and a map with a `type` apart, those of its `OneOrMany` a list and all else.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let look = match (name, &self.value) {
            ("OneOrMany", Value::List(_)) => Some("many"),
            ("OneOrMany", _) => Some("one"),
            ("Shape", _) => Some(self.shape()),
            _ => None,
        };
        if let Some(look) = look {
            let read = visitor.visit_enum(ByLook { node: self, look });
            return read.map_err(|e: Error| e.at(&self.place));
        }
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => visitor
                .visit_enum(text.as_str().into_deserializer())
                .map_err(|e: Error| e.at(&self.place)),
            _ => Err(self.wrong("one word")),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
    }
}

/// A decimal number; unlike Rust, YAML takes no `inf` or `nan` without a dot before it.
fn decimal(text: &str) -> Option<f64> {
    let begins = text.trim_start_matches(['+', '-']).chars().next()?;
    if begins.is_ascii_digit() || begins == '.' {
        text.parse().ok()
    } else {
        None
    }
}
