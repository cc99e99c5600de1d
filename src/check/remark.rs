//! What is found beside differences in effect.

use crate::diagnostics::Diagnostic;
use crate::name::printable;
use crate::platform::Side;

/// What is wrong with the input, or what a target loses of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Remark {
    /// The target that it is about; none where it is about the input.
    pub target: Option<Side>,
    /// What it is.
    pub diagnostic: Diagnostic,
}

impl Remark {
    /// `H0615 of hns: shop/front, port …`, of a loss.
    #[must_use]
    pub fn sentence(&self) -> String {
        let target = self.target.map(|target| format!(" of {}", target.name())).unwrap_or_default();
        let object = self.diagnostic.object.as_ref();
        let object = object.map(|of| format!("{}/{}, ", of.namespace, of.name)).unwrap_or_default();
        format!("{}{target}: {}{}", self.diagnostic.code.id(), printable(&object), self.diagnostic.message)
    }
}
