//! What a case gives now.

use super::during::Place;
use super::nodes::Spot;
use super::{Expectations, ExpectationsError, Makes, Output, Verdicts};
use crate::allow::AllowList;
use crate::check::Check;
use crate::diagnostics::Tally;
use crate::pipeline::{Compiled, Setup, Unread};
use crate::platform::{Context, Expectation, Holdings, Options, Platform, Side, Totals, all};
use crate::render::check::{Detail, text};
use crate::render::messages::{MessageFormat, lines};
use crate::scope::{NothingSelected, Selector};

/// A compiled case.
pub struct Given<'c> {
    /// The manifests.
    pub compiled: &'c Compiled,
    /// The options of all platforms.
    pub options: &'c Options,
    /// What the node holds.
    pub held: &'c Holdings,
    /// The setup that they were compiled with.
    pub setup: &'c Setup,
    /// The files that they are in.
    pub files: &'c [String],
    /// The Services that it is about.
    pub selector: &'c Selector,
    /// The findings that are accepted.
    pub allow: &'c AllowList,
    /// The node, where the suite is about several.
    pub(super) spot: Option<&'c Spot>,
}

/// An output cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{ending}: {reason}")]
pub struct GivenError {
    ending: &'static str,
    reason: String,
}

/// A case that would pass whatever its manifests said.
#[derive(Debug, thiserror::Error)]
pub enum CannotFail {
    /// Some of it cannot be read.
    #[error("{0}")]
    Unread(Box<Unread>),
    /// It has errors that no expectation keeps.
    #[error("the input has {0}, which no output keeps; correct it, or keep {MESSAGES} as well")]
    Errors(String),
    /// No Service has rules.
    #[error("no Service of the input has rules, so no output can change: {0}")]
    NoRules(String),
    /// A flag selects Services that are not there.
    #[error("{0}")]
    NotSelected(#[from] NothingSelected),
    /// Nothing is kept of a node.
    #[error(
        "nothing is expected of node {0}: add an output that it can have ({1}) to hnsplan.yaml, expect something of it, or \
         take it out of nodes"
    )]
    NothingExpected(String, String),
}

/// The output that keeps the messages.
const MESSAGES: &str = "messages.txt";

impl Given<'_> {
    /// Checks that a change of the manifests shows in one of the outputs that are kept. An input without Services is handed
    /// back instead of refused: where what is kept has some, that they are gone is a difference.
    ///
    /// # Errors
    /// When errors of the input are kept nowhere, or when its Services have no rules to keep.
    pub fn check_input(&self, outputs: &[Output]) -> Result<Option<CannotFail>, CannotFail> {
        // A snapshot of the rest would keep that it is missing.
        self.compiled.check_read().map_err(CannotFail::Unread)?;
        let keeps_messages = outputs.iter().any(|output| output.makes == Makes::Messages);
        if !keeps_messages {
            let tally = Tally::of(&self.compiled.diagnostics);
            if tally.errors > 0 {
                return Err(CannotFail::Errors(
                    Tally { errors: tally.errors, ..Tally::default() }.to_string(),
                ));
            }
        }
        let left_out = self.compiled.left_out(self.selector);
        let has_rules = self.compiled.rules.services.iter().any(|port| self.selector.selects(&port.id));
        match has_rules {
            false if left_out.without_cluster_ip > 0 => Err(CannotFail::NoRules(format!(
                "{left_out}; assume: true in hnsplan.yaml fills in what a cluster would decide"
            ))),
            false if left_out.services() > 0 => Err(CannotFail::NoRules(left_out.to_string())),
            _ => Ok(self.without_services(has_rules, keeps_messages)),
        }
    }

    fn without_services(&self, has_rules: bool, keeps_messages: bool) -> Option<CannotFail> {
        if let Err(why) = self.selector.check(&self.compiled.rules) {
            return Some(why.into());
        }
        let advice = || format!("keep {MESSAGES} as well, or add what kube-proxy would serve");
        (!has_rules && !keeps_messages).then(|| CannotFail::NoRules(advice()))
    }

    /// Which verdicts about packets are as expected.
    ///
    /// # Errors
    /// When a packet cannot be sent.
    pub fn verdicts(&self, expectations: &Expectations) -> Result<Verdicts, ExpectationsError> {
        let place = Place { setup: self.setup, options: self.options, manifests: self.files };
        expectations.verdicts(self.compiled, self.compiled.context(self.options, self.held), place, self.spot)
    }

    /// The text of an output, without what may be another one each time.
    ///
    /// # Errors
    /// When a platform cannot hand out its text.
    pub fn text(&self, output: Output) -> Result<String, GivenError> {
        let text = match output.makes {
            Makes::Rules(platform, expectation) => self
                .rules(platform, expectation)
                .map_err(|error| GivenError { ending: output.ending, reason: error.to_string() })?,
            Makes::Check => self.compiled.rules.assumed.symbolic(&self.check()),
            Makes::Messages => self.compiled.rules.assumed.symbolic(&self.messages()),
        };
        Ok(output.stable(text, !self.compiled.rules.assumed.is_empty()))
    }

    fn rules(&self, platform: &dyn Platform, expectation: Expectation) -> std::io::Result<String> {
        // Names of chains and the order of rules follow from addresses, so symbols alone would not keep a text stable.
        let mut rules = self.compiled.rules.with_stand_ins();
        self.selector.restrict(&mut rules);
        rules.services.retain(|port| expectation.families.contains(&port.family));
        let context = Context {
            rules: &rules,
            families: expectation.families,
            options: self.options,
            held: self.held,
            rest: Totals::NONE,
        };
        let mut text = String::new();
        for output in platform.texts(context).value.iter().filter(|output| output.is_main) {
            output.text.write(&mut |piece| {
                text.push_str(piece);
                Ok(())
            })?;
        }
        Ok(rules.assumed.symbolic(&text))
    }

    fn check(&self) -> String {
        let sides: Vec<Side> = all().iter().take(2).map(|platform| Side::wanted(*platform)).collect();
        let gates = self.setup.feature_gates();
        let check = Check::new(std::slice::from_ref(self.compiled), &sides)
            .options(self.options)
            .held(self.held, &[])
            .gates(&gates)
            .services(self.selector)
            .allow(self.allow);
        check.run(|report| text::draw(report, Detail::default()))
    }

    fn messages(&self) -> String {
        let lines = lines(&self.compiled.diagnostics, &self.compiled.sources, MessageFormat::Short, true);
        lines.join("\n") + if lines.is_empty() { "" } else { "\n" }
    }
}
