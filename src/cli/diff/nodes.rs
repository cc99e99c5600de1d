//! `hnsplan diff --dumps`

use super::Diff;
use crate::diagnostics::Severity;
use crate::diff::Asked;
use crate::fleet::{ChangedNodes, CompareNodes, Question, fingerprint};
use crate::name::escaped;
use crate::pipeline::{Compiled, Loaded};
use crate::shell::fleet::{Beside, FleetFormat, read_dumps};
use crate::shell::{Failure, Terminal};
use crate::source::Input;

impl Diff {
    /// Compares what many nodes hold with what they should have, and prints one answer about all of them.
    pub(super) fn run_for_nodes(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let usage = |message: &str| Failure::Usage(message.to_owned());
        let format = FleetFormat::from(self.output);
        if let (Some(old), Some(new)) = (&self.old, &self.new) {
            return self.run_for_change([old, new], format, terminal);
        }
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
        let options = self.request.options(None)?;
        let setup = self.request.setup()?;
        let sources = self.request.manifests.read()?;
        let parsed = Loaded::new(sources.clone()).parse(&setup);
        let chosen = self.nodes.choose(&parsed)?;
        let first = parsed.clone().compile_for(&setup.clone().on_node(chosen.first()));
        self.request.check_read(&first)?;
        let selector = self.request.select(std::slice::from_ref(&first), terminal)?;
        let dumps = chosen.dumps.as_ref().expect("there is a folder of dumps");
        let earlier = self.since.as_deref().map(|folder| read_dumps(folder, &parsed)).transpose()?;
        let asked = if earlier.is_some() { Question::Since } else { Question::Diff };
        let ownership = &self.ownership();
        let question = CompareNodes {
            parsed: &parsed,
            setup: &setup,
            platform,
            options: &options,
            ownership,
            selector: &selector,
            dumps,
            earlier: earlier.as_ref(),
        };
        let settings = [format!("{setup:?} {ownership:?} {platform:?}"), self.request.settings()];
        let input = format.input(|| fingerprint(&sources, &settings));
        let sides = platform.iter().map(|platform| platform.name().to_owned()).collect();
        let ask = |node: &str| Ok(question.ask(node));
        let (mut fleet, diagnostics) = chosen.ask(asked, sides, input, first.assumed.is_some(), ask)?;
        fleet.head.strays.extend(earlier.iter().flat_map(|earlier| earlier.strays().iter().cloned()));
        let found = judge.tell(diagnostics, Severity::Error, parsed.sources(), terminal);
        terminal.say_assumed(first.assumed.as_ref());
        let beside = Beside { manifests: Some(&parsed), findings: &self.findings };
        format.answer(&fleet, beside, self.out.as_deref(), terminal)?;
        judge.report(terminal);
        self.findings.conclude(fleet.codes().chain(found), fleet.differs(), first.unread > 0)
    }
    /// Compares what two sets of manifests do on many nodes, and prints one answer about all of them.
    fn run_for_change(
        &self,
        files: [&String; 2],
        format: FleetFormat,
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        if self.view.is_some() || self.nodes.have_dumps() || !self.request.manifests.is_empty() {
            let message =
                "on many nodes, --old and --new are compared in effect: leave out --view, --dumps and -f";
            return Err(Failure::Usage(message.to_owned()));
        }
        let (options, setup) = (self.request.options(None)?, self.request.setup()?);
        let [old, new] = files.map(|file| self.request.manifests.read_in_place(&Input::from(file.as_str())));
        let sources = [old?, new?];
        let versions = sources.each_ref().map(|sources| Loaded::new(sources.clone()).parse(&setup));
        let chosen = self.nodes.choose(&versions[1])?;
        let node = setup.clone().on_node(chosen.first());
        let compiled = versions.each_ref().map(|parsed| parsed.clone().compile_for(&node));
        compiled.iter().try_for_each(|compiled| self.request.check_read(compiled))?;
        let selector = self.request.select(&compiled, terminal)?;
        let mut judge = self.findings.judge(terminal)?;
        let (names, platform) = (files.map(|file| escaped(file)), self.target);
        let (versions, setup, options, allow) = (&versions, &setup, &options, &judge.list);
        let question =
            ChangedNodes { names: &names, versions, setup, platform, options, selector: &selector, allow };
        question.gone().iter().for_each(|gone| terminal.say(gone));
        let settings = [format!("{setup:?} {platform:?}"), self.request.settings()];
        let input =
            format.input(|| sources.each_ref().map(|sources| fingerprint(sources, &settings)).concat());
        let assumed = compiled.iter().any(|compiled| compiled.assumed.is_some());
        let ask = |node: &str| Ok(question.ask(node));
        let (fleet, _) = chosen.ask(Question::Change, names.to_vec(), input, assumed, ask)?;
        let mut found = Vec::new();
        for Compiled { diagnostics, sources, assumed, .. } in &compiled {
            found.extend(judge.tell(diagnostics.clone(), Severity::Error, sources, terminal));
            terminal.say_assumed(assumed.as_ref());
        }
        let beside = Beside { manifests: Some(&versions[1]), findings: &self.findings };
        format.answer(&fleet, beside, self.out.as_deref(), terminal)?;
        let differs = self.findings.fail_on.is_empty() && fleet.differs();
        self.findings.conclude(fleet.codes().chain(found), differs, compiled.iter().any(|of| of.unread > 0))
    }
}
