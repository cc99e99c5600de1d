//! Where the settings of a node come from.

use crate::diagnostics::Diagnostic;
use crate::name::printable;
use crate::node::codes;
use crate::node::config::Config;
use crate::node::facts::Facts;
use crate::node::overrides::Overrides;

/// Configuration, facts and flags, and the mistakes found in them.
pub(super) struct Inputs<'r> {
    pub config: &'r Config,
    pub facts: &'r Facts,
    pub overrides: &'r Overrides,
    pub diagnostics: Vec<Diagnostic>,
}

impl Inputs<'_> {
    /// Reports a setting with which kube-proxy does not start, and what is used in its place.
    pub(super) fn refuse(&mut self, field: &str, value: &str, allowed: &str, instead: &str) {
        let message = format!("{field} is `{}`", printable(value));
        let found = Diagnostic::new(codes::CONFIG_INVALID, message).allowed(allowed);
        let found = found.help(format!("kube-proxy does not start with it; here {instead}"));
        self.tell(found, field);
    }

    /// Reports what is wrong with a setting, with its place if the configuration contains it.
    pub(super) fn tell(&mut self, found: Diagnostic, field: &str) {
        // A name that is missing is asked for by the mode.
        let of_mode = || self.config.place("detectLocalMode").filter(|_| field.starts_with("detectLocal."));
        let place = self.config.place(field).or_else(of_mode);
        self.diagnostics.push(Diagnostic { place, ..found });
    }

    /// Reports what is wrong with a fact, with its place if the facts file contains it.
    pub(super) fn tell_fact(&mut self, found: Diagnostic, field: &str) {
        let place = self.facts.place(field);
        self.diagnostics.push(Diagnostic { place, ..found });
    }
}
