//! Which numbers in an answer are assumed, and what each of them is in words that stay when the number changes.
//!
//! The one place that knows: [`RuleSet`](crate::ir::RuleSet) carries it, documents ask it for their fields, and drawings
//! and texts ask it where to put a mark.

mod mark;
mod members;
mod places;

use std::collections::BTreeMap;
use std::net::IpAddr;

use rustc_hash::FxHashSet;

use self::places::Places;
use super::Assumed;

pub use mark::Mark;
pub use members::{AssumedMembers, IsAssumed};

/// The assumed numbers of an input, and what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    addresses: BTreeMap<IpAddr, Mark>,
    ports: BTreeMap<u16, Mark>,
}

impl Assumed {
    /// The numbers, to be found in answers.
    #[must_use]
    pub fn marks(&self) -> Marks {
        let mark = |symbol: String| Mark { symbol, assumed_replicas: None };
        let mut addresses: BTreeMap<IpAddr, Mark> = BTreeMap::new();
        for node in self.used.nodes.iter().filter(|node| self.nodes.contains(&node.name)) {
            addresses.extend(node.addresses.iter().map(|ip| (*ip, mark(format!("node:{}", node.name)))));
        }
        for pod in self.pods.iter().filter(|pod| !pod.has_host_network) {
            let workload = &self.workloads[pod.workload];
            let assumed_replicas = workload.is_assumed.then_some(workload.count);
            let mark = Mark { symbol: format!("pod:{}", pod.name), assumed_replicas };
            addresses.extend(pod.ips.iter().map(|ip| (*ip, mark.clone())));
        }
        for (kind, of_services) in [("loadBalancer", &self.load_balancers), ("clusterIP", &self.cluster_ips)]
        {
            let of_services = of_services.iter();
            addresses.extend(of_services.map(|(service, ip)| (*ip, mark(format!("{kind}:{service}")))));
        }
        let ports = self.node_ports.iter().map(|port| (port.number, mark(port.symbol())));
        let mut marks = Marks { addresses, ports: ports.collect() };
        marks.addresses.retain(|_, mark| mark.symbol.bytes().all(is_plain));
        marks.ports.retain(|_, mark| mark.symbol.bytes().all(is_plain));
        marks
    }
}

/// Whether a letter does no harm in a comment or a script. Objects whose names have others have no rules.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":/.-".contains(&byte)
}

impl Marks {
    /// The marks of numbers that stand for others, as they are asked for.
    pub(crate) fn stand_in(addresses: BTreeMap<IpAddr, Mark>, ports: BTreeMap<u16, Mark>) -> Self {
        Self { addresses, ports }
    }

    /// The marks that a document tells: of addresses and of node ports what each is, in symbols that are safe to print.
    #[must_use]
    pub fn told(addresses: BTreeMap<IpAddr, String>, ports: BTreeMap<u16, String>) -> Self {
        let mark = |symbol: String| Mark { symbol, assumed_replicas: None };
        Self {
            addresses: addresses.into_iter().map(|(ip, symbol)| (ip, mark(symbol))).collect(),
            ports: ports.into_iter().map(|(port, symbol)| (port, mark(symbol))).collect(),
        }
    }

    /// Adds those of another input.
    pub fn extend(&mut self, others: Self) {
        self.addresses.extend(others.addresses);
        self.ports.extend(others.ports);
    }

