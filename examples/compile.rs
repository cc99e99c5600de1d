//! Compiles a cluster to the rules of every platform, as `hnsplan compile -t iptables,hns,netsh` does.
//!
//! ```sh
//! cargo run --example compile
//! ```

use std::error::Error;
use std::fs;

use hnsplan::diagnostics::text;
use hnsplan::node::Config;
use hnsplan::pipeline::{Setup, compile};
use hnsplan::platform::{Holdings, Options, all};
use hnsplan::source::{Input, Sources};

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::parse(&fs::read_to_string("fixtures/shop/kube-proxy.yaml")?)?;
    let setup = Setup::of_node("win-1").config(config);
    let sources = Sources::read(&[Input::from("fixtures/shop/cluster.yaml")], false)?;

    // From here on nothing fails: what is wrong with a manifest is a diagnostic, and the rest is compiled.
    let compiled = compile(sources, &setup);
    compiled.check_node()?;
    for diagnostic in &compiled.diagnostics {
        eprintln!("{}", text::short(diagnostic, &compiled.sources));
    }

    let (options, held) = (Options::default(), Holdings::default());
    let context = compiled.context(&options, &held);
    for platform in all() {
        let texts = platform.texts(context);
        for diagnostic in &texts.diagnostics {
            eprintln!("{}: {}", platform.name(), text::short(diagnostic, &compiled.sources));
        }
        for text in texts.value.iter().filter(|text| text.is_main) {
            println!("# {}\n{text}", text.file);
        }
    }
    Ok(())
}
