//! What HNS holds on a node, by dumps.

use super::Hns;
use super::Options;
use super::compare::side::HnsSide;
use super::model::{State, Telling};
use super::packets::StateModel;
use super::read::{Problem, StateProblem, View, planned, read, read_file};
use crate::answer::picture::RuleGraph;
use crate::diagnostics::Diagnostic;
use crate::name::counted;
use crate::platform::capture::causes;
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

/// The name of the format that dumps have.
pub const FORMAT: &str = "hns";

/// What dumps look like.
pub(super) const FORMATS: &[DumpFormat] = &[DumpFormat {
    name: FORMAT,
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

    fn model<'c>(&'c self, context: Context<'c>) -> Box<dyn Model + 'c> {
        let trusted = context.options.get::<Options>().confidence;
        Box::new(StateModel::new(&self.state).planned(self.is_planned).trusting(trusted))
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

/// Whether a text tells anything about objects of HNS.
pub(super) fn recognize(text: &str) -> Match {
    if tells_something(&read(text).0) { Match::Possible } else { Match::No }
}

fn tells_something(state: &State) -> bool {
    let tellings = [state.networks.telling(), state.endpoints.telling(), state.load_balancers.telling()];
    tellings.iter().any(|telling| *telling != Telling::NotTold)
        || state.hns_version.is_some()
        || !state.switch.is_empty()
        || !state.switch_ports.is_empty()
}

/// What a text that is no dump shows of HNS, and what to run instead.
pub(super) fn resembles(text: &str) -> Option<String> {
    let (state, problems) = read(text);
    if tells_something(&state) || text.trim().is_empty() {
        return None;
    }
    let problem = problems.first().map(|problem| &problem.problem)?;
    match problem {
        Problem::Nothing(View::Unknown) => None,
        Problem::Nothing(view) => Some(format!("is {}; {}", view.what(), problem.help())),
        // Any JSON may break off, or hold objects.
        Problem::UnknownObjects { .. } | Problem::Truncated { .. } | Problem::NotJson { .. } => Some(
            format!("contains no network, endpoint or load balancer of HNS: {problem}; {}", problem.help()),
        ),
        Problem::NetworksInTable => {
            Some(format!("tells nothing that can be compared: {problem}; {}", problem.help()))
        }
        _ => None,
    }
}

/// How many problems of a file are told.
const PROBLEMS: usize = 20;

/// Reads texts into one state.
pub(super) fn read_texts(texts: &[DumpText]) -> Read {
    let (mut problems, mut remarks) = (Vec::new(), Vec::new());
    let mut states = Vec::new();
    let mut refused = Vec::new();
    for DumpText { name, text, .. } in texts {
        let (state, found) = read_file(name, text);
        let rules = state.switch.iter().flat_map(|list| &list.groups).map(|group| group.rules.len()).sum();
        if !state.switch.is_empty() {
            let rules = counted(rules, "rule");
            remarks.push(format!(
                "{name}: {rules} of the virtual switch; trace follows them, and diff compares them with load balancers"
            ));
        }
        refused.extend(refusal(name, text, &state, &found));
        states.push(state);
        let (told, more) = first_of_each(name, &found);
        problems.extend(told);
        if more > 0 {
            remarks.push(format!(
                "{name}: {more} more problems are not listed; the dump is damaged: dump it again"
            ));
        }
    }
    let state = State::merged(states);
    if refused.is_empty() && !tells_something(&state) {
        let names: Vec<&str> = texts.iter().map(|text| &*text.name).collect();
        refused.push(format!(
            "{} tell nothing about networks, endpoints and load balancers; {HOW}",
            names.join(", ")
        ));
    }
    Read { held: Some(Box::new(HnsHeld::of(state))), refused, problems, remarks }
}

/// The first problem of each cause, with how often it is there, and how many problems more there are.
fn first_of_each(name: &str, found: &[StateProblem]) -> (Vec<Diagnostic>, usize) {
    let causes = causes(found, |problem| problem.problem.to_string());
    let told = causes.iter().take(PROBLEMS).map(|(first, count)| {
        let found = diagnostic(name, first);
        let of_others = format!("{}; the same in {} more places", found.message, count - 1);
        if *count == 1 { found } else { Diagnostic { message: of_others, ..found } }
    });
    let more = causes.iter().skip(PROBLEMS).map(|(_, count)| count).sum();
    (told.collect(), more)
}

/// How a whole dump is made.
const HOW: &str =
    "dump them with `Get-HnsPolicyList | ConvertTo-Json -Depth 20`, Get-HnsEndpoint and Get-HnsNetwork";

/// Why nothing of a text is known, if that is so.
fn refusal(name: &str, text: &str, state: &State, found: &[StateProblem]) -> Option<String> {
    if tells_something(state) {
        return None;
    }
    if text.trim().is_empty() {
        return Some(format!("{name} is empty, which tells nothing: an empty list is []; {HOW}"));
    }
    let is_unreadable = |problem: &&StateProblem| {
        use Problem::{Miscounted, NotAnObject, NotJson, Nothing, Truncated, TwoInOne, UnknownObjects};
        matches!(
            problem.problem,
            Nothing(_)
                | Truncated { .. }
                | NotJson { .. }
                | UnknownObjects { .. }
                | NotAnObject { .. }
                | Miscounted { .. }
                | TwoInOne { .. }
        )
    };
    let StateProblem { line, problem, .. } = found.iter().find(is_unreadable)?;
    Some(match problem {
        Problem::Nothing(view) => format!("{name} is {}; {}", view.what(), problem.help()),
        _ => format!("nothing of {name} can be read: line {line}: {problem}; {}", problem.help()),
    })
}

/// What `hnsplan compile -t hns` prints, as a plan, and what of it could not be read; `None` if the text is another
/// document.
#[must_use]
pub fn read_plan(name: &str, text: &str) -> Option<(super::read::Planned, Vec<Diagnostic>)> {
    let planned = planned(text)?;
    let (problems, _) = first_of_each(name, &planned.problems);
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
