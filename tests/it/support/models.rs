//! Models of rules that a test has made itself, in the order in which a check reads them.

use hnsplan::net::PerFamily;
use hnsplan::platform::Side;
use hnsplan::platform::hns::model::State;
use hnsplan::platform::hns::{AfterModel, Hns, Plan, StateModel};
use hnsplan::platform::iptables::model::Ruleset;
use hnsplan::platform::iptables::{Iptables, RulesModel};
use hnsplan::platform::netsh::{self, Netsh, PlanModel};
use hnsplan::trace::Models;

pub(crate) trait WithModels<'c>: Sized {
    fn iptables(self) -> Self;
    fn iptables_save(self, rules: &'c PerFamily<Option<Ruleset>>) -> Self;
    fn hns(self, plan: &Plan, state: Option<&State>) -> Self;
    fn hns_state(self, state: &'c State) -> Self;
    fn netsh(self, plan: netsh::Plan) -> Self;
}

impl<'c> WithModels<'c> for Models<'c> {
    fn iptables(self) -> Self {
        self.with(Side::wanted(&Iptables), &mut Vec::new())
    }

    fn iptables_save(self, rules: &'c PerFamily<Option<Ruleset>>) -> Self {
        self.with_model(Side::held(&Iptables), Box::new(RulesModel::held(rules)))
    }

    fn hns(self, plan: &Plan, state: Option<&State>) -> Self {
        let after = plan.after(self.rules(), state);
        self.with_model(Side::wanted(&Hns), Box::new(AfterModel::new(after)))
    }

    fn hns_state(self, state: &'c State) -> Self {
        self.with_model(Side::held(&Hns), Box::new(StateModel::new(state)))
    }

    fn netsh(self, plan: netsh::Plan) -> Self {
        self.with_model(Side::wanted(&Netsh), Box::new(PlanModel(plan)))
    }
}
