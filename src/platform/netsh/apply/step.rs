//! Steps of netsh: one command each.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::state::{NetshState, Presence};
use crate::answer::step::{PlanLine, Sign, Step};
use crate::platform::netsh::model::{
    Command, Endpoints, FirewallRule, Host, Listen, Object, PortProxy, Remote,
};
use crate::platform::netsh::{Plan, argv, read, write_command};

/// One command of netsh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetshStep {
    /// What is done.
    #[serde(flatten)]
    pub call: NetshCall,
    /// The service ports that need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
}

/// What is done with an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op")]
pub enum NetshCall {
    /// It is made.
    Create {
        /// What it is to be.
        #[serde(with = "stored")]
        object: Object,
    },
    /// A listener connects to something else.
    Change {
        /// What it was.
        #[serde(with = "stored")]
        before: Object,
        /// What it is to be.
        #[serde(with = "stored")]
        after: Object,
    },
    /// It is deleted.
    Delete {
        /// What it was.
        #[serde(with = "stored")]
        object: Object,
    },
}

/// The steps that bring a node from a state to a plan. What the plan does not want is left alone, as
/// nothing on a node tells whose it is; with `made`, what earlier runs made goes.
#[must_use]
pub fn steps(plan: &Plan, state: &NetshState, made: &[Object]) -> Vec<NetshStep> {
    let mut steps = Vec::new();
    let mut decided: BTreeSet<Vec<String>> = plan.objects.iter().filter_map(|of| key(&of.object)).collect();
    // The last one made goes first: a listener before its address.
    for object in made.iter().rev() {
        if state.presence(object) == Presence::Same && key(object).is_some_and(|key| decided.insert(key)) {
            steps
                .push(NetshStep { call: NetshCall::Delete { object: object.clone() }, services: Vec::new() });
        }
    }
    for planned in &plan.objects {
        let services = || planned.owners.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut is_deleted_too = false;
        if let Object::Firewall(rule) = &planned.object {
            // netsh adds a rule beside another one of the same name, and deletes all that have name, protocol and port: one
            // that is as wanted goes with them, as a step of its own, so that it comes back when the others do.
            let others: Vec<FirewallRule> = state.other_rules(rule).collect();
            is_deleted_too = others.iter().any(|other| other.key() == rule.key());
            let own =
                (is_deleted_too && state.presence(&planned.object) == Presence::Same).then(|| rule.clone());
            steps.extend(own.into_iter().chain(others).map(|rule| NetshStep {
                call: NetshCall::Delete { object: Object::Firewall(rule) },
                services: services(),
            }));
        }
        let call = match (state.presence(&planned.object), &planned.object) {
            (Presence::Same, _) if !is_deleted_too => continue,
            (Presence::Other(_), Object::PortProxy(proxy)) => {
                let Some(before) = state.listener(&proxy.listener) else { continue };
                NetshCall::Change { before: Object::PortProxy(before), after: planned.object.clone() }
            }
            _ => NetshCall::Create { object: planned.object.clone() },
        };
        steps.push(NetshStep { call, services: services() });
    }
    steps
}

/// The first object that steps make and that may be there already, as the dump does not tell it.
#[must_use]
pub fn untold<'s>(steps: &'s [NetshStep], state: &NetshState) -> Option<&'s Object> {
    let made = steps.iter().filter_map(|step| match &step.call {
        NetshCall::Create { object } => Some(object),
        NetshCall::Change { .. } | NetshCall::Delete { .. } => None,
    });
    made.into_iter().find(|object| state.is_untold(object))
}

/// The steps that delete what a plan names, as far as earlier runs have made it, the last one first.
#[must_use]
pub fn deletions(plan: &Plan, state: &NetshState, made: &[Object]) -> Vec<NetshStep> {
    let is_ours = |object: &Object| made.contains(object) && state.presence(object) == Presence::Same;
    let objects = plan.objects.iter().rev().filter(|planned| is_ours(&planned.object));
    objects
        .map(|planned| NetshStep {
            call: NetshCall::Delete { object: planned.object.clone() },
            services: planned.owners.iter().map(ToString::to_string).collect(),
        })
        .collect()
}

/// What tells an object from others: the command that deletes it.
pub(super) fn key(object: &Object) -> Option<Vec<String>> {
    object.key().map(|key| argv(&Command::Delete(key)))
}

