//! Two sides frontend by frontend, each in the words of its platform.
//!
//! A frontend is what platforms have in common: an address and port that clients connect to. What a side does
//! there is a face: lines that each tell of one aspect, so that the lines of both sides can stand next to each
//! other, and what is said of one thing can be told from what is said of another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;

use crate::answer::artifact::Artifact;
use crate::answer::directory::Directory;
use crate::answer::frontend::{Aspect, Face, FrontendAt};
use crate::diagnostics::{Code, Severity, Topic};
use crate::ir::FrontendKind;
use crate::name::printable;
use crate::platform::Objects;

/// Both sides, frontend by frontend.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// By service port, then by kind and address.
    pub rows: Vec<Row>,
}

/// A frontend on both sides.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where clients connect to.
    pub at: FrontendAt,
    /// What kind of address that is, where anybody says so.
    pub kind: Option<FrontendKind>,
    /// The service port, as `namespace/name:port`; safe to print. None where no Service is known.
    pub service: Option<String>,
    /// Where the Service was read: the file and the line; safe to print.
    pub place: Option<String>,
    /// What both sides say, aspect by aspect.
    pub lines: Vec<Pairing>,
    /// In which ways the sides differ in effect, where that was asked.
    pub codes: BTreeSet<Code>,
    /// Whether it counts as a difference.
    pub differs: bool,
}

/// What both sides say of one aspect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairing {
    /// The aspect.
    pub aspect: Aspect,
    /// What each side says, in its own words; safe to print.
    pub sides: [Option<String>; 2],
}

/// Differences in effect, by service port.
pub type Marks = BTreeMap<String, BTreeSet<Code>>;

/// What decides whether a frontend differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The words of both sides, which are of one platform.
    Words,
    /// Differences in effect. Two platforms never have the same words.
    Effects,
    /// Whether both sides serve it, and with which endpoints: two platforms, and no manifests that tell what
    /// packets to ask about.
    Endpoints,
}

impl Ground {
    /// What decides where packets can be followed through both sides.
    #[must_use]
    pub fn of(sides: [&dyn Objects; 2]) -> Self {
        if sides[0].platform() == sides[1].platform() { Self::Words } else { Self::Effects }
    }

    fn decides(self, lines: &[Pairing], codes: &BTreeSet<Code>, is_one_sided: bool) -> bool {
        let says_otherwise = |pair: &Pairing| pair.aspect != Aspect::Entry && pair.sides[0] != pair.sides[1];
        let is_of_one = |pair: &Pairing| {
            matches!(pair.aspect, Aspect::Endpoint(_)) && pair.sides.iter().any(Option::is_none)
        };
        match self {
            // Names of chains and ids are of one side only, and tell nothing.
            Self::Words => is_one_sided || lines.iter().any(says_otherwise),
            // A note says what is not the same and hurts nobody.
            Self::Effects => codes.iter().any(|code| code.severity() != Severity::Note),
            Self::Endpoints => is_one_sided || lines.iter().any(is_of_one),
        }
    }
}

/// Lays both sides next to each other, on the ground that can be had: `marks` are differences in effect by service
/// port, where packets could be sent.
#[must_use]
pub fn sheet_of(sides: [&dyn Objects; 2], directory: &Directory<'_>, marks: Option<&Marks>) -> Sheet {
    match (Ground::of(sides), marks) {
        (Ground::Effects, None) => sheet(sides, directory, &Marks::new(), Ground::Endpoints),
        (ground, marks) => sheet(sides, directory, marks.unwrap_or(&Marks::new()), ground),
    }
}

/// Lays both sides next to each other. `marks` are differences in effect by service port.
#[must_use]
pub fn sheet(sides: [&dyn Objects; 2], directory: &Directory<'_>, marks: &Marks, ground: Ground) -> Sheet {
    let [mut one, mut other] = sides.map(Objects::frontends);
    let places: BTreeSet<FrontendAt> = one.keys().chain(other.keys()).copied().collect();
    let mut rows: Vec<Row> = places
        .into_iter()
        .map(|at| row(at, &[one.remove(&at), other.remove(&at)], directory, marks, ground))
        .collect();
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    Sheet { rows }
}

