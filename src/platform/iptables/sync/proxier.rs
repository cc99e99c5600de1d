//! The proxier of one family: what it remembers from sync to sync, and one sync after another.

use serde_json::{Value, json};

use super::about::{Sites, rules_about};
use super::call::Sync;
use super::tables::Tables;
use crate::ir::ServicePort;
use crate::net::Family;
use crate::node::SyncBehavior;
use crate::platform::iptables::eval::Evaluator;
use crate::platform::iptables::lower::{Dispatch, is_large, lower_sync};
use crate::platform::iptables::model::{ChainName, Ruleset};
use crate::platform::iptables::write;
use crate::platform::known_services::{KnownServices, Named};
use crate::platform::later_syncs::{Pass, Proxy};
use crate::platform::presence::{Look, Presence};
use crate::platform::timeline::{CallAt, Moment};

/// Seconds after which stale chains of a large cluster are looked for again: the default of `syncPeriod`.
const SYNC_PERIOD: f64 = 30.0;

/// Seconds after which a full sync is due again (kube-proxy 1.33 and later).
const FULL_SYNC_PERIOD: f64 = 3600.0;

/// The proxier of a family.
#[derive(Debug)]
pub(super) struct Proxier {
    family: Family,
    tables: Tables,
    known: KnownServices,
    /// Whether the next sync has to be a full one: the first, and after a failure.
    needs_full_sync: bool,
    /// When the last full sync was.
    last_full: Option<f64>,
    /// When stale chains were last looked for.
    last_cleanup: Option<f64>,
    /// Whether the last sync was one of a large cluster.
    is_large: bool,
    dispatch: Dispatch,
}

impl Proxier {
    pub(super) fn new(family: Family, tables: Tables) -> Self {
        Self {
            family,
            tables,
            known: KnownServices::default(),
            needs_full_sync: true,
            last_full: None,
            last_cleanup: None,
            is_large: false,
            dispatch: Dispatch::default(),
        }
    }

    /// Whether a sync has to be a full one.
    fn is_full(&self, moment: &Moment<'_>, now: f64) -> bool {
        let behavior = SyncBehavior::of(moment.rules.node.version);
        let meanwhile = moment.meanwhile;
        let is_spared = behavior.spares_large_clusters && self.is_large;
        let is_over = |since: f64| now - since > FULL_SYNC_PERIOD;
        self.needs_full_sync
            || meanwhile.forces_full_sync
            || behavior.is_forced_by(&meanwhile.labels)
            || behavior.full_each_hour && !is_spared && self.last_full.is_some_and(is_over)
    }

    /// The chains that are looked through for stale ones; `None` if that is not due.
    fn existing(&mut self, now: f64) -> Option<Vec<ChainName>> {
        let is_due = !self.is_large || self.last_cleanup.is_none_or(|since| now - since > SYNC_PERIOD);
        is_due.then(|| {
            self.last_cleanup = Some(now);
            self.tables.nat_chains().collect()
        })
    }

    /// Loads a text table by table: after each of them packets find what is there then.
    fn load(
        &mut self,
        rules: Ruleset,
        before: CallAt,
        look: &Look<'_>,
        presence: &mut Presence,
    ) -> Result<(), String> {
        let mut left = rules.tables.len();
        for table in rules.tables {
            self.tables.load(table)?;
            left -= 1;
            if left > 0 {
                self.look(&Look { at: before, is_halfway: true, ..*look }, presence);
            }
        }
        Ok(())
    }
}

/// The operations that can fail.
pub(in crate::platform::iptables) const OPERATIONS: &[&str] = &["iptables-restore"];

impl Proxy for Proxier {
    type Call = Sync;

    const HELD: &'static str = "iptables";

    const OPERATIONS: &'static [&'static str] = OPERATIONS;

    fn family(&self) -> Family {
        self.family
    }

    fn flush(&mut self) {
        self.tables = Tables::new(self.family);
    }

    fn restart(&mut self) {
        let tables = std::mem::replace(&mut self.tables, Tables::new(self.family));
        *self = Self::new(self.family, tables);
    }

    fn sync(&mut self, pass: Pass<'_, '_>) -> Vec<Sync> {
        let Pass { moment, now, presence, faults, before, keeps_text } = pass;
        let changed = self.known.take_in(moment, self.family);
        self.is_large = is_large(moment.rules, self.family);
        let is_full = self.is_full(moment, now);
        if is_full {
            self.tables.ensure_jumps();
        }
        let existing = self.existing(now);
        let is_cleaned = existing.is_some();
        let named = Named::new(&changed);
        let touched = moment.touched.map(Named::new);
        let is_written = |port: &ServicePort| is_full || named.has(port);
        let is_same = |port: &ServicePort| touched.as_ref().is_some_and(|touched| !touched.has(port));
        let existing = existing.unwrap_or_default();
        let dispatch = &mut self.dispatch;
        let rules = lower_sync(moment.rules, self.family, is_written, is_same, existing, dispatch);
        let mut sync = Sync::of(&rules, is_full, self.is_large, is_cleaned);
        sync.text = keeps_text.then(|| write(&rules));
        let mut look = self.look_at(CallAt { call: before.call + 1, ..before }, moment);
        look.only = Some(&changed).filter(|_| !is_full && !moment.meanwhile.flushes);
        sync.error = match faults.call("iptables-restore") {
            Some(fault) => Some(fault.error.to_string()),
            None => self.load(rules, before, &look, presence).err(),
        };
        self.look(&look, presence);
        self.needs_full_sync = sync.error.is_some();
        if is_full && sync.error.is_none() {
            self.last_full = Some(now);
        }
        vec![sync]
    }

    fn look(&self, look: &Look<'_>, presence: &mut Presence) {
        if presence.is_due(look) {
            let due = presence.due(look);
            let rules = if look.only.is_some() {
                let sites = due.iter().filter_map(|due| due.site(look));
                rules_about(Sites::new(sites), &self.tables)
            } else {
                self.tables.rules()
            };
            let host = look.host();
            let evaluator = Evaluator::new(&rules, &host);
            presence.look(look, due, |packet| evaluator.effect(packet));
        }
    }

    fn look_at<'m>(&self, at: CallAt, moment: &Moment<'m>) -> Look<'m> {
        let node = &moment.rules.node;
        let serving = &node.node_port_addresses.get(self.family).serving;
        Look::new(at, moment.rules, serving, self.family)
    }

    fn held(&self) -> Value {
        self.tables.saved().into()
    }

    fn books(&self) -> Value {
        json!({"needsFullSync": self.needs_full_sync, "largeCluster": self.is_large})
    }
}
