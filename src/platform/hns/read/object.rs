//! Decides what an object is, and reads it.

use std::fmt::Display;

use super::super::model::{Endpoint, LoadBalancer, Network, State, Telling};
use super::document::{Found, List, Place};
use super::log::Log;
use super::members::Members;
use super::problem::Problem;
use super::views::ONE_OF_MORE;
use super::{current_schema, old_schema};
use crate::name::printable;
use crate::node::{HnsVersion, NetworkType};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Endpoint,
    LoadBalancer,
    Network,
    OldEndpoint,
    OldLoadBalancer,
    OldNetwork,
    /// The answer of HNS about its version, or the version of a state.
    Version,
    /// Of HNS, but kube-proxy has no use for it: namespaces, routes and the like.
    Unneeded,
    Unknown,
}

const OLD_ENDPOINT: &[&str] = &["VirtualNetwork", "VirtualNetworkName", "IPAddress"];
const OLD_LOAD_BALANCER: &[&str] = &["References", "Policies"];
const OLD_NETWORK: &[&str] = &["Subnets", "MacPools", "ManagementIP", "NetworkAdapterName"];

/// Members that tell what an object is, in the order in which they decide.
const MARKS: [(Shape, &[&str]); 8] = [
    (Shape::OldLoadBalancer, &["References"]),
    (Shape::OldEndpoint, &["VirtualNetwork"]),
    (Shape::LoadBalancer, &["HostComputeEndpoints", "PortMappings", "FrontendVIPs"]),
    (Shape::Endpoint, &["HostComputeNetwork", "IpConfigurations"]),
    (Shape::Network, &["Ipams", "MacPool"]),
    (Shape::OldEndpoint, OLD_ENDPOINT),
    (Shape::OldNetwork, OLD_NETWORK),
    (
        Shape::Unneeded,
        &["NamespaceId", "NamespaceGuid", "CompartmentId", "EndpointList", "PortPoolAllocations"],
    ),
];

/// How many of the marks belong to one kind of object, wherever it stands.
const PLAIN: usize = 5;

impl Shape {
    fn of(members: &Members<'_>, place: Place) -> Self {
        let has_any = |names: &[&str]| names.iter().any(|name| members.has(name));
        // A heading may be lost, and the objects below it stand under another one.
        let plain = || MARKS[..PLAIN].iter().find(|(_, names)| has_any(names)).map(|(shape, _)| *shape);
        if let (Place::In(_), Some(shape)) = (place, plain()) {
            return shape;
        }
        match place {
            Place::In(List::Endpoints) if has_any(OLD_ENDPOINT) => return Self::OldEndpoint,
            Place::In(List::Endpoints) => return Self::Endpoint,
            Place::In(List::LoadBalancers) if has_any(OLD_LOAD_BALANCER) => return Self::OldLoadBalancer,
            Place::In(List::LoadBalancers) => return Self::LoadBalancer,
            Place::In(List::Networks) if has_any(OLD_NETWORK) => return Self::OldNetwork,
            Place::In(List::Networks) => return Self::Network,
            Place::Around if members.has("Version") => return Self::Version,
            Place::Around => return Self::Unneeded,
            Place::Loose if !members.has("ID") => return Self::Unneeded,
            Place::Loose | Place::Alone => {}
        }
        match MARKS.into_iter().find(|(_, names)| has_any(names)) {
            Some((shape, _)) => shape,
            // A part of a network has these as well.
            None if place == Place::Loose => Self::Unneeded,
            None if has_all(members, &["Name", "Type", "SchemaVersion"]) => Self::Network,
            None if has_all(members, &["Policies", "ID"]) && !members.has("Name") => Self::OldLoadBalancer,
            None if has_all(members, &["Major", "Minor"]) => Self::Version,
            None => Self::Unknown,
        }
    }
}

impl Shape {
    /// The shapes that the members of an object are of: of one that lost its end to the next one there are several.
    fn all_of(members: &Members<'_>) -> Vec<Self> {
        let is_of = |(_, names): &&(Self, &[&str])| names.iter().any(|name| members.has(name));
        MARKS[..PLAIN].iter().filter(is_of).map(|(shape, _)| *shape).collect()
    }

