//! Flags that say what is assumed about the cluster that manifests would come into.

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::Failure;
use super::input::assumptions_of;
use crate::fill::{Assumptions, one_of_each_family, parse_service_range};
use crate::net::PortRange;

/// What is assumed about the cluster.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterFlags {
    /// What is assumed about the cluster: a document of the kind Assumptions
    #[arg(long, value_name = "FILE")]
    assumptions: Option<PathBuf>,
    /// Service range of the cluster; a second one of the other family makes it dual-stack [default: 10.96.0.0/12]
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = parse_service_range)]
    service_cidr: Vec<IpNet>,
    /// Pod network of the cluster; one of each family, IPv4 by default 10.244.0.0/16
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pod_cidr: Vec<IpNet>,
    /// Node ports of the cluster [default: 30000-32767]
    #[arg(long, value_name = "FIRST-LAST")]
    node_port_range: Option<PortRange>,
}

impl ClusterFlags {
    /// What the file assumes, with what the other flags say before it; objects that name no namespace are of this one.
    pub(crate) fn assumptions(&self, namespace: Option<&str>) -> Result<Assumptions, Failure> {
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
        if let Some(namespace) = namespace {
            namespace.clone_into(&mut assumptions.default_namespace);
        }
        Ok(assumptions)
    }
}
