//! What the values of flags may be: targets, senders, and what else is some of a list.

use clap::builder::PossibleValue;

use crate::explain;
use crate::platform::{Platform, Side, all, find, not_a_target};
use crate::shell::Offer;
use crate::trace::ClientKind;

/// `-t`: sides by their names, the same in all commands.
pub(super) fn sides() -> Offer<Side> {
    Offer::new(
        |text| text.parse::<Side>().map_err(|unknown| unknown.to_string()),
        || Side::all().map(|side| PossibleValue::new(side.name()).help(side.about())).collect(),
    )
}

/// `-t` where something is compiled: platforms by their names.
pub(super) fn platforms() -> Offer<&'static dyn Platform> {
    Offer::new(|text| find(text).ok_or_else(|| not_a_target(text, &[])), platform_words)
}

/// The platforms, for help.
pub(super) fn platform_words() -> Vec<PossibleValue> {
    all().iter().map(|of| PossibleValue::new(of.name()).help(of.about()[0])).collect()
}

/// What can be explained. A line of a log has no such name, and is taken as well.
pub(super) fn explained() -> Offer<String> {
    let words = || explain::names().map(|(name, title)| PossibleValue::new(name).help(title)).collect();
    Offer::new(|text| Ok(text.to_owned()), words)
}

/// Kinds of senders. An address and names of pods are taken as well.
pub(super) fn clients() -> Offer<String> {
    let words = || ClientKind::ALL.iter().map(|kind| PossibleValue::new(kind.as_str())).collect();
    Offer::new(|text| Ok(text.to_owned()), words)
}
