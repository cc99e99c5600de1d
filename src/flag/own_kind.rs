//! Documents that hnsplan and kube-proxy read and that are no objects of a cluster: what each is, and where it belongs.

/// A kind of document that a flag or a command of its own takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OwnKind {
    /// The configuration of kube-proxy.
    Configuration,
    /// A plan of `hnsplan plan`.
    NodePlan,
    /// A plan of `hnsplan compile`.
    CompiledPlan,
    /// What no Kubernetes object contains about a node.
    Facts,
    /// Accepted findings.
    AllowList,
    /// What is assumed about a cluster.
    Assumptions,
}

/// Each kind with its group and its name in a document.
const NAMES: [(&str, &str, OwnKind); 6] = [
    ("kubeproxy.config.k8s.io", "KubeProxyConfiguration", OwnKind::Configuration),
    ("hnsplan", "ApplyPlan", OwnKind::NodePlan),
    ("hnsplan", "HnsPlan", OwnKind::CompiledPlan),
    ("hnsplan", "NodeFacts", OwnKind::Facts),
    ("hnsplan", "AllowList", OwnKind::AllowList),
    ("hnsplan", "Assumptions", OwnKind::Assumptions),
];

impl OwnKind {
    /// The kind with a name, whatever its group is.
    #[must_use]
    pub fn named(kind: &str) -> Option<Self> {
        NAMES.iter().find(|(_, name, _)| *name == kind).map(|(.., own)| *own)
    }

    /// The kind of an object of a group: other programs may have kinds of the same names.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split('/').next().unwrap_or_default();
        let (own_group, _, own) = NAMES.iter().find(|(_, name, _)| *name == kind)?;
        (group.is_empty() || group == *own_group).then_some(*own)
    }

    /// What it is, as part of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Configuration => "a configuration of kube-proxy",
            Self::NodePlan => "a plan of hnsplan plan",
            Self::CompiledPlan => "a plan of hnsplan compile",
            Self::Facts => "a facts file",
            Self::AllowList => "an allow-list",
            Self::Assumptions => "assumptions about a cluster",
        }
    }

    /// What to do with it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Configuration => "pass it with --config",
            Self::NodePlan => "hnsplan apply carries it out, hnsplan show prints it",
            Self::CompiledPlan => "pass it with --previous-plan, or compare it with hnsplan diff",
            Self::Facts => "pass it with --facts",
            Self::AllowList => "pass it with --allow",
            Self::Assumptions => "pass it with --assume=FILE, or with --assumptions of hnsplan fill",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_other_groups_are_other_kinds() {
        for (group, name, own) in NAMES {
            assert_eq!(OwnKind::of(&format!("{group}/v1alpha1"), name), Some(own));
            assert_eq!(OwnKind::of("", name), Some(own));
            assert_eq!(OwnKind::of("example.com/v1alpha1", name), None);
            assert_eq!(OwnKind::named(name), Some(own));
        }
        assert_eq!(OwnKind::of("v1", "Service"), None);
    }
}
