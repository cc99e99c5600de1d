//! What HNS answers when it refuses: the meaning of its codes, and what to do next.
//!
//! HCN functions return an HRESULT; logs of kube-proxy show those of Windows itself (0x8007xxxx) without
//! their upper half, as Win32 codes.

mod table;

use crate::answer::step::{Failure, FailureClass};

pub use table::ERRORS;

/// A code that HNS answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HnsError {
    /// The HRESULT.
    pub code: u32,
    /// Its name in the headers of Windows, as in `HCN_E_PORT_ALREADY_EXISTS`.
    pub symbol: &'static str,
    /// What to make of it.
    pub class: FailureClass,
    /// What it means.
    pub meaning: &'static str,
    /// What to do next, in the world of kube-proxy.
    pub advice: &'static str,
}

/// The facility of Win32 codes in an HRESULT.
const FACILITY_WIN32: u32 = 0x8007_0000;

impl HnsError {
    /// The error with an HRESULT.
    #[must_use]
    pub fn of(code: u32) -> Option<&'static Self> {
        ERRORS.binary_search_by_key(&code, |error| error.code).ok().map(|at| &ERRORS[at])
    }

    /// The error that a person means: by its symbol, with or without its prefix, or by its code as
    /// [`hresult`] reads it.
    #[must_use]
    pub fn find(text: &str) -> Option<&'static Self> {
        let of_symbol = |error: &&Self| {
            let short = error.symbol.split_once("_E_").map_or(error.symbol, |(_, short)| short);
            [error.symbol, short].iter().any(|name| name.eq_ignore_ascii_case(text))
        };
        hresult(text).and_then(Self::of).or_else(|| ERRORS.iter().find(of_symbol))
    }

    /// The Win32 code, as logs print it, where it is one.
    #[must_use]
    pub fn win32(&self) -> Option<u32> {
        (self.code & 0xffff_0000 == FACILITY_WIN32).then_some(self.code & 0xffff)
    }
}

/// Reads an HRESULT as tools print it: `0x803b0013`, `803B0013`, `2151350291`, `-2143617005`; and a Win32
/// code, `0xb7` or `183`, which stands for the HRESULT made of it.
#[must_use]
pub fn hresult(text: &str) -> Option<u32> {
    let code = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => hexadecimal(digits)?,
        // Eight digits are an HRESULT without its mark; as decimals they would be no code at all.
        None if text.len() == 8 => hexadecimal(text)?,
        None => decimal(text)?,
    };
    Some(if (1..=0xffff).contains(&code) { FACILITY_WIN32 | code } else { code })
}

fn hexadecimal(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// PowerShell prints HRESULTs as signed numbers, HNS as unsigned ones.
fn decimal(text: &str) -> Option<u32> {
    match text.strip_prefix('-') {
        Some(_) => text.parse::<i32>().ok().map(i32::cast_unsigned),
        None => text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?,
    }
}

/// A failure from an answer of HNS: its HRESULT, and what it said besides, which may be nothing.
#[must_use]
pub fn failure(code: u32, said: &str) -> Failure {
    let known = HnsError::of(code);
    let meaning = match (known, said) {
        (Some(error), "") => error.meaning.to_owned(),
        (Some(error), said) => format!("{said}. {}", error.meaning),
        (None, "") => "HNS answered with a code that nobody has written down.".to_owned(),
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
        let port = HnsError::of(0x803b_0013).unwrap();
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
            assert_eq!(HnsError::find(text), Some(port), "{text}");
        }
        let exists = HnsError::of(0x8007_00b7).unwrap();
        for text in ["0xb7", "0xB7", "183", "0x800700b7", "2147942583", "ERROR_ALREADY_EXISTS"] {
            assert_eq!(HnsError::find(text), Some(exists), "{text}");
        }
        assert_eq!(exists.win32(), Some(0xb7));
        assert_eq!(port.win32(), None);
    }

    #[test]
    fn what_is_no_code_is_found_nowhere() {
        for text in ["", "0x", "0x+1", "-", "--1", "+183", "0x1803b0013", "99999999999", "M0107", "1e3", "0"]
        {
            assert_eq!(HnsError::find(text), None, "{text}");
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
