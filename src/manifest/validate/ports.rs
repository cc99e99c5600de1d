//! What the ports of all kinds have in common.

use super::report::KEPT;
use super::report::Report;
use super::syntax::{DNS_LABEL, QUALIFIED_NAME};
use super::texts::{Choice, NameRule, fits_port};
use crate::manifest::codes;
use crate::manifest::format::Int;
use crate::manifest::format::Path;
use crate::name::printable;

/// For a port that cannot be compiled.
pub(super) const PORT_LOST: &str = "the API server would refuse this object; its other ports are compiled";

/// The name of a port.
pub(super) const PORT_NAME: NameRule = NameRule {
    what: "port name",
    code: codes::PORT_NAME_INVALID,
    syntax: DNS_LABEL,
    writable: fits_port,
    consequence: PORT_LOST,
};

/// The protocol of a port.
pub(super) const PROTOCOL: Choice = Choice {
    field: "protocol",
    code: codes::PROTOCOL_UNKNOWN,
    words: &["TCP", "UDP", "SCTP"],
    help: PORT_LOST,
};

/// The words for what a port number may be.
pub(super) const PORT_NUMBERS: &str = "1–65535";

/// Whether a number is a port.
pub(super) fn is_port(Int(number): Int) -> bool {
    (1..=65535).contains(&number)
}

/// A number that is neither absent nor 0, which means the same.
pub(super) fn nonzero(number: Option<Int>) -> Option<Int> {
    number.filter(|&number| number != Int(0))
}

/// Checks the `appProtocol` of a port, of a Service or a slice.
pub(super) fn app_protocol(protocol: &str, at: &Path<'_>, report: &mut Report<'_>) {
    let at = at.field("appProtocol");
    if report.is_ambiguous(&at, protocol) || (QUALIFIED_NAME.matches)(protocol) {
        return;
    }
    let message = format!("appProtocol `{}` is not valid", printable(protocol));
    report.refuse(&at, codes::QUALIFIED_NAME, message, QUALIFIED_NAME.words, KEPT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_1_to_65535() {
        assert!([1, 80, 65535].into_iter().all(|number| is_port(Int(number))));
        assert!([0, -1, 65536, i64::MIN, i64::MAX].into_iter().all(|number| !is_port(Int(number))));
    }
}
