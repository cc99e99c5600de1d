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
use crate::answer::frontend::{Aspect, Face, Faces, FrontendAt};
use crate::answer::telling::Telling;
use crate::diagnostics::{Code, Severity, Topic};
use crate::ir::FrontendKind;
use crate::name::{counted, printable};
use crate::platform::Objects;
use crate::scope::Selector;

/// Both sides, frontend by frontend.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// By service port, then by kind and address.
    pub rows: Vec<Row>,
    /// Why a side may have frontends that are in no row, and which side.
    pub unlisted: Vec<(usize, String)>,
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
    /// How much each side tells of what it does there.
    pub tellings: [Telling; 2],
    /// What each side does not tell of that, and what would; a part of a sentence, safe to print.
    pub untold: [Option<String>; 2],
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

    /// Whether a frontend differs, as far as both sides tell what they do there.
    fn decides(self, row: &Row, is_there: [bool; 2]) -> bool {
        let tells = row.tellings.map(|telling| telling == Telling::Whole);
        let says_otherwise = |pair: &Pairing| pair.aspect != Aspect::Entry && pair.sides[0] != pair.sides[1];
        let is_of_one = |pair: &Pairing| {
            let is_endpoint = matches!(pair.aspect, Aspect::Endpoint(_));
            is_endpoint && (0..2).any(|side| tells[side] && pair.sides[side].is_none())
        };
        let is_missing = || (0..2).any(|side| tells[side] && !is_there[side]);
        match self {
            // Names of chains and ids are of one side only, and tell nothing.
            Self::Words => {
                tells == [true; 2] && (is_there != [true; 2] || row.lines.iter().any(says_otherwise))
            }
            // A note says what is not the same and hurts nobody.
            Self::Effects => row.codes.iter().any(|code| code.severity() != Severity::Note),
            Self::Endpoints => is_missing() || row.lines.iter().any(is_of_one),
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
    let faces = sides.map(Objects::frontends);
    let places: BTreeSet<FrontendAt> = faces.iter().flat_map(|faces| faces.keys()).copied().collect();
    let mut rows: Vec<Row> = places.into_iter().map(|at| row(at, &faces, directory, marks, ground)).collect();
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    let of_side = |(side, faces): (usize, &Faces)| {
        let unlisted = faces.untold().iter().filter(|of| of.may_be_unlisted());
        unlisted.map(|of| (side, of.why.clone())).collect::<Vec<_>>()
    };
    let unlisted = faces.iter().enumerate().flat_map(of_side).collect();
    Sheet { rows, unlisted }
}

fn order(row: &Row) -> (bool, &Option<String>, Option<FrontendKind>, FrontendAt) {
    (row.service.is_none(), &row.service, row.kind, row.at)
}

fn row(at: FrontendAt, sides: &[Faces; 2], directory: &Directory<'_>, marks: &Marks, ground: Ground) -> Row {
    let faces = sides.each_ref().map(|faces| faces.get(&at));
    let told = [0, 1].map(|side| match (sides[side].telling_at(&at), faces[side], faces[1 - side]) {
        ((Telling::Whole, _), Some(face), Some(other)) => match face.untold_beside(other) {
            Some(why) => (Telling::InPart, Some(why)),
            None => (Telling::Whole, None),
        },
        (told, ..) => told,
    });
    let (tellings, untold) =
        (told.map(|(telling, _)| telling), told.map(|(_, untold)| untold.map(str::to_owned)));
    let named = directory.at(&at).first();
    let said = |of: fn(&Face) -> Option<String>| faces.iter().flatten().find_map(|face| of(face));
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
            sides: faces.map(|face| face.and_then(|face| face.lines.get(aspect).cloned())),
        })
        .collect();
    let all = service.as_ref().and_then(|service| marks.get(service)).into_iter().flatten().copied();
    // Of a Service of which a side tells nothing at this frontend, they are of its other frontends.
    let all = all.filter(|_| !tellings.contains(&Telling::NotTold));
    let codes: BTreeSet<Code> = all.filter(|code| concerns(*code, kind, &lines)).collect();
    let service = service.map(|service| printable(&service));
    let row = Row { at, kind, service, place, lines, codes, tellings, untold, differs: false };
    Row { differs: ground.decides(&row, faces.map(|face| face.is_some())), ..row }
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
    /// Whether it is not known if it differs: a side does not tell all that it does there.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        !self.differs && self.tellings != [Telling::Whole; 2]
    }

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
    /// How many frontends count as a difference.
    #[must_use]
    pub fn differing(&self) -> usize {
        self.rows.iter().filter(|row| row.differs).count()
    }

    /// Of how many frontends it is not known whether they differ.
    #[must_use]
    pub fn undecided(&self) -> usize {
        self.rows.iter().filter(|row| row.is_undecided()).count()
    }

    /// Whether a side does not tell what decides whether both are equal.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.rows.iter().any(Row::is_undecided) || self.untold().values().any(|frontends| *frontends == 0)
    }

    /// What is not compared and why, by side: `15 frontends of node.json: load balancers: …`.
    #[must_use]
    pub fn not_compared(&self, names: &[String; 2]) -> Vec<String> {
        let line = |((side, what), frontends)| match frontends {
            0 => format!("{}: {what}", names[side]),
            many => format!("{} of {}: {what}", counted(many, "frontend"), names[side]),
        };
        self.untold().into_iter().map(line).collect()
    }

    /// What sides do not tell, each thing once, and of how many frontends.
    fn untold(&self) -> BTreeMap<(usize, &str), usize> {
        let mut found: BTreeMap<(usize, &str), usize> =
            self.unlisted.iter().map(|(side, what)| ((*side, &**what), 0)).collect();
        for row in &self.rows {
            for (side, what) in row.untold.iter().enumerate() {
                if let Some(what) = what {
                    *found.entry((side, what)).or_default() += 1;
                }
            }
        }
        found
    }

    /// Leaves the frontends of some Services.
    pub fn restrict(&mut self, selector: &Selector) {
        if !selector.is_all() {
            self.rows.retain(|row| selector.selects_any(row.service.as_slice()));
            self.unlisted.clear();
        }
    }

    /// What one side says of all frontends, for sides of two platforms, which have no other text in common.
    #[must_use]
    pub fn artifact(&self, side: usize) -> Artifact {
        let mut text = String::new();
        for Row { at, service, lines, tellings, .. } in &self.rows {
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
            if tellings[side] != Telling::Whole {
                text.push_str("    what else is there is not known\n");
            }
        }
        Artifact { file: "frontends.txt", text, parts: Vec::new() }
    }
}
