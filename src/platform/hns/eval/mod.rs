//! What becomes of a packet, by the objects that HNS holds: those of a dump, or of a plan that was applied.
//!
//! ```text
//! frontends ─► the load balancer that answers to the packet
//! reach ─► whether it takes packets of this sender
//! delivery ─► its members, how likely each is, and whom it sees
//! rules ─► what all of it rests on: one table, each row with its source and how sure it is
//! ```
//!
//! Each step names the row of [`RULES`] that it follows. What depends on an open question is undecided and
//! never guessed. Two things are not looked at: the routes of the node, and what the network plugin does
//! with packets that no load balancer takes (`OutBoundNAT`, access lists).
//!
//! ```
//! use hnsplan::net::Protocol;
//! use hnsplan::platform::hns::{eval::Evaluator, read};
//! use hnsplan::answer::verdict::{Host, Packet, Sender};
//!
//! let dump = r#"[
//!   {"ID": "3f0a8c1e-5b7d-4a52-9c3e-1d2f3a4b5c01", "IpConfigurations": [{"IpAddress": "10.244.1.5"}]},
//!   {"ID": "a335d997-4160-44f9-9f72-1087a2cba45e", "FrontendVIPs": ["10.96.0.10"],
//!    "HostComputeEndpoints": ["3f0a8c1e-5b7d-4a52-9c3e-1d2f3a4b5c01"],
//!    "PortMappings": [{"Protocol": 17, "InternalPort": 53, "ExternalPort": 53}]}]"#;
//! let (state, problems) = read::read(dump);
//! let host = Host::new(["192.168.10.21".parse()?]);
//! let packet = Packet {
//!     sender: Sender::Pod,
//!     source: "10.244.1.20".parse()?,
//!     destination: "10.96.0.10".parse()?,
//!     protocol: Protocol::Udp,
//!     port: 53,
//!     interface: None,
//!     remembered: None,
//! };
//! let verdict = Evaluator::new(&state, &host).verdict(&packet);
//! assert_eq!(verdict.endpoints().collect::<Vec<_>>(), ["10.244.1.5:53".parse()?]);
//! # assert!(problems.is_empty(), "{problems:?}");
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod delivery;
mod frontends;
mod reach;
mod rules;

use std::fmt;

use rustc_hash::{FxHashMap, FxHashSet};

use self::frontends::{Found, Frontends};
use self::rules::Rule;
use super::model::{Address, Endpoint, Guid, LoadBalancer, State};
use crate::answer::verdict::{Fate, Host, Packet, Rewrite, SourceAddress, Step, Telling, Verdict};
use crate::name::printable;
use crate::node::{HnsVersion, NetworkType};
use crate::source::Origin;

pub use rules::RULES;

/// What HNS holds, made ready for any number of packets.
#[derive(Debug)]
pub struct Evaluator<'s> {
    balancers: &'s [LoadBalancer],
    frontends: Frontends,
    endpoints: FxHashMap<Guid, &'s Endpoint>,
    overlays: FxHashSet<Guid>,
    version: Option<HnsVersion>,
    host: &'s Host,
    origins: FxHashMap<Guid, Origin>,
}

impl<'s> Evaluator<'s> {
    /// Makes ready what HNS holds on a node with the addresses of `host`.
    #[must_use]
    pub fn new(state: &'s State, host: &'s Host) -> Self {
        let overlays = state.networks.iter().filter(|network| network.type_ == NetworkType::Overlay);
        Self {
            balancers: &state.load_balancers,
            frontends: Frontends::new(&state.load_balancers),
            endpoints: state.endpoints.iter().filter_map(|of| Some((of.id?, of))).collect(),
            overlays: overlays.map(|network| network.id).collect(),
            version: state.hns_version,
            host,
            origins: FxHashMap::default(),
        }
    }

    /// Lets steps tell where the Services behind load balancers were read.
    #[must_use]
    pub fn with_origins(self, origins: impl IntoIterator<Item = (Guid, Origin)>) -> Self {
        Self { origins: origins.into_iter().collect(), ..self }
    }

    /// What becomes of a packet.
    #[must_use]
    pub fn verdict(&self, packet: &Packet) -> Verdict {
        Asked { evaluator: self, packet, telling: Telling::Steps }.verdict()
    }

