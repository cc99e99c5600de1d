//! Words of a command line, as a person can paste them.

use crate::name::printable;

/// A word as a POSIX shell reads it, and PowerShell as well where it has no quote in it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", printable(word).replace('\'', "'\\''"))
}
