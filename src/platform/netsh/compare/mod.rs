//! netsh against netsh: addresses, listeners, firewall rules, and between two dumps routes.

mod object;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::artifact::Artifact;
use crate::answer::change::Ownership;
use crate::answer::change::join::{Joined, join};
use crate::answer::change::regroup::{self, Essence};
use crate::answer::change::{
    Comparison, Counts, FieldChange, Gap, ObjectChange, ObjectKind, Standing, Subject, Verb, Weight,
};
use crate::answer::directory::Directory;
use crate::answer::frontend::FrontendAt;
use crate::name::printable;
use crate::net::{Family, Protocol};
use crate::platform::Platform;
use crate::platform::netsh::Netsh;
use crate::platform::netsh::model::{Command, Key, Listen, Listener, Object, Transport};
use crate::platform::netsh::{
    Captured, Identity, Plan, arguments, identity, is_same, is_shown, write_command,
};
use crate::scope::Selector;

use object::{deed, filled_arguments, kind, name, of_change, place};

/// One side of netsh.
#[derive(Debug)]
pub struct NetshSide {
    pub(super) standing: Standing,
    pub(super) objects: Vec<Owned>,
    /// What a dump shows at all.
    pub(super) captured: Option<Captured>,
    /// The interface of the Services, as Windows compares its name.
    interface: Option<String>,
}

/// An object, and the service ports that a plan says it is for.
#[derive(Debug)]
pub(super) struct Owned {
    key: ObjectKey,
    pub(super) object: Object,
    owners: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ObjectKey {
    Told(Identity),
    Route(String),
}

impl NetshSide {
    /// Keeps what is for some Services. A plan alone says whose an object is where its address does not.
    pub(super) fn keep_selected(
        &mut self,
        other: Option<&Self>,
        directory: &Directory<'_>,
        selector: &Selector,
    ) {
        let others = other.map_or(&[][..], |other| &other.objects);
        let others: FxHashMap<&ObjectKey, &[String]> =
            others.iter().map(|owned| (&owned.key, &*owned.owners)).collect();
        self.objects.retain(|owned| {
            let others = others.get(&owned.key).copied().unwrap_or_default();
            selector.selects_any(services(&owned.object, [&owned.owners, others], directory))
        });
    }
}

impl NetshSide {
    /// What a plan wants.
    #[must_use]
    pub fn wanted(plan: Plan) -> Self {
        let interface = Some(plan.interface.folded());
        let owned = plan.objects.into_iter().map(|planned| {
            let owners = planned.owners.iter().map(|owner| printable(owner)).collect();
            (planned.object, owners)
        });
        Self { standing: Standing::Wanted, objects: keyed(owned), captured: None, interface }
    }

    /// What a dump shows, or what a script makes.
    #[must_use]
    pub fn captured(captured: Captured) -> Self {
        if !captured.is_of_node() {
            return Self::planned(&captured);
        }
        let objects = keyed(captured.objects().map(|object| (object.clone(), Vec::new())));
        Self { standing: Standing::Held, objects, captured: Some(captured), interface: None }
    }

