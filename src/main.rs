//! The `hnsplan` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    hnsplan::cli::main()
}
