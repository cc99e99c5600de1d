//! What this platform answers to questions that all platforms are asked.

use std::io;

use super::apply::{self, HnsStep};
use super::compare::compare;
use super::compare::side::HnsSide;
use super::model::State;
use super::options::{FLAGS, Format, WRITING_FLAGS};
use super::packets::AfterModel;
use super::{
    After, Basis, Hns, HnsHeld, Options, Plan, PlanOptions, PlanText, Semantics, codes, errors, eval,
    flag_words, held, lint, lower_on, outcome, plan_rules, read_plan,
};
use crate::answer::change::{Comparison, Ownership};
use crate::answer::directory::Directory;
use crate::answer::lexicon::{ErrorCode, LogMessage, Number, RegistrySwitch};
use crate::answer::picture::RuleGraph;
use crate::answer::step::{AnyState, AnyStep};
use crate::answer::verdict::Ground;
use crate::diagnostics::{Code, Diagnostic};
use crate::flag::{Flag, FlagError, Given};
use crate::ir::RuleSet;
use crate::manifest::Cluster;
use crate::net::Family;
use crate::node::{NodeContext, NodePortMatch};
use crate::platform::executor::{step_from_json, typed_steps};
use crate::platform::timeline::{Start, StartError, Timeline};
use crate::platform::{
    Context, DumpFormat, DumpText, Expectation, Found, Held, JsonDocument, Match, Model, Objects, Output,
    PlanOutcome, PlanRequest, PlannedSteps, PlanningError, Platform, Read, Text, Totals,
};

