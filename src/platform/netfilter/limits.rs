//! What no walk goes beyond, in words that a person can act on: the fate of the packet is undecided there.

use std::fmt::Display;

/// The chances of choices one after the other are no fraction that can be held.
pub(in crate::platform) fn too_fine(at: impl Display) -> Box<str> {
    format!("the chances of {at} and of those before it multiply to a fraction too fine to be told").into()
}

pub(in crate::platform) fn too_many_rules(most: usize) -> Box<str> {
    format!("the packet meets more than {most} rules").into()
}

pub(in crate::platform) fn too_many_steps(most: usize) -> Box<str> {
    format!("more than {most} rules do something to the packet").into()
}

pub(super) fn too_deep(most: usize) -> Box<str> {
    format!("chains jump in a circle, or more than {most} deep").into()
}