    /// Whether nothing is assumed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.ports.is_empty()
    }

    /// All of them: addresses, then ports.
    pub fn iter(&self) -> impl Iterator<Item = (String, &Mark)> {
        let addresses = self.addresses.iter().map(|(ip, mark)| (ip.to_string(), mark));
        addresses.chain(self.ports.iter().map(|(port, mark)| (port.to_string(), mark)))
    }

    /// The addresses.
    pub fn addresses(&self) -> impl Iterator<Item = (IpAddr, &Mark)> {
        self.addresses.iter().map(|(ip, mark)| (*ip, mark))
    }

    /// The node ports.
    pub fn ports(&self) -> impl Iterator<Item = (u16, &Mark)> {
        self.ports.iter().map(|(port, mark)| (*port, mark))
    }

    /// What an address is, if it is assumed.
    #[must_use]
    pub fn of(&self, ip: IpAddr) -> Option<&Mark> {
        self.addresses.get(&ip)
    }

    /// What a node port is, if it is assumed.
    #[must_use]
    pub fn of_port(&self, port: u16) -> Option<&Mark> {
        self.ports.get(&port)
    }

    /// The text with what they are in the place of assumed numbers, so that a change of numbers makes no difference.
    #[must_use]
    pub fn symbolic(&self, text: &str) -> String {
        let mut symbolic = String::with_capacity(text.len());
        let mut from = 0;
        for place in self.places(text) {
            symbolic.push_str(&text[from..place.start]);
            symbolic.push_str(&place.mark.symbol);
            from = place.end;
        }
        symbolic.push_str(&text[from..]);
        symbolic
    }

    /// The assumed numbers in a text, each once, in its order, with what they are.
    #[must_use]
    pub fn found_in<'t>(&'t self, text: &'t str) -> Vec<(&'t str, &'t Mark)> {
        let mut seen = FxHashSet::default();
        let places = self.places(text).map(|place| (&text[place.start..place.end], place.mark));
        places.filter(|(number, _)| seen.insert(*number)).collect()
    }

    /// Whether an assumed number is in a text.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        self.places(text).next().is_some()
    }

    /// The text with a star behind each assumed number and what belongs to it. In columns it takes the place of a blank.
    /// Commands stay as they are, so that they can be copied.
    #[must_use]
    pub fn starred(&self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        text.split_inclusive('\n').map(|line| self.starred_line(line)).collect()
    }

    fn places<'t>(&'t self, text: &'t str) -> Places<'t> {
        Places::of(&self.addresses, &self.ports, text)
    }

    fn starred_line(&self, line: &str) -> String {
        let words = line.trim_start();
        if words.starts_with("hnsplan ") || words.starts_with("--") {
            return line.to_owned();
        }
        let mut starred = String::with_capacity(line.len() + 8);
        let (mut from, mut owed) = (0, 0);
        for place in self.places(line) {
            if place.start < from {
                continue;
            }
            let end = end_of_word(line, place.end);
            push_narrower(&mut starred, &line[from..end], &mut owed);
            starred.push('*');
            from = if line[end..].starts_with("  ") { end + 1 } else { end };
            owed += usize::from(from == end);
        }
        push_narrower(&mut starred, &line[from..], &mut owed);
        starred
    }
}

/// Adds a text, and takes from the gaps between its columns the blanks that stars before it are wider.
fn push_narrower(starred: &mut String, text: &str, owed: &mut usize) {
    let mut blanks = 0;
    for letter in text.chars() {
        blanks = if letter == ' ' { blanks + 1 } else { 0 };
        if blanks > 2 && *owed > 0 {
            *owed -= 1;
        } else {
            starred.push(letter);
        }
    }
}

