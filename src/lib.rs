//! Compiles Kubernetes Services to the rules of one node, as kube-proxy would, without a cluster; and traces, checks,
//! compares and applies these rules. This page is for programs that use the library; the README describes the command.
//!
//! # Four steps
//!
//! ```
//! use hnsplan::check::Check;
//! use hnsplan::pipeline::{Setup, compile};
//! use hnsplan::platform::{all, Holdings, Options, Side, hns, iptables};
//! use hnsplan::source::{Input, Sources};
//!
//! // 1. Read files, folders or standard input. Only this can fail.
//! let sources = Sources::read(&[Input::from("fixtures/shop/cluster.yaml")], false)?;
//!
//! // 2. Compile for one node. What is wrong with a manifest is a diagnostic, and the rest is compiled.
//! let compiled = compile(sources, &Setup::of_node("win-1"));
//! for found in &compiled.diagnostics {
//!     eprintln!("{} {}", found.code.id(), found.message);
//! }
//!
//! // 3. Write the rules of every platform; each has functions with its own types as well.
//! let (options, nothing) = (Options::default(), Holdings::default());
//! for platform in all() {
//!     for text in platform.texts(compiled.context(&options, &nothing)).value {
//!         println!("# {}\n{text}", text.file);
//!     }
//! }
//!
//! // 4. Ask about them: which packets do two sides treat differently?
//! let sides = [Side::wanted(&iptables::Iptables), Side::wanted(&hns::Hns)];
//! let kinds = Check::new(&[compiled], &sides).run(|report| report.comparison.findings.len());
//! assert!(kinds > 0, "HNS has no source ranges, for one");
//! # Ok::<(), hnsplan::source::ReadError>(())
//! ```
//!
//! A *side* is a platform and whether its rules are wanted, compiled from manifests, or held by a node, read from a dump.
//! Everything that takes a side takes every side.
//!
//! # Where to look
//!
//! | to … | see | example |
//! | --- | --- | --- |
//! | read manifests and compile them | [`pipeline`], [`node`] | `compile` |
//! | read what a node contains | [`capture`] | `diff` |
//! | use one platform with its own types | [`platform::iptables`], [`platform::hns`], [`platform::netsh`] | |
//! | follow a packet | [`trace`] | |
//! | find packets that two sides treat differently | [`check`] | `check` |
//! | compare two sides object by object | [`diff`] | `diff` |
//! | ask about many nodes in one run | [`fleet`] | |
//! | plan the change of a node and carry it out | [`apply`] | `plan_apply` |
//! | print an answer | [`render`] for people, [`document`] for programs | all |
//!
//! Examples are in the folder `examples`; `cargo run --example check` runs one.
//!
//! # Features
//!
//! All are on by default. A library needs none of them to compile, trace, check, compare and plan, also in a page of a
//! browser (`wasm32-unknown-unknown`).
//!
//! | feature | adds |
//! | --- | --- |
//! | `apply` | what changes nodes: executors, the engine, its journal. Without it nothing starts a process or calls Windows |
//! | `cli` | the command |
//! | `mimalloc` | a faster allocator for the command, in C |
//!
//! # Promises
//!
//! The same input gives the same output, whatever the order of its objects. No input panics. Texts in answers are safe to
//! print, and names in rules and scripts cannot end or extend them.

// Words: what every part speaks of.
pub mod name;
pub mod net;
pub mod flag;

// Reading: text to objects, with a place for every value.
pub mod source;
pub mod diagnostics;
pub mod manifest;
pub mod fill;
pub mod node;

// Meaning: objects to what one node should do.
pub mod ir;
pub mod scope;
pub mod compile;

// Saying it: rules in the words of each platform, and what becomes of packets there.
pub mod answer;
pub mod platform;
pub mod capture;
pub mod pipeline;

// Over time: what kube-proxy does at each sync of a sequence of events.
pub mod replay;
pub mod rollout;

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

// The same questions about many nodes.
pub mod fleet;

// Every code that anything above may raise, and what all that is printed means.
pub mod catalog;
pub mod explain;

// Printing it: documents for programs, texts and pages for people.
pub mod document;
pub mod render;

// Expectations that teams keep beside their manifests.
pub mod suite;

// The command line around all of it: what any program in a shell needs, and the commands.
#[cfg(feature = "cli")]
#[cfg_attr(
    not(feature = "apply"),
    allow(dead_code, reason = "what commands share has fewer users without those that change nodes")
)]
mod shell;
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
