//! Texts of tables, checked so that none can break out of its place in a line.

use std::fmt;
use std::sync::Arc;

/// The name of a chain, set or map: what the lexer of `nft` takes for one word. Rules share the text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// The longest name that the kernel takes.
    pub const LONGEST: usize = 255;

    /// Checks a name; `None` when it is empty, too long, no single word, or the word that begins comments.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'\\' | b'_' | b'.' | b'-');
        let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/'));
        let fits = (1..=Self::LONGEST).contains(&text.len());
        (fits && starts && text != "comment" && text.bytes().all(safe)).then(|| Self(text.into()))
    }

    /// A name put together from checked parts.
    pub(in crate::platform::nftables) fn from_checked(text: &str) -> Self {
        Self(text.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of one Service: kube-proxy tells these by the `/` as well.
    #[must_use]
    pub fn is_of_service(&self) -> bool {
        self.0.contains('/')
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The text of a comment: printable, without double quotes, which `nft` has no escape for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Comment(Arc<str>);

impl Comment {
    /// The longest comment that `nft` takes, in bytes (1.0.6 and 1.1.3).
    pub const LONGEST: usize = 128;

    /// Checks a text; `None` when it could not be written in double quotes as it is.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |c: char| c != '"' && !crate::name::is_unprintable(c);
        (!text.is_empty() && text.chars().all(safe)).then(|| Self(text.into()))
    }

    /// A text put together from checked names.
    pub(in crate::platform::nftables) fn from_checked(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One word: printable ASCII without blanks, quotes and what separates parts of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Box<str>);

impl Word {
    /// Checks a word; `None` when it could end its own place in the line.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| {
            b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\' | b'{' | b'}' | b';' | b'#' | b',')
        };
        (!text.is_empty() && text.bytes().all(safe)).then(|| Self(text.into()))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_break_out_of_its_place_is_refused() {
        for bad in ["", "a b", "a;b", "a{", "a\"", "a\nb", "-a", "comment", &"x".repeat(256)] {
            assert_eq!(Name::new(bad), None, "{bad}");
        }
        for bad in ["", "a\"b", "a\nb", "a\u{202e}b"] {
            assert_eq!(Comment::new(bad), None, "{bad}");
        }
        for bad in ["", "a b", "a,b", "a}", "#"] {
            assert_eq!(Word::new(bad), None, "{bad}");
        }
        assert!(
            Name::new("endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80").is_some_and(|n| n.is_of_service())
        );
    }
}
