//! Drawings of a graph, each in the language of its readers. Hostile names stay text in all of them.

mod dot;
mod json;
mod mermaid;
mod svg;
mod text;

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;
pub use svg::{STYLE, svg, svg_figure};
pub use text::text;
