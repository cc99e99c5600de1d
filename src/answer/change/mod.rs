//! What two sets of rules differ in, object by object, in words that all platforms share.

pub mod codes;
mod defect;
mod gap;
pub(crate) mod join;
mod ownership;
pub mod plain;
pub(crate) mod regroup;

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostics::Code;
use crate::name::escaped;

pub use gap::Gap;
pub use ownership::Ownership;

/// What a side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What should be: compiled from manifests, or planned.
    Wanted,
    /// What is: the dump of a node.
    Held,
}

/// All that two sides of one platform differ in.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The name of the platform of both.
    pub platform: &'static str,
    /// What each side is.
    pub standings: [Standing; 2],
    /// Objects that are not the same on both sides: by service port, then by kind and name.
    pub changes: Vec<ObjectChange>,
    /// What is wrong, in the order of the codes.
    pub findings: Vec<Defect>,
    /// How many objects there are.
    pub counts: BTreeMap<ObjectKind, Counts>,
    /// What could not be compared, and why.
    pub gaps: Vec<Gap>,
    /// How many objects that decide about connections could not be compared, as a dump leaves them out. Then "no
    /// difference" is no answer. What a form of dump never tells is not among them.
    pub left_open: usize,
}

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// A rule of a chain that all Services share, or of a built-in one.
    Rule,
    /// A chain of a service port or an endpoint, or a fixed one, with its rules.
    Chain,
    /// A load balancer of HNS.
    LoadBalancer,
    /// An endpoint of HNS.
    Endpoint,
    /// An address of an interface.
    Address,
    /// A listener of the port proxy.
    Listener,
    /// A rule of the Windows firewall.
    FirewallRule,
    /// A route.
    Route,
    /// A kind that only one platform has: one of the constants here, so that documents with it can be read.
    Other {
        /// The word for one of them.
        one: &'static str,
        /// The word for several of them.
        many: &'static str,
    },
}

/// An object, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name in the words of the platform, by which it is the same on both sides; safe to print.
    pub name: String,
    /// What the platform calls it besides: the id of HNS.
    pub id: Option<String>,
    /// The service ports that it is for, as `namespace/name:port`, sorted; safe to print.
    pub services: Vec<String>,
}

/// An object that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectChange {
    /// In which way.
    pub verb: Verb,
    /// The object: as it is on the second side, or on the first where it is only there.
    pub subject: Subject,
    /// What differs of an object that both sides have; all that is known of one that is new or gone.
    pub fields: Vec<FieldChange>,
    /// How many load balancers use an endpoint, on each side.
    pub references: Option<[usize; 2]>,
    /// Whether it counts.
    pub weight: Weight,
}

/// In which way an object differs. The first side is the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Only the second side has it.
    Created,
    /// Only the first side has it.
    Deleted,
    /// Both have it, and it is not the same.
    Changed,
    /// The same object, under another name: an address, a port.
    Moved {
        /// Its name on the first side.
        from: String,
    },
    /// All objects of a Service, which has another name.
    Renamed {
        /// The service ports on the first side.
        from: Vec<String>,
    },
    /// The same object, made anew: it has another id.
    Replaced,
}

/// Whether a change counts as a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weight {
    /// It does.
    Counts,
    /// It not managed by any Service in the input.
    Foreign,
    /// The dump cannot show whether it is there.
    Undecided,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its way from the object: `PortMappings[0].InternalPort`; safe to print.
    pub path: String,
    /// Its value on the first side; safe to print.
    pub before: Option<String>,
    /// Its value on the second side; safe to print.
    pub after: Option<String>,
}

/// How many objects of a kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// On both sides, and equal.
    pub equal: usize,
    /// On both sides, and not equal.
    pub changed: usize,
    /// On one side only; foreign ones and undecided ones are not counted.
    pub only: [usize; 2],
    /// On one side, and of nobody here.
    pub foreign: usize,
    /// Wanted, and not to be seen in the dump.
    pub undecided: usize,
}

/// Something wrong with what a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// The kind.
    pub code: Code,
    /// What it is about.
    pub subject: Subject,
    /// What is wrong with it; a sentence without its end, safe to print.
    pub message: String,
    /// What to do, the exact command where there is one; safe to print.
    pub help: Option<String>,
    /// How it came to be so, where a sequence of what happened before tells; a sentence without its end, safe to print.
    pub cause: Option<String>,
}

impl Comparison {
    /// The changes that count.
    pub fn counting(&self) -> impl Iterator<Item = &ObjectChange> {
        self.changes.iter().filter(|change| change.weight == Weight::Counts)
    }

    /// Whether nothing differs that counts, and nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counting().next().is_none() && !self.findings.iter().any(Defect::is_fault)
    }

    /// Whether both sides were compared as far as dumps of their forms can tell, and are equal.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.is_empty() && self.left_open == 0
    }

    /// Whether all of both sides was compared.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.left_open == 0 && self.gaps.is_empty() && self.total().undecided == 0
    }

    /// The side that should be, where the other one is a node; else none.
    #[must_use]
    pub fn wanted(&self) -> Option<usize> {
        Standing::wanted(self.standings)
    }

    /// How many objects of a kind a side has, as far as that is known: what should be there is, also where the dump does not
    /// show whether it is.
    #[must_use]
    pub fn count_of(&self, kind: ObjectKind, side: usize) -> usize {
        let counts = self.counts.get(&kind).copied().unwrap_or_default();
        let open = if self.wanted() == Some(side) { counts.undecided } else { 0 };
        counts.of_side(side) + open
    }

    /// The same as a word: a question mark where the dump shows none of those that should be there, and they may be.
    #[must_use]
    pub fn count_word(&self, kind: ObjectKind, side: usize) -> String {
        let undecided = self.counts.get(&kind).map_or(0, |counts| counts.undecided);
        match self.count_of(kind, side) {
            0 if undecided > 0 => "?".to_owned(),
            count => count.to_string(),
        }
    }

    /// How many objects of all kinds there are.
    #[must_use]
    pub fn total(&self) -> Counts {
        self.counts.values().fold(Counts::default(), |mut sum, counts| {
            sum.add(*counts);
            sum
        })
    }
}

