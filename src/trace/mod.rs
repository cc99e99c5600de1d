//! What becomes of packets, on several targets at a time.
//!
//! ```text
//! client ─► who sends: pods here and elsewhere, the node, others
//! target ─► the rules of a platform, planned or live, which answer with a verdict
//! path ─► the steps of an answer, with the packet after each, and what it comes to
//! matrix ─► all kinds of clients × all frontends
//! ```
//!
//! **Invariant:** nothing is drawn here, and no text of a platform is read or written.

mod client;
mod ends;
mod listeners;
mod matrix;
mod path;
mod sentence;
mod target;
mod traced;

pub use client::{Client, ClientKind, Clients};
pub use ends::{Destination, EndsError};
pub use matrix::{Cell, Matrix, Row};
pub use path::{Conclusion, Hop, Summary, Tuple, hops};
pub use sentence::describe_source;
pub use target::{Models, Target};
pub use traced::{Answer, Traced};
