//! Many nodes as one page: what it comes to, which nodes are alike, and each kind of finding with its nodes, errors open. The
//! page runs nothing and loads nothing; the template encodes every text.

use askama::Template;

use super::outliers::amounts;
use super::{Detail, extent, holes, name, scope, verdict, worst_first};
use crate::diagnostics::Code;
use crate::fleet::{Class, Fleet, Group, Item, Kind, ServiceRow, Spread, Variant, Verdict};
use crate::name::printable;
use crate::render::counted;
use crate::render::html::StillHead;

const OWN_STYLE: &str = include_str!("../html/fleet.css");

/// How much of a large fleet the page has: more would not open at once.
const MOST_GROUPS: usize = 500;
const MOST_KINDS: usize = 60;
const MOST_COLUMNS: usize = 40;
const MOST_SERVICES: usize = 300;
const MOST_VARIANTS: usize = 100;
const MOST_THINGS: usize = 200;

/// What is counted with no severity: the answer is not there.
const MISSING: &str = "missing";

#[derive(Template)]
#[template(path = "fleet.html", config = "src/render/html/askama.toml")]
struct Page {
    policy: String,
    style: String,
    /// `error`, `warning` or `good`.
    mood: &'static str,
    verdict: String,
    scope: String,
    made: String,
    tiles: Vec<Tile>,
    objects: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
    more_nodes: usize,
    /// The nodes of the columns of `services`.
    on: Vec<String>,
    services: Vec<ServiceView>,
    more_services: usize,
    /// How many nodes have no column there.
    more_on: usize,
    findings: Vec<FindingView>,
}

/// A Service, and the codes of what was found about it on each of the nodes of the columns.
struct ServiceView {
    name: String,
    cells: Vec<Vec<Column>>,
}

/// A number that shows the findings which it counts, and no others.
struct Tile {
    /// `all`, `error`, `warning`, `note` or `missing`.
    value: &'static str,
    number: usize,
    /// What one of them is.
    name: &'static str,
}

/// A kind of finding that tells nodes apart.
struct Column {
    id: &'static str,
    severity: &'static str,
    title: String,
}

/// Nodes that are alike.
struct Row {
    head: String,
    /// The names that the head leaves out.
    all: String,
    /// How many of the objects that it should have are there; empty where none were compared.
    objects: String,
    /// How much is found of each column; empty where nothing is.
    cells: Vec<String>,
}

struct FindingView {
    id: &'static str,
    severity: &'static str,
    /// The tile that counts it.
    tile: &'static str,
    is_open: bool,
    title: String,
    extent: String,
    meaning: &'static str,
    advice: &'static str,
    variants: Vec<VariantView>,
    more_variants: usize,
}

/// Nodes that have it about the same things.
struct VariantView {
    nodes: String,
    things: Vec<Thing>,
    more_things: usize,
    shown: String,
}

struct Thing {
    name: String,
    /// What to do about it, where that is not what is to be done about the others.
    next: String,
}

/// The page.
///
/// # Panics
/// Never: a page is made in memory.
#[must_use]
pub fn draw(fleet: &Fleet) -> String {
    let StillHead { style, policy } = StillHead::of(OWN_STYLE);
    let Verdict { unknown, errors, warnings, .. } = fleet.verdict();
    let mood = match (errors.kinds + unknown, warnings.kinds) {
        (0, 0) => "good",
        (0, _) => "warning",
        _ => "error",
    };
    let groups = fleet.groups();
    let (columns, others) = groups.split_at(groups.len().min(MOST_COLUMNS));
    let services = ServiceRow::of(columns);
    let spreads = worst_first(fleet);
    let told: Vec<&Kind> =
        spreads.iter().map(|spread| spread.kind).filter(|kind| kind.divides(fleet.head.question)).collect();
    let told = &told[..told.len().min(MOST_KINDS)];
    let mut findings: Vec<FindingView> =
        holes(fleet).into_iter().map(|(code, says)| hole(code, says)).collect();
    findings.extend(spreads.iter().map(|spread| finding(spread, fleet)));
    let counted_by = |tile: &str| findings.iter().filter(|finding| finding.tile == tile).count();
    let tile = |value, name| Tile { value, number: counted_by(value), name };
    let mut tiles = vec![
        Tile { value: "all", number: findings.len(), name: "finding" },
        tile("error", "error"),
        tile("warning", "warning"),
        tile("note", "note"),
    ];
    tiles.extend(Some(tile(MISSING, "kind of missing answer")).filter(|tile| tile.number > 0));
    let assumed = if fleet.head.assumed { "; what the manifests leave out is assumed" } else { "" };
    // One run and the join of its shares have the same input, and are the same bytes.
    let from = match &*fleet.head.input {
        "" => String::new(),
        input => format!(" from the input {}", printable(input)),
    };
    let page = Page {
        policy,
        style,
        mood,
        verdict: verdict(fleet),
        scope: scope(fleet),
        made: format!("hnsplan {}{from}{assumed}", fleet.head.version),
        tiles,
        objects: groups.iter().any(|group| !group.answer.objects.is_empty()),
        columns: told.iter().map(|kind| column(kind)).collect(),
        rows: groups.iter().take(MOST_GROUPS).map(|group| row(group, told)).collect(),
        more_nodes: groups.iter().skip(MOST_GROUPS).map(|group| group.nodes.len()).sum(),
        on: columns.iter().map(heads).collect(),
        more_on: others.iter().map(|group| group.nodes.len()).sum(),
        more_services: services.len().saturating_sub(MOST_SERVICES),
        services: services.iter().take(MOST_SERVICES).map(service).collect(),
        findings,
    };
    page.render().expect("a page is written to memory")
}

