//! Promise: what a plan leaves behind is what was wanted. Planned again nothing is left to do, nothing differs object
//! by object, no packet is treated otherwise, and pictures show the same; also on the way from one set of Services to
//! the next.

use std::collections::BTreeSet;

use hnsplan::answer::step::{AnyState, AnyStep};
use hnsplan::check::{self, Participant};
use hnsplan::graph::{NodeKind, RuleGraph};
use hnsplan::platform::{Held, Holdings, PlanRequest, PlanningError, Platform, Side};
use hnsplan::scope::Selector;
use hnsplan::trace::{Clients, Matrix, Models};
use proptest::prelude::*;

use super::shop::{Shop, shop};
use super::{World, differences, dumps, platforms};
use crate::support::cases::config;

/// What a node of this platform holds before anything is planned: what was recorded of the shop's node, or nothing.
pub(super) fn before(platform: &'static dyn Platform) -> Option<Box<dyn Held>> {
    let mut recorded =
        dumps().iter().filter(|dump| dump.name.contains("/shop/") && dump.platform == platform);
    recorded.next().map(|dump| dump.held.duplicate())
}

/// The steps for a world, as `plan` makes them; `None` where the platform has none at all.
pub(super) fn steps(
    platform: &'static dyn Platform,
    world: &World,
    held: Option<&dyn Held>,
    made: &[AnyStep],
) -> Option<Vec<AnyStep>> {
    let selector = Selector::default();
    let known = |reason| panic!("{platform:?} does not know the state: {reason}");
    let state: Option<AnyState> = held.map(|held| platform.state_of(held).unwrap_or_else(known));
    let request = PlanRequest { state: state.as_ref(), made, ..PlanRequest::new(&selector) };
    let nothing = Holdings::default();
    match platform.steps(world.compiled.context(&world.options, &nothing), &request) {
        Ok(planned) => Some(planned.steps),
        Err(PlanningError::Unsupported(_)) => None,
        Err(error) => panic!("{platform:?}: {error}"),
    }
}

/// What the node holds when a plan is done.
pub(super) fn done(
    platform: &'static dyn Platform,
    steps: &[AnyStep],
    held: Option<&dyn Held>,
) -> Box<dyn Held> {
    platform.outcome(steps, held).held.expect("nothing of the node is unknown")
}

/// Which endpoints the frontends of a graph lead to, as `title → title`.
fn led_to(graph: &RuleGraph) -> BTreeSet<(String, String)> {
    let nodes: Vec<_> = graph.nodes().collect();
    let mut next = vec![Vec::new(); nodes.len()];
    for (from, to, _) in graph.edges() {
        next[from].push(to);
    }
    let mut found = BTreeSet::new();
    for start in (0..nodes.len()).filter(|at| nodes[*at].kind == NodeKind::Frontend) {
        let mut seen = vec![false; nodes.len()];
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            open.extend(&next[at]);
            if nodes[at].kind == NodeKind::Endpoint {
                found.insert((nodes[start].title.to_string(), nodes[at].title.to_string()));
            }
        }
    }
    found
}

