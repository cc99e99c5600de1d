//! What this platform answers to questions that are asked of all platforms.

use super::Iptables;
use crate::platform::Platform;

impl Platform for Iptables {
    fn name(&self) -> &'static str {
        "iptables"
    }
}
