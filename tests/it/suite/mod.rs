//! Outputs that are kept beside manifests.

pub(crate) mod command;
#[cfg(target_os = "linux")]
pub(crate) mod review;
