//! Why a step did not work, in the words of the platform, and what to do next.

use std::fmt;

use crate::target::hns::Refusal;
use crate::target::hns::errors::{Again, ErrorClass, HnsError};

/// Why something could not be done on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What to make of it.
    pub class: ErrorClass,
    /// The code, as tools print it: `0x803B0013 HCN_E_PORT_ALREADY_EXISTS`. Empty where there is none.
    pub code: String,
    /// What happened.
    pub meaning: String,
    /// What to do next.
    pub advice: String,
}

impl Failure {
    /// One that stays however often it is tried.
    #[must_use]
    pub fn permanent(meaning: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            class: ErrorClass::Permanent,
            code: String::new(),
            meaning: meaning.into(),
            advice: advice.into(),
        }
    }

    /// An answer of HNS: its HRESULT, and what it said besides, which may be nothing.
    #[must_use]
    pub fn of_hns(code: u32, said: &str) -> Self {
        let known = HnsError::of(code);
        let meaning = match (known, said) {
            (Some(error), "") => error.meaning.to_owned(),
            (Some(error), said) => format!("{said}. {}", error.meaning),
            (None, "") => "HNS answered with a code that nobody has written down.".to_owned(),
            (None, said) => said.to_owned(),
        };
        let symbol = known.map(|error| format!(" {}", error.symbol)).unwrap_or_default();
        Self {
            class: known.map_or(ErrorClass::Permanent, |error| error.class),
            code: format!("0x{code:08X}{symbol}"),
            meaning,
            advice: known
                .map_or("look the code up in winerror.h of the Windows SDK", |error| error.advice)
                .into(),
        }
    }

    /// Whether the same may work a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.class.again() == Again::Later
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::of_hns(refusal.code(), &refusal.reason())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blank = if self.code.is_empty() { "" } else { ": " };
        write!(f, "{}{blank}{}", self.code, self.meaning)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_hns_says_code_name_and_meaning() {
        let port = Failure::of_hns(0x803b_0013, "");
        assert!(port.to_string().starts_with("0x803B0013 HCN_E_PORT_ALREADY_EXISTS: "), "{port}");
        assert!(!port.is_transient());
        assert!(Failure::of_hns(0x803b_0020, "stopping").is_transient());
        assert_eq!(Failure::of_hns(0x8000_ffff, "odd").to_string(), "0x8000FFFF: odd");
    }
}
