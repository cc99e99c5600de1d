//! What maps and chains do at a frontend.

use super::Nftables;
use super::compare::NftablesSide;
use super::model::{
    Address, AddressRange, Chain, Comment, Destination, Key, Rule, Selected, Side, Statement, Table, Verdict,
};
use super::names::{fixed, service_port_of};
use super::write::push_statement;
use crate::answer::artifact::Artifact;
use crate::answer::change::Standing;
use crate::answer::directory::Directory;
use crate::answer::frontend::{Area, Aspect, Face, Faces, FrontendAt};
use crate::answer::telling::Telling;
use crate::ir::FrontendKind;
use crate::name::printable;
use crate::net::Family;
use crate::platform::{Objects, Platform};
use crate::scope::Selector;

impl Objects for NftablesSide {
    fn platform(&self) -> &'static dyn Platform {
        &Nftables
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn frontends(&self) -> Faces {
        let mut faces = Faces::default();
        for family in Family::ALL {
            let gaps = self.gaps.get(family);
            let Some(table) = self.tables.get(family) else {
                let why = format!(
                    "rules of {family}: there are none to compare; add the output of nft list ruleset"
                );
                faces.lack(Area::Family(family), Telling::NotTold, true, why);
                continue;
            };
            add(table, &mut faces);
            if gaps.telling() != Telling::Whole {
                let has_lost = gaps.lost_lines > 0;
                let telling = if has_lost { Telling::InPart } else { Telling::NotTold };
                faces.lack(Area::Family(family), telling, true, gaps.reason(family));
            }
        }
        faces
    }

    fn artifacts(&self) -> Vec<Artifact> {
        self.artifacts()
    }

    fn restrict(&mut self, _: &dyn Objects, _: &Directory<'_>, selector: &Selector) {
        self.keep_selected(selector);
    }
}

/// All frontends of one family.
fn add(table: &Table, faces: &mut Faces) {
    for map in [fixed::FIREWALL_IPS, fixed::SERVICE_IPS, fixed::SERVICE_NODE_PORTS] {
        for (at, verdict, _) in elements(table, map) {
            let Some(chain) = verdict.chain().and_then(|name| table.chain(name.as_str())) else { continue };
            let face = faces.entry(at).or_default();
            face.kind = face.kind.or(kind(at, chain));
            face.service = face.service.take().or_else(|| service_port_of(chain.name.as_str()));
            if map == fixed::FIREWALL_IPS {
                clients(chain, face);
            } else {
                face.say(Aspect::Entry, chain.name.as_str());
                follow(table, chain, face);
            }
        }
    }
    for map in [fixed::NO_ENDPOINT_SERVICES, fixed::NO_ENDPOINT_NODE_PORTS] {
        for (at, verdict, comment) in elements(table, map) {
            let text = match verdict {
                Verdict::Drop => "drop: no endpoints on this node",
                Verdict::Goto(_) => "reject: no endpoints",
                _ => continue,
            };
            let face = faces.entry(at).or_default();
            face.service = face.service.take().or_else(|| comment.map(printable));
            face.say(Aspect::Refusal, text);
        }
    }
    masqueraded_cluster_ips(table, faces);
}

/// The frontends of a map, each with its verdict and comment.
fn elements<'t>(
    table: &'t Table,
    map: &str,
) -> impl Iterator<Item = (FrontendAt, &'t Verdict, Option<&'t str>)> {
    let family = table.family;
    let elements = table.container(map).map_or(&[][..], |map| &map.elements);
    elements.iter().filter_map(move |element| {
        let (address, protocol, port) = match &element.key {
            Key::Service(address, protocol, port) => (Some(address.ip()?), *protocol, *port),
            Key::NodePort(protocol, port) => (None, *protocol, *port),
            Key::Address(_) | Key::Pair(..) | Key::Other(_) => return None,
        };
        let at = FrontendAt { address, port, protocol, family };
        Some((at, element.verdict.as_ref()?, element.comment.as_ref().map(Comment::as_str)))
    })
}

fn kind(at: FrontendAt, chain: &Chain) -> Option<FrontendKind> {
    match at.address {
        None => Some(FrontendKind::NodePort),
        Some(_) if chain.name.as_str().starts_with("external-") => None,
        Some(_) if chain.name.as_str().starts_with("firewall-") => Some(FrontendKind::LoadBalancerIp),
        Some(_) => Some(FrontendKind::ClusterIp),
    }
}

/// The sources that a chain of source ranges lets through.
fn clients(chain: &Chain, face: &mut Face) {
    for statement in chain.rules.iter().flat_map(|rule| &rule.statements) {
        if let Statement::Addresses { side: Side::Source, not: true, ranges, .. } = statement {
            let ranges: Vec<String> = ranges.iter().map(range).collect();
            face.say(Aspect::Clients, format!("only from {}", ranges.join(", ")));
        }
    }
}

fn range(range: &AddressRange) -> String {
    match range {
        AddressRange::Ip(ip) => ip.to_string(),
        AddressRange::Net(net) => net.to_string(),
        AddressRange::Range(first, last) => format!("{first}-{last}"),
        AddressRange::Verbatim(word) => word.as_str().to_owned(),
    }
}

/// What a chain of a service port does.
fn follow(table: &Table, chain: &Chain, face: &mut Face) {
    if chain.name.as_str().starts_with("external-") {
        external(table, chain, face);
    } else {
        balance(table, chain, face, Aspect::Endpoint);
    }
}

