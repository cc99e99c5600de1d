//! Where assumed numbers are in a text.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::mark::Mark;

/// A place in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'m> {
    /// The first byte of the number.
    pub(super) start: usize,
    /// The byte behind it.
    pub(super) end: usize,
    /// What it is.
    pub(super) mark: &'m Mark,
}

/// The places of assumed numbers in a text, in its order.
pub(super) struct Places<'t> {
    addresses: &'t BTreeMap<IpAddr, Mark>,
    ports: &'t BTreeMap<u16, Mark>,
    text: &'t str,
    /// Where to go on.
    at: usize,
    /// Where the last address of a pod or a Service ended: the port behind it is no node port.
    other_ends: Option<usize>,
}

impl<'t> Places<'t> {
    pub(super) fn of(
        addresses: &'t BTreeMap<IpAddr, Mark>,
        ports: &'t BTreeMap<u16, Mark>,
        text: &'t str,
    ) -> Self {
        Self { addresses, ports, text, at: 0, other_ends: None }
    }

    /// Whether what stands before is part of the same word.
    fn follows_a_word(&self, start: usize) -> bool {
        let before = start.checked_sub(1).map(|at| self.text.as_bytes()[at]);
        before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    }

    /// The address that begins here.
    fn address(&mut self, start: usize, run: &str) -> Option<Place<'t>> {
        if run.len() < 2 || self.follows_a_word(start) {
            return None;
        }
        let (ip, length) = address(run)?;
        let mark = self.addresses.get(&ip)?;
        let end = start + length;
        if !mark.symbol.starts_with("node:") {
            self.other_ends = Some(end);
        }
        Some(Place { start, end, mark })
    }

    /// The node port that is at the end of a run, where a port is meant.
    fn port(&self, start: usize, run: &str) -> Option<Place<'t>> {
        let run = run.trim_end_matches(['.', ':']);
        let digits = run.len() - run.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (before, number) = run.split_at(digits);
        let port: u16 = number.parse().ok()?;
        let mark = self.ports.get(&port)?;
        let at = start + before.len();
        let is_meant = match before {
            "" => !self.follows_a_word(start) && follows_the_word_port(&self.text[..start]),
            ":" if self.text[..start].ends_with('"') => follows_the_word_port(&self.text[..at]),
            _ => before.ends_with(':') && run.parse::<IpAddr>().is_err() && !self.is_of_other(at),
        };
        is_meant.then_some(Place { start: at, end: at + number.len(), mark })
    }

    /// Whether the address before the colon before this is no node's.
    fn is_of_other(&self, at: usize) -> bool {
        let between = self.other_ends.and_then(|end| self.text.get(end..at));
        between.is_some_and(|between| matches!(between, ":" | "]:"))
    }
}

impl<'t> Iterator for Places<'t> {
    type Item = Place<'t>;

    fn next(&mut self) -> Option<Place<'t>> {
        let bytes = self.text.as_bytes();
        let has_marks = !self.addresses.is_empty() || !self.ports.is_empty();
        while has_marks && self.at < bytes.len() {
            let start = self.at;
            let length = bytes[start..].iter().take_while(|byte| is_of_address(**byte)).count();
            let run = &self.text[start..start + length];
            self.at = start + length.max(1);
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
            let is_whole = bytes.get(start + length).is_none_or(|byte| !byte.is_ascii_alphanumeric());
            let found = self.address(start, run).or_else(|| self.port(start, run).filter(|_| is_whole));
            if let Some(place) = found {
                self.at = place.end;
                return Some(place);
            }
        }
        None
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

/// Whether a text ends in a word for a port that clients connect to, as in `--dport `, `"ExternalPort": ` or `listenport=`.
fn follows_the_word_port(text: &str) -> bool {
    let word = text.trim_end_matches([' ', ':', '=', '"']);
    if word.len() == text.len() || text.len() - word.len() > 3 {
        return false;
    }
    let word = word.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    let is_of_pod = ["internal", "connect", "target", "container"].iter().any(|of| word.starts_with(of));
    word.ends_with("port") && !is_of_pod
}
