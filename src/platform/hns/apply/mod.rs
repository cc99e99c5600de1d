//! HNS as a platform that is changed: the same steps for the real one and for one in memory.
//!
//! ```text
//! Executor ◄─ HnsNode ─► HnsService: HCN of Windows, or a simulator
//! ```
//!
//! Steps are data and always there; what carries them out comes with the feature `apply`.

mod facts;
mod fingerprint;
mod members;
mod planner;
mod step;
mod stored;

#[cfg(feature = "apply")]
mod course;
#[cfg(feature = "apply")]
mod directory;
#[cfg(feature = "apply")]
mod drift;
#[cfg(feature = "apply")]
mod executor;
#[cfg(feature = "apply")]
mod executors;
#[cfg(feature = "apply")]
pub mod hcn;
#[cfg(feature = "apply")]
mod obstacles;
#[cfg(feature = "apply")]
mod outline;
#[cfg(feature = "apply")]
mod same;
#[cfg(feature = "apply")]
mod service;
#[cfg(feature = "apply")]
pub mod sim;

pub use facts::MemberNames;
pub use fingerprint::fingerprint;
pub use planner::{Wish, plan_steps, selected, steps};
pub use step::{Call, HnsObject, HnsStep};

#[cfg(feature = "apply")]
pub use executor::HnsNode;
#[cfg(feature = "apply")]
pub use executors::EXECUTORS;
#[cfg(feature = "apply")]
pub use service::HnsService;
