//! What a case gives now.

use super::{Makes, Output};
use crate::check::Check;
use crate::node::FeatureGates;
use crate::pipeline::Compiled;
use crate::platform::{Context, Expectation, Holdings, Options, Platform, Side, all};
use crate::render::check::text;
use crate::render::messages::{MessageFormat, lines};
use crate::scope::Selector;

/// A compiled case.
pub struct Given<'c> {
    /// The manifests.
    pub compiled: &'c Compiled,
    /// The options of all platforms.
    pub options: &'c Options,
    /// What the node holds.
    pub held: &'c Holdings,
    /// The feature gates of the node's kube-proxy.
    pub gates: &'c FeatureGates,
    /// The Services that it is about.
    pub selector: &'c Selector,
}

/// An output cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{ending}: {reason}")]
pub struct GivenError {
    ending: &'static str,
    reason: String,
}

impl Given<'_> {
    /// The text of an output, without what may be another one each time.
    ///
    /// # Errors
    /// When a platform cannot hand out its text.
    pub fn text(&self, output: Output) -> Result<String, GivenError> {
        let text = match output.makes {
            Makes::Rules(platform, expectation) => self
                .rules(platform, expectation)
                .map_err(|error| GivenError { ending: output.ending, reason: error.to_string() })?,
            Makes::Check => self.check(),
            Makes::Messages => self.messages(),
        };
        Ok(output.stable(text))
    }

    fn rules(&self, platform: &dyn Platform, expectation: Expectation) -> std::io::Result<String> {
        let mut rules = self.compiled.rules.clone();
        self.selector.restrict(&mut rules);
        rules.services.retain(|port| expectation.families.contains(&port.family));
        let context =
            Context { rules: &rules, families: expectation.families, options: self.options, held: self.held };
        let mut text = String::new();
        for output in platform.texts(context).value.iter().filter(|output| output.is_main) {
            output.text.write(&mut |piece| {
                text.push_str(piece);
                Ok(())
            })?;
        }
        Ok(text)
    }

    fn check(&self) -> String {
        let sides: Vec<Side> = all().iter().take(2).map(|platform| Side::wanted(*platform)).collect();
        let check = Check::new(std::slice::from_ref(self.compiled), &sides)
            .options(self.options)
            .held(self.held, &[])
            .gates(self.gates)
            .services(self.selector);
        check.run(|report| text::draw(report, false, false))
    }

    fn messages(&self) -> String {
        let lines = lines(&self.compiled.diagnostics, &self.compiled.sources, MessageFormat::Short, true);
        lines.join("\n") + if lines.is_empty() { "" } else { "\n" }
    }
}
