//! Scalars and collections as kubectl reads them, and no other way.
//!
//! YAML parsers guess: a number becomes a name, the text `"80"` a port. These types take exactly what
//! the JSON form of the API has, and a `null` collection is an empty one, as `kubectl get
//! endpointslices -o yaml` prints it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Unexpected, Visitor};

/// A text. A number, a boolean or a collection in its place is an error, as for the API server.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub Box<str>);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A whole number. `"80"` and `8080.0` are errors, as for the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int(pub i64);

/// `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bool(pub bool);

/// A number or a text, as `targetPort` is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntOrText {
    /// A number.
    Int(i64),
    /// A text.
    Text(Box<str>),
}

/// What YAML 1.1, and so kubectl, takes for a boolean although newer parsers read text: each word in
/// lower case, in upper case, or capitalised.
pub(super) fn is_yaml11_boolean(text: &str) -> bool {
    let is_word = ["y", "n", "yes", "no", "on", "off", "true", "false"]
        .into_iter()
        .any(|word| word.eq_ignore_ascii_case(text));
    let upper = |b: u8| b.is_ascii_uppercase();
    is_word && (text.bytes().all(upper) || !text.bytes().skip(1).any(upper))
}

/// What YAML 1.1 takes for a number although newer parsers read text: `0777`, `1_000`.
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
                "`{text}` is a number to YAML 1.1 only (a leading 0 means octal); write it in decimal"
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
        if is_yaml11_boolean(text) {
            return Err(E::custom(format_args!(
                "`{text}` is a boolean to YAML 1.1 only; write true or false"
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
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Which entries of a map are worth keeping.
pub trait Keys {
    /// Whether the value of this key decides about anything.
    fn wanted(key: &str) -> bool;
}

/// Every entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AllKeys;

impl Keys for AllKeys {
    fn wanted(_: &str) -> bool {
        true
    }
}

/// The labels and annotations that kube-proxy reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProxyKeys;

impl Keys for ProxyKeys {
    fn wanted(key: &str) -> bool {
        matches!(
            key,
            "kubernetes.io/os"
                | "kubernetes.io/service-name"
                | "preserve-destination"
                | "service.beta.kubernetes.io/load-balancer-source-ranges"
                | "service.kubernetes.io/headless"
                | "service.kubernetes.io/service-proxy-name"
                | "service.kubernetes.io/topology-aware-hints"
                | "service.kubernetes.io/topology-mode"
                | "topology.kubernetes.io/zone"
                | "winProxyOptimization"
        )
    }
}

/// A map of texts, sorted by key; only the wanted entries are kept. A key that stands twice is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entries<K: Keys> {
    entries: Vec<(Box<str>, Text)>,
    keys: PhantomData<K>,
}

impl<K: Keys> Entries<K> {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(name, _)| &**name == key).map(|(_, value)| value.as_str())
    }

    /// Whether a key exists, with any value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether no entry was kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }
}

struct EntriesVisitor<K>(PhantomData<K>);

impl<'de, K: Keys> Visitor<'de> for EntriesVisitor<K> {
    type Value = Entries<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping of text to text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<(Box<str>, Text)> = Vec::new();
        while let Some(key) = map.next_key::<Box<str>>()? {
            if K::wanted(&key) {
                // A `null` value is the empty text in the API.
                entries.push((key, map.next_value::<Option<Text>>()?.unwrap_or_default()));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        entries.sort();
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(A::Error::custom(format_args!("duplicate key `{}`", pair[0].0)));
        }
        Ok(Entries { entries, keys: PhantomData })
    }
}

impl<'de, K: Keys> Deserialize<'de> for Entries<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
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
        assert!(!is_yaml11_boolean("nO") && !is_yaml11_boolean("yess") && !is_yaml11_boolean(""));
    }

    #[test]
    fn a_repeated_label_is_an_error() {
        assert!(read::<Entries<AllKeys>>("{a: x, b: y, a: z}").unwrap_err().contains("duplicate key `a`"));
        let kept = read::<Entries<ProxyKeys>>("{a: 1, kubernetes.io/service-name: web}").unwrap();
        assert_eq!(kept.get("kubernetes.io/service-name"), Some("web"));
        assert!(!kept.has("a"));
    }
}
