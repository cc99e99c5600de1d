//! HNS against HNS: load balancers by what they answer to, endpoints by their address.

pub(crate) mod fields;
mod findings;
pub(crate) mod member;
pub(crate) mod side;
mod text;

use std::collections::BTreeMap;

use self::fields::Scope;
use self::side::{Balancer, BalancerKey, HnsSide, Known};
use crate::answer::change::Ownership;
use crate::answer::change::join::{Joined, join};
use crate::answer::change::regroup::{self, Essence};
use crate::answer::change::{Change, Comparison, Counts, FieldChange, ObjectKind, Standing, Verb, Weight};
use crate::answer::directory::Directory;
use crate::platform::Platform;
use crate::platform::hns::Hns;
use crate::platform::hns::model::{Address, NetworkRef};

/// Compares two sides.
pub(crate) fn compare(
    mut sides: [&mut HnsSide; 2],
    directory: &Directory<'_>,
    ownership: &Ownership,
) -> Comparison {
    let mut gaps = Vec::new();
    if sides.iter().any(|side| side.is_table()) {
        for side in &mut sides {
            side.tell_by_address();
        }
        gaps.push(
            "a table of hnsdiag has no ports: load balancers are matched by their address and members"
                .to_owned(),
        );
    }
    if sides.iter().any(|side| side.is_old_schema()) {
        for side in &mut sides {
            side.tell_family_by_address();
        }
    }
    let sides = sides.map(|side| &*side);
    if sides.iter().any(|side| !side.tells_endpoints) {
        gaps.push(
            "a dump has no endpoints: members are counted, and not matched by their addresses; add the output of Get-HnsEndpoint"
                .to_owned(),
        );
    }
    let standings = sides.map(|side| side.standing);
    let scope = Scope {
        is_overlay: sides.iter().any(|side| side.is_overlay),
        both_held: standings == [Standing::Held; 2],
    };
    let wanted = Standing::wanted(standings);
    let comparing = Comparing { sides, wanted, directory, ownership, scope };
    let (mut changes, mut counts) = (Vec::new(), BTreeMap::new());
    comparing.balancers(&mut changes, &mut counts);
    if sides.iter().all(|side| side.tells_endpoints) {
        comparing.endpoints(&mut changes, &mut counts);
    }
    let mut comparison = Comparison {
        platform: Platform::name(&Hns),
        standings,
        changes: regroup::regroup(changes),
        findings: Vec::new(),
        counts,
        gaps,
    };
    comparison.findings = findings::find(&comparison, &comparing);
    comparison
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
    fn balancers(&self, changes: &mut Vec<(Change, Essence)>, counts: &mut BTreeMap<ObjectKind, Counts>) {
        let Joined { equal, changed, only } = join(
            self.sides.map(|side| &side.balancers[..]),
            |balancer| (&balancer.key, balancer.number),
            |one, other| self.scope.same_balancers(one, other),
        );
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        for [one, other] in changed {
            count.changed += 1;
            let fields = self.scope.of_balancers(one, other);
            let verb = if only_ids(&fields) { Verb::Replaced } else { Verb::Changed };
            let subject = other.subject(self.directory);
            changes.push((
                Change { verb, subject, fields, references: None, weight: Weight::Counts },
                Essence::default(),
            ));
        }
        for (side, balancer) in
            only.iter().enumerate().flat_map(|(side, list)| list.iter().map(move |of| (side, *of)))
        {
            let subject = balancer.subject(self.directory);
            let weight = self.weight(side, || self.owns(balancer));
            count.add_alone(side, weight);
            let fields = alone(balancer, side);
            let essence = Essence { deed: Some(deed(balancer)), place: None };
            changes.push((
                Change { verb: Verb::alone(side), subject, fields, references: None, weight },
                essence,
            ));
        }
        counts.insert(ObjectKind::LoadBalancer, count);
    }

    fn endpoints(&self, changes: &mut Vec<(Change, Essence)>, counts: &mut BTreeMap<ObjectKind, Counts>) {
        // Endpoints of local pods are none of kube-proxy's; two dumps of a node have them in common.
        let listed = self.sides.map(|side| {
            let is_listed = |known: &&Known| self.scope.both_held || known.object.is_remote();
            side.endpoints.iter().filter(is_listed).collect::<Vec<_>>()
        });
        let Joined { equal, changed, only } = join(
            [&listed[0], &listed[1]],
            |known| (&known.address, known.number),
            |one, other| self.scope.same_endpoints(one, other),
        );
        let mut count = Counts { equal: equal.len(), ..Counts::default() };
        for [one, other] in changed {
            count.changed += 1;
            let fields = self.scope.of_endpoints(one, other);
            let verb = if only_ids(&fields) { Verb::Replaced } else { Verb::Changed };
            let references = Some([one.references, other.references]);
            let subject = other.subject(self.directory);
            changes.push((
                Change { verb, subject, fields, references, weight: Weight::Counts },
                Essence::default(),
            ));
        }
        for (side, known) in
            only.iter().enumerate().flat_map(|(side, list)| list.iter().map(move |of| (side, **of)))
        {
            let weight = self.weight(side, || self.on_network(known));
            count.add_alone(side, weight);
            let references = Some(if side == 0 { [known.references, 0] } else { [0, known.references] });
            let subject = known.subject(self.directory);
            changes.push((
                Change { verb: Verb::alone(side), subject, fields: Vec::new(), references, weight },
                Essence::default(),
            ));
        }
        counts.insert(ObjectKind::Endpoint, count);
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
        }
    }

    /// Remote endpoints are kube-proxy's, on its network.
    fn on_network(&self, known: &Known) -> bool {
        let network = self.wanted.and_then(|wanted| self.sides[wanted].network.as_ref());
        match (&known.object.network, network) {
            (Some(one), Some(other)) => one == other || matches!(other, NetworkRef::Named(_)),
            _ => true,
        }
    }
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
