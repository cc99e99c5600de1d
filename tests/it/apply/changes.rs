//! Promise: applying a plan leaves the node as planned or as before, whatever fails and whenever the process
//! dies; foreign objects stay untouched.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use hnsplan::apply::journal::Journal;
use hnsplan::apply::{
    AnyStep, Done, Drift, Executor, Failure, Fingerprint, NodePlan, Obstacle, Order, Patience, Recovery,
    RunOutcome, Session, Step, StepStanding,
};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::apply::sim::{Fault, FaultKind, Habits, Sim};
use hnsplan::platform::hns::apply::{Call as HnsCall, HnsNode, HnsObject, HnsStep, steps};
use hnsplan::platform::hns::model::State;
use hnsplan::platform::hns::{PlanOptions, Semantics, write};
use hnsplan::platform::{self, DumpText};
use proptest::prelude::*;
use serde_json::Value;

use crate::platform::hns::golden::{Recording, recordings};
use crate::platform::hns::plan::{foreign, host};
use crate::support::cases::config;
use crate::support::clusters::cluster;

const PATIENCE: Patience = Patience { attempts: 3, first_pause: Duration::ZERO };

/// What a node holds, without ids and order: each object as its text, members by their addresses.
fn shape(state: &State) -> BTreeSet<String> {
    let names: BTreeMap<String, String> = state
        .endpoints
        .iter()
        .filter_map(|endpoint| {
            let addresses: Vec<String> = endpoint.addresses().map(ToString::to_string).collect();
            let place = if endpoint.is_remote() { "remote" } else { "local" };
            Some((endpoint.id?.to_string().to_lowercase(), format!("{place}:{}", addresses.join("+"))))
        })
        .collect();
    let endpoints = state.endpoints.iter().map(write::state_endpoint);
    let balancers = state.load_balancers.iter().map(write::state_load_balancer);
    endpoints.chain(balancers).map(|object| without_ids(object, &names)).collect()
}

/// Recordings leave out what HNS takes for a default; a state tells it.
fn drop_defaults(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(drop_defaults);
            members.retain(|_, value| *value != 0 && *value != "" && *value != serde_json::json!([]));
        }
        Value::Array(items) => items.iter_mut().for_each(drop_defaults),
        _ => {}
    }
}

fn without_ids(mut object: Value, names: &BTreeMap<String, String>) -> String {
    drop_defaults(&mut object);
    let members = object.as_object_mut().expect("an object");
    members.remove("ID");
    if let Some(list) = members.get_mut("HostComputeEndpoints").and_then(Value::as_array_mut) {
        for member in list.iter_mut() {
            let id = member.as_str().expect("a text").to_lowercase();
            *member = names.get(&id).cloned().unwrap_or(id).into();
        }
        list.sort_by_key(ToString::to_string);
    }
    object.to_string()
}

fn hns_steps(
    compiled: &Compiled,
    state: &State,
    semantics: Semantics,
    options: &PlanOptions,
) -> Vec<HnsStep> {
    steps(&compiled.hns(Some(state), semantics, options), &compiled.rules, state)
}

/// A simulated node whose journal is in a folder, and what happened to it.
struct Node {
    session: Session<'static>,
    events: Rc<RefCell<Vec<Call>>>,
}

/// A call that changed something, or was to.
#[derive(Debug, Clone)]
struct Call {
    /// How much of the journal was written before.
    written: usize,
    before: State,
    after: State,
}

/// A simulator that notes what the node and the journal held at each call, where a test looks at that.
struct Recorder {
    hns: HnsNode<Sim>,
    folder: PathBuf,
    takes_notes: bool,
    events: Rc<RefCell<Vec<Call>>>,
}

impl Executor for Recorder {
    type Step = HnsStep;
    type State = State;

    fn fingerprint(state: &State) -> Fingerprint {
        hnsplan::platform::hns::apply::fingerprint(state)
    }

    fn outline(state: &State) -> Fingerprint {
        <HnsNode<Sim> as Executor>::outline(state)
    }

    fn read(&mut self) -> Result<State, Failure> {
        self.hns.read()
    }

    fn dump(&mut self) -> Result<Vec<DumpText>, Failure> {
        self.hns.dump()
    }

    fn drift(&mut self, steps: &[HnsStep]) -> Result<Drift, Failure> {
        Executor::drift(&mut self.hns, steps)
    }

    fn is_own(&self, step: &HnsStep, done: &Done) -> bool {
        Executor::is_own(&self.hns, step, done)
    }

