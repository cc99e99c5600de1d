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
pub mod scope;
mod compile;

// Saying it: rules in the words of each platform, and what becomes of packets there.
pub mod answer;
pub mod platform;
pub mod capture;
pub mod pipeline;

// Asking about it: packets × rules, and what else is known to go wrong.
pub mod trace;
pub mod allow;
pub mod lint;
pub mod graph;
pub mod sheet;
pub mod check;

// Doing it: steps on one node, verified and undoable.
pub mod apply;

// What differs between two sides, object by object and flow by flow.
pub mod diff;

// Printing it: documents for programs, texts and pages for people.
pub mod document;
pub mod render;

// Expectations that teams keep beside their manifests.
pub mod suite;

// The command line around all of it.
#[cfg(feature = "cli")]
#[cfg_attr(
    not(feature = "apply"),
    allow(dead_code, reason = "what commands share has fewer users without those that change nodes")
)]
mod cli;

pub use compile::compile;

/// Runs the command line of this process: all that `main` of the program does. The flags are its interface, not this.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub use cli::main as run;
