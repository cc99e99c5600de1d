//! Steps of HNS: one call of HCN each.

use serde::{Deserialize, Serialize};

use super::facts::{MemberNames, facts_of};
use super::stored;
use crate::answer::step::{FailureClass, PlanLine, Sign, Step};
use crate::name::{counted, printable};
use crate::platform::hns::FrontendKey;
use crate::platform::hns::model::{Endpoint, EndpointRef, Guid, LoadBalancer};

/// One call of HCN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HnsStep {
    /// The object: as HNS knows it, or for a new one as the plan names it.
    pub id: Guid,
    /// What is done with it.
    #[serde(flatten)]
    pub call: Call,
    /// The service ports that need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The addresses of members that change, as a load balancer has only their ids.
    #[serde(default, skip_serializing_if = "MemberNames::is_empty")]
    pub members: MemberNames,
}

/// What is done with an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op")]
pub enum Call {
    /// It is made.
    Create {
        /// What it is to be.
        object: HnsObject,
    },
    /// A load balancer becomes something else where it stands.
    Modify {
        /// What it was.
        #[serde(with = "stored::load_balancer")]
        before: Box<LoadBalancer>,
        /// What it is to be.
        #[serde(with = "stored::load_balancer")]
        after: Box<LoadBalancer>,
    },
    /// It is deleted.
    Delete {
        /// What it was.
        object: HnsObject,
    },
}

/// An object that kube-proxy has HNS make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum HnsObject {
    /// An endpoint.
    Endpoint(#[serde(with = "stored::endpoint")] Box<Endpoint>),
    /// A load balancer.
    LoadBalancer(#[serde(with = "stored::load_balancer")] Box<LoadBalancer>),
}

impl Step for HnsStep {
    fn inverse(&self) -> Self {
        let call = match self.call.clone() {
            Call::Create { object } => Call::Delete { object },
            Call::Modify { before, after } => Call::Modify { before: after, after: before },
            Call::Delete { object } => Call::Create { object },
        };
        Self { call, ..self.clone() }
    }

    fn facts(&self, _: usize) -> [Vec<String>; 2] {
        let of = |object: &HnsObject| facts_of(object, &self.members);
        let of_balancer = |balancer: &LoadBalancer| of(&HnsObject::LoadBalancer(Box::new(balancer.clone())));
        match &self.call {
            Call::Create { object } => [Vec::new(), of(object)],
            Call::Modify { before, after } => [of_balancer(before), of_balancer(after)],
            Call::Delete { object } => [of(object), Vec::new()],
        }
    }

    fn had_nothing_to_do(&self, answer: FailureClass) -> bool {
        match self.call {
            Call::Create { .. } => matches!(answer, FailureClass::AlreadyExists | FailureClass::Conflict),
            Call::Modify { .. } => false,
            Call::Delete { .. } => answer == FailureClass::NotFound,
        }
    }

    fn changes(&self) -> Vec<PlanLine> {
        let (sign, object, detail) = match &self.call {
            Call::Create { object } => (Sign::Add, object.clone(), object.detail()),
            Call::Modify { before, after } => {
                (Sign::Change, HnsObject::LoadBalancer(after.clone()), difference(before, after))
            }
            Call::Delete { object } => (Sign::Destroy, object.clone(), object.detail()),
        };
        let (kind, name) = (object.kind(), object.name());
        vec![PlanLine { sign, kind, name, detail, services: self.services.clone() }]
    }
}

impl HnsObject {
    /// The kind, in words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Endpoint(_) => "endpoint",
            Self::LoadBalancer(_) => "load balancer",
        }
    }

    /// What it is known by: the addresses of an endpoint, what a load balancer answers to.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Endpoint(endpoint) => {
                let addresses = endpoint.addresses().map(|address| printable(&address.to_string()));
                addresses.collect::<Vec<_>>().join(", ")
            }
            Self::LoadBalancer(balancer) => {
                FrontendKey::of(balancer).map_or_else(|| "without a port".to_owned(), |key| key.to_string())
            }
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Endpoint(endpoint) => {
                let place = if endpoint.is_remote() { "remote" } else { "of the host" };
                match endpoint.mac_address {
                    Some(mac) => format!("{place}, {mac}"),
                    None => place.to_owned(),
                }
            }
            Self::LoadBalancer(balancer) => counted(balancer.endpoints.len(), "endpoint"),
        }
    }
}

/// How the members of a load balancer change.
fn difference(before: &LoadBalancer, after: &LoadBalancer) -> String {
    let missing = |of: &LoadBalancer, from: &LoadBalancer| {
        let in_from: rustc_hash::FxHashSet<&EndpointRef> = from.endpoints.iter().collect();
        of.endpoints.iter().filter(|member| !in_from.contains(member)).count()
    };
    match (missing(after, before), missing(before, after)) {
        (0, 0) => counted(after.endpoints.len(), "endpoint"),
        (more, 0) => format!("+ {}", counted(more, "endpoint")),
        (0, fewer) => format!("- {}", counted(fewer, "endpoint")),
        (more, fewer) => format!("+ {more}, - {}", counted(fewer, "endpoint")),
    }
}
