//! What the tests need from the machine, and what happens where it is missing.

use std::process::Command;

use crate::netns::Namespace;
use crate::restore::{BackEnd, Family, load, program};
use crate::skip::{not_started, skip};

/// Whether a test that loads rules through `back_end` can run here.
///
/// Where it cannot, the test is skipped, see [`skip`].
pub(crate) fn are_there(back_end: BackEnd) -> bool {
    find(back_end).map_err(|reason| skip(&reason)).is_ok()
}

fn find(back_end: BackEnd) -> Result<(), String> {
    let namespace = Namespace::new().map_err(|error| format!("no network namespace can be made: {error}"))?;
    Command::new("ip").arg("-V").output().map_err(|error| not_started("ip", &error))?;
    for family in Family::BOTH {
        let restore = program(back_end, family, "-restore");
        Command::new(&restore).arg("-V").output().map_err(|error| not_started(&restore, &error))?;
    }
    namespace.run(|| {
        Family::BOTH
            .into_iter()
            .try_for_each(|family| load(back_end, family, "*nat\nCOMMIT\n"))
            .map_err(|error| format!("no rules can be loaded: {error}"))
    })
}
