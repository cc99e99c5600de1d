//! Which addresses in an answer are assumed, and what each of them is in words that stay when the number changes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::Assumed;

/// The assumed addresses of an input, and what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    marks: BTreeMap<IpAddr, Mark>,
}

/// What an assumed address is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// `clusterIP:shop/web`, `loadBalancer:shop/web`, `pod:shop/web-0` or `node:linux-1`.
    pub symbol: String,
    /// How many replicas its workload has, where no manifest says so.
    pub assumed_replicas: Option<u64>,
}

impl std::fmt::Display for Mark {
    /// `pod:shop/web-0, 1 of 3 assumed replicas`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.symbol)?;
        match self.assumed_replicas {
            Some(1) => f.write_str(", 1 assumed replica"),
            Some(count) => write!(f, ", 1 of {count} assumed replicas"),
            None => Ok(()),
        }
    }
}

impl Assumed {
    /// The addresses, to be found in answers.
    #[must_use]
    pub fn marks(&self) -> Marks {
        let mark = |symbol: String| Mark { symbol, assumed_replicas: None };
        let mut marks: BTreeMap<IpAddr, Mark> = BTreeMap::new();
        for node in self.used.nodes.iter().filter(|node| self.nodes.contains(&node.name)) {
            marks.extend(node.addresses.iter().map(|ip| (*ip, mark(format!("node:{}", node.name)))));
        }
        for pod in self.pods.iter().filter(|pod| !pod.has_host_network) {
            let workload = &self.workloads[pod.workload];
            let assumed_replicas = workload.is_assumed.then_some(workload.count);
            let mark = Mark { symbol: format!("pod:{}", pod.name), assumed_replicas };
            marks.extend(pod.ips.iter().map(|ip| (*ip, mark.clone())));
        }
        for (kind, addresses) in [("loadBalancer", &self.load_balancers), ("clusterIP", &self.cluster_ips)] {
            marks.extend(addresses.iter().map(|(service, ip)| (*ip, mark(format!("{kind}:{service}")))));
        }
        marks.retain(|_, mark| mark.symbol.bytes().all(is_plain));
        Marks { marks }
    }
}

/// Whether a letter does no harm in a comment or a script. Objects whose names have others have no rules.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b":/.-".contains(&byte)
}

impl Marks {
    /// Adds those of another input.
    pub fn extend(&mut self, others: Self) {
        self.marks.extend(others.marks);
    }

    /// Whether nothing is assumed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// All of them, by address.
    pub fn iter(&self) -> impl Iterator<Item = (IpAddr, &Mark)> {
        self.marks.iter().map(|(ip, mark)| (*ip, mark))
    }

    /// What an address is, if it is assumed.
    #[must_use]
    pub fn of(&self, ip: IpAddr) -> Option<&Mark> {
        self.marks.get(&ip)
    }

    /// The text with what they are in the place of assumed addresses, so that a change of numbers makes no difference.
    #[must_use]
    pub fn symbolic(&self, text: &str) -> String {
        let mut symbolic = String::with_capacity(text.len());
        let mut from = 0;
        for (at, length, mark) in self.places(text) {
            symbolic.push_str(&text[from..at]);
            symbolic.push_str(&mark.symbol);
            from = at + length;
        }
        symbolic.push_str(&text[from..]);
        symbolic
    }

    /// The assumed addresses in a text, each once, in its order, with what they are.
    #[must_use]
    pub fn found_in<'t>(&'t self, text: &'t str) -> Vec<(&'t str, &'t Mark)> {
        let mut seen = FxHashSet::default();
        let places = self.places(text).map(|(at, length, mark)| (&text[at..at + length], mark));
        places.filter(|(address, _)| seen.insert(*address)).collect()
    }

    /// Where assumed addresses are: the byte and the length of each.
    fn places<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (usize, usize, &'t Mark)> {
        let bytes = text.as_bytes();
        let mut at = 0;
        std::iter::from_fn(move || {
            while !self.marks.is_empty() && at < bytes.len() {
                let start = at;
                let length = bytes[start..].iter().take_while(|byte| is_of_address(**byte)).count();
                at = start + length.max(1);
                let follows_a_word = start > 0
                    && (bytes[start - 1].is_ascii_alphanumeric() || b"-_".contains(&bytes[start - 1]));
                if length < 2 || follows_a_word {
                    continue;
                }
                if let Some((ip, length)) = address(&text[start..start + length])
                    && let Some(mark) = self.marks.get(&ip)
                {
                    return Some((start, length, mark));
                }
            }
            None
        })
    }
}

fn is_of_address(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b'.' || byte == b':'
}

/// The address that a run of its characters begins with, perhaps before a port or the end of a sentence.
fn address(run: &str) -> Option<(IpAddr, usize)> {
    let sentence = run.trim_end_matches(['.', ':']);
    let before_port = run.split(':').next().unwrap_or(run);
    let candidates = [run, sentence, before_port];
    candidates.into_iter().find_map(|text| Some((text.parse().ok()?, text.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks() -> Marks {
        let mark = |ip: &str, symbol: &str| {
            let mark = Mark { symbol: symbol.to_owned(), assumed_replicas: None };
            (ip.parse().expect("an address"), mark)
        };
        let marks = [
            mark("10.96.0.7", "clusterIP:shop/web"),
            mark("10.244.0.7", "pod:shop/web-0"),
            mark("fd00::7", "pod:shop/web-0"),
        ];
        Marks { marks: marks.into() }
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
    fn each_address_is_found_once() {
        let marks = marks();
        let found = marks.found_in("10.244.0.7:80, 10.96.0.7 and 10.244.0.7");
        let found: Vec<(&str, &str)> = found.iter().map(|(ip, mark)| (*ip, &*mark.symbol)).collect();
        assert_eq!(found, [("10.244.0.7", "pod:shop/web-0"), ("10.96.0.7", "clusterIP:shop/web")]);
    }
}
