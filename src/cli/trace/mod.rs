//! `hnsplan trace`

mod ask;
pub(super) mod columns;
pub(super) mod json;
mod matrix;
pub(super) mod text;

use std::io::IsTerminal;

use clap::Args;

use self::ask::Destination;
use super::Failure;
use super::asked::{AnswerFormat, AskedTarget, Dumped, NodeDumps, say_refused};
use super::compile::FamilyName;
use super::input::{Manifests, Node};
use super::output::{MessageFormat, Terminal, columns_or_default};
use crate::answer::verdict::{Packet, Verdict};
use crate::diagnostics::{Diagnostic, Severity};
use crate::net::Family;
use crate::pipeline::{Compiled, Loaded};
use crate::trace::{Client, Clients, Conclusion, Matrix, Models, Summary, Target, TargetName};

/// Follow a packet through the rules of a node.
///
/// For each target, the steps that decide about a packet which opens a connection, the packet after each
/// step that changes it, and what becomes of it. What HNS does rests on rules of which some are only
/// believed, and they are marked; --explain tells them and their sources. What nobody knows is undecided.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hnsplan trace -S pod -D shop/web:http -f cluster.yaml --node win-1\n  \
    hnsplan trace -S external:203.0.113.9 -D node:30080 -t iptables -f cluster.yaml --node worker-1\n  \
    hnsplan trace --matrix -t iptables,hns,netsh -f cluster.yaml --node win-1\n\n\
    Exit codes:  0 every target delivers, 1 dropped, rejected, unhandled or undecided, 2 wrong usage")]
pub(super) struct Trace {
    /// Who sends: pod, remote-pod, node, localhost, external, each with or without :IP; an IP address;
    /// NAMESPACE/POD, by targetRef of its endpoints; or NAMESPACE/SERVICE#NUMBER, an endpoint of a Service
    #[arg(short = 'S', long, value_name = "CLIENT", default_value = "pod")]
    source: String,
    /// Where it goes
    #[arg(
        short = 'D',
        long,
        value_name = "ADDRESS",
        required_unless_present = "matrix",
        help = "Where it goes: NAMESPACE/SERVICE[:PORT], node:PORT[/PROTOCOL] or IP:PORT[/PROTOCOL]"
    )]
    destination: Option<String>,
    /// Ask all kinds of clients at all frontends instead, and print a table
    #[arg(long, conflicts_with_all = ["source", "destination", "explain", "width"])]
    matrix: bool,
    /// Whose rules are asked
    #[arg(short, long, value_name = "TARGET", value_delimiter = ',', default_value = "iptables,hns")]
    target: Vec<AskedTarget>,
    /// Family of the addresses, where there are two
    #[arg(long, value_name = "FAMILY")]
    family: Option<FamilyName>,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: AnswerFormat,
    /// How many columns the text may have; where they suffice, targets stand side by side [default: those
    /// of the terminal, by COLUMNS; targets are one under the other where there is no terminal]
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
    /// Tell the rules of HNS that the answer rests on, with their sources
    #[arg(long)]
    explain: bool,
    /// Show the steps to every endpoint, and all diagnostics
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    dumps: NodeDumps,
}

/// A question with its answers.
struct Asked<'r> {
    client: Client,
    destination: Destination<'r>,
    packet: Packet,
    answers: Vec<Answer>,
}

/// What one target answers.
struct Answer {
    target: TargetName,
    verdict: Verdict,
}

