//! Outputs that are kept beside manifests.

pub(crate) mod baseline;
mod command;
mod lost;
mod nodes;
mod packets;
mod rollouts;
#[cfg(target_os = "linux")]
pub(crate) mod review;
