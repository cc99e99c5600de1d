//! What holds for the rules of every platform.

pub(crate) mod examples;
pub(crate) mod order;
