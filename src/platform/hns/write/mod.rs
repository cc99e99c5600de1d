//! Plans, and what HNS holds, as text.
//!
//! ```text
//! v2 ─► JSON: the objects that HCN gets, as kube-proxy sends them
//! v1 ─► JSON: the same as calls of the old API of HNS, as far as it can say them
//! state ─► JSON: what HNS holds
//! switch ─► rules of the virtual switch, as vfpctrl prints them, for tests
//! powershell ─► a script that does it on the node, for people who have no hnsplan there
//! ```

mod document;
mod lines;
mod powershell;
mod state;
mod switch;
mod v1;
mod v2;

use rayon::prelude::*;

use super::plan::Operation;

pub use state::{state, state_endpoint, state_load_balancer};
pub use switch::{switch_lists, switch_ports};
pub use v1::schema as schema_v1;
pub use v2::schema;

/// How many operations are one piece of text.
const PIECE: usize = 512;

/// How many pieces are made at once.
const AT_ONCE: usize = 16;

/// The pieces of a text, one after the other.
pub type Pieces<'p> = Box<dyn Iterator<Item = String> + 'p>;

/// A plan as text, made piece by piece while it is read: a plan for 100,000 endpoints is 50 MB, and memory
/// that is used again costs less than fresh memory.
pub struct PlanText<'p>(Box<dyn Fn() -> Pieces<'p> + 'p>);

impl<'p> PlanText<'p> {
    fn new<I: Iterator<Item = String> + 'p>(pieces: impl Fn() -> I + 'p) -> Self {
        Self(Box::new(move || Box::new(pieces())))
    }

    /// The pieces, which are the text one after the other.
    #[must_use]
    pub fn pieces(&self) -> Pieces<'p> {
        self.0()
    }
}

impl std::fmt::Display for PlanText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(&piece))
    }
}

/// Writes operations piece by piece; `write` is told which piece it is.
fn in_pieces<'p>(
    operations: &'p [Operation],
    write: impl Fn(usize, &'p [Operation]) -> String + Sync + Copy + 'p,
) -> impl Iterator<Item = String> + 'p {
    let groups = operations.chunks(AT_ONCE * PIECE).enumerate();
    groups.flat_map(move |(group, operations)| {
        let pieces = operations.par_chunks(PIECE).enumerate();
        pieces.map(|(at, piece)| write(group * AT_ONCE + at, piece)).collect::<Vec<String>>()
    })
}
