//! Plans the change of a node, carries it out on a simulator of HNS and takes it back, as `hnsplan plan`, `apply` and
//! `undo` do.
//!
//! ```sh
//! cargo run --example plan_apply
//! ```

use std::error::Error;
use std::fs;

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
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("win-1.json");
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

    // Each step is written into the journal, carried out and verified. If one fails, all of them are taken back.
    let mut order = Order::default().watch(|event| {
        if let Event::Begun { step, .. } = event {
            step.changes().iter().for_each(|line| println!("{} {}", line.sign.symbol(), line.name));
        }
    });
    order.node.clone_from(&plan.node);
    println!("applied: {:?}", session.apply(name.word(), plan.steps, &mut order)?);
    println!("undone: {:?}", session.undo(name.word(), &mut order)?);
    Ok(())
}
