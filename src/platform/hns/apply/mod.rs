//! HNS as a platform that is changed: the same steps for the real one and for one in memory.
//!
//! ```text
//! Executor ◄─ Hns ─► HnsService: HCN of Windows, or a simulator
//! ```
//!
//! Steps are data and always there; what carries them out comes with the feature `apply`.

mod fingerprint;
mod plan;
mod step;
mod stored;

#[cfg(feature = "apply")]
mod directory;
#[cfg(feature = "apply")]
mod executor;
#[cfg(feature = "apply")]
pub mod hcn;
#[cfg(feature = "apply")]
mod obstacles;
#[cfg(feature = "apply")]
mod same;
#[cfg(feature = "apply")]
mod service;
#[cfg(feature = "apply")]
pub mod sim;

pub use fingerprint::fingerprint;
pub use plan::{selected, steps};
pub use step::{Call, HnsObject, HnsStep};

#[cfg(feature = "apply")]
pub use executor::Hns;
#[cfg(feature = "apply")]
pub use service::HnsService;
