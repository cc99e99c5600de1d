//! A platform that is not part of hnsplan: all commands, with a target `hosts` more.
//!
//! ```sh
//! cargo run --example hosts -- compile -t hosts -f fixtures/shop/cluster.yaml --node win-1
//! ```

mod platform;

use std::process::ExitCode;

fn main() -> ExitCode {
    hnsplan::platform::register(&platform::Hosts);
    hnsplan::run()
}
