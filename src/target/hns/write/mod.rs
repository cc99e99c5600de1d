//! Plans, and what HNS holds, as text.
//!
//! ```text
//! v2 ─► JSON: the objects that HCN gets, as kube-proxy sends them
//! v1 ─► JSON: the same as calls of the old API of HNS, as far as it can say them
//! state ─► JSON: what HNS holds
//! powershell ─► a script that does it on the node, for people who have no hnsplan there
//! ```

mod document;
mod lines;
mod powershell;
mod state;
mod v1;
mod v2;

pub use state::state;
pub use v1::schema as schema_v1;
pub use v2::schema;

/// A plan as text, in the pieces in which it was made.
pub struct PlanText(Vec<String>);

impl PlanText {
    /// The pieces, which are the text one after the other.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl std::fmt::Display for PlanText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(piece))
    }
}
