//! The proxier of one family: what it remembers from sync to sync, and one sync after another.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use rustc_hash::FxHashSet;

use serde_json::{Value, json};

use super::about::{Sites, part_about};
use super::memory::Memory;
use super::node::Node;
use super::ports::{KnownPort, Ports};
use super::transaction::Transaction;
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::node::SyncBehavior;
use crate::platform::known_services::{KnownServices, Named};
use crate::platform::later_syncs::{Pass, Proxy};
use crate::platform::nftables::eval::Evaluator;
use crate::platform::nftables::lower::{Claim, Later, Port};
use crate::platform::nftables::model::{Command, Name};
use crate::platform::nftables::write_transaction;
use crate::platform::presence::{Look, Presence};
use crate::platform::timeline::{CallAt, Moment};

/// Seconds after which a full sync is due again (kube-proxy 1.33 and later).
const FULL_SYNC_PERIOD: f64 = 3600.0;

/// Seconds after which a stale chain is deleted: before, the kernel may believe that it is in use.
const STALE_PERIOD: f64 = 1.0;

/// The proxier of a family.
#[derive(Debug)]
pub(super) struct Proxier {
    family: Family,
    node: Node,
    known: KnownServices,
    memory: Memory,
    /// Whether the next sync has to be a full one: the first, and after a failure.
    needs_full_sync: bool,
    /// When the last full sync was.
    last_full: Option<f64>,
    /// Whether a sync has been tried.
    has_synced: bool,
    /// Chains that are not used any more, and since when.
    stale: BTreeMap<Name, f64>,
    ports: Ports,
    /// The chains of Services that were there at the last sync and that no service port used.
    unused: BTreeSet<Name>,
}

impl Proxier {
    pub(super) fn new(family: Family, node: Node) -> Self {
        Self {
            family,
            node,
            known: KnownServices::default(),
            memory: Memory::default(),
            needs_full_sync: true,
            last_full: None,
            has_synced: false,
            stale: BTreeMap::new(),
            ports: Ports::default(),
            unused: BTreeSet::new(),
        }
    }

    /// Whether a sync has to be a full one.
    fn is_full(&self, moment: &Moment<'_>, now: f64) -> bool {
        let behavior = SyncBehavior::of(moment.rules.node.version);
        let is_over = |since: f64| now - since > FULL_SYNC_PERIOD;
        self.needs_full_sync
            || !behavior.partial_transactions
            || behavior.is_forced_by(&moment.meanwhile.labels)
            || behavior.full_each_hour && self.last_full.is_some_and(is_over)
    }

    /// Runs a transaction.
    fn run(&mut self, pass: &mut Pass<'_, '_>, deletes_stale: bool, commands: Vec<Command>) -> Transaction {
        let mut transaction = Transaction::of(self.family, deletes_stale, &commands);
        transaction.text = pass.keeps_text.then(|| write_transaction(self.family, &commands));
        transaction.error = match pass.faults.call("nft") {
            Some(fault) => Some(fault.error.to_string()),
            None => self.node.run(commands).err(),
        };
        transaction
    }

    /// The stale chains that are old enough to be deleted.
    fn take_old(&mut self, now: f64) -> Vec<Name> {
        let is_old = |since: f64| now - since > STALE_PERIOD;
        let old =
            self.stale.iter().filter(|(_, since)| is_old(**since)).map(|(name, _)| name.clone()).collect();
        self.stale.retain(|_, since| !is_old(*since));
        old
    }

    /// The commands of a sync. `is_same` tells which service ports are what they were at the sync before.
    fn commands(
        &mut self,
        rules: &RuleSet,
        now: f64,
        is_full: bool,
        is_written: impl Fn(&ServicePort) -> bool,
        is_same: impl Fn(&ServicePort) -> bool,
    ) -> Vec<Command> {
        let behavior = SyncBehavior::of(rules.node.version);
        let later = Later::new(rules, self.family);
        let mut commands = Vec::new();
        if is_full {
            commands = later.fixed(!self.has_synced);
            self.memory =
                if behavior.reads_elements_back { Memory::read(&self.node) } else { Memory::default() };
        }
        let Self { memory, ports, node, .. } = self;
        memory.begin();
        let mut claim = |claim: &Claim, commands: &mut Vec<Command>| {
            if behavior.partial_transactions {
                memory.ensure(claim, commands);
            } else {
                Memory::add(claim, commands);
            }
        };
        let there = (!self.has_synced && behavior.reads_elements_back).then(|| There::on(node));
        // Both are in the order of service ports.
        let mut known = mem::take(&mut ports.all).into_iter().peekable();
        for port in rules.services_of(self.family) {
            let place = (&*port.id, port.protocol);
            while let Some(gone) = known.next_if(|known| known.place() < place) {
                ports.give_up(&gone);
            }
            let before = known.next_if(|known| known.place() == place);
            let before = match before {
                Some(same) if is_same(port) && !is_written(port) => {
                    same.claims.iter().for_each(|of| claim(of, &mut commands));
                    ports.push(same);
                    continue;
                }
                before => before,
            };
            let lowered = later.port(port);
            let left_alone = there.as_ref().map(|there| left_alone(&lowered, there)).unwrap_or_default();
            lowered.write(is_written(port), &left_alone, &mut commands, &mut claim);
            let now = KnownPort::new(port.id.clone(), port.protocol, &lowered);
            ports.take_in(&now);
            if let Some(before) = &before {
                ports.give_up(before);
            }
            ports.push(now);
        }
        known.for_each(|gone| ports.give_up(&gone));
        self.delete_unused(now, is_full, &mut commands);
        self.memory.clean_up(&mut commands);
        commands
    }