impl Platform for Hns {
    fn name(&self) -> &'static str {
        "hns"
    }

    fn codes(&self) -> &'static [Code] {
        codes::ALL
    }

    fn noun_of_rules(&self) -> &'static str {
        super::sync::NOUN
    }

    fn timeline(&self, start: &Start<'_>) -> Option<Result<Box<dyn Timeline>, StartError>> {
        let options = start.options.get::<Options>();
        let replay = |state: Option<State>| {
            let replay = super::Replay::new(state.as_ref(), start.keeps.states).trusting(options.confidence);
            Box::new(replay) as Box<dyn Timeline>
        };
        let checked = options.check_sequence().map_err(StartError::Option);
        Some(checked.and_then(|()| super::sync::state_before(start).map_err(StartError::Held)).map(replay))
    }

    fn rules(&self) -> &'static [Ground] {
        &eval::RULES
    }

    fn errors(&self) -> &'static [ErrorCode] {
        errors::ERRORS
    }

    fn registry_switches(&self) -> &'static [RegistrySwitch] {
        super::registry_switches::SWITCHES
    }

    fn log_messages(&self) -> &'static [LogMessage] {
        super::proxy_log::MESSAGES
    }

    fn numbers(&self) -> &'static [Number] {
        &flag_words::NUMBERS
    }

    fn operations(&self) -> &'static [&'static str] {
        super::sync::OPERATIONS
    }

    fn serves(&self, runs_windows: bool, mode: Option<&str>) -> bool {
        let _ = mode;
        runs_windows
    }

    fn is_for(&self, windows: bool) -> bool {
        windows
    }

    /// Load balancers of node ports have no address, and health checks are answered at every one (all versions).
    fn node_port_addresses<'n>(&self, _: &'n NodeContext, _: Family) -> &'n NodePortMatch {
        &NodePortMatch::All
    }

    fn held_name(&self) -> &'static str {
        "hns-state"
    }

    fn about(&self) -> [&'static str; 2] {
        ["What HNS holds once kube-proxy on Windows has done its work", "What HNS holds now"]
    }

    fn flags(&self) -> &'static [Flag] {
        FLAGS
    }

    fn writing_flags(&self) -> &'static [Flag] {
        WRITING_FLAGS
    }

    fn read_options(&self, given: &Given, options: &mut crate::platform::Options) -> Result<(), FlagError> {
        options.set(Options::of(given)?);
        Ok(())
    }

    fn texts<'c>(&self, context: Context<'c>) -> Found<Vec<Output<'c>>> {
        let format = context.options.get::<Options>().format;
        let mut found = planned(context);
        found.diagnostics.extend(format.losses(&found.value, context.rules));
        found.map(|plan| {
            let file = match format {
                Format::V2 => "hns.plan.json",
                Format::V1 => "hns.plan.v1.json",
                Format::PowerShell => "hns.plan.ps1",
            };
            vec![Output::new(file, WrittenPlan { plan, rules: context.rules, format })]
        })
    }

    fn expectations(&self) -> &'static [Expectation] {
        &[Expectation { ending: "hns.json", families: &Family::ALL, has_ids: true }]
    }

    fn documents(&self) -> &'static [JsonDocument] {
        &[
            JsonDocument {
                name: "hns-plan",
                about: "What hnsplan compile -t hns prints",
                schema: super::schema,
            },
            JsonDocument {
                name: "hns-plan-v1",
                about: "What hnsplan compile -t hns --hns-format v1 prints",
                schema: super::schema_v1,
            },
            JsonDocument {
                name: "service-info",
                about: "What hnsplan explain service -o json prints",
                schema: super::service_info::schema,
            },
        ]
    }

    fn model<'c>(&self, context: Context<'c>) -> Found<Box<dyn Model + 'c>> {
        let (found, state) = expected(context);
        let trusted = context.options.get::<Options>().confidence;
        let model = |plan: Plan| AfterModel::new(plan.after(context.rules, state)).trusting(trusted);
        found.map(|plan| Box::new(model(plan)) as Box<dyn Model>)
    }

    fn objects(&self, context: Context<'_>) -> Found<Box<dyn Objects>> {
        // What should be does not depend on what is: else a node would be compared with itself.
        let (state, semantics) = (state(context), context.options.get::<Options>().semantics);
        let mut desired = lower_on(context.rules, state, semantics, Basis::Manifests);
        let diagnostics = std::mem::take(&mut desired.diagnostics);
        Found { value: Box::new(HnsSide::wanted(desired, state)), diagnostics }
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        let (Found { value: plan, .. }, state) = expected(context);
        let of_operations = plan.operations.iter().map(|of| (of.id, of.owners.clone()));
        let of_kept = plan.kept.iter().map(|of| (of.id, of.owners.clone()));
        let owners: Vec<_> = of_operations.chain(of_kept).collect();
        let after = plan.after(context.rules, state);
        RuleGraph::of_hns(context.rules, &after.state, &owners)
    }

    fn compare(
        &self,
        sides: [&mut dyn Objects; 2],
        directory: &Directory<'_>,
        ownership: &Ownership,
    ) -> Comparison {
        let typed = sides.map(|side| side.typed_mut::<HnsSide>().expect("both sides are of this platform"));
        compare(typed, directory, ownership)
    }

    fn formats(&self) -> &'static [DumpFormat] {
        held::FORMATS
    }

    fn collects(&self, name: &str) -> bool {
        super::read::is_dump(name)
    }

    fn recognize(&self, text: &str) -> Match {
        held::recognize(text)
    }

    fn resembles(&self, text: &str) -> Option<String> {
        held::resembles(text)
    }

    fn read(&self, texts: Vec<DumpText>) -> Read {
        held::read_texts(&texts)
    }

    #[cfg(feature = "apply")]
    fn executors(&self) -> &'static [crate::platform::ExecutorKind] {
        apply::EXECUTORS
    }

    fn steps(&self, context: Context<'_>, request: &PlanRequest<'_>) -> Result<PlannedSteps, PlanningError> {
        PlanningError::of_linux(&context.rules.node, self.name())?;
        if request.destroy && !request.selector.is_all() {
            return Err(PlanningError::Selection(
                "--destroy takes away what all Services need, and cannot be limited to some of them; delete those from the \
                 manifests, and plan without --destroy",
            ));
        }
        let options = context.options.get::<Options>();
        if options.semantics == Semantics::WithHints {
            let what = "--what-if windows-hints is hypothetical, and a node must not get it; leave it out";
            return Err(PlanningError::NotTold(what.to_owned()));
        }
        let mut of_plan = PlanOptions { destroy: request.destroy, ..options.of_plan() };
        request.made::<HnsStep>().for_each(|step| of_plan.owned.add_step(step));
        let (steps, diagnostics) = apply::plan_steps(&apply::Wish {
            rules: context.rules,
            selector: request.selector,
            semantics: options.semantics,
            options: of_plan,
            state: request.state(),
        });
        if let Some(open) = diagnostics.iter().find(|found| found.code == codes::STATE_NOT_TOLD) {
            let help = open.help.as_deref().unwrap_or_default();
            return Err(PlanningError::NotTold(format!("{}; {help}", open.message)));
        }
        if let Some(other) = diagnostics.iter().find(|found| found.code == codes::OTHER_PROXY) {
            return Err(PlanningError::NotTold(format!(
                "{}; nothing is planned for the node",
                other.message
            )));
        }
        let is_unmet = |found: &&Diagnostic| UNMET.contains(&found.code);
        let unmet = diagnostics.iter().filter(is_unmet).count();
        Ok(PlannedSteps { steps: AnyStep::all(steps), diagnostics, unmet })
    }

    fn state_of(&self, held: &dyn Held) -> Result<AnyState, &'static str> {
        let held = held.typed::<HnsHeld>().ok_or("it is a dump of another platform")?;
        Ok(AnyState::new(held.state.clone(), apply::fingerprint))
    }

    fn step_from_json(&self, json: serde_json::Value) -> serde_json::Result<AnyStep> {
        step_from_json::<HnsStep>(json)
    }

    fn outcome(&self, steps: &[AnyStep], held: Option<&dyn Held>) -> PlanOutcome {
        let steps = typed_steps(steps);
        let held = held.and_then(<dyn Held>::typed::<HnsHeld>);
        let state = outcome(&steps, held.map(|held| held.state.clone()).unwrap_or_default());
        PlanOutcome::of(Some(Box::new(HnsHeld { state, is_planned: true })))
    }

    fn outcome_of_text(&self, plan: &DumpText, held: Option<&dyn Held>) -> Option<PlanOutcome> {
        let (planned, problems) = read_plan(&plan.name, &plan.text)?;
        let held = held.and_then(<dyn Held>::typed::<HnsHeld>).map(|held| held.state.clone());
        let state =
            if planned.is_of_node() { held.map(|held| planned.outcome(held)) } else { Some(planned.state) };
        let held = state.map(|state| Box::new(HnsHeld { state, is_planned: true }) as Box<dyn Held>);
        Some(PlanOutcome { held, remarks: problems.into_iter().map(|problem| problem.message).collect() })
    }

    fn lint(
        &self,
        context: Context<'_>,
        cluster: &Cluster,
        model: Option<&(dyn Model + '_)>,
    ) -> Vec<Diagnostic> {
        let hns = lint::Hns { state: state(context), after: after(model) };
        lint::lint(cluster, context.rules, hns, context.rest)
    }

    fn totals(&self, context: Context<'_>, model: Option<&(dyn Model + '_)>) -> Totals {
        lint::totals(context.rules, lint::Hns { state: state(context), after: after(model) })
    }
}

