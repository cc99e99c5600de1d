//! What a platform offers to whoever changes a node.
//!
//! ```text
//! Executor: typed steps and states ──(of every one)──► AnyExecutor ◄── ExecutorKind opens it
//! ```

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::capture::DumpText;
use crate::answer::step::{
    AnyState, AnyStep, Done, Drift, Failure, Fingerprint, Obstacle, Step, StepStanding,
};
use crate::flag::{Flag, FlagError, Given};

/// A platform on one node.
///
/// Steps name objects as the plan does. A node may give an object another id: that id is part of [`Done`], kept in
/// the journal, and passed to [`recall`](Self::recall) before later steps.
pub trait Executor {
    /// A change of this platform.
    type Step: Step;
    /// What the node holds.
    type State: 'static;

    /// What tells whether a state is still the one that a plan was made from.
    fn fingerprint(state: &Self::State) -> Fingerprint;

    /// What tells whether all that runs change is as it was before: not ids, which objects do not keep, and not what
    /// only others change.
    fn outline(state: &Self::State) -> Fingerprint;

    /// The name of the machine that is changed; `None` where that is no machine.
    fn host(&self) -> Option<String> {
        None
    }

    /// Reads what the node holds now.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn read(&mut self) -> Result<Self::State, Failure>;

    /// What the node holds now, as the texts that people dump: all that a dump can tell.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn dump(&mut self) -> Result<Vec<DumpText>, Failure>;

    /// How the node differs from what these steps have left, which are all that a run did.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn drift(&mut self, steps: &[Self::Step]) -> Result<Drift, Failure>;

    /// Whether nobody else can have done a step with this result.
    fn is_own(&self, _: &Self::Step, _: &Done) -> bool {
        true
    }

    /// What stands in the way of these steps, known before the first one is carried out.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn obstacles(&mut self, steps: &[Self::Step]) -> Result<Vec<Obstacle>, Failure>;

    /// Carries out a step.
    ///
    /// # Errors
    /// What the platform answered. The step may be done all the same: see [`look`](Self::look).
    fn run(&mut self, step: &Self::Step) -> Result<Done, Failure>;

    /// Finds out whether the node is as before a step or as after it.
    ///
    /// # Errors
    /// When the platform does not answer.
    fn look(&mut self, step: &Self::Step) -> Result<StepStanding, Failure>;

    /// Learns the result of a step, of this process or of an earlier one, in the order in which they happened.
    fn recall(&mut self, step: &Self::Step, done: &Done);
}

/// An [`Executor`] without its types: every executor is one.
pub trait AnyExecutor {
    /// See [`Executor::read`].
    ///
    /// # Errors
    /// When the platform does not answer.
    fn read(&mut self) -> Result<AnyState, Failure>;

    /// See [`Executor::dump`].
    ///
    /// # Errors
    /// When the platform does not answer.
    fn dump(&mut self) -> Result<Vec<DumpText>, Failure>;

    /// See [`Executor::host`].
    fn host(&self) -> Option<String>;

    /// See [`Executor::drift`].
    ///
    /// # Errors
    /// When the platform does not answer, or a step belongs to another platform.
    fn drift(&mut self, steps: &[AnyStep]) -> Result<Drift, Failure>;

    /// See [`Executor::is_own`]. A step of another platform is not.
    fn is_own(&self, step: &AnyStep, done: &Done) -> bool;

    /// See [`Executor::obstacles`].
    ///
    /// # Errors
    /// When the platform does not answer, or a step belongs to another platform.
    fn obstacles(&mut self, steps: &[AnyStep]) -> Result<Vec<Obstacle>, Failure>;

    /// See [`Executor::run`].
    ///
    /// # Errors
    /// What the platform answered; also when the step belongs to another platform.
    fn run(&mut self, step: &AnyStep) -> Result<Done, Failure>;

    /// See [`Executor::look`].
    ///
    /// # Errors
    /// When the platform does not answer, or the step belongs to another platform.
    fn look(&mut self, step: &AnyStep) -> Result<StepStanding, Failure>;

    /// See [`Executor::recall`]. A step of another platform changes nothing.
    fn recall(&mut self, step: &AnyStep, done: &Done);

    /// Reads a step as plans and journals contain it.
    ///
    /// # Errors
    /// When it is not a step of this platform.
    fn step_from_json(&self, json: Value) -> serde_json::Result<AnyStep>;
}

impl<E: Executor> AnyExecutor for E {
    fn read(&mut self) -> Result<AnyState, Failure> {
        Executor::read(self).map(|state| AnyState::outlined(state, E::fingerprint, E::outline))
    }

    fn dump(&mut self) -> Result<Vec<DumpText>, Failure> {
        Executor::dump(self)
    }

    fn host(&self) -> Option<String> {
        Executor::host(self)
    }

