//! The executor for HNS: calls of the Host Compute Network API on the node itself.
//!
//! ```text
//! ffi ─► calls ─► service ─► apply::hns
//! ```
//!
//! `ffi` has the functions of Windows, [`Hcn`] what takes several of them, and as an
//! [`HnsService`](super::HnsService) it takes the steps of a plan.

mod calls;
mod error;
mod ffi;
mod neighbours;
mod service;

pub use calls::Hcn;
pub use error::{CallError, LoadError};
#[cfg(windows)]
pub(in crate::platform) use ffi::system as system_calls;
