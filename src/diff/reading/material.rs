//! What a side is made of, once it is read: packets can be sent through manifests and dumps, and not through plans.

use crate::answer::change::Standing;
use crate::platform::{Held, Platform, Side};

/// What a side is made of, as far as packets can be sent through it.
pub enum Material {
    /// Manifests: the position among what was compiled.
    Compiled {
        /// The position.
        at: usize,
        /// What they are compiled to.
        platform: &'static dyn Platform,
    },
    /// What a node holds.
    Held(Box<dyn Held>),
    /// No packet can be sent through it.
    Other,
}

impl Material {
    /// The side that it stands for; `None` where no packet can be sent through it.
    #[must_use]
    pub fn side(&self) -> Option<Side> {
        match self {
            Self::Compiled { platform, .. } => Some(Side::wanted(*platform)),
            Self::Held(held) => Some(Side { platform: held.platform(), standing: Standing::Held }),
            Self::Other => None,
        }
    }
}