    fn drift(&mut self, steps: &[AnyStep]) -> Result<Drift, Failure> {
        Executor::drift(self, &typed::<E::Step>(steps)?)
    }

    fn is_own(&self, step: &AnyStep, done: &Done) -> bool {
        step.typed().is_ok_and(|step| Executor::is_own(self, step, done))
    }

    fn obstacles(&mut self, steps: &[AnyStep]) -> Result<Vec<Obstacle>, Failure> {
        Executor::obstacles(self, &typed::<E::Step>(steps)?)
    }

    fn run(&mut self, step: &AnyStep) -> Result<Done, Failure> {
        Executor::run(self, step.typed()?)
    }

    fn look(&mut self, step: &AnyStep) -> Result<StepStanding, Failure> {
        Executor::look(self, step.typed()?)
    }

    fn recall(&mut self, step: &AnyStep, done: &Done) {
        if let Ok(step) = step.typed() {
            Executor::recall(self, step, done);
        }
    }

    fn step_from_json(&self, json: Value) -> serde_json::Result<AnyStep> {
        step_from_json::<E::Step>(json)
    }
}

fn typed<S: Step>(steps: &[AnyStep]) -> Result<Vec<S>, Failure> {
    steps.iter().map(|step| step.typed().cloned()).collect()
}

/// Reads a step of a platform.
///
/// # Errors
/// When it is not a step of that platform.
pub(super) fn step_from_json<S: Step>(json: Value) -> serde_json::Result<AnyStep> {
    serde_json::from_value::<S>(json).map(AnyStep::new)
}

/// The steps of a platform with their type; those of others are left out.
pub(super) fn typed_steps<S: Step>(steps: &[AnyStep]) -> Vec<S> {
    steps.iter().filter_map(|step| step.typed().ok().cloned()).collect()
}

/// A way to carry out the plans of a platform: a program or a service of this machine, or a simulator.
#[derive(Debug)]
pub struct ExecutorKind {
    /// The word for it in `--executor` and in journals.
    pub name: &'static str,
    /// The placeholder of what follows the word after a colon: `FILE`; empty where nothing does.
    pub argument: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Its settings.
    pub flags: &'static [Flag],
    /// Opens it. It gets what follows the word, and the settings.
    pub open: OpenExecutor,
}

/// A function that opens an executor.
pub type OpenExecutor = fn(&str, &Given) -> Result<Box<dyn AnyExecutor>, OpenError>;

/// Why an executor cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A setting has a wrong value.
    #[error(transparent)]
    Flag(#[from] FlagError),
    /// The node does not answer.
    #[error(transparent)]
    Node(#[from] Failure),
}

impl ExecutorKind {
    /// How it is named: `hcn`, `sim:FILE`.
    #[must_use]
    pub fn syntax(&self) -> String {
        if self.argument.is_empty() {
            self.name.to_owned()
        } else {
            format!("{}:{}", self.name, self.argument)
        }
    }

    /// What follows the word in a text that names this executor; `None` when the text names another one.
    #[must_use]
    pub fn argument_of<'t>(&self, text: &'t str) -> Option<&'t str> {
        let rest = text.strip_prefix(self.name)?;
        if self.argument.is_empty() {
            rest.is_empty().then_some(rest)
        } else {
            rest.strip_prefix(':').filter(|argument| !argument.is_empty())
        }
    }

    /// The folder of its journal, unless another one is chosen: beside its file, or a folder of the system.
    #[must_use]
    pub fn journal(&self, argument: &str) -> PathBuf {
        if self.argument.is_empty() {
            system_folder().join(self.name)
        } else {
            PathBuf::from(format!("{argument}.journal"))
        }
    }
}

/// The heading of the settings of executors.
pub const EXECUTOR_HEADING: &str = "Node that is changed";

/// Where the system keeps the data of programs.
fn system_folder() -> PathBuf {
    if !cfg!(windows) {
        return Path::new("/var/lib/hnsplan").to_owned();
    }
    // A service without an environment finds the same journal.
    let folder = std::env::var_os("ProgramData").filter(|folder| Path::new(folder).is_absolute());
    folder.map_or_else(|| PathBuf::from(r"C:\ProgramData"), PathBuf::from).join("hnsplan")
}

#[cfg(all(test, feature = "apply"))]
mod tests {
    use super::*;
    use crate::platform::hns::apply::sim::{Fault, Habits, Sim};
    use crate::platform::hns::apply::{HnsNode, HnsStep};
    use crate::platform::hns::model::State;
    use crate::platform::hns::read;

