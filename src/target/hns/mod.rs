//! HNS, as kube-proxy on Windows (mode kernelspace, package winkernel) fills it.
//!
//! [`lower()`] turns the rule IR into the HCN objects that kube-proxy would make on a [`host`], in the
//! words of [`model`].

mod features;
mod host;
pub mod ids;
mod lower;
pub mod model;
mod providers;

pub use features::Features;
pub use host::{Host, HostNetwork, host};
pub use lower::{Desired, Object, Purpose, Semantics, Wanted, lower};
