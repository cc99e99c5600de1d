//! What an answer rests on: a rule of the platform, where it was learned, and how sure it is.

/// A rule of a platform that nobody can look up in what the node has loaded. One that depends on the release of the
/// platform has several rows with one id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Its id, by which the platform's table lists it: `H05`.
    pub id: &'static str,
    /// The releases or settings that this row is about; rules that are the same everywhere have one row and none.
    pub holds: Option<&'static str>,
    /// The rule.
    pub sentence: &'static str,
    /// Where it was learned.
    pub source: &'static str,
    /// How sure it is.
    pub confidence: Confidence,
}

/// How sure a rule is, from the surest on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Confidence {
    /// It stands in the source of kube-proxy or in the platform's documentation.
    Read,
    /// Nodes were seen to do so, in dumps and reports.
    Seen,
    /// It follows from what was read and seen, and nobody checked.
    #[default]
    Believed,
    /// It is an open question. What depends on it is undecided.
    Open,
}

impl Confidence {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Seen => "seen",
            Self::Believed => "believed",
            Self::Open => "open",
        }
    }

    /// What that says about an answer.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Read => "stated in the source of kube-proxy or in the documentation of the platform",
            Self::Seen => "observed in dumps and reports of nodes",
            Self::Believed => "assumed: follows from documentation and reports, but not verified on a node",
            Self::Open => "unknown; everything that depends on it is undecided",
        }
    }
}
