//! What every platform is asked about sequences of events: what kube-proxy does at each of its syncs, one after
//! another, with what it remembers of those before.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

pub use super::flows::{Flow, FlowRecord, Loss};
pub use super::records::{
    Basis, CallAt, CallRecord, Client, ClientReach, Disturbance, Established, StepRecord, Trouble,
};
use super::{Holdings, Options};
use crate::answer::change::Subject;
use crate::flag::{FlagError, NamedText};
use crate::ir::{RuleSet, ServicePort};
use crate::manifest::Cluster;
use crate::name::escaped;
use crate::net::Family;

/// Namespace and name of a Service.
pub type ServiceName = (Box<str>, Box<str>);

/// One moment of a sequence: what is wanted then, and what happened since the moment before.
pub struct Moment<'m> {
    /// The number of the step, from 1.
    pub number: usize,
    /// What all Services should do now.
    pub rules: &'m RuleSet,
    /// The objects that they were compiled from; those of [`touched`](Self::touched) Services only.
    pub cluster: &'m Cluster,
    /// The Services that may be others than at the moment before, or have other slices; all where nothing is told.
    pub touched: Option<&'m BTreeSet<ServiceName>>,
    /// What was handed over to kube-proxy, in this order.
    pub events: &'m [Event],
    /// What others did to the node, in the platform's own words.
    pub outside: Option<&'m Value>,
    /// The calls that fail.
    pub faults: &'m [Fault],
    /// kube-proxy starts anew; the node keeps what it holds.
    pub restarts: bool,
    /// What else happened to the node since the moment before.
    pub meanwhile: &'m Meanwhile,
    /// The flows that the kernel remembers from now on, where the sequence says it.
    pub flows: Option<&'m [Flow]>,
}

/// What happened to a node between two moments, besides changes of objects.
#[derive(Debug, Clone, PartialEq)]
pub struct Meanwhile {
    /// How many seconds passed.
    pub seconds: f64,
    /// kube-proxy's monitor asks for a full sync.
    pub forces_full_sync: bool,
    /// Someone deletes all rules of the node.
    pub flushes: bool,
    /// The labels of the node that got other values.
    pub labels: Vec<String>,
}

impl Meanwhile {
    /// How many seconds pass between two moments where nothing says it.
    pub const SECONDS: f64 = 10.0;
}

impl Default for Meanwhile {
    fn default() -> Self {
        Self { seconds: Self::SECONDS, forces_full_sync: false, flushes: false, labels: Vec::new() }
    }
}

/// An object that kube-proxy is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What became of it.
    pub what: What,
    /// Which kind of object it is.
    pub kind: EventKind,
    /// Namespace and name of the object.
    pub object: Box<str>,
    /// The Service, or the one that a slice belongs to.
    pub service: ServiceName,
    /// Whether it tells kube-proxy anything new, as far as slices are concerned; of Services the platform knows.
    pub is_news: bool,
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It was made.
    Add,
    /// It was changed.
    Update,
    /// It is gone.
    Delete,
}

/// The kinds of objects that kube-proxy is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A Service.
    Service,
    /// An EndpointSlice with addresses of a family.
    EndpointSlice(Family),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::Add => "add",
            What::Update => "update",
            What::Delete => "delete",
        };
        let kind = match self.kind {
            EventKind::Service => "Service",
            EventKind::EndpointSlice(_) => "EndpointSlice",
        };
        write!(f, "{what} {kind} {}", self.object)
    }
}

/// Namespaces and names of Services as texts.
pub(crate) fn texts<'n>(
    services: impl IntoIterator<Item = &'n ServiceName>,
) -> impl Iterator<Item = (&'n str, &'n str)> {
    services.into_iter().map(|(namespace, name)| (&**namespace, &**name))
}

impl Moment<'_> {
    /// The service ports that may be others than at the moment before.
    pub(super) fn touched_ports(&self) -> Vec<&ServicePort> {
        match self.touched {
            Some(touched) => self.rules.ports_of_all(texts(touched)),
            None => self.rules.services.iter().collect(),
        }
    }

    /// The Services of which slices have changed, or were deleted and added again: slices of a family, or all.
    pub fn changed_slices(&self, family: Option<Family>) -> impl Iterator<Item = &ServiceName> {
        let is_it = move |event: &&Event| match event.kind {
            EventKind::EndpointSlice(of) => event.is_news && family.is_none_or(|family| family == of),
            EventKind::Service => false,
        };
        self.events.iter().filter(is_it).map(|event| &event.service)
    }
}

