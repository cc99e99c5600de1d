//! What syncs write, as commands in kube-proxy's order: the fixed objects, and the parts of each service port.

use rustc_hash::FxHashSet;

use super::Lowering;
use super::contents::{Claim, Contents};
use super::fixed;
use super::service::{Parts, parts};
use crate::ir::{RuleSet, ServicePort};
use crate::net::Family;
use crate::node::SyncBehavior;
use crate::platform::nftables::model::{Chain, Command, Container, Name, Rule, Statement, Verdict};
use crate::platform::nftables::names::fixed as name;

/// Makes commands of the rules of a family.
pub(in crate::platform::nftables) struct Later<'r> {
    lowering: Lowering<'r>,
}

/// The chains that are jumped to from base chains, in the order in which they are made.
const JUMPED_TO: [&str; 6] = [
    name::NODE_PORT_CHECK,
    name::SERVICE_CHECK,
    name::FIREWALL_CHECK,
    name::SERVICES,
    name::MASQUERADING,
    name::CLUSTER_IPS_CHECK,
];

/// What versions that do not read elements back flush in a full sync, in this order.
const FLUSHED: [(&str, bool); 6] = [
    (name::CLUSTER_IPS, false),
    (name::FIREWALL_IPS, true),
    (name::NO_ENDPOINT_SERVICES, true),
    (name::NO_ENDPOINT_NODE_PORTS, true),
    (name::SERVICE_IPS, true),
    (name::SERVICE_NODE_PORTS, true),
];

impl<'r> Later<'r> {
    pub(in crate::platform::nftables) fn new(rules: &'r RuleSet, family: Family) -> Self {
        Self { lowering: Lowering::new(rules, family) }
    }

    /// The fixed objects of a full sync. In the first one of a process, base chains are deleted before, so that they
    /// get other priorities.
    pub(in crate::platform::nftables) fn fixed(&self, is_first: bool) -> Vec<Command> {
        let chains = fixed::chains(&self.lowering);
        let (containers, _) = fixed::containers(&self.lowering, Contents::default());
        let mut fixed = Fixed { chains: &chains, containers: &containers, commands: vec![Command::AddTable] };
        let bases: Vec<&Chain> = chains.iter().filter(|chain| chain.base.is_some()).collect();
        if is_first {
            for base in &bases {
                let plain = Chain { base: None, comment: None, rules: Vec::new(), name: base.name.clone() };
                fixed.commands.push(Command::AddChain(plain));
                fixed.commands.push(Command::DeleteChain(base.name.clone()));
            }
        }
        for base in &bases {
            fixed.chain(base);
        }
        for to in JUMPED_TO {
            fixed.chain_of(to);
            fixed.jumps(&bases, to);
        }
        if !self.lowering.behavior.inline_mark {
            fixed.chain_of(name::MARK);
            fixed.rules(name::MARK);
        }
        fixed.container(name::HAIRPINS);
        fixed.rules(name::MASQUERADING);
        fixed.container(name::CLUSTER_IPS);
        fixed.rules(name::CLUSTER_IPS_CHECK);
        fixed.node_port_ips();
        fixed.container(name::NO_ENDPOINT_SERVICES);
        fixed.container(name::NO_ENDPOINT_NODE_PORTS);
        fixed.chain_of(name::REJECT);
        fixed.localhost_rejects(&fixed::counters(&self.lowering));
        for chain in [name::REJECT, name::SERVICE_CHECK, name::NODE_PORT_CHECK] {
            fixed.rules(chain);
        }
        fixed.container(name::FIREWALL_IPS);
        fixed.rules(name::FIREWALL_CHECK);
        fixed.container(name::SERVICE_IPS);
        fixed.container(name::SERVICE_NODE_PORTS);
        fixed.rules(name::SERVICES);
        if !SyncBehavior::of(self.lowering.node.version).reads_elements_back {
            for (name, is_map) in FLUSHED {
                fixed.commands.push(Command::FlushContainer { is_map, name: Name::from_checked(name) });
            }
        }
        fixed.commands
    }

