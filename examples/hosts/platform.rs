//! A platform in one file: a text that has a line for each cluster IP and port, with the endpoints behind it.
//!
//! ```text
//! 10.96.10.2:80/TCP 10.244.1.3:8080 10.244.2.4:8080
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::str::FromStr;

use hnsplan::answer::artifact::Artifact;
use hnsplan::answer::change::plain::{self, Plain};
use hnsplan::answer::change::{Comparison, ObjectKind, Ownership, Standing, Subject};
use hnsplan::answer::directory::Directory;
use hnsplan::answer::frontend::{Aspect, Face, Faces, FrontendAt};
use hnsplan::answer::picture::builder::{Builder, FrontendKey};
use hnsplan::answer::picture::{Node, NodeKind, RuleGraph};
use hnsplan::answer::step::{AnyState, AnyStep, Fingerprint, PlanLine, Sign, Step};
use hnsplan::answer::verdict::{self, Chance, Delivery, Fate, Host, Outcome, Packet, SourceAddress, Verdict};
use hnsplan::diagnostics::{Code, Diagnostic, codes};
use hnsplan::ir::{RuleSet, ServicePort};
use hnsplan::net::{Family, Protocol};
use hnsplan::platform::{
    Context, DumpFormat, DumpText, Evaluate, Found, Held, Match, Model, Objects, Output, PlanOutcome,
    PlanRequest, PlannedSteps, PlanningError, Platform, Read,
};
use hnsplan::scope::Selector;
use serde::{Deserialize, Serialize};

/// Lines of cluster IPs and their endpoints.
#[derive(Debug)]
pub(crate) struct Hosts;

codes! {
    ONLY_CLUSTER_IPS "X1901" Warning {
        title: "a hosts file has cluster IPs only",
        explanation: "Lines of a hosts file are for cluster IPs. Node ports and addresses of load balancers have none.",
        advice: "Use the cluster IP.",
        loss: true,
    }
}

// model: the objects, so typed that no value can end or extend a line.

/// Endpoints by the address, port and protocol that clients connect to.
type Lines = BTreeMap<At, Vec<SocketAddr>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At(SocketAddr, Protocol);

/// The lines of one side.
#[derive(Debug, Clone)]
struct File {
    standing: Standing,
    lines: Lines,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

impl FromStr for At {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, protocol) = text.split_once('/').ok_or(())?;
        Ok(Self(address.parse().map_err(drop)?, Protocol::parse(protocol).ok_or(())?))
    }
}

// lower: what Services should do, as lines; and what is lost.

fn lower(context: Context<'_>) -> Found<Lines> {
    let mut found = Found::of(Lines::new());
    for port in context.rules.services.iter().filter(|port| context.families.contains(&port.family)) {
        if let Some(ip) = port.cluster_ip().address {
            let at = At(SocketAddr::new(ip, port.cluster_ip().port), port.protocol);
            found.value.entry(at).or_insert_with(|| endpoints(context.rules, port));
        }
        if port.is_externally_accessible() {
            let message = format!("{} is reached at its cluster IP only", port.id);
            found.diagnostics.push(Diagnostic::new(ONLY_CLUSTER_IPS, message));
        }
    }
    found
}

fn endpoints(rules: &RuleSet, port: &ServicePort) -> Vec<SocketAddr> {
    let members = port.pool(port.cluster_ip().inside).map_or(&[][..], |pool| &pool.members);
    let endpoints = members.iter().map(|id| port.endpoint(*id));
    let address =
        |of: &hnsplan::ir::Endpoint| Some(SocketAddr::new(rules.backend(of.backend).address.ip()?, of.port));
    let mut endpoints: Vec<SocketAddr> = endpoints.filter_map(address).collect();
    endpoints.sort_unstable();
    endpoints
}

// write, read: to text and back.

fn write(lines: &Lines) -> String {
    lines.iter().fold(String::new(), |text, (at, endpoints)| text + &line(at, endpoints) + "\n")
}

fn line(at: &At, endpoints: &[SocketAddr]) -> String {
    endpoints.iter().fold(at.to_string(), |mut line, endpoint| {
        let _ = write!(line, " {endpoint}");
        line
    })
}

fn parse(line: &str) -> Option<(At, Vec<SocketAddr>)> {
    let mut words = line.split_whitespace();
    let at = words.next()?.parse().ok()?;
    Some((at, words.map(|word| word.parse().ok()).collect::<Option<_>>()?))
}

// eval: a packet to what becomes of it.

