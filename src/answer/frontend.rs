//! What a platform does where clients connect to, line by line.
//!
//! A frontend is what platforms have in common: an address and port that clients connect to. What a side does
//! there is a [`Face`]: lines that each have one [`Aspect`], so that the lines of two sides can stand next to
//! each other whatever words the platforms use.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::{Deref, DerefMut};

use rustc_hash::{FxHashMap, FxHashSet};

use super::telling::Telling;
use crate::diagnostics::{Code, Topic};
use crate::ir::{Frontend, FrontendKind, ServicePort};
use crate::net::{Family, Protocol};

/// An address and port that clients connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrontendAt {
    /// The address; none is any of the node's.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
    /// The family, which no address tells for a node port.
    pub family: Family,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Aspect {
    /// The object that connections come to: a chain, a load balancer, a listener.
    Entry,
    /// Who may connect.
    Clients,
    /// An endpoint, by its address and port, of those that everybody or clients from outside may reach.
    Endpoint(String),
    /// An endpoint of which nothing but the id is told.
    UnknownEndpoint(String),
    /// An endpoint that clients on the node or in the cluster may reach, where these are others.
    EndpointInside(String),
    /// Whom endpoints see.
    Source,
    /// Whether a client keeps its endpoint.
    Affinity,
    /// That nobody gets the connection.
    Refusal,
    /// Settings that have no counterpart elsewhere.
    Settings,
}

impl Aspect {
    /// Whether a difference in effect is about it.
    #[must_use]
    pub fn is_about(&self, code: Code) -> bool {
        let aspect = match code.topic() {
            Topic::Clients => Self::Clients,
            Topic::Affinity => Self::Affinity,
            Topic::Refusal => Self::Refusal,
            Topic::Source => Self::Source,
            Topic::Frontend | Topic::NodePorts | Topic::LoadBalancerAddresses | Topic::ExternalAddresses => {
                Self::Entry
            }
        };
        *self == aspect
    }
}

/// What one side does at a frontend.
#[derive(Debug, Default)]
pub struct Face {
    /// The lines, by what they are about.
    pub lines: BTreeMap<Aspect, String>,
    /// The kind of the address, where the rules tell it.
    pub kind: Option<FrontendKind>,
    /// The service port as the rules name it: `namespace/name:port`.
    pub service: Option<String>,
    /// What of it the side does not tell; a part of a sentence, safe to print.
    pub untold: Option<String>,
    /// The same of one aspect, which leaves nothing open unless the other side says something else of it.
    pub untold_aspects: BTreeMap<Aspect, String>,
}

impl Face {
    /// Says something, once: of two rules for the same the first one counts.
    pub fn say(&mut self, aspect: Aspect, text: impl Into<String>) {
        self.lines.entry(aspect).or_insert_with(|| text.into());
    }

    /// Notes what of it the side does not tell; of two things the first one counts.
    pub fn lacks(&mut self, what: impl Into<String>) {
        self.untold.get_or_insert_with(|| what.into());
    }

    /// Notes that it does not tell what it does of this aspect: what is said of it is what goes without saying.
    pub fn lacks_aspect(&mut self, aspect: Aspect, what: impl Into<String>) {
        self.untold_aspects.entry(aspect).or_insert_with(|| what.into());
    }

    /// What it does not tell of something that another side does otherwise.
    #[must_use]
    pub fn untold_beside(&self, other: &Self) -> Option<&str> {
        let is_open = |aspect: &Aspect| {
            other.lines.get(aspect).is_some_and(|said| self.lines.get(aspect) != Some(said))
        };
        self.untold_aspects.iter().find(|(aspect, _)| is_open(aspect)).map(|(_, why)| &**why)
    }
}

/// All that one side does, as far as it tells.
#[derive(Debug, Default)]
pub struct Faces {
    faces: FxHashMap<FrontendAt, Face>,
    untold: Vec<Untold>,
}

/// Frontends at which a side may do more than it tells.
#[derive(Debug)]
pub struct Untold {
    /// Which frontends.
    pub area: Area,
    /// Whether the source leaves them all out, or has lost some of them.
    pub telling: Telling,
    /// Whether what it tells of one of them need not be all either.
    pub is_of_told: bool,
    /// What it does not tell, and what would; a part of a sentence, safe to print.
    pub why: String,
}

/// Some of all frontends that there may be.
#[derive(Debug)]
pub enum Area {
    /// All of them.
    All,
    /// Those of a family.
    Family(Family),
    /// Those of a family and a protocol.
    Transport(Family, Protocol),
    /// Those with these addresses; none is any of the node's.
    Addresses(FxHashSet<Option<IpAddr>>),
    /// Those with these ports.
    Ports(FxHashSet<(Protocol, u16)>),
}

impl Faces {
    /// Notes where the side may do more than it tells.
    pub fn lack(&mut self, area: Area, telling: Telling, is_of_told: bool, why: impl Into<String>) {
        self.untold.push(Untold { area, telling, is_of_told, why: why.into() });
    }

    /// Where the side may do more than it tells.
    #[must_use]
    pub fn untold(&self) -> &[Untold] {
        &self.untold
    }

