//! What could not be read of a dump, and what to do about it.

use std::fmt;

use super::view::View;

/// Something in a dump that could not be read, or that its reader should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateProblem {
    /// The number of the line, from 1.
    pub line: usize,
    /// The object that it is about, safe to print: `load balancer 3599612c-54b4-4b9d-9258-4fc5e2100549`.
    pub object: Option<String>,
    /// What it is.
    pub problem: Problem,
}

impl StateProblem {
    /// What stands there and what was expected; safe to print.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.object {
            Some(object) => format!("{object}: {}", self.problem),
            None => self.problem.to_string(),
        }
    }
}

impl fmt::Display for StateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message())
    }
}

/// What is wrong. Texts of the dump are in it as they are shown: escaped and cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// PowerShell wrote a list or an object as a text.
    #[error("`{member}` is cut to the text `{shown}`, and left out")]
    Cut {
        /// The member, with its way from the object: `PortMappings[0]`.
        member: String,
        /// The text.
        shown: String,
    },
    /// A value that the member cannot have.
    #[error("`{member}` is {shown}, expected {expected}; it is left out")]
    WrongValue {
        /// The member, with its way from the object.
        member: String,
        /// The value.
        shown: String,
        /// What it could be.
        expected: String,
    },
    /// A network without an id, by which everything refers to it.
    #[error("it has no `ID`, and is left out")]
    NetworkWithoutId,
    /// HNS has them when a load balancer was made only in part.
    #[error("it has no port mappings; kube-proxy crashes when it lists such a load balancer")]
    NoPortMappings,
    /// The text ends within a JSON document.
    #[error("the JSON ends too early; {objects} complete objects before its end are read")]
    Truncated {
        /// How many objects of the document could be read.
        objects: usize,
    },
    /// What started as JSON does not go on so.
    #[error("this is no JSON: {reason}; {objects} complete objects before it are read")]
    NotJson {
        /// Why not.
        reason: String,
        /// How many objects of the document could be read.
        objects: usize,
    },
    /// A line of JSON that belongs to no document.
    #[error(
        "the line is a piece of JSON that lost what was around it; the lists that it may be of are known in part"
    )]
    PieceOfJson,
    /// Two objects became one, as the text between them is lost.
    #[error("{}; it is left out", two_in_one(.member.as_deref()))]
    TwoInOne {
        /// The member that stands there twice; without it, members of different kinds of objects do.
        member: Option<String>,
    },
    /// A list is not as long as the number beside it says.
    #[error("`Count` is {count}, and the list has {length}: a part of it is missing, or of another one")]
    Miscounted {
        /// The number.
        count: u64,
        /// How many there are.
        length: usize,
    },
    /// Something else stands where objects are listed.
    #[error("{shown} stands among the objects, and is passed over")]
    NotAnObject {
        /// The value.
        shown: String,
    },
    /// Objects that are none of HNS, or none that matter here.
    #[error(
        "{count} objects are neither network, endpoint nor load balancer, and passed over; the first has the members {members}"
    )]
    UnknownObjects {
        /// How many.
        count: usize,
        /// The first names of members of the first one.
        members: String,
    },
    /// Members of the parts of an object, for which there is no place.
    #[error("members that are not known here are left out: {members}")]
    UnknownMembers {
        /// Their first names, with the member that they belong to.
        members: String,
    },
    /// A table of `hnsdiag` lists networks.
    #[error("the table of networks does not tell their types and subnets; they are passed over")]
    NetworksInTable,
    /// A view of PowerShell, which may be one of some objects.
    #[error("this view shows {kind}, and there may be more of them; what it leaves out is not known")]
    OneOfMore {
        /// The kind of object, in the plural.
        kind: &'static str,
        /// The command that lists them all.
        command: &'static str,
    },
    /// A line in the place of a row that says something else: an error, or that a console waits for a key.
    #[error("`{shown}` stands where objects are listed; there may be more of them")]
    NotARow {
        /// The line.
        shown: String,
    },
    /// A line of a table that is no row, and looks like a part of one.
    #[error("the line looks like a part of a row, and cannot be read; not all rows of the table are known")]
    RowNotRead,
    /// No JSON, no table.
    #[error("it is {}", .0.what())]
    Nothing(View),
}

fn two_in_one(member: Option<&str>) -> String {
    match member {
        Some(member) => format!("it has `{member}` two times, as where two objects became one"),
        None => "it has members of several kinds of objects, as where two became one".to_owned(),
    }
}

impl Problem {
    /// Whether the dump said something that is not known now: the state is less than it could be.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        !matches!(
            self,
            Self::NoPortMappings
                | Self::UnknownObjects { .. }
                | Self::UnknownMembers { .. }
                | Self::OneOfMore { .. }
        )
    }

    /// The next step.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Cut { .. } | Self::NotAnObject { .. } => "dump it again with `ConvertTo-Json -Depth 20`",
            Self::WrongValue { .. } | Self::NetworkWithoutId => {
                "compare with what HNS says on the node; was the dump edited?"
            }
            Self::NoPortMappings => {
                "delete it with `hnsdiag delete loadbalancers ID`; kube-proxy makes anew what is missing"
            }
            Self::Truncated { .. } | Self::PieceOfJson | Self::TwoInOne { .. } | Self::Miscounted { .. } => {
                "copy the whole file, or dump it again"
            }
            Self::NotJson { .. } => "mend the text, or dump it again",
            Self::UnknownObjects { .. } => {
                "dumps of Get-HnsNetwork, Get-HnsEndpoint, Get-HnsLoadBalancer and Get-HnsPolicyList are read"
            }
            Self::UnknownMembers { .. } => "nothing is decided by them; they are not written again",
            Self::OneOfMore { command, .. } => command,
            Self::NetworksInTable => "add `Get-HnsNetwork | ConvertTo-Json -Depth 20`",
            Self::RowNotRead | Self::NotARow { .. } => {
                "write the table into a file with `hnsdiag list all > hns.txt`, which wraps no rows"
            }
            Self::Nothing(_) => {
                "write dumps with `Get-HnsPolicyList | ConvertTo-Json -Depth 20`, the same for Get-HnsEndpoint and \
                 Get-HnsNetwork, or with `hnsdiag list all -d`"
            }
        }
    }
}