    /// What a node shows when a plan is done.
    #[must_use]
    pub fn planned(captured: &Captured) -> Self {
        let objects = keyed(captured.objects().map(|object| (object.clone(), Vec::new())));
        Self { standing: Standing::Wanted, objects, captured: None, interface: None }
    }
}

impl NetshSide {
    /// The text of the side: a command for each object, sorted.
    #[must_use]
    pub fn artifacts(&self) -> Vec<Artifact> {
        vec![Artifact::new("netsh.txt", text(self))]
    }
}

fn text(side: &NetshSide) -> String {
    let lines = side.objects.iter().map(|owned| write_command(&Command::Create(owned.object.clone())));
    let mut lines: Vec<String> = lines.map(|line| printable_line(&line)).collect();
    lines.sort_unstable();
    lines.concat()
}

fn printable_line(line: &str) -> String {
    let line: String = line.split(' ').map(printable).collect::<Vec<_>>().join(" ");
    line + "\n"
}

/// The objects that can be told apart; of those with one key the last counts, as netsh sets it anew.
fn keyed(objects: impl Iterator<Item = (Object, Vec<String>)>) -> Vec<Owned> {
    let mut found: Vec<Owned> = objects
        .filter_map(|(object, owners)| {
            let key = match (identity(&object), object.key()) {
                (Some(identity), _) => ObjectKey::Told(identity),
                (None, Some(Key::Route(key))) => ObjectKey::Route(format!("{key:?}")),
                _ => return None,
            };
            Some(Owned { key, object, owners })
        })
        .collect();
    let mut seen = FxHashSet::default();
    found.reverse();
    found.retain(|owned| seen.insert(owned.key.clone()));
    found.reverse();
    found
}

/// Compares two sides.
pub(crate) fn compare(
    sides: [&NetshSide; 2],
    directory: &Directory<'_>,
    ownership: &Ownership,
) -> Comparison {
    let standings = sides.map(|side| side.standing);
    let comparing = Comparing { sides, directory, ownership };
    let both_held = standings == [Standing::Held; 2];
    // No plan has routes: a dump's are told from those of another dump only.
    let listed = sides.map(|side| {
        let is_listed = |owned: &&Owned| both_held || !matches!(owned.object, Object::Route(_));
        side.objects.iter().filter(is_listed).collect::<Vec<_>>()
    });
    let Joined { equal, changed, only } =
        join([&listed[0], &listed[1]], |owned| &owned.key, |one, other| comparing.same(one, other));
    let mut counts: BTreeMap<ObjectKind, Counts> = BTreeMap::new();
    let mut changes = Vec::new();
    for owned in equal {
        counts.entry(kind(&owned.object)).or_default().equal += 1;
    }
    for [one, other] in changed {
        counts.entry(kind(&one.object)).or_default().changed += 1;
        let fields = comparing.fields(&one.object, &other.object);
        let subject = comparing.subject(one, other);
        let change =
            ObjectChange { verb: Verb::Changed, subject, fields, references: None, weight: Weight::Counts };
        let elsewhere = comparing.subject(other, one).services;
        changes.push((change, Essence { elsewhere, ..Essence::default() }));
    }
    for (side, owned) in
        only.iter().enumerate().flat_map(|(side, list)| list.iter().map(move |owned| (side, **owned)))
    {
        let weight = comparing.weight(side, &owned.object);
        counts.entry(kind(&owned.object)).or_default().add_alone(side, weight);
        let subject = comparing.subject(owned, owned);
        let fields = arguments(&owned.object).into_iter();
        let fields = fields.map(|(tag, value)| FieldChange::alone(tag, side, printable(&value))).collect();
        let change = ObjectChange { verb: Verb::alone(side), subject, fields, references: None, weight };
        let essence =
            Essence { deed: deed(&owned.object), place: place(&owned.object), ..Essence::default() };
        changes.push((change, essence));
    }
    let mut comparison = Comparison {
        platform: Platform::name(&Netsh),
        standings,
        changes: regroup::regroup(changes),
        findings: Vec::new(),
        counts,
        gaps: Vec::new(),
        left_open: 0,
    };
    comparison.left_open = left_open(&comparison.counts);
    for (kind, count) in comparison.counts.iter().filter(|(_, count)| count.undecided > 0) {
        let how = match kind {
            ObjectKind::Address => {
                "the dump does not tell them; add `netsh interface ipv4 show addresses` (a dump has none of the active \
                 store)"
            }
            ObjectKind::Listener => "the dump does not tell them; add `netsh interface portproxy show all`",
            ObjectKind::FirewallRule => "no dump of netsh shows them",
            _ => "the dump does not tell them",
        };
        let name = if count.undecided == 1 { kind.as_str() } else { kind.plural() };
        // One of two dumps may tell what the other one does not: then either may lack it.
        let reason = format!("{} {name}: {how}", count.undecided);
        comparison.gaps.push(Gap { side: comparison.wanted().map(|wanted| 1 - wanted), reason });
    }
    for (at, side) in sides.iter().enumerate() {
        let Some(captured) = &side.captured else { continue };
        for (kind, is_told, how) in [
            (ObjectKind::Listener, captured.tellings.has_listeners(), "portproxy show all"),
            (ObjectKind::Address, captured.tellings.has_addresses(), "ipv4 show addresses"),
        ] {
            // What the other side has of them is undecided already.
            let is_named = comparison.counts.get(&kind).is_some_and(|count| count.undecided > 0);
            if !is_told && !is_named {
                let reason = format!(
                    "{}: the dump does not contain them; add the output of netsh interface {how}",
                    kind.plural()
                );
                comparison.gaps.push(Gap::of_side(at, reason));
            }
        }
    }
    if let Some(wanted) = comparison.wanted() {
        comparison.findings =
            comparison.changes.iter().filter_map(|change| of_change(change, wanted)).collect();
        comparison.findings.sort_by(|one, other| (one.code, &one.subject).cmp(&(other.code, &other.subject)));
    }
    comparison
}

/// How many objects that decide about connections are not compared. Firewall rules are in no dump: they count only
/// where nothing else was compared.
fn left_open(counts: &BTreeMap<ObjectKind, Counts>) -> usize {
    let undecided = |kind| counts.get(&kind).map_or(0, |count| count.undecided);
    let open = undecided(ObjectKind::Address) + undecided(ObjectKind::Listener);
    let compared =
        counts.values().any(|count| count.equal + count.changed + count.only[0] + count.only[1] > 0);
    if open > 0 || compared { open } else { undecided(ObjectKind::FirewallRule) }
}

struct Comparing<'c, 'r> {
    sides: [&'c NetshSide; 2],
    directory: &'c Directory<'r>,
    ownership: &'c Ownership,
}

impl Comparing<'_, '_> {
    /// What should be comes first, as far as one side should be.
    fn same(&self, one: &Owned, other: &Owned) -> bool {
        let [first, second] = self.sides.map(|side| side.standing);
        if first == Standing::Held && second == Standing::Wanted {
            is_same(&other.object, &one.object)
        } else {
            is_same(&one.object, &other.object)
        }
    }

