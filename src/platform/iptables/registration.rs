//! What this platform answers to questions that all platforms are asked.

use std::io;

use super::apply::{self, IptablesStep};
use super::compare::{IptablesSide, compare, loaded};
use super::lint::{known_faults, met_faults};
use super::model::Ruleset;
use super::packets::RulesModel;
use super::{
    Iptables, IptablesHeld, Options, RestoreText, codes, held, jumps, lower, options, outcome,
    pods_not_recognized, problems, read, write,
};
use crate::answer::change::{Comparison, Ownership, Standing};
use crate::answer::directory::Directory;
use crate::answer::picture::RuleGraph;
use crate::answer::step::{AnyState, AnyStep};
use crate::diagnostics::{Code, Diagnostic};
use crate::flag::{Flag, FlagError, Given};
use crate::manifest::Cluster;
use crate::net::{Family, PerFamily};
use crate::node::Overrides;
use crate::platform::executor::{step_from_json, typed_steps};
use crate::platform::timeline::{Start, StartError, Timeline};
use crate::platform::{
    Context, DumpFormat, DumpText, Expectation, Found, Held, Match, Model, Objects, Output, PlanOutcome,
    PlanRequest, PlannedSteps, PlanningError, Platform, Read, Text, Totals, Untold,
};

impl Platform for Iptables {
    fn name(&self) -> &'static str {
        "iptables"
    }

    fn codes(&self) -> &'static [Code] {
        codes::ALL
    }

    fn operations(&self) -> &'static [&'static str] {
        super::sync::OPERATIONS
    }

    fn serves(&self, runs_windows: bool, mode: Option<&str>) -> bool {
        !runs_windows && matches!(mode, None | Some("iptables"))
    }

    fn is_for(&self, windows: bool) -> bool {
        !windows
    }

    fn timeline(&self, start: &Start<'_>) -> Option<Result<Box<dyn Timeline>, StartError>> {
        Some(super::sync::timeline(start))
    }

    fn held_name(&self) -> &'static str {
        "iptables-save"
    }

    fn about(&self) -> [&'static str; 2] {
        ["What kube-proxy writes on Linux", "What a Linux node has loaded"]
    }

    fn flags(&self) -> &'static [Flag] {
        options::FLAGS
    }

    fn writing_flags(&self) -> &'static [Flag] {
        options::WRITING_FLAGS
    }

    fn read_options(&self, given: &Given, options: &mut crate::platform::Options) -> Result<(), FlagError> {
        options.set(Options::of(given));
        Ok(())
    }

    fn read_node(&self, given: &Given, overrides: &mut Overrides) -> Result<(), FlagError> {
        overrides.existing_nat_chains.extend(options::existing_chains(given)?);
        Ok(())
    }

    fn texts<'c>(&self, context: Context<'c>) -> Found<Vec<Output<'c>>> {
        let of_family = |family: &Family| {
            let (file, heading) = match family {
                Family::Ipv4 => ("iptables.ipv4.rules", "# for iptables-restore --noflush --counters\n"),
                Family::Ipv6 => ("iptables.ipv6.rules", "# for ip6tables-restore --noflush --counters\n"),
            };
            if context.options.get::<Options>().include_jumps {
                let mut rules = lower(context.rules, *family);
                jumps::include(&mut rules);
                Output::new(file, write(&rules)).under(heading).commented("# ")
            } else {
                Output::new(file, super::restore_text(context.rules, *family)).under(heading).commented("# ")
            }
        };
        Found::of(context.families.iter().map(of_family).collect())
    }

    fn problems(&self, context: Context<'_>) -> Vec<Diagnostic> {
        problems(context.rules, context.families)
    }

    fn lint(&self, context: Context<'_>, _: &Cluster, _: Option<&(dyn Model + '_)>) -> Vec<Diagnostic> {
        known_faults(context)
    }

    fn totals(&self, context: Context<'_>, _: Option<&(dyn Model + '_)>) -> Totals {
        met_faults(context)
    }

    fn expectations(&self) -> &'static [Expectation] {
        &[
            Expectation { ending: "ipv4.rules", families: &[Family::Ipv4], has_ids: false },
            Expectation { ending: "ipv6.rules", families: &[Family::Ipv6], has_ids: false },
        ]
    }

    fn model<'c>(&self, context: Context<'c>) -> Found<Box<dyn Model + 'c>> {
        let model = RulesModel::Wanted(PerFamily::of(|family| lower(context.rules, family)));
        Found {
            value: Box::new(model),
            diagnostics: pods_not_recognized(context.rules).into_iter().collect(),
        }
    }

    fn objects(&self, context: Context<'_>) -> Found<Box<dyn Objects>> {
        let lower = |family| Some(lower(context.rules, family));
        let (ipv4, ipv6) = rayon::join(|| lower(Family::Ipv4), || lower(Family::Ipv6));
        let rules = PerFamily { ipv4, ipv6 };
        let gaps = PerFamily::default();
        let (standing, untold) = (Standing::Wanted, Untold::of(context.rules));
        Found::of(Box::new(IptablesSide { standing, rules, gaps, is_read: false, untold }))
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        let lowered = Family::ALL.map(|family| {
            let mut lowered = lower(context.rules, family);
            jumps::include(&mut lowered);
            lowered
        });
        RuleGraph::of_iptables(context.rules, &lowered, &[])
    }

    fn compare(&self, [one, other]: [&mut dyn Objects; 2], _: &Directory<'_>, _: &Ownership) -> Comparison {
        let one = one.typed::<IptablesSide>().expect("both sides are of this platform");
        let other = other.typed::<IptablesSide>().expect("both sides are of this platform");
        compare([one, other])
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

    #[cfg(feature = "apply")]
    fn executors(&self) -> &'static [crate::platform::ExecutorKind] {
        apply::EXECUTORS
    }

    fn steps(&self, context: Context<'_>, request: &PlanRequest<'_>) -> Result<PlannedSteps, PlanningError> {
        if !request.selector.is_all() {
            return Err(PlanningError::Selection(
                "plans of iptables cannot be limited to some Services, since all Services share its chains",
            ));
        }
        let nothing = PerFamily::of(|_| String::new());
        let saved = request.state().unwrap_or(&nothing);
        let steps = apply::plan_steps(&apply::Wish { rules: context.rules, saved, destroy: request.destroy });
        if !(request.destroy || steps.is_empty()) {
            let loaded = |family: Family| loaded(&read(saved.get(family), family).0);
            Untold::of(context.rules).refusal(loaded).map_or(Ok(()), Err)?;
        }
        let diagnostics = self.problems(context);
        Ok(PlannedSteps { steps: AnyStep::all(steps), diagnostics, ..PlannedSteps::default() })
    }

    fn state_of(&self, held: &dyn Held) -> Result<AnyState, &'static str> {
        let held = held.typed::<IptablesHeld>().ok_or("it is a dump of another platform")?;
        match (held.why_no_plan(), held.saved()) {
            (None, Some(saved)) => Ok(AnyState::new(saved, apply::fingerprint)),
            (reason, _) => Err(reason.unwrap_or("its texts are not known")),
        }
    }

    fn step_from_json(&self, json: serde_json::Value) -> serde_json::Result<AnyStep> {
        step_from_json::<IptablesStep>(json)
    }

    fn outcome(&self, steps: &[AnyStep], held: Option<&dyn Held>) -> PlanOutcome {
        let (held, gaps) = held.and_then(<dyn Held>::typed::<IptablesHeld>).map_or_else(
            || (PerFamily::of(|family| Some(Ruleset { family, tables: Vec::new() })), PerFamily::default()),
            |held| (held.rules.clone(), held.gaps.clone()),
        );
        let (rules, unknown) = outcome(&typed_steps(steps), held);
        let remarks = unknown.into_iter().map(|family| {
            format!(
                "the plan changes rules of {family}, and the dump has none: they are not compared; join both: \
                 node.save,node.save6"
            )
        });
        let remarks = remarks.collect();
        PlanOutcome { held: Some(Box::new(IptablesHeld::planned(rules, gaps))), remarks }
    }
}

impl Text for RestoreText {
    fn write(&self, sink: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        self.pieces().try_for_each(sink)
    }
}
