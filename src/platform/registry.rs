//! Which platforms there are: those of this crate, and those that a program adds before it asks for any.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::{OWN, Platform, Side};
use crate::name::{did_you_mean, printable};

/// All platforms, once somebody has asked for them.
static ALL: OnceLock<Vec<&'static dyn Platform>> = OnceLock::new();

/// The platforms of other crates.
static ADDED: Mutex<Vec<&'static dyn Platform>> = Mutex::new(Vec::new());

/// All platforms, in the order in which they are listed.
pub fn all() -> &'static [&'static dyn Platform] {
    ALL.get_or_init(|| {
        let added = ADDED.lock().unwrap_or_else(PoisonError::into_inner);
        OWN.iter().chain(added.iter()).copied().collect()
    })
}

/// Adds a platform of another crate, after those that are known. It belongs at the start of a program: options,
/// flags and tables of codes are made of all platforms when they are first needed, and never again.
///
/// # Panics
/// When another platform has one of its names, or when [`all`] was called already.
pub fn register(platform: &'static dyn Platform) {
    assert!(ALL.get().is_none(), "platform {} comes too late: register it first", platform.name());
    let mut added = ADDED.lock().unwrap_or_else(PoisonError::into_inner);
    for known in OWN.iter().chain(added.iter()) {
        let names = [known.name(), known.held_name()];
        let is_new = !names.contains(&platform.name()) && !names.contains(&platform.held_name());
        assert!(is_new, "there is a platform {} already: choose other names", known.name());
    }
    added.push(platform);
}

/// The platform whose rules kube-proxy writes on a node; `None` where no platform models the mode.
#[must_use]
pub fn serving(runs_windows: bool, mode: Option<&str>) -> Option<&'static dyn Platform> {
    all().iter().copied().find(|platform| platform.serves(runs_windows, mode))
}

/// The platform that is asked about where nothing names one: that of the mode on Linux, or else the first.
#[must_use]
pub fn usual(mode: Option<&str>) -> &'static dyn Platform {
    serving(false, mode).unwrap_or(all()[0])
}

/// The two platforms that are compared where nothing names them: the [`usual`] one, and the one beside it.
#[must_use]
pub fn usual_pair(mode: Option<&str>) -> Vec<Side> {
    let second = all().iter().copied().take(2).skip(1);
    std::iter::once(usual(mode)).chain(second).map(Side::wanted).collect()
}

/// The platform with a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Platform> {
    all().iter().copied().find(|platform| platform.name() == name)
}

/// What is wrong with a word that is neither a platform nor one of these.
#[must_use]
pub fn not_a_target(text: &str, others: &[&'static str]) -> String {
    let platforms = all().iter().map(|platform| platform.name());
    let names: Vec<&str> = platforms.chain(others.iter().copied()).collect();
    let near = did_you_mean(text, names.iter().copied());
    format!("`{}` is not a target; {near}expected one of {}", printable(text), names.join(", "))
}
