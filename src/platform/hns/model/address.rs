//! Addresses as HNS and kube-proxy spell them.

use std::fmt;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

/// An address in an HCN object. HNS and kube-proxy compare addresses as text, so one that is not spelled
/// as usual (`10.244.001.005`) is another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// An address in canonical spelling.
    Ip(IpAddr),
    /// Any other text.
    Text(Box<str>),
}

impl Address {
    /// The address of a text. IPv6 addresses are brought to their canonical spelling.
    #[must_use]
    pub fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Text(text.into()), Self::Ip)
    }

    /// An address with the spelling that it had, where that was unusual.
    #[must_use]
    pub fn spelled(ip: IpAddr, spelling: Option<&str>) -> Self {
        spelling.map_or(Self::Ip(ip), |text| Self::Text(text.into()))
    }

    /// The address, however it is spelled, if the text is one.
    #[must_use]
    pub fn value(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Text(text) => text.parse().ok(),
        }
    }

    /// The address, if the text is one in canonical spelling.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Ip(ip) => ip.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ipv4_keeps_an_unusual_spelling() {
        assert_eq!(Address::of("FD00::0:1"), Address::Ip("fd00::1".parse().unwrap()));
        assert_eq!(Address::of("10.244.001.005"), Address::Text("10.244.001.005".into()));
    }
}