    /// What becomes of a packet, and nothing of the way to it.
    #[must_use]
    pub fn effect(&self, packet: &Packet) -> Verdict {
        Asked { evaluator: self, packet, telling: Telling::Effect }.verdict()
    }
}

/// A packet that is asked about.
#[derive(Clone, Copy)]
struct Asked<'e, 's> {
    evaluator: &'e Evaluator<'s>,
    packet: &'e Packet,
    telling: Telling,
}

impl<'s> Asked<'_, 's> {
    fn verdict(self) -> Verdict {
        let Self { evaluator, packet, .. } = self;
        let at = match evaluator.frontends.find(packet, evaluator.host, evaluator.balancers) {
            Found::One(at) => at,
            Found::Nothing => return self.unhandled(Rule::NothingThere, None),
            Found::OtherFamily(at) => {
                return self.undecided(Rule::OtherFamily, at, "its flags are for the other family");
            }
            Found::Vague(at) => return self.undecided(Rule::NoPorts, at, "the dump does not tell its ports"),
            Found::Several(several) => {
                let text = format!("{} more answer to {}", several.len() - 1, Frontend(packet));
                return self.undecided(Rule::Twice, several[0], &text);
            }
        };
        match self.reach(at) {
            Ok(steps) => self.deliver(at, &steps),
            Err(verdict) => verdict,
        }
    }

    fn balancer(self, at: usize) -> &'s LoadBalancer {
        &self.evaluator.balancers[at]
    }

    /// No load balancer takes the packet.
    fn unhandled(self, rule: Rule, at: Option<usize>) -> Verdict {
        let frontend = Frontend(self.packet);
        let step = match at {
            Some(at) => self.step(at, rule, format_args!("does not take {frontend}")),
            None => self.told(|| Step {
                within: "HNS".into(),
                number: None,
                rule: format!("no load balancer for {frontend}").into(),
                origin: None,
                rewrite: None,
                ground: Some(rule.ground()),
            }),
        };
        Verdict::certain(Fate::Unhandled(SourceAddress::Kept), step.into_iter().collect())
    }

    /// It depends on an open question what the load balancer does.
    fn undecided(self, rule: Rule, at: usize, what: &str) -> Verdict {
        let step = self.step(at, rule, format_args!("{what}"));
        Verdict::certain(self.open(at, what), step.into_iter().collect())
    }

    fn open(self, at: usize, what: &str) -> Fate {
        Fate::Undecided(format!("{}: {what}", name(self.balancer(at))).into())
    }

    fn step(self, at: usize, rule: Rule, text: fmt::Arguments<'_>) -> Option<Step> {
        self.told(|| {
            let balancer = self.balancer(at);
            Step {
                within: name(balancer).into(),
                number: None,
                rule: text.to_string().into(),
                origin: balancer.id.and_then(|id| self.evaluator.origins.get(&id).copied()),
                rewrite: None,
                ground: Some(rule.ground()),
            }
        })
    }

    fn rewriting(self, at: usize, rule: Rule, text: fmt::Arguments<'_>, rewrite: Rewrite) -> Option<Step> {
        self.step(at, rule, text).map(|step| Step { rewrite: Some(rewrite), ..step })
    }

    /// A step, if steps are told.
    fn told(self, step: impl FnOnce() -> Step) -> Option<Step> {
        (self.telling == Telling::Steps).then(step)
    }
}

/// `load balancer 3f2c81d0`, which is enough of the id to find it.
fn name(balancer: &LoadBalancer) -> String {
    match balancer.id {
        Some(id) => format!("load balancer {}", &id.to_string()[..8]),
        None => "a load balancer without id".to_owned(),
    }
}

/// The address that a packet goes to: `10.96.0.10:53/UDP`.
struct Frontend<'p>(&'p Packet);

impl fmt::Display for Frontend<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Packet { destination, port, protocol, .. } = self.0;
        write!(f, "{}/{protocol}", std::net::SocketAddr::new(*destination, *port))
    }
}

fn shown(address: &Address) -> String {
    printable(&address.to_string())
}

#[cfg(test)]
mod tests;
