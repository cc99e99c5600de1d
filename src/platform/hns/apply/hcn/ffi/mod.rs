//! The functions of `computenetwork.dll` and `vmcompute.dll`, made safe: the only unsafe code of hnsplan.
//!
//! ```text
//! library ─► finds the functions; each gets a safe method with the same parameters
//! handle  ─► an open object, closed when it goes
//! text    ─► UTF-16 to HNS, and texts from HNS, freed when they go
//! system  ─► functions of Windows itself: its folder, rights of folders
//! ```
//!
//! The libraries are loaded when they are needed, and from the folder of the system only: every other command
//! works on a Windows without HNS, and nobody can put a library of that name next to the program. Nothing
//! but the loading is particular to Windows, so that tests on Linux call the same code.

#![allow(unsafe_code)]

mod handle;
mod library;
#[cfg(windows)]
pub(in crate::platform) mod system;
mod text;

pub(super) use handle::Handle;
pub(super) use library::{Kind, Library};
