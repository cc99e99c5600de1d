//! The stages as types, chained in one expression. [`compile()`] goes through all of them.
//!
//! ```
//! use hnsplan::net::Family;
//! use hnsplan::pipeline::{Loaded, Setup};
//! use hnsplan::source::Sources;
//!
//! let mut sources = Sources::default();
//! sources.add("shop.yaml", "{kind: Service, apiVersion: v1, metadata: {name: web}, spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}}")?;
//! let compiled = Loaded::new(sources).parse(&Setup::default()).resolve(&Setup::default()).compile();
//! assert!(compiled.iptables(Family::Ipv4).to_string().contains("default/web has no endpoints"));
//! # Ok::<(), hnsplan::source::ReadError>(())
//! ```

mod completeness;
mod filled;
mod input;
mod setup;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostics::Diagnostic;
use crate::fill::Assumed;
use crate::ir::{self, RuleSet};
use crate::manifest::{Cluster, Manifests};
use crate::net::Family;
use crate::node::{self, NodeContext};
use crate::platform::hns::service_info::{self, Question, ServiceInfo};
use crate::platform::hns::{self, Plan, PlanOptions, Semantics};
use crate::platform::iptables::{self, RestoreText};
use crate::platform::netsh;
use crate::platform::{Context, Holdings, Options, Totals};
use crate::scope::Selector;
use crate::source::Sources;

pub use completeness::{LeftOut, NothingWanted, Unread};
pub use filled::{Completed, complete, complete_with};
pub use input::{NotModelled, UnknownNode, Unserved};
pub use setup::Setup;

/// Goes through all stages, and adds what is to be said about the input as a whole.
#[must_use]
pub fn compile(sources: Sources, setup: &Setup) -> Compiled {
    Loaded::new(sources).parse(setup).compile_for(setup)
}

/// Stage: texts have been read.
#[derive(Debug)]
pub struct Loaded {
    sources: Sources,
}

/// Stage: texts are objects, checked and defaulted. A copy shares them.
#[derive(Debug, Clone)]
pub struct Parsed {
    sources: Sources,
    cluster: Arc<Cluster>,
    assumed: Option<Assumed>,
    diagnostics: Vec<Diagnostic>,
    skipped: BTreeMap<String, usize>,
    unread: usize,
}

/// Stage: the node is known. Nothing can fail from here on.
#[derive(Debug)]
pub struct Resolved {
    sources: Sources,
    cluster: Arc<Cluster>,
    assumed: Option<Assumed>,
    node: NodeContext,
    diagnostics: Vec<Diagnostic>,
    skipped: BTreeMap<String, usize>,
    unread: usize,
}

/// Stage: the rules of the node.
#[derive(Debug)]
#[non_exhaustive]
pub struct Compiled {
    /// The texts, to show places in.
    pub sources: Sources,
    /// The objects.
    pub cluster: Arc<Cluster>,
    /// What a cluster would decide and was assumed, if that was asked for.
    pub assumed: Option<Assumed>,
    /// The rules.
    pub rules: RuleSet,
    /// Everything a person should know, in the order of the input.
    pub diagnostics: Vec<Diagnostic>,
    /// Objects of other kinds, by kind.
    pub skipped: BTreeMap<String, usize>,
    /// How many documents and objects could not be read.
    pub unread: usize,
}

impl Loaded {
    /// Starts with texts.
    #[must_use]
    pub fn new(sources: Sources) -> Self {
        Self { sources }
    }

    /// Reads objects out of the texts.
    #[must_use]
    pub fn parse(self, setup: &Setup) -> Parsed {
        let options = setup.read_options();
        let (manifests, assumed) = match setup.assumptions() {
            Some(assumptions) => {
                let (manifests, assumed) = filled::read(&self.sources, &options, &assumptions);
                (manifests, Some(assumed))
            }
            None => (Manifests::read(&self.sources, &options), None),
        };
        let Manifests { cluster, diagnostics, skipped, unread } = manifests;
        let mut sources = self.sources;
        // All nodes that are compiled from these objects show the same places.
        drop((setup.config.within(&mut sources), setup.facts.within(&mut sources)));
        Parsed { sources, cluster: Arc::new(cluster), assumed, diagnostics, skipped, unread }
    }
}

impl Parsed {
    /// The objects, where no rules are of interest.
    #[must_use]
    pub fn into_cluster(self) -> Cluster {
        Arc::unwrap_or_clone(self.cluster)
    }

    /// The objects.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The same with a part of the objects; what was found while they were read is about all of them.
    #[must_use]
    pub fn with_part(&self, part: Cluster) -> Self {
        Self { cluster: Arc::new(part), ..self.clone() }
    }

    /// How many documents and objects could not be read.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Whether something is assumed that a cluster would decide.
    #[must_use]
    pub fn is_assumed(&self) -> bool {
        self.assumed.is_some()
    }

    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Goes through the stages that are left, and adds what is to be said about the input as a whole. The objects of a copy
    /// are compiled for another node without being read again.
    #[must_use]
    pub fn compile_for(self, setup: &Setup) -> Compiled {
        let mut compiled = self.resolve(setup).compile();
        compiled.diagnostics.extend(input::findings(&compiled));
        compiled
    }

