//! How manifests become the steps of a platform.

use clap::Args;

use crate::apply::Executor;
use crate::cli::Failure;
use crate::cli::hns::SemanticsFlag;
use crate::net::{Family, PerFamily};
use crate::pipeline::Compiled;
use crate::platform::hns::apply::{self as hns, Call, Hns, HnsObject, HnsService, HnsStep};
use crate::platform::hns::model::State;
use crate::platform::hns::{FrontendKey, Owned, Plan, PlanOptions};
use crate::platform::iptables;
use crate::platform::iptables::apply::{Iptables, IptablesStep};
use crate::platform::netsh::apply::{self as netsh, NetshCall, NetshNode, NetshState, NetshStep, Shell};
use crate::platform::netsh::model::{ConnectionName, Object};
use crate::platform::netsh::{Options, Plan as NetshPlan};

/// What of the manifests is planned.
#[derive(Debug, Args)]
#[command(next_help_heading = "Plan")]
pub(in crate::cli) struct Scope {
    /// Only what these Services need: NAMESPACE/NAME, or NAMESPACE/ for all of a namespace; may be repeated
    #[arg(long, value_name = "SERVICE", value_parser = service)]
    service: Vec<String>,
    /// Plan to delete all that the manifests want, and all that earlier runs made
    #[arg(long)]
    pub(in crate::cli) destroy: bool,
    #[command(flatten)]
    semantics: SemanticsFlag,
    /// Interface that gets the service addresses of netsh, by its name or index
    #[arg(long, value_name = "NAME", default_value = ConnectionName::HNS_INTERNAL, value_parser = connection)]
    interface: ConnectionName,
}

fn connection(text: &str) -> Result<ConnectionName, String> {
    ConnectionName::new(text).map_err(|error| error.to_string())
}

fn service(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.contains('/') => Ok(text.to_owned()),
        _ => Err("a Service is NAMESPACE/NAME, or NAMESPACE/ for all of a namespace".to_owned()),
    }
}

impl Scope {
    /// Whether some Services are named.
    pub(in crate::cli) fn is_partial(&self) -> bool {
        !self.service.is_empty()
    }

    fn contains(&self, namespace: &str, name: &str) -> bool {
        self.service.iter().any(|wanted| {
            wanted
                .split_once('/')
                .is_some_and(|(of, wanted)| of == namespace && (wanted.is_empty() || wanted == name))
        })
    }
}

/// An executor whose plans are made of manifests.
pub(in crate::cli) trait Planner: Executor {
    /// What earlier runs made, and may therefore be deleted.
    type Made: Default;

    /// Takes in a step that an earlier run did.
    fn note(made: &mut Self::Made, step: &Self::Step);

    /// The steps that bring the node from its state to what is wanted. What is to be said about it is
    /// added to what is known of the manifests. Fails when the scope is not for this platform.
    fn steps(
        compiled: &mut Compiled,
        state: Option<&Self::State>,
        made: Self::Made,
        scope: &Scope,
    ) -> Result<Vec<Self::Step>, Failure>;
}

impl<S: HnsService> Planner for Hns<S> {
    type Made = Owned;

    fn note(made: &mut Owned, step: &HnsStep) {
        match &step.call {
            Call::Create { object: HnsObject::Endpoint(endpoint) } => {
                made.addresses.extend(endpoint.addresses().cloned());
            }
            Call::Create { object: HnsObject::LoadBalancer(balancer) }
            | Call::Modify { after: balancer, .. } => {
                made.frontends.extend(FrontendKey::of(balancer));
            }
            Call::Delete { .. } => {}
        }
    }

    fn steps(
        compiled: &mut Compiled,
        state: Option<&State>,
        made: Owned,
        scope: &Scope,
    ) -> Result<Vec<HnsStep>, Failure> {
        let options = PlanOptions { owned: made, destroy: scope.destroy, ..PlanOptions::default() };
        let mut plan = compiled.hns(state, scope.semantics.semantics(), &options);
        compiled.diagnostics.append(&mut plan.diagnostics);
        if scope.is_partial() {
            let services = &compiled.rules.services;
            let is_wanted = |owner: u32| {
                let port = &services[owner as usize];
                scope.contains(port.namespace.as_str(), port.name.as_str())
            };
            plan = Plan { operations: hns::selected(plan.operations, is_wanted), ..plan };
        }
        Ok(hns::steps(&plan, &compiled.rules, state.unwrap_or(&State::default())))
    }
}

impl Planner for Iptables {
    /// The names of its chains say whose they are.
    type Made = ();

    fn note((): &mut (), _: &IptablesStep) {}

    fn steps(
        compiled: &mut Compiled,
        state: Option<&PerFamily<String>>,
        (): (),
        scope: &Scope,
    ) -> Result<Vec<IptablesStep>, Failure> {
        if scope.is_partial() {
            let message = "--service chooses among the operations of HNS; chains of iptables are shared by all Services";
            return Err(Failure::Usage(message.to_owned()));
        }
        compiled.diagnostics.extend(compiled.iptables_problems(&Family::ALL));
        let nothing = String::new();
        let change = |family: Family| {
            let wanted = (!scope.destroy).then(|| iptables::lower(&compiled.rules, family));
            let saved = state.map_or(&nothing, |state| state.get(family));
            iptables::Change::between(saved, wanted.as_ref(), family)
        };
        Ok(Family::ALL.into_iter().flat_map(|family| change(family).by_table()).map(IptablesStep).collect())
    }
}

impl<S: Shell> Planner for NetshNode<S> {
    type Made = Vec<Object>;

    fn note(made: &mut Vec<Object>, step: &NetshStep) {
        if let NetshCall::Create { object } | NetshCall::Change { after: object, .. } = &step.call {
            made.push(object.clone());
        }
    }

    fn steps(
        compiled: &mut Compiled,
        state: Option<&NetshState>,
        made: Vec<Object>,
        scope: &Scope,
    ) -> Result<Vec<NetshStep>, Failure> {
        let options = Options { interface: scope.interface.clone(), ..Options::default() };
        let mut lowered = compiled.netsh(&options);
        compiled.diagnostics.append(&mut lowered.diagnostics);
        let mut plan = lowered.plan;
        let names = compiled.rules.services.iter();
        let chosen: Vec<&str> = names
            .filter(|port| scope.contains(port.namespace.as_str(), port.name.as_str()))
            .map(|port| &*port.id)
            .collect();
        if scope.is_partial() {
            plan.objects.retain(|of| of.owners.iter().any(|owner| chosen.contains(&&**owner)));
        }
        let nothing = NetshState::default();
        let state = state.unwrap_or(&nothing);
        Ok(match (scope.destroy, scope.is_partial()) {
            (true, true) => netsh::deletions(&plan, state, &made),
            (true, false) => netsh::steps(&NetshPlan { objects: Vec::new(), ..plan }, state, &made),
            (false, true) => netsh::steps(&plan, state, &[]),
            (false, false) => netsh::steps(&plan, state, &made),
        })
    }
}
