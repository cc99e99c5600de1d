//! The normal form of one rule.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::platform::iptables::model::{Address, Foreign, ForeignOption, Is, Match, Rule};

impl Rule {
    /// The normal form: addresses in one spelling, matches in canonical order.
    ///
    /// - What the packet's header is compared with comes first, in the order `-s -d -i -o -p -f` of
    ///   `iptables-save`. The kernel compares it before all modules (Linux, `ipt_do_table`).
    /// - Then comes the comment; it matches always.
    /// - Conditions without memory follow in the order of [`Match`]. They are not moved across a match that
    ///   acts or may act (`recent`, `nfacct`, an unknown one), since the kernel evaluates modules in the
    ///   order in which they were given and stops at the first that does not match.
    /// - A network of one address is that address; host bits are cleared; an IPv4 address with leading
    ///   zeros or in hexadecimal is read as user space does (iptables 1.8.9: `-s 010.0.0.1` is loaded as
    ///   8.0.0.1). A network of all addresses is no condition, and `iptables-save` does not print it.
    ///
    /// Equal values in different spellings (`--or-mark`, `--reject-with`, `--probability`) are one value
    /// of the model already.
    #[must_use]
    pub fn normalise(&self) -> Self {
        let mut matches: Vec<_> = self.matches.iter().filter_map(normal_match).collect();
        matches.sort_by_key(hoisted);
        for conditions in matches.chunk_by_mut(|one, other| !may_act(one) && !may_act(other)) {
            conditions.sort_by_key(rank);
        }
        Self { chain: self.chain, matches, target: self.target.clone() }
    }
}

/// The match in its usual spelling; `None` if it holds for every packet.
fn normal_match(condition: &Match) -> Option<Match> {
    Some(match condition {
        Match::Source(address) => Match::Source(normal_address(address)?),
        Match::Destination(address) => Match::Destination(normal_address(address)?),
        other => other.clone(),
    })
}

fn normal_address(address: &Is<Address>) -> Option<Is<Address>> {
    let value = match &address.value {
        Address::Ip(ip) => Address::Ip(*ip),
        Address::Net(net) if net.prefix_len() == 0 && !address.not => return None,
        Address::Net(net) => without_host_bits(net),
        Address::Verbatim(word) => match as_loaded(word.as_str()) {
            Some(ip) => Address::Ip(ip),
            None => Address::Verbatim(word.clone()),
        },
    };
    Some(Is { not: address.not, value })
}

fn without_host_bits(net: &IpNet) -> Address {
    if net.prefix_len() == net.max_prefix_len() { Address::Ip(net.addr()) } else { Address::Net(net.trunc()) }
}

/// An address in a spelling that only C reads, such as `010.0.0.1`, `0x0a.0.0.1` or `FD00::1`.
pub(in crate::platform::iptables) fn as_loaded(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok();
    }
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        *octet = c_octet(parts.next()?)?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets).into())
}

fn c_octet(text: &str) -> Option<u8> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    if digits.starts_with('+') { None } else { u8::from_str_radix(digits, radix).ok() }
}

/// The rank of the comment, which stands behind the header fields and before all else.
const COMMENT: u8 = 6;

/// The rank of matches that may not change places.
const ACTING: u8 = 13;

/// Header fields first, then the comment; all others stay where they are.
fn hoisted(condition: &Match) -> u8 {
    rank(condition).min(COMMENT + 1)
}

/// Whether evaluating the match can have an effect, so that it matters what is evaluated before it.
fn may_act(condition: &Match) -> bool {
    rank(condition) == ACTING
}

