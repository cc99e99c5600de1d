//! Promise: where nothing failed, a node ends as if kube-proxy had started with the last objects; and whatever is cut into
//! smaller steps shows no less.

use std::collections::BTreeSet;
use std::fmt::Write;

use hnsplan::pipeline::Setup;
use hnsplan::platform::timeline::{Disturbance, Keeps, Timeline, Trouble};
use hnsplan::platform::{Holdings, Options, find};
use hnsplan::replay::{Request, Sequence, replay};
use proptest::prelude::*;
use serde_json::Value;

use super::packed::{Files, unpacked};
use crate::support::cases::config;

/// Which pods are ready at a moment: one bit each.
type Ready = u8;

/// A Service with a node port whose remote pods are these, and another one that never changes.
fn manifests(ready: Ready) -> String {
    let mut endpoints = String::new();
    for pod in (0..8).filter(|pod| ready & (1 << pod) != 0) {
        let _ = writeln!(
            endpoints,
            "- {{addresses: [10.244.2.{}], nodeName: other, conditions: {{ready: true}}}}",
            pod + 10
        );
    }
    let endpoints = if endpoints.is_empty() { "[]".to_owned() } else { format!("\n{endpoints}") };
    let service = |name: &str, ip: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{type: NodePort, clusterIP: {ip}, clusterIPs: [{ip}], ipFamilies: [IPv4], \
             ports: [{{name: http, port: 80, protocol: TCP, targetPort: 8080{more}}}]}}\n---\n"
        )
    };
    let slice = |name: &str, endpoints: &str| {
        format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
             metadata: {{name: {name}-1, namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}\n\
             ports: [{{name: http, port: 8080, protocol: TCP}}]\nendpoints: {endpoints}\n---\n"
        )
    };
    let still = "\n- {addresses: [10.244.3.5], nodeName: other, conditions: {ready: true}}\n";
    service("web", "10.96.0.10", ", nodePort: 30080")
        + &slice("web", &endpoints)
        + &service("still", "10.96.0.20", ", nodePort: 30081")
        + &slice("still", still)
}

/// A sequence, gone through; `reversed` has the objects of each step the other way round.
fn timeline(moments: &[Ready], version: &str, reversed: bool) -> Box<dyn Timeline> {
    let file = |(number, ready): (usize, &Ready)| {
        let text = manifests(*ready);
        let mut documents: Vec<&str> = text.split_terminator("---\n").collect();
        if reversed {
            documents.reverse();
        }
        (format!("{number:02}.yaml"), documents.join("---\n"))
    };
    let files: Files = (1..).zip(moments).map(file).collect();
    let folder = unpacked(&files);
    let folder = Sequence::folder(folder.path()).expect("the folder has steps");
    let setup = Setup::of_node("here").version(version.parse().expect("a version"));
    let hns = find("hns").expect("it is registered");
    let held = network();
    let request = Request {
        setup: &setup,
        platform: hns,
        options: &Options::default(),
        held: &held,
        against: None,
        keeps: Keeps { calls: true, states: true },
    };
    replay(&folder, &request).expect("the sequence can be replayed").timeline
}

/// What load balancers lead to whom at the end, by address, and the absences.
fn run(moments: &[Ready], version: &str) -> (BTreeSet<(String, Vec<String>)>, Vec<Disturbance>) {
    let timeline = timeline(moments, version, false);
    let states = timeline.states();
    let last = states.as_array().and_then(|states| states.last()).expect("there is a step");
    let address = |id: &Value| {
        let all = last["hns"]["Endpoints"].as_array().expect("a list");
        let found = all.iter().find(|endpoint| endpoint["ID"] == *id).expect("members are there");
        found["IpConfigurations"][0]["IpAddress"].to_string()
    };
    let balancers = last["hns"]["LoadBalancers"].as_array().expect("a list");
    let balancers = balancers.iter().map(|balancer| {
        let mut members: Vec<String> =
            balancer["HostComputeEndpoints"].as_array().into_iter().flatten().map(address).collect();
        members.sort();
        (format!("{} {}", balancer["FrontendVIPs"], balancer["PortMappings"]), members)
    });
    (balancers.collect(), timeline.disturbances())
}

