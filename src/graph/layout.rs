//! Places for a drawing: layers from left to right, few crossings, lines that do not run through boxes.
//!
//! The steps are those of Sugiyama: circles are opened, each node gets the layer of its longest path, lines
//! over several layers get a bend in each of them, every layer is ordered by the mean place of its
//! neighbours, and then moved towards them. Each step goes over nodes and edges a fixed number of times.

pub(super) use super::layers::LINE;
use super::layers::{Place, layers, move_together, opened, ordered, way};
use crate::answer::picture::{NodeKind, RuleGraph};

/// How wide a character is, and how high a line: those of a monospaced font of 12 pixels.
pub(super) const CHARACTER: i32 = 7;
/// Between the text of a box and its border.
pub(super) const PADDING: i32 = 10;

/// How many characters fit in a line of a box.
const BOX_CHARACTERS: usize = 32;
/// How many characters of the text at a line are shown.
const LABEL_CHARACTERS: usize = 26;
const GAP_BETWEEN_LAYERS: i32 = 56;
const MARGIN: i32 = 16;

/// A graph with places, in pixels from the upper left corner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Width of the drawing.
    pub width: i32,
    /// Height of the drawing.
    pub height: i32,
    /// A box for each node, in the order of the nodes.
    pub boxes: Vec<NodeBox>,
    /// A line for each edge that is drawn.
    pub lines: Vec<Line>,
}

/// The place of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeBox {
    /// What it is.
    pub kind: NodeKind,
    /// Whether it shows an assumed number.
    pub assumed: bool,
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// Its title, in lines.
    pub title: Vec<String>,
    /// Everything else, in lines.
    pub details: Vec<String>,
}

/// The way of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number of the node where it starts.
    pub from: usize,
    /// Number of the node where it ends.
    pub to: usize,
    /// Its points, the first at the border of the node where it starts.
    pub points: Vec<(i32, i32)>,
    /// The text next to its end, cut to what fits.
    pub label: String,
}

/// Where a layer is.
#[derive(Debug, Clone, Copy)]
struct Column {
    left: i32,
    right: i32,
}

impl Layout {
    /// Places all nodes and edges.
    #[must_use]
    pub fn of(graph: &RuleGraph) -> Self {
        let mut boxes: Vec<NodeBox> = graph.nodes().map(boxed).collect();
        let edges: Vec<(usize, usize)> = graph.edges().map(|(from, to, _)| (from, to)).collect();
        let forward = opened(graph);
        let layers = layers(boxes.len(), &forward);
        let mut places: Vec<Place> = (layers.iter().zip(&boxes))
            .map(|(&layer, of)| Place { layer, height: of.height, y: 0 })
            .collect();
        let ways: Vec<Vec<usize>> = forward.iter().map(|&edge| way(edge, &mut places)).collect();
        let columns = ordered(&places, &ways);
        move_together(&mut places, &columns, &ways);

        let labels: Vec<String> = graph.edges().map(|(.., edge)| label(&edge.labels)).collect();
        let spans = column_spans(&columns, &boxes, &places, &ways, &labels);
        let top = places.iter().map(|place| place.y - place.height / 2).min().unwrap_or(0);
        for place in &mut places {
            place.y += MARGIN - top;
        }
        for (of, place) in boxes.iter_mut().zip(&places) {
            of.x = spans[place.layer].left;
            of.y = place.y - of.height / 2;
        }
        let lines = edges.iter().zip(&ways).zip(labels).map(|((&(from, to), way), label)| {
            let points = points(way, &boxes, &places, &spans);
            let points = if way[0] == from { points } else { points.into_iter().rev().collect() };
            Line { from, to, points, label }
        });
        let lines = lines.collect();
        let right = boxes.iter().map(|of| of.x + of.width).max().unwrap_or(0);
        let bottom = places.iter().map(|place| place.y + place.height / 2).max().unwrap_or(0);
        Self { width: right + MARGIN, height: bottom + MARGIN, boxes, lines }
    }
}

fn boxed(node: &super::Node) -> NodeBox {
    let title = wrapped(&node.title);
    let manifest = node.manifest.iter();
    let mark = node.assumed.0.then(|| super::draw::ASSUMED.to_owned());
    let details: Vec<String> =
        node.details.iter().chain(manifest).flat_map(|detail| wrapped(detail)).chain(mark).collect();
    let lines = || title.iter().chain(&details);
    let characters = lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let pixels = |count: usize| i32::try_from(count).unwrap_or(i32::MAX / 64);
    NodeBox {
        kind: node.kind,
        assumed: node.assumed.0,
        x: 0,
        y: 0,
        width: pixels(characters) * CHARACTER + 2 * PADDING,
        height: pixels(lines().count()) * LINE + 2 * PADDING - 4,
        title,
        details,
    }
}

/// Cuts a text into lines, after a character that separates words where there is one.
fn wrapped(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut lines = Vec::new();
    let mut rest = &characters[..];
    while rest.len() > BOX_CHARACTERS {
        let separates = |c: &char| matches!(c, ' ' | '/' | ':' | '-' | ',' | '.');
        let cut = rest[..BOX_CHARACTERS].iter().rposition(separates).filter(|at| *at > BOX_CHARACTERS / 3);
        let (line, after) = rest.split_at(cut.map_or(BOX_CHARACTERS, |at| at + 1));
        lines.push(line.iter().collect::<String>().trim_end().to_owned());
        rest = after;
    }
    lines.push(rest.iter().collect());
    lines
}

/// What stands at an edge: the first text, and how many more there are.
fn label(labels: &[Box<str>]) -> String {
    let Some(first) = labels.first() else { return String::new() };
    let more = if labels.len() > 1 { format!(" +{}", labels.len() - 1) } else { String::new() };
    if first.chars().count() + more.len() <= LABEL_CHARACTERS {
        return format!("{first}{more}");
    }
    let cut: String = first.chars().take(LABEL_CHARACTERS - more.len()).collect();
    format!("{cut}…{more}")
}

/// Where layers begin and end; before each there is room for the longest text at a line that ends there.
fn column_spans(
    columns: &[Vec<usize>],
    boxes: &[NodeBox],
    places: &[Place],
    ways: &[Vec<usize>],
    labels: &[String],
) -> Vec<Column> {
    let mut room = vec![0; columns.len()];
    for (way, label) in ways.iter().zip(labels) {
        let layer = places[way[way.len() - 1]].layer;
        let wide = i32::try_from(label.chars().count()).unwrap_or(0) * (CHARACTER - 1);
        room[layer] = room[layer].max(wide);
    }
    let mut left = MARGIN;
    let mut spans = Vec::new();
    for (column, room) in columns.iter().zip(room) {
        left += room;
        let width = column.iter().filter_map(|at| boxes.get(*at)).map(|of| of.width).max();
        let right = left + width.unwrap_or(0);
        spans.push(Column { left, right });
        left = right + GAP_BETWEEN_LAYERS;
    }
    spans
}

/// The points of a way: from the right border of a box, level through the layers between, to the left border
/// of a box.
fn points(way: &[usize], boxes: &[NodeBox], places: &[Place], columns: &[Column]) -> Vec<(i32, i32)> {
    let (first, last) = (way[0], way[way.len() - 1]);
    let mut points = vec![(boxes[first].x + boxes[first].width, places[first].y)];
    for place in way[1..way.len() - 1].iter().map(|at| places[*at]) {
        let column = columns[place.layer];
        points.extend([(column.left, place.y), (column.right, place.y)]);
    }
    points.push((boxes[last].x, places[last].y));
    points
}

#[cfg(test)]
mod tests;
