//! Promise: through the real binding code, every recorded node is brought to its end and back; whatever fails
//! and whenever the process dies, it is as planned or as before, and nothing is left open.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hnsplan::apply::journal::Journal;
use hnsplan::apply::{AnyStep, Order, Patience, Recovery, RunOutcome, Session};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::apply::hcn::Hcn;
use hnsplan::platform::hns::apply::{HnsNode, HnsService, HnsStep, steps};
use hnsplan::platform::hns::model::Address;
use hnsplan::platform::hns::{Owned, PlanOptions, Semantics};
use serde_json::{Value, json};

use crate::nodes::{Recorded, shape};
use crate::run::Run;
use crate::standin::{LeftOpen, Loaded, Standin};

/// A node with a journal.
struct Node {
    standin: Standin,
    loaded: Loaded,
}

impl Node {
    fn holding(state: &str, options: &Value) -> Self {
        let standin = Standin::holding(state).with_options(options);
        let loaded = standin.load();
        Self { standin, loaded }
    }

    fn journal(&self) -> std::path::PathBuf {
        self.standin.folder().join("journal")
    }

    /// The node as it was in the beginning, with an HNS that behaves like this.
    fn start_over(&self, options: &Value) {
        self.standin.start_over();
        std::fs::remove_dir_all(self.journal()).ok();
        self.behaves(options);
    }

    /// From now on HNS behaves like this, and counts calls anew.
    fn behaves(&self, options: &Value) {
        self.standin.set_options(options);
        self.loaded.reload();
    }

    /// The steps to what is wanted.
    fn steps(&self, compiled: &Compiled, options: &PlanOptions) -> Vec<HnsStep> {
        let state = HnsService::state(&mut self.loaded.hcn()).expect("HNS answers");
        steps(&compiled.hns(Some(&state), Semantics::KubeProxy, options), &compiled.rules, &state)
    }

