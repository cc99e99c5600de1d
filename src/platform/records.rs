//! What a sequence comes to: the calls of each step, and what clients notice of frontends meanwhile.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::verdict::Ground;
use crate::net::Family;

/// What was done at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallRecord {
    /// Whose proxier calls.
    pub by: Family,
    /// What is done: `create load balancer`.
    pub what: Cow<'static, str>,
    /// What it is done to: a frontend as `TCP 10.96.0.10:80`, or an address.
    pub on: String,
    /// The members of a load balancer by place and address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Why it failed; absent if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why a real node refuses it, although the replay goes on as if it did not; absent where nothing is known of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// What kube-proxy makes the kernel forget after it, of the flows of UDP; safe to print.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgets: Vec<String>,
}

/// A call of a sequence. Number 0 is the time before the first call of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CallAt {
    /// The step, from 1.
    pub step: usize,
    /// The call within the step, from 1.
    pub call: usize,
}

/// What clients notice of a frontend that a Service wants, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    /// Its id, as in `H05`; absent where what is loaded says all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_on: Option<Cow<'static, str>>,
    /// How sure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Cow<'static, str>>,
}

impl From<Option<&'static Ground>> for Basis {
    fn from(ground: Option<&'static Ground>) -> Self {
        Self {
            rests_on: ground.map(|ground| ground.id.into()),
            confidence: ground.map(|ground| ground.confidence.as_str().into()),
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
