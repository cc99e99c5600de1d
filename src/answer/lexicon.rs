//! What the codes and numbers of a platform mean.

use super::step::FailureClass;
use super::verdict::Confidence;

/// An error code that a platform answers with, as Windows and its tools print it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// The HRESULT.
    pub code: u32,
    /// Its name in the headers of Windows, as in `HCN_E_PORT_ALREADY_EXISTS`.
    pub symbol: &'static str,
    /// What to make of it.
    pub class: FailureClass,
    /// What it means.
    pub meaning: &'static str,
    /// What to do next.
    pub advice: &'static str,
}

/// A value in the registry of a node that changes what the node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrySwitch {
    /// The name of the value.
    pub name: &'static str,
    /// The key that it is a value of.
    pub key: &'static str,
    /// What is known of it.
    pub effect: &'static str,
    /// Who sets it, to what, and since when.
    pub set_by: &'static str,
    /// How sure the effect is.
    pub confidence: Confidence,
    /// Where that is known from.
    pub source: &'static str,
}

/// The facility of Win32 codes in an HRESULT.
const FACILITY_WIN32: u32 = 0x8007_0000;

impl ErrorCode {
    /// The Win32 or Winsock code, as logs print it, where it is one.
    #[must_use]
    pub fn win32(&self) -> Option<u32> {
        (self.code & 0xffff_0000 == FACILITY_WIN32).then_some(self.code & 0xffff)
    }

    /// Whether a text is its symbol, with or without the prefix, or its code as [`hresult`] reads it.
    #[must_use]
    pub fn is_named(&self, text: &str) -> bool {
        let short = self.symbol.split_once("_E_").map_or(self.symbol, |(_, short)| short);
        [self.symbol, short].iter().any(|name| name.eq_ignore_ascii_case(text))
            || hresult(text) == Some(self.code)
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

/// A message in the log of the program that serves Services on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogMessage {
    /// How it begins; of several the longest is meant.
    pub text: &'static str,
    /// What it tells; empty where it only says that work goes on.
    pub meaning: &'static str,
    /// What to do next; empty where nothing went wrong.
    pub advice: &'static str,
}

impl LogMessage {
    /// Whether it says that something went wrong.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        !self.advice.is_empty()
    }
}

/// A member of a platform's objects whose numbers have meanings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// The word that selects it on a command line.
    pub name: &'static str,
    /// Which member of which object it is.
    pub title: &'static str,
    /// Whether each bit has a meaning of its own; else the whole number has one.
    pub is_mask: bool,
    /// All meanings, by number.
    pub meanings: &'static [Meaning],
}

/// One meaning of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaning {
    /// The bit, or the whole number.
    pub number: u32,
    /// The word for it in the schema of the platform.
    pub name: &'static str,
    /// What it does, and when kube-proxy asks for it.
    pub effect: &'static str,
}

/// A number taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What it consists of, by number.
    pub meanings: Vec<&'static Meaning>,
    /// The bits, or the number, without a known meaning.
    pub unknown: u32,
}

impl Number {
    /// Takes a value apart.
    #[must_use]
    pub fn parts(&self, value: u32) -> Parts {
        let is_part = |meaning: &&Meaning| {
            if self.is_mask { meaning.number & value != 0 } else { meaning.number == value }
        };
        let meanings: Vec<&'static Meaning> = self.meanings.iter().filter(is_part).collect();
        let known = meanings.iter().fold(0, |known, meaning| known | meaning.number);
        Parts { meanings, unknown: value & !known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_codes_are_refused() {
        for text in ["", "0x", "0x+1", "-", "--1", "+183", "0x1803b0013", "99999999999", "M0107", "1e3"] {
            assert_eq!(hresult(text), None, "{text}");
        }
    }

    #[test]
    fn win32_codes_stand_for_the_hresult_made_of_them() {
        for text in ["0xb7", "0xB7", "183", "0x800700b7", "2147942583"] {
            assert_eq!(hresult(text), Some(0x8007_00b7), "{text}");
        }
        assert_eq!(hresult("0"), Some(0));
    }
}
