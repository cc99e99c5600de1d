//! Rules of one side, behind a trait for each question that is asked of them.

use std::any::Any;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use super::{Options, Platform, Totals};
use crate::answer::artifact::Artifact;
use crate::answer::change::Standing;
use crate::answer::directory::Directory;
use crate::answer::frontend::Faces;
use crate::answer::picture::RuleGraph;
use crate::answer::verdict::{Host, Packet, Verdict};
use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::net::{Family, Protocol};
use crate::scope::Selector;

/// What a platform may look at when it answers.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// What every Service should do.
    pub rules: &'c RuleSet,
    /// The families that are asked about.
    pub families: &'c [Family],
    /// The options of all platforms.
    pub options: &'c Options,
    /// What the node holds, as far as dumps tell.
    pub held: &'c Holdings,
    /// What is counted over Services that the rules leave out.
    pub rest: &'c Totals,
}

impl<'c> Context<'c> {
    /// With default options and no dump.
    #[must_use]
    pub fn of(rules: &'c RuleSet) -> Self {
        static OPTIONS: LazyLock<Options> = LazyLock::new(Options::default);
        static NOTHING: LazyLock<Holdings> = LazyLock::new(Holdings::default);
        Self { rules, families: &Family::ALL, options: &OPTIONS, held: &NOTHING, rest: Totals::NONE }
    }
}

/// A value, and what was found while it was made.
#[derive(Debug)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// What a person should know about it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Rules that packets can be sent through.
pub trait Model: Send + Sync {
    /// The rules, ready for any number of packets.
    fn evaluator<'m>(&'m self, host: &'m Host, rules: &'m RuleSet) -> Box<dyn Evaluate + 'm>;

    /// What a person should know about the model itself, one sentence each; safe to print.
    fn remarks(&self, _: &RuleSet) -> Vec<String> {
        Vec::new()
    }

    /// What the platform's own lints look at.
    fn product(&self) -> Option<&dyn Any> {
        None
    }
}

/// Rules that answer what becomes of packets.
pub trait Evaluate: Send + Sync {
    /// What becomes of a packet, with every step that decides.
    fn verdict(&self, packet: &Packet) -> Verdict;

    /// What becomes of a packet, without the steps; several times as fast.
    fn effect(&self, packet: &Packet) -> Verdict;

    /// The addresses and ports that its rules are about, whatever Services want. Rules that follow from what
    /// Services want and nothing else are left out.
    fn sites(&self) -> Vec<Site> {
        Vec::new()
    }

    /// Addresses that its rules are about whatever the port is.
    fn addresses(&self) -> Vec<IpAddr> {
        Vec::new()
    }

    /// Whether it may treat the packets of an endpoint to itself otherwise than those of its neighbours.
    fn is_odd(&self, endpoint: IpAddr) -> bool {
        let _ = endpoint;
        false
    }

    /// What its rules compare the sources of packets to a destination with, each time from the first address to
    /// the last. What follows from the Service and nothing else is left out.
    fn compared_sources(&self, to: SocketAddr, protocol: Protocol) -> Vec<Vec<(IpAddr, IpAddr)>> {
        let _ = (to, protocol);
        Vec::new()
    }

    /// Whether any of its rules could forward a protocol.
    fn forwards(&self, protocol: Protocol) -> bool {
        let _ = protocol;
        true
    }
}

/// An address and port that rules are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The address.
    pub at: SiteAddress,
    /// The port.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
}

/// The addresses of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteAddress {
    /// This one.
    Address(IpAddr),
    /// All that the node has for itself, of one family or of both.
    Node(Option<Family>),
}

/// Rules that can be compared object by object.
pub trait Objects: Any + Send + Sync + fmt::Debug {
    /// Their platform.
    fn platform(&self) -> &'static dyn Platform;

    /// Whether they are wanted or held.
    fn standing(&self) -> Standing;

    /// What they do where clients connect to.
    fn frontends(&self) -> Faces;

    /// Their texts in normal order.
    fn artifacts(&self) -> Vec<Artifact>;

    /// The same with the service ports that their parts are for, where the texts themselves do not name them.
    fn labelled_artifacts(&self, directory: &Directory<'_>) -> Vec<Artifact> {
        let _ = directory;
        self.artifacts()
    }

    /// Brings them to the form in which they can stand beside the other side.
    fn prepare(&mut self, other: &dyn Objects) {
        let _ = other;
    }

    /// Leaves only what is for selected Services. Of some objects the other side alone knows the Service.
    fn restrict(&mut self, other: &dyn Objects, directory: &Directory<'_>, selector: &Selector);
}

/// What a node holds of one platform, as far as a dump tells.
pub trait Held: Any + Send + Sync + fmt::Debug {
    /// Its platform.
    fn platform(&self) -> &'static dyn Platform;

    /// The rules, to follow packets through them.
    fn model<'c>(&'c self, context: Context<'c>) -> Box<dyn Model + 'c>;

    /// The rules, to compare them object by object.
    fn into_objects(self: Box<Self>) -> Box<dyn Objects>;

    /// The rules as a graph.
    fn picture(&self, context: Context<'_>) -> RuleGraph;

    /// The same once more.
    fn duplicate(&self) -> Box<dyn Held>;

    /// What is taken for granted of the node, since a dump cannot show it; whole sentences.
    fn assumptions(&self, context: Context<'_>) -> Vec<String> {
        let _ = context;
        Vec::new()
    }
}

/// What a node holds of all platforms, as far as dumps tell.
#[derive(Debug, Default)]
pub struct Holdings {
    all: Vec<Box<dyn Held>>,
}

impl<T> Found<T> {
    /// A value about which there is nothing to say.
    pub fn of(value: T) -> Self {
        Self { value, diagnostics: Vec::new() }
    }

    /// Another value with the same diagnostics.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Found<U> {
        Found { value: make(self.value), diagnostics: self.diagnostics }
    }

    /// The value; what was found is moved to the end of `diagnostics`.
    pub fn into_value(mut self, diagnostics: &mut Vec<Diagnostic>) -> T {
        diagnostics.append(&mut self.diagnostics);
        self.value
    }
}

impl dyn Objects {
    /// The typed value, if it is of this type.
    #[must_use]
    pub fn typed<T: Objects>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }

    /// The typed value, if it is of this type.
    pub fn typed_mut<T: Objects>(&mut self) -> Option<&mut T> {
        (self as &mut dyn Any).downcast_mut()
    }
}

impl dyn Held {
    /// The typed value, if it is of this type.
    #[must_use]
    pub fn typed<T: Held>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

impl Holdings {
    /// Adds what a dump tells; it takes the place of what was known of its platform.
    pub fn add(&mut self, held: Box<dyn Held>) {
        self.all.retain(|known| known.platform() != held.platform());
        self.all.push(held);
    }

    /// What is known of a platform.
    #[must_use]
    pub fn of(&self, platform: &'static dyn Platform) -> Option<&dyn Held> {
        self.all.iter().map(|held| &**held).find(|held| held.platform() == platform)
    }

    /// What is known of a platform, by its type.
    #[must_use]
    pub fn get<T: Held>(&self) -> Option<&T> {
        self.all.iter().find_map(|held| held.typed())
    }

    /// All of it.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Held> {
        self.all.iter().map(|held| &**held)
    }
}
