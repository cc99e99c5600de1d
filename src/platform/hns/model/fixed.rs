//! Members that every object has and that say nothing.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// `"Dns":{}`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dns;

/// `"Health":{"Extra":{}}`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health;

/// `"SchemaVersion":{"Major":2,"Minor":0}`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SchemaVersion;

impl Serialize for Dns {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_map(Some(0))?.end()
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("Extra", &Dns)?;
        map.end()
    }
}

impl Serialize for SchemaVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("Major", &2)?;
        map.serialize_entry("Minor", &0)?;
        map.end()
    }
}
