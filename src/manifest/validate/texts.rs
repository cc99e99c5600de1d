//! Names and words from a list.

use super::report::KEPT;
use super::report::Report;
use super::syntax::Syntax;
use crate::diagnostics::{Code, Diagnostic};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::format::Text;
use crate::name::{Label, PortName, Subdomain, printable};

/// What Kubernetes requires of a name, and the consequence when it cannot be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameRule {
    /// What it is, as in `port name`.
    pub(super) what: &'static str,
    /// The code of a name that Kubernetes would refuse.
    pub(super) code: Code,
    /// What Kubernetes allows.
    pub(super) syntax: Syntax,
    /// Whether a name can be compiled even if Kubernetes would refuse it.
    pub(super) writable: fn(&str) -> bool,
    /// The consequence when it cannot.
    pub(super) consequence: &'static str,
}

/// Whether a text can be the name of a namespace or Service in the compiled rules.
pub(super) fn fits_label(text: &str) -> bool {
    Label::new(text).is_ok()
}

/// Whether a text can be the name of a port in the compiled rules.
pub(super) fn fits_port(text: &str) -> bool {
    PortName::new(text).is_ok()
}

/// Whether a text can be the name of a node, a zone or a slice in the compiled rules.
pub(super) fn fits_subdomain(text: &str) -> bool {
    Subdomain::new(text).is_ok()
}

/// Reports a name that is ambiguous, unsafe or not valid: one of these.
pub(super) fn name(report: &mut Report<'_>, at: &Path<'_>, text: &str, rule: &NameRule) {
    if report.is_ambiguous(at, text) || (rule.syntax.matches)(text) {
        return;
    }
    let writable = (rule.writable)(text);
    let (what, shown) = (rule.what, printable(text));
    let diagnostic = if !writable && has_unsafe_character(text) {
        Diagnostic::new(codes::UNSAFE_TEXT, format!("{what} `{shown}` has unsafe characters"))
            .allowed("letters, digits, `.`, `-` and `_`, with no `-` at the start")
    } else if text.is_empty() {
        Diagnostic::new(rule.code, format!("{what} is empty")).allowed(rule.syntax.words)
    } else {
        Diagnostic::new(rule.code, format!("{what} `{shown}` is not valid")).allowed(rule.syntax.words)
    };
    report.push(at, diagnostic.help(if writable { KEPT } else { rule.consequence }));
}

/// What [`crate::name`] refuses for another reason than its length.
fn has_unsafe_character(text: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    text.starts_with('-') || !text.bytes().all(safe)
}

/// A field that takes one of a few words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    /// The field's name.
    pub(super) field: &'static str,
    /// The code of any other word.
    pub(super) code: Code,
    /// The words.
    pub(super) words: &'static [&'static str],
    /// The consequence of another word.
    pub(super) help: &'static str,
}

/// Reports a text that is none of the words of its field.
pub(super) fn check_choice(report: &mut Report<'_>, at: &Path<'_>, text: &str, choice: &Choice) {
    if choice.words.contains(&text) || report.is_ambiguous(at, text) {
        return;
    }
    let message = if text.is_empty() {
        format!("{} is empty", choice.field)
    } else {
        format!("{} `{}` is not known", choice.field, printable(text))
    };
    report.refuse(at, choice.code, message, alternatives(choice.words), choice.help);
}

/// `A, B or C`
fn alternatives(words: &[&str]) -> String {
    match words {
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        _ => words.concat(),
    }
}

/// The text of a field for which absent and empty are the same.
pub(super) fn non_empty(text: Option<&Text>) -> Option<&str> {
    text.map(Text::as_str).filter(|text| !text.is_empty())
}

/// The text of a field, empty if it is absent.
pub(super) fn or_empty(text: Option<&Text>) -> &str {
    text.map_or("", Text::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_listed_for_reading() {
        assert_eq!(alternatives(&["A", "B", "C"]), "A, B or C");
        assert_eq!(alternatives(&["A"]), "A");
    }

    #[test]
    fn a_long_name_is_not_unsafe() {
        assert!(!has_unsafe_character(&"a".repeat(300)));
        assert!(has_unsafe_character("-j"));
        assert!(has_unsafe_character("a b"));
    }
}