/// Fails where `diff`, `check`, `trace` or `graph` sees a difference between what is wanted and what is held.
pub(super) fn check_agreement(
    platform: &'static dyn Platform,
    world: &World,
    held: &dyn Held,
) -> Result<(), TestCaseError> {
    let context = world.context();
    let differ = differences(platform, context, held);
    prop_assert!(differ.is_empty(), "{platform:?}: diff finds {differ:#?}");

    let sides = [Side::wanted(platform), Side::held(platform)];
    let models =
        sides.into_iter().fold(Models::new(context), |models, side| models.with(side, &mut Vec::new()));
    let targets = models.targets();
    prop_assert_eq!(targets.len(), 2, "{:?}", platform);
    let rules = &world.compiled.rules;
    let clients = Clients::of(&world.compiled.cluster, rules);
    let asked: Vec<Participant<'_>> = targets.iter().map(|target| Participant { rules, target }).collect();
    let found = check::compare(&clients, &asked);
    prop_assert!(found.findings.is_empty(), "{platform:?}: check finds {:#?}", found.findings);
    prop_assert!(found.packets > 0 || rules.services.is_empty(), "{platform:?}: nothing was checked");

    for row in Matrix::of_all(rules, &clients, &targets).rows {
        for cell in row.cells.into_iter().flatten() {
            prop_assert_eq!(
                cell.answers[0].conclusion,
                cell.answers[1].conclusion,
                "{:?}: trace tells {:?} otherwise",
                platform,
                cell.packet
            );
        }
    }

    let [wanted, held] = [platform.picture(context), held.picture(context)].map(|graph| led_to(&graph));
    let differ: Vec<_> = wanted.symmetric_difference(&held).collect();
    prop_assert!(differ.is_empty(), "{platform:?}: graph shows {differ:#?}");
    Ok(())
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn the_plan_of_a_result_is_empty_and_nothing_differs(shop in shop()) {
        for platform in platforms() {
            let (world, before) = (World::of(shop.compile()), before(platform));
            let Some(made) = steps(platform, &world, before.as_deref(), &[]) else { continue };
            let after = done(platform, &made, before.as_deref());
            if let Some(again) = steps(platform, &world, Some(&*after), &made) {
                prop_assert_eq!(again, [], "{:?}", platform);
            }
            check_agreement(platform, &world.holding(Some(&*after)), &*after)?;
        }
    }

    #[test]
    fn on_the_way_from_one_set_of_services_to_the_next_the_plan_of_a_result_is_empty(
        old in shop(), new in shop(),
    ) {
        for platform in platforms() {
            let before = before(platform);
            let (first, second) = (World::of(old.compile()), World::of(new.compile()));
            let Some(made) = steps(platform, &first, before.as_deref(), &[]) else { continue };
            let between = done(platform, &made, before.as_deref());
            let Some(changed) = steps(platform, &second, Some(&*between), &made) else { continue };
            let after = done(platform, &changed, Some(&*between));

            let Some(again) = steps(platform, &second, Some(&*after), &[&made[..], &changed].concat()) else { continue };
            prop_assert_eq!(again, [], "{:?}", platform);
        }
    }

    #[test]
    fn steps_are_read_as_they_were_written_and_taken_back_in_turn(shop in shop()) {
        for platform in platforms() {
            let before = before(platform);
            let world = World::of(shop.compile());
            let Some(steps) = steps(platform, &world, before.as_deref(), &[]) else { continue };
            for step in &steps {
                let json = serde_json::to_value(step).expect("a step is JSON");
                prop_assert_eq!(&platform.step_from_json(json).expect("it is a step"), step);
                prop_assert_eq!(&step.inverse().inverse(), step);
            }
            let after = done(platform, &steps, before.as_deref());
            let back: Vec<AnyStep> = steps.iter().rev().map(AnyStep::inverse).collect();
            let undone = done(platform, &back, Some(&*after));
            // Taken back, the steps are those that are needed once more.
            let Some(again) = self::steps(platform, &world, Some(&*undone), &[]) else { continue };
            let lines = |steps: &[AnyStep]| {
                let lines = steps.iter().flat_map(AnyStep::changes);
                let lines = lines.map(|line| format!("{} {} {}", line.sign.symbol(), line.kind, line.name));
                let mut lines: Vec<String> = lines.collect();
                lines.sort();
                lines
            };
            if before.is_some() {
                prop_assert_eq!(lines(&steps), lines(&again), "{:?}", platform);
            }
        }
    }
}

/// Without plans the properties above could not fail.
#[test]
fn platforms_with_steps_have_some_for_the_shop() {
    let with_steps = platforms().filter(|platform| {
        let world = World::of(Shop::default().compile());
        let steps = steps(*platform, &world, before(*platform).as_deref(), &[]);
        assert_ne!(steps.as_deref(), Some(&[][..]), "{platform:?} has nothing to do");
        steps.is_some()
    });
    assert!(with_steps.count() > 1);
}
