//! What is asked for besides the manifests.

use crate::capture::HostFacts;
use crate::fill::Assumptions;
use crate::manifest::ReadOptions;
use crate::net::parse_cidr;
use crate::node::{Behavior, Config, Facts, FeatureGates, Overrides, Version};

/// What is asked for besides the manifests.
///
/// ```
/// use hnsplan::node::Config;
/// use hnsplan::pipeline::Setup;
///
/// let config = Config::parse("{kind: KubeProxyConfiguration, clusterCIDR: 10.244.0.0/16}")?;
/// let setup = Setup::of_node("linux-1").version("1.33".parse()?).config(config);
/// assert_eq!(setup.overrides.node.as_deref(), Some("linux-1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Setup {
    /// The kube-proxy version to do as: that of the node if it is not given, and the newest where that is not told.
    pub version: Option<Version>,
    /// Its configuration.
    pub config: Config,
    /// Facts about the node.
    pub facts: Facts,
    /// Flags, which win over both.
    pub overrides: Overrides,
    /// The namespace of objects that name none.
    pub default_namespace: String,
    /// Whether unknown fields are reported.
    pub strict: bool,
    /// What is assumed where manifests leave out what a cluster would decide; nothing is if `None`.
    pub assume: Option<Assumptions>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            version: None,
            config: Config::default(),
            facts: Facts::default(),
            overrides: Overrides::default(),
            default_namespace: "default".to_owned(),
            strict: false,
            assume: None,
        }
    }
}

impl Setup {
    /// For the node with a name.
    #[must_use]
    pub fn of_node(name: impl Into<String>) -> Self {
        Self { overrides: Overrides { node: Some(name.into()), ..Overrides::default() }, ..Self::default() }
    }

    /// The same for the node with a name.
    #[must_use]
    pub fn on_node(mut self, name: impl Into<String>) -> Self {
        self.overrides.node = Some(name.into());
        self
    }

    /// The mode of kube-proxy, where flag or configuration name one.
    #[must_use]
    pub fn mode(&self) -> Option<&str> {
        Some(self.overrides.mode.as_deref().unwrap_or(&self.config.mode)).filter(|mode| !mode.is_empty())
    }

    /// As another version of kube-proxy.
    #[must_use]
    pub fn version(self, version: Version) -> Self {
        Self { version: Some(version), ..self }
    }

    /// With the configuration of kube-proxy.
    #[must_use]
    pub fn config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// With facts about the node.
    #[must_use]
    pub fn facts(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// With what a cluster would decide.
    #[must_use]
    pub fn assume(self, assumptions: Assumptions) -> Self {
        Self { assume: Some(assumptions), ..self }
    }

    /// What is assumed, with what this setup says about the cluster.
    #[must_use]
    pub fn assumptions(&self) -> Option<Assumptions> {
        let mut assumptions = self.assume.clone()?;
        assumptions.default_namespace.clone_from(&self.default_namespace);
        if assumptions.pod_cidrs.is_empty() {
            let cidrs = self.overrides.cluster_cidr.as_ref().unwrap_or(&self.config.cluster_cidr);
            assumptions.pod_cidrs = cidrs.split(',').filter_map(|text| parse_cidr(text.trim())).collect();
        }
        Some(assumptions)
    }

    /// With what collected logs tell about the host; a facts file wins.
    #[must_use]
    pub fn on_host(mut self, host: HostFacts) -> Self {
        let HostFacts { dynamic, dynamic_udp, excluded, excluded_udp, build } = host;
        let facts = &mut self.facts;
        facts.dynamic_ports = facts.dynamic_ports.or(dynamic);
        facts.dynamic_udp_ports = facts.dynamic_udp_ports.or(dynamic_udp);
        facts.collected_build = facts.collected_build.take().or(build);
        for (known, told) in
            [(&mut facts.excluded_ports, excluded), (&mut facts.excluded_udp_ports, excluded_udp)]
        {
            if known.is_empty() {
                *known = told;
            }
        }
        self
    }

    /// How manifests are read. The API server is not the node: without a flag its rules are the newest.
    pub(super) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            default_namespace: self.default_namespace.clone(),
            strict: self.strict,
            rules: Behavior::of(self.version.unwrap_or_default(), &self.feature_gates()).api,
        }
    }

    /// The feature gates of the configuration, with those of flags before them.
    #[must_use]
    pub fn feature_gates(&self) -> FeatureGates {
        self.overrides.feature_gates(&self.config)
    }
}
