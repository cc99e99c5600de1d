//! What becomes of connections that are open while a load balancer is deleted and made anew.

use super::rules::Rule;
use crate::answer::verdict::{Confidence, Ground};
use crate::platform::hns::model::{LoadBalancer, PortFlags};

/// Whether connections that are open go on; `None` where that is not known, or rests on a rule that is less sure than
/// the trusted ones.
pub(in crate::platform::hns) fn established(
    balancer: &LoadBalancer,
    trusted: Confidence,
) -> (Option<bool>, &'static Ground) {
    let mut flags = balancer.port_mappings.iter().map(|mapping| mapping.flags);
    if flags.all(|flags| flags.contains(PortFlags::VIP_EXTERNAL_IP)) {
        let ground = Rule::EstablishedKept.ground();
        return (Some(true).filter(|_| ground.confidence <= trusted), ground);
    }
    (None, Rule::EstablishedUnknown.ground())
}
