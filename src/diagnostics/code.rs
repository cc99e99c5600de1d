//! Codes: the kinds of findings, each a row in the table of the module that raises it.
//!
//! A code is never reused. Its letter names the subject: `M` manifests (00 reading, 01 Services, 02 slices and
//! nodes), `N` the node and its configuration, `K` what kube-proxy leaves out, `I` iptables, `H` HNS, `S` netsh,
//! `D` differences in effect, `L` known faults of nodes that are set up like this one, `F` what is wrong with what
//! a node holds, `G` rules as a graph, `A` what keeps a node from being changed, `C`
//! what a cluster would refuse or leave open, `R` what is missing of an answer about many nodes. The number is unique without
//! its letter, and findings are listed in the order of the numbers.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::Severity;

/// A kind of finding.
#[derive(Clone, Copy)]
pub struct Code(&'static Row);

/// What a table holds about a code.
#[derive(Debug)]
pub struct Row {
    /// The stable identifier, as in `M0107`.
    pub id: &'static str,
    /// The name of its constant, as in `PORT_OUT_OF_RANGE`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means.
    pub explanation: &'static str,
    /// What to do about it; may be empty.
    pub advice: &'static str,
    /// Whether it says that a platform cannot do what kube-proxy does elsewhere.
    pub loss: bool,
    /// The codes of the differences in effect that it causes, of a loss.
    pub causes: &'static [&'static str],
    /// Which part of a frontend it is about.
    pub topic: Topic,
}

/// Which part of a frontend a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Topic {
    /// The frontend itself, whatever its address.
    Frontend,
    /// Node ports.
    NodePorts,
    /// Addresses of load balancers.
    LoadBalancerAddresses,
    /// All but cluster IPs.
    ExternalAddresses,
    /// Which clients are admitted.
    Clients,
    /// Whether clients keep their endpoint.
    Affinity,
    /// What happens without endpoints.
    Refusal,
    /// The source address that endpoints see.
    Source,
}

impl Row {
    /// What most rows have in common.
    pub const COMMON: Self = Self {
        id: "",
        name: "",
        severity: Severity::Note,
        title: "",
        explanation: "",
        advice: "",
        loss: false,
        causes: &[],
        topic: Topic::Frontend,
    };
}

impl Code {
    /// The code of a row.
    #[must_use]
    pub const fn new(row: &'static Row) -> Self {
        Self(row)
    }

    /// The stable identifier, as in `M0107`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// The name of its constant in the spelling of scanners, as in `PortOutOfRange`.
    #[must_use]
    pub fn rule_name(self) -> String {
        let word = |word: &str| word[..1].to_owned() + &word[1..].to_ascii_lowercase();
        self.0.name.split('_').map(word).collect()
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.0.severity
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.0.title
    }

    /// What it means.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        self.0.explanation
    }

    /// What to do about it; may be empty.
    #[must_use]
    pub fn advice(self) -> &'static str {
        self.0.advice
    }

    /// Whether it says that a platform cannot do what kube-proxy does elsewhere.
    #[must_use]
    pub fn is_loss(self) -> bool {
        self.0.loss
    }

    /// The codes of the differences in effect that it causes, of a loss.
    #[must_use]
    pub fn causes(self) -> &'static [&'static str] {
        self.0.causes
    }

    /// Which part of a frontend it is about.
    #[must_use]
    pub fn topic(self) -> Topic {
        self.0.topic
    }

    /// The digits of the identifier, by which codes are ordered.
    fn number(self) -> &'static str {
        &self.0.id[1..]
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Code {}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(other.number()).then_with(|| self.0.id.cmp(other.0.id))
    }
}

impl Hash for Code {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

/// Declares a table of codes: a constant for each, and `ALL` of them. After title and explanation, a row may set
/// the other fields of [`Row`].
#[macro_export]
#[doc(hidden)]
macro_rules! codes {
    ($(
        $name:ident $id:literal $severity:ident {
            title: $title:literal,
            explanation: $explanation:literal,
            $($field:ident: $value:expr,)*
        }
    )*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $title, ".")]
            pub const $name: $crate::diagnostics::Code = {
                static ROW: $crate::diagnostics::Row = $crate::diagnostics::Row {
                    id: $id,
                    name: stringify!($name),
                    severity: $crate::diagnostics::Severity::$severity,
                    title: $title,
                    explanation: $explanation,
                    $($field: $value,)*
                    ..$crate::diagnostics::Row::COMMON
                };
                $crate::diagnostics::Code::new(&ROW)
            };
        )*

        /// All codes of this table, by number.
        pub const ALL: &[$crate::diagnostics::Code] = &[$($name),*];
    };
}
pub use codes;