    fn obstacles(&mut self, steps: &[HnsStep]) -> Result<Vec<Obstacle>, Failure> {
        self.hns.obstacles(steps)
    }

    fn run(&mut self, step: &HnsStep) -> Result<Done, Failure> {
        if !self.takes_notes {
            return self.hns.run(step);
        }
        let written = journal_text(&self.folder).len();
        let before = self.hns.read()?;
        let done = self.hns.run(step);
        let after = self.hns.read()?;
        self.events.borrow_mut().push(Call { written, before, after });
        done
    }

    fn look(&mut self, step: &HnsStep) -> Result<StepStanding, Failure> {
        self.hns.look(step)
    }

    fn recall(&mut self, step: &HnsStep, done: &Done) {
        self.hns.recall(step, done);
    }
}

/// The text of the last run.
fn journal_text(folder: &Path) -> Vec<u8> {
    let runs = fs::read_dir(folder).expect("the journal is there").map(|entry| entry.unwrap().path());
    let runs = runs.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    runs.max().map(|path| fs::read(path).unwrap()).unwrap_or_default()
}

/// What the node held when its process died at a byte of the journal. At the very byte at which a call was made, it was
/// made or not.
fn state_at<'c>(events: &'c [Call], cut: usize, died_in_call: bool, before: &'c State) -> &'c State {
    match events.iter().rev().find(|call| call.written <= cut) {
        None => before,
        Some(call) if call.written == cut && !died_in_call => &call.before,
        Some(call) => &call.after,
    }
}

