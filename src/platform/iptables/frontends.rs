//! What chains and rules do at a frontend.

use std::net::{IpAddr, SocketAddr};

use rustc_hash::FxHashMap;

use crate::answer::artifact::Artifact;
use crate::answer::change::Standing;
use crate::answer::directory::Directory;
use crate::answer::frontend::{Area, Aspect, Face, Faces, FrontendAt};
use crate::answer::telling::Telling;
use crate::answer::verdict::Chance;
use crate::ir::FrontendKind;
use crate::name::printable;
use crate::net::{Family, PerFamily, Protocol};
use crate::platform::iptables::Iptables;
use crate::platform::iptables::compare::{IptablesSide, normalised};
use crate::platform::iptables::jumps;
use crate::platform::iptables::model::{
    Address, ChainName, Command, Gaps, Match, RecentOperation, Rule, Ruleset, TableName, Target,
};
use crate::platform::iptables::names::base;
use crate::platform::iptables::names::fixed::{EXTERNAL_SERVICES, MARK_MASQ, NODE_PORTS, SERVICES};
use crate::platform::iptables::write_match;
use crate::platform::{Objects, Platform};
use crate::scope::Selector;

impl Objects for IptablesSide {
    fn platform(&self) -> &'static dyn Platform {
        &Iptables
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn frontends(&self) -> Faces {
        // A node spells one address as a network of it.
        if self.is_read {
            faces(&normalised(self.rules.clone()), &self.gaps)
        } else {
            faces(&self.rules, &self.gaps)
        }
    }

    fn artifacts(&self) -> Vec<Artifact> {
        self.artifacts()
    }

    /// A text may be in any order, so that both sides are brought to the normal one. What a node has loaded, and a
    /// text for a fresh host, leads from the kernel's chains; kube-proxy sees to that as well.
    fn prepare(&mut self, other: &dyn Objects) {
        let Some(other) = other.typed::<Self>() else { return };
        let has_jumps = |side: &Self| {
            Family::ALL.iter().any(|family| side.rules.get(*family).as_ref().is_some_and(leads_from_base))
        };
        if !self.is_read && has_jumps(other) && !has_jumps(self) {
            for rules in [&mut self.rules.ipv4, &mut self.rules.ipv6].into_iter().flatten() {
                jumps::include(rules);
            }
        }
        if self.is_read || other.is_read {
            self.rules = normalised(std::mem::take(&mut self.rules));
        }
    }

    fn restrict(&mut self, other: &dyn Objects, _: &Directory<'_>, selector: &Selector) {
        self.keep_selected(other.typed(), selector);
    }
}

/// Whether rules lead from the kernel's own chains, declared or not.
fn leads_from_base(rules: &Ruleset) -> bool {
    let mut commands = rules.tables.iter().flat_map(|table| &table.commands);
    IptablesSide::tells_base(rules)
        || commands.any(|command| match command {
            Command::Append(rule) | Command::Insert(rule) => base::is_base(rule.chain),
            Command::DeleteChain(_) => false,
        })
}

/// All frontends of both families.
fn faces(rules: &PerFamily<Option<Ruleset>>, gaps: &PerFamily<Gaps>) -> Faces {
    let mut faces = Faces::default();
    for family in Family::ALL {
        let Some(rules) = rules.get(family) else {
            let program = if family == Family::Ipv4 { "iptables-save" } else { "ip6tables-save" };
            faces.lack(
                Area::Family(family),
                Telling::NotTold,
                true,
                format!("rules of {family}: there are none to compare; add the output of {program}"),
            );
            continue;
        };
        let gaps = gaps.get(family);
        name_gaps(gaps, family, &mut faces);
        let chains = Chains::of(rules, TableName::Nat, gaps);
        for chain in [SERVICES, NODE_PORTS] {
            for rule in chains.rules(chain) {
                chains.served(rule, family, &mut faces);
            }
        }
        let filter = Chains::of(rules, TableName::Filter, gaps);
        for chain in [SERVICES, EXTERNAL_SERVICES] {
            for rule in filter.rules(chain) {
                refused(rule, family, &mut faces);
            }
        }
    }
    faces
}

/// Notes where there may be more frontends than the tables of a family tell.
fn name_gaps(gaps: &Gaps, family: Family, faces: &mut Faces) {
    for table in [TableName::Nat, TableName::Filter] {
        let name = table.as_str();
        if gaps.telling(table) == Telling::NotTold {
            let why = format!(
                "the table {name} of {family}: the dump does not contain it; dump all tables with iptables-save"
            );
            faces.lack(Area::Family(family), Telling::NotTold, true, why);
        }
        let of_services = [SERVICES, NODE_PORTS, EXTERNAL_SERVICES];
        if of_services.iter().any(|chain| gaps.telling_of_chain(table, *chain) == Telling::InPart) {
            let why = format!(
                "lines of the table {name} of {family} that cannot be read; dump it again with iptables-save"
            );
            faces.lack(Area::Family(family), Telling::InPart, false, why);
        }
    }
}