fn column(kind: &Kind) -> Column {
    let sides = kind.sides.join(" ≠ ");
    let of = if sides.is_empty() { String::new() } else { format!(" ({sides})") };
    let column = column_of(kind.code);
    Column { title: format!("{}{of}", column.title), ..column }
}

fn column_of(code: Code) -> Column {
    Column { id: code.id(), severity: code.severity().as_str(), title: code.title().to_owned() }
}

fn row(group: &Group<'_>, kinds: &[&Kind]) -> Row {
    let many = group.nodes.len();
    let listed = Detail::default().listed(group.nodes.iter().copied());
    let cell = |kind: &&Kind| {
        group.answer.kinds.get(kind).map(|found| found.items.len().max(1).to_string()).unwrap_or_default()
    };
    let all = group.nodes.join(", ");
    Row {
        head: if many == 1 { listed.clone() } else { format!("{} alike: {listed}", counted(many, "node")) },
        all: if all == listed { String::new() } else { all },
        objects: amounts(group.answer),
        cells: kinds.iter().map(cell).collect(),
    }
}

/// A group of nodes at the head of a column.
fn heads(group: &Group<'_>) -> String {
    match &*group.nodes {
        [node] => (*node).to_owned(),
        nodes => format!("{} and {} more", nodes[0], nodes.len() - 1),
    }
}

fn service(row: &ServiceRow<'_>) -> ServiceView {
    let cell = |codes: &Vec<Code>| codes.iter().copied().map(column_of).collect();
    ServiceView { name: row.service.to_owned(), cells: row.codes.iter().map(cell).collect() }
}

/// What is not known of the fleet as a whole.
fn hole(code: Code, says: String) -> FindingView {
    let variant = VariantView { nodes: String::new(), things: Vec::new(), more_things: 0, shown: says };
    FindingView { tile: MISSING, variants: vec![variant], ..of_code(code) }
}

fn of_code(code: Code) -> FindingView {
    let severity = code.severity().as_str();
    FindingView {
        id: code.id(),
        severity,
        tile: severity,
        is_open: severity == "error",
        title: code.title().to_owned(),
        extent: String::new(),
        meaning: code.explanation(),
        advice: code.advice(),
        variants: Vec::new(),
        more_variants: 0,
    }
}

fn finding(spread: &Spread<'_>, fleet: &Fleet) -> FindingView {
    let (code, is_missing) = (spread.kind.code, spread.kind.class == Class::Missing);
    let Column { title, .. } = column(spread.kind);
    FindingView {
        tile: if is_missing { MISSING } else { code.severity().as_str() },
        title,
        extent: extent(spread, fleet),
        variants: spread.variants.iter().take(MOST_VARIANTS).map(|of| variant(of, code)).collect(),
        more_variants: spread.variants.iter().skip(MOST_VARIANTS).map(|of| of.nodes.len()).sum(),
        ..of_code(code)
    }
}

fn variant(variant: &Variant<'_>, code: Code) -> VariantView {
    let things = &variant.found.items;
    let thing = |item: &Item| Thing {
        name: name(item),
        next: item.next.clone().filter(|next| next != code.advice()).unwrap_or_default(),
    };
    VariantView {
        nodes: format!("{}: {}", counted(variant.nodes.len(), "node"), variant.nodes.join(", ")),
        things: things.iter().take(MOST_THINGS).map(thing).collect(),
        more_things: things.len().saturating_sub(MOST_THINGS),
        shown: match variant.nodes.first() {
            Some(node) => format!("{node}: {}", variant.found.shown),
            None => variant.found.shown.clone(),
        },
    }
}