/// Calls that fail: of one operation, from the nth of the step on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operation, in the words of the platform's API.
    pub op: Box<str>,
    /// The first call that fails, from 1.
    #[serde(default = "one")]
    pub nth: u32,
    /// How many calls fail.
    #[serde(default = "one")]
    pub count: u32,
    /// The error.
    pub error: Box<str>,
    /// Its code, as in `0x80004001`.
    #[serde(default)]
    pub code: Option<Box<str>>,
}

fn one() -> u32 {
    1
}

/// What a sequence begins with.
pub struct Start<'s> {
    /// The rules of the first moment.
    pub rules: &'s RuleSet,
    /// Dumps of the node, of any platform; a platform takes its own.
    pub before: &'s [NamedText],
    /// What the node holds, where dumps were named.
    pub held: &'s Holdings,
    /// The options of all platforms.
    pub options: &'s Options,
    /// What will be asked for.
    pub keeps: Keeps,
}

/// What of a sequence is kept for documents: of a long one that is much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keeps {
    /// For [`Timeline::calls`]: all that is handed over.
    pub calls: bool,
    /// For [`Timeline::states`].
    pub states: bool,
}

/// A kind of file beside a step that is about one kind of platforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideFile {
    /// What others did in HNS.
    Hns,
    /// Flows that the kernel of Linux remembers.
    Conntrack,
}

/// Why a platform cannot begin a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// What the node holds at the beginning cannot be read; the text says what is wrong.
    Held(String),
    /// An option means nothing over a sequence.
    Option(FlagError),
}

/// That a dump of the node at the beginning of a sequence cannot be read: an empty node would be taken for it.
pub(super) fn unreadable_before(name: &str, text: &str, expected: &str) -> String {
    let is_empty = text.trim().is_empty();
    let what = if is_empty { "is empty" } else { "has nothing that can be read" };
    format!(
        "{} {what}, so it is not known what the node holds at the beginning; expected {expected}; delete the file if that is \
         not known",
        escaped(name)
    )
}

/// Tells of an object, by its name in a comparison, and of whether it is there, how that came about: what kube-proxy did, as
/// what follows its name in a sentence; safe to print. `None` where the sequence ends otherwise.
pub type Stories<'t> = Box<dyn Fn(&Subject, bool) -> Option<String> + 't>;

/// A kube-proxy that goes through a sequence.
pub trait Timeline {
    /// Goes one step further, and says of each fault of the moment how often its operation was called.
    ///
    /// # Errors
    /// When what others did cannot be read; the text says what is wrong.
    fn advance(&mut self, moment: &Moment<'_>) -> Result<Vec<u32>, String>;

    /// What of the files beside a step is about another platform, and not used.
    fn ignores(&self) -> SideFile;

    /// Whether something of the moments so far is still to be taken in, so that the next one is needed as a whole.
    fn waits(&self) -> bool {
        false
    }

    /// All calls of all steps, as a document; without what is handed over unless the [`Start`] asked for it.
    fn calls(&self) -> Value;

    /// What the node holds and what kube-proxy remembers after each step, as a document; empty unless the
    /// [`Start`] asked for it.
    fn states(&self) -> Value;

    /// What was done at each step.
    fn steps(&self) -> Vec<StepRecord>;

    /// What is assumed, and with what flag it can be told instead; sentences without a full stop.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// The operations that can fail, as [`Fault::op`] names them; of none it is not known which there are.
    fn operations(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the rules of a frontend are called: `load balancer`.
    fn noun(&self) -> &'static str {
        "rule"
    }

    /// Service ports and frontends that Services wanted at any time, each once, as disturbances name them.
    fn frontends(&self) -> Vec<[Box<str>; 2]> {
        Vec::new()
    }

    /// What clients notice of frontends, in the order of its beginning.
    fn disturbances(&self) -> Vec<Disturbance>;

    /// How single objects came to be left over, or to be missing; of none where whole tables are changed at once.
    fn stories(&self) -> Option<Stories<'_>> {
        None
    }

    /// What became of the flows that the sequence names; of none where the platform does not follow them.
    fn flows(&self) -> Vec<FlowRecord> {
        Vec::new()
    }
}
