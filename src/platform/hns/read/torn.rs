//! JSON that is damaged: what is left of a document behind the damage, and which kinds of objects may be lost with it.
//!
//! ```text
//! [                     the document that cannot be read to its end
//!   {"ID": …},
//!   {"ID": …  ◄── damage
//!     "References": [   a piece: no document, and no line of anything else
//! {"ID": …},            an object, and one of more
//! ]                     a piece
//! PS C:\>               here the damage ends
//! ```
//!
//! A list that is told by pieces is told in part. What stood in the pieces tells which lists these are; where nothing does,
//! it is every list that is told at all.

use super::document::List;
use super::log::Log;
use super::problem::Problem;
use crate::name::printable;
use crate::platform::capture::is_interruption;

/// The damage that was met so far.
#[derive(Default)]
pub(super) struct Torn {
    /// Whether what follows may belong to a document that is damaged.
    is_open: bool,
    /// The kinds of objects that the pieces are of.
    kinds: Vec<List>,
    /// The kinds of objects in the last document.
    last: Vec<List>,
    /// Whether that was a list, which tells where it ends.
    was_list: bool,
}

impl Torn {
    /// Whether an object that follows may be a part of another one.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// The kinds of which something may be lost.
    pub(super) fn kinds(&self) -> &[List] {
        &self.kinds
    }

    /// A document was read that has objects of some kinds.
    pub(super) fn document(&mut self, kinds: &[List], is_list: bool) {
        (self.last, self.was_list) = (kinds.to_vec(), is_list);
    }

    /// A document cannot be read to its end: its part that is passed over, and the lists in it that are complete.
    pub(super) fn broken(&mut self, passed: &str, complete: &[List]) {
        self.is_open = true;
        let lost = Self::kinds_in(passed);
        self.lose(lost.into_iter().filter(|list| !complete.contains(list)));
    }

    /// A line that is no document. Whether it is a piece of one.
    pub(super) fn line<'a>(&mut self, line: &'a str, log: &mut Log<'a>) -> bool {
        if is_piece(line.trim()) {
            if !self.is_open {
                log.add(line, Problem::PieceOfJson);
            }
            let last = std::mem::take(&mut self.last);
            self.lose(last);
            self.broken(line, &[]);
            return true;
        }
        if self.is_open {
            self.scan(line);
        }
        if !self.was_list && !self.last.is_empty() && is_interruption(line.trim()) {
            log.add(line, Problem::NotARow { shown: printable(line) });
            let last = std::mem::take(&mut self.last);
            self.lose(last);
        }
        false
    }

    /// A line that only stands between outputs of commands.
    pub(super) fn end(&mut self) {
        self.is_open = false;
        self.last.clear();
    }

    /// Notes which kinds of objects a text is of that cannot be read.
    pub(super) fn scan(&mut self, text: &str) {
        if self.kinds.len() < List::ALL.len() {
            self.lose(Self::kinds_in(text));
        }
    }

    fn kinds_in(text: &str) -> Vec<List> {
        let mut found = Vec::new();
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            // A name has quotes around it, of which one may be lost; values may be any words.
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let is_quoted = text[..start].ends_with('"') || text[start + word.len()..].starts_with('"');
            if !is_quoted {
                continue;
            }
            let is_of =
                |(_, marks): &&(List, &[&str])| marks.iter().any(|mark| word.eq_ignore_ascii_case(mark));
            match MARKS.iter().find(is_of) {
                Some((list, _)) if !found.contains(list) => found.push(*list),
                _ => {}
            }
        }
        found
    }

    fn lose(&mut self, kinds: impl IntoIterator<Item = List>) {
        for kind in kinds {
            if !self.kinds.contains(&kind) {
                self.kinds.push(kind);
            }
        }
    }
}

/// Words that stand in lists of one kind, and in no others.
const MARKS: [(List, &[&str]); 3] = [
    (
        List::Endpoints,
        &[
            "Endpoints",
            "VirtualNetwork",
            "VirtualNetworkName",
            "IsRemoteEndpoint",
            "HostComputeNetwork",
            "IpConfigurations",
        ],
    ),
    (
        List::LoadBalancers,
        &[
            "LoadBalancers",
            "References",
            "HostComputeEndpoints",
            "FrontendVIPs",
            "PortMappings",
            "LocalRoutedVip",
            "VIPs",
        ],
    ),
    (
        List::Networks,
        &["Networks", "Ipams", "MacPool", "MacPools", "ManagementIP", "NetworkAdapterName", "AddressPrefix"],
    ),
];

/// Whether a line that starts no document is one of JSON: a bracket or comma that belongs to what is not there, or a member
/// of an object.
fn is_piece(line: &str) -> bool {
    if line.starts_with([']', '}', ',']) {
        return true;
    }
    let Some((before, rest)) = line.split_once('"') else { return false };
    let name = before.trim_start_matches(['{', '[', ' ', '\t']).trim_end();
    if !name.is_empty() {
        // `Flags": 0,` without its first quote
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        return is_name && rest.trim_start().starts_with(':')
            || line.starts_with(['{', '[']) && rest.contains("\":");
    }
    match rest.split_once('"') {
        // `"Flags": 0,` or a value of a list
        Some((_, behind)) => behind.trim_start().starts_with([':', ',']),
        // `"Flags: 0,` without its second quote
        None => rest.contains(':'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_json_are_told_from_other_lines() {
        for line in [
            "]",
            "},",
            "}]}",
            ", {",
            "\"ID\": \"x\",",
            "\"Policies\":  [",
            "\"10.96.0.1\",",
            "ID\": \"x\",",
            "{ID\": 1}",
            "{x\"ID\": 1, \"Name\": 2}",
            "\"Flags: 0,",
        ] {
            assert!(is_piece(line), "{line}");
        }
        for line in [
            "",
            "PS C:\\>",
            "Networks:",
            "ID | Virtual IPs | Direct IP IDs",
            "Hello, this is what I see on the node:",
            "He said \"no\", and left.",
            "[12:30:01] x",
            "{ 10.60.3.21 : 8443 }",
            "  Virtual IPs      : 10.61.7.7",
            "I1107 06:45:21.073167    3112 hns.go:398] \"Created\" loadBalancer={\"ID\":\"x\"}",
            "```json",
        ] {
            assert!(!is_piece(line), "{line}");
        }
    }

    #[test]
    fn pieces_tell_which_lists_they_are_of() {
        for (text, kinds) in [
            ("\"References\": [", &[List::LoadBalancers][..]),
            ("\"VirtualNetworkName\" \"IPAddress\"", &[List::Endpoints]),
            ("], \"Networks\": [", &[List::Networks]),
            ("\"ID\": \"my /networks/ here\"", &[]),
            ("\"ID\": 1, \"Policies\": []", &[]),
            ("PORTMAPPINGS\": \"ipams", &[List::LoadBalancers, List::Networks]),
        ] {
            let mut torn = Torn::default();
            torn.scan(text);
            assert_eq!(torn.kinds(), kinds, "{text}");
        }
    }
}
