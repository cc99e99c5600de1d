//! What HNS holds on a node, by dumps.

use super::Hns;
use super::compare::side::HnsSide;
use super::model::State;
use super::packets::StateModel;
use super::read::{Problem, StateProblem, planned, read};
use crate::answer::picture::RuleGraph;
use crate::diagnostics::Diagnostic;
use crate::platform::hns::codes;
use crate::platform::{Context, DumpFormat, DumpText, Held, Match, Model, Objects, Platform, Read};

/// What HNS holds.
#[derive(Debug, Clone)]
pub struct HnsHeld {
    /// Its objects.
    pub state: State,
    /// Whether a plan makes them, and no node holds them yet.
    pub is_planned: bool,
}

/// What dumps look like.
pub(super) const FORMATS: &[DumpFormat] = &[DumpFormat {
    name: "hns",
    about: "What HNS holds: JSON of PowerShell, hnsdiag, a folder of the log collector",
    flag: "hns-state",
}];

impl HnsHeld {
    /// What was read of a node.
    #[must_use]
    pub fn of(state: State) -> Self {
        Self { state, is_planned: false }
    }
}

impl Held for HnsHeld {
    fn platform(&self) -> &'static dyn Platform {
        &Hns
    }

    fn model<'c>(&'c self, _: Context<'c>) -> Box<dyn Model + 'c> {
        Box::new(StateModel(&self.state))
    }

    fn into_objects(self: Box<Self>) -> Box<dyn Objects> {
        Box::new(if self.is_planned { HnsSide::planned(self.state) } else { HnsSide::held(self.state) })
    }

    fn picture(&self, context: Context<'_>) -> RuleGraph {
        RuleGraph::of_hns(context.rules, &self.state, &[])
    }

    fn duplicate(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }
}

/// Whether a text has objects of HNS.
pub(super) fn recognize(text: &str) -> Match {
    let (state, problems) = read(text);
    let is_nothing =
        |problem: &StateProblem| matches!(problem.problem, Problem::Nothing | Problem::UnknownObjects { .. });
    let is_empty = state.networks.is_empty() && state.endpoints.is_empty() && state.load_balancers.is_empty();
    let is_hns = !is_empty || (!text.trim().is_empty() && !problems.iter().any(is_nothing));
    if is_hns { Match::Possible } else { Match::No }
}

/// Reads texts into one state.
pub(super) fn read_texts(texts: &[DumpText]) -> Read {
    let mut problems = Vec::new();
    let mut states = Vec::new();
    for DumpText { name, text, .. } in texts {
        let (state, found) = read(text);
        states.push(state);
        problems.extend(found.iter().map(|problem| diagnostic(name, problem)));
    }
    Read { held: Some(Box::new(HnsHeld::of(State::merged(states)))), problems, remarks: Vec::new() }
}

/// What `hnsplan compile -t hns` prints, as a plan, and what of it could not be read; `None` if the text is another
/// document.
#[must_use]
pub fn read_plan(name: &str, text: &str) -> Option<(super::read::Planned, Vec<Diagnostic>)> {
    let planned = planned(text)?;
    let problems = planned.problems.iter().map(|problem| diagnostic(name, problem)).collect();
    Some((planned, problems))
}

fn diagnostic(name: &str, problem: &StateProblem) -> Diagnostic {
    let message = format!("{name}:{}: {}", problem.line, problem.message());
    let code = match problem.problem {
        Problem::NoPortMappings => codes::NO_PORT_MAPPINGS,
        _ => codes::STATE_UNREADABLE,
    };
    Diagnostic::new(code, message).help(problem.problem.help())
}
