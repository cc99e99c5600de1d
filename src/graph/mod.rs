//! Rules as a graph, scoped, laid out and drawn.
//!
//! ```text
//! scope ─► the part of a graph that belongs to some Services
//! layout ─► layers and places of a drawing
//! draw ─► text, JSON, DOT, Mermaid, SVG
//! ```
//!
//! **Invariant:** graphs are made by platforms; nothing here knows one.

pub mod draw;
mod layers;
mod layout;
mod scope;

pub use crate::answer::picture::{Edge, Node, NodeKind, RuleGraph};
pub use draw::json_schema;
pub use layout::Layout;
