//! The shapes of names in Kubernetes (apimachinery, `util/validation`).

use std::fmt::{self, Debug, Formatter};

/// A shape that a text can have, and its description.
#[derive(Clone, Copy)]
pub(super) struct Syntax {
    /// Whether a text has it.
    pub(super) matches: fn(&str) -> bool,
    /// What is allowed.
    pub(super) words: &'static str,
}

impl Debug for Syntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }
}

/// A label of RFC 1123: a namespace, a port.
pub(super) const DNS_LABEL: Syntax = Syntax {
    matches: is_dns_label,
    words: "1–63 lower-case letters, digits and `-`, with a letter or digit at both ends",
};

/// A label of RFC 1035: a Service.
pub(super) const DNS_1035_LABEL: Syntax = Syntax {
    matches: |text| is_dns_label(text) && text.starts_with(|first: char| first.is_ascii_lowercase()),
    words: "1–63 lower-case letters, digits and `-`, starting with a letter and not ending with `-`",
};

/// A subdomain of RFC 1123: a node, a slice.
pub(super) const SUBDOMAIN: Syntax = Syntax {
    matches: is_subdomain,
    words: "1–253 lower-case letters, digits, `-` and `.`, with a letter or digit at both ends of each part",
};

/// A domain name of two labels or more.
pub(super) const DOMAIN_NAME: Syntax = Syntax {
    matches: |text| {
        let name = text.strip_suffix('.').unwrap_or(text);
        is_subdomain(name) && name.contains('.') && name.split('.').all(is_dns_label)
    },
    words: "a domain name of two labels or more",
};

/// The value of a label.
pub(super) const LABEL_VALUE: Syntax = Syntax {
    matches: |text| text.is_empty() || is_name_part(text),
    words: "up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
};

/// The key of a label, an application protocol, a load balancer class.
pub(super) const QUALIFIED_NAME: Syntax = Syntax {
    matches: |text| match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_name_part(name),
        None => is_name_part(text),
    },
    words: "1–63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends, \
            perhaps after a DNS name and `/`",
};

/// The name of a container port.
pub(super) const CONTAINER_PORT: Syntax = Syntax {
    matches: |text| {
        let allowed = |b: u8| is_lower_or_digit(b) || b == b'-';
        (1..=15).contains(&text.len())
            && text.bytes().all(allowed)
            && text.bytes().any(|b| b.is_ascii_lowercase())
            && !text.contains("--")
            && !text.starts_with('-')
            && !text.ends_with('-')
    },
    words: "1–65535, or 1–15 lower-case letters, digits and single `-` inside, with a letter among them",
};

fn is_lower_or_digit(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_part(text.as_bytes())
}

/// The parts of a subdomain have no limit of their own.
fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.as_bytes().split(|&b| b == b'.').all(is_dns_part)
}

fn is_dns_part(bytes: &[u8]) -> bool {
    bytes.first().copied().is_some_and(is_lower_or_digit)
        && bytes.last().copied().is_some_and(is_lower_or_digit)
        && bytes.iter().all(|&b| is_lower_or_digit(b) || b == b'-')
}

fn is_name_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(syntax: Syntax, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!((syntax.matches)(text), "{text:?} should be: {syntax:?}");
        }
        for text in bad {
            assert!(!(syntax.matches)(text), "{text:?} should not be: {syntax:?}");
        }
    }

    #[test]
    fn labels() {
        let (longest, too_long) = ("a".repeat(63), "a".repeat(64));
        check(DNS_LABEL, &["a", "1a", "a-b", &longest], &["", "-a", "a-", "A", "a.b", "a_b", "ä", &too_long]);
        check(DNS_1035_LABEL, &["a", "a1", "a-1"], &["1a", "", "-a", "a-"]);
    }

    #[test]
    fn domain_names() {
        let long_part = "a".repeat(100);
        let too_long = ["a".repeat(126), "b".repeat(127)].join(".");
        check(
            SUBDOMAIN,
            &["a", "a.b", "1.2", &long_part],
            &["", ".", "a.", ".a", "a..b", "a_b", "A", &too_long],
        );
        check(DOMAIN_NAME, &["a.b", "a.b."], &["a", "a.", "", &format!("{long_part}.a")]);
    }

    #[test]
    fn label_keys_and_values() {
        check(LABEL_VALUE, &["", "a", "A_b.c-1"], &["-", "a-", ".a", "a b", &"a".repeat(64)]);
        check(QUALIFIED_NAME, &["a", "A_b", "x.y/A_b"], &["", "/a", "a/", "a/b/c", "X/a", "a b", "ä"]);
    }

    #[test]
    fn container_ports() {
        check(
            CONTAINER_PORT,
            &["http", "p2p", "a-b"],
            &["", "80", "a--b", "-a", "a-", "Http", "abcdefghijklmnop"],
        );
    }
}
