//! What this platform answers to questions that are asked of all platforms.

use super::Netsh;
use crate::platform::Platform;

impl Platform for Netsh {
    fn name(&self) -> &'static str {
        "netsh"
    }
}
