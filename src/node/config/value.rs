//! What a field of a `KubeProxyConfiguration` takes: types and forms of values, as kube-proxy checks them before it
//! starts (1.30 to 1.36).

use std::net::IpAddr;

use ipnet::IpNet;

use crate::name::{nearest, printable};
use crate::net::{Family, parse_cidr, parse_ip};
use crate::source::OutlinedKind;

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub(in crate::node) enum Kind {
    /// Anything: it decides nothing here.
    Any,
    /// A text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number from the first to the second.
    Number(i64, i64),
    /// A duration of Go that is not negative.
    Duration,
    /// One word.
    Word(&'static str),
    /// One of these words, or none.
    Words(&'static [&'static str]),
    /// An IP address, or none.
    Address,
    /// An address with or without a port, or none.
    HostPort,
    /// At most one network of each family, joined by a comma.
    Networks,
    /// A network, or a word of later versions.
    NodePortAddress,
    /// A list.
    List(&'static Kind),
    /// Fields.
    Mapping,
    /// Feature gates, each with `true` or `false`.
    Gates,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::node) struct Wrong {
    /// What it is, as the end of a sentence: "`1`, a number".
    pub(in crate::node) is: String,
    /// What is allowed.
    pub(in crate::node) allowed: String,
    /// What to do, where more than that is known.
    pub(in crate::node) advice: Option<String>,
}

/// The type that a scalar has in YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Bool,
    /// A word such as `yes`, which is a boolean to kube-proxy and a text to newer parsers.
    OldBool,
    Number,
    /// A number such as `0777`, which kube-proxy reads in octal.
    OldNumber,
    Text,
}

impl Kind {
    /// Checks a value.
    pub(in crate::node) fn check(self, value: &OutlinedKind) -> Result<(), Wrong> {
        let collection = match value {
            // What it repeats is checked where it is read as a whole.
            OutlinedKind::Alias => return Ok(()),
            OutlinedKind::Scalar { text, is_plain, .. } => {
                let type_ = if *is_plain { type_of(text) } else { Type::Text };
                return self.check_scalar(text, type_);
            }
            OutlinedKind::Mapping => "a mapping",
            OutlinedKind::Sequence => "a list",
        };
        match (self, collection) {
            (Self::Any, _) | (Self::List(_), "a list") | (Self::Mapping | Self::Gates, "a mapping") => Ok(()),
            _ => Err(self.wrong(collection.to_owned(), None)),
        }
    }

    fn check_scalar(self, text: &str, type_: Type) -> Result<(), Wrong> {
        if matches!(self, Self::Any) || (type_ == Type::Null && !matches!(self, Self::Word(_))) {
            return Ok(());
        }
        let shown = format!("`{}`", printable(text));
        let wants_text =
            !matches!(self, Self::Bool | Self::Number(..) | Self::List(_) | Self::Mapping | Self::Gates);
        let is_fine = match (self, type_) {
            (Self::Bool, Type::Bool) => true,
            (Self::Bool, Type::OldBool) => {
                return Err(
                    self.wrong(shown, Some("write true or false: not every parser takes other words".into()))
                );
            }
            (Self::Number(..), Type::OldNumber) => {
                let advice = "write it in decimal: kube-proxy reads a leading 0 as octal".to_owned();
                return Err(self.wrong(shown, Some(advice)));
            }
            (Self::Number(least, most), Type::Number) => {
                whole(text).is_some_and(|number| (least..=most).contains(&number))
            }
            (_, Type::Bool | Type::OldBool) if wants_text => {
                return Err(self.wrong(format!("{shown}, a boolean"), Some(DOES_NOT_START.to_owned())));
            }
            (_, Type::Number | Type::OldNumber) if wants_text => {
                return Err(self.wrong(format!("{shown}, a number"), Some(DOES_NOT_START.to_owned())));
            }
            _ => wants_text && self.takes(text),
        };
        if is_fine {
            return Ok(());
        }
        let near = match self {
            Self::Words(words) => nearest(text, words.iter().copied()).first().map(ToString::to_string),
            _ => None,
        };
        let advice = near.map(|near| format!("did you mean {near}? {DOES_NOT_START}"));
        let is_text = type_ == Type::Text && !wants_text;
        let shown = if is_text { format!("the text {shown}") } else { shown };
        Err(self.wrong(shown, advice))
    }

    /// Whether a text has the form.
    fn takes(self, text: &str) -> bool {
        let is_empty = text.is_empty();
        match self {
            Self::Word(word) => text == word,
            Self::Words(words) => is_empty || words.contains(&text),
            Self::Address => is_empty || parse_ip(text).is_some(),
            Self::HostPort => is_empty || host_port(text).is_some(),
            Self::Networks => is_empty || networks(text).is_some(),
            Self::NodePortAddress => {
                matches!(text, "primary" | "localhost" | "all") || parse_cidr(text).is_some()
            }
            Self::Duration => is_duration(text),
            _ => true,
        }
    }

    fn wrong(self, is: String, advice: Option<String>) -> Wrong {
        Wrong { is, allowed: self.allowed(), advice }
    }

    /// What is allowed, in words.
    pub(in crate::node) fn allowed(self) -> String {
        match self {
            Self::Any => "anything".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Duration => "a duration that is not negative, as in 30s, 5m and 0s".to_owned(),
            Self::Word(word) => word.to_owned(),
            Self::Words(words) => format!("{}, or none", words.join(", ")),
            Self::Address => "an IP address, or none".to_owned(),
            Self::HostPort => {
                "IP:PORT, as in 0.0.0.0:10256 and [::]:10256, an IP address, or none".to_owned()
            }
            Self::Networks => NETWORKS.to_owned(),
            Self::NodePortAddress => NODE_PORT_ADDRESSES.to_owned(),
            Self::List(of) => format!("a list; each entry {}", of.allowed()),
            Self::Mapping => "a mapping of its fields".to_owned(),
            Self::Gates => "a mapping of feature gates to true or false".to_owned(),
        }
    }
}

