//! What this program does not know, in a form that is read as the same words.

use super::push_not;
use crate::platform::iptables::model::{Foreign, ForeignOption};

/// Prints the options in their order.
pub(super) fn write_foreign(out: &mut String, foreign: &Foreign) {
    for (place, option) in foreign.options().iter().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        write_foreign_option(out, option);
    }
}

fn write_foreign_option(out: &mut String, option: &ForeignOption) {
    push_not(out, option.not());
    out.push_str(option.name());
    for value in option.values() {
        out.push(' ');
        if needs_quotes(value) {
            push_quoted(out, value);
        } else {
            out.push_str(value);
        }
    }
}

/// Whether a value would be split, or taken for the next option, if it stood bare.
fn needs_quotes(value: &str) -> bool {
    value.is_empty() || value.starts_with(['-', '!']) || value.contains([' ', '\t', '"'])
}

/// iptables 1.8.9: inside double quotes a backslash takes the next character as it is.
fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        out.push_str(&rest[..at]);
        out.push('\\');
        out.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