/// The place of a match among those that may change places.
fn rank(condition: &Match) -> u8 {
    match condition {
        Match::Source(_) => 0,
        Match::Destination(_) => 1,
        Match::InInterface(_) => 2,
        Match::Protocol(_) => 4,
        Match::Unknown(foreign) => foreign_rank(foreign),
        Match::Comment(_) => COMMENT,
        Match::DestinationPort(_) => 7,
        Match::ConntrackState(_) => 8,
        Match::SourceIsLocal(_) => 9,
        Match::DestinationIsLocal(_) => 10,
        Match::Mark(_) => 11,
        Match::Statistic(_) => 12,
        Match::Recent(_) | Match::Accounting(_) => ACTING,
    }
}

fn foreign_rank(foreign: &Foreign) -> u8 {
    match foreign.options().first().map_or("", ForeignOption::name) {
        "-s" => 0,
        "-d" => 1,
        "-i" => 2,
        "-o" => 3,
        "-p" => 4,
        "-f" => 5,
        _ if foreign.always_matches() => COMMENT,
        _ => ACTING,
    }
}

#[cfg(test)]
mod tests {
    use crate::net::Family;
    use crate::platform::iptables::model::Command;
    use crate::platform::iptables::{read, write_command};

    /// The normal form of a rule, as kube-proxy would write it.
    fn normal(rule: &str) -> String {
        let (ruleset, problems) = read(&format!("*nat\n-A X {rule}\nCOMMIT\n"), Family::Ipv4);
        assert_eq!(problems, []);
        let [Command::Append(rule)] = &ruleset.tables[0].commands[..] else { panic!("one rule") };
        let mut out = String::new();
        write_command(&mut out, &Command::Append(rule.normalise()));
        out.strip_prefix("-A X ").unwrap_or_default().to_owned()
    }

    #[test]
    fn header_fields_and_comment_come_first() {
        let saved = "! -s 10.244.0.0/16 -d 10.96.0.10/32 -p tcp -m comment --comment \"a cluster IP\" -m tcp --dport 80 -j X";
        let written = "-m comment --comment \"a cluster IP\" -m tcp -p tcp -d 10.96.0.10 --dport 80 ! -s 10.244.0.0/16 -j X";
        assert_eq!(normal(saved), normal(written));
        assert_eq!(
            normal(written),
            "! -s 10.244.0.0/16 -d 10.96.0.10 -m tcp -p tcp -m comment --comment \"a cluster IP\" --dport 80 -j X"
        );
    }

    #[test]
    fn conditions_stay_on_their_side_of_a_match_that_acts() {
        let one = "-m conntrack --ctstate NEW -m recent --set --name A -m mark --mark 0x1 -o eth0 -j X";
        assert_eq!(
            normal(one),
            "-o eth0 -m conntrack --ctstate NEW -m recent --name A --set -m mark --mark 0x00000001/0xffffffff -j X"
        );
        let foreign = "-m mark --mark 1 -m limit --limit 1/s -m conntrack --ctstate NEW";
        assert!(normal(foreign).find("mark") < normal(foreign).find("limit"));
        assert!(normal(foreign).find("limit") < normal(foreign).find("ctstate"));
        let free = "-m mark --mark 1 -m conntrack --ctstate NEW";
        assert!(normal(free).find("ctstate") < normal(free).find("mark"));
    }

    #[test]
    fn addresses_have_one_spelling() {
        // Loaded and saved again with iptables 1.8.9.
        for (loaded, saved) in [
            ("-s 10.0.0.1/32", "-s 10.0.0.1"),
            ("-s 10.1.2.3/8", "-s 10.0.0.0/8"),
            ("-s 010.0.0.1", "-s 8.0.0.1"),
            ("-s 10.244.001.005", "-s 10.244.1.5"),
            ("-s 0x0a.0.0.1", "-s 10.0.0.1"),
            ("-s 0.0.0.0/0", ""),
            ("! -s 0.0.0.0/0", "! -s 0.0.0.0/0"),
            ("-s 08.0.0.1", "-s 08.0.0.1"),
            ("-s <nil>", "-s <nil>"),
        ] {
            assert_eq!(normal(loaded), saved, "{loaded}");
        }
    }
}
