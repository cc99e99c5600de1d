//! Promise: swapping the sides mirrors every difference, on every platform.

use hnsplan::diff::{Comparison, Directory, FieldChange, ObjectChange, Ownership, Verb, compare};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::{Context, Platform};
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use crate::platform::every::platforms;
use crate::support::cases::config;
use crate::support::clusters::{Cluster, cluster};

/// What two clusters differ in on each platform.
fn compared(one: &Compiled, other: &Compiled) -> Vec<Comparison> {
    let directory = Directory::new(vec![&one.rules, &other.rules]);
    let objects = |platform: &dyn Platform, of: &Compiled| platform.objects(Context::of(&of.rules)).value;
    let compared = |platform: &'static dyn Platform| {
        let mut sides = [objects(platform, one), objects(platform, other)];
        compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform")
    };
    platforms().map(compared).collect()
}

/// A change as this side describes it, and as the other side describes it.
fn both_ways(change: &ObjectChange) -> [String; 2] {
    let ObjectChange { verb, subject, fields, .. } = change;
    let kind = subject.kind.as_str();
    let names: [(&str, String); 2] = match verb {
        Verb::Created => [("created", subject.name.clone()), ("deleted", subject.name.clone())],
        Verb::Deleted => [("deleted", subject.name.clone()), ("created", subject.name.clone())],
        Verb::Changed => ["changed"; 2].map(|verb| (verb, subject.name.clone())),
        Verb::Replaced => ["replaced"; 2].map(|verb| (verb, subject.name.clone())),
        Verb::Moved { from } => {
            [("moved", format!("{from} → {}", subject.name)), ("moved", format!("{} → {from}", subject.name))]
        }
        Verb::Renamed { from } => [
            ("renamed", format!("{from:?} → {:?}", subject.services)),
            ("renamed", format!("{:?} → {from:?}", subject.services)),
        ],
    };
    let fields = |swapped: bool| {
        let mut values: Vec<String> = fields
            .iter()
            .map(|FieldChange { path, before, after }| {
                if swapped {
                    format!("{path}: {after:?} → {before:?}")
                } else {
                    format!("{path}: {before:?} → {after:?}")
                }
            })
            .collect();
        values.sort();
        values
    };
    let [(verb, name), (mirrored_verb, mirrored_name)] = names;
    [
        format!("{verb} {kind} {name} {:?}", fields(false)),
        format!("{mirrored_verb} {kind} {mirrored_name} {:?}", fields(true)),
    ]
}

/// All changes, as one side or as the other describes them, sorted.
fn describe(found: &Comparison, way: usize) -> Vec<String> {
    let mut lines: Vec<String> = found.changes.iter().map(|change| both_ways(change)[way].clone()).collect();
    lines.sort();
    lines
}

fn compiled(cluster: &Cluster) -> Compiled {
    cluster.run("1.36").compile()
}

/// Services of few addresses and ports, so that what belonged to one of them often belongs to another.
fn crowded() -> impl Strategy<Value = Cluster> {
    let service = |namespace: &'static str, name: &'static str| {
        let ports = (subsequence(vec!["http", "dns-tcp"], 1..=2), vec(select(&[53, 80][..]), 2));
        let outside = (weighted(0.8), weighted(0.8));
        (select(&["10.96.0.1", "10.96.0.2"][..]), ports, outside).prop_map(
            move |(ip, (names, numbers), (has_address, has_ranges))| {
                let ports =
                    names.iter().zip(numbers).map(|(name, port)| json!({ "name": name, "port": port }));
                json!({
                    "apiVersion": "v1", "kind": "Service",
                    "metadata": { "name": name, "namespace": namespace },
                    "spec": {
                        "type": "LoadBalancer", "clusterIP": ip, "clusterIPs": [ip],
                        "ports": ports.collect::<Vec<_>>(),
                        "loadBalancerSourceRanges": vec!["192.168.0.0/16"; usize::from(has_ranges)],
                    },
                    "status": { "loadBalancer": {
                        "ingress": vec![json!({ "ip": "192.0.2.1" }); usize::from(has_address)],
                    } },
                })
            },
        )
    };
    (service("shop", "a"), service("shop", "web"), service("default", "web"), vec(any::<bool>(), 3)).prop_map(
        |(a, b, c, kept)| {
            let services = [a, b, c].into_iter().zip(kept);
            Cluster { objects: services.filter(|(_, kept)| *kept).map(|(service, _)| service).collect() }
        },
    )
}

fn is_mirrored(one: &Cluster, other: &Cluster) -> Result<(), TestCaseError> {
    let (one, other) = (compiled(one), compiled(other));
    for (there, back) in compared(&one, &other).iter().zip(&compared(&other, &one)) {
        prop_assert_eq!(describe(there, 1), describe(back, 0));
        let (there, back) = (there.total(), back.total());
        prop_assert_eq!([there.equal, there.changed], [back.equal, back.changed]);
        prop_assert_eq!(there.only, [back.only[1], back.only[0]]);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn a_difference_is_the_mirror_of_the_opposite_one(one in cluster(), other in cluster()) {
        is_mirrored(&one, &other)?;
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn what_goes_from_one_service_to_another_is_mirrored(one in crowded(), other in crowded()) {
        is_mirrored(&one, &other)?;
    }
}
