//! What the rules of a Linux node hang on and nobody told: what a node has then is neither called wrong nor taken away.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::PlanningError;
use crate::answer::change::Gap;
use crate::ir::{RuleSet, Selection, ServicePort};
use crate::net::{Family, PerFamily};

/// What was not told when rules were compiled. Of rules that were read, nothing is open.
#[derive(Debug, Clone, Default)]
pub struct Untold {
    /// Whether kube-proxy may recognise pods of the node by something that is not given.
    detection: PerFamily<bool>,
    /// Whether the node has no known address.
    address: PerFamily<bool>,
    /// Service ports whose endpoints hang on the zone of the node, which is not known: `namespace/name:port`.
    by_zone: BTreeSet<Box<str>>,
}

/// What may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// How kube-proxy recognises pods of the node.
    Detection,
    /// The address of the node.
    Address,
    /// The zone of the node.
    Zone,
}

impl Missing {
    const ALL: [Self; 3] = [Self::Detection, Self::Address, Self::Zone];

    /// The rules that hang on it.
    fn rules(self) -> &'static str {
        match self {
            Self::Detection => {
                "rules that recognise pods of the node: nothing given tells how kube-proxy does it"
            }
            Self::Address => "rules for node ports at the address of the node: it is not known",
            Self::Zone => "rules of Services with zone hints: the zone of the node is not known",
        }
    }

    /// What tells it.
    fn advice(self) -> &'static str {
        match self {
            Self::Detection => {
                "name kube-proxy's configuration with --config, or the network of the pods with --cluster-cidr; \
                 --detect-local-mode ClusterCIDR without it says that there is none"
            }
            Self::Address => "add the Node with its status.addresses to the input",
            Self::Zone => "add the Node with its label topology.kubernetes.io/zone to the input",
        }
    }
}

/// What a node has loaded of one family.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Loaded {
    /// Rules that recognise pods of the node.
    pub(super) recognizes_pods: bool,
    /// Rules for node ports at single addresses.
    pub(super) names_addresses: bool,
    /// Rules of any Service.
    pub(super) has_services: bool,
}

impl Untold {
    /// What is not told of these rules.
    #[must_use]
    pub fn of(rules: &RuleSet) -> Self {
        let hang = rules.services.iter().filter(|port| hangs_on_zone(rules, port));
        Self {
            detection: PerFamily::of(|family| rules.node.may_recognize_pods(family)),
            address: PerFamily::of(|family| rules.node.ips.get(family).is_loopback()),
            by_zone: hang.map(|port| port.id.clone()).collect(),
        }
    }

    /// Whether this is missing, for rules of a family that hang on it.
    pub(super) fn lacks(&self, missing: Missing, family: Family) -> bool {
        match missing {
            Missing::Detection => *self.detection.get(family),
            Missing::Address => *self.address.get(family),
            Missing::Zone => !self.by_zone.is_empty(),
        }
    }

    /// Whether the endpoints of all these service ports hang on the zone; of no Service nothing does.
    pub(super) fn hang_on_zone(&self, services: &[String]) -> bool {
        !services.is_empty() && services.iter().all(|service| self.by_zone.contains(service.as_str()))
    }

    /// Why no plan can be made that changes a node: it would take away what may be right.
    pub(super) fn refusal(&self, loaded: impl Fn(Family) -> Loaded) -> Option<PlanningError> {
        Family::ALL.into_iter().find_map(|family| {
            // Looking for it reads all that the node has.
            if !Missing::ALL.into_iter().any(|missing| self.lacks(missing, family)) {
                return None;
            }
            let loaded = loaded(family);
            let is_there = |missing: &Missing| match missing {
                Missing::Detection => loaded.recognizes_pods,
                Missing::Address => loaded.names_addresses,
                Missing::Zone => loaded.has_services,
            };
            let missing =
                Missing::ALL.into_iter().find(|missing| self.lacks(*missing, family) && is_there(missing))?;
            Some(PlanningError::NotTold(format!(
                "the node has, of {family}, {}; {}",
                missing.rules(),
                missing.advice()
            )))
        })
    }
}

/// What is left open when two sides are compared.
#[derive(Debug, Default)]
pub(super) struct LeftOpen([Cell<bool>; 3]);

impl LeftOpen {
    /// Notes that something was left open for want of this.
    pub(super) fn by(&self, missing: Missing) {
        self.0[missing as usize].set(true);
    }

    /// Tells what is not compared, and what would tell it.
    pub(super) fn name(&self, family: Family, gaps: &mut Vec<Gap>) {
        let missing = Missing::ALL.into_iter().filter(|missing| self.0[*missing as usize].get());
        let reason = |missing: Missing| format!("{family}: {}; {}", missing.rules(), missing.advice());
        gaps.extend(missing.map(|missing| Gap::of_both(reason(missing))));
    }
}

/// Whether hints would decide which endpoints a service port has, if the zone of the node were known (kube-proxy, all
/// versions: every ready endpoint has to have one).
fn hangs_on_zone(rules: &RuleSet, port: &ServicePort) -> bool {
    let mut ready = port
        .endpoints
        .iter()
        .map(|endpoint| rules.backend(endpoint.backend))
        .filter(|backend| backend.ready)
        .peekable();
    rules.node.zone.is_none()
        && rules.node.behavior.reads_hints
        && port.cluster.selection == Selection::Ready
        && ready.peek().is_some()
        && ready.all(|backend| !backend.zone_hints.is_empty())
}
