//! Places for a drawing: layers from left to right, few crossings, lines that do not run through boxes.
//!
//! The steps are those of Sugiyama: circles are opened, each node gets the layer of its longest path, lines
//! over several layers get a bend in each of them, every layer is ordered by the mean place of its
//! neighbours, and then moved towards them. Each step goes over nodes and edges a fixed number of times.

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use crate::answer::picture::{NodeKind, RuleGraph};

/// How wide a character is, and how high a line: those of a monospaced font of 12 pixels.
pub(super) const CHARACTER: i32 = 7;
/// The height of a line of text.
pub(super) const LINE: i32 = 17;
/// Between the text of a box and its border.
pub(super) const PADDING: i32 = 10;

/// How many characters fit in a line of a box.
const BOX_CHARACTERS: usize = 32;
/// How many characters of the text at a line are shown.
const LABEL_CHARACTERS: usize = 26;
const GAP_BETWEEN_BOXES: i32 = 14;
const GAP_BETWEEN_LAYERS: i32 = 56;
const MARGIN: i32 = 16;
/// How often layers are ordered, and how often they are moved.
const SWEEPS: usize = 8;

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

/// A box, or a bend of a line.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    layer: usize,
    height: i32,
    /// The middle.
    y: i32,
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

/// The edges, those that close a circle turned round.
fn opened(graph: &RuleGraph) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        New,
        Open,
        Done,
    }
    let mut visits = vec![Visit::New; graph.len()];
    let mut closing = vec![false; graph.graph.edge_count()];
    for start in graph.graph.node_indices() {
        let mut path = vec![(start, graph.graph.edges(start))];
        if visits[start.index()] != Visit::New {
            continue;
        }
        visits[start.index()] = Visit::Open;
        while let Some((at, edges)) = path.last_mut() {
            let Some(edge) = edges.next() else {
                visits[at.index()] = Visit::Done;
                path.pop();
                continue;
            };
            let to: NodeIndex = edge.target();
            match visits[to.index()] {
                Visit::New => {
                    visits[to.index()] = Visit::Open;
                    path.push((to, graph.graph.edges(to)));
                }
                Visit::Open => closing[edge.id().index()] = true,
                Visit::Done => {}
            }
        }
    }
    let drawn = graph.graph.edge_references().filter(|edge| !edge.weight().aside);
    drawn
        .map(|edge| {
            let (from, to) = (edge.source().index(), edge.target().index());
            if closing[edge.id().index()] { (to, from) } else { (from, to) }
        })
        .collect()
}

/// The layer of each node: how many edges its longest path has. What nothing leads to stands next to what it
/// leads to.
fn layers(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut next = vec![Vec::new(); nodes];
    let mut waiting = vec![0usize; nodes];
    for &(from, to) in edges.iter().filter(|(from, to)| from != to) {
        next[from].push(to);
        waiting[to] += 1;
    }
    let is_first: Vec<bool> = waiting.iter().map(|count| *count == 0).collect();
    let mut layers = vec![0; nodes];
    let mut free: Vec<usize> = (0..nodes).filter(|at| is_first[*at]).collect();
    while let Some(at) = free.pop() {
        for &to in &next[at] {
            layers[to] = layers[to].max(layers[at] + 1);
            waiting[to] -= 1;
            if waiting[to] == 0 {
                free.push(to);
            }
        }
    }
    for at in (0..nodes).filter(|at| is_first[*at]) {
        let nearest = next[at].iter().map(|to| layers[*to]).min();
        layers[at] = nearest.map_or(0, |layer: usize| layer.saturating_sub(1));
    }
    layers
}

/// The places that an edge runs through, with a new one in each layer between its ends.
fn way((from, to): (usize, usize), places: &mut Vec<Place>) -> Vec<usize> {
    let mut way = vec![from];
    for layer in places[from].layer + 1..places[to].layer {
        way.push(places.len());
        places.push(Place { layer, height: LINE, y: 0 });
    }
    way.push(to);
    way
}

