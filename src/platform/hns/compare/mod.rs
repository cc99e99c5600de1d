//! HNS against HNS: load balancers by what they answer to, endpoints by their address.

mod endpoints;
pub(crate) mod fields;
mod faults;
mod findings;
pub(crate) mod member;
mod members;
mod repair;
mod switch;
pub(crate) mod side;
mod text;

use std::collections::BTreeMap;

use self::fields::Scope;
use self::member::Member;
use self::side::{Balancer, BalancerKey, HnsSide, Known};
use crate::answer::change::Ownership;
use crate::answer::change::join::{Joined, join};
use crate::answer::change::regroup::{self, Essence};
use crate::answer::change::{
    Comparison, Counts, FieldChange, Gap, ObjectChange, ObjectKind, Standing, Verb, Weight,
};
use crate::answer::directory::Directory;
use crate::name::counted;
use crate::platform::Platform;
use crate::platform::hns::model::{Address, Detail, NetworkRef, Parts, Telling};
use crate::platform::hns::{Hns, other_proxy};

/// What makes a whole dump.
pub(in crate::platform::hns) const HOW: &str = "| ConvertTo-Json -Depth 20";

/// Compares two sides.
pub(crate) fn compare(
    mut sides: [&mut HnsSide; 2],
    directory: &Directory<'_>,
    ownership: &Ownership,
) -> Comparison {
    let mut gaps = Vec::new();
    let are_tables = sides.each_ref().map(|side| side.is_table());
    if are_tables.contains(&true) {
        for (at, side) in sides.iter_mut().enumerate() {
            side.tell_by_address();
            if are_tables[at] {
                let of = counted(side.balancers.len(), "load balancer");
                let reason = format!(
                    "ports, affinity and flags of {of}: a table of hnsdiag has none; they are matched by their address"
                );
                gaps.push(Gap::of_side(at, reason));
            }
        }
    } else {
        for side in &mut sides {
            side.forget_rows();
        }
    }
    if sides.iter().any(|side| side.leaves_out_families()) {
        for side in &mut sides {
            side.tell_family_by_address();
        }
    }
    let sides = sides.map(|side| &*side);
    let standings = sides.map(|side| side.standing);
    let wanted = Standing::wanted(standings);
    let scope = Scope {
        is_overlay: sides.iter().any(|side| side.is_overlay),
        both_held: standings == [Standing::Held; 2],
        wanted,
    };
    let comparing = Comparing { sides, wanted, directory, ownership, scope };
    let mut found = Found { gaps, ..Found::default() };
    // Who serves Services there in place of kube-proxy, where a node is compared.
    let held = sides.iter().filter(|side| side.standing == Standing::Held);
    let by_network = held.clone().find_map(|side| side.other_proxy.clone());
    let by_node = || {
        let mut nodes = directory.rules().iter().map(|rules| &rules.node);
        held.clone().next().and_then(|_| nodes.find_map(|node| other_proxy(node, None)))
    };
    let other = by_network.or_else(by_node);
    if let Some(why) = &other {
        found.leave_out_node(why, &comparing);
    } else {
        comparing.balancers(&mut found);
        comparing.endpoints(&mut found);
    }
    let mut comparison = Comparison {
        platform: Platform::name(&Hns),
        standings,
        changes: regroup::regroup(found.changes),
        findings: Vec::new(),
        counts: found.counts,
        gaps: found.gaps,
        left_open: found.left_open,
    };
    if other.is_none() {
        comparison.findings = findings::find(&comparison, &comparing);
    }
    comparison
}

/// What a comparison finds on its way.
#[derive(Default)]
struct Found {
    changes: Vec<(ObjectChange, Essence)>,
    counts: BTreeMap<ObjectKind, Counts>,
    gaps: Vec<Gap>,
    left_open: usize,
}

impl Found {
    /// Nothing is expected on a node where somebody else serves Services.
    fn leave_out_node(&mut self, why: &str, comparing: &Comparing<'_, '_>) {
        self.gaps.push(Gap::of_both(why));
        let wanted = comparing.wanted.map_or(0, |wanted| comparing.sides[wanted].balancers.len());
        self.left_open = wanted.max(1);
    }
}

