//! The proxier of one family: what it remembers from sync to sync, and one sync after another.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use serde_json::{Value, json};

use super::memory::Memory;
use super::node::Node;
use super::transaction::Transaction;
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::node::SyncBehavior;
use crate::platform::known_services::{KnownServices, name_of};
use crate::platform::later_syncs::{Pass, Proxy};
use crate::platform::nftables::eval::Evaluator;
use crate::platform::nftables::lower::{Later, Port};
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

    /// The commands of a sync.
    fn commands(
        &mut self,
        rules: &RuleSet,
        now: f64,
        is_full: bool,
        is_written: impl Fn(&ServicePort) -> bool,
    ) -> Vec<Command> {
        let behavior = SyncBehavior::of(rules.node.version);
        let later = Later::new(rules, self.family);
        let mut commands = Vec::new();
        if is_full {
            commands = later.fixed(!self.has_synced);
            self.memory =
                if behavior.reads_elements_back { Memory::read(&self.node) } else { Memory::default() };
        }
        self.memory.begin();
        let existing: FxHashSet<&Name> = self.node.service_chains().collect();
        let existing_sets: BTreeSet<&Name> = self.node.affinity_sets().collect();
        let is_restart = !self.has_synced && behavior.reads_elements_back;
        let (mut chains, mut sets) = (FxHashSet::default(), FxHashSet::default());
        for port in rules.services_of(self.family) {
            let lowered = later.port(port);
            let left_alone = if is_restart {
                left_alone(&lowered, &existing, &existing_sets)
            } else {
                FxHashSet::default()
            };
            lowered.write(is_written(port), &left_alone, &mut commands, |claim, commands| {
                if behavior.partial_transactions {
                    self.memory.ensure(claim, commands);
                } else {
                    Memory::add(claim, commands);
                }
            });
            chains.extend(lowered.chains().cloned());
            sets.extend(lowered.sets().cloned());
        }
        self.stale.retain(|name, _| !chains.contains(name));
        let stale: BTreeSet<&Name> = existing.into_iter().filter(|name| !chains.contains(*name)).collect();
        for name in stale {
            commands.push(Command::FlushChain(name.clone()));
            self.stale.insert(name.clone(), now);
        }
        for name in existing_sets.into_iter().filter(|name| !sets.contains(*name)) {
            commands.push(Command::DeleteContainer { is_map: false, name: name.clone() });
        }
        self.memory.clean_up(&mut commands);
        commands
    }
}

/// The chains of endpoints that the first sync of a process leaves alone: those that are there, and have a set of
/// clients if and only if clients are to stay.
fn left_alone(port: &Port, existing: &FxHashSet<&Name>, sets: &BTreeSet<&Name>) -> FxHashSet<Name> {
    let has_set = |chain: &Name| {
        let set = chain.as_str().strip_prefix("endpoint-").map(|rest| format!("affinity-{rest}"));
        set.is_some_and(|set| sets.contains(&Name::from_checked(&set)))
    };
    let wants_set = port.sets().next().is_some();
    let endpoints = port.chains().filter(|chain| chain.as_str().starts_with("endpoint-"));
    endpoints.filter(|chain| existing.contains(*chain) && has_set(chain) == wants_set).cloned().collect()
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
        let is_written = |port: &ServicePort| is_full || changed.contains(&name_of(port));
        let commands = self.commands(moment.rules, now, is_full, is_written);
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
            let (table, host) = (self.node.table(), look.host());
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
