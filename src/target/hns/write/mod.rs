//! HCN objects as text.

mod state;

pub use state::state;
