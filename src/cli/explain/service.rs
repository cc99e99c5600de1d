//! `hnsplan explain service`

use clap::{Args, ValueEnum};

use crate::cli::request::{DumpFlags, check_read};
use crate::explain;
use crate::pipeline::Loaded;
use crate::render::explain::{ServiceTable, at_step};
use crate::render::fill::starred;
use crate::replay::Sequence;
use crate::shell::input::{Manifests, Node};
use crate::shell::{Failure, FindingFlags, Flags, Terminal};

/// Show what kube-proxy on Windows keeps about a Service.
///
/// For each of its ports, and each family, every member of winkernel's serviceInfo: its value on this node,
/// where it comes from, and what it does. Ids are those of hnsplan compile -t hns.
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |arg| arg.default_value("error")))]
#[command(after_help = "Examples:\n  \
    hnsplan explain service shop/web -f cluster.yaml --config kube-proxy.yaml --node win-1 --dump dumps/\n  \
    hnsplan explain service shop/web -f rollout/ --node win-1 --step 3")]
pub(super) struct Service {
    /// The Service, as NAMESPACE/NAME
    #[arg(id = "service", value_name = "NAMESPACE/NAME")]
    name: String,
    /// How the answer is written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    dumps: Flags<DumpFlags>,
    #[command(flatten)]
    flags: FindingFlags,
    /// Show the Service at this step of a sequence, which -f names as hnsplan replay takes it, and what changed it
    #[arg(long, value_name = "NUMBER", conflicts_with = "from_cluster")]
    step: Option<usize>,
    /// Go on without documents and objects that cannot be read
    #[arg(long, help_heading = "Input")]
    keep_going: bool,
}

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people
    Table,
    /// The same as JSON
    Json,
}

impl Service {
    fn run_at(&self, step: usize, service: (&str, &str), terminal: &mut Terminal) -> Result<(), Failure> {
        let sequence = Sequence::read(&self.manifests.paths())?;
        let setup = sequence.complete(self.node.setup(&self.manifests)?)?;
        let capture = self.dumps.read(terminal)?;
        let found = explain::at_step(&sequence, &setup, &capture.holdings, service, step)?;
        found.remarks.iter().for_each(|of| terminal.diagnostics(&of.diagnostics, &of.sources));
        terminal.result([match self.output {
            Format::Table => at_step(&found),
            Format::Json => found.to_json()?,
        }])
    }

    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let (namespace, name) = explain::parse_service(&self.name).map_err(Failure::Usage)?;
        if let Some(step) = self.step {
            return self.run_at(step, (namespace, name), terminal);
        }
        let mut judge = self.flags.judge(terminal)?;
        let setup = self.node.setup(&self.manifests)?.on_host(self.dumps.host_facts()?);
        let capture = self.dumps.read(terminal)?;
        let state = explain::held_state(&capture.holdings);
        if state.is_none() && capture.holdings.iter().next().is_some() {
            let message = "no file of --dump is a dump of HNS, which serves Services on Windows";
            return Err(Failure::Usage(message.to_owned()));
        }
        let compiled = Loaded::new(self.manifests.read()?).parse(&setup).resolve(&setup).compile();
        if !self.keep_going {
            check_read(&compiled, ", or pass --keep-going to go on without it")?;
        }
        let mut findings = explain::service_findings(&compiled, state, namespace, name);
        findings.extend(capture.problems);
        let infos = compiled.service_infos(state, namespace, name);
        match self.output {
            _ if infos.is_empty() => {}
            Format::Table => {
                let table = ServiceTable::of(&compiled).describe(&infos);
                terminal.result([starred(&table, &compiled.rules.assumed)])?;
            }
            Format::Json => terminal.result([explain::service_json(&infos, &compiled.rules.assumed)?])?,
        }
        judge.sift(&mut findings, None);
        terminal.diagnostics(&findings, &compiled.sources);
        judge.report(terminal);
        terminal.say_assumed(compiled.assumed.as_ref());
        if infos.is_empty() {
            return Err(Failure::Message(explain::not_served(&compiled, namespace, name)));
        }
        let codes = findings.iter().map(|found| found.code);
        self.flags.conclude(codes, false, compiled.unread > 0)
    }
}
