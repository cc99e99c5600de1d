//! Finds packets that a Linux node and a Windows node treat differently, as `hnsplan check` does.
//!
//! ```sh
//! cargo run --example check
//! ```

use std::error::Error;
use std::fs;

use hnsplan::check::Check;
use hnsplan::node::Config;
use hnsplan::pipeline::{Setup, compile};
use hnsplan::platform::{Side, hns, iptables};
use hnsplan::render::check::{Detail, text};
use hnsplan::scope::Selector;
use hnsplan::source::{Input, Sources};

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::parse(&fs::read_to_string("fixtures/shop/kube-proxy.yaml")?)?;
    let setup = Setup::of_node("win-1").config(config);
    let sources = Sources::read(&[Input::from("fixtures/shop/cluster.yaml")], false)?;
    let compiled = [compile(sources, &setup)];

    let sides = [Side::wanted(&iptables::Iptables), Side::wanted(&hns::Hns)];
    let services = Selector::new(None, vec!["shop/*".parse()?]);
    let gates = setup.feature_gates();
    let check = Check::new(&compiled, &sides).services(&services).gates(&gates);
    check.run(|report| {
        // For people; a program takes what it needs of the report itself.
        print!("{}", text::draw(report, Detail::default()));
        for finding in &report.comparison.findings {
            let services: Vec<&str> = finding.services.iter().map(|concerned| concerned.id).collect();
            println!("{} {}", finding.code.id(), services.join(" "));
        }
    });
    Ok(())
}
