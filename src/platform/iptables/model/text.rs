//! Texts of rules, checked so that none can break out of its place in a line.

use std::fmt;

/// The name of a chain: at most 28 bytes, printable, without blanks and quotes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainName(ShortText<{ Self::LONGEST }>);

impl ChainName {
    /// The longest name that the kernel takes.
    pub const LONGEST: usize = 28;

    /// Checks a name; `None` when it is empty, too long or could break out of its line.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\');
        let fits = (1..=Self::LONGEST).contains(&text.len()) && !text.starts_with(['-', '!']);
        (fits && text.bytes().all(safe)).then(|| Self::literal(text))
    }

    /// A name known to be valid.
    pub(in crate::platform::iptables) const fn literal(text: &str) -> Self {
        Self(ShortText::literal(text))
    }

    /// A name put together from checked parts.
    pub(in crate::platform::iptables) fn from_checked(prefix: &[u8], rest: &[u8]) -> Self {
        let mut text = ShortText::literal("");
        text.bytes[..prefix.len()].copy_from_slice(prefix);
        text.bytes[prefix.len()..prefix.len() + rest.len()].copy_from_slice(rest);
        text.length = u8::try_from(prefix.len() + rest.len()).expect("at most 28");
        Self(text)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A text of at most N bytes of ASCII, copied like a number: rules hold hundreds of thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ShortText<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> ShortText<N> {
    const fn literal(text: &str) -> Self {
        let source = text.as_bytes();
        assert!(source.len() <= N, "the text is checked to fit");
        let mut bytes = [0; N];
        let mut at = 0;
        while at < source.len() {
            bytes[at] = source[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most N, which is far below 256")]
        Self { bytes, length: at as u8 }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).expect("checked to be ASCII")
    }
}

impl fmt::Display for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text of a comment: printable ASCII without quotes and backslashes, at most 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment(Box<str>);

impl Comment {
    /// Checks a text; `None` when it could not be written in double quotes as it is.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| (b.is_ascii_graphic() || b == b' ') && !matches!(b, b'"' | b'\\');
        let fits = (1..=255).contains(&text.len()) && !text.starts_with('-');
        (fits && text.bytes().all(safe)).then(|| Self(text.into()))
    }

    /// A text put together from checked names.
    pub(in crate::platform::iptables) fn from_checked(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One word: printable ASCII without blanks, quotes and backslashes, not starting with `-` or `!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(Box<str>);

impl Word {
    /// Checks a word; `None` when it could end its own place in the line.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let safe = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\');
        let fits = !text.is_empty() && !text.starts_with(['-', '!']);
        (fits && text.bytes().all(safe)).then(|| Self(text.into()))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a kernel accounting object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountName(ShortText<{ Self::LONGEST }>);

impl AccountName {
    /// The longest name that the kernel takes.
    pub const LONGEST: usize = 31;
    /// Packets of invalid connections that were dropped.
    pub const INVALID_DROPPED: Self = Self::literal("ct_state_invalid_dropped_pkts");
    /// Packets to node ports on a loopback address.
    pub const LOCALHOST_NODE_PORTS: Self = Self::literal("localhost_nps_accepted_pkts");

    const fn literal(text: &str) -> Self {
        Self(ShortText::literal(text))
    }

    /// Checks a name; `None` when it is too long or no single word.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (text.len() <= Self::LONGEST && Word::new(text).is_some()).then(|| Self::literal(text))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