/// Clients from outside, and where the policy is Local, those of the node apart.
fn external(table: &Table, chain: &Chain, face: &mut Face) {
    note_unknown(chain, face);
    let source = chain.rules.iter().find(|rule| marks(rule)).map_or("the client's", |rule| {
        if conditions(table, rule).is_empty() { "SNAT" } else { "the client's; of the node's own: SNAT" }
    });
    face.say(Aspect::Source, source);
    for rule in &chain.rules {
        for name in rule.chains().filter(|name| name.is_of_service()) {
            let Some(to) = table.chain(name.as_str()) else { continue };
            let is_for_all = conditions(table, rule).is_empty();
            balance(table, to, face, if is_for_all { Aspect::Endpoint } else { Aspect::EndpointInside });
        }
    }
}

/// One endpoint by chance, or the client's own one.
fn balance(table: &Table, chain: &Chain, face: &mut Face, aspect: fn(String) -> Aspect) {
    note_unknown(chain, face);
    for rule in &chain.rules {
        if marks(rule) {
            let whose = conditions(table, rule);
            let text = if whose.is_empty() { "SNAT".to_owned() } else { format!("SNAT if {whose}") };
            face.say(Aspect::Source, text);
        }
        for statement in &rule.statements {
            match statement {
                Statement::InSet { set, .. } => {
                    let timeout = table.container(set.as_str()).and_then(|set| set.timeout);
                    if let Some(seconds) = timeout {
                        face.say(Aspect::Affinity, format!("session affinity for {seconds} s"));
                    }
                }
                Statement::Choose(selected) => {
                    let verdicts = selected.values.iter().map(|(_, verdict)| verdict);
                    for chain in verdicts.filter_map(|verdict| table.chain(verdict.chain()?.as_str())) {
                        note_unknown(chain, face);
                    }
                    say_all(face, selected, aspect, |verdict| {
                        let chain = table.chain(verdict.chain()?.as_str())?;
                        chain.rules.iter().flat_map(|rule| &rule.statements).find_map(translated)
                    });
                }
                Statement::Translate(Destination::Choose(selected)) => {
                    say_all(face, selected, aspect, |(address, port)| Some(endpoint(address, *port)));
                }
                other => {
                    if let Some(endpoint) = translated(other) {
                        say(face, "1", &endpoint, aspect);
                    }
                }
            }
        }
    }
}

/// A rule that is not known may do anything with a packet.
fn note_unknown(chain: &Chain, face: &mut Face) {
    let is_unknown = |statement: &Statement| matches!(statement, Statement::Foreign(_));
    if chain.rules.iter().flat_map(|rule| &rule.statements).any(is_unknown) {
        face.lacks(format!(
            "rules of chain {}: one of them is not known to hnsplan",
            printable(chain.name.as_str())
        ));
    }
}

fn translated(statement: &Statement) -> Option<String> {
    match statement {
        Statement::Translate(Destination::One(address, port)) => Some(endpoint(address, *port)),
        _ => None,
    }
}

fn endpoint(address: &Address, port: u16) -> String {
    let mut text = String::new();
    crate::net::push_host_port(&mut text, port, |text| match address {
        Address::Ip(ip) => text.push_str(&ip.to_string()),
        Address::Verbatim(word) => text.push_str(word.as_str()),
    });
    text
}

fn say_all<T>(
    face: &mut Face,
    selected: &Selected<T>,
    aspect: fn(String) -> Aspect,
    endpoint: impl Fn(&T) -> Option<String>,
) {
    let share = if selected.of == 1 { "1".to_owned() } else { format!("1/{}", selected.of) };
    for endpoint in selected.values.iter().filter_map(|(_, value)| endpoint(value)) {
        say(face, &share, &endpoint, aspect);
    }
}

fn say(face: &mut Face, share: &str, endpoint: &str, aspect: fn(String) -> Aspect) {
    let aspect = aspect(endpoint.to_owned());
    let inside = if matches!(aspect, Aspect::EndpointInside(_)) { "  of clients inside" } else { "" };
    face.say(aspect, format!("{share:>4}  {endpoint}{inside}"));
}

/// Whether a rule asks for masquerading.
fn marks(rule: &Rule) -> bool {
    rule.statements.iter().any(|statement| match statement {
        Statement::SetMark(..) => true,
        Statement::Verdict(Verdict::Jump(chain)) => chain.as_str() == fixed::MARK,
        _ => false,
    })
}

/// What a rule asks of a packet besides its destination.
fn conditions(table: &Table, rule: &Rule) -> String {
    let asks_more = |statement: &&Statement| match statement {
        Statement::Addresses { side, .. } | Statement::IsLocal(side) => *side == Side::Source,
        Statement::InInterface(_) | Statement::Foreign(_) => true,
        _ => false,
    };
    let texts = rule.statements.iter().filter(asks_more).map(|statement| {
        let mut text = String::new();
        push_statement(&mut text, table.family, statement);
        printable(&text)
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// One rule masquerades traffic to all cluster IPs (since 1.36).
fn masqueraded_cluster_ips(table: &Table, faces: &mut Faces) {
    let rules = table.chain(fixed::SERVICES).map_or(&[][..], |chain| &chain.rules);
    let is_of_set =
        |rule: &&Rule| marks(rule) && rule.containers().any(|set| set.as_str() == fixed::CLUSTER_IPS);
    let Some(rule) = rules.iter().find(is_of_set) else { return };
    let whose = conditions(table, rule);
    let text = if whose.is_empty() { "SNAT".to_owned() } else { format!("SNAT if {whose}") };
    for (at, face) in faces.iter_mut().filter(|(at, _)| at.family == table.family) {
        let is_refused =
            face.lines.contains_key(&Aspect::Refusal) && !face.lines.contains_key(&Aspect::Entry);
        if face.kind == Some(FrontendKind::ClusterIp) && at.address.is_some() && !is_refused {
            face.say(Aspect::Source, text.clone());
        }
    }
}