    /// Opens the journal, and does something with the node.
    fn act<R>(&self, act: impl FnOnce(&mut Session, &mut Order<'_>) -> R) -> R {
        act_on(&self.journal(), self.loaded.hcn(), act)
    }

    fn apply(&self, steps: Vec<HnsStep>) -> RunOutcome {
        let steps = AnyStep::all(steps);
        self.act(|session, order| session.apply("hcn", steps, order).expect("the journal can be written"))
    }

    fn undo(&self) -> Option<RunOutcome> {
        self.act(|session, order| session.undo("hcn", order).expect("the journal can be written"))
    }

    fn recover(&self, recovery: Recovery) -> Option<RunOutcome> {
        self.act(|session, order| session.recover(recovery, order).expect("the journal can be written"))
    }

    fn shape(&self) -> BTreeSet<String> {
        shape(&self.standin.state())
    }

    #[track_caller]
    fn assert_clean(&self, when: &str) {
        assert_eq!(self.loaded.left_open(), LeftOpen::default(), "{when}: {}", self.standin.violations());
    }
}

fn act_on<R>(journal: &Path, hcn: Hcn, act: impl FnOnce(&mut Session, &mut Order<'_>) -> R) -> R {
    let patience = Patience { attempts: 3, first_pause: Duration::ZERO };
    let journal = Journal::open(journal, "hcn").expect("the journal can be opened");
    let mut session = Session::open(Box::new(HnsNode::new(hcn)), journal, patience, |_| {})
        .expect("the journal can be read");
    act(&mut session, &mut Order::default())
}

#[test]
fn every_recorded_node_is_brought_to_its_end_and_back() {
    let recorded = Recorded::all();
    for (at, recorded) in recorded.iter().enumerate() {
        let name = recorded.name();
        let node = Node::holding(&recorded.before, &json!({ "ownIds": at.is_multiple_of(2), "ghost": true }));
        let before = node.shape();
        let compiled = recorded.case.run(recorded.version, false).compile();
        let restart = PlanOptions { like_restart: true, ..PlanOptions::default() };
        assert_eq!(node.apply(node.steps(&compiled, &restart)), RunOutcome::Applied, "{name}");
        assert_eq!(node.shape(), recorded.after(), "{name}");
        assert_eq!(node.steps(&compiled, &PlanOptions::default()), [], "{name}: applied again");
        assert_eq!(node.undo(), Some(RunOutcome::Applied), "{name}");
        assert_eq!(node.shape(), before, "{name}: undone");
        node.assert_clean(&name);
    }
    assert_eq!(recorded.len(), 356, "recordings found");
}

/// A node with something of everything: 12 operations bring it from the old Services to the new ones.
const NETWORK: &str = "00000000-0000-4000-8000-000000000100";

fn pod(id: u32, address: &str, remote: bool) -> Value {
    json!({
        "ID": format!("00000000-0000-4000-8000-{id:012}"), "HostComputeNetwork": NETWORK,
        "IpConfigurations": [{ "IpAddress": address }], "Flags": u8::from(remote),
        "SchemaVersion": { "Major": 2, "Minor": 0 },
    })
}

fn balancer(id: u32, vip: &str, members: &[u32]) -> Value {
    let members: Vec<String> = members.iter().map(|id| format!("00000000-0000-4000-8000-{id:012}")).collect();
    json!({
        "ID": format!("00000000-0000-4000-8000-{id:012}"), "HostComputeEndpoints": members, "FrontendVIPs": [vip],
        "PortMappings": [{ "Protocol": 6, "InternalPort": 80, "ExternalPort": 80 }],
        "SchemaVersion": { "Major": 2, "Minor": 0 },
    })
}

/// Services 1 to 3 are there, 9 is foreign.
fn old_state() -> String {
    json!({
        "Networks": [{ "ID": NETWORK, "Name": "net", "Type": "L2Bridge" }],
        "Endpoints": [
            pod(1, "10.244.0.4", false), pod(2, "10.244.1.4", true), pod(3, "10.244.1.5", true),
            pod(4, "10.244.1.6", true),
        ],
        "LoadBalancers": [
            balancer(51, "10.96.0.1", &[1, 2]), balancer(52, "10.96.0.2", &[2]), balancer(53, "10.96.0.3", &[3]),
            balancer(59, "10.96.9.9", &[4]),
        ],
        "Version": { "Major": 15, "Minor": 5 },
    })
    .to_string()
}

/// Service 1 has other endpoints, 2 and 3 have none, 4 to 7 are new.
fn new_services() -> Compiled {
    let endpoints: [&[&str]; 7] = [
        &["10.244.0.4", "10.244.1.7"],
        &[],
        &[],
        &["10.244.1.8"],
        &["10.244.1.8", "10.244.1.9"],
        &["10.244.1.10"],
        &["10.244.0.4"],
    ];
    let mut text = String::from(
        "apiVersion: v1\nkind: Node\nmetadata: {name: node-a}\nstatus: {addresses: [{type: InternalIP, address: 192.168.0.2}]}\n",
    );
    for (number, addresses) in (1..).zip(endpoints) {
        let service = format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: default}}\n\
             spec: {{clusterIP: 10.96.0.{number}, ports: [{{port: 80}}]}}\n\
             ---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: s{number}, namespace: default, \
             labels: {{kubernetes.io/service-name: s{number}}}}}\naddressType: IPv4\nports: [{{port: 80}}]\nendpoints:{}\n",
            if addresses.is_empty() { " []" } else { "" }
        );
        text.push_str(&service);
        for address in addresses {
            let node = if address.starts_with("10.244.0.") { "node-a" } else { "node-b" };
            let endpoint = ["- {addresses: [", address, "], nodeName: ", node, "}\n"];
            text.push_str(&endpoint.concat());
        }
    }
    Run::of(&text)
        .on("node-a")
        .flags(|flags| {
            flags.network_name = Some("net".to_owned());
            flags.hns_version = Some("15.5".to_owned());
        })
        .compile()
}

/// The steps on a node, and what it holds before and after them when nothing fails.
struct Plan {
    steps: Vec<HnsStep>,
    before: BTreeSet<String>,
    after: BTreeSet<String>,
    /// The functions that are called for it.
    calls: Vec<String>,
}