    /// Empties the chains that no service port uses, and deletes such sets.
    fn delete_unused(&mut self, now: f64, is_full: bool, commands: &mut Vec<Command>) {
        let Self { node, ports, stale, unused, .. } = self;
        let (chains, sets) = (ports.chains.take_freed(), ports.sets.take_freed());
        stale.retain(|name, _| !ports.chains.has(name));
        let mut unused_sets: BTreeSet<Name>;
        if is_full {
            *unused = node.service_chains().filter(|name| !ports.chains.has(name)).cloned().collect();
            unused_sets = node.affinity_sets().filter(|name| !ports.sets.has(name)).cloned().collect();
        } else {
            // All others that are there are used: a full sync has found them, or a sync has made them.
            unused.extend(chains);
            unused.retain(|name| node.has_service_chain(name) && !ports.chains.has(name));
            unused_sets = sets;
            unused_sets.retain(|name| node.has_affinity_set(name));
        }
        for name in unused.iter() {
            commands.push(Command::FlushChain(name.clone()));
            stale.insert(name.clone(), now);
        }
        let deleted = unused_sets.into_iter().map(|name| Command::DeleteContainer { is_map: false, name });
        commands.extend(deleted);
    }
}

/// The chains of Services and the sets of clients that are there when a process starts.
struct There<'n> {
    chains: FxHashSet<&'n Name>,
    sets: BTreeSet<&'n Name>,
}

impl<'n> There<'n> {
    fn on(node: &'n Node) -> Self {
        Self { chains: node.service_chains().collect(), sets: node.affinity_sets().collect() }
    }
}

/// The chains of endpoints that the first sync of a process leaves alone: those that are there, and have a set of
/// clients if and only if clients are to stay.
fn left_alone(port: &Port, There { chains, sets }: &There<'_>) -> FxHashSet<Name> {
    let has_set = |chain: &Name| {
        let set = chain.as_str().strip_prefix("endpoint-").map(|rest| format!("affinity-{rest}"));
        set.is_some_and(|set| sets.contains(&Name::from_checked(&set)))
    };
    let wants_set = port.sets().next().is_some();
    let endpoints = port.chains().filter(|chain| chain.as_str().starts_with("endpoint-"));
    endpoints.filter(|chain| chains.contains(*chain) && has_set(chain) == wants_set).cloned().collect()
}

/// The operations that can fail.
pub(in crate::platform::nftables) const OPERATIONS: &[&str] = &["nft"];

impl Proxy for Proxier {
    type Call = Transaction;

    const HELD: &'static str = "nftables";

    const OPERATIONS: &'static [&'static str] = OPERATIONS;

    fn family(&self) -> Family {
        self.family
    }

    fn flush(&mut self) {
        self.node = Node::new(self.family, None);
    }

    fn restart(&mut self) {
        let node = std::mem::replace(&mut self.node, Node::new(self.family, None));
        *self = Self::new(self.family, node);
    }

    /// One transaction, and one before it if stale chains are to be deleted.
    fn sync(&mut self, mut pass: Pass<'_, '_>) -> Vec<Transaction> {
        let (moment, now) = (pass.moment, pass.now);
        let changed = self.known.take_in(moment, self.family);
        let mut is_full = self.is_full(moment, now);
        let mut done = Vec::new();
        let old = self.take_old(now);
        if !old.is_empty() {
            let commands = old.into_iter().map(Command::DeleteChain).collect();
            let transaction = self.run(&mut pass, true, commands);
            is_full |= transaction.error.is_some();
            done.push(transaction);
        }
        let named = Named::new(&changed);
        let touched = moment.touched.map(Named::new);
        let is_written = |port: &ServicePort| is_full || named.has(port);
        let is_same = |port: &ServicePort| touched.as_ref().is_some_and(|touched| !touched.has(port));
        let commands = self.commands(moment.rules, now, is_full, is_written, is_same);
        done.push(self.run(&mut pass, false, commands));
        let has_failed = done.last().is_some_and(|last| last.error.is_some());
        self.needs_full_sync = has_failed;
        self.has_synced = true;
        if is_full && !has_failed {
            self.last_full = Some(now);
        }
        let of = done.len();
        for (number, transaction) in (1..).zip(&mut done) {
            transaction.is_full = is_full;
            transaction.place = (number, of);
        }
        let mut look = self.look_at(CallAt { call: pass.before.call + of, ..pass.before }, moment);
        look.only = Some(&changed).filter(|_| !is_full && !moment.meanwhile.flushes);
        self.look(&look, pass.presence);
        done
    }

    fn look(&self, look: &Look<'_>, presence: &mut Presence) {
        if presence.is_due(look) {
            let due = presence.due(look);
            let table = if look.only.is_some() {
                let to = due.iter().filter_map(|due| due.site(look));
                part_about(Sites::new(look.sources(self.family), to), &self.node)
            } else {
                self.node.table()
            };
            let host = look.host();
            let evaluator = Evaluator::new(&table, &host);
            presence.look(look, due, |packet| evaluator.effect(packet));
        }
    }

    fn look_at<'m>(&self, at: CallAt, moment: &Moment<'m>) -> Look<'m> {
        let serving = moment.rules.node.nftables.node_port_addresses.get(self.family);
        Look::new(at, moment.rules, serving, self.family)
    }

    fn held(&self) -> Value {
        self.node.text().into()
    }

    fn books(&self) -> Value {
        let stale: Vec<&str> = self.stale.keys().map(Name::as_str).collect();
        json!({"needsFullSync": self.needs_full_sync, "staleChains": stale})
    }
}