/// The rules of a table, by their chain.
struct Chains<'r> {
    rules: FxHashMap<ChainName, Vec<&'r Rule>>,
    table: TableName,
    gaps: &'r Gaps,
}

impl<'r> Chains<'r> {
    fn of(rules: &'r Ruleset, name: TableName, gaps: &'r Gaps) -> Self {
        let mut found: FxHashMap<ChainName, Vec<&Rule>> = FxHashMap::default();
        for table in rules.tables.iter().filter(|table| table.name == name) {
            for command in &table.commands {
                match command {
                    Command::Append(rule) => found.entry(rule.chain).or_default().push(rule),
                    Command::Insert(rule) => found.entry(rule.chain).or_default().insert(0, rule),
                    Command::DeleteChain(chain) => drop(found.remove(chain)),
                }
            }
        }
        Self { rules: found, table: name, gaps }
    }

    fn rules(&self, chain: ChainName) -> &[&'r Rule] {
        self.rules.get(&chain).map_or(&[], Vec::as_slice)
    }

    /// The rules of a chain that a frontend leads to.
    fn rules_of(&self, face: &mut Face, chain: ChainName) -> &[&'r Rule] {
        if self.gaps.telling_of_chain(self.table, chain) == Telling::InPart {
            face.lacks(format!(
                "lines of the chain {chain} that cannot be read; dump it again with iptables-save"
            ));
        }
        self.rules(chain)
    }

    /// A rule that leads to the chain of a service port.
    fn served(&self, rule: &Rule, family: Family, faces: &mut Faces) {
        let (Some(at), Some(chain)) = (frontend(rule, family), jump(rule)) else { return };
        // Node ports on loopback addresses have a rule of their own that leads to the same chain.
        let face = faces.entry(at).or_default();
        face.kind = face.kind.or(kind(rule, at.address));
        face.service = face.service.take().or_else(|| service(rule));
        face.say(Aspect::Entry, chain.as_str());
        self.follow(chain, face);
    }

    /// What a chain of a service port does.
    fn follow(&self, chain: ChainName, face: &mut Face) {
        if chain.as_str().starts_with("KUBE-FW-") {
            let rules = self.rules_of(face, chain);
            let ranges: Vec<String> = rules.iter().filter_map(|rule| source(rule)).collect();
            face.say(Aspect::Clients, format!("only from {}", ranges.join(", ")));
            if let Some(next) = rules.iter().find_map(|rule| jump(rule)) {
                self.follow(next, face);
            }
        } else if chain.as_str().starts_with("KUBE-EXT-") {
            self.external(chain, face);
        } else {
            self.balance(chain, face, Aspect::Endpoint);
        }
    }

    /// Clients from outside, and where the policy is Local, those of the node apart.
    fn external(&self, chain: ChainName, face: &mut Face) {
        let rules = self.rules_of(face, chain);
        face.say(
            Aspect::Source,
            match rules.iter().find(|rule| jump(rule) == Some(MARK_MASQ)) {
                Some(rule) if rule.matches.iter().all(is_comment) => "SNAT",
                Some(_) => "the client's; of the node's own: SNAT",
                None => "the client's",
            },
        );
        for rule in rules {
            match jump(rule).filter(|to| *to != MARK_MASQ) {
                Some(to) if rule.matches.iter().all(is_comment) => self.balance(to, face, Aspect::Endpoint),
                Some(to) => self.balance(to, face, Aspect::EndpointInside),
                None => {}
            }
        }
    }

    /// One endpoint by chance, or the client's own one.
    fn balance(&self, chain: ChainName, face: &mut Face, aspect: fn(String) -> Aspect) {
        let mut left = Some(Chance::CERTAIN);
        for rule in self.rules_of(face, chain) {
            let Some(to) = jump(rule) else { continue };
            if to == MARK_MASQ {
                let whose = conditions(rule);
                let text = if whose.is_empty() { "SNAT".to_owned() } else { format!("SNAT if {whose}") };
                face.say(Aspect::Source, text);
                continue;
            }
            if let Some(seconds) = remembered(rule) {
                face.say(Aspect::Affinity, format!("session affinity for {seconds} s"));
                continue;
            }
            let one = rule.matches.iter().find_map(|condition| match condition {
                Match::Statistic(probability) => Some(*probability),
                _ => None,
            });
            let chance = one.map_or(Some(Chance::CERTAIN), |one| {
                // What is written as 1/k is kept as the nearest of 2³¹ steps, also by a node.
                let raw = one.raw().max(1);
                let k = ((1u64 << 32) / u64::from(raw)).div_ceil(2);
                Some(Chance::one_in(u32::try_from(k).unwrap_or(u32::MAX)))
            });
            let share = left.zip(chance).and_then(|(left, chance)| left.and(chance));
            left = left.zip(chance).and_then(|(left, chance)| left.and(chance.complement()));
            let Some(endpoint) = self.rules_of(face, to).iter().find_map(|rule| destination(rule)) else {
                continue;
            };
            let share = share.map_or_else(|| "?".to_owned(), |share| share.to_string());
            let aspect = aspect(endpoint.clone());
            let inside = if matches!(aspect, Aspect::EndpointInside(_)) { "  of clients inside" } else { "" };
            face.say(aspect, format!("{share:>4}  {endpoint}{inside}"));
        }
    }
}

