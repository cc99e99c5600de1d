//! Which change of kube-proxy's mode is asked about.

use std::str::FromStr;

use crate::name::printable;
use crate::platform::{Platform, Side, all};

/// A cluster moves from one mode to another.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The mode that it comes from.
    pub from: &'static str,
    /// The platform whose rules are those of that mode, or come nearest.
    stands_in: &'static str,
    /// The platform that it moves to.
    pub to: &'static dyn Platform,
}

/// A text names no change that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no change of mode that is known; expected {allowed}")]
pub struct UnknownMigration {
    text: String,
    allowed: String,
}

impl Migration {
    /// All that are known.
    pub fn all() -> impl Iterator<Item = Self> {
        all().iter().flat_map(|to| {
            let from = |of: &'static crate::platform::Former| Self {
                from: of.name,
                stands_in: of.stands_in,
                to: *to,
            };
            to.formers().iter().map(from)
        })
    }

    /// The sides that are compared.
    #[must_use]
    pub fn sides(&self) -> Vec<Side> {
        let before = crate::platform::find(self.stands_in).map(Side::wanted);
        before.into_iter().chain([Side::wanted(self.to)]).collect()
    }

    /// As it is given: `iptables,nftables`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{},{}", self.from, self.to.name())
    }
}

impl FromStr for Migration {
    type Err = UnknownMigration;

    fn from_str(text: &str) -> Result<Self, UnknownMigration> {
        Self::all().find(|of| of.name() == text).ok_or_else(|| UnknownMigration {
            text: printable(text),
            allowed: Self::all().map(|of| of.name()).collect::<Vec<_>>().join(" or "),
        })
    }
}
