//! Strict scalars: a text, a number and a boolean that are never taken for each other.
//!
//! YAML parsers guess: a number becomes a name, the text `"80"` a port. These types take exactly what the
//! same document in JSON would have, and a `null` collection is an empty one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A text. A number, a boolean or a collection in its place is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) struct Text(pub Box<str>);

impl Text {
    /// The text.
    pub(in crate::manifest) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A whole number. `"80"` and `8080.0` are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) struct Int(pub i64);

/// `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) struct Bool(pub bool);

/// A number or a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) enum IntOrText {
    /// A number.
    Int(i64),
    /// A text.
    Text(Box<str>),
}

/// Whether YAML 1.1 reads a boolean where newer parsers read text: each word in
/// lower case, in upper case, or capitalised.
pub(super) fn is_yaml11_boolean(text: &str) -> bool {
    let is_word = ["y", "n", "yes", "no", "on", "off", "true", "false"]
        .into_iter()
        .any(|word| word.eq_ignore_ascii_case(text));
    let upper = |b: u8| b.is_ascii_uppercase();
    is_word && (text.bytes().all(upper) || !text.bytes().skip(1).any(upper))
}

/// Whether YAML 1.1 reads a number where newer parsers read text: `0777`, `1_000`.
pub(super) fn is_yaml11_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && (digits.contains('_') || (digits.len() > 1 && digits.starts_with('0')))
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.into()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
        Ok(Text(text.into()))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct IntVisitor;

impl Visitor<'_> for IntVisitor {
    type Value = Int;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Int, E> {
        Ok(Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Int, E> {
        i64::try_from(number).map(Int).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Int, E> {
        if is_yaml11_number(text) {
            return Err(E::custom(format_args!(
                "`{text}` is no whole number: only YAML 1.1 reads it as one, in octal after a leading 0; write it in decimal \
                 and without quotes"
            )));
        }
        Err(E::invalid_type(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntVisitor)
    }
}

struct BoolVisitor;

impl Visitor<'_> for BoolVisitor {
    type Value = Bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Bool, E> {
        Ok(Bool(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Bool, E> {
        // Without quotes these are booleans to every parser.
        if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
            return Err(E::custom(format_args!(
                "expected true or false, found the text \"{text}\"; write it without quotes"
            )));
        }
        if is_yaml11_boolean(text) {
            return Err(E::custom(format_args!(
                "`{text}` is no boolean: only YAML 1.1 reads it as one; write true or false"
            )));
        }
        Err(E::invalid_type(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Bool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BoolVisitor)
    }
}

struct IntOrTextVisitor;

impl Visitor<'_> for IntOrTextVisitor {
    type Value = IntOrText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port number or the name of a container port")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<IntOrText, E> {
        Ok(IntOrText::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<IntOrText, E> {
        IntVisitor.visit_u64(number).map(|Int(number)| IntOrText::Int(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<IntOrText, E> {
        Ok(IntOrText::Text(text.into()))
    }
}

impl<'de> Deserialize<'de> for IntOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntOrTextVisitor)
    }
}

/// For `#[serde(deserialize_with)]`: a `null` is the type's default.
pub(in crate::manifest) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(yaml: &str) -> Result<T, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_is_no_number_and_no_boolean() {
        assert_eq!(read::<Text>("web").unwrap().as_str(), "web");
        assert_eq!(read::<Text>("'1.10'").unwrap().as_str(), "1.10");
        for bad in ["1.10", "true", "8080", "[a]"] {
            assert!(read::<Text>(bad).unwrap_err().contains("text"), "{bad}");
        }
    }

    #[test]
    fn a_number_has_no_quotes_and_no_fraction() {
        assert_eq!(read::<Int>("0x1F"), Ok(Int(31)));
        assert_eq!(read::<Int>("0o777"), Ok(Int(511)));
        for bad in ["'8080'", "8080.0", "ninety", "18446744073709551615"] {
            assert!(read::<Int>(bad).is_err(), "{bad}");
        }
        assert!(read::<Int>("0777").unwrap_err().contains("octal"));
        assert!(read::<Int>("1_000").unwrap_err().contains("YAML 1.1"));
    }

    #[test]
    fn yaml_1_1_booleans_are_refused_with_advice() {
        assert_eq!(read::<Bool>("true"), Ok(Bool(true)));
        for bad in ["yes", "On", "OFF", "n"] {
            assert!(read::<Bool>(bad).unwrap_err().contains("write true or false"), "{bad}");
        }
        for quoted in ["'true'", "\"False\""] {
            assert!(read::<Bool>(quoted).unwrap_err().contains("without quotes"), "{quoted}");
        }
        assert!(!is_yaml11_boolean("nO") && !is_yaml11_boolean("yess") && !is_yaml11_boolean(""));
    }
}
