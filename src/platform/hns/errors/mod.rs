//! What HNS answers when it refuses: the meaning of its codes, and what to do next.
//!
//! HCN functions return an HRESULT; logs of kube-proxy show those of Windows itself (0x8007xxxx) without
//! their upper half, as Win32 codes.

mod table;

use crate::answer::lexicon::ErrorCode;
use crate::answer::step::{Failure, FailureClass};

pub use table::ERRORS;

/// The error with an HRESULT.
#[must_use]
pub fn of(code: u32) -> Option<&'static ErrorCode> {
    ERRORS.binary_search_by_key(&code, |error| error.code).ok().map(|at| &ERRORS[at])
}

/// The error that a person means: by its symbol, with or without its prefix, or by its code.
#[must_use]
pub fn find(text: &str) -> Option<&'static ErrorCode> {
    ERRORS.iter().find(|error| error.is_named(text))
}

/// A failure from an answer of HNS: its HRESULT, and what it said besides, which may be nothing.
#[must_use]
pub fn failure(code: u32, said: &str) -> Failure {
    let known = of(code);
    let meaning = match (known, said) {
        (Some(error), "") => error.meaning.to_owned(),
        (Some(error), said) => format!("{said}. {}", error.meaning),
        (None, "") => "HNS answered with an undocumented code.".to_owned(),
        (None, said) => said.to_owned(),
    };
    let symbol = known.map(|error| format!(" {}", error.symbol)).unwrap_or_default();
    Failure {
        class: known.map_or(FailureClass::Permanent, |error| error.class),
        code: format!("0x{code:08X}{symbol}"),
        meaning,
        advice: known
            .map_or("look the code up in winerror.h of the Windows SDK", |error| error.advice)
            .into(),
        // HNS may have done what it answers an error to.
        changed_nothing: false,
    }
}

impl From<super::Refusal> for Failure {
    fn from(refusal: super::Refusal) -> Self {
        failure(refusal.code(), &refusal.reason())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_hns_says_code_name_and_meaning() {
        let port = failure(0x803b_0013, "");
        assert!(port.to_string().starts_with("0x803B0013 HCN_E_PORT_ALREADY_EXISTS: "), "{port}");
        assert!(!port.is_transient());
        assert!(failure(0x803b_0020, "stopping").is_transient());
        assert_eq!(failure(0x8000_ffff, "odd").to_string(), "0x8000FFFF: odd");
    }

    #[test]
    fn an_error_is_found_in_every_spelling() {
        let port = of(0x803b_0013).unwrap();
        assert_eq!(port.symbol, "HCN_E_PORT_ALREADY_EXISTS");
        for text in [
            "0x803b0013",
            "0X803B0013",
            "803B0013",
            "2151350291",
            "-2143617005",
            "HCN_E_PORT_ALREADY_EXISTS",
            "port_already_exists",
        ] {
            assert_eq!(find(text), Some(port), "{text}");
        }
        let exists = of(0x8007_00b7).unwrap();
        for text in ["0xb7", "0xB7", "183", "0x800700b7", "2147942583", "ERROR_ALREADY_EXISTS"] {
            assert_eq!(find(text), Some(exists), "{text}");
        }
        assert_eq!(exists.win32(), Some(0xb7));
        assert_eq!(port.win32(), None);
    }

    #[test]
    fn what_is_no_code_is_found_nowhere() {
        for text in ["", "0x", "0x+1", "-", "--1", "+183", "0x1803b0013", "99999999999", "M0107", "1e3", "0"]
        {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_speaks_in_sentences() {
        assert!(ERRORS.windows(2).all(|pair| pair[0].code < pair[1].code));
        for error in ERRORS {
            assert!(error.meaning.ends_with('.') && error.advice.ends_with('.'), "{}", error.symbol);
            let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            assert!(error.symbol.chars().all(is_name), "{}", error.symbol);
        }
        let mut symbols: Vec<&str> = ERRORS.iter().map(|error| error.symbol).collect();
        symbols.sort_unstable();
        symbols.dedup();
        assert_eq!(symbols.len(), ERRORS.len());
    }

    /// Every code of the HCN facility that Windows defines has a row.
    #[test]
    fn no_code_of_hcn_is_missing() {
        let codes: Vec<u32> = ERRORS.iter().map(|error| error.code).collect();
        for code in 0x803b_0001..=0x803b_0037_u32 {
            assert!(codes.contains(&code), "{code:#x}");
        }
    }
}
