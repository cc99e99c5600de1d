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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::hns::model::PortMapping;

    /// Each flag alone and beside others: only one of them keeps connections, and only where all ports have it.
    #[test]
    fn only_one_flag_keeps_connections() {
        let of = |flags: &[PortFlags], trusted| {
            let mapping = |flags: &PortFlags| PortMapping { flags: *flags, ..PortMapping::default() };
            let port_mappings = flags.iter().map(mapping).collect();
            established(&LoadBalancer { port_mappings, ..LoadBalancer::default() }, trusted)
        };
        for other in [PortFlags::empty(), PortFlags::LOCAL_ROUTED_VIP, PortFlags::PRESERVE_DIP] {
            let with = other | PortFlags::VIP_EXTERNAL_IP;
            let (is_kept, ground) = of(&[with], Confidence::Believed);
            assert_eq!((is_kept, ground.id), (Some(true), "H38"));
            assert_eq!(of(&[with], Confidence::Seen).0, None, "it is believed only");
            for flags in [&[other][..], &[with, other]] {
                let (is_kept, ground) = of(flags, Confidence::Believed);
                assert_eq!((is_kept, ground.id), (None, "H39"));
            }
        }
    }
}
