//! `hnsplan diff --dumps`

use super::{Diff, Output};
use crate::diagnostics::{Diagnostic, Severity};
use crate::diff::Asked;
use crate::fleet::{CompareNodes, Fleet, Nodes, Question, fingerprint};
use crate::pipeline::Loaded;
use crate::shell::fleet::FleetFormat;
use crate::shell::{Failure, Terminal};

impl Diff {
    /// Compares what many nodes hold with what they should have, and prints one answer about all of them.
    pub(super) fn run_for_nodes(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let usage = |message: &str| Failure::Usage(message.to_owned());
        let format = match self.output {
            Output::Text => FleetFormat::Text,
            Output::Json => FleetFormat::Json,
            Output::Jsonl => FleetFormat::Jsonl,
            _ => return Err(usage("an answer about many nodes is written as text, json or jsonl")),
        };
        let platform = match &self.a {
            None => self.target,
            Some(Asked::Target(platform)) => Some(*platform),
            Some(_) => {
                return Err(usage("with --dumps, A is a target or left out: the dumps are the other side"));
            }
        };
        if self.semantic || self.view.is_some() {
            return Err(usage(
                "with --dumps, objects are compared; for packets use hnsplan check --dumps DIR",
            ));
        }
        if !self.nodes.have_dumps() {
            return Err(usage("many nodes are compared with their dumps: add --dumps DIR"));
        }
        if self.request.manifests.is_empty() {
            return Err(usage("what nodes should have is compiled from manifests: add -f FILE"));
        }
        let mut judge = self.findings.judge(terminal)?;
        let options = self.request.options()?;
        let setup = self.request.setup()?;
        let sources = self.request.manifests.read()?;
        let parsed = Loaded::new(sources.clone()).parse(&setup);
        let chosen = self.nodes.choose(&parsed)?;
        let first = parsed.clone().compile_for(&setup.clone().on_node(chosen.first()));
        self.request.check_read(&first)?;
        let selector = self.request.select(std::slice::from_ref(&first), terminal)?;
        let dumps = chosen.dumps.as_ref().expect("there is a folder of dumps");
        let ownership = &self.ownership();
        let question = CompareNodes {
            parsed: &parsed,
            setup: &setup,
            platform,
            options: &options,
            ownership,
            selector: &selector,
            dumps,
        };
        let Nodes { answers: nodes, diagnostics } = Nodes::ask(chosen.asked(), |node| question.ask(node));
        let settings = [format!("{setup:?} {ownership:?} {platform:?}"), self.request.settings()];
        let input =
            if format == FleetFormat::Jsonl { fingerprint(&sources, &settings) } else { String::new() };
        let sides = platform.iter().map(|platform| platform.name().to_owned()).collect();
        let head = chosen.head(Question::Diff, sides, input, first.assumed.is_some());
        let fleet = Fleet { head, nodes };
        let diagnostics: Vec<Diagnostic> = diagnostics.into_iter().collect();
        let found = judge.tell(diagnostics, Severity::Error, &sources, terminal);
        terminal.say_assumed(first.assumed.as_ref());
        format.answer(&fleet, self.out.as_deref(), terminal)?;
        judge.report(terminal);
        self.findings.conclude(fleet.codes().chain(found), fleet.differs(), first.unread > 0)
    }
}
