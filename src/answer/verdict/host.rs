//! The node that a packet meets: which addresses it has, as far as the input tells.

use std::cell::Cell;
use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::{Fate, Verdict};
use crate::net::{Family, Networks};

/// The addresses of the node that packets meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    addresses: FxHashSet<IpAddr>,
    /// Whose the other addresses are, where the input does not list all addresses of the node.
    elsewhere: Option<Elsewhere>,
}

/// Addresses that are certainly not those of the node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Single ones: endpoints, cluster IPs, other nodes.
    pub addresses: FxHashSet<IpAddr>,
    /// Whole networks: those of the pods of other nodes.
    pub networks: Networks,
}

/// Whose an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The node's.
    Node,
    /// Somebody else's.
    Other,
    /// Nothing in the input tells.
    Unknown,
}

/// The addresses of the node as one evaluation takes them: of the packet's destination, which the input may not
/// tell, one possibility is assumed.
#[derive(Debug)]
pub struct Locality<'h> {
    host: &'h Host,
    assumed: Option<(IpAddr, bool)>,
    was_asked: Cell<bool>,
}

impl Host {
    /// A node with these addresses and the loopback ones, and no others.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self { addresses: addresses.into_iter().collect(), elsewhere: None }
    }

    /// The same node, which may have more addresses, except for those that are known to be elsewhere.
    #[must_use]
    pub fn with_more_unless(self, elsewhere: Elsewhere) -> Self {
        Self { elsewhere: Some(elsewhere), ..self }
    }

    /// Whose an address is.
    #[must_use]
    pub fn owner(&self, ip: IpAddr) -> Owner {
        if self.is_local(ip) {
            return Owner::Node;
        }
        let elsewhere = |of: &Elsewhere| {
            let in_network = || of.networks.contains(ip);
            of.addresses.contains(&ip) || ip.is_unspecified() || ip.is_multicast() || in_network()
        };
        if self.elsewhere.as_ref().is_none_or(elsewhere) { Owner::Other } else { Owner::Unknown }
    }

    /// Whether packets to this address certainly end at the node.
    #[must_use]
    pub fn is_local(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.addresses.contains(&ip)
    }

    /// The known addresses of one family that others can answer to: all but the loopback ones.
    pub fn addresses(&self, family: Family) -> impl Iterator<Item = IpAddr> {
        self.addresses.iter().copied().filter(move |ip| Family::of(*ip) == family && !ip.is_loopback())
    }

    /// Its addresses as far as they are known, and no others.
    #[must_use]
    pub fn locality(&self) -> Locality<'_> {
        Locality { host: self, assumed: None, was_asked: Cell::new(false) }
    }

    /// What becomes of a packet to `destination`. Where the input does not tell whose that address is, `evaluate`
    /// is asked for both possibilities, and the answer is undecided if they differ.
    pub fn verdict(&self, destination: IpAddr, evaluate: impl Fn(&Locality<'_>) -> Verdict) -> Verdict {
        let locality = |assumed| Locality { host: self, assumed, was_asked: Cell::new(false) };
        if self.owner(destination) != Owner::Unknown {
            return evaluate(&locality(None));
        }
        let elsewhere = locality(Some((destination, false)));
        let if_elsewhere = evaluate(&elsewhere);
        if !elsewhere.was_asked.get() {
            return if_elsewhere;
        }
        let if_here = evaluate(&locality(Some((destination, true))));
        if if_here.effect() == if_elsewhere.effect() {
            return if_elsewhere;
        }
        let steps = if_here.outcomes().first().map(|outcome| outcome.steps.clone()).unwrap_or_default();
        Verdict::certain(Fate::Undecided(unknown_owner(destination)), steps)
    }
}

/// Why a verdict that hangs on the owner of an address is undecided, and what would decide it.
#[must_use]
pub fn unknown_owner(ip: IpAddr) -> Box<str> {
    format!(
        "whether the node has the address {ip} is not known; list the node's addresses with --interface-address \
         or interfaceAddresses of a facts file"
    )
    .into()
}

impl Locality<'_> {
    /// Whether packets to this address end at the node.
    #[must_use]
    pub fn is_local(&self, ip: IpAddr) -> bool {
        match self.assumed {
            Some((doubtful, is_local)) if doubtful == ip => {
                self.was_asked.set(true);
                is_local
            }
            _ => self.host.is_local(ip),
        }
    }

    /// The node.
    #[must_use]
    pub fn host(&self) -> &Host {
        self.host
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::verdict::SourceAddress;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn loopback_addresses_are_local_everywhere() {
        let host = Host::new(["192.168.0.2", "2001:db8::2"].map(ip));
        for local in ["192.168.0.2", "127.0.0.1", "127.9.9.9", "::1", "2001:db8::2"] {
            assert_eq!(host.owner(ip(local)), Owner::Node, "{local}");
        }
        for remote in ["192.168.0.3", "::2", "10.96.0.1"] {
            assert_eq!(host.owner(ip(remote)), Owner::Other, "{remote}");
        }
    }

    proptest! {
        /// An answer never hangs on an assumption: it is given where both possibilities agree, and else undecided.
        #[test]
        fn what_hangs_on_the_owner_is_undecided(
            own in 0u8..4, elsewhere in 0u8..4, asked in 0u8..4, matters: bool, complete: bool,
        ) {
            let address = |last: u8| IpAddr::from([10, 0, 0, last]);
            let mut host = Host::new([address(own)]);
            if !complete {
                let addresses = [address(elsewhere)].into_iter().collect();
                host = host.with_more_unless(Elsewhere { addresses, networks: Networks::default() });
            }
            let verdict = host.verdict(address(asked), |locality| {
                let is_local = matters && locality.is_local(address(asked));
                let fate = if is_local { Fate::Dropped } else { Fate::Unhandled(SourceAddress::Kept) };
                Verdict::certain(fate, Vec::new())
            });
            let is_unknown = !complete && asked != own && asked != elsewhere;
            prop_assert_eq!(verdict.undecided().count() == 1, is_unknown && matters);
            if !is_unknown && matters {
                let is_dropped = verdict.outcomes()[0].fate == Fate::Dropped;
                prop_assert_eq!(is_dropped, asked == own);
            }
        }
    }
}