fn plan_of_12() -> Plan {
    let node = Node::holding(&old_state(), &json!({}));
    // An earlier plan made the endpoint that only service 3 needed.
    let owned = Owned { addresses: vec![Address::of("10.244.1.5")], ..Owned::default() };
    let steps = node.steps(&new_services(), &PlanOptions { owned, ..PlanOptions::default() });
    let before = node.shape();
    let first = node.standin.calls().len();
    assert_eq!(node.apply(steps.clone()), RunOutcome::Applied);
    let calls = node.standin.calls().split_off(first);
    Plan { steps, before, after: node.shape(), calls }
}

#[test]
fn the_plan_has_12_operations_of_every_kind() {
    let Plan { steps, calls, before, after } = plan_of_12();
    assert_eq!(steps.len(), 12);
    for function in [
        "HcnCreateEndpoint",
        "HcnCreateLoadBalancer",
        "HcnModifyLoadBalancer",
        "HcnDeleteLoadBalancer",
        "HcnDeleteEndpoint",
    ] {
        assert!(calls.iter().any(|call| call == function), "{function} in {calls:?}");
    }
    let foreign: Vec<_> = before.iter().filter(|object| object.contains("10.96.9.9")).collect();
    assert!(foreign.len() == 1 && foreign.iter().all(|object| after.contains(*object)));
}

/// `ERROR_NOT_FOUND`
const NOT_FOUND: u32 = 0x8007_0490;

/// Answers of HNS, one of each class.
const CODES: [u32; 8] =
    [NOT_FOUND, 0x8007_00b7, 0x803b_0013, 0x803b_002c, 0x803b_0020, 0x803b_0017, 0x8000_4001, 0x8007_0005];

#[test]
fn every_call_may_fail_in_every_way_and_the_node_is_as_planned_or_as_before() {
    let plan = plan_of_12();
    let node = Node::holding(&old_state(), &json!({}));
    let (mut runs, mut outcomes) = (0, [0; 3]);
    for code in CODES {
        for at in 1..=plan.calls.len() {
            // Once, once after the work is done, or from then on for ever.
            for (effect, times) in [(false, 1), (true, 1), (false, 100_000)] {
                // An HNS that denies for ever what it holds looks like one that holds nothing.
                if code == NOT_FOUND && times > 1 {
                    continue;
                }
                let when =
                    format!("{code:#x} in call {at}, {}, effect {effect}, {times} times", plan.calls[at - 1]);
                let fault = json!({ "at": at, "times": times, "code": code, "effect": effect });
                node.start_over(&json!({ "faults": [fault] }));
                let outcome = node.apply(plan.steps.clone());
                node.assert_clean(&when);
                match &outcome {
                    RunOutcome::Applied => assert_eq!(node.shape(), plan.after, "{when}"),
                    RunOutcome::RolledBack(_) => assert_eq!(node.shape(), plan.before, "{when}: {outcome:?}"),
                    RunOutcome::Skipped { .. } | RunOutcome::Differs { .. } => panic!("{when}: {outcome:?}"),
                    RunOutcome::Incomplete { .. } => {
                        node.behaves(&json!({}));
                        let recovered = node.recover(Recovery::Finish);
                        assert!(
                            matches!(recovered, Some(RunOutcome::RolledBack(_))),
                            "{when}: {recovered:?}"
                        );
                        assert_eq!(node.shape(), plan.before, "{when}: {outcome:?}");
                    }
                }
                node.assert_clean(&when);
                runs += 1;
                outcomes[match outcome {
                    RunOutcome::Applied => 0,
                    RunOutcome::RolledBack(_) => 1,
                    _ => 2,
                }] += 1;
            }
        }
    }
    assert!(
        outcomes.iter().all(|count| *count > 0),
        "applied, rolled back, incomplete: {outcomes:?} of {runs}"
    );
}

/// The folder of the node that a child of this test applies the plan to.
const CHILD: &str = "HNSPLAN_TEST_NODE";

