//! What every platform is asked about sequences of events: what kube-proxy does at each of its syncs, one after
//! another, with what it remembers of those before.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::flows::{Flow, FlowRecord, Loss};
use super::{Holdings, Options};
use crate::answer::verdict::Ground;
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

/// What was done at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepRecord {
    /// Its number.
    pub step: usize,
    /// Whether kube-proxy started anew.
    pub restart: bool,
    /// What kube-proxy was told: `update Service shop/front`.
    pub events: Vec<String>,
    /// Its calls, in order.
    pub calls: Vec<CallRecord>,
}

/// A call, in words; safe to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CallRecord {
    /// Whose proxier calls.
    pub by: Family,
    /// What is done: `create load balancer`.
    pub what: &'static str,
    /// What it is done to: a frontend as `TCP 10.96.0.10:80`, or an address.
    pub on: String,
    /// The members of a load balancer by place and address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Why it failed; absent if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why a real node refuses it, although the replay goes on as if it did not; absent where nothing is known of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// What kube-proxy makes the kernel forget after it, of the flows of UDP; safe to print.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forgets: Vec<String>,
}

/// A call of a sequence. Number 0 is the time before the first call of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct CallAt {
    /// The step, from 1.
    pub step: usize,
    /// The call within the step, from 1.
    pub call: usize,
}

/// What clients notice of a frontend that a Service wants, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Disturbance {
    /// What is wrong with it.
    pub what: Trouble,
    /// The service port: `namespace/name:port`.
    pub service: Box<str>,
    /// The frontend, in the platform's words.
    pub frontend: Box<str>,
    /// The call with which it began; call 0 is the time before the first call of the step.
    pub from: CallAt,
    /// The call with which it ended; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<CallAt>,
    /// Whether an endpoint of the Service, on whatever node, was ready then: if none was, nobody could have answered.
    pub has_ready_endpoints: bool,
    /// The members that are gone or wrong, by address or id; safe to print.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Which share of new connections they get, as `1/3`, and 1 where there are no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// Whose new connections; clients that the frontend never serves are left out.
    pub clients: Vec<ClientReach>,
    /// What becomes of connections that are open already; absent where that is nothing that rules decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub established: Option<Established>,
}

/// What is wrong with a frontend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// It has no rules.
    NoRules,
    /// Its rules name members that the node does not have any more.
    GoneMembers,
    /// Its rules lead to pods that are neither wanted nor serving.
    WrongMembers,
}

/// Whether clients of a kind are served by a frontend that has rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientReach {
    /// Who connects.
    pub client: Client,
    /// Whether it is served; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_served: Option<bool>,
    /// What that rests on.
    #[serde(flatten)]
    pub basis: Basis,
}

/// Clients by where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Client {
    /// Pods on this node.
    Pod,
    /// The node itself.
    Node,
    /// Everybody else.
    Outside,
}

/// What becomes of connections that are open already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Established {
    /// Whether they go on; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_kept: Option<bool>,
    /// What that rests on.
    #[serde(flatten)]
    pub basis: Basis,
}

/// The rule of the platform that an answer rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    /// Its id, as in `H05`; absent where what is loaded says all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_on: Option<&'static str>,
    /// How sure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<&'static str>,
}

impl From<Option<&'static Ground>> for Basis {
    fn from(ground: Option<&'static Ground>) -> Self {
        Self {
            rests_on: ground.map(|ground| ground.id),
            confidence: ground.map(|ground| ground.confidence.as_str()),
        }
    }
}

impl Disturbance {
    /// One that begins, and of which nothing else is known yet.
    #[must_use]
    pub fn new(what: Trouble, service: &str, frontend: &str, from: CallAt) -> Self {
        Self {
            what,
            service: service.into(),
            frontend: frontend.into(),
            from,
            to: None,
            has_ready_endpoints: false,
            members: Vec::new(),
            share: None,
            clients: Vec::new(),
            established: None,
        }
    }

    /// Whether clients lose connections that another order of calls would have served. Pods that are gone lead nowhere
    /// on every platform until a sync has come to their Service, so that does not count.
    #[must_use]
    pub fn is_felt(&self) -> bool {
        match self.what {
            Trouble::NoRules => self.has_ready_endpoints,
            Trouble::GoneMembers => true,
            Trouble::WrongMembers => self.to.is_none_or(|to| to.step > self.from.step),
        }
    }
}

/// A kube-proxy that goes through a sequence.
pub trait Timeline {
    /// Goes one step further.
    ///
    /// # Errors
    /// When what others did cannot be read; the text says what is wrong.
    fn advance(&mut self, moment: &Moment<'_>) -> Result<(), String>;

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

    /// What became of the flows that the sequence names; of none where the platform does not follow them.
    fn flows(&self) -> Vec<FlowRecord> {
        Vec::new()
    }
}
