//! Which differences hang on what nobody told: how pods of the node are recognised, its zone, its addresses.

use super::Comparing;
use crate::answer::change::Subject;
use crate::platform::nftables::model::{Chain, Rule, Side, Statement, Table};
use crate::platform::nftables::names::fixed;
use crate::platform::untold::{Loaded, Missing};

impl Comparing<'_, '_> {
    fn lacks(&self, missing: Missing) -> bool {
        self.untold.iter().any(|untold| untold.lacks(missing, self.family))
    }

    /// Whether two chains of one name differ in nothing but what hangs on it.
    pub(super) fn are_open(&self, one: &Chain, other: &Chain, subject: &Subject) -> bool {
        let on_detection =
            |rule: &Rule| self.lacks(Missing::Detection) && is_asking(one) && recognizes_pods(rule);
        let on_address = |rule: &Rule| self.lacks(Missing::Address) && leads_to_node_ports(rule);
        let others = |rule: &&Rule| !on_detection(rule) && !on_address(rule);
        let are_same =
            one.base == other.base && one.rules.iter().filter(others).eq(other.rules.iter().filter(others));
        if !are_same {
            return self.is_open(subject);
        }
        for rule in one.rules.iter().chain(&other.rules) {
            if on_detection(rule) {
                self.left_open.by(Missing::Detection);
            }
            if on_address(rule) {
                self.left_open.by(Missing::Address);
            }
        }
        true
    }

    /// Whether an object hangs on it as a whole.
    pub(super) fn is_open(&self, subject: &Subject) -> bool {
        let hangs_on_address = || subject.name.split(' ').next() == Some(fixed::NODE_PORT_IPS);
        let missing = if self.untold.iter().any(|untold| untold.hang_on_zone(&subject.services)) {
            Missing::Zone
        } else if self.lacks(Missing::Address) && hangs_on_address() {
            Missing::Address
        } else {
            return false;
        };
        self.left_open.by(missing);
        true
    }
}

/// What a table has that may hang on what nobody told.
pub(in crate::platform::nftables) fn loaded(table: &Table) -> Loaded {
    Loaded {
        recognizes_pods: table
            .chains
            .iter()
            .any(|chain| is_asking(chain) && chain.rules.iter().any(recognizes_pods)),
        names_addresses: table.container(fixed::NODE_PORT_IPS).is_some_and(|set| !set.elements.is_empty()),
        has_services: table.chains.iter().any(|chain| chain.name.is_of_service()),
    }
}

/// The chains of a Service in which kube-proxy asks whether a packet comes from a pod of the node. Since 1.36 the one of
/// all Services asks as well.
const ASKING: [&str; 3] = ["service-", "local-", "external-"];

fn is_asking(chain: &Chain) -> bool {
    let name = chain.name.as_str();
    name == fixed::SERVICES
        || chain.name.is_of_service() && ASKING.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a rule of such a chain asks that: nothing else in them looks at where a packet comes from.
fn recognizes_pods(rule: &Rule) -> bool {
    let asks = |of: &Statement| {
        matches!(of, Statement::Addresses { side: Side::Source, .. } | Statement::InInterface(_))
    };
    rule.statements.iter().any(asks)
}

fn leads_to_node_ports(rule: &Rule) -> bool {
    let leads = |of: &Statement| match of {
        Statement::VerdictMap { map, .. } => {
            [fixed::SERVICE_NODE_PORTS, fixed::NO_ENDPOINT_NODE_PORTS].contains(&map.as_str())
        }
        _ => false,
    };
    rule.statements.iter().any(leads)
}
