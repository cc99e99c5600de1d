//! Many nodes in one run: what was found on each, which of them are alike, and shares of a fleet joined to one answer.
//!
//! ```text
//! objects, read once ─► ask each node (check, compare with its dump, its dump with an earlier one, with other manifests) ─► Fleet ─► groups ─► documents, texts
//!                                         dumps: which is of which node     ▲
//!                        lines ◄─► a share of the nodes, as JSON Lines ─ merge
//! ```
//!
//! An answer about a node is the same as that of a run for this node alone. Nodes that are set up alike share the answers about
//! the Services that name none of them (`alike`). A [`Fleet`] is a set of such answers: joining two
//! of them is a union, so that neither the order nor the number of the shares changes what is printed. What is missing, a
//! share, a node, a dump, is a part of the answer.
//!
//! **Invariant:** nothing is drawn here, and no platform is named.

mod alike;
mod ask;
mod change;
mod check;
pub mod codes;
mod compare;
mod dumps;
mod files;
mod fingerprint;
mod groups;
mod lines;
mod merge;
mod plan;
mod record;
mod rules;
mod services;
mod share;
mod since;
mod verdict;

pub use alike::CheckAlike;
pub use ask::{Asked, Nodes};
pub use change::ChangedNodes;
pub use check::CheckNodes;
pub use compare::CompareNodes;
pub use dumps::{Dumps, DumpsError};
pub use files::read_shares;
pub use fingerprint::fingerprint;
pub use groups::{Difference, Group, Spread, Variant};
pub use lines::{LinesError, line_schema, read_lines, write_lines};
pub use merge::{MergeError, Part, merge};
pub use plan::PlanNodes;
pub use record::{Class, Fleet, Found, Head, Item, Kind, NodeAnswer, ObjectCount, Question, Scale};
pub use rules::CompileNodes;
pub use services::ServiceRow;
pub use share::{NotAShare, Share, Shares};
pub use verdict::{Reach, Verdict};
