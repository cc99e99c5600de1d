use super::*;
use crate::graph::{Edge, Node};

/// A graph of these edges, with a label at each.
fn graph(nodes: usize, edges: &[(u32, u32)]) -> RuleGraph {
    let mut graph = RuleGraph::default();
    for at in 0..nodes {
        graph.graph.add_node(Node::new(NodeKind::Chain, format!("node {at}"), None));
    }
    for &(from, to) in edges {
        let edge = Edge { labels: vec!["50 %".into()], aside: false };
        graph.graph.add_edge(from.into(), to.into(), edge);
    }
    graph
}

fn overlap(one: &NodeBox, other: &NodeBox) -> bool {
    one.x < other.x + other.width
        && other.x < one.x + one.width
        && one.y < other.y + other.height
        && other.y < one.y + one.height
}

#[test]
fn boxes_never_overlap_and_lines_run_to_the_right() {
    let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (3, 4), (5, 3), (2, 6), (0, 6), (7, 6)];
    let layout = Layout::of(&graph(9, &edges));
    for (at, one) in layout.boxes.iter().enumerate() {
        assert!(one.x > 0 && one.y > 0, "{one:?}");
        assert!(one.x + one.width < layout.width && one.y + one.height < layout.height);
        for other in &layout.boxes[at + 1..] {
            assert!(!overlap(one, other), "{one:?} {other:?}");
        }
    }
    assert_eq!(layout.lines.len(), edges.len());
    for line in &layout.lines {
        assert!(line.points.is_sorted_by_key(|point| point.0), "{line:?}");
    }
}

#[test]
fn a_line_over_several_layers_runs_between_boxes() {
    let layout = Layout::of(&graph(4, &[(0, 1), (1, 2), (2, 3), (0, 3)]));
    let long = &layout.lines[3];
    assert_eq!(long.points.len(), 6);
    for &(x, y) in &long.points[1..5] {
        let within =
            |of: &&NodeBox| (of.x..=of.x + of.width).contains(&x) && (of.y..=of.y + of.height).contains(&y);
        assert!(!layout.boxes.iter().any(|of| within(&of)), "{x} {y}");
    }
}

#[test]
fn circles_are_drawn_too() {
    let layout = Layout::of(&graph(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]));
    let back = layout.lines.iter().find(|line| (line.from, line.to) == (2, 0)).unwrap();
    assert!(back.points[0].0 > back.points.last().unwrap().0);
}

#[test]
fn long_texts_are_cut_into_lines_that_fit() {
    for text in ["a".repeat(100), "kube-system/a-service-with-quite-a-long-name:https".to_owned()] {
        let lines = wrapped(&text);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= BOX_CHARACTERS));
        assert_eq!(lines.concat(), text);
    }
    assert_eq!(wrapped(""), [""]);
}

#[test]
fn a_wide_and_deep_graph_is_placed_quickly() {
    let fan: Vec<(u32, u32)> = (1..2_000).map(|to| (0, to)).collect();
    let path: Vec<(u32, u32)> = (0..1_999).map(|from| (from, from + 1)).collect();
    assert_eq!(Layout::of(&graph(2_000, &fan)).boxes.len(), 2_000);
    assert_eq!(Layout::of(&graph(2_000, &path)).boxes.len(), 2_000);
}
