//! Rules of the Windows firewall, of the kind that plans have: incoming, one local port.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use super::{Description, UnsafeText};
use crate::net::Family;

/// A rule for incoming connections, in every profile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FirewallRule {
    /// Its name, which need not be the only one of its kind on a node.
    pub name: RuleName,
    /// What it does.
    pub action: Action,
    /// The protocol.
    pub protocol: Transport,
    /// The node's address; `None` is any.
    pub local_ip: Option<IpAddr>,
    /// The node's port, 1 to 65535.
    pub local_port: u16,
    /// Who connects.
    pub remote: Remote,
    /// What people read.
    pub description: Description,
}

/// What a rule is deleted by. Everything that matches goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FirewallKey {
    /// The name.
    pub name: RuleName,
    /// The protocol.
    pub protocol: Transport,
    /// The node's port.
    pub local_port: u16,
}

/// What a rule does with a connection. A rule that blocks wins over one that allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Lets it in.
    Allow,
    /// Keeps it out.
    Block,
}

impl Action {
    /// The word of netsh.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Block => "block",
        }
    }
}

/// A protocol that a rule can name together with a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// The word of netsh.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Who connects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remote {
    /// Anybody.
    Any,
    /// These.
    Only(Vec<Endpoints>),
}

/// Some addresses of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoints {
    /// A network.
    Net(IpNet),
    /// From the first to the last.
    Range(IpAddr, IpAddr),
}

impl Endpoints {
    /// The first address and the last one.
    #[must_use]
    pub fn ends(&self) -> (IpAddr, IpAddr) {
        match self {
            Self::Net(net) => (net.network(), net.broadcast()),
            Self::Range(from, to) => (*from, *to),
        }
    }
}

impl Remote {
    /// The one family that is meant, if it is one.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        let Self::Only(some) = self else { return None };
        let family = Family::of(some.first()?.ends().0);
        some.iter().all(|endpoints| Family::of(endpoints.ends().0) == family).then_some(family)
    }

    /// Whether it is meant.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Only(some) => some.iter().any(|endpoints| match endpoints {
                Endpoints::Net(net) => net.contains(&ip),
                Endpoints::Range(from, to) => {
                    Family::of(ip) == Family::of(*from) && (*from..=*to).contains(&ip)
                }
            }),
        }
    }
}

/// The name of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleName(Box<str>);

/// What the names of our rules begin with.
const PREFIX: &str = "k8svc-";

/// What the names of our rules that block end with.
const BLOCKS: &str = "-b";

impl RuleName {
    /// Checks a name.
    ///
    /// # Errors
    /// When it is empty, longer than 255 bytes, is `all`, which stands for every rule, or has other
    /// characters than letters, digits, `.`, `-` and `_`.
    pub fn new(name: &str) -> Result<Self, UnsafeText> {
        let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let fits = (1..=255).contains(&name.len()) && name.bytes().all(safe);
        if fits && !name.eq_ignore_ascii_case("all") {
            Ok(Self(name.into()))
        } else {
            Err(UnsafeText::RULE_NAME)
        }
    }

    /// The name of the rule for a listener: the same on every node and in every run. It is made of the
    /// first 12 hexadecimal digits of a SHA-256 over `tcp|address|port`, where `*4` and `*6` stand for any.
    #[must_use]
    pub fn of_listener(family: Family, ip: Option<IpAddr>, port: u16) -> Self {
        let address = match (ip, family) {
            (Some(ip), _) => ip.to_string(),
            (None, Family::Ipv4) => "*4".to_owned(),
            (None, Family::Ipv6) => "*6".to_owned(),
        };
        let hash = Sha256::digest(format!("tcp|{address}|{port}"));
        Self(format!("{PREFIX}{}", data_encoding::HEXLOWER.encode(&hash[..6])).into())
    }

    /// The name of a further rule for the same listener; part 0 is the first.
    #[must_use]
    pub fn part(&self, part: usize) -> Self {
        if part == 0 { self.clone() } else { Self(format!("{}-{}", self.0, part + 1).into()) }
    }

    /// The name of the rule that blocks everybody whom this one does not allow.
    #[must_use]
    pub fn blocking(&self) -> Self {
        Self(format!("{}{BLOCKS}", self.0).into())
    }

    /// Whether [`RuleName::blocking`] made it.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.is_ours() && self.0.ends_with(BLOCKS)
    }

    /// Whether a plan made it.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.0.starts_with(PREFIX)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FirewallRule {
    /// What it is deleted by.
    #[must_use]
    pub fn key(&self) -> FirewallKey {
        FirewallKey { name: self.name.clone(), protocol: self.protocol, local_port: self.local_port }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_rule_is_a_hash_of_its_listener() {
        let name = |ip: &str, port| RuleName::of_listener(Family::Ipv4, ip.parse().ok(), port).to_string();
        assert_eq!(name("100.64.0.10", 53), "k8svc-8b4269740931");
        assert_eq!(name("fd00:64::c07", 443), "k8svc-d1549a635ded");
        assert_ne!(
            RuleName::of_listener(Family::Ipv4, None, 80),
            RuleName::of_listener(Family::Ipv6, None, 80)
        );
    }

    #[test]
    fn no_name_stands_for_every_rule() {
        for bad in ["all", "ALL", "", "a b", "a\"b", "a=b", "a*"] {
            assert!(RuleName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ranges_are_of_one_family() {
        let range = Remote::Only(vec![Endpoints::Range([1, 0, 0, 0].into(), [9, 0, 0, 0].into())]);
        assert!(range.contains([5, 0, 0, 1].into()));
        assert!(!range.contains([10, 0, 0, 1].into()));
        assert!(!range.contains("fd00::1".parse().unwrap()));
    }
}
