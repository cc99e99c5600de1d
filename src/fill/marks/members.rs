//! How JSON documents say what of them is assumed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

use super::Marks;

/// Whether a value of a document is assumed: a member that is written only where it is true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct IsAssumed(pub bool);

impl IsAssumed {
    /// Whether the member is left out.
    #[must_use]
    pub fn is_not(&self) -> bool {
        !self.0
    }

    /// Whether one of both is assumed.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 || other.0)
    }
}

/// The members of a document that say what in it is assumed, with `--assume`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssumedMembers {
    /// Some of the document is assumed (--assume); never false.
    #[serde(skip_serializing_if = "IsAssumed::is_not")]
    assumed: IsAssumed,
    /// The assumed addresses, and what each is, as in clusterIP:shop/front.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    assumed_addresses: BTreeMap<String, String>,
    /// The assumed node ports, and what each is, as in nodePort:shop/front:http.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    assumed_node_ports: BTreeMap<String, String>,
}

impl AssumedMembers {
    /// Those of a document that is handed out before its end is known: all that is assumed.
    #[must_use]
    pub fn all(marks: &Marks) -> Self {
        Self::of(marks, marks.iter().map(|(number, mark)| (number, mark.symbol.clone())))
    }

    /// Those of a document with this text.
    #[must_use]
    pub fn found_in(marks: &Marks, text: &str) -> Self {
        let found = marks.found_in(text).into_iter();
        Self::of(marks, found.map(|(number, mark)| (number.to_owned(), mark.symbol.clone())))
    }

    fn of(marks: &Marks, numbers: impl Iterator<Item = (String, String)>) -> Self {
        let (assumed_node_ports, assumed_addresses) =
            numbers.partition(|(number, _)| number.parse::<u16>().is_ok());
        Self { assumed: IsAssumed(!marks.is_empty()), assumed_addresses, assumed_node_ports }
    }
}

impl Marks {
    /// Whether an address is assumed.
    #[must_use]
    pub fn ip(&self, ip: IpAddr) -> IsAssumed {
        IsAssumed(self.of(ip).is_some())
    }

    /// Whether the address that clients connect to is assumed, or the node port.
    #[must_use]
    pub fn destination(&self, to: SocketAddr) -> IsAssumed {
        IsAssumed(self.of(to.ip()).is_some() || self.of_port(to.port()).is_some())
    }

    /// Whether something in a text is assumed.
    #[must_use]
    pub fn text(&self, text: &str) -> IsAssumed {
        IsAssumed(self.are_in(text))
    }
}
