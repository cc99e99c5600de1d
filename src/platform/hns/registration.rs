//! What this platform answers to questions that are asked of all platforms.

use super::Hns;
use crate::platform::Platform;

impl Platform for Hns {
    fn name(&self) -> &'static str {
        "hns"
    }
}
