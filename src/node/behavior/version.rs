//! The version of kube-proxy whose behaviour is compiled.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

/// A minor version of kube-proxy, 1.30 to 1.36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub(super) minor: u8,
}

impl Version {
    /// The oldest version whose behaviour is known here.
    pub const OLDEST: Self = Self { minor: 30 };
    /// The newest one, and the default.
    pub const NEWEST: Self = Self { minor: 36 };

    /// All versions, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (Self::OLDEST.minor..=Self::NEWEST.minor).map(|minor| Self { minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// The version is not one of those whose behaviour is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "kube-proxy versions {} to {} are supported, as in --kube-proxy-version 1.34",
    Version::OLDEST,
    Version::NEWEST
)]
pub struct UnknownVersion;

impl FromStr for Version {
    type Err = UnknownVersion;

    /// Reads `1.34`, `v1.34` or `v1.34.2`.
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.split('.');
        let (major, minor, patch) = (parts.next(), parts.next(), parts.next());
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if major != Some("1") || !patch.is_none_or(is_number) || parts.next().is_some() {
            return Err(UnknownVersion);
        }
        let minor = minor.filter(|minor| is_number(minor)).and_then(|minor| minor.parse().ok());
        let version = Self { minor: minor.ok_or(UnknownVersion)? };
        (Self::OLDEST..=Self::NEWEST).contains(&version).then_some(version).ok_or(UnknownVersion)
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^1\\.[0-9]+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_have_prefix_and_patch() {
        assert_eq!("v1.34.2".parse(), Ok(Version { minor: 34 }));
        for bad in ["1.29", "1.37", "1", "2.30", "1.x", "1.34.2.1", "", "1.34-rc1", "1.+34"] {
            assert_eq!(bad.parse::<Version>(), Err(UnknownVersion), "{bad}");
        }
    }
}
