//! Any object at all: validation never panics, and its messages are safe to print.

use proptest::prelude::*;

use super::testing::{NEWEST, OLDEST, origin, report};
use super::{ApiRules, Report, endpoint_slice, endpoints, metadata, node, ports, service};
use crate::diagnostics::Severity;
use crate::manifest::format::{Path, Text};
use crate::manifest::object::raw::RawObject;
use crate::manifest::{AddressType, ClusterIp, EndpointSlice, Service, ServiceType};

/// Words that mean something somewhere, good and bad.
const WORDS: &[&str] = &[
    "web",
    "a.b",
    "Web",
    "-j",
    "''",
    "'a b'",
    "\"a\\u202e\"",
    "yes",
    "0777",
    "None",
    "ClusterIP",
    "NodePort",
    "LoadBalancer",
    "ExternalName",
    "Local",
    "ClientIP",
    "IPv4",
    "IPv6",
    "FQDN",
    "TCP",
    "udp",
    "10.0.0.1",
    "010.0.0.1",
    "'fd00::1'",
    "'::ffff:10.0.0.1'",
    "10.0.0.1/8",
    "127.0.0.1",
    "'[a]'",
    "ä",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(WORDS).prop_map(String::from),
        1 => any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a text is JSON")),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![2 => 1..=65535i64, 1 => Just(0), 1 => Just(10250), 1 => Just(70000), 1 => any::<i64>()]
        .prop_map(|number: i64| number.to_string())
}

/// Names with the strategies of their values.
type Fields = Vec<(&'static str, BoxedStrategy<String>)>;

/// A flow mapping of fields, each there with some likelihood and with a value of its strategy.
fn mapping(likelihood: f64, fields: Fields) -> BoxedStrategy<String> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            prop::option::weighted(likelihood, value.prop_map(move |value| format!("{name}: {value}")))
        })
        .collect();
    fields
        .prop_map(|fields| format!("{{{}}}", fields.into_iter().flatten().collect::<Vec<_>>().join(", ")))
        .boxed()
}

fn list(of: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop::collection::vec(of, 0..3).prop_map(|items| format!("[{}]", items.join(", "))).boxed()
}

