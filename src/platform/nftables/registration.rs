//! What this platform answers to questions that all platforms are asked.

use std::io;

use super::apply::{self, NftablesStep};
use super::compare::{NftablesSide, compare, loaded};
use super::packets::TablesModel;
use super::release::of_another;
use super::{
    Nftables, NftablesHeld, Options, TableText, Tables, codes, held, lint, lower, migration, options,
    outcome, write,
};
use crate::answer::change::{Comparison, Ownership, Standing};
use crate::answer::directory::Directory;
use crate::answer::picture::RuleGraph;
use crate::answer::step::{AnyState, AnyStep};
use crate::diagnostics::{Code, Diagnostic};
use crate::flag::{Flag, FlagError, Given};
use crate::net::{Family, PerFamily};
use crate::node::{NodeContext, NodePortMatch};
use crate::platform::executor::{step_from_json, typed_steps};
use crate::platform::timeline::{Start, StartError, Timeline};
use crate::platform::{
    Context, DumpFormat, DumpText, Expectation, Former, Found, Held, Match, Model, Objects, Output,
    PlanOutcome, PlanRequest, PlannedSteps, PlanningError, Platform, Read, Text, Untold,
};

impl Platform for Nftables {
    fn name(&self) -> &'static str {
        "nftables"
    }

    fn codes(&self) -> &'static [Code] {
        codes::ALL
    }

    fn operations(&self) -> &'static [&'static str] {
        super::sync::OPERATIONS
    }

    fn serves(&self, runs_windows: bool, mode: Option<&str>) -> bool {
        !runs_windows && mode == Some("nftables")
    }

    fn is_for(&self, windows: bool) -> bool {
        !windows
    }

    fn node_port_addresses<'n>(&self, node: &'n NodeContext, family: Family) -> &'n NodePortMatch {
        node.nftables.node_port_addresses.get(family)
    }

    fn timeline(&self, start: &Start<'_>) -> Option<Result<Box<dyn Timeline>, StartError>> {
        Some(super::sync::timeline(start))
    }

    fn held_name(&self) -> &'static str {
        "nft-list"
    }

    fn about(&self) -> [&'static str; 2] {
        [
            "What kube-proxy in nftables mode writes on Linux",
            "The tables of kube-proxy that a Linux node has loaded",
        ]
    }

    fn writing_flags(&self) -> &'static [Flag] {
        options::WRITING_FLAGS
    }

    fn read_options(&self, given: &Given, options: &mut crate::platform::Options) -> Result<(), FlagError> {
        options.set(Options::of(given)?);
        Ok(())
    }

    fn texts<'c>(&self, context: Context<'c>) -> Found<Vec<Output<'c>>> {
        let format = context.options.get::<Options>().format;
        let of_family = |family: &Family| {
            let (file, heading) = match family {
                Family::Ipv4 => ("nftables.ipv4.nft", "# for nft --file: table ip kube-proxy\n"),
                Family::Ipv6 => ("nftables.ipv6.nft", "# for nft --file: table ip6 kube-proxy\n"),
            };
            Output::new(file, write(&lower(context.rules, *family), format)).under(heading).commented("# ")
        };
        Found::of(context.families.iter().map(of_family).collect())
    }

    fn problems(&self, context: Context<'_>) -> Vec<Diagnostic> {
        let mut found = lint::problems(context.rules, context.families);
        let held = context.held.get::<NftablesHeld>();
        found.extend(held.and_then(|held| of_another(held, context.rules)));
        found
    }

    fn expectations(&self) -> &'static [Expectation] {
        &[
            Expectation { ending: "ipv4.nft", families: &[Family::Ipv4], has_ids: false },
            Expectation { ending: "ipv6.nft", families: &[Family::Ipv6], has_ids: false },
        ]
    }

    fn model<'c>(&self, context: Context<'c>) -> Found<Box<dyn Model + 'c>> {
        let model = TablesModel::Wanted(PerFamily::of(|family| lower(context.rules, family)));
        Found {
            value: Box::new(model),
            diagnostics: lint::pods_not_recognized(context.rules).into_iter().collect(),
        }
    }

    fn objects(&self, context: Context<'_>) -> Found<Box<dyn Objects>> {
        let lower = |family| Some(lower(context.rules, family));
        let (ipv4, ipv6) = rayon::join(|| lower(Family::Ipv4), || lower(Family::Ipv6));
        let tables = PerFamily { ipv4, ipv6 };
        let (standing, gaps, untold) = (Standing::Wanted, PerFamily::default(), Untold::of(context.rules));
        Found::of(Box::new(NftablesSide { standing, tables, gaps, untold }))
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        let lowered = Family::ALL.map(|family| lower(context.rules, family));
        RuleGraph::of_nftables(context.rules, &lowered.each_ref(), &[])
    }

    fn compare(
        &self,
        [one, other]: [&mut dyn Objects; 2],
        directory: &Directory<'_>,
        _: &Ownership,
    ) -> Comparison {
        let one = one.typed::<NftablesSide>().expect("both sides are of this platform");
        let other = other.typed::<NftablesSide>().expect("both sides are of this platform");
        compare([one, other], directory)
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
        held::read_texts(texts)
    }

    fn formers(&self) -> &'static [Former] {
        migration::FORMERS
    }

    fn migration(&self, context: Context<'_>, from: &str) -> Vec<Diagnostic> {
        migration::findings(context.rules, from)
    }

    #[cfg(feature = "apply")]
    fn executors(&self) -> &'static [crate::platform::ExecutorKind] {
        apply::EXECUTORS
    }

    fn steps(&self, context: Context<'_>, request: &PlanRequest<'_>) -> Result<PlannedSteps, PlanningError> {
        if !request.selector.is_all() {
            return Err(PlanningError::Selection(
                "plans of nftables cannot be limited to some Services, since all Services share its maps",
            ));
        }
        let nothing = Tables::default();
        let held = request.state().unwrap_or(&nothing);
        let steps = apply::plan_steps(&apply::Wish { rules: context.rules, held, destroy: request.destroy });
        if !(request.destroy || steps.is_empty()) {
            let loaded = |family: Family| held.get(family).as_ref().map(loaded).unwrap_or_default();
            Untold::of(context.rules).refusal(loaded).map_or(Ok(()), Err)?;
        }
        let diagnostics = self.problems(context);
        Ok(PlannedSteps { steps: AnyStep::all(steps), diagnostics, ..PlannedSteps::default() })
    }

    fn state_of(&self, held: &dyn Held) -> Result<AnyState, &'static str> {
        let held = held.typed::<NftablesHeld>().ok_or("it is a dump of another platform")?;
        match held.why_no_plan() {
            Some(reason) => Err(reason),
            None => Ok(AnyState::new(held.present(), apply::fingerprint)),
        }
    }

    fn step_from_json(&self, json: serde_json::Value) -> serde_json::Result<AnyStep> {
        step_from_json::<NftablesStep>(json)
    }

    fn outcome(&self, steps: &[AnyStep], held: Option<&dyn Held>) -> PlanOutcome {
        let held = held.and_then(<dyn Held>::typed::<NftablesHeld>);
        PlanOutcome::of(Some(Box::new(outcome(&typed_steps(steps), held))))
    }
}

impl Text for TableText {
    fn write(&self, sink: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        self.pieces().try_for_each(sink)
    }
}
