//! What every platform answers, in neutral words.
//!
//! ```text
//! verdict ─► what becomes of a packet
//! frontend ─► what a platform does where clients connect to
//! change ─► what two sides of one platform differ in, object by object
//! artifact ─► a side as text in normal order
//! picture ─► rules as a graph
//! step ─► one change of a node, and how it went
//! lexicon ─► what its codes and numbers mean
//! directory ─► which Service an address belongs to
//! telling ─► how much a source tells: all, a part, nothing
//! ```
//!
//! Platforms to the right of this module produce these values; the algorithms to the right of platforms
//! consume them. So two platforms can be compared, traced and drawn by code that knows neither.
//!
//! **Invariant:** no platform's name, text or object stands here.

pub mod artifact;
pub mod change;
pub mod directory;
pub mod frontend;
pub mod lexicon;
pub mod picture;
pub mod step;
pub mod telling;
pub mod verdict;
