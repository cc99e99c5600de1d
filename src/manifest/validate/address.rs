//! Addresses and networks: how they are read, and what is reported about a bad one.

use std::net::IpAddr;

use ipnet::IpNet;

use super::report::KEPT;
use super::report::Report;
use super::rules::ApiRules;
use crate::diagnostics::{Code, Diagnostic};
use crate::manifest::codes;
use crate::manifest::format::Path;
use crate::name::printable;
use crate::net::{Family, parse_cidr, parse_ip};

/// What an address is for, and the consequence when it cannot be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct AddressRule {
    /// What it is, as in `external IP`.
    pub(super) what: &'static str,
    /// The code of an address that Kubernetes would refuse.
    pub(super) code: Code,
    /// The consequence when it cannot be read.
    pub(super) consequence: &'static str,
    /// Whether new objects must spell it canonically.
    pub(super) strict: bool,
}

impl AddressRule {
    /// The rule in a version.
    pub(super) const fn of(self, rules: ApiRules) -> Self {
        Self { strict: rules.strict_addresses, ..self }
    }
}

/// Reads an address as kube-proxy does, and reports a text that is not one or is spelled unusually.
pub(super) fn ip(report: &mut Report<'_>, at: &Path<'_>, text: &str, rule: &AddressRule) -> Option<IpAddr> {
    let plain = plainly_spelled(text);
    if plain.is_some() {
        return plain;
    }
    let Some(ip) = parse_ip(text) else {
        let message = format!("{} `{}` is not an IP address", rule.what, printable(text));
        report.refuse(at, rule.code, message, "an IP address", rule.consequence);
        return None;
    };
    report.push(at, unusual_spelling(text, &ip.to_string(), rule));
    Some(ip)
}

/// Reads a network as kube-proxy does, and reports a text that is not one or is spelled unusually.
pub(super) fn cidr(report: &mut Report<'_>, at: &Path<'_>, text: &str, rule: &AddressRule) -> Option<IpNet> {
    let Some(net) = parse_cidr(text) else {
        let message = format!("{} `{}` is not a CIDR", rule.what, printable(text));
        let allowed = "an address, `/` and the length of its prefix";
        report.refuse(at, rule.code, message, allowed, rule.consequence);
        return None;
    };
    let is_plain = text.split_once('/').is_some_and(|(address, length)| {
        let has_zero = length.len() > 1 && length.starts_with('0');
        !has_zero && plainly_spelled(address) == Some(net.addr())
    });
    if !is_plain {
        report.push(at, unusual_spelling(text, &net.to_string(), rule));
    }
    Some(net)
}

/// An address as strict readers take it: no leading zeros, not IPv4 in the form of IPv6. Capital letters
/// and zeros of IPv6 written out are fine (Kubernetes, `StrictIPCIDRValidation`).
fn plainly_spelled(text: &str) -> Option<IpAddr> {
    text.parse().ok().filter(|ip: &IpAddr| ip.to_canonical() == *ip)
}

fn unusual_spelling(text: &str, read: &str, rule: &AddressRule) -> Diagnostic {
    let message = format!("{} `{}` is read as `{read}`", rule.what, printable(text));
    let help = if rule.strict {
        "the API server refuses this spelling in new objects since 1.36"
    } else {
        "the API server will refuse this spelling in new objects from 1.36 on"
    };
    Diagnostic::new(codes::ADDRESS_SPELLING, message).allowed(read).help(help)
}

/// Reports an address that no traffic from elsewhere can reach.
pub(super) fn check_reachable(report: &mut Report<'_>, at: &Path<'_>, ip: IpAddr, rule: &AddressRule) {
    let Some(kind) = special(ip) else { return };
    report.refuse(
        at,
        rule.code,
        format!("{} `{ip}` is {kind}", rule.what),
        "neither unspecified, loopback, link-local nor link-local multicast",
        KEPT,
    );
}

fn special(ip: IpAddr) -> Option<&'static str> {
    let (is_link_local, is_link_local_multicast) = match ip {
        IpAddr::V4(ip) => (ip.is_link_local(), matches!(ip.octets(), [224, 0, 0, _])),
        IpAddr::V6(ip) => (ip.is_unicast_link_local(), ip.segments()[0] & 0xff0f == 0xff02),
    };
    if ip.is_unspecified() {
        Some("the unspecified address")
    } else if ip.is_loopback() {
        Some("a loopback address")
    } else if is_link_local {
        Some("a link-local address")
    } else {
        is_link_local_multicast.then_some("a link-local multicast address")
    }
}

/// Reports an address that is not of the family that was declared for it.
pub(super) fn check_family(
    report: &mut Report<'_>,
    at: &Path<'_>,
    ip: IpAddr,
    family: Family,
    rule: &AddressRule,
) -> bool {
    if Family::of(ip) == family {
        return true;
    }
    report.refuse(
        at,
        rule.code,
        format!("{} `{ip}` is not an {family} address", rule.what),
        format!("an {family} address"),
        KEPT,
    );
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_of_both_families() {
        let special = |text: &str| special(text.parse().unwrap());
        for (text, kind) in [
            ("0.0.0.0", "unspecified"),
            ("::", "unspecified"),
            ("127.1.2.3", "loopback"),
            ("::1", "loopback"),
            ("169.254.169.254", "link-local address"),
            ("fe80::1", "link-local address"),
            ("224.0.0.251", "link-local multicast"),
            ("ff02::fb", "link-local multicast"),
            ("ff12::fb", "link-local multicast"),
        ] {
            assert!(special(text).is_some_and(|special| special.contains(kind)), "{text}");
        }
        for text in ["10.0.0.1", "224.0.1.1", "fd00::1", "ff05::2", "255.255.255.255"] {
            assert_eq!(special(text), None, "{text}");
        }
    }

    #[test]
    fn capital_letters_are_no_unusual_spelling() {
        let plain = |text: &str| plainly_spelled(text).is_some();
        assert!(plain("10.0.0.1") && plain("FD00:0::1"));
        assert!(!plain("10.0.0.01") && !plain("::ffff:10.0.0.1"));
    }
}