fn words(names: &[&'static str]) -> Fields {
    names.iter().map(|&name| (name, word().boxed())).collect()
}

/// A port that is often valid, so that it is also seen what becomes of valid ones.
fn port() -> BoxedStrategy<String> {
    let one_of = |words: &'static [&str]| prop::sample::select(words).prop_map(String::from).boxed();
    let fields = vec![
        ("name", prop_oneof![3 => one_of(&["a", "b", "a-1", "''", "Web", "'a b'"]), 1 => word()].boxed()),
        ("protocol", one_of(&["TCP", "UDP", "SCTP", "udp", "''"])),
        ("appProtocol", one_of(&["a.b/c", "a b"])),
        ("nodePort", number().boxed()),
        ("targetPort", prop_oneof![word(), number()].boxed()),
    ];
    (number(), mapping(0.4, fields))
        .prop_map(|(port, fields)| format!("{{port: {port}, {}", &fields[1..]))
        .boxed()
}

fn object() -> BoxedStrategy<String> {
    let labels = || mapping(0.7, words(&["kubernetes.io/service-name", "topology.kubernetes.io/zone"]));
    let mut metadata = words(&["name", "namespace"]);
    metadata.extend([("labels", labels()), ("annotations", labels())]);
    let mut spec = words(&[
        "type",
        "clusterIP",
        "ipFamilyPolicy",
        "sessionAffinity",
        "externalName",
        "externalTrafficPolicy",
        "internalTrafficPolicy",
        "trafficDistribution",
        "loadBalancerClass",
        "podCIDR",
    ]);
    for name in ["clusterIPs", "ipFamilies", "externalIPs", "loadBalancerSourceRanges", "podCIDRs"] {
        spec.push((name, list(word())));
    }
    spec.extend([("ports", list(port())), ("selector", labels()), ("healthCheckNodePort", number().boxed())]);
    let ingress = mapping(0.3, words(&["ip", "ipMode", "hostname"]));
    let hints = mapping(0.5, vec![("forZones", list(mapping(0.3, words(&["name"]))))]);
    let mut endpoint = words(&["nodeName", "zone", "hostname"]);
    endpoint.extend([("addresses", list(word())), ("hints", hints)]);
    let subset_address = mapping(0.3, words(&["ip", "nodeName"]));
    let subset = mapping(0.8, vec![("addresses", list(subset_address)), ("ports", list(port()))]);
    let status = mapping(
        0.5,
        vec![
            ("loadBalancer", mapping(0.8, vec![("ingress", list(ingress))])),
            ("addresses", list(mapping(0.3, words(&["type", "address"])))),
        ],
    );
    mapping(
        0.9,
        vec![
            ("metadata", mapping(0.8, metadata)),
            ("spec", mapping(0.4, spec)),
            ("status", status),
            ("addressType", word().boxed()),
            ("endpoints", list(mapping(0.5, endpoint))),
            ("ports", list(port())),
            ("subsets", list(subset)),
        ],
    )
}

/// The paths of the errors that a check of the newest version finds.
fn errors(raw: &RawObject, text: &str, check: fn(&RawObject, ApiRules, &mut Report<'_>)) -> Vec<Box<str>> {
    let mut report = report(text, None);
    check(raw, NEWEST, &mut report);
    let found = report.into_diagnostics().into_iter();
    let errors = found.filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors.filter_map(|diagnostic| Some(diagnostic.place?.path)).collect()
}

proptest! {
    #[test]
    fn any_object_is_judged_as_any_kind(object in object()) {
        // As an element of a block sequence it is YAML, not JSON.
        let text = format!("- {object}\n");
        // What no parser takes is no object.
        let Ok([raw]) = serde_yaml::from_str::<[RawObject; 1]>(&text) else { return Ok(()) };
        for rules in [NEWEST, OLDEST] {
            let mut report = report(&text, None);
            service(&raw, rules, &mut report);
            endpoint_slice(&raw, rules, &mut report);
            endpoints(&raw, &mut report);
            node(&raw, &mut report);
            for diagnostic in report.into_diagnostics() {
                let texts = [Some(&diagnostic.message), diagnostic.allowed.as_ref(), diagnostic.help.as_ref()];
                let texts: String = texts.into_iter().flatten().map(String::as_str).collect();
                prop_assert!(!texts.contains(|c: char| c.is_control() || c == '\u{202e}'), "{texts:?}");
            }
        }
    }

    /// The invariant of validation: conversion drops nothing without an error about it.
    #[test]
    fn what_conversion_drops_is_an_error(object in object()) {
        let text = format!("- {object}\n");
        let read = || serde_yaml::from_str::<[RawObject; 1]>(&text).ok().map(|[raw]| raw);
        let (Some(raw), Some(service), Some(slice)) = (read(), read(), read()) else { return Ok(()) };
        let origin = origin(&text, None);

        let fine = |path: &str| !errors(&raw, &text, super::service).iter().any(|error| error.starts_with(path));
        let spec = &raw.spec;
        let names_are_fine = fine("metadata.name");
        let namespace = raw.metadata.namespace.as_ref().map(Text::as_str).filter(|name| !name.is_empty());
        match Service::convert(service, namespace.unwrap_or("default"), origin) {
            None => prop_assert!(!names_are_fine),
            Some(service) => {
                prop_assert!(!fine("spec.ports") || service.ports.len() == spec.ports.len());
                prop_assert!(!fine("spec.externalIPs") || service.external_ips.len() == spec.external_ips.len());
                let ranges = &spec.load_balancer_source_ranges;
                prop_assert!(!fine("spec.loadBalancerSourceRanges") || service.source_ranges.len() == ranges.len());
                if let ClusterIp::Allocated(ips) = &service.cluster_ip
                    && service.type_ != ServiceType::ExternalName
                {
                    let lost = ips.len() < spec.cluster_ips.len().max(1);
                    prop_assert!(!lost || !fine("spec.clusterIP") || !fine("spec.ipFamil"));
                }
            }
        }

        let fine = |path: &str| !errors(&raw, &text, super::endpoint_slice).iter().any(|error| error.starts_with(path));
        match EndpointSlice::convert(slice, namespace.unwrap_or("default"), origin) {
            None => prop_assert!(!fine("metadata") || metadata::service_name(&raw).is_none()),
            Some((slice, backends)) => {
                let numbered = raw.ports.iter().filter(|port| ports::nonzero(port.port).is_some()).count();
                prop_assert!(!fine("ports") || slice.ports.len() == numbered);
                if fine("endpoints") && matches!(slice.address_type, AddressType::Ip(_)) {
                    prop_assert_eq!(backends.len(), raw.endpoints.len());
                    for (backend, raw) in backends.iter().zip(&raw.endpoints) {
                        prop_assert_eq!(backend.node.is_some(), raw.node_name.is_some());
                        prop_assert_eq!(backend.zone_hints.len(), raw.hints.for_zones.len());
                    }
                }
            }
        }
    }

    #[test]
    fn any_text_is_walked_to_its_end(text in any::<String>(), item in prop::option::of(0..3u32)) {
        let mut report = report(&text, item);
        for kind in ["Service", "EndpointSlice", "Endpoints", "Node"] {
            super::unknown_fields(kind, &text, item, &mut report);
        }
        report.is_ambiguous(&Path::root("metadata.name"), "yes");
    }
}
