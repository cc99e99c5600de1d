//! Facts about a Windows host: the type of its HNS network, the version of HNS, MAC addresses.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

/// The type of an HNS network. kube-proxy only distinguishes overlays from all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetworkType {
    /// Pods share the layer 2 network of the nodes.
    L2Bridge,
    /// The same in Azure.
    L2Tunnel,
    /// Pods have a network of their own, carried in VXLAN packets.
    Overlay,
    /// Pods are in the nodes' network with MAC addresses of their own.
    Transparent,
    /// Pods hide behind the node's address. HNS omits this type from its answers.
    Nat,
    /// Another type, as HNS spells it.
    Other(Box<str>),
}

/// The types that have a name here.
const NAMED: [NetworkType; 5] = [
    NetworkType::L2Bridge,
    NetworkType::L2Tunnel,
    NetworkType::Overlay,
    NetworkType::Transparent,
    NetworkType::Nat,
];

impl NetworkType {
    /// The type that HNS means by a text: case is ignored, and the empty text is `NAT`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let named = NAMED.into_iter().find(|named| named.as_str().eq_ignore_ascii_case(text));
        match named {
            Some(named) => named,
            None if text.is_empty() => Self::Nat,
            None => Self::Other(text.into()),
        }
    }

    /// The text as HNS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::L2Bridge => "L2Bridge",
            Self::L2Tunnel => "L2Tunnel",
            Self::Overlay => "Overlay",
            Self::Transparent => "Transparent",
            Self::Nat => "NAT",
            Self::Other(text) => text,
        }
    }
}

/// The text is not a type of network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a network type is L2Bridge, L2Tunnel, Overlay, Transparent or NAT")]
pub struct UnknownNetworkType;

impl FromStr for NetworkType {
    type Err = UnknownNetworkType;

    fn from_str(text: &str) -> Result<Self, UnknownNetworkType> {
        match Self::of(text) {
            Self::Other(_) => Err(UnknownNetworkType),
            _ if text.is_empty() => Err(UnknownNetworkType),
            named => Ok(named),
        }
    }
}

impl Serialize for NetworkType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for NetworkType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NetworkType".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

/// The version of HNS, which decides what it supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HnsVersion {
    /// 9 is Windows Server 2019, 13 Server 2022, 15 Server 2025, roughly.
    pub major: u32,
    /// Grows with updates.
    pub minor: u32,
}

/// The text is not a version of HNS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a version of HNS is two numbers, as in 15.4")]
pub struct NotAnHnsVersion;

impl FromStr for HnsVersion {
    type Err = NotAnHnsVersion;

    fn from_str(text: &str) -> Result<Self, NotAnHnsVersion> {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let (major, minor) = text.split_once('.').ok_or(NotAnHnsVersion)?;
        if !is_number(major) || !is_number(minor) {
            return Err(NotAnHnsVersion);
        }
        let number = |part: &str| part.parse().map_err(|_| NotAnHnsVersion);
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl fmt::Display for HnsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Serialize for HnsVersion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for HnsVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HnsVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]+\\.[0-9]+$" })
    }
}

/// A MAC address with the letters and separators that it was written with: HNS compares and prints it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 17]);

/// The text is not a MAC address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a MAC address is six bytes in hexadecimal, as in 00:15:5d:0a:0b:0c")]
pub struct NotAMacAddress;

impl MacAddress {
    /// Writes six bytes with lower-case digits and dashes.
    #[must_use]
    pub fn dashed(bytes: [u8; 6]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 17];
        for (place, byte) in text.chunks_mut(3).zip(bytes) {
            place[0] = DIGITS[usize::from(byte >> 4)];
            place[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits and separators")
    }

    /// The text as Go prints it, and with it kube-proxy: lower case, colons. Spellings of one address have one such text.
    #[must_use]
    pub fn with_colons(self) -> Self {
        Self(self.0.map(|byte| if byte == b'-' { b':' } else { byte.to_ascii_lowercase() }))
    }

    /// Whether it is that of no interface, as all of its digits are 0.
    #[must_use]
    pub fn is_unset(self) -> bool {
        self.0.iter().all(|byte| matches!(byte, b'0' | b'-' | b':'))
    }
}

impl FromStr for MacAddress {
    type Err = NotAMacAddress;

    fn from_str(text: &str) -> Result<Self, NotAMacAddress> {
        let bytes: [u8; 17] = text.as_bytes().try_into().map_err(|_| NotAMacAddress)?;
        let is_right = |(at, byte): (usize, &u8)| {
            if at % 3 == 2 { matches!(byte, b'-' | b':') } else { byte.is_ascii_hexdigit() }
        };
        bytes.iter().enumerate().all(is_right).then_some(Self(bytes)).ok_or(NotAMacAddress)
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for MacAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for MacAddress {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MacAddress".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^([0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_address_keeps_its_spelling() {
        let mac: MacAddress = "00-15-5D-0a:0b:0C".parse().unwrap();
        assert_eq!(mac.to_string(), "00-15-5D-0a:0b:0C");
        assert_eq!(mac.with_colons().to_string(), "00:15:5d:0a:0b:0c");
        assert_eq!(MacAddress::dashed([2, 17, 10, 244, 2, 7]).to_string(), "02-11-0a-f4-02-07");
        for bad in ["", "00:15:5d:0a:0b", "00:15:5d:0a:0b:0g", "00155d0a0b0c00000", "00:15:5d:0a:0b:0cé"] {
            assert_eq!(bad.parse::<MacAddress>(), Err(NotAMacAddress), "{bad}");
        }
    }

    #[test]
    fn versions_of_hns_are_ordered_as_numbers() {
        let version = |text: &str| text.parse::<HnsVersion>().unwrap();
        assert!(version("9.10") > version("9.9") && version("10.0") > version("9.10"));
        assert_eq!(version("15.4").to_string(), "15.4");
        for bad in ["15", "15.", "15.4.1", "a.b", "+1.2", ""] {
            assert_eq!(bad.parse::<HnsVersion>(), Err(NotAnHnsVersion), "{bad}");
        }
    }

    #[test]
    fn network_types_are_read_in_any_case() {
        assert_eq!("overlay".parse(), Ok(NetworkType::Overlay));
        assert_eq!("vlan".parse::<NetworkType>(), Err(UnknownNetworkType));
        assert_eq!(NetworkType::of(""), NetworkType::Nat);
        assert_eq!(NetworkType::of("ICS").as_str(), "ICS");
    }
}
