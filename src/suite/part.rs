//! A case on nodes that have the same flags: what it gives on each of them.

use std::sync::Arc;

use super::nodes::{Spot, selected};
use super::{
    CannotFail, Case, Expectations, ExpectationsError, Expected, Given, GivenError, NodeEntry, NodesError,
    Output, SnapshotState, SuiteNode, Verdicts,
};
use crate::allow::{AllowList, Subject};
use crate::diagnostics::Code;
use crate::pipeline::{Compiled, Parsed, Setup, UnknownNode, Unread};
use crate::platform::{Holdings, Options};
use crate::scope::Selector;

/// Some of the nodes of a case, or the case where it is about one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'c> {
    case: &'c Case,
    flags: &'c [String],
}

/// What the flags of a part say, besides the manifests.
#[derive(Clone, Copy)]
pub struct Surroundings<'s> {
    /// The setup of the compiler.
    pub setup: &'s Setup,
    /// The options of all platforms.
    pub options: &'s Options,
    /// What the node holds.
    pub held: &'s Holdings,
    /// Whether a flag names a dump.
    pub has_dumps: bool,
    /// The Services that it is about.
    pub selector: &'s Selector,
    /// The findings that are accepted.
    pub allow: &'s AllowList,
}

/// What a case gives on its nodes, so far.
#[derive(Debug, Default)]
pub struct Answer {
    /// What is expected, and what there is now.
    pub outputs: Vec<(Expected, String)>,
    /// What becomes of packets.
    pub verdicts: Verdicts,
    /// What was found about the input and is not accepted.
    pub codes: Vec<Code>,
    /// The nodes, where the suite is about several.
    pub nodes: Vec<SuiteNode>,
    /// Why it could not fail on a node, which is no answer unless what is kept says that there were Services.
    without_services: Vec<CannotFail>,
}

