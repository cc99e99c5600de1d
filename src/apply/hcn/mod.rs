//! The executor for HNS: calls of the Host Compute Network API on the node itself.
//!
//! ```text
//! ffi ─► hcn ─► executor
//! ```
//!
//! `ffi` has the functions of Windows, [`Hcn`] what takes several of them.

mod error;
mod ffi;
mod hcn;

pub use error::{CallError, LoadError};
pub use hcn::Hcn;
