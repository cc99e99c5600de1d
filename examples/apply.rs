//! Plans a change of a node and carries it out, as `hnsplan apply -f FILE --executor sim:FILE` does.
//!
//! ```sh
//! cargo run --example apply
//! ```

use std::error::Error;
use std::fs;
use std::sync::atomic::AtomicBool;

use hnsplan::apply::journal::Journal;
use hnsplan::apply::{Event, NodePlan, Order, Patience, Session};
use hnsplan::document::plan::PlanSummary;
use hnsplan::flag::Given;
use hnsplan::node::Config;
use hnsplan::pipeline::{Setup, compile};
use hnsplan::platform::{ExecutorName, Options, PlanRequest};
use hnsplan::render;
use hnsplan::scope::Selector;
use hnsplan::source::{Input, Sources};

fn main() -> Result<(), Box<dyn Error>> {
    let config = Config::parse(&fs::read_to_string("fixtures/shop/kube-proxy.yaml")?)?;
    let sources = Sources::read(&[Input::from("fixtures/shop/cluster.yaml")], false)?;
    let mut compiled = compile(sources, &Setup::of_node("win-1").config(config));
    compiled.check_node()?;

    // A simulated HNS in a file; `hcn`, `netsh` and `iptables` are the real ones.
    let file = std::env::temp_dir().join(format!("hnsplan-example-{}.json", std::process::id()));
    fs::copy("fixtures/shop/win-1.json", &file)?;
    let name: ExecutorName = format!("sim:{}", file.display()).parse()?;
    let journal = Journal::open(&name.journal(), name.word())?;

    // What earlier runs did is in the journal; objects that they made may be deleted.
    let mut made = Vec::new();
    let executor = name.open(&Given::default())?;
    let mut session = Session::open(executor, journal, Patience::default(), |step| made.push(step.clone()))?;
    let state = session.executor().read()?;
    let selector = Selector::default();
    let request = PlanRequest { made: &made, state: Some(&state), ..PlanRequest::new(&selector) };
    let plan = NodePlan::make(name.platform(), &mut compiled, &Options::default(), &request)?;
    print!("{}", render::plan::text(&PlanSummary::from(&plan)));

    // Another thread may set `stop`: then everything is taken back.
    let stop = AtomicBool::new(false);
    let mut order = Order {
        node: plan.node.clone(),
        wants_confirmation: false,
        confirm: &mut || true,
        stop: &stop,
        watch: &mut |event| {
            if let Event::Begun { step, .. } = event {
                step.changes().iter().for_each(|line| println!("{} {}", line.sign.symbol(), line.name));
            }
        },
    };
    let outcome = session.apply(name.word(), plan.steps, &mut order)?;
    println!("applied: {outcome:?}");
    let outcome = session.undo(name.word(), &mut order)?;
    println!("undone: {outcome:?}");
    fs::remove_dir_all(name.journal())?;
    fs::remove_file(file)?;
    Ok(())
}
