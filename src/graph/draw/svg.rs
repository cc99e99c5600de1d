//! SVG, for browsers and documents. Colours follow the reader's choice of dark or light.

use std::fmt::Write;

use crate::graph::layout::{CHARACTER, LINE, Layout, Line, NodeBox, PADDING};
use crate::graph::{NodeKind, RuleGraph};
use crate::name::xml;
use crate::scope::Selector;

/// The style of drawings, for documents that have several.
pub const STYLE: &str = include_str!("svg.css");

/// How far the control points of a curve are from its ends.
const CURVE: i32 = 28;

/// The graph as an SVG document.
#[must_use]
pub fn svg(graph: &RuleGraph, title: &str) -> String {
    drawing(graph, title, &format!("<style>{STYLE}</style>\n"))
}

/// How many nodes are drawn; a picture of more shows nothing.
const MOST_DRAWN: usize = 600;

/// A graph has too many nodes for a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the graph has {0} nodes, too many for a drawing (at most {MOST_DRAWN}): select Services with -S, or use -o text, \
     json or dot"
)]
pub struct TooManyNodes(usize);

/// The rules of a target as an SVG document, which says of which Services they are.
///
/// # Errors
/// When there are too many for a drawing.
pub fn svg_of_few(graph: &RuleGraph, target: &str, selector: &Selector) -> Result<String, TooManyNodes> {
    if graph.len() > MOST_DRAWN {
        return Err(TooManyNodes(graph.len()));
    }
    let scope = if selector.is_all() { String::new() } else { format!(" of {selector}") };
    Ok(svg(graph, &format!("Rules{scope} in {target}")))
}

/// The graph as an SVG element of an HTML document that has the [`STYLE`] already.
#[must_use]
pub fn svg_figure(graph: &RuleGraph, title: &str) -> String {
    drawing(graph, title, "")
}

fn drawing(graph: &RuleGraph, title: &str, style: &str) -> String {
    let layout = Layout::of(graph);
    let (width, height) = (layout.width, layout.height);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rules\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n<title>{}</title>\n{style}",
        xml(title)
    );
    let edges: Vec<_> = graph.edges().map(|(.., edge)| edge.labels.join("; ")).collect();
    for (line, labels) in layout.lines.iter().zip(&edges) {
        draw_line(&mut text, line, labels);
    }
    for node in &layout.boxes {
        draw_box(&mut text, node);
    }
    text.push_str("</svg>\n");
    text
}

fn draw_line(text: &mut String, line: &Line, labels: &str) {
    let mut points = line.points.iter();
    let Some((mut x, mut y)) = points.next().copied() else { return };
    let mut path = format!("M{x} {y}");
    for &(to_x, to_y) in points {
        let bend = CURVE * (to_x - x).signum();
        let _ = write!(path, "C{} {y} {} {to_y} {to_x} {to_y}", x + bend, to_x - bend);
        (x, y) = (to_x, to_y);
    }
    let back = line.points[0].0 >= x;
    let (head, class) = if back { (x + 7, "edge back") } else { (x - 7, "edge") };
    let _ = write!(text, "<g class=\"{class}\"><path d=\"{path}\"/>");
    let _ = write!(text, "<path class=\"head\" d=\"M{x} {y}L{head} {}L{head} {}Z\"/>", y - 4, y + 4);
    if !line.label.is_empty() {
        let _ = write!(
            text,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}<title>{}</title></text>",
            x - 10,
            y - 5,
            xml(&line.label),
            xml(labels)
        );
    }
    text.push_str("</g>\n");
}

fn draw_box(text: &mut String, of: &NodeBox) {
    let NodeBox { x, y, width, height, .. } = of;
    let radius = match of.kind {
        NodeKind::Frontend | NodeKind::Endpoint => 12,
        NodeKind::Verdict => 2,
        _ => 5,
    };
    let accept = if of.kind == NodeKind::Verdict && of.title == ["ACCEPT"] { " accept" } else { "" };
    let class = of.kind.as_str();
    let assumed = if of.assumed { " assumed" } else { "" };
    let _ = write!(
        text,
        "<g class=\"node {class}{accept}{assumed}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"
    );
    let lines =
        of.title.iter().map(|line| (line, "title")).chain(of.details.iter().map(|line| (line, "detail")));
    let mut baseline = y + PADDING + LINE - 7;
    for (line, class) in lines {
        // The font of the reader may be wider than the box was made for.
        let long = line.chars().count() > 8;
        let width = i32::try_from(line.chars().count()).unwrap_or(0) * CHARACTER;
        let fit = if long && class == "title" {
            format!(" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\"")
        } else {
            String::new()
        };
        let _ = write!(
            text,
            "<text class=\"{class}\" x=\"{}\" y=\"{baseline}\"{fit}>{}</text>",
            x + PADDING,
            xml(line)
        );
        baseline += LINE;
    }
    text.push_str("</g>\n");
}
