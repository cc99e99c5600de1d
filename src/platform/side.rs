//! A side: a platform, and whether its rules are wanted or held.

use std::cmp::Ordering;
use std::str::FromStr;

use super::{Context, Found, Model, Objects, Platform, all};
use crate::answer::change::Standing;
use crate::answer::picture::RuleGraph;
use crate::name::{nearest, printable};

/// What is asked: the rules that a platform should have, or those that a node holds.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// The platform.
    pub platform: &'static dyn Platform,
    /// Whether its rules are compiled from manifests, or read from a node.
    pub standing: Standing,
}

/// A word names no side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct UnknownSide {
    message: String,
}

impl Side {
    /// What the manifests want of a platform.
    #[must_use]
    pub fn wanted(platform: &'static dyn Platform) -> Self {
        Self { platform, standing: Standing::Wanted }
    }

    /// What a node holds of a platform.
    #[must_use]
    pub fn held(platform: &'static dyn Platform) -> Self {
        Self { platform, standing: Standing::Held }
    }

    /// All sides, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        all().iter().flat_map(|platform| [Self::wanted(*platform), Self::held(*platform)])
    }

    /// Whether it is what a node holds.
    #[must_use]
    pub fn is_held(self) -> bool {
        self.standing == Standing::Held
    }

    /// The word for it: `hns`, `hns-state`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.standing {
            Standing::Wanted => self.platform.name(),
            Standing::Held => self.platform.held_name(),
        }
    }

    /// What it is, in one line for help.
    #[must_use]
    pub fn about(self) -> &'static str {
        let [wanted, held] = self.platform.about();
        match self.standing {
            Standing::Wanted => wanted,
            Standing::Held => held,
        }
    }

    /// Its rules, to follow packets through them; `None` if no dump tells what the node holds.
    #[must_use]
    pub fn model(self, context: Context<'_>) -> Option<Found<Box<dyn Model + '_>>> {
        match self.standing {
            Standing::Wanted => Some(self.platform.model(context)),
            Standing::Held => Some(Found::of(context.held.of(self.platform)?.model(context))),
        }
    }

    /// Its rules, to compare them object by object; `None` if no dump tells what the node holds.
    #[must_use]
    pub fn objects(self, context: Context<'_>) -> Option<Found<Box<dyn Objects>>> {
        match self.standing {
            Standing::Wanted => Some(self.platform.objects(context)),
            Standing::Held => Some(Found::of(context.held.of(self.platform)?.duplicate().into_objects())),
        }
    }

    /// Its rules as a graph; `None` if no dump tells what the node holds.
    #[must_use]
    pub fn picture(self, context: Context<'_>) -> Option<RuleGraph> {
        let mut picture = match self.standing {
            Standing::Wanted => self.platform.picture(context),
            Standing::Held => context.held.of(self.platform)?.picture(context),
        };
        picture.mark(&context.rules.assumed);
        Some(picture)
    }

    fn position(self) -> (Option<usize>, bool) {
        let at = all().iter().position(|platform| platform.name() == self.platform.name());
        (at, self.standing == Standing::Held)
    }
}

impl FromStr for Side {
    type Err = UnknownSide;

    fn from_str(text: &str) -> Result<Self, UnknownSide> {
        Self::all().find(|side| side.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::name).collect();
            let near = nearest(text, names.iter().copied());
            let near =
                if near.is_empty() { String::new() } else { format!("did you mean {}? ", near.join(" or ")) };
            let message =
                format!("`{}` is not a target; {near}expected one of {}", printable(text), names.join(", "));
            UnknownSide { message }
        })
    }
}

impl PartialEq for Side {
    fn eq(&self, other: &Self) -> bool {
        self.position() == other.position()
    }
}

impl Eq for Side {}

impl PartialOrd for Side {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Side {
    fn cmp(&self, other: &Self) -> Ordering {
        self.position().cmp(&other.position())
    }
}
