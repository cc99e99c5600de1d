//! `--fail-on`: what of the findings makes the command fail.

use crate::catalog;
use crate::diagnostics::{Code, Severity};
use crate::name::printable;

/// One entry of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailOn {
    /// Everything as bad as that, or worse.
    Severity(Severity),
    /// This.
    Code(Code),
}

/// Reads an entry.
pub(super) fn fail_on(text: &str) -> Result<FailOn, String> {
    match text.to_ascii_lowercase().as_str() {
        "error" => Ok(FailOn::Severity(Severity::Error)),
        "warning" => Ok(FailOn::Severity(Severity::Warning)),
        _ => catalog::find(text).map(FailOn::Code).ok_or_else(|| {
            let near = match &*catalog::nearest_ids(text) {
                [] => String::new(),
                near => format!("did you mean {}? ", near.join(" or ")),
            };
            let shown = printable(text);
            format!(
                "`{shown}` is neither error nor warning, nor a code; {near}hnsplan explain lists all codes"
            )
        }),
    }
}

impl FailOn {
    /// Whether it is about findings of a code.
    pub(super) fn names(self, code: Code) -> bool {
        match self {
            // The worst is the least.
            Self::Severity(severity) => code.severity() <= severity,
            Self::Code(only) => code == only,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::codes;

    #[test]
    fn a_severity_is_for_worse_ones_too() {
        let names = |text: &str, code: Code| fail_on(text).unwrap().names(code);
        assert!(names("warning", codes::SOURCE_RANGES));
        assert!(names("warning", codes::HINTS));
        assert!(!names("warning", codes::SOURCE));
        assert!(names("Error", codes::SOURCE_RANGES));
        assert!(!names("error", codes::HINTS));
        assert!(names("d0806", codes::HINTS));
        assert!(!names("D0806", codes::SOURCE_RANGES));
        assert!(fail_on("note").unwrap_err().starts_with("`note` is neither"));
        assert!(fail_on("D0820x").unwrap_err().contains("did you mean D0820 or "));
    }
}
