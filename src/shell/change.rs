//! Flags that say what changes in a cluster.

use clap::Args;

use super::Failure;
use super::input::Manifests;
use crate::fill::Assumptions;
use crate::rollout::{Change, Cluster, ClusterError, Named, Scale};
use crate::source::{Input, Sources};

/// What changes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Change")]
pub(crate) struct ChangeFlags {
    /// Manifests before the change
    #[arg(long, value_name = "FILE", requires = "new", required_unless_present_any = ["filename", "from_cluster"])]
    old: Option<String>,
    /// Manifests after the change
    #[arg(long, value_name = "FILE", requires = "old")]
    new: Option<String>,
    /// A workload that gets another number of replicas; may be repeated
    #[arg(long, value_name = "NAMESPACE/NAME=N")]
    scale: Vec<Scale>,
    /// A workload that is restarted, as kubectl rollout restart does; may be repeated
    #[arg(long, value_name = "NAMESPACE/NAME")]
    restart: Vec<Named>,
    /// A node that is drained, as kubectl drain does
    #[arg(long, value_name = "NODE")]
    drain: Option<String>,
}

/// A cluster that changes, with the texts in which places of its messages are.
pub(crate) struct Changed {
    pub(crate) change: Change,
    pub(crate) cluster: Cluster,
    pub(crate) sources: Sources,
}

impl ChangeFlags {
    /// Reads the manifests before the change and after it.
    pub(crate) fn read(&self, manifests: &Manifests, assumptions: &Assumptions) -> Result<Changed, Failure> {
        let change =
            Change { scales: self.scale.clone(), restarts: self.restart.clone(), drain: self.drain.clone() };
        if self.new.is_none() && change == Change::default() {
            let message = "nothing changes: add --scale, --restart or --drain, or compare --old with --new";
            return Err(Failure::Usage(message.to_owned()));
        }
        let read = |file: &String| manifests.read_in_place(&Input::from(file.as_str()));
        let before = self.old.as_ref().map_or_else(|| manifests.read_with_workloads(), read)?;
        let after = self.new.as_ref().map(read).transpose()?;
        let cluster = Cluster::read(&before, after.as_ref(), assumptions, &change);
        let cluster = cluster.map_err(|error| match error {
            ClusterError::Unread(unread) => Failure::unread(unread),
            ClusterError::Unknown(unknown) => Failure::usage(unknown),
        })?;
        Ok(Changed { change, cluster, sources: after.unwrap_or(before) })
    }
}
