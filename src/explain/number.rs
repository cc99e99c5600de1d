//! Numbers in the objects of platforms.

use crate::answer::lexicon::Number;
use crate::name::printable;
use crate::platform;

/// The members of all platforms whose numbers have meanings.
pub fn numbers() -> impl Iterator<Item = &'static Number> {
    platform::all().iter().flat_map(|platform| platform.numbers())
}

/// The member that a word selects.
#[must_use]
pub fn find_number(name: &str) -> Option<&'static Number> {
    numbers().find(|number| number.name == name)
}

/// Reads a number, in decimal or as `0x1c`.
///
/// # Errors
/// When it is none, or does not fit.
pub fn parse_number(text: &str) -> Result<u32, String> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16),
        _ => text.parse(),
    };
    let expected = format!("expected 0 to {}, e.g. 28 or 0x1c", u32::MAX);
    number.map_err(|_| format!("invalid number `{}`; {expected}", printable(text)))
}
