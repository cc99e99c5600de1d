//! Which changes of kube-proxy cause the differences between two versions, Service by Service.

use std::collections::BTreeSet;

use super::occurrence::service_of;
use super::remark::Remark;
use super::report::Remarks;
use super::{Check, EffectComparison, Participant, codes, compare_selected};
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::node::Change;
use crate::pipeline::{Setup, compile};
use crate::trace::{Clients, Models, Target};

impl Check<'_> {
    /// Takes each change between the two versions alone, and names it as a cause of the differences of those Services that
    /// differ with it.
    pub(super) fn add_changes(
        &self,
        setup: &Setup,
        clients: &Clients,
        comparison: &mut EffectComparison<'_>,
    ) {
        let [one, other] = self.versions else { return };
        if comparison.findings.is_empty() {
            return;
        }
        let (node, newer) = (&one.rules.node, &other.rules.node);
        for change in Change::between(&node.behavior, &newer.behavior) {
            let mut setup = setup.clone().version(node.version);
            setup.overrides.taken = Some((newer.behavior, change));
            let changed = compile(other.sources.clone(), &setup);
            let models = [one, &changed].map(|compiled| self.models(compiled, &mut Remarks::default()));
            let asked = models.each_ref().map(Models::targets);
            let participants: Vec<Participant<'_>> = [one, &changed]
                .into_iter()
                .zip(&asked)
                .flat_map(|(compiled, targets): (_, &Vec<Target<'_>>)| {
                    targets.iter().map(|target| Participant { rules: &compiled.rules, target })
                })
                .collect();
            let found = compare_selected(clients, &participants, self.selector).findings;
            let ids: BTreeSet<&str> =
                found.iter().flat_map(|finding| &finding.services).map(|concerned| concerned.id).collect();
            let sentence = change.sentence(node.version, newer.version);
            for finding in &mut comparison.findings {
                let concerned = finding.services.iter().map(|concerned| concerned.id);
                let services: BTreeSet<_> = concerned.filter(|id| ids.contains(id)).map(service_of).collect();
                finding.causes.extend(services.into_iter().map(|(namespace, name)| {
                    Remark {
                        target: None,
                        diagnostic: Diagnostic::new(codes::CHANGED_IN_RELEASE, sentence.clone())
                            .about(ObjectRef::new("Service", namespace, name)),
                    }
                }));
            }
        }
    }
}
