//! GUIDs as HNS writes them, in either case.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The id of an HCN object. It keeps the case of the letters it was written with, and is compared by its
/// value: HNS prints one id in upper case here and in lower case there.
#[derive(Clone, Copy)]
pub struct Guid {
    value: Uuid,
    /// Which of its 32 digits are written in upper case, the first one in the lowest bit.
    upper: u32,
}

/// The text is no GUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id is a GUID, as in 6f2b0d5e-1c52-4f0c-9a1b-0b6d0c6a7e01")]
pub struct NotAGuid;

impl Guid {
    /// The value, without regard to spelling.
    #[must_use]
    pub fn value(self) -> Uuid {
        self.value
    }

    /// Writes the id as it was written.
    fn encode<'b>(&self, buffer: &'b mut [u8; Hyphenated::LENGTH]) -> &'b str {
        self.value.hyphenated().encode_lower(buffer);
        if self.upper != 0 {
            let digits = buffer.iter_mut().filter(|byte| **byte != b'-');
            for (_, digit) in digits.enumerate().filter(|(at, _)| self.upper & (1 << at) != 0) {
                digit.make_ascii_uppercase();
            }
        }
        std::str::from_utf8(buffer).expect("digits and dashes")
    }
}

impl From<Uuid> for Guid {
    /// Writes the id in lower case.
    fn from(value: Uuid) -> Self {
        Self { value, upper: 0 }
    }
}

impl FromStr for Guid {
    type Err = NotAGuid;

    /// Reads `8-4-4-4-12` digits in either case; no braces.
    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        if text.len() != Hyphenated::LENGTH {
            return Err(NotAGuid);
        }
        let value = Uuid::try_parse(text).map_err(|_| NotAGuid)?;
        let digits = text.bytes().filter(|byte| *byte != b'-').enumerate();
        let upper = digits.filter(|(_, digit)| digit.is_ascii_uppercase());
        Ok(Self { value, upper: upper.fold(0, |mask, (at, _)| mask | 1 << at) })
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
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
        // As one number, for hashers that take numbers faster than bytes.
        state.write_u128(self.value.as_u128());
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.encode(&mut [0; Hyphenated::LENGTH]))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Guid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.encode(&mut [0; Hyphenated::LENGTH]))
    }
}

impl JsonSchema for Guid {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Guid".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
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
        for text in [
            "A1A1A1A1-0000-4000-8000-00000000000F",
            "a1a1a1a1-0000-4000-8000-00000000000f",
            "aBcDeFaB-cDeF-4000-8000-0000000000dE",
        ] {
            assert_eq!(text.parse::<Guid>().unwrap().to_string(), text);
        }
        for bad in ["", "{a1a1a1a1-0000-4000-8000-00000000000f}", "a1a1a1a10000400080000000000000000f00", "x"]
        {
            assert_eq!(bad.parse::<Guid>(), Err(NotAGuid), "{bad}");
        }
    }
}