/// Not a test of its own: the process that dies.
#[test]
#[ignore = "it is started by another test"]
fn a_child_applies_the_plan() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let folder = Path::new(&folder);
    let text = std::fs::read_to_string(folder.join("steps.json")).expect("the parent wrote it");
    let steps: Vec<HnsStep> = serde_json::from_str(&text).expect("the parent wrote steps");
    let hcn = crate::standin::hcn_in(folder);
    act_on(&folder.join("journal"), hcn, |session, order| session.apply("hcn", AnyStep::all(steps), order))
        .expect("the journal can be written");
}

#[test]
fn a_process_that_dies_in_any_call_leaves_a_node_that_one_command_finishes_or_restores() {
    let plan = plan_of_12();
    let steps = serde_json::to_string(&plan.steps).expect("steps have text keys only");
    let node = Node::holding(&old_state(), &json!({}));
    for at in 1..=plan.calls.len() {
        for effect in [false, true] {
            node.start_over(&json!({}));
            node.standin.set_options(&json!({ "faults": [{ "at": at, "effect": effect, "die": true }] }));
            std::fs::write(node.standin.folder().join("steps.json"), &steps).expect("the folder is writable");
            let child = Command::new(std::env::current_exe().expect("this is a program"))
                .args(["--exact", "apply::a_child_applies_the_plan", "--ignored"])
                .env(CHILD, node.standin.folder())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("it can be started");
            assert_eq!(child.code(), None, "it is killed in call {at}");
            // The library of this process reads what the dead one left.
            node.behaves(&json!({}));
            let recovery = if at.is_multiple_of(2) { Recovery::Finish } else { Recovery::TakeBack };
            let outcome = node.recover(recovery);
            let when = format!("killed in call {at}, {}, effect {effect}: {outcome:?}", plan.calls[at - 1]);
            match outcome {
                Some(RunOutcome::Applied) => assert_eq!(node.shape(), plan.after, "{when}"),
                Some(RunOutcome::RolledBack(_)) => assert_eq!(node.shape(), plan.before, "{when}"),
                None => assert!([&plan.before, &plan.after].contains(&&node.shape()), "{when}"),
                Some(_) => panic!("{when}"),
            }
            node.assert_clean(&when);
        }
    }
}

#[test]
fn ten_thousand_operations_cost_ten_times_as_much_as_a_thousand() {
    let run = |count: usize| {
        let network = json!({ "ID": NETWORK, "Name": "net", "Type": "L2Bridge" });
        let state =
            json!({ "Networks": [network], "Endpoints": [pod(1, "10.244.0.4", false)], "LoadBalancers": [] });
        let node = Node::holding(&state.to_string(), &json!({}));
        let steps: Vec<HnsStep> = (0..count)
            .map(|number| {
                let object = json!({
                    "HostComputeNetwork": NETWORK,
                    "IpConfigurations": [{ "IpAddress": format!("10.{}.{}.{}", 100 + (number >> 16), number >> 8 & 255, number & 255) }],
                    "Flags": 1, "SchemaVersion": { "Major": 2, "Minor": 0 },
                });
                let step = json!({
                    "id": format!("00000000-0000-4000-9000-{number:012}"), "op": "Create",
                    "object": { "Endpoint": object },
                });
                serde_json::from_value(step).expect("it is a step")
            })
            .collect();
        let start = Instant::now();
        assert_eq!(node.apply(steps), RunOutcome::Applied);
        let took = start.elapsed();
        let calls = node.standin.calls().len();
        let journal = std::fs::metadata(node.journal().join("000001.jsonl")).expect("it is there").len();
        assert_eq!(node.shape().len(), count + 1);
        node.assert_clean("after many");
        (took, calls, journal)
    };
    run(100);
    let (thousand, calls, journal) = run(1_000);
    let (ten_thousand, many_calls, large_journal) = run(10_000);
    println!(
        "1,000 operations: {thousand:?}; 10,000: {ten_thousand:?}, {many_calls} calls, {large_journal} bytes of journal"
    );
    assert!(many_calls <= calls * 10, "{calls} calls for 1,000, {many_calls} for 10,000");
    // Numbers of more digits are longer.
    assert!(large_journal < journal * 21 / 2, "{journal} bytes for 1,000, {large_journal} for 10,000");
}
