//! Whether a plan may be carried out, as far as what it leaves undone is concerned.

use super::NodePlan;
use crate::apply::codes;
use crate::diagnostics::{Code, Diagnostic};
use crate::name::counted;

/// What a person accepts of a plan as a whole. Single findings are accepted by an allow-list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Admission {
    /// Parts of the manifests are wrong, and are missing on the node.
    pub errors: bool,
    /// The platform cannot do all that is wanted.
    pub losses: bool,
}

impl NodePlan {
    /// Why the plan must not be carried out: `refused` are the codes of findings that refuse it.
    #[must_use]
    pub fn inadmissible(
        &self,
        accepted: Admission,
        refused: impl IntoIterator<Item = Code>,
    ) -> Option<Diagnostic> {
        if self.steps.is_empty() {
            return None;
        }
        if !accepted.errors && self.errors > 0 {
            let lacks = counted(self.errors, "error");
            let what = format!("parts of the manifests are wrong and would be missing on the node: {lacks}");
            let help = "hnsplan plan -v lists each with its code; accept codes with reasons by --allow FILE, or pass \
                        --allow-errors to continue";
            return Some(Diagnostic::new(codes::ERRORS, what).help(help));
        }
        if !accepted.losses && self.open_losses() > 0 {
            let lacks = counted(self.open_losses(), "loss");
            let what = format!("the target cannot implement everything the manifests ask for: {lacks}");
            let help = "hnsplan plan -v lists each with its code; accept codes with reasons by --allow FILE";
            return Some(Diagnostic::new(codes::LOSSY, what).help(help));
        }
        let mut named: Vec<&str> = refused.into_iter().map(Code::id).collect();
        named.sort_unstable();
        named.dedup();
        if named.is_empty() {
            return None;
        }
        let what = format!("findings that --fail-on names: {}", named.join(", "));
        let help = "hnsplan plan -v lists each; correct them, or accept codes with reasons by --allow FILE";
        Some(Diagnostic::new(codes::NOT_ACCEPTED, what).help(help))
    }
}
