//! `hnsplan check --nodes`

use std::slice;

use super::Check;
use crate::fleet::{CheckAlike, CheckNodes, Question, fingerprint};
use crate::pipeline::{Loaded, Setup};
use crate::shell::fleet::{Beside, FleetFormat};
use crate::shell::{Failure, Terminal};

impl Check {
    /// Checks many nodes, and prints one answer about all of them.
    pub(super) fn run_for_nodes(&self, setup: Setup, terminal: &mut Terminal) -> Result<(), Failure> {
        let format = FleetFormat::try_from(self.output)?;
        let sources = self.request.manifests.read()?;
        let parsed = Loaded::new(sources.clone()).parse(&setup);
        let chosen = self.nodes.choose(&parsed)?;
        let is_open = self.against.is_some() && self.target.is_empty();
        let runs_windows = is_open && chosen.run_windows(&parsed)?;
        let sides = &*self.sides(&setup, runs_windows)?;
        if self.nodes.have_dumps() != sides.iter().any(|side| side.is_held()) {
            let message =
                "--dumps and a target that nodes hold belong together: -t hns,hns-state --dumps DIR";
            return Err(Failure::Usage(message.to_owned()));
        }
        let options = self.request.options(Some(sides))?;
        let other = self.against.map(|version| Setup { version: Some(version), ..setup.clone() });
        let read = |setup: Setup| (Loaded::new(sources.clone()).parse(&setup), setup);
        let versions: Vec<_> = std::iter::once((parsed, setup)).chain(other.map(read)).collect();
        let (parsed, setup) = &versions[0];
        let mut sources = parsed.sources().clone();
        let list = self.findings.list(&mut sources, terminal)?;
        let first = parsed.clone().compile_for(&setup.clone().on_node(chosen.first()));
        self.request.check_read(&first)?;
        first.check_mode(self.names_targets())?;
        let selector = self.request.select(slice::from_ref(&first), terminal)?;
        terminal.say_assumed(first.assumed.as_ref());
        let input = format.input(|| {
            let setups = versions.iter().map(|(_, setup)| format!("{setup:?}"));
            let settings = setups.chain([self.request.settings(), format!("{:?}", self.migrate)]);
            fingerprint(&sources, &settings.collect::<Vec<_>>())
        });
        let question = CheckNodes {
            versions: &versions,
            sides,
            options: &options,
            selector: &selector,
            allow: &list,
            migration: self.migrate,
            dumps: chosen.dumps.as_ref(),
        };
        let of_version = self.against.map(|version| format!("{} {version}", sides[0].name()));
        let names = sides.iter().map(|side| side.name().to_owned()).chain(of_version).collect();
        let question = CheckAlike::new(question, chosen.asked());
        let ask = |node: &str| Ok(question.ask(node));
        let (fleet, diagnostics) = chosen.ask(Question::Check, names, input, first.assumed.is_some(), ask)?;
        terminal.diagnostics(&diagnostics, &sources);
        let beside = Beside { manifests: Some(parsed), findings: &self.findings };
        format.answer(&fleet, beside, self.out.as_deref(), terminal)?;
        // A share is what was asked for; hnsplan merge finds out which are missing.
        self.findings.conclude(fleet.codes(), false, first.unread > 0)
    }
}