    /// A service port.
    pub(in crate::platform::nftables) fn port(&self, port: &ServicePort) -> Port {
        Port {
            parts: parts(port, &self.lowering),
            firewall_comes_late: SyncBehavior::of(self.lowering.node.version).partial_transactions,
        }
    }
}

/// The commands for fixed objects.
struct Fixed<'f> {
    chains: &'f [Chain],
    containers: &'f [Container],
    commands: Vec<Command>,
}

impl Fixed<'_> {
    fn chain(&mut self, chain: &Chain) {
        push_chain(&mut self.commands, chain);
    }

    fn chain_of(&mut self, name: &str) {
        if let Some(chain) = self.chains.iter().find(|chain| chain.name.as_str() == name) {
            push_chain(&mut self.commands, chain);
        }
    }

    fn rules(&mut self, name: &str) {
        if let Some(chain) = self.chains.iter().find(|chain| chain.name.as_str() == name) {
            push_rules(&mut self.commands, &chain.name, &chain.rules);
        }
    }

    /// The jumps to a chain; those of packets that the node sends come before those of packets that come in.
    fn jumps(&mut self, bases: &[&Chain], to: &str) {
        let is_late = |base: &Chain| base.name.as_str() == "nat-prerouting";
        let (late, early): (Vec<&Chain>, Vec<&Chain>) = bases.iter().partition(|base| is_late(base));
        for base in early.into_iter().chain(late) {
            let rules = base.rules.iter().filter(|rule| jumps_to(rule, to));
            self.commands.extend(rules.map(|rule| Command::AddRule(base.name.clone(), rule.clone())));
        }
    }

    fn container(&mut self, name: &str) {
        if let Some(container) = self.containers.iter().find(|of| of.name.as_str() == name) {
            self.commands
                .push(Command::AddContainer(Container { elements: Vec::new(), ..container.clone() }));
        }
    }

    /// What rejects node ports on loopback addresses (1.37). Where it stands in a transaction is not recorded.
    fn localhost_rejects(&mut self, counters: &[Name]) {
        self.commands.extend(counters.iter().cloned().map(Command::AddCounter));
        let rejecting =
            self.chains.iter().filter(|chain| chain.name.as_str().starts_with(name::LOCALHOST_REJECT));
        for chain in rejecting {
            push_chain(&mut self.commands, chain);
            push_rules(&mut self.commands, &chain.name, &chain.rules);
        }
        self.container(name::LOCALHOST_REJECTS);
    }

    /// The set of addresses that serve node ports is written anew, or deleted where all addresses do.
    fn node_port_ips(&mut self) {
        let name = Name::from_checked(name::NODE_PORT_IPS);
        self.commands.push(Command::AddContainer(fixed::node_port_ips()));
        match self.containers.iter().find(|of| of.name == name) {
            Some(container) => {
                self.commands.push(Command::FlushContainer { is_map: false, name: name.clone() });
                let elements = container.elements.iter().cloned();
                self.commands.extend(elements.map(|element| Command::AddElement(name.clone(), element)));
            }
            None => self.commands.push(Command::DeleteContainer { is_map: false, name }),
        }
    }
}

/// Whether a rule jumps to a chain.
fn jumps_to(rule: &Rule, to: &str) -> bool {
    let is_it = |statement: &Statement| matches!(statement, Statement::Verdict(Verdict::Jump(chain)) if chain.as_str() == to);
    rule.statements.iter().any(is_it)
}

fn push_chain(commands: &mut Vec<Command>, chain: &Chain) {
    let empty = Chain { rules: Vec::new(), ..chain.clone() };
    commands.push(Command::AddChain(empty));
    commands.push(Command::FlushChain(chain.name.clone()));
}

fn push_rules(commands: &mut Vec<Command>, chain: &Name, rules: &[Rule]) {
    commands.extend(rules.iter().map(|rule| Command::AddRule(chain.clone(), rule.clone())));
}

