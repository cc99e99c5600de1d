#![doc = include_str!("../README.md")]

// Words: what every part speaks of.
pub mod name;
pub mod net;
pub mod flag;

// Reading: text to objects, with a place for every value.
pub mod source;
pub mod diagnostics;
pub mod manifest;
pub mod node;

// Meaning: objects to what one node should do.
pub mod ir;
mod compile;

// Saying it: rules in the words of each platform, and what becomes of packets there.
pub mod answer;
pub mod platform;

// Asking about it: packets × rules, and what else is known to go wrong.
pub mod trace;
pub mod check;
pub mod lint;
pub mod allow;

// What differs between two of them, object by object.
pub mod diff;

// Drawing it.
pub mod graph;
pub mod report;

// Doing it: steps on one node, verified and undoable.
pub mod apply;

// Expectations that teams keep beside their manifests.
pub mod suite;

// All of it in one expression, and the command line around it.
pub mod pipeline;
pub mod cli;

pub use compile::compile;
