//! `hnsplan plan --nodes`

use std::slice;

use super::PlanCommand;
use crate::cli::request::check_read;
use crate::fleet::{Class, PlanNodes, Question};
use crate::pipeline::Loaded;
use crate::shell::exit::CHANGES;
use crate::shell::fleet::{Beside, FleetFormat};
use crate::shell::signing::PlanWriter;
use crate::shell::{Failure, FormatOrPath, Terminal};

impl PlanCommand {
    /// Plans for many nodes, into a file for each, and prints on which nodes the same would change.
    pub(super) fn run_for_nodes(&self, writer: &PlanWriter, terminal: &mut Terminal) -> Result<(), Failure> {
        if self.executor.is_some() || !self.dumps.is_empty() {
            let message = "plans for many nodes are made from the dumps of a folder: use --dumps DIR";
            return Err(Failure::Usage(message.to_owned()));
        }
        let (rules, findings) = (&self.wanted.rules, &self.wanted.findings);
        let (options, setup) = (&rules.options(None)?, &rules.setup()?);
        let parsed = &Loaded::new(rules.manifests.read()?).parse(setup);
        let mut sources = parsed.sources().clone();
        let allow = &findings.list(&mut sources, terminal)?;
        let chosen = self.nodes.choose(parsed)?;
        let first = parsed.clone().compile_for(&setup.clone().on_node(chosen.first()));
        check_read(&first, "")?;
        let selector = &rules.select(slice::from_ref(&first), terminal)?;
        let (platform, dumps, destroy) = (self.target, chosen.dumps.as_ref(), self.wanted.destroy);
        let question = PlanNodes { parsed, setup, platform, options, selector, allow, dumps, destroy };
        let folder = self.file();
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::Message(format!("cannot create {}: {error}", folder.display())))?;
        }
        let ask = |node: &str| {
            let mut written = Ok(());
            let asked = question.ask(node, |plan| {
                if let Some(folder) = folder {
                    written = writer.write(&folder.join(format!("{node}.json")), &self.text(plan));
                }
            });
            written.map(|()| asked)
        };
        let sides = platform.iter().map(|platform| platform.name().to_owned()).collect();
        let (fleet, diagnostics) = chosen.ask(Question::Plan, sides, String::new(), false, ask)?;
        terminal.diagnostics(&diagnostics, &sources);
        let format = if self.output == FormatOrPath::Json { FleetFormat::Json } else { FleetFormat::Text };
        format.answer(&fleet, Beside { manifests: Some(parsed), findings }, None, terminal)?;
        findings.conclude(fleet.codes(), false, false)?;
        let mut kinds = fleet.nodes.values().flat_map(|answer| answer.kinds.keys());
        let has_changes = kinds.any(|kind| kind.class == Class::Plan);
        if self.detailed_exitcode && has_changes { Err(Failure::Quiet(CHANGES)) } else { Ok(()) }
    }
}