fn push_chains(commands: &mut Vec<Command>, chains: &[Chain]) {
    for chain in chains {
        push_chain(commands, chain);
    }
}

fn push_all_rules(commands: &mut Vec<Command>, chains: &[Chain]) {
    for chain in chains {
        push_rules(commands, &chain.name, &chain.rules);
    }
}

/// A service port, ready to be written.
pub(in crate::platform::nftables) struct Port {
    parts: Parts,
    /// Whether the rule for source ranges comes after those of external traffic (1.31 and later).
    firewall_comes_late: bool,
}

impl Port {
    /// All its chains.
    pub(in crate::platform::nftables) fn chains(&self) -> impl Iterator<Item = &Name> {
        let Parts { endpoints, pools, external, firewall, .. } = &self.parts;
        endpoints.iter().chain(pools).chain(external).chain(firewall).map(|chain| &chain.name)
    }

    /// Its sets of clients that stay with an endpoint.
    pub(in crate::platform::nftables) fn sets(&self) -> impl Iterator<Item = &Name> {
        self.parts.sets.iter().map(|set| &set.name)
    }

    /// The elements that it asks for, in the order in which they are claimed.
    pub(in crate::platform::nftables) fn claims(&self) -> impl Iterator<Item = &Claim> {
        let Parts { locals, hairpins, addresses, load_balancers, .. } = &self.parts;
        let local = locals.iter().filter(|is_local| **is_local).count();
        hairpins.iter().take(local).chain(addresses).chain(load_balancers)
    }

    /// Writes it. `is_written` is whether chains and rules are, besides elements; `left_alone` are chains of endpoints
    /// that are not. Elements are handed to `claim`, which adds commands where something is new.
    pub(in crate::platform::nftables) fn write(
        &self,
        is_written: bool,
        left_alone: &FxHashSet<Name>,
        commands: &mut Vec<Command>,
        mut claim: impl FnMut(&Claim, &mut Vec<Command>),
    ) {
        let Parts { locals, endpoints, sets, hairpins, pools, external, firewall, .. } = &self.parts;
        let written = |chain: &&Chain| is_written && !left_alone.contains(&chain.name);
        let mut hairpins = hairpins.iter();
        for (place, is_local) in locals.iter().enumerate() {
            if let Some(chain) = endpoints.get(place).filter(written) {
                push_chain(commands, chain);
            }
            if *is_local && let Some(hairpin) = hairpins.next() {
                claim(hairpin, commands);
            }
        }
        if is_written {
            push_chains(commands, pools);
            push_chains(commands, external);
        }
        for of in &self.parts.addresses {
            claim(of, commands);
        }
        if is_written {
            push_chains(commands, firewall);
            if !self.firewall_comes_late {
                push_all_rules(commands, firewall);
            }
        }
        for of in &self.parts.load_balancers {
            claim(of, commands);
        }
        if is_written {
            self.write_rules(left_alone, sets, commands);
        }
    }

    fn write_rules(&self, left_alone: &FxHashSet<Name>, sets: &[Container], commands: &mut Vec<Command>) {
        let Parts { endpoints, pools, external, firewall, masquerade, .. } = &self.parts;
        // The rule that masquerades traffic to the cluster IP is the first one of its chain, and written first of all.
        let head = |chain: &Chain| usize::from(masquerade.as_ref() == Some(&chain.name));
        for chain in pools {
            push_rules(commands, &chain.name, &chain.rules[..head(chain)]);
        }
        push_all_rules(commands, external);
        if self.firewall_comes_late {
            push_all_rules(commands, firewall);
        }
        commands.extend(sets.iter().map(|set| Command::AddContainer(set.clone())));
        for chain in pools {
            push_rules(commands, &chain.name, &chain.rules[head(chain)..]);
        }
        for chain in endpoints.iter().filter(|chain| !left_alone.contains(&chain.name)) {
            push_rules(commands, &chain.name, &chain.rules);
        }
    }
}
