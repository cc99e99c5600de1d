//! HNS, as kube-proxy on Windows (mode kernelspace, package winkernel) fills it.
//!
//! [`lower()`] turns the rule IR into the HCN objects that kube-proxy would make on a [`host()`], in the
//! words of [`model`]; [`plan()`] compares them with what HNS holds; `write` prints the plan.

mod after;
pub mod apply;
pub mod codes;
pub(crate) mod compare;
pub mod errors;
pub mod eval;
mod features;
pub mod flag_words;
pub(crate) mod frontends;
mod held;
mod host;
mod ids;
pub mod lint;
mod lower;
pub mod model;
mod options;
mod other_proxy;
mod outcome;
mod packets;
mod picture;
mod plan;
mod providers;
mod proxy_log;
pub mod read;
mod registration;
mod registry_switches;
pub mod service_info;
mod simulate;
mod store;
mod sync;
mod windows_release;
pub mod write;

pub use after::After;
pub use compare::side::HnsSide;
pub use features::Features;
pub use held::{FORMAT, HnsHeld, read_plan};
pub use host::{Basis, Host, HostNetwork, host};
pub use ids::FrontendKey;
pub use lower::{Desired, Object, Outcome, Purpose, Semantics, Wanted, lower, lower_on};
pub use options::{Format, Options};
pub use other_proxy::other_proxy;
pub use outcome::outcome;
pub use packets::{AfterModel, StateModel};
pub use plan::{Action, Operation, Owned, OwnedError, Plan, PlanOptions, Present, plan, plan_rules};
pub use simulate::{Refusal, Simulator};
pub use sync::Replay;
pub use write::{Pieces, PlanText, schema, schema_v1};

/// HNS on Windows.
#[derive(Debug, Clone, Copy)]
pub struct Hns;