/// Where what belongs to a number ends: `10.96.0.7:80/TCP`, `[fd00::7]:80`, `10.96.0.7/32`.
fn end_of_word(line: &str, end: usize) -> usize {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"]:/".contains(byte);
    let length = line.as_bytes()[end..].iter().take_while(|byte| belongs(byte)).count();
    end + line[end..end + length].trim_end_matches([':', '/']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks() -> Marks {
        let mark = |symbol: &str| Mark { symbol: symbol.to_owned(), assumed_replicas: None };
        let addresses = [
            ("10.96.0.7", "clusterIP:shop/web"),
            ("10.244.0.7", "pod:shop/web-0"),
            ("fd00::7", "pod:shop/web-0"),
        ];
        let addresses = addresses.map(|(ip, symbol)| (ip.parse().expect("an address"), mark(symbol)));
        Marks { addresses: addresses.into(), ports: [(30080, mark("nodePort:shop/web:http"))].into() }
    }

    #[test]
    fn addresses_become_words() {
        for (text, expected) in [
            ("-d 10.96.0.7/32 -j X", "-d clusterIP:shop/web/32 -j X"),
            ("10.244.0.7:8080", "pod:shop/web-0:8080"),
            ("[fd00::7]:80 fd00::7", "[pod:shop/web-0]:80 pod:shop/web-0"),
            ("\"10.96.0.7\",10.244.0.7.", "\"clusterIP:shop/web\",pod:shop/web-0."),
            (
                "10.96.0.70 110.96.0.7 10.96.0.7.1 x10.96.0.7 fd00::77",
                "10.96.0.70 110.96.0.7 10.96.0.7.1 x10.96.0.7 fd00::77",
            ),
            ("02-11-0a-f4-00-07 ü10.96.0.7ü", "02-11-0a-f4-00-07 üclusterIP:shop/webü"),
            ("", ""),
        ] {
            assert_eq!(marks().symbolic(text), expected);
        }
        assert_eq!(Marks::default().symbolic("10.96.0.7"), "10.96.0.7");
    }

    #[test]
    fn node_ports_become_words_where_a_port_is_meant() {
        let port = "nodePort:shop/web:http";
        for (text, expected) in [
            ("--dport 30080 -j X", format!("--dport {port} -j X")),
            (
                "\"ExternalPort\":30080,\"InternalPort\":30080",
                format!("\"ExternalPort\":{port},\"InternalPort\":30080"),
            ),
            ("\"ExternalPort\": 30080", format!("\"ExternalPort\": {port}")),
            ("listenport=30080 connectport=30080", format!("listenport={port} connectport=30080")),
            ("192.168.0.11:30080/TCP", format!("192.168.0.11:{port}/TCP")),
            ("[fd00::8]:30080 *:30080", format!("[fd00::8]:{port} *:{port}")),
            ("node:30080, node port 30080.", format!("node:{port}, node port {port}.")),
            ("10.244.0.7:30080 [fd00::7]:30080", "pod:shop/web-0:30080 [pod:shop/web-0]:30080".to_owned()),
            (
                "30080 lines, 0x30080, :300801 port 30080.5",
                "30080 lines, 0x30080, :300801 port 30080.5".to_owned(),
            ),
        ] {
            assert_eq!(marks().symbolic(text), expected);
        }
    }

    #[test]
    fn each_address_is_found_once() {
        let marks = marks();
        let found = marks.found_in("10.244.0.7:80, 10.96.0.7 and 10.244.0.7");
        let found: Vec<(&str, &str)> = found.iter().map(|(ip, mark)| (*ip, &*mark.symbol)).collect();
        assert_eq!(found, [("10.244.0.7", "pod:shop/web-0"), ("10.96.0.7", "clusterIP:shop/web")]);
    }

    #[test]
    fn a_star_keeps_columns_and_commands() {
        for (text, starred) in [
            ("10.96.0.7:80/TCP  pod", "10.96.0.7:80/TCP* pod"),
            ("to 10.96.0.7, or [fd00::7]:80.", "to 10.96.0.7*, or [fd00::7]:80*."),
            (
                "  hnsplan trace --to 10.96.0.7:80\n  --from pod:10.244.0.7\n",
                "  hnsplan trace --to 10.96.0.7:80\n  --from pod:10.244.0.7\n",
            ),
            ("192.168.0.11:30080  x", "192.168.0.11:30080* x"),
            ("10.96.0.7 leads to it    next", "10.96.0.7* leads to it   next"),
            ("10.96.0.8  x", "10.96.0.8  x"),
        ] {
            assert_eq!(marks().starred(text), starred);
        }
    }
}
