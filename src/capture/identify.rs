//! What a file is that was passed in the place of another one, and where it belongs.

use super::detect::{Contents, beginning, detect};
use crate::flag::OwnKind;
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
    /// A journal of `hnsplan apply`.
    Journal,
    /// A document that a flag or a command of its own takes.
    Own(OwnKind),
}

/// What a text is; `None` if nothing in it tells.
#[must_use]
pub fn identify(text: &str) -> Option<Identity> {
    let beginning = beginning(text);
    if beginning.starts_with(r#"{"sum":""#) && beginning.contains(r#""record":"#) {
        return Some(Identity::Journal);
    }
    if let Some(own) = kind_of(beginning).and_then(OwnKind::named) {
        return Some(Identity::Own(own));
    }
    match detect(text)? {
        Contents::Manifests => Some(Identity::Manifests),
        Contents::Plan => Some(Identity::Own(OwnKind::NodePlan)),
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
            Self::Journal => "a journal of hnsplan apply".to_owned(),
            Self::Own(own) => own.words().to_owned(),
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
            Self::Journal => "hnsplan history lists what is in it: name its folder with --journal",
            Self::Own(own) => own.advice(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_in_every_form_of_a_document() {
        for (text, expected) in [
            (
                "apiVersion: hnsplan/v1alpha1\nkind: AllowList\nallow: []\n",
                Some(Identity::Own(OwnKind::AllowList)),
            ),
            ("# mine\nkind: NodeFacts\napiVersion: hnsplan/v1alpha1\n", Some(Identity::Own(OwnKind::Facts))),
            (
                "{\n  \"apiVersion\": \"hnsplan/v1alpha1\",\n  \"kind\": \"ApplyPlan\",\n",
                Some(Identity::Own(OwnKind::NodePlan)),
            ),
            (
                "{\"apiVersion\":\"hnsplan/v1alpha1\",\"kind\":\"HnsPlan\",",
                Some(Identity::Own(OwnKind::CompiledPlan)),
            ),
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