/// What becomes of a node with a wrong value.
pub(in crate::node) const DOES_NOT_START: &str = "kube-proxy does not start with it";

/// What `clusterCIDR` may be.
pub(in crate::node) const NETWORKS: &str = "a CIDR, or one of each family joined by a comma";

/// What an entry of `nodePortAddresses` may be.
pub(in crate::node) const NODE_PORT_ADDRESSES: &str = "CIDRs, from 1.31 on the word primary alone, and from 1.37 on primary, localhost and all, with each other and with CIDRs";

/// The networks of a text, at most one of each family.
pub(in crate::node) fn networks(text: &str) -> Option<Vec<IpNet>> {
    let networks: Option<Vec<IpNet>> = text.split(',').map(|cidr| parse_cidr(cidr.trim())).collect();
    networks.filter(|networks| match &**networks {
        [_] => true,
        [one, other] => Family::of_net(one) != Family::of_net(other),
        _ => false,
    })
}

/// The address and the port of a text such as `0.0.0.0:10256`; without a port, kube-proxy adds its own.
pub(in crate::node) fn host_port(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Some(ip) = parse_ip(text) {
        return Some((ip, None));
    }
    let (host, port) = text.rsplit_once(':')?;
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    let ip = parse_ip(if is_bracketed { &host[1..host.len() - 1] } else { host })?;
    (is_bracketed || ip.is_ipv4()).then_some((ip, Some(port.parse().ok()?)))
}

/// Whether Go reads a text as a duration that is not negative.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" || text == "-0" || text == "-0s" {
        return true;
    }
    let mut parts = 0;
    while !rest.is_empty() {
        let number = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (digits, after) = rest.split_at(number);
        let is_number = digits.bytes().any(|byte| byte.is_ascii_digit()) && digits.matches('.').count() <= 1;
        let unit = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"]
            .into_iter()
            .find_map(|unit| after.strip_prefix(unit));
        let Some(after) = unit.filter(|_| is_number) else { return false };
        rest = after;
        parts += 1;
    }
    parts > 0
}

/// The whole number of a plain scalar.
fn whole(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (&text[..1], digits),
        None => ("", text),
    };
    let radix = |prefix: &str, radix| i64::from_str_radix(digits.strip_prefix(prefix)?, radix).ok();
    let number = radix("0x", 16)
        .or_else(|| radix("0o", 8))
        .or_else(|| radix("0b", 2))
        .or_else(|| digits.parse().ok())?;
    Some(if sign == "-" { -number } else { number })
}

/// The type of a scalar without quotes.
fn type_of(text: &str) -> Type {
    let is_one_of = |words: &[&str]| {
        let is_written_so = |word: &&str| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            let capitalised: String = first.into_iter().chain(letters).collect();
            text == *word || text == word.to_ascii_uppercase() || text == capitalised
        };
        words.iter().any(is_written_so)
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_numeral = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    match text {
        "" | "~" => Type::Null,
        _ if is_one_of(&["null"]) => Type::Null,
        _ if is_one_of(&["true", "false"]) => Type::Bool,
        _ if is_one_of(&["yes", "no", "on", "off", "y", "n"]) => Type::OldBool,
        _ if !is_numeral => Type::Text,
        _ if digits.len() > 1
            && digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Type::OldNumber
        }
        _ if whole(text).is_some() || text.parse::<f64>().is_ok() => Type::Number,
        _ if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') => Type::OldNumber,
        _ => Type::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for text in ["0", "0s", "30s", "1h15m", "1.5h", "100ms", "+5m", "1h0m0.5s", "3µs"] {
            assert!(is_duration(text), "{text}");
        }
        for text in ["", "30", "s", "-1s", "1d", "5 m", "1..5s", "1h30"] {
            assert!(!is_duration(text), "{text}");
        }
    }

    #[test]
    fn a_port_may_be_left_out() {
        for (text, expected) in [
            ("0.0.0.0:10256", Some(("0.0.0.0", Some(10256)))),
            ("[::1]:1", Some(("::1", Some(1)))),
            ("10.0.0.1", Some(("10.0.0.1", None))),
            ("::", Some(("::", None))),
            ("10.0.0.1:", None),
            ("10.0.0.1:70000", None),
            (":10256", None),
            ("localhost:10256", None),
        ] {
            let expected = expected.map(|(ip, port)| (parse_ip(ip).unwrap(), port));
            assert_eq!(host_port(text), expected, "{text}");
        }
    }

    #[test]
    fn scalars_have_the_types_that_kube_proxy_reads() {
        for (text, expected) in [
            ("", Type::Null),
            ("null", Type::Null),
            ("True", Type::Bool),
            ("tRue", Type::Text),
            ("yes", Type::OldBool),
            ("OFF", Type::OldBool),
            ("14", Type::Number),
            ("-1", Type::Number),
            ("0x1f", Type::Number),
            ("1.5", Type::Number),
            ("014", Type::OldNumber),
            ("1_000", Type::OldNumber),
            ("10.0.0.0/8", Type::Text),
            ("10.0.0.1", Type::Text),
            ("30s", Type::Text),
            ("inf", Type::Text),
        ] {
            assert_eq!(type_of(text), expected, "{text}");
        }
    }
}