    /// Two endpoints on other nodes and a load balancer of them.
    fn steps() -> Vec<HnsStep> {
        let network = "00000000-0000-4000-8000-000000000100";
        let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
        let endpoint = |number: u32| {
            format!(
                r#"{{"id":"{}","op":"Create","object":{{"Endpoint":{{"HostComputeNetwork":"{network}",
                    "IpConfigurations":[{{"IpAddress":"10.245.0.{number}"}}],"Flags":1}}}}}}"#,
                id(number)
            )
        };
        let balancer = format!(
            r#"{{"id":"{}","op":"Create","object":{{"LoadBalancer":{{"HostComputeEndpoints":["{}","{}"],
                "FrontendVIPs":["10.96.0.1"],"PortMappings":[{{"Protocol":6,"InternalPort":80,"ExternalPort":80}}]}}}}}}"#,
            id(3),
            id(1),
            id(2)
        );
        let texts = [endpoint(1), endpoint(2), balancer];
        texts.iter().map(|text| serde_json::from_str(text).expect("a step")).collect()
    }

    /// A node with one network, whose fifth call fails.
    fn node() -> HnsNode<Sim> {
        let network = r#"{"ID":"00000000-0000-4000-8000-000000000100","Name":"net","Type":"L2Bridge"}"#;
        let (state, problems) = read::read(&format!(r#"{{"Networks":[{network}]}}"#));
        assert_eq!(problems, []);
        let faults: Vec<Fault> = vec!["5=HCN_E_MANAGER_STOPPED".parse().expect("a fault")];
        HnsNode::new(Sim::in_memory(&state, Habits { faults, gives_own_ids: true, ..Habits::default() }))
    }

    /// All that an executor answers while it carries out steps, each of them twice.
    fn answers<E, S>(
        executor: &mut E,
        steps: &[S],
        call: impl Fn(&mut E, &S) -> [String; 3],
    ) -> Vec<[String; 3]>
    where
        E: ?Sized,
    {
        steps.iter().flat_map(|step| [step, step]).map(|step| call(executor, step)).collect()
    }

    #[test]
    fn an_executor_does_the_same_without_its_types() {
        let steps = steps();
        let mut typed = node();
        let of_typed = answers(&mut typed, &steps, |node, step| {
            let before = Executor::look(node, step);
            let done = Executor::run(node, step);
            if let Ok(done) = &done {
                Executor::recall(node, step, done);
            }
            let after = Executor::look(node, step);
            [format!("{before:?}"), format!("{done:?}"), format!("{after:?}")]
        });
        let mut erased: Box<dyn AnyExecutor> = Box::new(node());
        let of_erased = answers(&mut *erased, &AnyStep::all(steps.clone()), |node, step| {
            let before = node.look(step);
            let done = node.run(step);
            if let Ok(done) = &done {
                node.recall(step, done);
            }
            let after = node.look(step);
            [format!("{before:?}"), format!("{done:?}"), format!("{after:?}")]
        });
        assert_eq!(of_erased, of_typed);
        assert!(of_typed[4][1].contains("HCN_E_MANAGER_STOPPED"), "{:?}", of_typed[4]);
        assert!(of_typed[5][2].starts_with("Ok(After"), "{:?}", of_typed[5]);

        let state = Executor::read(&mut typed).expect("a simulator answers");
        let erased_state = erased.read().expect("a simulator answers");
        assert_eq!(erased_state.typed::<State>(), Some(&state));
        assert_eq!(erased_state.fingerprint(), HnsNode::<Sim>::fingerprint(&state));
        let inverse: Vec<HnsStep> = steps.iter().map(Step::inverse).collect();
        let obstacles = Executor::obstacles(&mut typed, &inverse);
        assert_eq!(erased.obstacles(&AnyStep::all(inverse)), obstacles);
    }

    #[test]
    fn steps_are_read_as_they_were_written() {
        let erased: Box<dyn AnyExecutor> = Box::new(node());
        for step in steps() {
            let json = serde_json::to_value(&step).expect("a step is JSON");
            let read = erased.step_from_json(json).expect("it is a step");
            assert_eq!(read.typed::<HnsStep>(), Ok(&step));
            assert_eq!(read, AnyStep::new(step.clone()));
            assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&step).unwrap());
            assert_eq!(read.inverse().inverse(), read);
        }
    }

    #[test]
    fn a_step_of_another_platform_is_refused_and_not_done() {
        let mut erased: Box<dyn AnyExecutor> = Box::new(node());
        let command = "interface portproxy add v4tov4 listenport=80 listenaddress=10.96.0.1 connectport=8080 \
                       connectaddress=10.244.0.5";
        let json = serde_json::json!({ "op": "Create", "object": command });
        let other = crate::platform::find("netsh").unwrap().step_from_json(json).expect("a step of netsh");
        let failure = erased.run(&other).unwrap_err();
        assert!(!failure.is_transient() && failure.meaning.contains("another platform"), "{failure}");
        assert_eq!(erased.look(&other), Err(failure));
    }
}