/// Two sides, and what is known about them.
struct Comparing<'c, 'r> {
    sides: [&'c HnsSide; 2],
    /// The side that should be, where the other one is a node.
    wanted: Option<usize>,
    directory: &'c Directory<'r>,
    ownership: &'c Ownership,
    scope: Scope,
}

impl Comparing<'_, '_> {
    fn balancers(&self, found: &mut Found) {
        let is_untold = |side: &usize| self.sides[*side].balancers_told == Telling::NotTold;
        if [0, 1].iter().any(is_untold) {
            for side in [0, 1].into_iter().filter(is_untold) {
                let reason = format!(
                    "load balancers: the dump does not contain them; add the output of Get-HnsPolicyList {HOW}"
                );
                found.gaps.push(Gap::of_side(side, reason));
            }
            let undecided = self.sides.iter().map(|side| side.balancers.len()).max().unwrap_or_default();
            found.left_open += undecided.max(1);
            found.counts.insert(ObjectKind::LoadBalancer, Counts { undecided, ..Counts::default() });
            return;
        }
        let Joined { equal, changed, only } = join(
            self.sides.map(|side| &side.balancers[..]),
            |balancer| (&balancer.key, balancer.number),
            |one, other| {
                balancer_is_told(one)
                    && balancer_is_told(other)
                    && self.scope.same_balancers(one, other)
                    && self.scope.not_compared(one, other).is_empty()
                    && !self.has_open_members(one, other)
            },
        );
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
        // Those that leave out what they answer to are nobody's counterpart.
        let (changed, vague): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|[one, other]| balancer_is_told(one) && balancer_is_told(other));
        for [one, other] in changed {
            for name in self.scope.not_compared(one, other) {
                *left_out.entry(name).or_default() += 1;
            }
            let fields = self.scope.of_balancers(one, other);
            if fields.is_empty() {
                count.undecided += 1;
                continue;
            }
            count.changed += 1;
            let verb = if only_ids(&fields) { Verb::Replaced } else { Verb::Changed };
            let subject = other.subject(self.directory);
            found.changes.push((
                ObjectChange { verb, subject, fields, references: None, weight: Weight::Counts },
                Essence::default(),
            ));
        }
        let mut cut = 2 * vague.len();
        let untold: [Vec<&Balancer>; 2] =
            self.sides.map(|side| side.balancers.iter().filter(|of| !balancer_is_told(of)).collect());
        for (side, balancer) in
            only.iter().enumerate().flat_map(|(side, list)| list.iter().map(move |of| (side, *of)))
        {
            if !balancer_is_told(balancer) {
                cut += 1;
                continue;
            }
            let subject = balancer.subject(self.directory);
            let weight = if self.is_open(side, balancer, &untold[1 - side]) {
                Weight::Undecided
            } else {
                self.weight(side, || self.owns(balancer))
            };
            count.add_alone(side, weight);
            let fields = alone(balancer, side);
            let essence = Essence { deed: Some(deed(balancer)), ..Essence::default() };
            found.changes.push((
                ObjectChange { verb: Verb::alone(side), subject, fields, references: None, weight },
                essence,
            ));
        }
        let gap = |reason| Gap { side: self.dump(), reason };
        if cut > 0 {
            found.gaps.push(gap(format!(
                "{}: the dump leaves out their addresses or ports; dump them with Get-HnsPolicyList {HOW}",
                counted(cut, "load balancer")
            )));
        }
        let parts = [0, 1].into_iter().filter(|side| self.sides[*side].balancers_told == Telling::InPart);
        let parts: Vec<usize> = parts.collect();
        for side in &parts {
            let reason = format!(
                "load balancers that are not in the dump: it contains only a part of them; dump all with \
                 Get-HnsPolicyList {HOW}"
            );
            found.gaps.push(Gap::of_side(*side, reason));
        }
        for (name, many) in left_out {
            let of = counted(many, "load balancer");
            found.gaps.push(gap(format!("{name} of {of}: the dump leaves them out")));
        }
        self.name_open_members(found);
        let is_part = !parts.is_empty();
        found.left_open += count.undecided.max(usize::from(is_part)).max(usize::from(cut > 0));
        found.counts.insert(ObjectKind::LoadBalancer, count);
    }

    /// The side that is a dump, if only one is: what is left out is left out there.
    fn dump(&self) -> Option<usize> {
        self.wanted.map(|wanted| 1 - wanted)
    }

    /// Whether nothing tells which endpoints the members of one of two load balancers are. A table of hnsdiag never
    /// does: by itself it leaves nothing open.
    fn has_open_members(&self, one: &Balancer, other: &Balancer) -> bool {
        let is_row = [one, other].iter().any(|of| of.object.detail == Detail::Table);
        let is_alone = self.sides.iter().any(|side| side.endpoints_told == Telling::NotTold);
        self.scope.has_open_members(one, other) && !(is_row && is_alone)
    }