/// Writes the file of a run as far as its process came. It has no name before all of its steps are in it.
fn write_run(folder: &Path, number: u64, text: &[u8]) {
    let is_ready = text.split(|byte| *byte == b'\n').any(|line| line.ends_with(br#"{"is":"ready"}}"#));
    let ending = if is_ready { "jsonl" } else { "new" };
    fs::write(folder.join(format!("{number:06}.{ending}")), text).unwrap();
}

impl Node {
    /// One whose journal may be one that lost lines; `None` where that is noticed when it is opened.
    fn try_open(state: &State, habits: Habits, folder: &Path) -> Option<Self> {
        let events = Rc::new(RefCell::new(Vec::new()));
        let hns = HnsNode::new(Sim::in_memory(state, habits));
        let journal = Journal::open(folder, "sim").expect("the journal can be opened");
        let session = Session::open(Box::new(hns), journal, PATIENCE, |_| {}).ok()?;
        Some(Self { session, events })
    }

    fn open(state: &State, habits: Habits, folder: &Path) -> Self {
        Self::new(state, habits, folder, false)
    }

    fn recorded(state: &State, habits: Habits, folder: &Path) -> Self {
        Self::new(state, habits, folder, true)
    }

    fn new(state: &State, habits: Habits, folder: &Path, takes_notes: bool) -> Self {
        let events = Rc::new(RefCell::new(Vec::new()));
        let hns = HnsNode::new(Sim::in_memory(state, habits));
        let recorder = Recorder { hns, folder: folder.to_owned(), takes_notes, events: Rc::clone(&events) };
        let journal = Journal::open(folder, "sim").expect("the journal can be opened");
        let session =
            Session::open(Box::new(recorder), journal, PATIENCE, |_| {}).expect("the journal can be read");
        Self { session, events }
    }

    fn state(&mut self) -> State {
        let state = self.session.executor().read().expect("a simulator answers");
        state.typed::<State>().expect("it is of HNS").clone()
    }

    fn apply(&mut self, steps: Vec<HnsStep>) -> RunOutcome {
        let steps = AnyStep::all(steps);
        with_order(|order| self.session.apply("sim", steps, order).expect("the journal can be written"))
    }

    fn undo(&mut self) -> Option<RunOutcome> {
        with_order(|order| self.session.undo("sim", order).expect("the journal can be written"))
    }

    fn recover(&mut self, recovery: Recovery) -> Option<RunOutcome> {
        with_order(|order| self.session.recover(recovery, order).expect("the journal can be written"))
    }
}

fn with_order<R>(run: impl FnOnce(&mut Order<'_>) -> R) -> R {
    run(&mut Order::default())
}

fn folder() -> tempfile::TempDir {
    // Every step is on the disk before the next one; a disk in memory tells the same sooner.
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("there is room for a folder")
}

/// What the node holds in the end of a recording: what was there and was not deleted, and what was made.
fn recorded_end(recording: &Recording) -> BTreeSet<String> {
    let operations: Vec<Value> = serde_json::from_str(&recording.text).expect("a recording is JSON");
    let deleted: Vec<String> = operations
        .iter()
        .filter(|operation| operation.get("settings").is_none())
        .map(|operation| {
            operation["target"].as_str().expect("a text").replace("/policylists/", "").to_lowercase()
        })
        .collect();
    let mut state = recording.state();
    state.load_balancers.retain(|of| !deleted.contains(&of.id.unwrap().to_string().to_lowercase()));
    state.endpoints.retain(|of| {
        let addresses: Vec<String> = of.addresses().map(ToString::to_string).collect();
        !(of.is_remote() && deleted.contains(&format!("remote:{}", addresses.join("+"))))
    });
    let mut end = shape(&state);
    for settings in operations.iter().filter_map(|operation| operation.get("settings")) {
        let mut settings = settings.clone();
        let members = settings.as_object_mut().expect("an object");
        members.remove("Dns");
        members.remove("Health");
        end.insert(without_ids(settings, &BTreeMap::new()));
    }
    end
}

#[test]
fn every_recorded_node_is_brought_to_its_end_and_back() {
    let mut steps_done = 0;
    for recording in recordings() {
        let name = recording.name();
        let folder = folder();
        let before = recording.state();
        let compiled = recording.case.compiled(recording.version, false);
        let restart = PlanOptions { like_restart: true, ..PlanOptions::default() };
        let steps = hns_steps(compiled, &before, Semantics::KubeProxy, &restart);
        steps_done += steps.len();
        let mut node = Node::open(&before, Habits::default(), folder.path());
        assert_eq!(node.apply(steps), RunOutcome::Applied, "{name}");
        let after = node.state();
        assert_eq!(shape(&after), recorded_end(&recording), "{name}");
        let again = hns_steps(compiled, &after, Semantics::KubeProxy, &PlanOptions::default());
        assert_eq!(again, [], "{name}: applied again");
        assert_eq!(node.undo(), Some(RunOutcome::Applied), "{name}");
        assert_eq!(shape(&node.state()), shape(&before), "{name}: undone");
        assert_eq!(
            HnsNode::<Sim>::fingerprint(&node.state()),
            HnsNode::<Sim>::fingerprint(&before),
            "{name}"
        );
        assert_eq!(node.undo(), None, "{name}: nothing is left to undo");
    }
    assert!(steps_done > 1000, "only {steps_done} steps");
}

/// Answers of HNS, one of each class. The first three mean that the call had nothing to do.
const CODES: [u32; 9] = [
    0x8007_0490,
    0x8007_00b7,
    0x803b_0013,
    0x803b_002c,
    0x803b_0020,
    0x803b_0017,
    0x8000_4001,
    0x8007_0005,
    0x8007_06be,
];

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let kind = prop_oneof![
        3 => prop::sample::select(&CODES[..]).prop_map(FaultKind::Refused),
        2 => prop::sample::select(&CODES[3..]).prop_map(FaultKind::DoneAndRefused),
        1 => Just(FaultKind::Ignored),
    ];
    let fault = (1..24_u64, kind).prop_map(|(call, kind)| Fault { call, kind });
    prop::collection::vec(fault, 0..4)
}

/// The state after steps on a node where nothing fails.
fn carried_out(state: &State, steps: Vec<HnsStep>) -> State {
    let folder = folder();
    let mut node = Node::open(state, Habits::default(), folder.path());
    assert_eq!(node.apply(steps), RunOutcome::Applied);
    node.state()
}

proptest! {
    #![proptest_config(config(96))]

    /// From one cluster to the next, with faults, and with the process dead at some byte of the journal.
    #[test]
    fn whatever_fails_the_node_is_as_planned_or_as_before(
        old in cluster(), new in cluster(), host in host(), faults in faults(), gives_own_ids in any::<bool>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<bool>()), 6),
    ) {
        let (old, new) = (host.compile(&old), host.compile(&new));
        let options = PlanOptions::default();
        let before = carried_out(&host.state(), hns_steps(&old, &host.state(), host.semantics, &options));
        let steps = hns_steps(&new, &before, host.semantics, &options);
        let planned = shape(&carried_out(&before, steps.clone()));
        let was = shape(&before);
        let habits = Habits { faults, gives_own_ids, pause: Duration::ZERO };
        let ideal = Habits { gives_own_ids, ..Habits::default() };

        let folder = folder();
        let mut node = Node::recorded(&before, habits, folder.path());
        let outcome = node.apply(steps);
        let text = journal_text(folder.path());
        let state = node.state();
        match &outcome {
            RunOutcome::Applied => prop_assert_eq!(&shape(&state), &planned),
            RunOutcome::RolledBack(why) => prop_assert_eq!(&shape(&state), &was, "{}", why),
            RunOutcome::Incomplete { .. } => {}
            other => prop_assert!(false, "{:?}", other),
        }
        let events = node.events.take();
        drop(node);
        prop_assert!(state.load_balancers.contains(&foreign()), "a foreign load balancer was touched");
        if matches!(outcome, RunOutcome::Incomplete { .. }) {
            let mut node = Node::open(&state, ideal.clone(), folder.path());
            let outcome = node.recover(Recovery::Finish);
            prop_assert!(matches!(outcome, Some(RunOutcome::RolledBack(_))), "{outcome:?}");
            prop_assert_eq!(&shape(&node.state()), &was);
        } else {
            let mut node = Node::open(&state, ideal.clone(), folder.path());
            prop_assert_eq!(node.recover(Recovery::Finish), None);
            if outcome == RunOutcome::Applied {
                prop_assert_eq!(node.undo(), Some(RunOutcome::Applied));
                prop_assert_eq!(&shape(&node.state()), &was);
            }
        }

        // Death at any byte of the journal. Between two calls the node holds what the first one left.
        for (cut, died_in_call, finish) in cuts {
            let cut = cut.index(text.len() + 1);
            let state = state_at(&events, cut, died_in_call, &before);
            let folder = self::folder();
            write_run(folder.path(), 1, &text[..cut]);
            let mut node = Node::open(state, ideal.clone(), folder.path());
            let recovery = if finish { Recovery::Finish } else { Recovery::TakeBack };
            let outcome = node.recover(recovery);
            let is_clean = matches!(outcome, None | Some(RunOutcome::Applied | RunOutcome::RolledBack(_)));
            prop_assert!(is_clean, "{cut}: {outcome:?}");
            let found = shape(&node.state());
            prop_assert!(found == planned || found == was, "cut at {cut}, {recovery:?}: {outcome:?}");
            if outcome == Some(RunOutcome::Applied) {
                prop_assert_eq!(&found, &planned);
            }
            prop_assert!(node.state().load_balancers.contains(&foreign()));
            // Whatever it was: a second recovery finds nothing, and what stands can be undone.
            prop_assert_eq!(node.recover(recovery), None);
            if node.undo() == Some(RunOutcome::Applied) {
                prop_assert_eq!(&shape(&node.state()), &was);
            }
        }
    }

    /// The same for the way back: with faults in undo, and with its process dead at some byte of the journal.
    #[test]
    fn whatever_fails_undo_leaves_the_node_as_applied_or_as_before(
        old in cluster(), new in cluster(), host in host(), faults in faults(), gives_own_ids in any::<bool>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<bool>()), 4),
    ) {
        let (old, new) = (host.compile(&old), host.compile(&new));
        let options = PlanOptions::default();
        let before = carried_out(&host.state(), hns_steps(&old, &host.state(), host.semantics, &options));
        let steps = hns_steps(&new, &before, host.semantics, &options);
        let was = shape(&before);
        let ideal = Habits { gives_own_ids, ..Habits::default() };
        let folder = folder();
        let mut node = Node::open(&before, ideal.clone(), folder.path());
        prop_assert_eq!(node.apply(steps), RunOutcome::Applied);
        let applied = node.state();
        let planned = shape(&applied);
        drop(node);
        let first = journal_text(folder.path());

        let habits = Habits { faults, ..ideal.clone() };
        let mut node = Node::recorded(&applied, habits, folder.path());
        let run = node.session.last_applied().unwrap().expect("a run can be undone");
        let plan = node.session.plan_undo(&run, false).expect("a simulator answers");
        prop_assert_eq!(&plan.obstacles, &Vec::new(), "nobody has changed anything");
        let outcome = node.undo();
        let text = journal_text(folder.path());
        let state = node.state();
        let events = node.events.take();
        drop(node);
        match &outcome {
            Some(RunOutcome::Applied) => prop_assert_eq!(&shape(&state), &was),
            Some(RunOutcome::RolledBack(why)) => prop_assert_eq!(&shape(&state), &planned, "{}", why),
            Some(RunOutcome::Incomplete { .. }) => {
                let mut node = Node::open(&state, ideal.clone(), folder.path());
                let outcome = node.recover(Recovery::TakeBack);
                prop_assert!(matches!(outcome, Some(RunOutcome::RolledBack(_))), "{outcome:?}");
                prop_assert_eq!(&shape(&node.state()), &planned);
            }
            other => prop_assert!(false, "{:?}", other),
        }
        prop_assert!(state.load_balancers.contains(&foreign()), "a foreign load balancer was touched");

        for (cut, died_in_call, finish) in cuts {
            let cut = cut.index(text.len() + 1);
            let folder = self::folder();
            write_run(folder.path(), 1, &first);
            write_run(folder.path(), 2, &text[..cut]);
            let mut node = Node::open(state_at(&events, cut, died_in_call, &applied), ideal.clone(), folder.path());
            let recovery = if finish { Recovery::Finish } else { Recovery::TakeBack };
            let outcome = node.recover(recovery);
            let found = shape(&node.state());
            match outcome {
                Some(RunOutcome::Applied) => prop_assert_eq!(&found, &was),
                Some(RunOutcome::RolledBack(_)) => prop_assert_eq!(&found, &planned),
                None => prop_assert!(found == was || found == planned),
                other => prop_assert!(false, "cut at {}: {:?}", cut, other),
            }
            // What stands can be undone in the end.
            if node.undo().is_some() {
                prop_assert_eq!(&shape(&node.state()), &was);
            }
        }
    }

    /// After a power failure the journal may lack lines that were on the disk: what is on the node is then brought back
    /// all the same, or the loss is reported. Nothing is called done that is not.
    #[test]
    fn lost_lines_of_a_journal_are_noticed(
        old in cluster(), new in cluster(), host in host(), gives_own_ids in any::<bool>(),
        losses in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 6),
    ) {
        let (old, new) = (host.compile(&old), host.compile(&new));
        let options = PlanOptions::default();
        let before = carried_out(&host.state(), hns_steps(&old, &host.state(), host.semantics, &options));
        let steps = hns_steps(&new, &before, host.semantics, &options);
        let was = shape(&before);
        let ideal = Habits { gives_own_ids, ..Habits::default() };
        let folder = folder();
        let mut node = Node::recorded(&before, ideal.clone(), folder.path());
        prop_assert_eq!(node.apply(steps), RunOutcome::Applied);
        let planned = shape(&node.state());
        let text = journal_text(folder.path());
        let events = node.events.take();
        drop(node);
        let ends: Vec<usize> = (0..=text.len()).filter(|at| *at == 0 || text[at - 1] == b'\n').collect();
        for (cut, died, finish) in losses {
            let cut = ends[cut.index(ends.len())];
            // The node is ahead of what is left of the journal, never behind it.
            let later: Vec<&Call> = events.iter().filter(|call| call.written >= cut).collect();
            let state = match (later.is_empty(), events.last()) {
                (false, _) => &later[died.index(later.len())].after,
                (true, Some(last)) => &last.after,
                (true, None) => &before,
            };
            let folder = self::folder();
            fs::write(folder.path().join("000001.jsonl"), &text[..cut]).unwrap();
            let Some(mut node) = Node::try_open(state, ideal.clone(), folder.path()) else { continue };
            if node.session.lost_run().unwrap().is_some() {
                continue;
            }
            let recovery = if finish { Recovery::Finish } else { Recovery::TakeBack };
            let outcome = node.recover(recovery);
            let found = shape(&node.state());
            match &outcome {
                Some(RunOutcome::Applied) => prop_assert_eq!(&found, &planned, "cut at {}", cut),
                Some(RunOutcome::RolledBack(_)) => prop_assert_eq!(&found, &was, "cut at {}", cut),
                Some(RunOutcome::Differs { .. } | RunOutcome::Incomplete { .. }) => {}
                // A journal that is whole, or whose run has done nothing.
                None => prop_assert!(cut == text.len() || found == was, "cut at {}", cut),
                Some(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn steps_and_plans_are_read_back_as_they_were_written(cluster in cluster(), host in host()) {
        let compiled = host.compile(&cluster);
        let steps = hns_steps(&compiled, &host.state(), host.semantics, &PlanOptions::default());
        for step in &steps {
            let text = serde_json::to_string(step).unwrap();
            prop_assert_eq!(&serde_json::from_str::<HnsStep>(&text).unwrap(), step, "{}", text);
            prop_assert_eq!(&step.inverse().inverse(), step);
        }
        let plan = NodePlan::new(platform::find("hns").unwrap(), AnyStep::all(steps));
        let read = NodePlan::from_text(&plan.to_text()).unwrap();
        prop_assert_eq!(&read, &plan);
        prop_assert_eq!(&read.steps, &plan.steps);
    }
}

/// What is there already, and as it should be, is success; and since somebody else made it, undo leaves it.
#[test]
fn what_is_there_already_is_adopted_and_left_alone_by_undo() {
    let recording =
        recordings().into_iter().find(|of| of.name() == "091-win-overlay-remote 1.36 overlay").unwrap();
    let empty = recording.state();
    let compiled = recording.case.compiled(recording.version, false);
    let steps = hns_steps(compiled, &empty, Semantics::KubeProxy, &PlanOptions::default());
    assert!(steps.len() > 3);
    for gives_own_ids in [false, true] {
        let (first, second) = (folder(), folder());
        let habits = Habits { gives_own_ids, ..Habits::default() };
        let mut others = Node::open(&empty, habits.clone(), first.path());
        assert_eq!(others.apply(steps.clone()), RunOutcome::Applied);
        let there = others.state();
        let mut node = Node::open(&there, habits, second.path());
        assert_eq!(node.apply(steps.clone()), RunOutcome::Applied);
        assert_eq!(node.state(), there);
        assert_eq!(node.undo(), Some(RunOutcome::Applied));
        assert_eq!(node.state(), there);
    }
}

/// HNS says that it deleted an endpoint, and that it made it again under a new id, and did neither: what
/// refers to the endpoint is brought back with the id that it really has.
#[test]
fn an_id_that_hns_made_up_is_not_believed() {
    let recording =
        recordings().into_iter().find(|of| of.name() == "091-win-overlay-remote 1.36 overlay").unwrap();
    let compiled = recording.case.compiled(recording.version, false);
    let options = PlanOptions::default();
    let steps = hns_steps(compiled, &recording.state(), Semantics::KubeProxy, &options);
    let there = carried_out(&recording.state(), steps.clone());
    let away: Vec<HnsStep> = steps.iter().rev().map(Step::inverse).collect();
    let is_endpoint =
        |step: &HnsStep| matches!(&step.call, HnsCall::Delete { object: HnsObject::Endpoint(_) });
    let deletes = away.iter().position(is_endpoint).expect("an endpoint is deleted") as u64 + 1;
    let faults = [deletes, deletes + 1].map(|call| Fault { call, kind: FaultKind::Ignored });
    let habits = Habits { faults: faults.to_vec(), gives_own_ids: true, ..Habits::default() };

    let folder = folder();
    let mut node = Node::open(&there, habits, folder.path());
    let outcome = node.apply(away);
    assert!(matches!(outcome, RunOutcome::RolledBack(_)), "{outcome:?}");
    assert_eq!(shape(&node.state()), shape(&there));
}

/// A change that costs as much however large the plan is: so many calls and bytes for each step.
#[test]
fn a_large_plan_costs_as_much_a_step_as_a_small_one() {
    let journal_of = |count: usize| {
        let folder = folder();
        let recording = recordings().into_iter().next().unwrap();
        let network = recording.state().networks[0].id;
        let steps: Vec<HnsStep> = (0..count)
            .map(|number| {
                let address = format!("10.{}.{}.{}", 100 + number / 65_536, number / 256 % 256, number % 256);
                let text = format!(
                    r#"{{"id":"00000000-0000-4000-8000-{number:012x}","op":"Create","object":{{"Endpoint":{{
                        "HostComputeNetwork":"{network}","IpConfigurations":[{{"IpAddress":"{address}"}}],"Flags":1}}}}}}"#
                );
                serde_json::from_str(&text).unwrap()
            })
            .collect();
        let journal = Journal::open(folder.path(), "sim").unwrap();
        let hns = HnsNode::new(Sim::in_memory(&recording.state(), Habits::default()));
        let mut session = Session::open(Box::new(hns), journal, PATIENCE, |_| {}).unwrap();
        let outcome = with_order(|order| session.apply("sim", AnyStep::all(steps), order).unwrap());
        assert_eq!(outcome, RunOutcome::Applied);
        journal_text(folder.path()).len()
    };
    let (small, large) = (journal_of(100), journal_of(10_000));
    assert!(large < small * 105, "{small} bytes of journal for 100 steps, {large} for 10,000");
}