    /// The list that it stands in.
    fn list(self) -> Option<List> {
        match self {
            Self::Endpoint | Self::OldEndpoint => Some(List::Endpoints),
            Self::LoadBalancer | Self::OldLoadBalancer => Some(List::LoadBalancers),
            Self::Network | Self::OldNetwork => Some(List::Networks),
            Self::Version | Self::Unneeded | Self::Unknown => None,
        }
    }
}

fn has_all(members: &Members<'_>, names: &[&str]) -> bool {
    names.iter().all(|name| members.has(name))
}

/// Puts objects into a state; keeps count of those that belong to none.
pub(super) struct Objects<'a> {
    pub(super) state: State,
    unknown: usize,
    /// The kinds of which views show some, and where the first one stands.
    in_views: Vec<(List, &'a str)>,
    first_unknown: Option<(&'a str, String)>,
}

/// What an object of a document turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// An object of this kind; part of it may not be told.
    Of(List),
    /// An object of this kind that had to be left out.
    LeftOut(List),
    /// Nothing that HNS objects are made of.
    Unknown,
    /// Of no use, and known to be so.
    Unneeded,
}

impl Default for Objects<'_> {
    fn default() -> Self {
        Self { state: State::not_told(), unknown: 0, in_views: Vec::new(), first_unknown: None }
    }
}

impl<'a> Objects<'a> {
    /// Notes how much is told of a kind of object.
    pub(super) fn hear(&mut self, list: List, telling: Telling) {
        match list {
            List::Endpoints => self.state.endpoints.hear(telling),
            List::LoadBalancers => self.state.load_balancers.hear(telling),
            List::Networks => self.state.networks.hear(telling),
        }
    }

    fn telling(&self, list: List) -> Telling {
        match list {
            List::Endpoints => self.state.endpoints.telling(),
            List::LoadBalancers => self.state.load_balancers.telling(),
            List::Networks => self.state.networks.telling(),
        }
    }

    /// Notes that there may be more of each kind that is told.
    pub(super) fn hear_of_more(&mut self) {
        for list in [List::Endpoints, List::LoadBalancers, List::Networks] {
            let is_told = self.telling(list) != Telling::NotTold;
            if is_told {
                self.hear(list, Telling::InPart);
            }
        }
    }

    /// Notes that some of these kinds may be lost, if the text tells anything at all.
    pub(super) fn lose(&mut self, kinds: &[List]) {
        let tells = |list: &List| self.telling(*list) != Telling::NotTold;
        if List::ALL.iter().any(tells) {
            for list in kinds {
                self.hear(*list, Telling::InPart);
            }
        }
    }

    /// Reads an object.
    pub(super) fn add(&mut self, found: Found<'a>, log: &mut Log<'a>) -> Added {
        let Found { mut members, place } = found;
        if members.is_empty() {
            return Added::Unneeded;
        }
        let (is_one_of_more, part) = (members.take(ONE_OF_MORE).is_some(), members.part());
        let shape = Shape::of(&members, place);
        if let Some(list) = shape.list() {
            let shapes = Shape::all_of(&members);
            if shapes.len() > 1 || members.doubled().is_some() {
                log.add(part, Problem::TwoInOne { member: members.doubled().map(printable) });
                for other in shapes.iter().filter_map(|shape| shape.list()) {
                    self.hear(other, Telling::InPart);
                }
                return Added::LeftOut(list);
            }
        }
        let first_problem = log.len();
        if matches!(shape, Shape::OldEndpoint | Shape::OldLoadBalancer | Shape::OldNetwork) {
            self.saw_version(old_schema::version(&mut members, log));
        }
        let added = match shape {
            Shape::Endpoint => self.endpoint(current_schema::endpoint(members, log), first_problem, log),
            Shape::OldEndpoint => self.endpoint(old_schema::endpoint(members, log), first_problem, log),
            Shape::LoadBalancer => {
                let part = members.part();
                let balancer = current_schema::load_balancer(members, log);
                self.load_balancer(balancer, part, first_problem, log)
            }
            Shape::OldLoadBalancer => {
                let part = members.part();
                match old_schema::load_balancer(members, log) {
                    Some(balancer) => self.load_balancer(balancer, part, first_problem, log),
                    // A policy list of another purpose is one of the list all the same.
                    None => Added::Of(List::LoadBalancers),
                }
            }
            Shape::Network | Shape::OldNetwork => {
                let said = (members.silent_text("Name"), members.silent_text("Type"));
                let network = match shape {
                    Shape::Network => current_schema::network(members, log),
                    _ => old_schema::network(members, log),
                };
                if let (None, (Some(name), Some(type_))) = (&network, said) {
                    self.state.without_ids.push((name.into(), NetworkType::of(&type_)));
                }
                self.network(network, first_problem, log)
            }
            Shape::Version => {
                self.saw_version(current_schema::version(members, log));
                Added::Unneeded
            }
            Shape::Unneeded => Added::Unneeded,
            Shape::Unknown => {
                self.unknown += 1;
                self.first_unknown.get_or_insert_with(|| (members.part(), members.names()));
                Added::Unknown
            }
        };
        match added {
            Added::Of(list) | Added::LeftOut(list) if is_one_of_more => {
                if self.in_views.iter().all(|(of, _)| *of != list) {
                    self.in_views.push((list, part));
                }
                Added::LeftOut(list)
            }
            added => added,
        }
    }