    /// Tells which members are compared by their number only.
    fn name_open_members(&self, found: &mut Found) {
        for (at, side) in self.sides.iter().enumerate().filter(|_| !self.scope.both_held) {
            let is_open = |of: &&Balancer| of.members.iter().any(Member::is_unknown);
            let many = side.balancers.iter().filter(is_open).count();
            if many > 0 {
                let reason = format!(
                    "which endpoints are members of {}: the dump has their ids and not their addresses, so that they \
                     are counted only; add the output of Get-HnsEndpoint {HOW}",
                    counted(many, "load balancer")
                );
                found.gaps.push(Gap::of_side(at, reason));
            }
        }
    }

    /// Whether a load balancer of one side may be on the other one: that is told in part, or has one that leaves out
    /// what it answers to.
    fn is_open(&self, side: usize, balancer: &Balancer, untold: &[&Balancer]) -> bool {
        // One that is wanted has no member if none is on this node, and then it is not wanted.
        let may_be_unwanted =
            self.wanted == Some(side) && balancer.object.gaps.telling(Parts::MEMBERS) == Telling::NotTold;
        may_be_unwanted
            || self.sides[1 - side].balancers_told != Telling::Whole
            || untold.iter().any(|of| of.may_be(balancer))
    }

    /// What a node has besides what is wanted may belong to others.
    fn weight(&self, side: usize, is_ours: impl Fn() -> bool) -> Weight {
        match self.wanted {
            Some(wanted) if wanted != side && !is_ours() => Weight::Foreign,
            _ => Weight::Counts,
        }
    }

    /// Nothing in HNS marks load balancers of kube-proxy. Taken for its own is what has an address and port
    /// of a Service, an address of one, an address inside the networks of Services, or a node port.
    fn owns(&self, balancer: &Balancer) -> bool {
        if !balancer.services(self.directory).is_empty() {
            return true;
        }
        match &balancer.key {
            BalancerKey::Frontend(key) if key.vip.is_none() => self.ownership.is_node_port(key.port),
            BalancerKey::Frontend(_) | BalancerKey::Address(_) => {
                let vip = balancer.object.frontend_vips.first().and_then(Address::ip);
                vip.is_some_and(|vip| self.ownership.is_of_services(vip))
            }
            // kube-proxy crashes on it, whoever made it.
            BalancerKey::Portless => true,
            BalancerKey::NotTold => false,
        }
    }

    /// Remote endpoints are kube-proxy's, on its network.
    fn on_network(&self, known: &Known) -> bool {
        let network = self.wanted.and_then(|wanted| self.sides[wanted].network.as_ref());
        match (&known.object.network, network) {
            // Dumps of the old schema may tell the name only.
            (Some(NetworkRef::Named(name)), Some(NetworkRef::Id(id))) => {
                let known = self.sides.iter().find_map(|side| side.network_names.get(id));
                known.is_none_or(|known| known == name)
            }
            (Some(one), Some(other)) => one == other || matches!(other, NetworkRef::Named(_)),
            _ => true,
        }
    }
}

/// Whether a load balancer tells what it answers to, or has no port at all.
fn balancer_is_told(balancer: &Balancer) -> bool {
    balancer.key != BalancerKey::NotTold
}

fn only_ids(fields: &[FieldChange]) -> bool {
    matches!(fields, [only] if only.path == "ID")
}

/// What a load balancer does, wherever it answers.
fn deed(balancer: &Balancer) -> String {
    let members: Vec<String> = balancer.members.iter().map(|member| member.name.to_string()).collect();
    let port = balancer.object.port_mappings.first().map(|mapping| mapping.internal_port);
    format!("{port:?} {}", members.join(" "))
}

/// What is known of a load balancer that is on one side only.
fn alone(balancer: &Balancer, side: usize) -> Vec<FieldChange> {
    let members = balancer.members.iter().map(|member| member.name.to_string());
    let members: Vec<String> = members.collect();
    let of = |path: &str, value: String| FieldChange::alone(path, side, value);
    let mapping = balancer.object.port_mappings.first();
    let port = mapping.map(|mapping| of("PortMappings[0].InternalPort", mapping.internal_port.to_string()));
    let members = (!members.is_empty()).then(|| of("HostComputeEndpoints", members.join(", ")));
    port.into_iter().chain(members).collect()
}
