//! What the API server would refuse.

use crate::diagnostics::{Code, Diagnostic};
use crate::manifest::AnyObject;

/// Why the API server would refuse a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    code: Code,
    path: String,
    message: String,
    allowed: String,
}

impl Refused {
    pub(super) fn new(
        code: Code,
        path: impl Into<String>,
        message: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self { code, path: path.into(), message: message.into(), allowed: allowed.into() }
    }

    pub(super) fn diagnostic(self, service: &AnyObject) -> Diagnostic {
        Diagnostic::new(self.code, self.message)
            .about(service.reference("Service"))
            .at(service.origin.field(self.path))
            .allowed(self.allowed)
    }
}