    /// All that is known of a node.
    #[must_use]
    pub fn node(&self, setup: &Setup) -> NodeContext {
        self.clone().resolve(setup).node
    }

    /// Decides about the node.
    #[must_use]
    pub fn resolve(self, setup: &Setup) -> Resolved {
        let Self { mut sources, cluster, assumed, mut diagnostics, skipped, unread } = self;
        let (config, facts) = (setup.config.within(&mut sources), setup.facts.within(&mut sources));
        let (node, found) = node::resolve(setup.version, &config, &facts, &setup.overrides, &cluster);
        diagnostics.extend(found);
        Resolved { sources, cluster, assumed, node, diagnostics, skipped, unread }
    }
}

impl Resolved {
    /// Compiles the rules.
    #[must_use]
    pub fn compile(self) -> Compiled {
        let Self { sources, cluster, assumed, node, mut diagnostics, skipped, unread } = self;
        let mut rules = crate::compile(&cluster, &node);
        if let Some(assumed) = &assumed {
            rules.mark(assumed.marks());
        }
        diagnostics.append(&mut rules.diagnostics);
        diagnostics.sort_by(|a, b| (&a.place, a).cmp(&(&b.place, b)));
        Compiled { sources, cluster, assumed, rules, diagnostics, skipped, unread }
    }
}

impl Compiled {
    /// What platforms look at when they answer questions about these rules.
    #[must_use]
    pub fn context<'c>(&'c self, options: &'c Options, held: &'c Holdings) -> Context<'c> {
        Context { rules: &self.rules, families: &Family::ALL, options, held, rest: Totals::NONE }
    }

    /// Refuses a node that is not among those of the input: seen from nowhere, an answer would only look like one.
    /// Where the input has no Node at all, a note says what is not known.
    ///
    /// # Errors
    /// With the nearest names, and those that there are.
    pub fn check_node(&self) -> Result<(), UnknownNode> {
        input::check_node(self)
    }

    /// Checks, where no target is named, that a platform models the mode of the node's kube-proxy.
    ///
    /// # Errors
    /// With the mode.
    pub fn check_mode(&self, is_named: bool) -> Result<(), NotModelled> {
        if is_named { Ok(()) } else { input::check_mode(self) }
    }

    /// Checks that every pattern selects a service port of one of several inputs.
    ///
    /// # Errors
    /// When one does not: with the nearest names, or why the Services that it names have no port that is served.
    pub fn check_services(all: &[Self], selector: &Selector) -> Result<(), Unserved> {
        input::check_services(all, selector)
    }

    /// The first node of the input whose name is one of some names.
    #[must_use]
    pub fn find_node(&self, is_one: impl Fn(&str) -> bool) -> Option<&str> {
        self.cluster.nodes.iter().map(|node| node.name.as_str()).find(|name| is_one(name))
    }

    /// Whether the input held neither Services nor slices.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cluster.services.is_empty() && self.cluster.slices.is_empty()
    }

    /// The text for `iptables-restore --noflush --counters`, or `ip6tables-restore`.
    #[must_use]
    pub fn iptables(&self, family: Family) -> RestoreText {
        iptables::restore_text(&self.rules, family)
    }

    /// The same with the jumps from the base chains, for a fresh host.
    #[must_use]
    pub fn iptables_with_jumps(&self, family: Family) -> String {
        let mut rules = iptables::lower(&self.rules, family);
        iptables::jumps::include(&mut rules);
        iptables::write(&rules)
    }

    /// What is wrong with the iptables texts of these families.
    #[must_use]
    pub fn iptables_problems(&self, families: &[Family]) -> Vec<Diagnostic> {
        iptables::problems(&self.rules, families)
    }

    /// The plan that brings HNS on the node from its state to what is wanted. Without a state it is taken to
    /// hold nothing but the endpoints of local pods.
    #[must_use]
    pub fn hns(
        &self,
        state: Option<&hns::model::State>,
        semantics: Semantics,
        options: &PlanOptions,
    ) -> Plan {
        hns::plan_rules(&self.rules, state, semantics, options)
    }

    /// What netsh can do for a Windows node, and what is lost.
    #[must_use]
    pub fn netsh(&self, options: &netsh::Options) -> netsh::Lowered {
        netsh::lower(&self.rules, options)
    }

    /// What kube-proxy on Windows keeps about each port of a Service, in each family; empty where it serves
    /// no such Service. The ids are those of [`hns`](Self::hns) with kube-proxy's semantics.
    #[must_use]
    pub fn service_infos<'c>(
        &'c self,
        state: Option<&'c hns::model::State>,
        namespace: &str,
        name: &str,
    ) -> Vec<ServiceInfo<'c>> {
        let question = Question { rules: &self.rules, cluster: &self.cluster, sources: &self.sources, state };
        service_info::service_infos(question, namespace, name)
    }

    /// The rule IR as JSON.
    #[must_use]
    pub fn ir(&self) -> String {
        ir::to_json(&self.rules)
    }
}
