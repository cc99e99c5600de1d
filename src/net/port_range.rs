//! Consecutive ports, as tools print them and settings name them.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

/// Ports from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// Ports that Windows gives to outgoing connections, unless it is told otherwise.
    pub const DYNAMIC: Self = Self { first: 49_152, last: 65_535 };

    /// The node ports of a cluster that says nothing else.
    pub const NODE_PORTS: Self = Self { first: 30_000, last: 32_767 };

    /// A range; `None` when it is empty or holds port 0.
    #[must_use]
    pub const fn new(first: u16, last: u16) -> Option<Self> {
        if first > 0 && first <= last { Some(Self { first, last }) } else { None }
    }

    /// Its lowest port.
    #[must_use]
    pub fn first(self) -> u16 {
        self.first
    }

    /// Its highest port.
    #[must_use]
    pub fn last(self) -> u16 {
        self.last
    }

    /// Whether a port is in it.
    #[must_use]
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }

    /// Its ports, the lowest first.
    pub fn ports(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl std::fmt::Display for PortRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// The text is no range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a range of ports is FIRST-LAST, each from 1 to 65535")]
pub struct NotAPortRange;

impl std::str::FromStr for PortRange {
    type Err = NotAPortRange;

    /// Reads `first-last`, or `first+count` as kube-proxy does.
    fn from_str(text: &str) -> Result<Self, NotAPortRange> {
        let number = |text: &str| text.parse::<u16>().ok();
        let ends = match (text.split_once('-'), text.split_once('+')) {
            (Some((first, last)), _) => number(first).zip(number(last)),
            (None, Some((first, more))) => number(first)
                .zip(number(more))
                .and_then(|(first, more)| Some((first, first.checked_add(more)?))),
            (None, None) => number(text).map(|only| (only, only)),
        };
        ends.and_then(|(first, last)| Self::new(first, last)).ok_or(NotAPortRange)
    }
}

impl<'de> Deserialize<'de> for PortRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

/// Reads the text while the parser stands on it, so that it can tell where a wrong one is.
struct Text;

impl Visitor<'_> for Text {
    type Value = PortRange;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FIRST-LAST, each from 1 to 65535")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PortRange, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_two_ends_in_order() {
        assert_eq!("49152-65535".parse(), Ok(PortRange::DYNAMIC));
        assert_eq!("36000+1000".parse(), Ok(PortRange { first: 36_000, last: 37_000 }));
        assert_eq!("80".parse(), Ok(PortRange { first: 80, last: 80 }));
        for bad in ["", "0-1", "2-1", "1-65536", "65535+1", "a-b", "1 - 2"] {
            assert_eq!(bad.parse::<PortRange>(), Err(NotAPortRange), "{bad}");
        }
    }
}
