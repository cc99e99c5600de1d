//! `hnsplan fill`

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use crate::fill::{Assumptions, Filled, one_of_each_family, parse_service_range, to_json, to_yaml};
use crate::manifest::{AnyObject, AnyObjects, any_objects};
use crate::net::PortRange;
use crate::pipeline::{Unread, fill_checked};
use crate::shell::formats::{FillFormat, OnlyKind};
use crate::shell::input::{Manifests, assumptions_of};
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
    /// What is assumed about the cluster: a document of the kind Assumptions
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    assumptions: Option<PathBuf>,
    /// Service range of the cluster; a second one of the other family makes it dual-stack [default: 10.96.0.0/12]
    #[arg(long, value_name = "CIDR", help_heading = "Cluster", value_delimiter = ',', value_parser = parse_service_range)]
    service_cidr: Vec<IpNet>,
    /// Pod network of the cluster; one of each family, IPv4 by default 10.244.0.0/16
    #[arg(long, value_name = "CIDR", help_heading = "Cluster", value_delimiter = ',')]
    pod_cidr: Vec<IpNet>,
    /// Node ports of the cluster [default: 30000-32767]
    #[arg(long, value_name = "FIRST-LAST", help_heading = "Cluster")]
    node_port_range: Option<PortRange>,
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
        let assumptions = self.assumptions()?;
        let mut judge = self.findings.judge(terminal)?;
        let sources = self.manifests.read()?;
        let AnyObjects { objects, mut diagnostics, unread, .. } = any_objects(&sources);
        Unread::check(unread, &diagnostics, &sources).map_err(Failure::unread)?;
        let filled = fill_checked(objects, &sources, &assumptions);
        let unread = filled.unread();
        let Filled { objects, assumed, diagnostics: found, .. } = filled;
        diagnostics.extend(found);
        Unread::check(unread, &diagnostics, &sources).map_err(Failure::unread)?;
        judge.sift(&mut diagnostics, None);
        terminal.diagnostics(&diagnostics, &sources);
        judge.report(terminal);
        terminal.say_assumed(Some(&assumed));
        let objects = objects.into_iter().filter(|object| self.is_printed(object));
        let text = if self.print_assumptions { assumed.used.to_yaml() } else { self.text(objects) };
        terminal.painted(&text, self.out.as_deref())?;
        self.findings.conclude(diagnostics.iter().map(|found| found.code), false, false)
    }

    fn assumptions(&self) -> Result<Assumptions, Failure> {
        let mut assumptions = assumptions_of(self.assumptions.as_deref())?;
        assumptions.node_ports = self.node_port_range.or(assumptions.node_ports);
        for (flag, given, used) in [
            ("--service-cidr", &self.service_cidr, &mut assumptions.service_cidrs),
            ("--pod-cidr", &self.pod_cidr, &mut assumptions.pod_cidrs),
        ] {
            let ranges = one_of_each_family(given).ok_or_else(|| {
                Failure::Usage(format!("{flag} takes one range of each family; remove the others"))
            })?;
            if !ranges.is_empty() {
                *used = ranges;
            }
        }
        if let Some(namespace) = &self.manifests.namespace {
            assumptions.default_namespace.clone_from(namespace);
        }
        Ok(assumptions)
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