impl Standing {
    /// The side that should be, where the other one is a node; else none.
    #[must_use]
    pub fn wanted(sides: [Self; 2]) -> Option<usize> {
        match sides {
            [Self::Wanted, Self::Held] => Some(0),
            [Self::Held, Self::Wanted] => Some(1),
            [Self::Wanted, Self::Wanted] | [Self::Held, Self::Held] => None,
        }
    }
}

impl Counts {
    /// Counts an object that one side alone has.
    pub fn add_alone(&mut self, side: usize, weight: Weight) {
        match weight {
            Weight::Counts => self.only[side] += 1,
            Weight::Foreign => self.foreign += 1,
            Weight::Undecided => self.undecided += 1,
        }
    }

    /// Adds those of another kind or family.
    pub fn add(&mut self, other: Self) {
        self.equal += other.equal;
        self.changed += other.changed;
        self.only = [self.only[0] + other.only[0], self.only[1] + other.only[1]];
        self.foreign += other.foreign;
        self.undecided += other.undecided;
    }

    /// All objects of a side, but foreign and undecided ones.
    #[must_use]
    pub fn of_side(&self, side: usize) -> usize {
        self.equal + self.changed + self.only[side]
    }
}

impl Defect {
    /// Whether it says no more than the change that it is about.
    #[must_use]
    pub fn repeats_change(&self) -> bool {
        [codes::MISSING, codes::STALE, codes::CHANGED].contains(&self.code)
    }

    /// Whether it is more than a note.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        self.code.severity() != crate::diagnostics::Severity::Note
    }
}

impl ObjectKind {
    /// Elements of sets and maps.
    pub const ELEMENT: Self = Self::Other { one: "element", many: "elements" };
    /// Ports of a virtual switch.
    pub const SWITCH_PORT: Self = Self::Other { one: "switch port", many: "switch ports" };
    /// Networks.
    pub const NETWORK: Self = Self::Other { one: "network", many: "networks" };

    const ALL: [Self; 11] = [
        Self::Rule,
        Self::Chain,
        Self::LoadBalancer,
        Self::Endpoint,
        Self::Address,
        Self::Listener,
        Self::FirewallRule,
        Self::Route,
        Self::ELEMENT,
        Self::SWITCH_PORT,
        Self::NETWORK,
    ];

    /// The kind with this word for one of them.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word for one of them.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Chain => "chain",
            Self::LoadBalancer => "load balancer",
            Self::Endpoint => "endpoint",
            Self::Address => "address",
            Self::Listener => "listener",
            Self::FirewallRule => "firewall rule",
            Self::Route => "route",
            Self::Other { one, .. } => one,
        }
    }

    /// The word for several of them.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Rule => "rules",
            Self::Chain => "chains",
            Self::LoadBalancer => "load balancers",
            Self::Endpoint => "endpoints",
            Self::Address => "addresses",
            Self::Listener => "listeners",
            Self::FirewallRule => "firewall rules",
            Self::Route => "routes",
            Self::Other { many, .. } => many,
        }
    }
}

impl Verb {
    /// What has become of an object that one side alone has.
    #[must_use]
    pub fn alone(side: usize) -> Self {
        if side == 0 { Self::Deleted } else { Self::Created }
    }

    /// The word for it, as in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Changed => "changed",
            Self::Moved { .. } => "moved",
            Self::Renamed { .. } => "renamed",
            Self::Replaced => "replaced",
        }
    }
}

impl Subject {
    /// An object without an id.
    pub fn new(kind: ObjectKind, name: impl Into<String>, services: Vec<String>) -> Self {
        Self { kind, name: escaped(&name.into()), id: None, services }
    }

    /// The same with an id, if it has one.
    #[must_use]
    pub fn with_id(self, id: Option<impl ToString>) -> Self {
        Self { id: id.map(|id| id.to_string()), ..self }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)
    }
}

impl FieldChange {
    /// A field with its values.
    pub fn new(path: impl Into<String>, before: Option<String>, after: Option<String>) -> Self {
        // Values are what a node holds: anything.
        let shown = |value: Option<String>| value.map(|value| escaped(&value));
        Self { path: path.into(), before: shown(before), after: shown(after) }
    }

    /// A field that one side alone has.
    pub fn alone(path: impl Into<String>, side: usize, value: String) -> Self {
        let (before, after) = if side == 0 { (Some(value), None) } else { (None, Some(value)) };
        Self::new(path, before, after)
    }

    /// The field, if its values differ.
    pub fn between(path: &str, before: &impl ToString, after: &impl ToString) -> Option<Self> {
        let (before, after) = (before.to_string(), after.to_string());
        (before != after).then(|| Self::new(path, Some(before), Some(after)))
    }
}
