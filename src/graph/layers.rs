//! Which layer a node is in, and in which order and how far down it stands there: circles are opened, each node gets the
//! layer of its longest path, every layer is ordered by the mean place of its neighbours, and then moved towards them.

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use crate::answer::picture::RuleGraph;

/// The height of a line of text.
pub(super) const LINE: i32 = 17;
/// Between one box and the next of its layer.
const GAP_BETWEEN_BOXES: i32 = 14;
/// How often layers are ordered, and how often they are moved.
const SWEEPS: usize = 8;

/// A box, or a bend of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) layer: usize,
    pub(super) height: i32,
    /// The middle.
    pub(super) y: i32,
}

/// The edges, those that close a circle turned round.
pub(super) fn opened(graph: &RuleGraph) -> Vec<(usize, usize)> {
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
pub(super) fn layers(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
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
pub(super) fn way((from, to): (usize, usize), places: &mut Vec<Place>) -> Vec<usize> {
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
pub(super) fn ordered(places: &[Place], ways: &[Vec<usize>]) -> Vec<Vec<usize>> {
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
pub(super) fn move_together(places: &mut [Place], columns: &[Vec<usize>], ways: &[Vec<usize>]) {
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