    fn fields(&self, one: &Object, other: &Object) -> Vec<FieldChange> {
        let mut found = Vec::new();
        let [mut before, after] = [one, other].map(filled_arguments);
        for (tag, value) in after {
            let at = before.iter().position(|(of, _)| *of == tag);
            let old = at.map(|at| before.remove(at).1);
            if old.as_ref() != Some(&value) {
                found.push(FieldChange::new(tag, old, Some(value)));
            }
        }
        found.extend(before.into_iter().map(|(tag, value)| FieldChange::new(tag, Some(value), None)));
        // What a dump never tells is no difference.
        if self.sides.iter().any(|side| side.standing == Standing::Held) {
            found.retain(|field| field.before.is_some() && field.after.is_some());
        }
        found
    }

    fn weight(&self, side: usize, object: &Object) -> Weight {
        let other = self.sides[1 - side];
        match (self.sides[side].standing, &other.captured) {
            (_, Some(captured)) if !is_shown(object, captured) => Weight::Undecided,
            (Standing::Held, None) if !self.owns(object, other.interface.as_deref()) => Weight::Foreign,
            _ => Weight::Counts,
        }
    }

    /// What is inside the networks of Services, has an address of one, or a name that only hnsplan gives.
    fn owns(&self, object: &Object, interface: Option<&str>) -> bool {
        let of_services =
            |ip| self.ownership.is_of_services(ip) || !self.directory.services_of_address(ip).is_empty();
        match object {
            Object::Address(address) => {
                interface.is_none_or(|interface| address.interface.folded() == interface)
                    && of_services(address.address.ip())
            }
            Object::PortProxy(proxy) => match proxy.listener.address {
                Listen::Ip(ip) => of_services(ip),
                Listen::Any | Listen::Name(_) => self.ownership.is_node_port(proxy.listener.port),
            },
            Object::Firewall(rule) => rule.name.is_ours(),
            Object::Route(_) | Object::Interface(_) => false,
        }
    }

    fn subject(&self, one: &Owned, other: &Owned) -> Subject {
        let object = &other.object;
        let services = services(object, [&one.owners, &other.owners], self.directory);
        Subject::new(kind(object), name(object), services)
    }
}

/// The service ports that an object is for: by the plan of one side, or else by its address and port.
fn services(object: &Object, owners: [&[String]; 2], directory: &Directory<'_>) -> Vec<String> {
    if let Some(owners) = owners.into_iter().find(|owners| !owners.is_empty()) {
        return owners.to_vec();
    }
    match object {
        Object::Address(address) => directory.services_of_address(address.address.ip()),
        Object::PortProxy(proxy) => directory.services_at(&FrontendAt {
            address: listened(&proxy.listener),
            port: proxy.listener.port,
            protocol: Protocol::Tcp,
            family: proxy.listener.relay.from,
        }),
        Object::Firewall(rule) => directory.services_at(&FrontendAt {
            address: rule.local_ip,
            port: rule.local_port,
            protocol: match rule.protocol {
                Transport::Tcp => Protocol::Tcp,
                Transport::Udp => Protocol::Udp,
            },
            family: rule.local_ip.map_or(Family::Ipv4, Family::of),
        }),
        Object::Route(_) | Object::Interface(_) => Vec::new(),
    }
}

/// The address of a listener, if it is one address.
pub(super) fn listened(listener: &Listener) -> Option<std::net::IpAddr> {
    match listener.address {
        Listen::Ip(ip) if !ip.is_unspecified() => Some(ip),
        _ => None,
    }
}
