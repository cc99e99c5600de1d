//! What this platform answers to questions that all platforms are asked.

use super::apply::{self, NetshState, NetshStep};
use super::compare::{NetshSide, compare};
use super::model::Object;
use super::options::flags;
use super::packets::{PlanModel, planned};
use super::{Lowered, Netsh, NetshHeld, Options, Style, Writing, codes, held, outcome, write};
use crate::answer::change::{Comparison, Ownership};
use crate::answer::directory::Directory;
use crate::answer::picture::RuleGraph;
use crate::answer::step::{AnyState, AnyStep};
use crate::diagnostics::Code;
use crate::flag::{Flag, FlagError, Given};
use crate::net::Family;
use crate::platform::executor::{step_from_json, typed_steps};
use crate::platform::{
    Context, DumpFormat, DumpText, Expectation, Found, Held, Match, Model, Objects, Output, PlanOutcome,
    PlanRequest, PlannedSteps, PlanningError, Platform, Read,
};

impl Platform for Netsh {
    fn name(&self) -> &'static str {
        "netsh"
    }

    fn codes(&self) -> &'static [Code] {
        codes::ALL
    }

    fn held_name(&self) -> &'static str {
        "netsh-dump"
    }

    fn about(&self) -> [&'static str; 2] {
        [
            "What netsh can do for Services: TCP only, one endpoint for each service port",
            "What a Windows node shows of netsh",
        ]
    }

    fn is_for(&self, windows: bool) -> bool {
        windows
    }

    fn flags(&self) -> &'static [Flag] {
        flags::FLAGS
    }

    fn writing_flags(&self) -> &'static [Flag] {
        flags::WRITING_FLAGS
    }

    fn read_options(&self, given: &Given, options: &mut crate::platform::Options) -> Result<(), FlagError> {
        options.set(Options::of(given)?);
        options.set(Writing::of(given)?);
        Ok(())
    }

    fn texts<'c>(&self, context: Context<'c>) -> Found<Vec<Output<'c>>> {
        let Writing { style, undo } = *context.options.get::<Writing>();
        let Lowered { plan, diagnostics } = planned(context);
        let (create_file, undo_file) = match style {
            Style::Script => ("netsh.txt", "netsh.undo.txt"),
            Style::Cmd => ("netsh.cmd", "netsh.undo.cmd"),
            Style::Powershell => ("netsh.ps1", "netsh.undo.ps1"),
            Style::Dump => ("netsh.dump.txt", "netsh.undo.txt"),
        };
        let comment = if style == Style::Cmd { "rem " } else { "# " };
        let create = Output::new(create_file, write(&plan.create(), style)).commented(comment);
        let take_back = Output::new(undo_file, write(&plan.undo(), style)).commented(comment);
        let outputs = if undo { [create.aside(), take_back] } else { [create, take_back.aside()] };
        Found { value: outputs.into(), diagnostics }
    }

    fn expectations(&self) -> &'static [Expectation] {
        &[Expectation { ending: "netsh.txt", families: &Family::ALL, has_ids: false }]
    }

    fn model<'c>(&self, context: Context<'c>) -> Found<Box<dyn Model + 'c>> {
        let Lowered { plan, diagnostics } = planned(context);
        Found { value: Box::new(PlanModel(plan)), diagnostics }
    }

    fn objects(&self, context: Context<'_>) -> Found<Box<dyn Objects>> {
        let Lowered { plan, diagnostics } = planned(context);
        Found { value: Box::new(NetshSide::wanted(plan)), diagnostics }
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        RuleGraph::of_netsh(context.rules, &planned(context).plan, &[])
    }

    fn compare(
        &self,
        [one, other]: [&mut dyn Objects; 2],
        directory: &Directory<'_>,
        ownership: &Ownership,
    ) -> Comparison {
        let one = one.typed::<NetshSide>().expect("both sides are of this platform");
        let other = other.typed::<NetshSide>().expect("both sides are of this platform");
        compare([one, other], directory, ownership)
    }

    fn formats(&self) -> &'static [DumpFormat] {
        held::FORMATS
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
        let made: Vec<Object> = request.made::<NetshStep>().filter_map(NetshStep::creates).cloned().collect();
        let nothing = NetshState::default();
        let state = request.state().unwrap_or(&nothing);
        let (steps, diagnostics) = apply::plan_steps(&apply::Wish {
            rules: context.rules,
            options: &Options { families: context.families.to_vec(), ..options.clone() },
            selector: request.selector,
            destroy: request.destroy,
            state,
            made: &made,
        });
        if let Some(object) = apply::untold(&steps, state) {
            let (kind, name, _) = apply::in_words(object);
            return Err(PlanningError::NotTold(format!(
                "the dump does not tell whether {kind} {name} is there; add `netsh interface portproxy show all` and \
                 `netsh interface ipv4 show addresses`"
            )));
        }
        Ok(PlannedSteps { steps: AnyStep::all(steps), diagnostics, ..PlannedSteps::default() })
    }

    fn state_of(&self, held: &dyn Held) -> Result<AnyState, &'static str> {
        let held = held.typed::<NetshHeld>().ok_or("it is a dump of another platform")?;
        Ok(AnyState::new(NetshState::of(&held.captured), NetshState::fingerprint))
    }

    fn step_from_json(&self, json: serde_json::Value) -> serde_json::Result<AnyStep> {
        step_from_json::<NetshStep>(json)
    }

    fn outcome(&self, steps: &[AnyStep], held: Option<&dyn Held>) -> PlanOutcome {
        let held = held.and_then(<dyn Held>::typed::<NetshHeld>);
        let captured =
            outcome(&typed_steps(steps), held.map(|held| held.captured.clone()).unwrap_or_default());
        PlanOutcome::of(Some(Box::new(NetshHeld { captured, is_planned: true })))
    }
}
