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
    /// Reports a setting with which kube-proxy would not start.
    pub(super) fn refuse(&mut self, field: &str, value: &str, allowed: &str) {
        let message = format!("{field} is `{}`", printable(value));
        self.diagnostics.push(
            Diagnostic::new(codes::CONFIG_INVALID, message)
                .allowed(allowed)
                .help("kube-proxy would not start; the default is used here"),
        );
    }
}
