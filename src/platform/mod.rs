//! The platforms: each one way to program a node, all of it in one folder.
//!
//! ```text
//! model ─► the platform's objects, typed
//! lower ─► rule IR to model        write ─► model to text        read ─► text of a node to model
//! eval ─► packet to verdict        compare, frontends, picture ─► what two sides, a page, a graph need
//! lint ─► known faults             apply ─► steps and executors  codes, options ─► what it adds to the tables
//! ```
//!
//! A platform implements [`Platform`] and adds its name to the line `OWN`, or, in a program of its own, calls
//! [`register`]. What asks about rules, to the right of this module, holds platforms as trait objects: dispatch is
//! per question, not per rule. The typed functions of each
//! platform stay public for those who need one platform only.
//!
//! **Invariant:** a platform never uses another platform.

mod capture;
mod by_family;
mod call_faults;
mod conntrack;
mod executor;
mod executor_name;
mod flows;
mod known_services;
mod later_syncs;
mod options;
mod output;
mod planning;
mod presence;
mod netfilter;
#[cfg(feature = "apply")]
mod linux;
#[cfg(feature = "apply")]
mod program;
mod records;
mod registry;
mod rules;
mod side;
#[cfg(feature = "apply")]
pub(crate) mod system;
mod totals;
mod untold;
mod wanted_frontends;
pub mod timeline;

pub mod iptables;
pub mod hns;
pub mod netsh;
pub mod nftables;

use crate::answer::change::{Comparison, Ownership};
use crate::answer::directory::Directory;
use crate::answer::lexicon::{ErrorCode, LogMessage, Number, RegistrySwitch};
use crate::answer::picture::RuleGraph;
use crate::answer::step::{AnyState, AnyStep};
use crate::answer::verdict::Ground;
use crate::diagnostics::{Code, Diagnostic};
use crate::flag::{Flag, FlagError, Given};
use crate::manifest::Cluster;
use crate::net::Family;
use crate::node::{NodeContext, NodePortMatch, Overrides};

pub use capture::{DumpFormat, DumpText, Match, Read};
pub use executor::{AnyExecutor, EXECUTOR_HEADING, Executor, ExecutorKind, OpenError, OpenExecutor};
pub use executor_name::{ExecutorName, UnknownExecutor, executor_flags, executors};
pub use options::{Asked, Options};
pub(crate) use output::schema_of;
pub use output::{Expectation, JsonDocument, Output, Text};
pub use planning::{PlanOutcome, PlanRequest, PlannedSteps, PlanningError};
pub use registry::{all, find, not_a_target, register, serving, usual, usual_pair};
pub use rules::{Context, Evaluate, Found, Held, Holdings, Model, Objects, Site, SiteAddress};
pub use side::{Side, UnknownSide};
pub use totals::Totals;
pub use untold::Untold;

/// One way to program a node with the rules of Services.
///
/// Most methods have a default: a platform that only compiles needs its words, [`model`](Self::model),
/// [`objects`](Self::objects), [`picture`](Self::picture) and [`texts`](Self::texts).
pub trait Platform: Sync {
    /// The word for it: in `-t`, in plans, in JSON.
    fn name(&self) -> &'static str;