/// Why a case gives nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// Some of it cannot be read.
    #[error("{0}")]
    Unread(Box<Unread>),
    /// It would pass whatever its manifests said.
    #[error("{0}: {1}")]
    CannotFail(String, CannotFail),
    /// Its nodes.
    #[error("{0}: {1}")]
    Nodes(String, NodesError),
    /// The node that a flag names.
    #[error("{0}: {1}")]
    UnknownNode(String, UnknownNode),
    /// A text cannot be made.
    #[error(transparent)]
    Given(#[from] GivenError),
    /// A packet cannot be sent.
    #[error(transparent)]
    Expectations(#[from] ExpectationsError),
}

impl Case {
    /// The case on each of its nodes: those with the same flags are one part.
    #[must_use]
    pub fn parts(&self) -> Vec<Part<'_>> {
        let mut parts: Vec<Part<'_>> = Vec::new();
        for entry in &self.nodes {
            let part = Part { case: self, flags: &entry.flags };
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        if parts.is_empty() { vec![Part { case: self, flags: &[] }] } else { parts }
    }
}

impl Part<'_> {
    /// Its flags.
    pub fn flags(&self) -> impl Iterator<Item = &str> {
        self.case.flags.iter().chain(self.flags).map(String::as_str)
    }

    /// Adds what the manifests give on each node to an answer.
    ///
    /// # Errors
    /// When a node is not there, or nothing can be compared.
    pub fn answer(
        &self,
        parsed: &Parsed,
        around: &Surroundings<'_>,
        packets: Option<&Expectations>,
        answer: &mut Answer,
    ) -> Result<(), CaseError> {
        if self.case.nodes.is_empty() {
            let compiled = parsed.clone().compile_for(around.setup);
            if around.setup.overrides.node.is_some() {
                let unknown = |error| CaseError::UnknownNode(self.case.name(), error);
                compiled.check_node().map_err(unknown)?;
            }
            return self.add(&compiled, around, packets, None, answer);
        }
        let spots = self.spots(parsed, around).map_err(|error| CaseError::Nodes(self.case.name(), error))?;
        for spot in &spots {
            let setup = &around.setup.clone().on_node(spot.node.name.as_str());
            let compiled = parsed.clone().compile_for(setup);
            self.add(&compiled, &Surroundings { setup, ..*around }, packets, Some(spot), answer)?;
        }
        Ok(())
    }

    /// The nodes of this part, among all of the case.
    fn spots(&self, parsed: &Parsed, around: &Surroundings<'_>) -> Result<Vec<Spot>, NodesError> {
        let by_entry = selected(&self.case.nodes, parsed)?;
        let all: Arc<[SuiteNode]> = by_entry.iter().flatten().cloned().collect();
        let is_own = |(entry, _): &(&NodeEntry, _)| entry.flags == self.flags;
        let own = self.case.nodes.iter().zip(by_entry).filter(is_own).flat_map(|(_, nodes)| nodes);
        let own: Vec<Spot> = own.map(|node| Spot { node, all: Arc::clone(&all) }).collect();
        if around.has_dumps && own.len() > 1 {
            let names: Vec<&str> = own.iter().map(|spot| spot.node.name.as_str()).collect();
            return Err(NodesError::SharedDump(names.join(", ")));
        }
        Ok(own)
    }

    fn add(
        &self,
        compiled: &Compiled,
        around: &Surroundings<'_>,
        packets: Option<&Expectations>,
        spot: Option<&Spot>,
        answer: &mut Answer,
    ) -> Result<(), CaseError> {
        let &Surroundings { setup, options, held, selector, allow, .. } = around;
        let files = &*self.case.manifests;
        let given = Given { compiled, options, held, setup, files, selector, allow, spot };
        let node = spot.map(|spot| &spot.node);
        let expected = self.case.expected(node);
        let outputs: Vec<Output> = expected.iter().map(|expected| expected.output).collect();
        let without_services = given.check_input(&outputs).map_err(|reason| self.case.refusal(reason))?;
        answer.without_services.extend(without_services);
        for expected in expected {
            let text = given.text(expected.output)?;
            answer.outputs.push((expected, text));
        }
        let verdicts = packets.map(|packets| given.verdicts(packets)).transpose()?.unwrap_or_default();
        let is_asked = !outputs.is_empty() || verdicts.count > 0 || self.case.is_empty();
        if let Some(node) = node.filter(|_| !is_asked) {
            let can_have = Output::all().filter(|output| output.is_for(node)).map(|output| output.ending);
            let can_have = can_have.collect::<Vec<_>>().join(", ");
            return Err(self.case.refusal(CannotFail::NothingExpected(node.name.clone(), can_have)));
        }
        answer.verdicts.add(verdicts);
        let found = compiled.diagnostics.iter();
        let open = found.filter(|found| allow.accepts(&Subject::of(found, &[])).is_none());
        answer.codes.extend(open.map(|found| found.code));
        answer.nodes.extend(node.cloned());
        Ok(())
    }
}

impl Case {
    fn refusal(&self, reason: CannotFail) -> CaseError {
        match reason {
            CannotFail::Unread(unread) => CaseError::Unread(unread),
            other => CaseError::CannotFail(self.name(), other),
        }
    }

    /// Refuses an answer without Services, unless what is kept says that there were some. That they are gone is a difference,
    /// which is never accepted: from then on no change could show.
    ///
    /// # Errors
    /// With why there are none.
    pub fn check_kept(&self, answer: &mut Answer, is_accepted: bool) -> Result<(), CaseError> {
        let Some(why) = answer.without_services.pop() else { return Ok(()) };
        let differs = |(expected, now): &(Expected, String)| {
            matches!(expected.compare(now), Ok(SnapshotState::Different(_)))
        };
        let had_some = !answer.verdicts.unmet.is_empty() || answer.outputs.iter().any(differs);
        if had_some && !is_accepted { Ok(()) } else { Err(self.refusal(why)) }
    }
}
