//! Two platforms frontend by frontend, as a saved document tells it: the sheet, made of the document again.
//!
//! The document does not tell which lines of both sides are about the same. Endpoints are known by their addresses; what
//! stands before them, and what stands after them, is paired line by line.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::diff::KnownCode;
use crate::answer::frontend::{Aspect, FrontendAt};
use crate::answer::telling::Telling;
use crate::ir::FrontendKind;
use crate::net::{Family, Protocol};
use crate::sheet::{Pairing, Row, Sheet};

/// Two platforms, frontend by frontend.
#[derive(Deserialize)]
#[serde(from = "Members")]
pub struct SavedFrontends {
    /// The names of both sides.
    pub names: [String; 2],
    /// What each does at each frontend.
    pub sheet: Sheet,
    /// What could not be compared, and why: whole sentences.
    pub not_compared: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    sides: [String; 2],
    frontends: Vec<RowMembers>,
    not_compared: Vec<String>,
}

#[derive(Deserialize)]
struct RowMembers {
    service: Option<String>,
    kind: Option<FrontendKind>,
    address: Option<IpAddr>,
    port: u16,
    protocol: Protocol,
    family: Family,
    differs: bool,
    undecided: bool,
    codes: Vec<KnownCode>,
    sides: [Vec<String>; 2],
}

impl From<Members> for SavedFrontends {
    fn from(of: Members) -> Self {
        let rows = of.frontends.into_iter().map(RowMembers::read).collect();
        let sheet = Sheet { rows, unlisted: Vec::new() };
        Self { names: of.sides, sheet, not_compared: of.not_compared }
    }
}

impl RowMembers {
    fn read(self) -> Row {
        let has_lines = self.sides.each_ref().map(|lines| !lines.is_empty());
        let telling = |side: usize| match self.undecided {
            true if !has_lines[side] => Telling::NotTold,
            // One of both does not tell all, and it does not matter here which.
            true if has_lines[1 - side] => Telling::InPart,
            _ => Telling::Whole,
        };
        Row {
            at: FrontendAt {
                address: self.address,
                port: self.port,
                protocol: self.protocol,
                family: self.family,
            },
            kind: self.kind,
            tellings: [telling(0), telling(1)],
            service: self.service,
            place: None,
            lines: paired(&self.sides),
            codes: self.codes.into_iter().map(|code| code.0).collect(),
            untold: [None, None],
            differs: self.differs,
        }
    }
}

/// The lines of both sides next to each other.
fn paired(sides: &[Vec<String>; 2]) -> Vec<Pairing> {
    let parts = sides.each_ref().map(|lines| Parts::of(lines));
    let [one, other] = &parts;
    let mut lines = in_rows(one.before, other.before);
    let mut endpoints: BTreeMap<Endpoint<'_>, [Option<String>; 2]> = BTreeMap::new();
    for (side, part) in parts.iter().enumerate() {
        for line in part.endpoints {
            if let Some(endpoint) = Endpoint::of(line) {
                endpoints.entry(endpoint).or_default()[side] = Some(line.clone());
            }
        }
    }
    let of_endpoint = |(endpoint, sides): (Endpoint<'_>, _)| Pairing {
        aspect: Aspect::Endpoint(endpoint.address.to_owned()),
        sides,
    };
    lines.extend(endpoints.into_iter().map(of_endpoint));
    lines.extend(in_rows(one.after, other.after));
    lines
}

/// The endpoint that a line tells of: those that everybody reaches come first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Endpoint<'l> {
    remark: &'l str,
    address: &'l str,
}

impl<'l> Endpoint<'l> {
    fn of(line: &'l str) -> Option<Self> {
        let address = line.split(' ').find(|word| word.parse::<SocketAddr>().is_ok())?;
        let (_, remark) = line.split_once(address)?;
        Some(Self { remark, address })
    }
}

/// The lines of one side: before its endpoints, about them, and after them.
struct Parts<'l> {
    before: &'l [String],
    endpoints: &'l [String],
    after: &'l [String],
}

impl<'l> Parts<'l> {
    fn of(lines: &'l [String]) -> Self {
        let is_endpoint = |line: &String| Endpoint::of(line).is_some();
        // Without an endpoint, what comes first is the object that connections come to.
        let start = lines.iter().position(is_endpoint).unwrap_or(lines.len().min(1));
        let (before, rest) = lines.split_at(start);
        let end = rest.iter().position(|line| !is_endpoint(line)).unwrap_or(rest.len());
        let (endpoints, after) = rest.split_at(end);
        Self { before, endpoints, after }
    }
}

fn in_rows(one: &[String], other: &[String]) -> Vec<Pairing> {
    let many = one.len().max(other.len());
    let row = |at: usize| Pairing {
        aspect: Aspect::Entry,
        sides: [one, other].map(|lines| lines.get(at).cloned()),
    };
    (0..many).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_stand_next_to_themselves() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let sides = [
            lines(&["KUBE-SVC-X", " 1/2  10.0.0.1:80", " 1/2  10.0.0.3:80", "SNAT"]),
            lines(&[
                "load balancer 1",
                "remote  10.0.0.2:80",
                "local   10.0.0.3:80",
                "SNAT, by HNS",
                "a flag",
            ]),
        ];
        let paired: Vec<[String; 2]> =
            paired(&sides).into_iter().map(|pair| pair.sides.map(Option::unwrap_or_default)).collect();
        let expected = [
            ["KUBE-SVC-X", "load balancer 1"],
            [" 1/2  10.0.0.1:80", ""],
            ["", "remote  10.0.0.2:80"],
            [" 1/2  10.0.0.3:80", "local   10.0.0.3:80"],
            ["SNAT", "SNAT, by HNS"],
            ["", "a flag"],
        ];
        assert_eq!(paired, expected);
    }
}