impl Evaluate for &File {
    fn verdict(&self, packet: &Packet) -> Verdict {
        let at = At(SocketAddr::new(packet.destination, packet.port), packet.protocol);
        let Some(endpoints) = self.lines.get(&at) else {
            return Verdict::certain(Fate::Unhandled(SourceAddress::Kept), Vec::new());
        };
        let rule = line(&at, endpoints).into();
        let step = verdict::TraceStep {
            within: "hosts".into(),
            number: None,
            rule,
            origin: None,
            rewrite: None,
            ground: None,
        };
        if endpoints.is_empty() {
            return Verdict::certain(Fate::Rejected, vec![step]);
        }
        let many = u32::try_from(endpoints.len()).unwrap_or(u32::MAX);
        let to = |endpoint: &SocketAddr| Outcome {
            chance: Chance::one_in(many),
            fate: Fate::Endpoint(Delivery {
                endpoint: *endpoint,
                source: SourceAddress::Kept,
                affinity: None,
            }),
            steps: vec![step.clone()],
            rests_on: None,
        };
        Verdict::new(endpoints.iter().map(to).collect())
    }

    fn effect(&self, packet: &Packet) -> Verdict {
        self.verdict(packet)
    }
}

impl Model for File {
    fn evaluator<'m>(&'m self, _: &'m Host, _: &'m RuleSet) -> Box<dyn Evaluate + 'm> {
        Box::new(self)
    }
}

// compare, frontends, picture: what two sides, a page and a graph need.

impl Objects for File {
    fn platform(&self) -> &'static dyn Platform {
        &Hosts
    }

    fn standing(&self) -> Standing {
        self.standing
    }

    fn frontends(&self) -> Faces {
        let face = |(at, endpoints): (&At, &Vec<SocketAddr>)| {
            let mut face = Face::default();
            face.say(Aspect::Entry, "line");
            for endpoint in endpoints {
                face.say(Aspect::Endpoint(endpoint.to_string()), endpoint.to_string());
            }
            (frontend(at), face)
        };
        self.lines.iter().map(face).collect()
    }

    fn artifacts(&self) -> Vec<Artifact> {
        vec![Artifact::new("hosts.txt", write(&self.lines))]
    }

    fn restrict(&mut self, _: &dyn Objects, directory: &Directory<'_>, selector: &Selector) {
        self.lines.retain(|at, _| selector.selects_any(directory.services_at(&frontend(at))));
    }
}

fn frontend(At(address, protocol): &At) -> FrontendAt {
    let ip = address.ip();
    FrontendAt { address: Some(ip), port: address.port(), protocol: *protocol, family: Family::of(ip) }
}

fn listed(file: &File, directory: &Directory<'_>) -> (Standing, Vec<Plain>) {
    let kind = ObjectKind::Other { one: "line", many: "lines" };
    let plain = |(at, endpoints): (&At, &Vec<SocketAddr>)| Plain {
        subject: Subject::new(kind, at.to_string(), directory.services_at(&frontend(at))),
        fields: vec![("endpoints", format!("{endpoints:?}"))],
    };
    (file.standing, file.lines.iter().map(plain).collect())
}

fn picture(context: Context<'_>, lines: &Lines) -> RuleGraph {
    let mut builder = Builder::new(context.rules, context.families);
    for (at, endpoints) in lines {
        let FrontendAt { address, port, protocol, family } = frontend(at);
        let from = builder.frontend(FrontendKey { family, ip: address, port, protocol: protocol.as_str() });
        for endpoint in endpoints {
            let name = endpoint.to_string();
            let to = builder
                .node(NodeKind::Endpoint, &name, || Node::new(NodeKind::Endpoint, name.as_str(), None));
            builder.edge(from, to, "");
        }
    }
    builder.finish()
}

// held: what a node has.

impl Held for File {
    fn platform(&self) -> &'static dyn Platform {
        &Hosts
    }

    fn model<'c>(&'c self, _: Context<'c>) -> Box<dyn Model + 'c> {
        Box::new(self.clone())
    }

    fn into_objects(self: Box<Self>) -> Box<dyn Objects> {
        self
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        picture(context, &self.lines)
    }

    fn duplicate(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }
}

// apply: lines that are changed, one a step.

/// A line as it is before and after; a line that is not there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Edit {
    before: Option<String>,
    after: Option<String>,
}

impl Step for Edit {
    fn inverse(&self) -> Self {
        Self { before: self.after.clone(), after: self.before.clone() }
    }

    fn changes(&self) -> Vec<PlanLine> {
        let sign = match (&self.before, &self.after) {
            (None, _) => Sign::Add,
            (_, None) => Sign::Destroy,
            _ => Sign::Change,
        };
        let line = self.after.as_deref().or(self.before.as_deref()).and_then(parse);
        let name = line.map_or_else(|| "that cannot be read".to_owned(), |(at, _)| at.to_string());
        vec![PlanLine { sign, kind: "line", name, detail: String::new(), services: Vec::new() }]
    }
}

