//! HNS, as kube-proxy on Windows (mode kernelspace, package winkernel) fills it.
//!
//! [`lower()`] turns the rule IR into the HCN objects that kube-proxy would make on a [`host`], in the
//! words of [`model`]; [`plan()`] compares them with what HNS holds.

mod features;
mod host;
mod ids;
mod lower;
pub mod model;
mod plan;
mod providers;
pub mod read;
mod simulate;
pub mod write;

pub use features::Features;
pub use host::{Host, HostNetwork, host};
pub use ids::FrontendKey;
pub use lower::{Desired, Object, Purpose, Semantics, Wanted, lower};
pub use plan::{Action, Operation, Owned, OwnedError, Plan, PlanOptions, PlanText, Present, plan, schema};
pub use simulate::{Refusal, Simulator};
