//! `namespace/name`, each with `*` for any letters.

use std::fmt;
use std::str::FromStr;

use crate::name::glob;

/// Services by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    namespace: Box<str>,
    name: Box<str>,
}

/// The text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "NAMESPACE/NAME of lower-case letters, digits and `-`, in which * stands for any of them, as in shop/*"
)]
pub struct NotAPattern;

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let is_right = |part: &str| {
            let letter =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-*".contains(&byte);
            !part.is_empty() && part.len() <= 63 && part.bytes().all(letter)
        };
        let (namespace, name) = text.split_once('/').ok_or(NotAPattern)?;
        let both = is_right(namespace) && is_right(name);
        both.then(|| Self { namespace: namespace.into(), name: name.into() }).ok_or(NotAPattern)
    }
}

impl Pattern {
    /// Whether a Service is one of those.
    #[must_use]
    pub fn matches(&self, namespace: &str, name: &str) -> bool {
        glob(&self.namespace, namespace) && glob(&self.name, name)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_any_letters() {
        let matches = |pattern: &str, namespace: &str, name: &str| {
            pattern.parse::<Pattern>().unwrap().matches(namespace, name)
        };
        assert!(matches("shop/*", "shop", "web"));
        assert!(!matches("shop/*", "shop-2", "web"));
        assert!(matches("shop*/w*b", "shop-2", "wb"));
        assert!(!matches("*/web", "shop", "web-2"));
        assert!(matches("*/*-api-*", "shop", "the-api-v2"));
        assert!(!matches("*/aa*aa", "shop", "aaa"));
        for bad in ["", "web", "a/b/c", "a/", "/b", "A/b", "a b/c", "a/[b]"] {
            assert_eq!(bad.parse::<Pattern>(), Err(NotAPattern), "{bad}");
        }
    }

    /// The same, by trying everything.
    fn slowly(pattern: &[u8], text: &[u8]) -> bool {
        match pattern {
            [] => text.is_empty(),
            [b'*', rest @ ..] => (0..=text.len()).any(|at| slowly(rest, &text[at..])),
            [byte, rest @ ..] => text.first() == Some(byte) && slowly(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn nothing_has_to_be_tried_twice(pattern in "[ab*]{1,8}", text in "[ab]{0,8}") {
            prop_assert_eq!(glob(&pattern, &text), slowly(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