    /// The codes that it raises and no other platform does.
    fn codes(&self) -> &'static [Code] {
        &[]
    }

    /// The rules that its verdicts rely on, by id.
    fn rules(&self) -> &'static [Ground] {
        &[]
    }

    /// The error codes that it answers with.
    fn errors(&self) -> &'static [ErrorCode] {
        &[]
    }

    /// The values in the registry of a node that change what it does.
    fn registry_switches(&self) -> &'static [RegistrySwitch] {
        &[]
    }

    /// The messages in the log of the program that serves Services on its nodes.
    fn log_messages(&self) -> &'static [LogMessage] {
        &[]
    }

    /// The members of its objects whose numbers have meanings.
    fn numbers(&self) -> &'static [Number] {
        &[]
    }

    /// The word for what a node holds of it, in `-t`: `iptables-save`.
    fn held_name(&self) -> &'static str;

    /// What its rules are, in one line for help: what is compiled, and what a node holds.
    fn about(&self) -> [&'static str; 2];

    /// The settings that decide how rules are lowered: of every command that lowers.
    fn flags(&self) -> &'static [Flag] {
        &[]
    }

    /// The settings that decide how its texts are written.
    fn writing_flags(&self) -> &'static [Flag] {
        &[]
    }

    /// Reads its flags into `options`. Without any flag these are the defaults.
    ///
    /// # Errors
    /// When a value is refused.
    fn read_options(&self, given: &Given, options: &mut Options) -> Result<(), FlagError> {
        let _ = (given, options);
        Ok(())
    }

    /// Adds what its flags say about the node.
    ///
    /// # Errors
    /// When a value is refused.
    fn read_node(&self, given: &Given, overrides: &mut Overrides) -> Result<(), FlagError> {
        let _ = (given, overrides);
        Ok(())
    }

    /// The texts that bring the wanted rules to a node.
    fn texts<'c>(&self, context: Context<'c>) -> Found<Vec<Output<'c>>>;

    /// Which of these texts snapshot tests keep.
    fn expectations(&self) -> &'static [Expectation] {
        &[]
    }

    /// The JSON documents among these texts.
    fn documents(&self) -> &'static [JsonDocument] {
        &[]
    }

    /// What is wrong with these texts, besides what lowering finds.
    fn problems(&self, context: Context<'_>) -> Vec<Diagnostic> {
        let _ = context;
        Vec::new()
    }

    /// The wanted rules, to follow packets through them.
    fn model<'c>(&self, context: Context<'c>) -> Found<Box<dyn Model + 'c>>;

    /// The wanted rules, to compare them object by object.
    fn objects(&self, context: Context<'_>) -> Found<Box<dyn Objects>>;

    /// The wanted rules as a graph.
    fn picture(&self, context: Context<'_>) -> RuleGraph;

    /// Compares two sides of this platform object by object.
    fn compare(
        &self,
        sides: [&mut dyn Objects; 2],
        directory: &Directory<'_>,
        ownership: &Ownership,
    ) -> Comparison;

    /// What dumps of it look like, by the names that `--dump NAME=FILE` takes.
    fn formats(&self) -> &'static [DumpFormat] {
        &[]
    }

    /// Whether a file with this name, in a folder of collected logs, may be one of its dumps.
    fn collects(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// Whether a text is one of its dumps.
    fn recognize(&self, text: &str) -> Match {
        let _ = text;
        Match::No
    }

    /// What a text that cannot be read shows of the platform all the same, and what to run instead: `is the list view
    /// of …; dump it again with …`. `None` if it has nothing to do with the platform.
    fn resembles(&self, text: &str) -> Option<String> {
        let _ = text;
        None
    }

    /// Reads texts that were recognized or named as its dumps.
    fn read(&self, texts: Vec<DumpText>) -> Read {
        let _ = texts;
        Read::nothing()
    }

    /// Who can carry out its plans.
    fn executors(&self) -> &'static [ExecutorKind] {
        &[]
    }

    /// The steps that bring a node from its state to what is wanted.
    ///
    /// # Errors
    /// When the platform cannot plan what is requested.
    fn steps(&self, context: Context<'_>, request: &PlanRequest<'_>) -> Result<PlannedSteps, PlanningError> {
        let _ = (context, request);
        Err(PlanningError::Unsupported(self.name()))
    }

    /// A kube-proxy that goes through a sequence of events on this platform; `None` where it has no later syncs.
    ///
    /// # Errors
    /// When what the node holds at the beginning cannot be read.
    fn timeline(
        &self,
        start: &timeline::Start<'_>,
    ) -> Option<Result<Box<dyn timeline::Timeline>, timeline::StartError>> {
        let _ = start;
        None
    }

    /// What the rules of a frontend are called where a sequence is gone through: `load balancer`.
    fn noun_of_rules(&self) -> &'static str {
        "rule"
    }

    /// The state that steps are planned from, by a dump.
    ///
    /// # Errors
    /// When the dump does not have all that is needed; the text names it.
    fn state_of(&self, held: &dyn Held) -> Result<AnyState, &'static str> {
        let _ = held;
        Err("it has no steps")
    }

    /// Reads a step as plans and journals contain it.
    ///
    /// # Errors
    /// When it is not a step of this platform.
    fn step_from_json(&self, json: serde_json::Value) -> serde_json::Result<AnyStep> {
        let _ = json;
        Err(serde::de::Error::custom(PlanningError::Unsupported(self.name())))
    }

    /// What a node holds when steps are done. `held` is what it holds before; without it nothing.
    fn outcome(&self, steps: &[AnyStep], held: Option<&dyn Held>) -> PlanOutcome {
        let _ = steps;
        PlanOutcome::of(held.map(Held::duplicate))
    }

    /// The same for a plan that it compiles to as a text; `None` where the text is no such plan. `held` is what the
    /// node holds before.
    fn outcome_of_text(&self, plan: &DumpText, held: Option<&dyn Held>) -> Option<PlanOutcome> {
        let _ = (plan, held);
        None
    }

    /// What is known to go wrong on a node of this platform, whatever the rules say. `model` is what was made to
    /// follow packets through the wanted rules, if that was asked for.
    fn lint(
        &self,
        context: Context<'_>,
        cluster: &Cluster,
        model: Option<&(dyn Model + '_)>,
    ) -> Vec<Diagnostic> {
        let _ = (context, cluster, model);
        Vec::new()
    }

    /// What its lints count over all Services. Where `context` has only some, it tells what the others count
    /// ([`Context::rest`]), and what is counted here is of those that are there.
    fn totals(&self, context: Context<'_>, model: Option<&(dyn Model + '_)>) -> Totals {
        let _ = (context, model);
        Totals::default()
    }

    /// The operations that can fail in a replay, as faults of a step name them.
    fn operations(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether kube-proxy writes rules of this platform on a node: in a mode that flag or configuration name, or in that of
    /// its operating system.
    fn serves(&self, runs_windows: bool, mode: Option<&str>) -> bool {
        let _ = (runs_windows, mode);
        false
    }

    /// Whether nodes of the system, Windows or Linux, can have its rules, whoever writes them.
    fn is_for(&self, windows: bool) -> bool {
        let _ = windows;
        true
    }

    /// The addresses of the node at which kube-proxy serves node ports and answers health checks of Services.
    fn node_port_addresses<'n>(&self, node: &'n NodeContext, family: Family) -> &'n NodePortMatch {
        &node.node_port_addresses.get(family).serving
    }

    /// The modes of kube-proxy that clusters may come from when they move to it.
    fn formers(&self) -> &'static [Former] {
        &[]
    }

    /// What changes for a cluster that comes from such a mode, besides what packets show.
    fn migration(&self, context: Context<'_>, from: &str) -> Vec<Diagnostic> {
        let _ = (context, from);
        Vec::new()
    }
}

/// A mode of kube-proxy that clusters may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Former {
    /// Its name, as in `mode` of a configuration.
    pub name: &'static str,
    /// The platform whose rules are those of that mode, or come nearest.
    pub stands_in: &'static str,
}

/// The platform that plans are made for, where neither an executor nor a dump of a node tells it.
pub static PLANNED_BY_DEFAULT: &dyn Platform = &hns::Hns;

/// The platforms of this crate, in the order in which they are listed.
static OWN: &[&dyn Platform] = &[&iptables::Iptables, &hns::Hns, &netsh::Netsh, &nftables::Nftables];

impl std::fmt::Debug for dyn Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for dyn Platform {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for dyn Platform {}
