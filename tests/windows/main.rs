//! hnsplan on Windows, without Windows: the exe under Wine, and HNS by way of a stand-in.
//!
//! The stand-in ([`standin`]) is a library that behaves like `computenetwork.dll` and `vmcompute.dll`. It is built
//! twice: for Windows, where the exe finds it in System32, and for this machine, where the binding code of the
//! product calls it inside the test's own process. Where a tool is missing, the tests are skipped, see
//! [`skip`].

#![cfg(target_os = "linux")]

#[path = "../it/support/skip.rs"]
mod skip;
mod tools;
mod standin;
mod wine;
mod nodes;
#[path = "../it/support/case.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod case;
#[path = "../it/support/run.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod run;

#[path = "../it/timeline/packed.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod packed;
mod calls;

mod compile;
mod hcn;
mod apply;
mod wine_apply;
mod wine_conversation;
mod replayed;
mod netsh;
