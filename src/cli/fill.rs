//! `hnsplan fill`

use std::path::PathBuf;

use clap::Args;

use crate::fill::{to_json, to_yaml};
use crate::manifest::AnyObject;
use crate::pipeline::{Completed, complete};
use crate::shell::cluster::ClusterFlags;
use crate::shell::formats::{FillFormat, OnlyKind};
use crate::shell::input::Manifests;
use crate::shell::{Failure, FindingFlags, Terminal};

/// Print manifests with all that a cluster would add.
///
/// Services get their defaults, cluster IPs and node ports, workloads get pods on the nodes that take them, and Services
/// get the EndpointSlices of their pods, as the components of Kubernetes 1.36 make them. Values that are written stay,
/// and so do objects that come from a cluster. Addresses depend on names alone: a new Service or more replicas change
/// none of the others. The output is input for every other command.
#[derive(Debug, Args)]
#[command(mut_arg("fail_on", |arg| arg.default_value("error")))]
#[command(after_help = "Examples:\n  \
    hnsplan fill -f manifests/ > filled.yaml\n  \
    kubectl kustomize overlays/prod | hnsplan fill -f - | hnsplan compile -t iptables --node linux-1 -f -\n  \
    hnsplan fill -f app.yaml --only services -o json --service-cidr 10.96.0.0/16 --service-cidr fd00:96::/112\n\n\
    Exit codes:  0 printed, 1 an object would be refused by the API server and is left out, 2 wrong usage or \
    unreadable input")]
pub(super) struct Fill {
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    cluster: ClusterFlags,
    /// Print the assumptions that were used in place of the objects
    ///
    /// Kept beside the manifests and passed with --assumptions, they give the same result.
    #[arg(long, help_heading = "Output", conflicts_with_all = ["only", "output"])]
    print_assumptions: bool,
    /// Print only objects of these kinds
    #[arg(long, value_name = "KIND", help_heading = "Output", value_delimiter = ',')]
    only: Vec<OnlyKind>,
    /// Format of the objects
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml", help_heading = "Output")]
    output: FillFormat,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    #[command(flatten)]
    findings: FindingFlags,
}

impl Fill {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let assumptions = self.cluster.assumptions(self.manifests.namespace.as_deref())?;
        let mut judge = self.findings.judge(terminal)?;
        let sources = self.manifests.read()?;
        let Completed { objects, assumed, mut diagnostics } =
            complete(&sources, &assumptions).map_err(Failure::unread)?;
        judge.sift(&mut diagnostics, None);
        terminal.diagnostics(&diagnostics, &sources);
        judge.report(terminal);
        terminal.say_assumed(Some(&assumed));
        let objects = objects.into_iter().filter(|object| self.is_printed(object));
        let text = if self.print_assumptions { assumed.used.to_yaml() } else { self.text(objects) };
        terminal.painted(&text, self.out.as_deref())?;
        self.findings.conclude(diagnostics.iter().map(|found| found.code), false, false)
    }

    fn is_printed(&self, object: &AnyObject) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.kind() == object.kind().1)
    }

    fn text(&self, objects: impl Iterator<Item = AnyObject>) -> String {
        match self.output {
            FillFormat::Json => to_json(objects),
            FillFormat::Yaml => to_yaml(objects),
        }
    }
}
