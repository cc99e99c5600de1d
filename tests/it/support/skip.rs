//! Tests whose tools are missing: each says so in a line of its own, or fails where the tools are required.
//!
//! The tests of the kernel, of Windows and of the browser share this file.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Mutex;

/// Reports that the running test is skipped and why, as in `strace is not installed`. Panics with
/// `HNSPLAN_REQUIRE_TOOLS=1`.
pub(crate) fn skip(reason: &str) {
    let is_required = std::env::var_os("HNSPLAN_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!is_required, "{reason}, and HNSPLAN_REQUIRE_TOOLS=1 requires it");
    report(&format!("{reason} (HNSPLAN_REQUIRE_TOOLS=1 makes this a failure)"));
}

/// As [`skip`], of a tool that Debian does not have and that therefore is never required.
#[allow(dead_code, reason = "only the tests of HNS know such a tool")]
pub(crate) fn skip_always(reason: &str) {
    report(reason);
}

/// Why a program was not started.
#[allow(dead_code, reason = "the tests of the browser look for their programs")]
pub(crate) fn not_started(program: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{program} is not installed"),
        _ => format!("{program} cannot be run: {error}"),
    }
}

/// Writes a line, once for each test and reason.
fn report(reason: &str) {
    static REPORTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    // The harness names the thread after the test.
    let thread = std::thread::current();
    let line = format!("skipped: {}: {reason}\n", thread.name().unwrap_or("a test"));
    if REPORTED.lock().expect("reporting does not panic").insert(line.clone()) {
        // Not `eprintln!`: the harness would hide it, as the test passes. One write, as others write too.
        io::stderr().write_all(line.as_bytes()).ok();
    }
}
