//! What a file is that was passed in the place of another one, and where it belongs.

use super::detect::{Contents, beginning, detect};
use crate::name::escaped;
use crate::platform::Platform;

/// A kind of file that people mix up with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// What a node holds of a platform.
    Dump(&'static dyn Platform),
    /// Kubernetes objects.
    Manifests,
    /// The configuration of kube-proxy.
    Configuration,
    /// A plan of `hnsplan plan`.
    NodePlan,
    /// A plan of `hnsplan compile`.
    CompiledPlan,
    /// A journal of `hnsplan apply`.
    Journal,
    /// What no Kubernetes object contains about a node.
    Facts,
    /// Accepted findings.
    AllowList,
    /// What is assumed about a cluster.
    Assumptions,
}

/// What a text is; `None` if nothing in it tells.
#[must_use]
pub fn identify(text: &str) -> Option<Identity> {
    let beginning = beginning(text);
    if beginning.starts_with(r#"{"sum":""#) && beginning.contains(r#""record":"#) {
        return Some(Identity::Journal);
    }
    if let Some(kind) = kind_of(beginning) {
        match kind {
            "ApplyPlan" => return Some(Identity::NodePlan),
            "HnsPlan" => return Some(Identity::CompiledPlan),
            "NodeFacts" => return Some(Identity::Facts),
            "AllowList" => return Some(Identity::AllowList),
            "Assumptions" => return Some(Identity::Assumptions),
            "KubeProxyConfiguration" => return Some(Identity::Configuration),
            _ => {}
        }
    }
    match detect(text)? {
        Contents::Manifests => Some(Identity::Manifests),
        Contents::Plan => Some(Identity::NodePlan),
        Contents::Dump(platform) => Some(Identity::Dump(platform)),
    }
}

/// The first kind that a document names at its top.
fn kind_of(beginning: &str) -> Option<&str> {
    let value = beginning.lines().find_map(|line| {
        let line = line.strip_prefix("  ").filter(|line| line.starts_with('"')).unwrap_or(line);
        line.strip_prefix("kind:").or_else(|| line.trim_start_matches('{').strip_prefix("\"kind\":"))
    });
    let of_line = || {
        let (_, rest) = beginning.lines().next()?.split_once("\"kind\":")?;
        beginning.starts_with('{').then_some(rest)
    };
    let value = value.or_else(of_line)?.trim_start().trim_start_matches('"');
    value.split(|c: char| !c.is_ascii_alphanumeric()).next()
}

impl Identity {
    /// What it is, as part of a sentence.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Dump(platform) => format!("a dump of a node ({})", platform.held_name()),
            Self::Manifests => "Kubernetes objects".to_owned(),
            Self::Configuration => "a configuration of kube-proxy".to_owned(),
            Self::NodePlan => "a plan of hnsplan plan".to_owned(),
            Self::CompiledPlan => "a plan of hnsplan compile".to_owned(),
            Self::Journal => "a journal of hnsplan apply".to_owned(),
            Self::Facts => "a facts file".to_owned(),
            Self::AllowList => "an allow-list".to_owned(),
            Self::Assumptions => "assumptions about a cluster".to_owned(),
        }
    }

    /// What a file is, in place of what is expected, and what to do with it.
    #[must_use]
    pub fn instead_of(self, file: &str, expected: &str) -> String {
        format!("{}: this is {}, not {expected}; {}", escaped(file), self.words(), self.advice())
    }

    /// What to do with it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Dump(_) => "pass it with --dump",
            Self::Manifests => "pass it with -f",
            Self::Configuration => "pass it with --config",
            Self::NodePlan => "hnsplan apply carries it out, hnsplan show prints it",
            Self::CompiledPlan => "pass it with --previous-plan, or compare it with hnsplan diff",
            Self::Journal => "hnsplan history lists what is in it: name its folder with --journal",
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
    fn kinds_are_found_in_every_form_of_a_document() {
        for (text, expected) in [
            ("apiVersion: hnsplan/v1alpha1\nkind: AllowList\nallow: []\n", Some(Identity::AllowList)),
            ("# mine\nkind: NodeFacts\napiVersion: hnsplan/v1alpha1\n", Some(Identity::Facts)),
            (
                "{\n  \"apiVersion\": \"hnsplan/v1alpha1\",\n  \"kind\": \"ApplyPlan\",\n",
                Some(Identity::NodePlan),
            ),
            ("{\"apiVersion\":\"hnsplan/v1alpha1\",\"kind\":\"HnsPlan\",", Some(Identity::CompiledPlan)),
            (
                "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    kind: KubeProxyConfiguration\n",
                Some(Identity::Manifests),
            ),
            ("{\"sum\":\"0\",\"record\":{}}\n", Some(Identity::Journal)),
            ("# Notes\n\nSome words.\n", None),
            ("", None),
        ] {
            assert_eq!(identify(text), expected, "{text}");
        }
    }
}
