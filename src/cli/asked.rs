//! Targets whose rules are asked what becomes of packets.

use clap::ValueEnum;

use crate::diagnostics::Diagnostic;
use crate::pipeline::Compiled;
use crate::target::hns::model::State;
use crate::target::hns::{PlanOptions, Semantics};
use crate::target::netsh;
use crate::trace::Models;

/// A target, as the flag spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AskedTarget {
    /// What kube-proxy writes on Linux
    Iptables,
    /// What HNS holds once kube-proxy on Windows has done its work
    Hns,
    /// What HNS holds now, by --hns-state
    HnsState,
    /// What hnsplan compile -t netsh sets up
    Netsh,
}

impl AskedTarget {
    /// Adds its model; what making it found is added as well.
    pub(super) fn ask<'c>(
        self,
        models: Models<'c>,
        compiled: &'c Compiled,
        state: Option<&'c State>,
        found: &mut Vec<Diagnostic>,
    ) -> Models<'c> {
        match (self, state) {
            (Self::Iptables, _) => models.iptables(),
            (Self::Hns, state) => {
                let plan = compiled.hns(state, Semantics::KubeProxy, &PlanOptions::default());
                found.extend(plan.diagnostics.iter().cloned());
                models.hns(&plan, state)
            }
            (Self::HnsState, Some(state)) => models.hns_state(state),
            (Self::HnsState, None) => models,
            (Self::Netsh, _) => {
                let lowered = compiled.netsh(&netsh::Options::default());
                found.extend(lowered.diagnostics);
                models.netsh(lowered.plan)
            }
        }
    }
}
