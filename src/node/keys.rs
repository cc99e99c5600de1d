//! The keys of a `KubeProxyConfiguration`, of which kube-proxy ignores those that it does not know.

use granit_parser::{Event, Parser};
use strsim::levenshtein;

use crate::name::printable;

/// A key that kube-proxy does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Its path, as in `iptables.masqueradeall`.
    pub path: String,
    /// Its line in the text of the configuration, from 1.
    pub line: usize,
    /// The key that was probably meant.
    pub meant: Option<&'static str>,
}

/// The mappings of the configuration by their paths, and their keys (`kubeproxy.config.k8s.io/v1alpha1`, 1.30 to
/// 1.36). What is not listed here is a scalar, a list, or a map with free keys.
const KEYS: [(&str, &[&str]); 10] = [
    (
        "",
        &[
            "apiVersion",
            "bindAddress",
            "bindAddressHardFail",
            "clientConnection",
            "clusterCIDR",
            "configSyncPeriod",
            "conntrack",
            "detectLocal",
            "detectLocalMode",
            "enableProfiling",
            "featureGates",
            "healthzBindAddress",
            "hostnameOverride",
            "iptables",
            "ipvs",
            "kind",
            "logging",
            "metricsBindAddress",
            "mode",
            "nftables",
            "nodePortAddresses",
            "oomScoreAdj",
            "portRange",
            "showHiddenMetricsForVersion",
            "udpIdleTimeout",
            "windowsRunAsService",
            "winkernel",
        ],
    ),
    ("clientConnection", &["acceptContentTypes", "burst", "contentType", "kubeconfig", "qps"]),
    (
        "conntrack",
        &[
            "maxPerCore",
            "min",
            "tcpBeLiberal",
            "tcpCloseWaitTimeout",
            "tcpEstablishedTimeout",
            "udpStreamTimeout",
            "udpTimeout",
        ],
    ),
    ("detectLocal", &["bridgeInterface", "interfaceNamePrefix"]),
    ("iptables", &["localhostNodePorts", "masqueradeAll", "masqueradeBit", "minSyncPeriod", "syncPeriod"]),
    (
        "ipvs",
        &[
            "excludeCIDRs",
            "minSyncPeriod",
            "scheduler",
            "strictARP",
            "syncPeriod",
            "tcpFinTimeout",
            "tcpTimeout",
            "udpTimeout",
        ],
    ),
    ("nftables", &["masqueradeAll", "masqueradeBit", "minSyncPeriod", "syncPeriod"]),
    ("winkernel", &["enableDSR", "forwardHealthCheckVip", "networkName", "rootHnsEndpointName", "sourceVip"]),
    ("logging", &["flushFrequency", "format", "options", "verbosity", "vmodule"]),
    ("logging.options", &["json", "text"]),
];

/// Longer names are no misspellings.
const LONGEST: usize = 40;

/// The keys of the configuration in a text that kube-proxy does not know.
pub(super) fn unknown(text: &str) -> Vec<UnknownKey> {
    let mut found = Vec::new();
    let mut documents = Vec::new();
    let mut is_configuration = false;
    // The keys that lead to each open collection, and the key that waits for its value.
    let mut path: Vec<Option<String>> = Vec::new();
    let mut key: Option<String> = None;
    let mut is_mapping: Vec<bool> = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        match event {
            Event::DocumentStart(..) => {
                is_configuration = false;
                found = Vec::new();
            }
            Event::DocumentEnd if is_configuration => documents.append(&mut found),
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                is_mapping.push(matches!(event, Event::MappingStart(..)));
                path.push(key.take());
            }
            Event::MappingEnd | Event::SequenceEnd => {
                path.pop();
                is_mapping.pop();
            }
            Event::Scalar(value, ..) => {
                if is_mapping.last() != Some(&true) {
                    continue;
                }
                if let Some(of) = key.take() {
                    is_configuration |= path.len() == 1 && of == "kind" && value == "KubeProxyConfiguration";
                    continue;
                }
                let inside: Option<Vec<&str>> = path.iter().skip(1).map(Option::as_deref).collect();
                if let Some(inside) = inside {
                    let inside = inside.join(".");
                    let known = KEYS.iter().find(|(path, _)| **path == inside).map(|(_, keys)| *keys);
                    if let Some(known) = known.filter(|known| !known.contains(&&*value) && value != "<<") {
                        let dot = if inside.is_empty() { "" } else { "." };
                        found.push(UnknownKey {
                            path: printable(&format!("{inside}{dot}{value}")),
                            line: span.start.line(),
                            meant: similar(&value, known),
                        });
                    }
                }
                key = Some(value.into_owned());
            }
            Event::Alias(_) => drop(key.take()),
            _ => {}
        }
    }
    documents
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

    fn paths(text: &str) -> Vec<(String, usize, Option<&'static str>)> {
        let text = format!("kind: KubeProxyConfiguration\n{text}");
        unknown(&text).into_iter().map(|key| (key.path, key.line, key.meant)).collect()
    }

    #[test]
    fn misspelt_keys_are_found_with_what_was_meant() {
        let text = "clusterCidr: 10.0.0.0/8\niptables:\n  masqueradeall: true\nwinkernel: {enableDsr: true, x: {y: 1}}\n";
        assert_eq!(
            paths(text),
            [
                ("clusterCidr".to_owned(), 2, Some("clusterCIDR")),
                ("iptables.masqueradeall".to_owned(), 4, Some("masqueradeAll")),
                ("winkernel.enableDsr".to_owned(), 5, Some("enableDSR")),
                ("winkernel.x".to_owned(), 5, None),
            ]
        );
    }

    /// Every key, mangled in every way that a person may mangle it.
    #[test]
    fn every_known_key_passes_and_every_other_case_of_it_does_not() {
        for (path, keys) in KEYS {
            for key in keys {
                let line = |key: &str| match path {
                    "" => format!("{key}: 1\n"),
                    path if path.contains('.') => continue_in(path, key),
                    path => format!("{path}:\n  {key}: 1\n"),
                };
                assert_eq!(paths(&line(key)), [], "{path}.{key}");
                let wrong = key.to_uppercase();
                let found = paths(&line(&wrong));
                assert_eq!(found.len(), 1, "{path}.{wrong}");
                assert_eq!(found[0].2, Some(*key), "{path}.{wrong}");
            }
        }
    }

    fn continue_in(path: &str, key: &str) -> String {
        let (outer, inner) = path.split_once('.').unwrap();
        format!("{outer}:\n  {inner}:\n    {key}: 1\n")
    }

    #[test]
    fn free_keys_and_other_objects_pass() {
        assert_eq!(paths("featureGates: {Any: true}\nnodePortAddresses: [a, {b: c}]\n"), []);
        assert_eq!(unknown("kind: ConfigMap\ndata: {x: y}\n"), []);
    }
}
