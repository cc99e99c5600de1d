//! Compiles Kubernetes Services to the rules of one node, as kube-proxy would, without a cluster; and traces, checks,
//! compares and applies these rules. This page is for programs that use the library; the README describes the command.
//!
//! # From manifests to rules
//!
//! The stages are types, and each consumes the one before it. Reading files may fail; everything after that returns what it
//! could make, and diagnostics.
//!
//! ```
//! use hnsplan::net::Family;
//! use hnsplan::pipeline::{Loaded, Setup};
//! use hnsplan::source::{Input, Sources};
//!
//! let setup = Setup::of_node("linux-1");
//! let sources = Sources::read(&[Input::from("fixtures/shop/cluster.yaml")], false)?;
//! let compiled = Loaded::new(sources).parse(&setup).resolve(&setup).compile();
//! for found in &compiled.diagnostics {
//!     eprintln!("{} {}", found.code.id(), found.message);
//! }
//! println!("{}", compiled.iptables(Family::Ipv4));
//! # Ok::<(), hnsplan::source::ReadError>(())
//! ```
//!
//! # The same questions to every platform
//!
//! A program that does not care which platform it has to do with holds a [`platform::Platform`].
//!
//! ```
//! use hnsplan::pipeline::{Setup, compile};
//! use hnsplan::platform::{ALL, Holdings, Options};
//! use hnsplan::source::{Input, Sources};
//!
//! let sources = Sources::read(&[Input::from("fixtures/shop/cluster.yaml")], false)?;
//! let compiled = compile(sources, &Setup::of_node("win-1"));
//! let (options, nothing) = (Options::default(), Holdings::default());
//! for platform in ALL {
//!     let texts = platform.texts(compiled.context(&options, &nothing)).value;
//!     println!("{}: {}", platform.name(), texts.iter().map(|text| text.file).collect::<Vec<_>>().join(", "));
//! }
//! # Ok::<(), hnsplan::source::ReadError>(())
//! ```
//!
//! # Where to look
//!
//! | to … | see |
//! | --- | --- |
//! | read manifests and compile them | [`pipeline`], [`node`] |
//! | read what a node contains | [`capture`] |
//! | use one platform with its own types | [`platform::iptables`], [`platform::hns`], [`platform::netsh`] |
//! | follow a packet | [`trace`] |
//! | find packets that two sides treat differently | [`check`] |
//! | compare two sides object by object | [`diff`] |
//! | change a node | [`apply`] |
//!
//! The folder `examples` has a program for compiling, comparing and checking.
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `apply` | what changes nodes: executors, the engine, its journal. Without it nothing starts a process or calls Windows |
//! | `cli` | the command |
//! | `mimalloc` | a faster allocator for the command, in C |
//!
//! All are on by default; a library needs none of them to compile, compare, trace and check.
//!
//! # Promises
//!
//! The same input always gives the same output, whatever the order of its objects. No input panics. Texts in answers are safe to
//! print, and names in rules and scripts cannot end or extend them.

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
pub mod compile;

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

// Every code that anything above may raise, and what all that is printed means.
pub mod catalog;
pub mod explain;

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
