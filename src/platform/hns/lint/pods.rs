//! Nodes without any pod (rule H30).

use super::{LOST, WindowsNode};
use crate::diagnostics::Diagnostic;
use crate::ir::{FrontendKind, Route};
use crate::platform::hns::{codes, eval};

impl WindowsNode<'_> {
    /// projectcalico/calico#6830, #8569, rancher/rancher#20511: what comes from outside or from the node is lost there.
    /// A dump tells all pods; without one, slices tell those of Services, and others may run.
    pub(super) fn no_pod(self) -> Option<Diagnostic> {
        let node = &self.rules.node;
        // Without its Node, the name may be wrong, and all pods those of another one (L0908).
        self.cluster.node(node.name.as_ref()?.as_str())?;
        let is_told = self.hns.state.is_some_and(|state| state.endpoints.is_whole());
        let lacks_pods = match self.hns.state.filter(|_| is_told) {
            Some(state) => eval::lacks_pods(node, state),
            None => !self.rules.services.iter().flat_map(|port| &port.endpoints).any(|of| of.local),
        };
        let lost = self.external_frontends() + self.rest.number(LOST);
        (lacks_pods && lost > 0).then(|| {
            let (who, so_far) = if is_told {
                ("no pod", "")
            } else {
                ("no pod of any Service", "; another pod on it would do")
            };
            let message = format!(
                "{who} is on this node: packets to {lost} node ports and external addresses are lost here (H30){so_far}"
            );
            Diagnostic::new(codes::NO_POD, message)
                .help("run a pod on each Windows node that gets such packets, for example of a DaemonSet")
        })
    }

    /// How many frontends serve others than the pods of the cluster.
    pub(super) fn external_frontends(self) -> usize {
        let frontends = self.rules.services.iter().flat_map(|port| &port.frontends);
        let is_external = |kind| kind != FrontendKind::ClusterIp;
        let is_served = |route| matches!(route, Route::Cluster | Route::Local);
        frontends.filter(|of| of.served && is_external(of.kind) && is_served(of.outside)).count()
    }
}
