//! The subset as a serde data format.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::error::NotUnderstood;
use super::lines::{Cursor, Line};
use super::scalar::Scalar;

type Result<T> = std::result::Result<T, NotUnderstood>;

/// A value that starts at the cursor.
pub(super) struct Value<'c, 'de> {
    cursor: &'c mut Cursor<'de>,
    kind: Kind<'de>,
}

/// The kind of a value, by its first line.
enum Kind<'de> {
    Scalar(&'de str),
    /// `|`, below a key at this column; whether the last newline is kept.
    Literal(usize, bool),
    /// A mapping whose keys start at this column.
    Mapping(usize),
    /// A sequence whose dashes are at this column.
    Sequence(usize),
    Null,
}

impl<'c, 'de> Value<'c, 'de> {
    /// The value of the whole text: a collection.
    pub(super) fn root(cursor: &'c mut Cursor<'de>) -> Option<Self> {
        let line = cursor.line()?;
        let kind = collection(line)?;
        Some(Self { cursor, kind })
    }
}

/// The collection that starts on a line.
fn collection(line: Line<'_>) -> Option<Kind<'_>> {
    if line.content.starts_with("- ") {
        Some(Kind::Sequence(line.indent))
    } else {
        key(line.content).map(|_| Kind::Mapping(line.indent))
    }
}

/// Splits `key: value` or `key:`; a key is a word that no parser takes for anything else.
fn key(content: &str) -> Option<(&str, &str)> {
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/');
    let length = content.bytes().take_while(|b| word(b)).count();
    let (key, rest) = content.split_at(length);
    let rest = rest.strip_prefix(':')?;
    let value =
        if rest.is_empty() { rest } else { rest.strip_prefix(' ').filter(|value| !value.is_empty())? };
    (key.starts_with(|first: char| first.is_ascii_alphabetic()) && !value.starts_with(' '))
        .then_some((key, value))
}

/// The value after a key, or below it.
fn value_of_key<'de>(cursor: &mut Cursor<'de>, value: &'de str, indent: usize) -> Result<Kind<'de>> {
    let kind = match value {
        "" => {
            cursor.advance().ok_or(NotUnderstood)?;
            return Ok(match cursor.line() {
                // The dashes of a sequence may be at the column of its key.
                Some(line)
                    if line.indent > indent || (line.indent == indent && line.content.starts_with("- ")) =>
                {
                    collection(line).ok_or(NotUnderstood)?
                }
                _ => Kind::Null,
            });
        }
        "|" => Kind::Literal(indent, true),
        "|-" => Kind::Literal(indent, false),
        scalar => Kind::Scalar(scalar),
    };
    Ok(kind)
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = NotUnderstood;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Self { cursor, kind } = self;
        match kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Scalar(text) => {
                cursor.advance().ok_or(NotUnderstood)?;
                visit(&Scalar::read(text).ok_or(NotUnderstood)?, visitor)
            }
            Kind::Literal(indent, keep_newline) => {
                let text = cursor.literal(indent, keep_newline).ok_or(NotUnderstood)?;
                cursor.advance().ok_or(NotUnderstood)?;
                visitor.visit_string(text)
            }
            Kind::Mapping(indent) => {
                cursor.enter().ok_or(NotUnderstood)?;
                let value = visitor.visit_map(Mapping { cursor, indent, pending: None })?;
                cursor.leave();
                Ok(value)
            }
            Kind::Sequence(indent) => {
                cursor.enter().ok_or(NotUnderstood)?;
                let value = visitor.visit_seq(Sequence { cursor, indent })?;
                cursor.leave();
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.kind {
            Kind::Null => visitor.visit_none(),
            Kind::Scalar("null") => {
                self.cursor.advance().ok_or(NotUnderstood)?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    /// Keys and texts are borrowed or taken as [`deserialize_any`](Self::deserialize_any) types them.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

fn visit<'de, V: Visitor<'de>>(scalar: &Scalar<'de>, visitor: V) -> Result<V::Value> {
    match scalar {
        Scalar::Text(std::borrow::Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
        Scalar::Text(text) => visitor.visit_str(text),
        Scalar::Number(number) => visitor.visit_u64(*number),
        Scalar::Boolean(value) => visitor.visit_bool(*value),
        Scalar::Null => visitor.visit_unit(),
        Scalar::EmptyMap => visitor.visit_map(EmptyMap),
        Scalar::EmptyList => visitor.visit_seq(EmptyList),
    }
}

/// The entries of a mapping.
struct Mapping<'c, 'de> {
    cursor: &'c mut Cursor<'de>,
    indent: usize,
    /// The text after the key just read.
    pending: Option<&'de str>,
}

impl<'de> MapAccess<'de> for Mapping<'_, 'de> {
    type Error = NotUnderstood;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some(line) = self.cursor.line().filter(|line| line.indent >= self.indent) else {
            return Ok(None);
        };
        // At the column of the keys, a dash starts the next element of the sequence around.
        if line.indent == self.indent && line.content.starts_with("- ") {
            return Ok(None);
        }
        let (key, value) = key(line.content).filter(|_| line.indent == self.indent).ok_or(NotUnderstood)?;
        self.pending = Some(value);
        let key: BorrowedStrDeserializer<'de, NotUnderstood> = BorrowedStrDeserializer::new(key);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let value = self.pending.take().ok_or(NotUnderstood)?;
        let kind = value_of_key(self.cursor, value, self.indent)?;
        seed.deserialize(Value { cursor: self.cursor, kind })
    }
}

/// The elements of a sequence.
struct Sequence<'c, 'de> {
    cursor: &'c mut Cursor<'de>,
    indent: usize,
}

impl<'de> SeqAccess<'de> for Sequence<'_, 'de> {
    type Error = NotUnderstood;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(line) = self.cursor.line().filter(|line| line.indent >= self.indent) else {
            return Ok(None);
        };
        if line.indent != self.indent || !line.content.starts_with("- ") {
            // The next key of a mapping whose sequence is at the column of its keys.
            let is_next_key = line.indent == self.indent && key(line.content).is_some();
            return if is_next_key { Ok(None) } else { Err(NotUnderstood) };
        }
        self.cursor.take_dash().ok_or(NotUnderstood)?;
        let line = self.cursor.line().ok_or(NotUnderstood)?;
        let kind = match key(line.content) {
            Some(_) => Kind::Mapping(line.indent),
            None => Kind::Scalar(line.content),
        };
        seed.deserialize(Value { cursor: self.cursor, kind }).map(Some)
    }
}

/// `{}`
struct EmptyMap;

impl<'de> MapAccess<'de> for EmptyMap {
    type Error = NotUnderstood;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, _: K) -> Result<Option<K::Value>> {
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(().into_deserializer())
    }
}

/// `[]`
struct EmptyList;

impl<'de> SeqAccess<'de> for EmptyList {
    type Error = NotUnderstood;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, _: S) -> Result<Option<S::Value>> {
        Ok(None)
    }
}
