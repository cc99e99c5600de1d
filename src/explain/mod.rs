//! Explains everything that an output of the program prints: codes, rules, error codes, numbers of a platform's
//! objects, and what a platform keeps about a Service.
//!
//! ```text
//! line ─► the names in a line of a log        number ─► numbers of objects        service ─► Services
//! at_step ─► a Service at a step of a sequence        log ─► a log of kube-proxy
//! ```
//!
//! **Invariant:** the tables are those of the modules that print the names; nothing is drawn here.

mod at_step;
mod line;
mod log;
mod number;
mod service;

use crate::answer::lexicon::{ErrorCode, Meaning, Number, RegistrySwitch};
use crate::answer::verdict::Ground;
use crate::catalog;
use crate::diagnostics::Code;
use crate::name::{nearest, printable};
use crate::platform;

pub use crate::platform::hns::service_info::json as service_json;
pub use at_step::{AtStep, AtStepError, FieldAtStep, PortAtStep, at_step};
pub use log::{Joined, LogEntry, LogError, LogReport, log, log_of};
pub use number::{find_number, numbers, parse_number};
pub use service::{held_state, not_served, parse_service, service_findings};

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Explanation {
    /// A code of a finding.
    Code(Code),
    /// A rule that verdicts of a platform rely on, with a row for each release that it says something else of.
    Rule(&'static str, &'static [Ground]),
    /// An error code that a platform answers with.
    Error(&'static str, &'static ErrorCode),
    /// A value in the registry of a node of a platform.
    Switch(&'static RegistrySwitch),
    /// A word for a number in an object of a platform.
    Word(&'static Number, &'static Meaning),
}

/// Nothing in a text is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Unknown {
    text: String,
    is_line: bool,
    near: Vec<&'static str>,
}

/// Everything that a text names: the text itself, or every name in a line of a log.
///
/// # Errors
/// When nothing in it is known.
pub fn explain(text: &str) -> Result<Vec<Explanation>, Unknown> {
    let text = text.trim();
    let found = find(text).map_or_else(|| line::find_all(text), |found| vec![found]);
    if found.is_empty() {
        let is_line = text.contains(char::is_whitespace);
        let near = if is_line { Vec::new() } else { nearest(text, names().map(|(name, _)| name)) };
        return Err(Unknown { text: printable(text), is_line, near });
    }
    Ok(found)
}

/// What a name means, in any spelling and case.
fn find(name: &str) -> Option<Explanation> {
    let word = || {
        let words = numbers().flat_map(|number| number.meanings.iter().map(move |meaning| (number, meaning)));
        let mut words = words.filter(|(_, meaning)| meaning.name.eq_ignore_ascii_case(name));
        words.next().map(|(number, meaning)| Explanation::Word(number, meaning))
    };
    catalog::find(name)
        .map(Explanation::Code)
        .or_else(|| find_rule(|id| id.eq_ignore_ascii_case(name)))
        .or_else(|| find_error(|error| error.is_named(name)))
        .or_else(|| switches().find(|of| of.name.eq_ignore_ascii_case(name)).map(Explanation::Switch))
        .or_else(word)
}

fn find_rule(is_named: impl Fn(&str) -> bool) -> Option<Explanation> {
    rules().find(|(_, rows)| is_named(rows[0].id)).map(|(platform, rows)| Explanation::Rule(platform, rows))
}

fn find_error(is_named: impl Fn(&ErrorCode) -> bool) -> Option<Explanation> {
    errors().find(|(_, error)| is_named(error)).map(|(platform, error)| Explanation::Error(platform, error))
}

/// The rules of all platforms, each with the platform's name and all its rows.
pub fn rules() -> impl Iterator<Item = (&'static str, &'static [Ground])> {
    let rules = |of: &'static [Ground]| of.chunk_by(|one, other| one.id == other.id);
    platform::all().iter().flat_map(move |of| rules(of.rules()).map(|rows| (of.name(), rows)))
}

/// The error codes of all platforms, each with the platform's name.
pub fn errors() -> impl Iterator<Item = (&'static str, &'static ErrorCode)> {
    platform::all().iter().flat_map(|of| of.errors().iter().map(|error| (of.name(), error)))
}

/// The values of the registry that change what nodes of all platforms do.
pub fn switches() -> impl Iterator<Item = &'static RegistrySwitch> {
    platform::all().iter().flat_map(|of| of.registry_switches())
}

/// Every name that can be explained, each with its meaning in a line.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let codes = catalog::all().iter().map(|code| (code.id(), code.title()));
    let rules = rules().map(|(_, rows)| (rows[0].id, rows[0].sentence));
    let errors = errors().map(|(_, error)| (error.symbol, error.meaning));
    let words = numbers().flat_map(|number| number.meanings).map(|meaning| (meaning.name, meaning.effect));
    let switches = switches().map(|switch| (switch.name, switch.effect));
    codes.chain(rules).chain(errors).chain(switches).chain(words)
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no {} `{}`; ", if self.is_line { "known code in" } else { "code" }, self.text)?;
        if !self.near.is_empty() {
            write!(f, "did you mean {}? ", self.near.join(" or "))?;
        }
        f.write_str("hnsplan explain lists them all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_explained() {
        for (name, _) in names() {
            assert!(explain(name).is_ok_and(|found| found.len() == 1), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_has_neighbours() {
        let message = |text: &str| explain(text).unwrap_err().to_string();
        assert_eq!(
            message("M0170"),
            "no code `M0170`; did you mean M0107 or M0110 or M0120? hnsplan explain lists them all"
        );
        assert!(message("HCN_E_PORT_ALREADY_EXIST").contains("did you mean HCN_E_PORT_ALREADY_EXISTS?"));
        assert_eq!(message("all is well"), "no known code in `all is well`; hnsplan explain lists them all");
    }
}
