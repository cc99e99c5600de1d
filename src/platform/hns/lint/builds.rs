//! Builds of Windows in which Services were reported to be broken.

use super::WindowsNode;
use crate::diagnostics::Diagnostic;
use crate::node::{NetworkType, WindowsBuild};
use crate::platform::hns::codes;

/// Builds from an update on up to another one, and what was reported of them.
struct Regression {
    build: u32,
    /// From this update on.
    from: u32,
    /// Up to the one before this.
    until: u32,
    /// On which nodes.
    on: Setup,
    what: &'static str,
    source: &'static str,
    advice: &'static str,
}

/// Which nodes of a build are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setup {
    Any,
    Overlay,
    /// A bridge with direct server return.
    BridgeWithDsr,
    /// Any network, with direct server return.
    Dsr,
}

/// Reported regressions. Where no report names the update that mended one, it ends where reports end.
const REGRESSIONS: [Regression; 4] = [
    Regression {
        build: 17_763,
        from: 1_432,
        until: 1_577,
        on: Setup::Dsr,
        what: "HNS loses policies when its service restarts",
        source: "microsoft/Windows-Containers#19; mended in November 2020",
        advice: "install KB4586793 or a later update",
    },
    Regression {
        build: 20_348,
        from: 261,
        until: 707,
        on: Setup::Overlay,
        what: "node ports time out on overlay networks if the pod is on a Windows node",
        source: "microsoft/Windows-Containers#204, rancher/windows#159; reported until April 2022, and which update mended \
                 it is not known",
        advice: "install a later update, or use externalTrafficPolicy Local",
    },
    Regression {
        build: 20_348,
        from: 261,
        until: 707,
        on: Setup::BridgeWithDsr,
        what: "pods do not reach pods and node ports on L2Bridge with DSR",
        source: "microsoft/Windows-Containers#204, rancher/windows#159: since KB5005619; reported until April 2022, and \
                 which update mended it is not known",
        advice: "install a later update, or set winkernel.enableDSR to false",
    },
    Regression {
        build: 20_348,
        from: 2_582,
        until: 2_762,
        on: Setup::Any,
        what: "pods lose the network and cannot be reached: the host's firewall takes their packets",
        source: "microsoft/Windows-Containers#516, projectcalico/calico#9019: KB5040437 of July 2024",
        advice: "install KB5044281 of October 2024 or a later update",
    },
];

impl WindowsNode<'_> {
    pub(super) fn regressions(self) -> Vec<Diagnostic> {
        let Some(told) = super::super::windows_release::told(&self.rules.node, self.hns_version()) else {
            return Vec::new();
        };
        let WindowsBuild { build, revision: Some(revision) } = told.build else { return Vec::new() };
        let concerned = REGRESSIONS.iter().filter(|of| {
            of.build == build && (of.from..of.until).contains(&revision) && self.is_set_up(of.on)
        });
        let said = concerned.map(|of| {
            let message = format!("{told}: {} ({})", of.what, of.source);
            Diagnostic::new(codes::BUILD_REGRESSION, message)
                .allowed(format!("updates before {build}.{} and from {build}.{} on", of.from, of.until))
                .help(of.advice)
        });
        said.collect()
    }

    fn is_set_up(self, on: Setup) -> bool {
        let is_dsr = self.rules.node.windows.enable_dsr;
        let network = &self.host.network;
        match on {
            Setup::Any => true,
            Setup::Overlay => self.host.is_overlay(),
            Setup::BridgeWithDsr => is_dsr && !network.is_assumed && network.type_ == NetworkType::L2Bridge,
            Setup::Dsr => is_dsr,
        }
    }
}
