//! Flags of the HNS target.

use clap::{Args, ValueEnum};

use crate::target::hns::{PlanOptions, Semantics};

/// How HNS plans are made and written.
#[derive(Debug, Args)]
#[command(next_help_heading = "HNS")]
pub(super) struct Hns {
    /// Whose rules decide about endpoints
    #[arg(long, value_name = "WHOSE", default_value = "kube-proxy")]
    semantics: SemanticsName,
    /// Plan as kube-proxy starts: delete all load balancers of the host, then make all
    #[arg(long)]
    like_kube_proxy_restart: bool,
}

/// Semantics, as a flag spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SemanticsName {
    /// Those of kube-proxy on Windows, faults included
    KubeProxy,
    /// Those of Kubernetes, as far as HNS can follow them
    Kubernetes,
}

impl Hns {
    pub(super) fn options(&self) -> PlanOptions {
        PlanOptions { like_restart: self.like_kube_proxy_restart, ..PlanOptions::default() }
    }

    pub(super) fn semantics(&self) -> Semantics {
        match self.semantics {
            SemanticsName::KubeProxy => Semantics::KubeProxy,
            SemanticsName::Kubernetes => Semantics::Kubernetes,
        }
    }
}