impl NetshStep {
    /// The arguments of netsh.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        match &self.call {
            NetshCall::Create { object } | NetshCall::Change { after: object, .. } => {
                argv(&Command::Create(object.clone()))
            }
            NetshCall::Delete { object } => {
                object.key().map(|key| argv(&Command::Delete(key))).unwrap_or_default()
            }
        }
    }

    /// The object as it is to be, or as it was.
    #[must_use]
    pub fn object(&self) -> &Object {
        match &self.call {
            NetshCall::Create { object }
            | NetshCall::Delete { object }
            | NetshCall::Change { after: object, .. } => object,
        }
    }

    /// The object that exists when the step is done; `None` when the step deletes one.
    #[must_use]
    pub fn creates(&self) -> Option<&Object> {
        (!matches!(self.call, NetshCall::Delete { .. })).then(|| self.object())
    }
}

impl Step for NetshStep {
    fn inverse(&self) -> Self {
        let call = match self.call.clone() {
            NetshCall::Create { object } => NetshCall::Delete { object },
            NetshCall::Change { before, after } => NetshCall::Change { before: after, after: before },
            NetshCall::Delete { object } => NetshCall::Create { object },
        };
        Self { call, services: self.services.clone() }
    }

    fn changes(&self) -> Vec<PlanLine> {
        let sign = match self.call {
            NetshCall::Create { .. } => Sign::Add,
            NetshCall::Change { .. } => Sign::Change,
            NetshCall::Delete { .. } => Sign::Destroy,
        };
        let (kind, name, detail) = in_words(self.object());
        vec![PlanLine { sign, kind, name, detail, services: self.services.clone() }]
    }

    fn facts(&self, _: usize) -> [Vec<String>; 2] {
        let detail = |object: &Object| vec![in_words(object).2];
        match &self.call {
            NetshCall::Create { object } => [Vec::new(), detail(object)],
            NetshCall::Change { before, after } => [detail(before), detail(after)],
            NetshCall::Delete { object } => [detail(object), Vec::new()],
        }
    }
}

pub(in crate::platform::netsh) fn in_words(object: &Object) -> (&'static str, String, String) {
    match object {
        Object::Address(address) => {
            ("address", address.address.ip().to_string(), format!("on {}", address.interface.as_str()))
        }
        Object::PortProxy(PortProxy { listener, connect }) => {
            let address = match &listener.address {
                Listen::Any => "*".to_owned(),
                Listen::Ip(ip) => ip.to_string(),
                Listen::Name(name) => name.as_str().to_owned(),
            };
            let host = match &connect.host {
                Host::Ip(ip) => ip.to_string(),
                Host::Name(name) => name.as_str().to_owned(),
            };
            (
                "listener",
                format!("{address} port {}", listener.port),
                format!("to {host} port {}", connect.port),
            )
        }
        Object::Firewall(rule) => ("firewall rule", rule.name.as_str().to_owned(), deed(rule)),
        Object::Route(route) => ("route", route.prefix.to_string(), String::new()),
        Object::Interface(settings) => ("interface", settings.interface.as_str().to_owned(), String::new()),
    }
}

/// What a firewall rule does.
fn deed(rule: &FirewallRule) -> String {
    let local = rule.local_ip.map(|ip| format!(" at {ip}")).unwrap_or_default();
    let clients = match &rule.remote {
        Remote::Any => String::new(),
        Remote::Only(some) => {
            let ends = some.iter().map(|of| match of {
                Endpoints::Net(net) => net.to_string(),
                Endpoints::Range(first, last) => format!("{first}-{last}"),
            });
            format!(" for {}", ends.collect::<Vec<_>>().join(", "))
        }
    };
    format!("{} {} {}{local}{clients}", rule.action.as_str(), rule.protocol.as_str(), rule.local_port)
}

/// An object in a plan or a journal: the command that makes it, as scripts have it.
mod stored {
    use super::{
        Command, Deserialize, Deserializer, Error, Object, Serialize, Serializer, read, write_command,
    };

    pub(super) fn serialize<S: Serializer>(object: &Object, serializer: S) -> Result<S::Ok, S::Error> {
        write_command(&Command::Create(object.clone())).serialize(serializer)
    }

    /// Whether plans have such objects: not those that belong to somebody else for certain.
    fn is_planned(object: &Object) -> bool {
        match object {
            Object::Address(_) | Object::PortProxy(_) => true,
            Object::Firewall(rule) => rule.name.is_ours(),
            Object::Route(_) | Object::Interface(_) => false,
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(of: D) -> Result<Object, D::Error> {
        let line = String::deserialize(of)?;
        let mut commands = read(&line).commands;
        match (commands.pop(), commands.pop()) {
            (Some(Command::Create(object)), None) if is_planned(&object) => Ok(object),
            _ => Err(D::Error::custom(format!(
                "`{}` makes nothing that a plan has",
                crate::name::printable(&line)
            ))),
        }
    }
}
