//! Which Services a command is about: one selector for all commands.

use std::fmt;
use std::str::FromStr;

use crate::ir::{RuleSet, ServicePort};
use crate::name::{glob, printable};

/// A pattern for service ports: `NAMESPACE/NAME`, `NAMESPACE/NAME:PORT`, with `*` and `?` in each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// `None` stands for the namespace of the selector.
    namespace: Option<String>,
    name: String,
    /// `None` for all ports.
    port: Option<String>,
}

/// A text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a Service; expected NAMESPACE/NAME, NAMESPACE/NAME:PORT or NAME, with * and ? as wildcards"
)]
pub struct PatternError(String);

/// The Services that a command is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// The only namespace, if there is one.
    namespace: Option<String>,
    /// What Services have to match, one of them; all do if there is none.
    patterns: Vec<Pattern>,
}

/// A selector selects nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NothingSelected {
    message: String,
    /// What it should have selected.
    selector: Selector,
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let error = || PatternError(printable(text));
        let (namespace, rest) = match text.split_once('/') {
            Some((namespace, rest)) => (Some(namespace), rest),
            None => (None, text),
        };
        let (name, port) = rest.split_once(':').map_or((rest, None), |(name, port)| (name, Some(port)));
        // `shop/` is all of a namespace.
        let name = if name.is_empty() && namespace.is_some() && port.is_none() { "*" } else { name };
        let is_malformed = namespace.is_some_and(str::is_empty)
            || name.is_empty()
            || port.is_some_and(str::is_empty)
            || rest.contains('/');
        if is_malformed {
            return Err(error());
        }
        Ok(Self {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            port: port.map(str::to_owned),
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{}/", printable(namespace))?;
        }
        f.write_str(&printable(&self.name))?;
        self.port.as_ref().map_or(Ok(()), |port| write!(f, ":{}", printable(port)))
    }
}

impl Pattern {
    fn matches(&self, default_namespace: &str, [namespace, name, port]: [&str; 3]) -> bool {
        self.matches_service(default_namespace, [namespace, name])
            && self.port.as_ref().is_none_or(|wanted| glob(wanted, port))
    }

    fn matches_service(&self, default_namespace: &str, [namespace, name]: [&str; 2]) -> bool {
        let wanted = self.namespace.as_deref().unwrap_or(default_namespace);
        glob(wanted, namespace) && glob(&self.name, name)
    }
}

impl Selector {
    /// The Services of a namespace, or of all; of these, those that match one of the patterns.
    #[must_use]
    pub fn new(namespace: Option<String>, patterns: Vec<Pattern>) -> Self {
        Self { namespace, patterns }
    }

    /// One service port, by its id: `namespace/name` or `namespace/name:port`. Names contain no wildcards.
    #[must_use]
    pub fn of_port(id: &str) -> Self {
        Self { namespace: None, patterns: id.parse().into_iter().collect() }
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.namespace.is_none() && self.patterns.is_empty()
    }

    /// Whether it selects a service port, by its id: `namespace/name` or `namespace/name:port`.
    #[must_use]
    pub fn selects(&self, id: &str) -> bool {
        let (namespace, rest) = id.split_once('/').unwrap_or(("", id));
        let (name, port) = rest.split_once(':').unwrap_or((rest, ""));
        self.selects_by(namespace, |pattern, default| pattern.matches(default, [namespace, name, port]))
    }

    /// Whether a namespace is the selector's, or what is in it matches one of the patterns. These get the namespace
    /// that they have without one of their own: one with its own reaches beyond the selector's, as in kubectl.
    fn selects_by(&self, namespace: &str, matches: impl Fn(&Pattern, &str) -> bool) -> bool {
        if self.patterns.is_empty() {
            return self.namespace.as_ref().is_none_or(|wanted| wanted == namespace);
        }
        let default = self.namespace.as_deref().unwrap_or("default");
        self.patterns.iter().any(|pattern| matches(pattern, default))
    }

    /// Whether it selects one of several service ports.
    #[must_use]
    pub fn selects_any(&self, ids: impl IntoIterator<Item = impl AsRef<str>>) -> bool {
        ids.into_iter().any(|id| self.selects(id.as_ref()))
    }

    /// Checks that every pattern selects something of a rule set.
    ///
    /// # Errors
    /// When one does not; the message has the nearest names.
    pub fn check(&self, rules: &RuleSet) -> Result<(), NothingSelected> {
        self.check_all(&[rules])
    }

