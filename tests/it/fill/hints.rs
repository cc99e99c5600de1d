//! Promise: hints by topology are given, refused and distributed over zones as the controller does.

use std::collections::BTreeMap;
use std::fs;

use hnsplan::fill::{Assumptions, fill};
use hnsplan::manifest::any_objects;
use hnsplan::source::Sources;
use serde_json::Value;

/// A cluster with a zone for each quantity of CPU and all endpoints of a Service in the first zone.
fn cluster(cpus: &[&str], endpoints: usize) -> String {
    let zone = |at: usize| char::from(b'a' + u8::try_from(at).expect("there are few zones"));
    let nodes = cpus.iter().enumerate().map(|(at, cpu)| {
        let zone = zone(at);
        format!(
            "{{apiVersion: v1, kind: Node, metadata: {{name: node-{zone}, labels: {{topology.kubernetes.io/zone: {zone}}}}}, \
             status: {{allocatable: {{cpu: '{cpu}'}}, conditions: [{{type: Ready, status: 'True'}}]}}}}"
        )
    });
    let pods = (0..endpoints).map(|number| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: web-{number}, labels: {{app: web}}}}, spec: {{nodeName: node-a}}, \
             status: {{podIP: 10.1.0.{}, conditions: [{{type: Ready, status: 'True'}}]}}}}",
            number + 1
        )
    });
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web, annotations: {service.kubernetes.io/topology-mode: \
                   Auto}}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
    let all: Vec<String> = nodes.chain(pods).chain([service.to_owned()]).collect();
    all.join("\n---\n")
}

/// How many endpoints have a hint for each zone, as in `a=2 b=1`; `-` without hints.
fn hints(text: String) -> String {
    let mut sources = Sources::default();
    sources.add("cluster.yaml", text).expect("it is small");
    let filled = fill(any_objects(&sources).objects, &Assumptions::default());
    let mut by_zone: BTreeMap<String, usize> = BTreeMap::new();
    for slice in filled.objects.iter().filter(|object| object.kind().1 == "EndpointSlice") {
        for endpoint in slice.get(&["endpoints"]).and_then(Value::as_array).expect("it has endpoints") {
            for zone in endpoint["hints"]["forZones"].as_array().into_iter().flatten() {
                *by_zone.entry(zone["name"].as_str().expect("it is a name").to_owned()).or_default() += 1;
            }
        }
    }
    let parts: Vec<String> = by_zone.iter().map(|(zone, count)| format!("{zone}={count}")).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(" ") }
}

#[test]
fn zones_get_endpoints_by_their_share_of_the_cpus() {
    let path = format!("{}/fixtures/assume/bands/topology-hints.tsv", env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(path).expect("the table is there");
    let mut rows = 0;
    for row in table.lines().skip(1) {
        let [cpus, endpoints, _, recorded] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let cpus: Vec<&str> = cpus.split(' ').collect();
        let found = hints(cluster(&cpus, endpoints.parse().expect("it is a number")));
        // Of zones with equal shares any may come first.
        assert!(recorded.split(" | ").any(|one| one == found), "{row}: {found}");
        rows += 1;
    }
    assert_eq!(rows, 264);
}
