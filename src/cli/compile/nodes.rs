//! `hnsplan compile --nodes`

use std::slice;

use super::{Compile, Target, write_files};
use crate::fleet::{CompileNodes, Question};
use crate::pipeline::Loaded;
use crate::platform::Platform;
use crate::shell::fleet::{Beside, FleetFormat};
use crate::shell::{Failure, FormatOrPath, Terminal};

impl Compile {
    /// Compiles the rules of many nodes into a folder for each, and prints which nodes are alike.
    pub(super) fn run_for_nodes(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let platforms = self.target.iter().filter_map(|target| match target {
            Target::Platform(platform) => Some(*platform),
            Target::Ir => None,
        });
        let platforms: Vec<&'static dyn Platform> = platforms.collect();
        if platforms.len() < self.target.len() || !self.request.dumps.is_empty() {
            let message =
                "many nodes are compiled for platforms and without dumps: leave out -t ir and the dumps";
            return Err(Failure::Usage(message.to_owned()));
        }
        let (options, setup) =
            (self.request.options_with(&self.writing.given, Some(&self.sides()))?, self.request.setup()?);
        let parsed = Loaded::new(self.request.manifests.read()?).parse(&setup);
        let mut sources = parsed.sources().clone();
        let allow = &self.findings.list(&mut sources, terminal)?;
        let chosen = self.nodes.choose(&parsed)?;
        let first = parsed.clone().compile_for(&setup.clone().on_node(chosen.first()));
        self.request.check_read(&first)?;
        let selector = &self.request.select(slice::from_ref(&first), terminal)?;
        let (parsed, setup, options, families) = (&parsed, &setup, &options, &*self.families());
        let question =
            CompileNodes { parsed, setup, platforms: &platforms, families, options, selector, allow };
        let like = question.compile(chosen.first());
        let ask = |node: &str| {
            let mut written = Ok(());
            let asked = question.ask(node, &like, |outputs, marks| {
                if let Some(folder) = self.folder() {
                    written = write_files(&folder.join(node), outputs, marks);
                }
            });
            written.map(|()| asked)
        };
        let sides = platforms.iter().map(|platform| platform.name().to_owned()).collect();
        let (fleet, diagnostics) =
            chosen.ask(Question::Compile, sides, String::new(), first.assumed.is_some(), ask)?;
        terminal.diagnostics(&diagnostics, &sources);
        terminal.say_assumed(first.assumed.as_ref());
        let format = if self.output == FormatOrPath::Json { FleetFormat::Json } else { FleetFormat::Text };
        let beside = Beside { manifests: Some(parsed), findings: &self.findings };
        format.answer(&fleet, beside, None, terminal)?;
        self.findings.conclude(fleet.codes(), false, first.unread > 0)
    }
}