fn order(row: &Row) -> (bool, &Option<String>, Option<FrontendKind>, FrontendAt) {
    (row.service.is_none(), &row.service, row.kind, row.at)
}

fn row(
    at: FrontendAt,
    faces: &[Option<Face>; 2],
    directory: &Directory<'_>,
    marks: &Marks,
    ground: Ground,
) -> Row {
    let named = directory.at(&at).first();
    let said = |of: fn(&Face) -> Option<String>| faces.iter().flatten().find_map(of);
    let service = named.map(|named| named.port.id.to_string()).or_else(|| said(|face| face.service.clone()));
    let kind =
        named.map(|named| named.frontend.kind).or_else(|| faces.iter().flatten().find_map(|face| face.kind));
    let place = named.map(|named| {
        let file = named.rules.files.get(named.port.origin.source.index()).map_or("", String::as_str);
        format!("{}:{}", crate::name::escaped(file), named.port.origin.line)
    });
    let aspects: BTreeSet<&Aspect> = faces.iter().flatten().flat_map(|face| face.lines.keys()).collect();
    let lines: Vec<Pairing> = aspects
        .into_iter()
        .map(|aspect| Pairing {
            aspect: aspect.clone(),
            sides: faces
                .each_ref()
                .map(|face| face.as_ref().and_then(|face| face.lines.get(aspect).cloned())),
        })
        .collect();
    let is_one_sided = faces.iter().any(Option::is_none);
    let all = service.as_ref().and_then(|service| marks.get(service)).into_iter().flatten().copied();
    let codes: BTreeSet<Code> = all.filter(|code| concerns(*code, kind, &lines)).collect();
    let differs = ground.decides(&lines, &codes, is_one_sided);
    Row { at, kind, service: service.map(|service| printable(&service)), place, lines, codes, differs }
}

/// Whether a difference in effect of a service port is one of this frontend.
fn concerns(code: Code, kind: Option<FrontendKind>, lines: &[Pairing]) -> bool {
    let has = |is: fn(&Aspect) -> bool| lines.iter().any(|pair| is(&pair.aspect));
    match code.topic() {
        Topic::Frontend | Topic::Source => true,
        Topic::Clients => has(|aspect| *aspect == Aspect::Clients),
        Topic::Affinity => has(|aspect| *aspect == Aspect::Affinity),
        Topic::Refusal => has(|aspect| *aspect == Aspect::Refusal),
        Topic::ExternalAddresses => kind != Some(FrontendKind::ClusterIp),
        Topic::LoadBalancerAddresses => kind == Some(FrontendKind::LoadBalancerIp),
        Topic::NodePorts => kind == Some(FrontendKind::NodePort),
    }
}

impl Row {
    /// Its kind, address, port and protocol: `ClusterIP 10.96.0.10:53/UDP`.
    #[must_use]
    pub fn name(&self) -> String {
        let kind = self.kind.map_or("", |kind| match kind {
            FrontendKind::ClusterIp => "ClusterIP ",
            FrontendKind::ExternalIp => "ExternalIP ",
            FrontendKind::LoadBalancerIp => "LoadBalancer ",
            FrontendKind::NodePort => "NodePort ",
        });
        let FrontendAt { address, port, protocol, family } = self.at;
        match address {
            Some(ip) => format!("{kind}{}/{protocol}", SocketAddr::new(ip, port)),
            None => format!("{kind}{port}/{protocol} {family}"),
        }
    }
}

impl Sheet {
    /// What one side says of all frontends, for sides of two platforms, which have no other text in common.
    #[must_use]
    pub fn artifact(&self, side: usize) -> Artifact {
        let mut text = String::new();
        for Row { at, service, lines, .. } in &self.rows {
            let service = service.as_deref().unwrap_or("of no Service");
            let _ = match at.address {
                Some(ip) => {
                    writeln!(text, "{service} {}/{}", SocketAddr::new(ip, at.port), at.protocol)
                }
                None => writeln!(text, "{service} node port {}/{} {}", at.port, at.protocol, at.family),
            };
            for line in lines.iter().filter_map(|pair| pair.sides[side].as_ref()) {
                let _ = writeln!(text, "    {line}");
            }
        }
        Artifact { file: "frontends.txt", text, parts: Vec::new() }
    }
}
