//! The arguments of a command: tags in any order and in any case, or values in the order of the help text.

use std::net::IpAddr;

use super::words::Word;
use crate::net::parse_ip;
use crate::platform::netsh::model::{ConnectionName, Store};

/// Values by the position of their tag.
pub(super) struct Arguments<'w> {
    tags: &'static [&'static str],
    values: Vec<Option<&'w str>>,
}

/// What a command cannot be read for.
pub(super) const UNKNOWN_TAG: &str = "it has a tag that is not known here";
const REPEATED: &str = "it has a tag twice";
pub(super) const MISSING: &str = "an argument is missing";
const INTERFACE: &str = "the name of the interface has characters that no script can hold";
pub(super) const ADDRESS: &str = "an address cannot be read";
pub(super) const VALUE: &str = "a value cannot be read";

impl<'w> Arguments<'w> {
    /// Gives each word its tag. The tags are in the order of the help text.
    pub(super) fn of(words: &'w [Word], tags: &'static [&'static str]) -> Result<Self, &'static str> {
        let mut arguments = Self { tags, values: vec![None; tags.len()] };
        for word in words {
            let (tag, value) = word.argument();
            let at = match tag {
                Some(tag) => arguments.position(tag)?,
                None => arguments.values.iter().position(Option::is_none).ok_or(UNKNOWN_TAG)?,
            };
            if arguments.values[at].replace(value).is_some() {
                return Err(REPEATED);
            }
        }
        Ok(arguments)
    }

    /// A tag may be cut short as long as one tag alone begins so.
    fn position(&self, tag: &str) -> Result<usize, &'static str> {
        let tag = tag.to_ascii_lowercase();
        if let Some(exact) = self.tags.iter().position(|known| *known == tag) {
            return Ok(exact);
        }
        let mut begin = self.tags.iter().enumerate().filter(|(_, known)| known.starts_with(&tag));
        match (begin.next(), begin.next()) {
            (Some((at, _)), None) if !tag.is_empty() => Ok(at),
            _ => Err(UNKNOWN_TAG),
        }
    }

    /// The value of a tag.
    pub(super) fn get(&self, tag: &str) -> Option<&'w str> {
        let at = self.tags.iter().position(|known| *known == tag)?;
        self.values[at]
    }

    /// The value of a tag that there must be.
    pub(super) fn need(&self, tag: &str) -> Result<&'w str, &'static str> {
        self.get(tag).ok_or(MISSING)
    }

    /// Fails when a tag has another value than the one that is meant when it is left out.
    pub(super) fn only(&self, tag: &str, usual: &str) -> Result<(), &'static str> {
        match self.get(tag) {
            Some(value) if !value.eq_ignore_ascii_case(usual) => Err("it says more than is known here"),
            _ => Ok(()),
        }
    }

    /// The interface, whatever its tag is called.
    pub(super) fn interface(&self, tag: &str) -> Result<ConnectionName, &'static str> {
        ConnectionName::new(self.need(tag)?).map_err(|_| INTERFACE)
    }

    pub(super) fn store(&self) -> Result<Option<Store>, &'static str> {
        match self.get("store").map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("active") => Ok(Some(Store::Active)),
            Some("persistent") => Ok(Some(Store::Persistent)),
            Some(_) => Err(VALUE),
        }
    }

    pub(super) fn ip(&self, tag: &str) -> Result<Option<IpAddr>, &'static str> {
        self.get(tag).map(|text| parse_ip(text).ok_or(ADDRESS)).transpose()
    }

    pub(super) fn number(&self, tag: &str) -> Result<Option<u32>, &'static str> {
        self.get(tag).map(|text| text.parse().map_err(|_| VALUE)).transpose()
    }
}

/// Reads `yes`, `true`, `enabled` or `no`, `false`, `disabled`.
pub(super) fn switch(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "enabled" => Ok(true),
        "no" | "false" | "disabled" => Ok(false),
        _ => Err(VALUE),
    }
}