    /// Views tell a part of what nothing else in the text tells; says so once for each kind, with the command that tells
    /// all.
    pub(super) fn report_views(&mut self, log: &mut Log<'a>) {
        for (list, part) in std::mem::take(&mut self.in_views) {
            let (kind, command) = match list {
                List::Endpoints => ("endpoints", "run Get-HnsEndpoint | ConvertTo-Json -Depth 20"),
                List::LoadBalancers => ("load balancers", "run Get-HnsPolicyList | ConvertTo-Json -Depth 20"),
                List::Networks => ("networks", "run Get-HnsNetwork | ConvertTo-Json -Depth 20"),
            };
            if self.telling(list) != Telling::Whole {
                self.hear(list, Telling::InPart);
                log.add(part, Problem::OneOfMore { kind, command });
            }
        }
    }

    /// Reports the objects that belong to no state.
    pub(super) fn report_unknown(&mut self, log: &mut Log<'a>) {
        if let Some((part, members)) = self.first_unknown.take() {
            log.add(part, Problem::UnknownObjects { count: self.unknown, members });
        }
    }

    /// Objects keep the version of HNS that made them; HNS itself is at least the highest.
    fn saw_version(&mut self, version: Option<HnsVersion>) {
        self.state.hns_version = self.state.hns_version.max(version);
    }

    fn endpoint(&mut self, endpoint: Endpoint, first_problem: usize, log: &mut Log<'a>) -> Added {
        log.name_since(first_problem, || named("endpoint", endpoint.id));
        // Without its id, nobody knows which load balancers have it as a member.
        let has_id = endpoint.id.is_some();
        self.state.endpoints.push(endpoint);
        if has_id { Added::Of(List::Endpoints) } else { Added::LeftOut(List::Endpoints) }
    }

    fn load_balancer(
        &mut self,
        balancer: LoadBalancer,
        part: &'a str,
        first_problem: usize,
        log: &mut Log<'a>,
    ) -> Added {
        if balancer.is_incomplete() {
            log.add(part, Problem::NoPortMappings);
        }
        log.name_since(first_problem, || named("load balancer", balancer.id));
        self.state.load_balancers.push(balancer);
        Added::Of(List::LoadBalancers)
    }

    /// A network without an id or a name cannot be told from others.
    fn network(&mut self, network: Option<Network>, first_problem: usize, log: &mut Log<'a>) -> Added {
        log.name_since(first_problem, || named("network", network.as_ref().map(|network| network.id)));
        let is_complete = network.as_ref().is_some_and(|network| !network.name.is_empty());
        self.state.networks.extend(network);
        if is_complete { Added::Of(List::Networks) } else { Added::LeftOut(List::Networks) }
    }
}

fn named(kind: &str, id: Option<impl Display>) -> String {
    id.map_or_else(|| format!("{kind} without a known id"), |id| format!("{kind} {id}"))
}
