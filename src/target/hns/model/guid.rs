//! GUIDs as HNS writes them, in either case.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::Serialize;
use uuid::Uuid;

/// The id of an HCN object. It keeps the letters it was written with, and is compared by its value:
/// HNS prints one id in upper case here and in lower case there.
#[derive(Clone, Copy)]
pub struct Guid {
    text: [u8; 36],
    value: Uuid,
}

/// The text is no GUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is a GUID, as in 6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01")]
pub struct NotAGuid;

impl Guid {
    /// The text, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("digits and dashes")
    }

    /// The value, without regard to spelling.
    #[must_use]
    pub fn value(self) -> Uuid {
        self.value
    }
}

impl From<Uuid> for Guid {
    /// Writes the id in lower case.
    fn from(value: Uuid) -> Self {
        let mut text = [0; 36];
        value.hyphenated().encode_lower(&mut text);
        Self { text, value }
    }
}

impl FromStr for Guid {
    type Err = NotAGuid;

    /// Reads `8-4-4-4-12` digits in either case; no braces.
    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        let bytes = text.as_bytes().try_into().map_err(|_| NotAGuid)?;
        let value = Uuid::try_parse(text).map_err(|_| NotAGuid)?;
        Ok(Self { text: bytes, value })
    }
}

impl PartialEq for Guid {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Guid {}

impl PartialOrd for Guid {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Guid {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl Hash for Guid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Guid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_kept_and_does_not_count() {
        let upper: Guid = "A1A1A1A1-0000-4000-8000-00000000000F".parse().unwrap();
        let lower: Guid = "a1a1a1a1-0000-4000-8000-00000000000f".parse().unwrap();
        assert_eq!(upper, lower);
        assert_eq!(upper.to_string(), "A1A1A1A1-0000-4000-8000-00000000000F");
        for bad in ["", "{a1a1a1a1-0000-4000-8000-00000000000f}", "a1a1a1a10000400080000000000000000f00", "x"]
        {
            assert_eq!(bad.parse::<Guid>(), Err(NotAGuid), "{bad}");
        }
    }
}
