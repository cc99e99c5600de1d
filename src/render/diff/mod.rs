//! Draws what two sides differ in.

pub mod flows;
pub mod html;
pub mod markdown;
pub mod prometheus;
pub mod side_by_side;
pub mod structure;
pub mod unified;

/// What is said where no packets can be sent.
pub const BY_ENDPOINTS: &str = "compared by address, port and endpoints only, since no manifests tell which packets to send: add -f FILE";
