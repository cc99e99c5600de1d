//! Diagnostics: what a person should know about the input or the result, as data.
//!
//! A diagnostic says *what* (a stable [`Code`]), *about which object*, *where* (a
//! [`Place`] that is resolved to line and column when printed), *which value*,
//! *what is allowed* and *what to do next*. Renderers are separate: [`text`] for people, [`json`] for
//! programs. SARIF and the annotations of GitHub are formats of reports, and belong to those who render them.
//!
//! **Invariant:** nothing here knows a platform; hostile text is escaped when it is shown.

mod code;
mod severity;
pub mod json;
pub mod text;
mod words;
pub mod yaml;

use std::fmt;

use crate::name::printable;
use crate::source::Place;

pub use code::codes;
pub use code::{Code, Row, Topic};
pub use severity::Severity;
pub use words::in_plain_words;

/// Kind and name of the object a diagnostic is about, as far as they could be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// `Service`, `EndpointSlice`, ….
    pub kind: &'static str,
    /// Namespace, empty where the kind has none.
    pub namespace: String,
    /// Name, possibly hostile: escaped when shown.
    pub name: String,
}

impl ObjectRef {
    /// Names an object; the namespace is empty where the kind has none.
    #[must_use]
    pub fn new(kind: &'static str, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, printable(&self.name))
        } else {
            write!(f, "{} {}/{}", self.kind, printable(&self.namespace), printable(&self.name))
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: Code,
    /// The object it is about.
    pub object: Option<ObjectRef>,
    /// Where it is.
    pub place: Option<Place>,
    /// One sentence with the value in it, already printable.
    pub message: String,
    /// What is allowed there.
    pub allowed: Option<String>,
    /// What follows for the result, or what to do next.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding with its sentence.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, object: None, place: None, message: message.into(), allowed: None, help: None }
    }

    /// Names the object.
    #[must_use]
    pub fn about(mut self, object: ObjectRef) -> Self {
        self.object = Some(object);
        self
    }

    /// Names the place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says what is allowed.
    #[must_use]
    pub fn allowed(mut self, text: impl Into<String>) -> Self {
        self.allowed = Some(text.into());
        self
    }

    /// Says what follows or what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// All it says, in one line: the message, what is allowed, what to do.
    #[must_use]
    pub fn sentences(&self) -> String {
        let allowed = self.allowed.iter().map(|allowed| format!("allowed: {allowed}"));
        let parts: Vec<String> =
            [self.message.clone()].into_iter().chain(allowed).chain(self.help.clone()).collect();
        parts.join("; ")
    }

    /// The severity of its code.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// How many findings of each severity a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

impl Tally {
    /// Counts a list.
    #[must_use]
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        diagnostics.iter().map(Diagnostic::severity).collect()
    }
}

impl FromIterator<Severity> for Tally {
    fn from_iter<I: IntoIterator<Item = Severity>>(severities: I) -> Self {
        severities.into_iter().fold(Self::default(), |mut tally, severity| {
            match severity {
                Severity::Error => tally.errors += 1,
                Severity::Warning => tally.warnings += 1,
                Severity::Note => tally.notes += 1,
            }
            tally
        })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural =
            |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
        let parts = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let said: Vec<_> =
            parts.into_iter().filter(|part| part.0 > 0).map(|(count, noun)| plural(count, noun)).collect();
        f.write_str(&if said.is_empty() { "no findings".to_owned() } else { said.join(", ") })
    }
}
