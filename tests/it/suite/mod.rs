//! Outputs that are kept beside manifests.

pub(crate) mod baseline;
mod command;
mod packets;
mod rollouts;
#[cfg(target_os = "linux")]
pub(crate) mod review;