fn refused(rule: &Rule, family: Family, faces: &mut Faces) {
    let Some(at) = frontend(rule, family) else { return };
    let text = match &rule.target {
        Some(Target::Reject(_)) => "REJECT: no endpoints",
        Some(Target::Drop) => "DROP: no endpoints on this node",
        _ => return,
    };
    let face = faces.entry(at).or_default();
    face.service = face.service.take().or_else(|| service(rule));
    face.say(Aspect::Refusal, text);
}

/// The address and port that a rule is about.
fn frontend(rule: &Rule, family: Family) -> Option<FrontendAt> {
    let (mut address, mut port, mut protocol): (Option<IpAddr>, Option<u16>, Option<Protocol>) =
        (None, None, None);
    for condition in &rule.matches {
        match condition {
            Match::Destination(is) if !is.not => {
                address = match &is.value {
                    Address::Ip(ip) => Some(*ip),
                    // The loopback network: node ports.
                    Address::Net(_) | Address::Verbatim(_) => None,
                }
            }
            Match::DestinationPort(is) if !is.not => port = Some(is.value),
            Match::Protocol(is) if !is.not => protocol = Some(is.value),
            _ => {}
        }
    }
    Some(FrontendAt { address, port: port?, protocol: protocol?, family })
}

fn kind(rule: &Rule, address: Option<IpAddr>) -> Option<FrontendKind> {
    if address.is_none() {
        return Some(FrontendKind::NodePort);
    }
    let comment = comment(rule)?;
    [
        (" cluster IP", FrontendKind::ClusterIp),
        (" external IP", FrontendKind::ExternalIp),
        (" loadbalancer IP", FrontendKind::LoadBalancerIp),
    ]
    .into_iter()
    .find_map(|(ending, kind)| comment.ends_with(ending).then_some(kind))
}

fn comment(rule: &Rule) -> Option<&str> {
    rule.matches.iter().find_map(|condition| match condition {
        Match::Comment(comment) => Some(comment.as_str()),
        _ => None,
    })
}

fn service(rule: &Rule) -> Option<String> {
    comment(rule)?.split(' ').find(|word| word.contains('/')).map(printable)
}

fn is_comment(condition: &Match) -> bool {
    matches!(condition, Match::Comment(_))
}

fn jump(rule: &Rule) -> Option<ChainName> {
    match &rule.target {
        Some(Target::Jump(to) | Target::Goto(to)) => Some(*to),
        _ => None,
    }
}

/// A source that a rule admits.
fn source(rule: &Rule) -> Option<String> {
    jump(rule)?;
    rule.matches.iter().find_map(|condition| match condition {
        Match::Source(is) => Some(match &is.value {
            Address::Ip(ip) => ip.to_string(),
            Address::Net(net) => net.to_string(),
            Address::Verbatim(word) => word.as_str().to_owned(),
        }),
        _ => None,
    })
}

/// Whose source address is replaced: what the rule asks for besides its frontend.
fn conditions(rule: &Rule) -> String {
    let is_of_frontend = |condition: &&Match| {
        !matches!(
            condition,
            Match::Comment(_) | Match::Protocol(_) | Match::Destination(_) | Match::DestinationPort(_)
        )
    };
    let texts = rule.matches.iter().filter(is_of_frontend).map(|condition| {
        let mut text = String::new();
        write_match(&mut text, condition);
        printable(&text)
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn remembered(rule: &Rule) -> Option<u32> {
    rule.matches.iter().find_map(|condition| match condition {
        Match::Recent(recent) => match recent.operation {
            RecentOperation::Check { seconds, .. } => Some(seconds),
            RecentOperation::Set => None,
        },
        _ => None,
    })
}

fn destination(rule: &Rule) -> Option<String> {
    match &rule.target {
        Some(Target::DestinationNat(to)) => Some(match &to.address {
            Address::Ip(ip) => SocketAddr::new(*ip, to.port).to_string(),
            Address::Net(net) => format!("{net}:{}", to.port),
            Address::Verbatim(word) => format!("{}:{}", word.as_str(), to.port),
        }),
        _ => None,
    }
}