    /// How much the side tells of what it does at a frontend, and what it does not tell.
    #[must_use]
    pub fn telling_at(&self, at: &FrontendAt) -> (Telling, Option<&str>) {
        let face = self.faces.get(at);
        if let Some(why) = face.and_then(|face| face.untold.as_deref()) {
            return (Telling::InPart, Some(why));
        }
        let is_about = |of: &&Untold| (face.is_none() || of.is_of_told) && of.area.has(at);
        match (self.untold.iter().find(is_about), face) {
            (None, _) => (Telling::Whole, None),
            (Some(of), None) => (Telling::NotTold, Some(&of.why)),
            (Some(of), Some(_)) => (Telling::InPart, Some(&of.why)),
        }
    }
}

impl Untold {
    /// Whether there may be a frontend of these that no side tells: what a source leaves out as a whole says nothing of
    /// frontends that the other side does not have either.
    #[must_use]
    pub fn may_be_unlisted(&self) -> bool {
        self.telling == Telling::InPart || !matches!(self.area, Area::Family(_) | Area::Transport(..))
    }
}

impl Area {
    fn has(&self, at: &FrontendAt) -> bool {
        match self {
            Self::All => true,
            Self::Family(family) => at.family == *family,
            Self::Transport(family, protocol) => (at.family, at.protocol) == (*family, *protocol),
            Self::Addresses(addresses) => addresses.contains(&at.address),
            Self::Ports(ports) => ports.contains(&(at.protocol, at.port)),
        }
    }
}

impl FromIterator<(FrontendAt, Face)> for Faces {
    /// All that a side does, if it tells all.
    fn from_iter<I: IntoIterator<Item = (FrontendAt, Face)>>(faces: I) -> Self {
        Self { faces: faces.into_iter().collect(), untold: Vec::new() }
    }
}

impl Deref for Faces {
    type Target = FxHashMap<FrontendAt, Face>;

    fn deref(&self) -> &Self::Target {
        &self.faces
    }
}

impl DerefMut for Faces {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.faces
    }
}

impl FrontendAt {
    /// Where clients reach a frontend of a service port.
    #[must_use]
    pub fn of(port: &ServicePort, frontend: &Frontend) -> Self {
        Self {
            address: frontend.address.filter(|_| frontend.kind != FrontendKind::NodePort),
            port: frontend.port,
            protocol: port.protocol,
            family: port.family,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str, port: u16) -> FrontendAt {
        let address: IpAddr = address.parse().unwrap();
        FrontendAt { address: Some(address), port, protocol: Protocol::Tcp, family: Family::of(address) }
    }

    #[test]
    fn nothing_is_taken_for_told_where_a_side_may_do_more() {
        use Telling::{InPart, NotTold, Whole};
        let (told, other, ipv6) = (at("10.0.0.1", 80), at("10.0.0.2", 81), at("fd00::1", 80));
        let all = |area: Area, is_of_told| {
            let mut faces = Faces::default();
            faces.entry(told).or_default();
            faces.lack(area, Telling::NotTold, is_of_told, "why");
            [told, other, ipv6].map(|at| faces.telling_at(&at).0)
        };
        assert_eq!(all(Area::All, false), [Whole, NotTold, NotTold]);
        assert_eq!(all(Area::All, true), [InPart, NotTold, NotTold]);
        assert_eq!(all(Area::Family(Family::Ipv6), true), [Whole, Whole, NotTold]);
        assert_eq!(all(Area::Transport(Family::Ipv4, Protocol::Tcp), false), [Whole, NotTold, Whole]);
        assert_eq!(all(Area::Transport(Family::Ipv4, Protocol::Udp), true), [Whole; 3]);
        assert_eq!(
            all(Area::Addresses([other.address].into_iter().collect()), true),
            [Whole, NotTold, Whole]
        );
        let ports = [(Protocol::Tcp, 80), (Protocol::Udp, 81)].into_iter().collect();
        assert_eq!(all(Area::Ports(ports), true), [InPart, Whole, NotTold]);
    }

    #[test]
    fn of_a_face_the_first_lack_counts() {
        let mut faces = Faces::default();
        let face = faces.entry(at("10.0.0.1", 80)).or_default();
        face.lacks("its members");
        face.lacks("its flags");
        assert_eq!(faces.telling_at(&at("10.0.0.1", 80)), (Telling::InPart, Some("its members")));
        assert_eq!(faces.telling_at(&at("10.0.0.2", 80)), (Telling::Whole, None));
    }

    #[test]
    fn an_aspect_that_is_not_told_is_open_beside_a_side_that_says_otherwise() {
        let [mut face, mut other] = [Face::default(), Face::default()];
        face.lacks_aspect(Aspect::Affinity, "affinity");
        assert_eq!(face.untold_beside(&other), None);
        other.say(Aspect::Affinity, "for 600 s");
        assert_eq!(face.untold_beside(&other), Some("affinity"));
        face.say(Aspect::Affinity, "for 600 s");
        assert_eq!(face.untold_beside(&other), None);
    }
}
