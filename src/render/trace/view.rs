//! What a trace shows: the words of each target, whether it was traced now or read from a document.

use std::fmt::Display;

use crate::answer::verdict::{Confidence, Fate, Ground, SourceAddress, TraceStep};
use crate::ir::RuleSet;
use crate::trace::{Answer, Hop, Summary, Traced, describe_source, hops};

/// A packet, and what targets do with it.
pub(in crate::render) struct View {
    /// Who sends it, where to, and the Service there.
    pub(in crate::render) head: String,
    /// One for each target.
    pub(in crate::render) answers: Vec<AnswerView>,
}

/// What a target does with a packet.
pub(in crate::render) struct AnswerView {
    pub(in crate::render) target: String,
    /// What it comes to.
    pub(in crate::render) sentence: String,
    /// The rules that it rests on and that nobody checked.
    pub(in crate::render) believed: Vec<String>,
    pub(in crate::render) outcomes: Vec<OutcomeView>,
}

/// One thing that may become of a packet.
pub(in crate::render) struct OutcomeView {
    pub(in crate::render) chance: String,
    pub(in crate::render) fate: String,
    /// The same of outcomes that come about in the same way.
    pub(in crate::render) way: Way,
    pub(in crate::render) steps: Vec<StepView>,
}

/// What led to an outcome.
pub(in crate::render) struct StepView {
    /// `nat KUBE-SERVICES 12`
    pub(in crate::render) within: String,
    /// The rule, what it rests on and where it comes from.
    pub(in crate::render) rule: String,
    /// The packet after it.
    pub(in crate::render) after: Option<String>,
}

/// Fates of one way have the same way to them.
#[derive(PartialEq, Eq)]
pub(in crate::render) struct Way(u8, Option<SourceAddress>);

impl View {
    /// A packet that was traced.
    pub(super) fn of(asked: &Traced<'_>, rules: &RuleSet) -> Self {
        let (client, to) = (&asked.client, &asked.destination);
        let service = to.port.map(|port| format!("  {}  {}", port.id, rules.place(port.origin)));
        let head = format!("{} {} → {}/{}", client.kind.as_str(), client.ip, to.to, to.protocol);
        Self {
            head: head + &service.unwrap_or_default(),
            answers: asked.answers.iter().map(|answer| answer_view(answer, asked, rules)).collect(),
        }
    }
}

fn answer_view(answer: &Answer, asked: &Traced<'_>, rules: &RuleSet) -> AnswerView {
    let summary = Summary::of(&answer.verdict);
    let step = |hop: Hop<'_>| StepView {
        within: within(&hop.step.within, hop.step.number),
        rule: describe_step(hop.step, asked, rules),
        after: hop.after.map(|after| after.to_string()),
    };
    let outcomes = answer.verdict.outcomes().iter().map(|outcome| OutcomeView {
        chance: outcome.chance.to_string(),
        fate: fate(&outcome.fate),
        way: Way::to(&outcome.fate),
        steps: hops(&asked.packet, outcome).map(step).collect(),
    });
    AnswerView {
        target: answer.side.name().to_owned(),
        sentence: summary.sentence(),
        believed: summary.believed().map(|ground| ground.id.to_owned()).collect(),
        outcomes: outcomes.collect(),
    }
}

/// The rule of a step, what it rests on and where it comes from.
fn describe_step(step: &TraceStep, asked: &Traced<'_>, rules: &RuleSet) -> String {
    // The head has said where the Service that is asked about was read.
    let said = asked.destination.port.map(|port| port.origin);
    let ground = step.ground.map(ground_mark).unwrap_or_default();
    let origin = step.origin.filter(|origin| Some(*origin) != said);
    let origin = origin.map(|origin| format!("  {}", rules.place(origin))).unwrap_or_default();
    format!("{}{ground}{origin}", step.rule)
}

fn ground_mark(ground: &'static Ground) -> String {
    let is_sure = matches!(ground.confidence, Confidence::Read | Confidence::Seen);
    mark(ground.id, (!is_sure).then(|| ground.confidence.as_str()))
}

/// A rule of the platform behind a step; how sure it is, where that is not much.
pub(in crate::render) fn mark(id: &str, confidence: Option<&str>) -> String {
    match confidence {
        None => format!("  [{id}]"),
        Some(confidence) => format!("  [{id}, {confidence}]"),
    }
}

/// `nat KUBE-SERVICES 12`
pub(in crate::render) fn within(place: &str, number: Option<impl Display>) -> String {
    match number {
        Some(number) => format!("{place} {number}"),
        None => place.to_owned(),
    }
}

/// What becomes of a packet.
pub(in crate::render) fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Endpoint(to) => format!("{}; {}", to.endpoint, describe_source(to.source)),
        Fate::Answered(what) => format!("answered by kube-proxy: {what}"),
        Fate::Unhandled(_) => "goes where it was sent".to_owned(),
        Fate::Rejected => "rejected".to_owned(),
        Fate::Dropped => "dropped".to_owned(),
        Fate::Undecided(reason) => format!("undecided: {reason}"),
    }
}

impl Way {
    /// The way to a fate.
    pub(in crate::render) fn to(fate: &Fate) -> Self {
        match fate {
            Fate::Endpoint(to) => Self(0, Some(to.source)),
            Fate::Unhandled(source) => Self(1, Some(*source)),
            Fate::Rejected => Self(2, None),
            Fate::Dropped => Self(3, None),
            Fate::Undecided(_) => Self(4, None),
            Fate::Answered(_) => Self(5, None),
        }
    }
}