fn edits(held: &Lines, wanted: &Lines) -> Vec<Edit> {
    let text = |lines: &Lines, at: &At| lines.get(at).map(|endpoints| line(at, endpoints));
    let new = wanted.keys().filter(|at| !held.contains_key(at));
    let edits = held.keys().chain(new).map(|at| Edit { before: text(held, at), after: text(wanted, at) });
    edits.filter(|edit| edit.before != edit.after).collect()
}

// registration: what it answers to questions that all platforms are asked.

impl Platform for Hosts {
    fn name(&self) -> &'static str {
        "hosts"
    }

    fn held_name(&self) -> &'static str {
        "hosts-file"
    }

    fn about(&self) -> [&'static str; 2] {
        ["A line for each cluster IP and port", "The lines that a node has"]
    }

    fn codes(&self) -> &'static [Code] {
        ALL
    }

    fn texts<'c>(&self, context: Context<'c>) -> Found<Vec<Output<'c>>> {
        lower(context).map(|lines| vec![Output::new("hosts.txt", write(&lines)).under("# hosts\n")])
    }

    fn model<'c>(&self, context: Context<'c>) -> Found<Box<dyn Model + 'c>> {
        lower(context).map(|lines| Box::new(File { standing: Standing::Wanted, lines }) as Box<dyn Model>)
    }

    fn objects(&self, context: Context<'_>) -> Found<Box<dyn Objects>> {
        lower(context).map(|lines| Box::new(File { standing: Standing::Wanted, lines }) as Box<dyn Objects>)
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        picture(context, &lower(context).value)
    }

    fn compare(&self, sides: [&mut dyn Objects; 2], directory: &Directory<'_>, _: &Ownership) -> Comparison {
        let sides = sides.map(|side| side.typed::<File>().expect("both sides are of this platform"));
        plain::compare(self.name(), sides.map(|side| listed(side, directory)))
    }

    fn formats(&self) -> &'static [DumpFormat] {
        &[DumpFormat { name: "hosts", about: "A file with a line for each cluster IP and port", flag: "" }]
    }

    fn recognize(&self, text: &str) -> Match {
        let is_hosts = !text.is_empty() && text.lines().all(|line| parse(line).is_some());
        if is_hosts { Match::Certain } else { Match::No }
    }

    fn read(&self, texts: Vec<DumpText>) -> Read {
        let mut lines = Lines::new();
        let mut remarks = Vec::new();
        for DumpText { name, text, .. } in texts {
            for (number, line) in text.lines().enumerate() {
                match parse(line) {
                    Some((at, endpoints)) => drop(lines.insert(at, endpoints)),
                    None => remarks.push(format!("{name}:{}: not read: expected addresses", number + 1)),
                }
            }
        }
        let held = File { standing: Standing::Held, lines };
        Read { held: Some(Box::new(held)), remarks, ..Read::nothing() }
    }

    fn steps(&self, context: Context<'_>, request: &PlanRequest<'_>) -> Result<PlannedSteps, PlanningError> {
        let Found { value: wanted, diagnostics } = lower(context);
        let (wanted, nothing) = (if request.destroy { Lines::new() } else { wanted }, Lines::new());
        let steps = edits(request.state().unwrap_or(&nothing), &wanted);
        Ok(PlannedSteps { steps: AnyStep::all(steps), diagnostics, ..PlannedSteps::default() })
    }

    fn state_of(&self, held: &dyn Held) -> Result<AnyState, &'static str> {
        let file = held.typed::<File>().ok_or("it is a dump of another platform")?;
        Ok(AnyState::new(file.lines.clone(), |lines| Fingerprint::of_text(&write(lines))))
    }

    fn step_from_json(&self, json: serde_json::Value) -> serde_json::Result<AnyStep> {
        serde_json::from_value::<Edit>(json).map(AnyStep::new)
    }

    fn outcome(&self, steps: &[AnyStep], held: Option<&dyn Held>) -> PlanOutcome {
        let before = held.and_then(<dyn Held>::typed::<File>);
        let mut lines = before.map(|file| file.lines.clone()).unwrap_or_default();
        for step in steps.iter().filter_map(|step| step.typed::<Edit>().ok()) {
            if let Some((at, _)) = step.before.as_deref().and_then(parse) {
                lines.remove(&at);
            }
            lines.extend(step.after.as_deref().and_then(parse));
        }
        PlanOutcome::of(Some(Box::new(File { standing: Standing::Wanted, lines })))
    }
}