/// The neighbours of each place, on its left and on its right.
fn neighbours(places: usize, ways: &[Vec<usize>]) -> [Vec<Vec<usize>>; 2] {
    let mut sides = [vec![Vec::new(); places], vec![Vec::new(); places]];
    for way in ways {
        for pair in way.windows(2).filter(|pair| pair[0] != pair[1]) {
            sides[0][pair[1]].push(pair[0]);
            sides[1][pair[0]].push(pair[1]);
        }
    }
    sides
}

/// The places of each layer from top to bottom, so that few lines cross: by the mean position of their
/// neighbours, in turns on the left and on the right.
fn ordered(places: &[Place], ways: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let count = places.iter().map(|place| place.layer + 1).max().unwrap_or(0);
    let mut columns = vec![Vec::new(); count];
    for (at, place) in places.iter().enumerate() {
        columns[place.layer].push(at);
    }
    let sides = neighbours(places.len(), ways);
    let mut position = vec![0.0; places.len()];
    let number = |column: &[usize], position: &mut [f64]| {
        let mut at = 0.0;
        for place in column {
            position[*place] = at;
            at += 1.0;
        }
    };
    for column in &columns {
        number(column, &mut position);
    }
    for sweep in 0..SWEEPS {
        let side = &sides[sweep % 2];
        let order: Vec<usize> =
            if sweep % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
        for layer in order {
            let mean = |place: usize| {
                let of = &side[place];
                let sum: f64 = of.iter().map(|other| position[*other]).sum();
                #[expect(clippy::cast_precision_loss, reason = "no graph has so many lines")]
                if of.is_empty() { position[place] } else { sum / of.len() as f64 }
            };
            let mut keyed: Vec<(f64, usize)> =
                columns[layer].iter().map(|&place| (mean(place), place)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            columns[layer] = keyed.into_iter().map(|(_, place)| place).collect();
            number(&columns[layer], &mut position);
        }
    }
    columns
}

/// Moves the places of each layer towards their neighbours, without changing their order.
fn move_together(places: &mut [Place], columns: &[Vec<usize>], ways: &[Vec<usize>]) {
    let sides = neighbours(places.len(), ways);
    for column in columns {
        let mut y = 0;
        for &at in column {
            y += places[at].height / 2;
            places[at].y = y;
            y += places[at].height / 2 + GAP_BETWEEN_BOXES;
        }
    }
    for sweep in 0..SWEEPS {
        let both = sweep + 2 >= SWEEPS;
        let forwards = sweep % 2 == 0;
        for step in 0..columns.len() {
            let layer = if forwards { step } else { columns.len() - 1 - step };
            let wish = |at: usize| {
                let of: Vec<i32> = (0..2)
                    .filter(|side| both || (*side == 0) == forwards)
                    .flat_map(|side| &sides[side][at])
                    .map(|other| places[*other].y)
                    .collect();
                let many = i32::try_from(of.len()).unwrap_or(i32::MAX);
                if of.is_empty() { places[at].y } else { of.iter().sum::<i32>() / many }
            };
            let wishes: Vec<i32> = columns[layer].iter().map(|&at| wish(at)).collect();
            settle(places, &columns[layer], &wishes);
        }
    }
}

/// Puts the places of a layer as near to their wishes as their heights allow. Pushed downwards only, and
/// pushed upwards only, they keep their distances; so they do in the middle of both.
fn settle(places: &mut [Place], column: &[usize], wishes: &[i32]) {
    let apart = |one: usize, other: usize| {
        i32::midpoint(places[one].height, places[other].height) + GAP_BETWEEN_BOXES
    };
    let mut down = wishes.to_vec();
    for at in 1..column.len() {
        down[at] = down[at].max(down[at - 1] + apart(column[at - 1], column[at]));
    }
    let mut up = wishes.to_vec();
    for at in (1..column.len()).rev() {
        up[at - 1] = up[at - 1].min(up[at] - apart(column[at - 1], column[at]));
    }
    for (at, place) in column.iter().enumerate() {
        // Rounding the middle downwards keeps distances too.
        places[*place].y = (down[at] + up[at]).div_euclid(2);
    }
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