/// A node with a network and nothing else.
fn network() -> Holdings {
    let text = r#"{"Networks": [{"ID": "A1A1A1A1-0000-4000-8000-000000000001", "Name": "cbr0", "Type": "L2Bridge"}],
                   "Endpoints": [], "LoadBalancers": []}"#;
    let file = tempfile::NamedTempFile::with_suffix(".json").expect("a file can be made");
    std::fs::write(file.path(), text).expect("a file can be written");
    let dump = hnsplan::capture::DumpFile { path: file.path().display().to_string(), format: None };
    hnsplan::capture::read(&[dump]).expect("a dump of HNS").holdings
}

proptest! {
    #![proptest_config(config(16))]

    /// kube-proxy 1.36 loses nothing over changes of endpoints: the last state is that of a fresh start.
    #[test]
    fn the_end_is_that_of_a_fresh_start(moments in prop::collection::vec(any::<Ready>(), 1..6)) {
        let last = *moments.last().expect("there is one");
        prop_assert_eq!(run(&moments, "1.36").0, run(&[last], "1.36").0);
    }

    /// The order of objects in a file is nothing.
    #[test]
    fn order_in_a_step_is_nothing(moments in prop::collection::vec(any::<Ready>(), 1..5)) {
        for version in ["1.30", "1.36"] {
            let [one, other] = [false, true].map(|reversed| timeline(&moments, version, reversed));
            prop_assert_eq!(one.calls(), other.calls());
            prop_assert_eq!(one.states(), other.states());
            prop_assert_eq!(one.disturbances(), other.disturbances());
        }
    }

    /// What happens between two moments of a sequence is not hidden by looking at more of them.
    #[test]
    fn smaller_steps_hide_no_absence(from in 1u8.., between in any::<Ready>(), to in 1u8..) {
        let of_web = |moments: &[Ready]| -> BTreeSet<Box<str>> {
            let told = run(moments, "1.36").1.into_iter().filter(|of| of.what == Trouble::NoRules);
            told.map(|absence| absence.frontend).collect()
        };
        let coarse = of_web(&[from, to]);
        let fine = of_web(&[from, between, to]);
        prop_assert!(coarse.is_subset(&fine), "{coarse:?} {fine:?}");
    }

    /// Pods that are gone are told until the sync has come to each frontend, with their share of the connections.
    #[test]
    fn pods_that_are_gone_are_told_with_their_share(from in 1u8.., to in any::<Ready>()) {
        let pods = |of: Ready| -> Vec<String> {
            let mut pods: Vec<String> =
                (0..8).filter(|pod| of & (1 << pod) != 0).map(|pod| format!("10.244.2.{}", pod + 10)).collect();
            pods.sort();
            pods
        };
        let told: Vec<Disturbance> =
            run(&[from, to], "1.36").1.into_iter().filter(|of| of.what == Trouble::WrongMembers).collect();
        let gone = pods(from & !to);
        prop_assert_eq!(told.len(), if gone.is_empty() { 0 } else { 2 }, "{:?}", told);
        let share = hnsplan::answer::verdict::Chance::new(gone.len() as u128, u128::from(from.count_ones()));
        for of in told {
            prop_assert_eq!(&of.members, &gone);
            prop_assert_eq!(of.share.clone(), share.map(|share| share.to_string()));
            prop_assert!(of.from.step == 2 && of.from.call == 0 && !of.is_felt(), "{:?}", of);
        }
    }

    /// A Service that does not change is never without rules while another one does.
    #[test]
    fn a_service_that_does_not_change_is_left_alone(moments in prop::collection::vec(any::<Ready>(), 1..6)) {
        for version in ["1.30", "1.36"] {
            let (_, absences) = run(&moments, version);
            prop_assert!(absences.iter().all(|absence| &*absence.service != "shop/still:http"), "{absences:?}");
        }
    }
}
