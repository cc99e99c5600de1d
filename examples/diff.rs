//! Compares what HNS on a node holds with what the manifests want, as `hnsplan diff hns DUMP -f FILE` does.
//!
//! ```sh
//! cargo run --example diff
//! ```

use std::error::Error;
use std::fs;

use hnsplan::diff::{ManifestFiles, Ownership, Reading};
use hnsplan::fill::Marks;
use hnsplan::node::Config;
use hnsplan::pipeline::Setup;
use hnsplan::platform::Options;
use hnsplan::render::diff::markdown;

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::parse(&fs::read_to_string("fixtures/shop/kube-proxy.yaml")?)?;
    let setup = Setup::of_node("win-1").config(config);
    let manifests = ManifestFiles::new(["fixtures/shop/cluster.yaml"], setup);

    // A platform, manifests, a plan or a dump: contents tell what a file is.
    let sides = ["hns".parse()?, "fixtures/shop/win-1.json".parse()?];
    let options = Options::default();
    let mut pair = Reading::new(sides, &manifests, &options).read()?;

    // As a comment on a pull request; a program takes what it needs of the comparison itself.
    let comparison = pair.compare(&Ownership::default()).expect("both sides are of HNS");
    let subject = markdown::Subject { names: &pair.names, nodes: &[], marks: &Marks::default() };
    print!("{}", markdown::draw(&subject, &comparison, &[]));
    for change in &comparison.changes {
        println!("{:?} {}", change.verb, change.subject);
    }
    Ok(())
}