impl Trace {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.output == AnswerFormat::Json && self.width.is_some() {
            let message = "--width is for text, JSON has no columns: leave out one of --width and -o json";
            return Err(Failure::Usage(message.to_owned()));
        }
        let setup = self.node.setup(&self.manifests)?;
        let mut found = Vec::new();
        let dumped = self.dumps.read(&self.target, &mut found, terminal)?;
        let compiled = Loaded::new(self.manifests.read()?).parse(&setup).resolve(&setup).compile();
        let models = self.models(&compiled, &dumped, &mut found);
        let clients = Clients::of(&compiled.cluster, &compiled.rules);
        let targets = models.targets();
        if self.matrix {
            self.say(&compiled, found, terminal);
            return self.draw_matrix(&compiled, &clients, &targets, terminal);
        }
        let asked = self.asked(&compiled, &clients, &targets)?;
        self.say(&compiled, found, terminal);
        say_refused(&models, terminal);
        let detail = text::Detail { all: self.verbose, explain: self.explain, width: self.columns() };
        match self.output {
            AnswerFormat::Text => terminal.result([&*text::draw(&asked, &compiled.rules, detail)])?,
            AnswerFormat::Json => terminal.result([&*json::trace(&asked, &compiled.rules)?])?,
        }
        let delivers = |answer: &Answer| Summary::of(&answer.verdict).conclusion == Conclusion::Delivered;
        if asked.answers.iter().all(delivers) { Ok(()) } else { Err(Failure::Findings) }
    }

    /// How wide the answer may be. What goes to a file or a program does not depend on a terminal.
    fn columns(&self) -> Option<usize> {
        let is_known = self.width.is_some() || std::io::stdout().is_terminal();
        is_known.then(|| columns_or_default(self.width))
    }

    /// The models of the asked targets, each once; what making them found is added.
    fn models<'c>(
        &self,
        compiled: &'c Compiled,
        dumped: &'c Dumped,
        found: &mut Vec<Diagnostic>,
    ) -> Models<'c> {
        let mut models = Models::new(&compiled.rules);
        for (at, target) in self.target.iter().enumerate() {
            if self.target[..at].contains(target) {
                continue;
            }
            models = target.ask(models, compiled, dumped, found);
        }
        models
    }

    /// The packet, and what becomes of it.
    fn asked<'c>(
        &self,
        compiled: &'c Compiled,
        clients: &Clients,
        targets: &[Target<'_>],
    ) -> Result<Asked<'c>, Failure> {
        let rules = &compiled.rules;
        let text = self.destination.as_deref().unwrap_or_default();
        let destination = ask::destination(text, self.family.map(Into::into), clients, rules)?;
        let family = Family::of(destination.to.ip());
        let client = ask::client(&self.source, family, clients, compiled)?;
        if Family::of(client.ip) != family {
            let message =
                format!("{} cannot send to {}: they are of two families", client.ip, destination.to);
            return Err(Failure::Usage(message));
        }
        let packet = client.packet(destination.protocol, destination.to);
        let answer = |target: &Target<'_>| Answer { target: target.name, verdict: target.verdict(&packet) };
        let answers = targets.iter().map(answer).collect();
        Ok(Asked { client, destination, packet, answers })
    }

    fn draw_matrix(
        &self,
        compiled: &Compiled,
        clients: &Clients,
        targets: &[Target<'_>],
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        let family: Option<Family> = self.family.map(Into::into);
        let ports = compiled.rules.services.iter();
        let ports = ports.filter(|port| family.is_none_or(|family| family == port.family));
        let matrix = Matrix::of(ports, clients, targets);
        let names: Vec<TargetName> = targets.iter().map(|target| target.name).collect();
        match self.output {
            AnswerFormat::Text => terminal.result([&*matrix::draw(&matrix, &names)]),
            AnswerFormat::Json => terminal.result([&*json::matrix(&matrix, &names)?]),
        }
    }

    /// Says what is wrong with the input, and what is assumed of the node. What each target loses is
    /// compile's to say.
    fn say(&self, compiled: &Compiled, found: Vec<Diagnostic>, terminal: &mut Terminal) {
        let of_node = found.into_iter().filter(|of| of.object.is_none());
        let all: Vec<Diagnostic> = compiled.diagnostics.iter().cloned().chain(of_node).collect();
        let told = |of: &Diagnostic| self.verbose || of.severity() != Severity::Note;
        let told: Vec<Diagnostic> = all.into_iter().filter(told).collect();
        terminal.diagnostics(&told, &compiled.sources, MessageFormat::Text, self.verbose);
    }
}
