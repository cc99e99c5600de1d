//! The pipeline inside this process: manifests in, rules out.

use hnsplan::net::Family;
use hnsplan::node::{Config, Facts, FeatureGates, Overrides};
use hnsplan::pipeline::{Compiled, Loaded, Setup};
use hnsplan::platform::netsh::{Lowered, Options};
use hnsplan::source::Sources;

/// What is compiled, and for which node.
#[derive(Clone, Default)]
pub(crate) struct Run {
    texts: Vec<(String, String)>,
    setup: Setup,
}

impl Run {
    /// Compiles this manifest.
    pub(crate) fn of(manifest: &str) -> Self {
        Self::default().and("manifest.yaml", manifest)
    }

    /// Reads this file as well.
    pub(crate) fn and(mut self, name: &str, text: &str) -> Self {
        self.texts.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Does as this version of kube-proxy.
    pub(crate) fn version(mut self, version: &str) -> Self {
        self.setup.version = Some(version.parse().unwrap_or_else(|error| panic!("{version}: {error}")));
        self
    }

    /// With this `KubeProxyConfiguration`.
    pub(crate) fn config(mut self, text: &str) -> Self {
        self.setup.config = Config::parse(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        self
    }

    /// With this changed in its `KubeProxyConfiguration`.
    pub(crate) fn configured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.setup.config);
        self
    }

    /// With this `NodeFacts` file.
    pub(crate) fn facts(mut self, text: &str) -> Self {
        self.setup.facts = Facts::parse(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        self
    }

    /// With these flags.
    pub(crate) fn flags(mut self, set: impl FnOnce(&mut Overrides)) -> Self {
        set(&mut self.setup.overrides);
        self
    }

    /// With a feature gate on or off.
    pub(crate) fn gate(self, name: &str, on: bool) -> Self {
        self.flags(|flags| flags.feature_gates.extend([(name.to_owned(), on)]))
    }

    /// On this node.
    pub(crate) fn on(self, node: &str) -> Self {
        self.flags(|flags| flags.node = Some(node.to_owned()))
    }

    /// The feature gates of its kube-proxy.
    pub(crate) fn gates(&self) -> FeatureGates {
        self.setup.overrides.feature_gates(&self.setup.config)
    }

    /// Goes through all stages.
    pub(crate) fn compile(&self) -> Compiled {
        let mut sources = Sources::default();
        for (name, text) in &self.texts {
            sources.add(name.as_str(), text.as_str()).expect("a test's text is small");
        }
        Loaded::new(sources).parse(&self.setup).resolve(&self.setup).compile()
    }

    /// The plan for netsh.
    pub(crate) fn netsh(&self, options: &Options) -> Lowered {
        self.compile().netsh(options)
    }

    /// The text of one family.
    pub(crate) fn text(&self, family: Family) -> String {
        self.compile().iptables(family).to_string()
    }

    /// The IPv4 text.
    pub(crate) fn ipv4(&self) -> String {
        self.text(Family::Ipv4)
    }

    /// The texts of both families.
    pub(crate) fn texts(&self) -> [String; 2] {
        let compiled = self.compile();
        Family::ALL.map(|family| compiled.iptables(family).to_string())
    }

    /// Codes and places of all findings that have a place: `M0107 manifest.yaml:14:11`.
    pub(crate) fn findings(&self) -> Vec<String> {
        let compiled = self.compile();
        let placed =
            compiled.diagnostics.iter().filter_map(|found| Some((found.code, found.place.as_ref()?)));
        placed.map(|(code, place)| format!("{} {}", code.id(), compiled.sources.spot(place))).collect()
    }

    /// The codes of all findings, each once.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<_> = self.compile().diagnostics.iter().map(|found| found.code.id()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

/// A unified diff of two texts, empty when they are equal.
pub(crate) fn diff(wanted: &str, got: &str) -> String {
    similar::TextDiff::from_lines(wanted, got).unified_diff().header("wanted", "got").to_string()
}

/// Panics with a unified diff unless the texts are equal.
#[track_caller]
pub(crate) fn assert_same(wanted: &str, got: &str, what: &str) {
    assert!(wanted == got, "{what}:\n{}", diff(wanted, got));
}
