//! What the tests need from the machine, and what happens where it is missing.

use std::env;
use std::io::{self, Write};
use std::process::Command;

use crate::netns::Namespace;
use crate::restore::{BackEnd, Family, load};

/// Whether a test that loads rules through `back_end` can run here.
///
/// Says on standard error why not; with `HNSPLAN_REQUIRE_TOOLS=1` that is a failure.
pub(crate) fn are_there(back_end: BackEnd) -> bool {
    let Err(why) = find(back_end) else { return true };
    assert!(env::var_os("HNSPLAN_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "required, but {why}");
    // Not `eprintln!`: the harness would hide it, as the test passes. One write, as others write too.
    io::stderr().write_all(format!("\nskipped: {why}\n").as_bytes()).ok();
    false
}

fn find(back_end: BackEnd) -> Result<(), String> {
    let namespace = Namespace::new().map_err(|error| format!("no network namespace can be made: {error}"))?;
    Command::new("ip").arg("-V").output().map_err(|error| format!("ip cannot be run: {error}"))?;
    namespace.run(|| {
        Family::BOTH
            .into_iter()
            .try_for_each(|family| load(back_end, family, "*nat\nCOMMIT\n"))
            .map_err(|error| format!("no rules can be loaded: {error}"))
    })
}