/// What keeps a node from being as it should be, and no plan repairs: kube-proxy would not either.
const UNMET: [Code; 3] = [codes::POD_ELSEWHERE, codes::LOCAL_IS_REMOTE, codes::REMOTE_HIDES_LOCAL];

/// What HNS holds once kube-proxy has done its work, by the model that was made for that.
fn after<'m>(model: Option<&'m (dyn Model + '_)>) -> Option<&'m State> {
    let after = model.and_then(Model::product).and_then(|product| product.downcast_ref::<After>());
    after.map(|after| &after.state)
}

/// What HNS holds on the node, where a dump tells.
fn state(context: Context<'_>) -> Option<&State> {
    context.held.get::<HnsHeld>().map(|held| &held.state)
}

/// The plan whose outcome is what HNS holds once kube-proxy has done its work, and the state that it starts from. A
/// state that is told in part tells no such outcome: then it is that of manifests, node and configuration.
fn expected(context: Context<'_>) -> (Found<Plan>, Option<&State>) {
    let is_told = |state: &&State| {
        state.networks.is_whole() && state.tells_all_endpoints() && state.tells_all_load_balancers()
    };
    let state = state(context);
    if state.is_none_or(|state| is_told(&state)) {
        return (planned(context), state);
    }
    let options = context.options.get::<Options>();
    let mut desired = lower_on(context.rules, state, options.semantics, Basis::Manifests);
    let mut diagnostics = std::mem::take(&mut desired.diagnostics);
    let mut plan = super::plan(context.rules, desired, options.semantics, None, &options.of_plan());
    diagnostics.append(&mut plan.diagnostics);
    (Found { value: plan, diagnostics }, None)
}

/// The plan that brings HNS from what it holds to what is wanted.
fn planned(context: Context<'_>) -> Found<Plan> {
    let options = context.options.get::<Options>();
    let mut plan = plan_rules(context.rules, state(context), options.semantics, &options.of_plan());
    let diagnostics = std::mem::take(&mut plan.diagnostics);
    Found { value: plan, diagnostics }
}

/// A plan in the format that was chosen.
struct WrittenPlan<'r> {
    plan: Plan,
    rules: &'r RuleSet,
    format: Format,
}

impl Text for WrittenPlan<'_> {
    fn write(&self, sink: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let text: PlanText<'_> = match self.format {
            Format::V2 => self.plan.to_json(self.rules),
            Format::V1 => self.plan.to_json_v1(self.rules),
            Format::PowerShell => self.plan.to_powershell(self.rules),
        };
        text.pieces().try_for_each(|piece| sink(&piece))
    }
}
