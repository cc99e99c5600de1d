//! Keys of a `KubeProxyConfiguration` that kube-proxy does not know, and ignores.

use strsim::levenshtein;

use super::fields;
use crate::name::printable;
use crate::source::Outlined;

/// A key that kube-proxy does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownKey {
    /// Its path, as in `iptables.masqueradeall`.
    pub path: String,
    /// The key that was probably meant.
    pub meant: Option<&'static str>,
}

/// Longer names are no misspellings.
const LONGEST: usize = 40;

/// The key by which YAML merges one mapping into another.
const MERGE_KEY: &str = "<<";

impl UnknownKey {
    /// The key of a value, if its mapping has fields and this is none of them.
    pub(super) fn of(value: &Outlined) -> Option<Self> {
        let key = value.key.as_deref().filter(|key| *key != MERGE_KEY)?;
        let quoted = format!("[\"{key}\"]");
        let mapping = value.path.strip_suffix(&*quoted).or_else(|| value.path.strip_suffix(key))?;
        let known = fields::names_in(mapping.strip_suffix('.').unwrap_or(mapping))?;
        (!known.contains(&key)).then(|| Self { path: value.path.clone(), meant: similar(key, &known) })
    }

    /// Its path, safe to print.
    pub(in crate::node) fn shown(&self) -> String {
        printable(&self.path)
    }
}

/// The key that a name is probably a misspelling of.
fn similar(name: &str, known: &[&'static str]) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    let close = known.iter().filter_map(|key| {
        let distance = if key.eq_ignore_ascii_case(name) { 0 } else { levenshtein(name, key) };
        (distance <= 2 && 2 * distance <= key.len()).then_some((distance, *key))
    });
    close.min().map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::source::Outline;

    fn paths(text: &str) -> Vec<(String, Option<&'static str>)> {
        let documents = Outline::documents(text);
        let found = documents[0].values.iter().filter_map(UnknownKey::of);
        found.map(|key| (key.path, key.meant)).collect()
    }

    #[test]
    fn misspelt_keys_are_found_with_what_was_meant() {
        let text = "clusterCidr: 10.0.0.0/8\niptables:\n  masqueradeall: true\nwinkernel: {enableDsr: true, x: {y: 1}}\n";
        assert_eq!(
            paths(text),
            [
                ("clusterCidr".to_owned(), Some("clusterCIDR")),
                ("iptables.masqueradeall".to_owned(), Some("masqueradeAll")),
                ("winkernel.enableDsr".to_owned(), Some("enableDSR")),
                ("winkernel.x".to_owned(), None),
            ]
        );
    }

    /// Every key, mangled in every way that a person may mangle it.
    #[test]
    fn every_known_key_passes_and_every_other_case_of_it_does_not() {
        for field in fields::FIELDS {
            let (mapping, key) = field.split();
            let line = |key: &str| {
                let outer: Vec<&str> = mapping.split('.').filter(|outer| !outer.is_empty()).collect();
                let mut text = String::new();
                for (depth, outer) in outer.iter().enumerate() {
                    text.extend(["  ".repeat(depth).as_str(), outer, ":\n"]);
                }
                format!("{text}{}{key}: 1\n", "  ".repeat(outer.len()))
            };
            assert_eq!(paths(&line(key)), [], "{}", field.path);
            let wrong = key.to_uppercase();
            let found = paths(&line(&wrong));
            assert_eq!(found.len(), 1, "{mapping}.{wrong}");
            assert_eq!(found[0].1, Some(key), "{mapping}.{wrong}");
        }
    }

    #[test]
    fn free_keys_pass() {
        assert_eq!(paths("featureGates: {Any: true}\nnodePortAddresses: [a, {b: c}]\n"), []);
    }
}
