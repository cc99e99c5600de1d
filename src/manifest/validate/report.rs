//! The findings about one object.

use crate::diagnostics::{Code, Diagnostic, ObjectRef};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::manifest::format::PlainScalars;
use crate::name::printable;
use crate::source::Origin;

/// The end of most messages: what the API server would refuse changes nothing for kube-proxy.
pub(super) const KEPT: &str = "the API server would refuse this object; it is compiled all the same";

/// Collects the diagnostics of one object.
#[derive(Debug)]
pub(in crate::manifest) struct Report<'s> {
    object: ObjectRef,
    origin: Origin,
    plain: PlainScalars<'s>,
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Report<'s> {
    /// For an object at `origin`, whose text is `text`.
    pub(in crate::manifest) fn new(object: ObjectRef, origin: Origin, text: &'s str) -> Self {
        let plain = PlainScalars::new(text, origin.item);
        Self { object, origin, plain, diagnostics: Vec::new() }
    }

    /// What was found, in the order of the checks.
    pub(in crate::manifest) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Adds a finding about the value at a path.
    pub(in crate::manifest) fn add(&mut self, path: impl Into<Box<str>>, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic.about(self.object.clone()).at(self.origin.field(path)));
    }

    /// Adds a finding about the value at a path.
    pub(super) fn push(&mut self, at: &Path<'_>, diagnostic: Diagnostic) {
        self.add(at.to_string(), diagnostic);
    }

    /// Adds a finding with its sentence, what is allowed instead, and what follows.
    pub(super) fn refuse(
        &mut self,
        at: &Path<'_>,
        code: Code,
        message: impl Into<String>,
        allowed: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(at, Diagnostic::new(code, message).allowed(allowed).help(help));
    }

    /// Reports a text that kubectl would not send as text. Nothing else need be reported about it then.
    pub(super) fn is_ambiguous(&mut self, at: &Path<'_>, text: &str) -> bool {
        let Some(kind) = self.plain.yaml11_type_at(at, text) else { return false };
        let text = printable(text);
        let diagnostic = Diagnostic::new(
            codes::AMBIGUOUS_SCALAR,
            format!("kubectl reads `{text}` as {kind}, not as text"),
        )
        .allowed("text")
        .help(format!("put it in quotes: \"{text}\"; it is compiled as text"));
        self.push(at, diagnostic);
        true
    }
}
