//! `hnsplan explain service`

use clap::{Args, ValueEnum};

use crate::cli::request::{DumpFlags, check_read};
use crate::explain;
use crate::pipeline::Loaded;
use crate::render::explain::ServiceTable;
use crate::render::fill::starred;
use crate::shell::input::{Manifests, Node};
use crate::shell::{Failure, FindingFlags, Flags, Terminal};

/// Show what kube-proxy on Windows keeps about a Service.
///
/// For each of its ports, and each family, every member of winkernel's serviceInfo: its value on this node,
/// where it comes from, and what it does. Ids are those of hnsplan compile -t hns.
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |arg| arg.default_value("error")))]
#[command(after_help = "Example:\n  \
    hnsplan explain service shop/web -f cluster.yaml --config kube-proxy.yaml --node win-1 --dump dumps/")]
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
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let (namespace, name) = explain::parse_service(&self.name).map_err(Failure::Usage)?;
        let mut judge = self.flags.judge(terminal)?;
        let setup = self.node.setup(&self.manifests)?.on_host(self.dumps.host_facts()?);
        let capture = self.dumps.read(terminal)?;
        let state = explain::held_state(&capture.holdings);
        if state.is_none() && !self.dumps.is_empty() {
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
            Format::Json => {
                let infos: Vec<_> = infos.iter().map(|info| info.marked(&compiled.rules.assumed)).collect();
                terminal.result([serde_json::to_string_pretty(&infos)? + "\n"])?;
            }
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
