//! Drawings of a graph, each in the language of its readers. Hostile names stay text in all of them.

mod dot;
mod json;
mod mermaid;
mod svg;
mod text;

/// The line that says of a node that it shows an assumed number.
pub(super) const ASSUMED: &str = "assumed";

pub use dot::dot;
pub use json::{json, json_schema};
pub use mermaid::mermaid;
pub use svg::{STYLE, TooManyNodes, svg, svg_figure, svg_of_few};
pub use text::text;
