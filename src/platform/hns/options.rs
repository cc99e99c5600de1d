//! Options of HNS plans.

use super::plan::{Owned, PlanOptions};
use super::{Plan, Semantics};
use crate::answer::verdict::Confidence;
use crate::diagnostics::Diagnostic;
use crate::flag::{Choice, Flag, FlagError, Given, Takes};
use crate::ir::RuleSet;

/// How HNS plans are made and written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whose rules decide about endpoints.
    pub semantics: Semantics,
    /// Do as kube-proxy does when it starts: delete all load balancers of the host, then make all.
    pub like_restart: bool,
    /// What earlier plans made, and may therefore be deleted.
    pub owned: Owned,
    /// How sure a rule of HNS must be that a verdict is built on.
    pub confidence: Confidence,
    /// How plans are written.
    pub format: Format,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON with the objects that HCN gets, byte for byte as kube-proxy sends them.
    #[default]
    V2,
    /// JSON with calls of the old API of HNS, which cannot express everything.
    V1,
    /// A script for the node, which needs nothing but Windows.
    PowerShell,
}

const HEADING: &str = "HNS";

const SEMANTICS: Flag = Flag::new(
    "semantics",
    Takes::Choice(
        "RULES",
        &[
            Choice { word: "kube-proxy", help: "Those of kube-proxy on Windows, faults included" },
            Choice { word: "kubernetes", help: "Those of Kubernetes, as far as HNS can follow them" },
        ],
    ),
    HEADING,
    "Which rules decide about endpoints",
)
.or("kube-proxy")
.for_experts();
const WHAT_IF: Flag = Flag::new(
    "what-if",
    Takes::Choice(
        "CHANGE",
        &[Choice {
            word: "windows-hints",
            help: "kube-proxy on Windows follows topology hints, as kubernetes/kubernetes#137953 proposes",
        }],
    ),
    HEADING,
    "Show what would be with a change of kube-proxy that no release has",
)
.without(&["semantics"])
.for_experts()
.for_own_platform()
.saying("The answer is hypothetical, which a note says. No plan for a node is made of it.");
const LIKE_RESTART: Flag = Flag::new(
    "like-kube-proxy-restart",
    Takes::Nothing,
    HEADING,
    "Plan as kube-proxy does when it starts: delete all load balancers of the host, then create all",
)
.for_experts();
const PREVIOUS_PLAN: Flag = Flag::new(
    "previous-plan",
    Takes::Files("FILE"),
    HEADING,
    "An earlier plan; what it created and no Service wants any more is deleted; may be repeated",
)
.for_experts();
const CONFIDENCE: Flag = Flag::new(
    "confidence",
    Takes::Choice(
        "LEAST",
        &[
            Choice { word: "read", help: "Rules that sources or documentation state" },
            Choice { word: "seen", help: "Also rules that were seen to hold on nodes" },
            Choice { word: "believed", help: "Also rules that follow from these, unverified" },
        ],
    ),
    HEADING,
    "How sure a rule of HNS must be that a verdict is built on",
)
.or("believed")
.for_experts()
.saying(
    "Verdicts that rest on other rules are undecided. How clients are shared out among endpoints (H10, H11) does not \
     count. hnsplan explain H09 shows a rule.",
);
const FORMAT: Flag = Flag::new(
    "hns-format",
    Takes::Choice(
        "FORMAT",
        &[
            Choice {
                word: "v2",
                help: "JSON with the objects that HCN gets, byte for byte as kube-proxy sends them",
            },
            Choice {
                word: "v1",
                help: "JSON with calls of the old API of HNS, which cannot express everything",
            },
            Choice { word: "powershell", help: "A script for the node, which needs nothing but Windows" },
        ],
    ),
    HEADING,
    "How the plan is written",
)
.or("v2");

/// The flags that decide how rules are lowered and understood.
pub(super) const FLAGS: &[Flag] = &[SEMANTICS, WHAT_IF, LIKE_RESTART, PREVIOUS_PLAN, CONFIDENCE];

/// The flags that decide how plans are written.
pub(super) const WRITING_FLAGS: &[Flag] = &[FORMAT];

impl Options {
    /// What flags give.
    ///
    /// # Errors
    /// When a value is refused, or a file is not a plan.
    pub fn of(given: &Given) -> Result<Self, FlagError> {
        let mut owned = Owned::default();
        for named in given.texts(&PREVIOUS_PLAN) {
            let added = owned.add_plan(&named.text);
            added.map_err(|error| {
                PREVIOUS_PLAN.error(&named.name, crate::name::escaped(&error.to_string()))
            })?;
        }
        Ok(Self {
            semantics: match (given.choice(&WHAT_IF)?, given.choice(&SEMANTICS)?) {
                (Some(_), _) => Semantics::WithHints,
                (None, Some(1)) => Semantics::Kubernetes,
                (None, _) => Semantics::KubeProxy,
            },
            like_restart: given.has(&LIKE_RESTART),
            owned,
            confidence: match given.choice(&CONFIDENCE)? {
                Some(0) => Confidence::Read,
                Some(1) => Confidence::Seen,
                _ => Confidence::Believed,
            },
            format: match given.choice(&FORMAT)? {
                Some(1) => Format::V1,
                Some(2) => Format::PowerShell,
                _ => Format::V2,
            },
        })
    }

    /// Refuses what means nothing over a sequence of events: kube-proxy follows its own rules, starts where the sequence
    /// says so, and remembers what it made.
    ///
    /// # Errors
    /// With the flag that is to be left out.
    pub(super) fn check_sequence(&self) -> Result<(), FlagError> {
        let reason = "a replay shows what kube-proxy does; leave this flag out";
        match self.semantics {
            Semantics::KubeProxy => {}
            Semantics::WithHints => return Err(WHAT_IF.error("windows-hints", reason)),
            Semantics::Kubernetes => return Err(SEMANTICS.error("kubernetes", reason)),
        }
        if self.like_restart {
            let reason =
                "a sequence says itself when kube-proxy starts, as in 02.step.json; leave this flag out";
            return Err(LIKE_RESTART.error("true", reason));
        }
        if self.owned != Owned::default() {
            let reason =
                "kube-proxy remembers what it made; to begin with objects on the node, pass --hns-state";
            return Err(PREVIOUS_PLAN.error("FILE", reason));
        }
        Ok(())
    }

    /// How present objects count.
    #[must_use]
    pub fn of_plan(&self) -> PlanOptions {
        PlanOptions { like_restart: self.like_restart, owned: self.owned.clone(), destroy: false }
    }
}

impl Format {
    /// What of a plan cannot be written so.
    #[must_use]
    pub fn losses(self, plan: &Plan, rules: &RuleSet) -> Vec<Diagnostic> {
        match self {
            Self::V1 => plan.losses_of_v1(rules),
            Self::V2 | Self::PowerShell => Vec::new(),
        }
    }
}
