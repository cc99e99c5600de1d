//! The `hnsplan` command.

use std::process::ExitCode;

// Objects and rules of a large cluster are millions of small allocations from several threads.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hnsplan::run()
}
