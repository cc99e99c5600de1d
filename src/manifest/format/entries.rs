//! Maps of texts to texts, such as labels.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::scalar::Text;

/// Which entries of a map are kept.
pub(in crate::manifest) trait Keys {
    /// Whether the entry of this key is kept.
    fn keeps(key: &str) -> bool;
}

/// Every entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) struct AllKeys;

impl Keys for AllKeys {
    fn keeps(_: &str) -> bool {
        true
    }
}

/// A map of texts, sorted by key; only the entries that `K` keeps. A key that occurs twice is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::manifest) struct Entries<K: Keys> {
    entries: Vec<(Box<str>, Text)>,
    keys: PhantomData<K>,
}

impl<K: Keys> Entries<K> {
    /// The value of a key.
    pub(in crate::manifest) fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(name, _)| &**name == key).map(|(_, value)| value.as_str())
    }

    /// Whether a key exists, with any value.
    pub(in crate::manifest) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether no entry was kept.
    pub(in crate::manifest) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries by key.
    pub(in crate::manifest) fn iter(&self) -> impl Iterator<Item = (&str, &Text)> {
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
        // Those that are not kept as well: the API server refuses an object for any key that is given twice.
        let mut keys: BTreeSet<Box<str>> = BTreeSet::new();
        while let Some(key) = map.next_key::<Box<str>>()? {
            // At once, so that the place is that of the second.
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            if K::keeps(&key) {
                // A `null` value is the empty text in the API.
                entries.push((key, map.next_value::<Option<Text>>()?.unwrap_or_default()));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        entries.sort();
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

    #[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    struct OnlyB;

    impl Keys for OnlyB {
        fn keeps(key: &str) -> bool {
            key == "b"
        }
    }

    fn read<K: Keys>(yaml: &str) -> Result<Entries<K>, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn a_repeated_label_is_an_error() {
        assert!(read::<AllKeys>("{a: x, b: y, a: z}").err().unwrap().contains("duplicate key `a`"));
    }

    #[test]
    fn so_is_a_repeated_label_that_is_not_kept() {
        for text in ["{a: x, b: y, a: x}", "{\"a\": \"1\", \"b\": \"2\", \"a\": \"1\"}", "a: x\nb: y\na: z\n"]
        {
            assert!(read::<OnlyB>(text).err().unwrap().contains("duplicate key `a`"), "{text}");
        }
    }

    #[test]
    fn other_entries_are_dropped() {
        let kept = read::<OnlyB>("{a: 1, b: web}").ok().unwrap();
        assert_eq!(kept.get("b"), Some("web"));
        assert!(!kept.has("a"));
    }
}
