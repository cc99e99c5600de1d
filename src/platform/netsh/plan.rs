//! The plan of a node: objects in the order in which they are created, and the scripts made of them.

use std::net::IpAddr;

use super::model::{Command, Comment, ConnectionName, Object};
use super::options::Mode;
use crate::name::Subdomain;

/// What one node needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it imitates.
    pub mode: Mode,
    /// The node, if it has a name.
    pub node: Option<Subdomain>,
    /// The interface that gets the addresses.
    pub interface: ConnectionName,
    /// Addresses that the node has for itself, as far as they are known. No object is about them.
    pub own_addresses: Vec<IpAddr>,
    /// What was found out about each Service, as the script says it above the commands.
    pub remarks: Vec<Comment>,
    /// How many of the remarks are about something bad.
    pub tally: RemarkTally,
    /// The objects, each once, in the order in which they are created.
    pub objects: Vec<Planned>,
}

/// An object of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The object.
    pub object: Object,
    /// The service ports that need it, as `namespace/name:port`, sorted. It goes when the last of them goes.
    pub owners: Vec<Box<str>>,
}

/// How many remarks of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RemarkTally {
    /// What could not be written because the input contradicts itself.
    pub errors: usize,
    /// What kube-proxy would do and netsh cannot.
    pub losses: usize,
    /// What probably goes wrong.
    pub warnings: usize,
    /// What is good to know.
    pub notes: usize,
}

/// A script, before it has a style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What it is for.
    pub purpose: Purpose,
    /// The comments above the commands.
    pub heading: Vec<Comment>,
    /// The commands, in order.
    pub commands: Vec<Command>,
    /// The comment below them.
    pub closing: Option<Comment>,
}

/// What a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It creates what the plan wants. One that fails has stopped half-way, so it stops there.
    Create,
    /// It takes back what the other one created. What fails is gone already, so it goes on.
    Undo,
}

impl Plan {
    /// The script that creates the objects.
    #[must_use]
    pub fn create(&self) -> Script {
        let title = Comment::of(&format!("target netsh, mode {}, node {}", self.mode.as_str(), self.node()));
        Script {
            purpose: Purpose::Create,
            heading: std::iter::once(title).chain(self.remarks.iter().cloned()).collect(),
            commands: self.objects.iter().map(|planned| Command::Create(planned.object.clone())).collect(),
            closing: Some(self.summary()),
        }
    }

    /// The script that deletes them, the last first.
    #[must_use]
    pub fn undo(&self) -> Script {
        let title = format!("undo for target netsh, mode {}, node {}", self.mode.as_str(), self.node());
        let keys = self.objects.iter().rev().filter_map(|planned| planned.object.key());
        Script {
            purpose: Purpose::Undo,
            heading: vec![Comment::of(&title)],
            commands: keys.map(Command::Delete).collect(),
            closing: None,
        }
    }

    fn node(&self) -> &str {
        self.node.as_ref().map_or("without a name", Subdomain::as_str)
    }

    fn summary(&self) -> Comment {
        let count =
            |is: fn(&Object) -> bool| self.objects.iter().filter(|planned| is(&planned.object)).count();
        let plural = |count: usize, noun: &str, end: &str| {
            format!("{count} {noun}{}", if count == 1 { "" } else { end })
        };
        let RemarkTally { errors, losses, warnings, notes } = self.tally;
        let errors = if errors > 0 { format!(", {}", plural(errors, "error", "s")) } else { String::new() };
        let text = format!(
            "summary: {} to add ({} address, {} portproxy, {} firewall), {}, {}, {}{errors}",
            self.objects.len(),
            count(|object| matches!(object, Object::Address(_))),
            count(|object| matches!(object, Object::PortProxy(_))),
            count(|object| matches!(object, Object::Firewall(_))),
            plural(losses, "loss", "es"),
            plural(warnings, "warning", "s"),
            plural(notes, "note", "s"),
        );
        Comment::of(&text)
    }
}