    /// Checks that every pattern selects something of one of several rule sets.
    ///
    /// # Errors
    /// When one does not; the message has the nearest names.
    pub fn check_all(&self, rules: &[&RuleSet]) -> Result<(), NothingSelected> {
        let ids = || rules.iter().flat_map(|rules| &rules.services).map(|port| &*port.id);
        for selector in self.parts() {
            if !ids().any(|id| selector.selects(id)) {
                let message = no_such_service(&selector.to_string(), ids());
                return Err(NothingSelected { message, selector });
            }
        }
        Ok(())
    }

    /// A selector for each pattern, or for the namespace; none if everything is selected.
    fn parts(&self) -> Vec<Self> {
        let alone = |pattern: &Pattern| Self::new(self.namespace.clone(), vec![pattern.clone()]);
        match &*self.patterns {
            [] if self.is_all() => Vec::new(),
            [] => vec![self.clone()],
            patterns => patterns.iter().map(alone).collect(),
        }
    }

    /// Whether it may select a port of a Service, as far as its name decides.
    #[must_use]
    pub fn selects_some_of(&self, namespace: &str, name: &str) -> bool {
        self.selects_by(namespace, |pattern, default| pattern.matches_service(default, [namespace, name]))
    }

    /// Leaves only the selected service ports in a rule set.
    pub fn restrict(&self, rules: &mut RuleSet) {
        if !self.is_all() {
            rules.services.retain(|port: &ServicePort| self.selects(&port.id));
        }
    }
}

impl NothingSelected {
    /// What it should have selected.
    #[must_use]
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// With another message.
    pub(crate) fn because(self, message: String) -> Self {
        Self { message, ..self }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns: Vec<String> = self.patterns.iter().map(Pattern::to_string).collect();
        match (&self.namespace, &*patterns) {
            (None, []) => f.write_str("all Services"),
            (Some(namespace), []) => write!(f, "{}/*", printable(namespace)),
            (_, patterns) => f.write_str(&patterns.join(", ")),
        }
    }
}

/// `no Service matches shop/fornt; did you mean shop/front?`
///
/// Without a near name, the Services of `ids`, at most five.
#[must_use]
pub fn no_such_service<'i>(pattern: &str, ids: impl Iterator<Item = &'i str>) -> String {
    let mut names: Vec<&str> = ids.map(|id| id.split(':').next().unwrap_or(id)).collect();
    names.sort_unstable();
    names.dedup();
    let near = crate::name::nearest(pattern, names.iter().copied());
    if near.is_empty() {
        let many = names.len();
        let listed: Vec<&str> = names.into_iter().take(LISTED).collect();
        let more = many.saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let listed = if listed.is_empty() { "there is none".to_owned() } else { listed.join(", ") };
        return format!("no Service matches {pattern}; Services in the input: {listed}{more}");
    }
    format!("no Service matches {pattern}; did you mean {}?", near.join(" or "))
}

/// How many Services are named where none is near.
const LISTED: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(namespace: Option<&str>, patterns: &[&str], id: &str) -> bool {
        let patterns = patterns.iter().map(|text| text.parse().unwrap()).collect();
        Selector::new(namespace.map(str::to_owned), patterns).selects(id)
    }

    #[test]
    fn patterns_match_service_ports() {
        assert!(
            selects(None, &["shop/front"], "shop/front:https")
                && selects(None, &["shop/front"], "shop/front")
        );
        assert!(selects(None, &["shop/*"], "shop/front:https") && !selects(None, &["shop/*"], "shops/front"));
        assert!(selects(None, &["shop/"], "shop/front") && selects(None, &["*/fr?nt"], "shop/front:https"));
        assert!(selects(None, &["shop/front:https"], "shop/front:https"));
        assert!(!selects(None, &["shop/front:https"], "shop/front:http"));
        assert!(!selects(None, &["shop/front"], "shop/frontend"));
        assert!(selects(None, &["a/b", "shop/front"], "shop/front"));
    }

    #[test]
    fn a_name_alone_is_of_the_namespace() {
        assert!(selects(Some("shop"), &["front"], "shop/front:https"));
        assert!(!selects(Some("shop"), &["front"], "default/front"));
        assert!(selects(None, &["front"], "default/front") && !selects(None, &["front"], "shop/front"));
        assert!(selects(Some("shop"), &[], "shop/front") && !selects(Some("shop"), &[], "default/front"));
        assert!(selects(Some("shop"), &["default/front"], "default/front"));
    }

    #[test]
    fn what_names_no_service_is_refused() {
        for bad in ["/front", "shop/front:", ":http", "a/b/c", ""] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }

    #[test]
    fn stars_take_any_text() {
        for (pattern, text, is_match) in [
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("*a*a*a*a*", "aaa", false),
            ("?", "", false),
            ("**", "x", true),
        ] {
            assert_eq!(glob(pattern, text), is_match, "{pattern} {text}");
        }
    }
}
