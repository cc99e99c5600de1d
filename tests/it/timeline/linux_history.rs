//! Promise: on Linux a node ends as if kube-proxy had started with the last objects, the order of objects in a step is
//! nothing, and a replay depends on its input alone.

use std::collections::BTreeSet;
use std::fmt::Write;

use hnsplan::net::Family;
use hnsplan::pipeline::{Setup, compile};
use hnsplan::platform::timeline::{Keeps, Timeline, Trouble};
use hnsplan::platform::{iptables, nftables};
use hnsplan::source::Sources;
use proptest::prelude::*;
use serde_json::Value;

use super::packed::{Files, replayed};
use crate::support::cases::config;

/// What a Service is like at a moment.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Which pods are ready: one bit each; those of the lower half are on this node.
    ready: u8,
    port: u16,
    /// 0: cluster IP, 1: node port, 2: an address of a load balancer with source ranges.
    kind: u8,
    is_local: bool,
    has_affinity: bool,
}

/// The Services of a moment; those that are not there have none.
type Objects = [Option<Shape>; 3];

fn objects() -> impl Strategy<Value = Objects> {
    let shape = (any::<u8>(), 80u16..82, 0u8..3, any::<bool>(), any::<bool>());
    let shape = shape.prop_map(|(ready, port, kind, is_local, has_affinity)| {
        let ready = ready & 0x3f;
        Shape { ready, port, kind, is_local, has_affinity }
    });
    prop::array::uniform3(prop::option::weighted(0.8, shape))
}

/// The documents of a moment.
fn documents(objects: &Objects) -> Vec<String> {
    let mut documents = Vec::new();
    for (number, shape) in objects.iter().enumerate() {
        let Some(Shape { ready, port, kind, is_local, has_affinity }) = *shape else { continue };
        let type_ = ["ClusterIP", "NodePort", "LoadBalancer"][usize::from(kind)];
        let (name, ip) = (format!("s{number}"), format!("10.96.0.{}", 10 + number));
        let mut service = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  type: {type_}\n  \
             clusterIP: {ip}\n  clusterIPs: [{ip}]\n  ipFamilies: [IPv4]\n  ports:\n  - {{name: http, port: {port}, \
             protocol: TCP, targetPort: 8080{}}}\n",
            if kind > 0 { format!(", nodePort: {}", 30080 + number) } else { String::new() }
        );
        if is_local && kind > 0 {
            service.push_str("  externalTrafficPolicy: Local\n");
        }
        if has_affinity {
            service.push_str(
                "  sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}\n",
            );
        }
        if kind == 2 {
            let _ = writeln!(service, "  loadBalancerSourceRanges: [192.168.0.0/16]");
            let _ = writeln!(
                service,
                "status: {{loadBalancer: {{ingress: [{{ip: 203.0.113.{}}}]}}}}",
                10 + number
            );
        }
        documents.push(service);
        let mut slice = format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\nmetadata: {{name: {name}-1, \
             namespace: shop, labels: {{kubernetes.io/service-name: {name}}}}}\nports: [{{name: http, port: 8080, \
             protocol: TCP}}]\nendpoints:\n"
        );
        for pod in 0..6 {
            let (node, subnet) = if pod < 3 { ("here", 1) } else { ("other", 2) };
            let is_ready = ready & (1 << pod) != 0;
            let _ = writeln!(
                slice,
                "- {{addresses: [10.244.{subnet}.{}], nodeName: {node}, conditions: {{ready: {is_ready}, serving: {is_ready}}}}}",
                10 * number + pod
            );
        }
        documents.push(slice);
    }
    documents
}

/// A sequence; `reversed` has the objects of each step the other way round.
fn run(platform: &str, moments: &[Objects], version: &str, reversed: bool) -> Box<dyn Timeline> {
    of_files(platform, &files(moments, reversed), version)
}

/// The files of a sequence.
fn files(moments: &[Objects], reversed: bool) -> Files {
    let file = |(number, objects): (usize, &Objects)| {
        let mut documents = documents(objects);
        if reversed {
            documents.reverse();
        }
        let nothing = "apiVersion: v1\nkind: List\nitems: []\n";
        let text = if documents.is_empty() { nothing.to_owned() } else { documents.join("---\n") };
        (format!("{number:02}.yaml"), text)
    };
    (1..).zip(moments).map(file).collect()
}

/// A sequence in a folder.
fn of_files(platform: &str, files: &Files, version: &str) -> Box<dyn Timeline> {
    let setup = Setup::of_node("here").version(version.parse().expect("a version"));
    let keeps = Keeps { calls: true, states: true };
    replayed(platform, files, setup, keeps, |_| {}).expect("it can be replayed").timeline
}

/// What the node holds at the end, in normal form.
fn end(platform: &str, moments: &[Objects], version: &str) -> String {
    // nftables deletes what is stale in the next sync.
    let again = [moments, moments.last().map(std::slice::from_ref).unwrap_or_default()].concat();
    let timeline = run(platform, &again, version, false);
    assert_eq!(timeline.disturbances(), []);
    let states = timeline.states();
    let last = states.as_array().and_then(|states| states.last()).expect("there is a step");
    let text = last[platform]["IPv4"].as_str().expect("a text");
    if platform == "iptables" {
        let (rules, problems) = iptables::read(text, Family::Ipv4);
        assert!(problems.is_empty(), "{problems:?}");
        return iptables::write(&rules.normalise());
    }
    let reading = nftables::read(text);
    assert!(reading.problems.is_empty(), "{text}");
    let table = reading.tables.ipv4.expect("a table").normalise();
    nftables::write(&table, nftables::Format::Knftables).to_string()
}

const PLATFORMS: [&str; 2] = ["iptables", "nftables"];
const VERSIONS: [&str; 2] = ["1.30", "1.36"];

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn the_end_is_that_of_a_fresh_start(moments in prop::collection::vec(objects(), 1..5)) {
        let last = *moments.last().expect("there is one");
        for version in VERSIONS {
            for platform in PLATFORMS {
                prop_assert_eq!(end(platform, &moments, version), end(platform, &[last], version));
            }
        }
    }

    /// The order of objects in a file is nothing, and nothing but the input decides.
    #[test]
    fn order_in_a_step_is_nothing(moments in prop::collection::vec(objects(), 1..4)) {
        for (platform, version) in PLATFORMS.into_iter().flat_map(|platform| VERSIONS.map(|of| (platform, of))) {
            let one = run(platform, &moments, version, false);
            for reversed in [false, true] {
                let other = run(platform, &moments, version, reversed);
                prop_assert_eq!(one.calls(), other.calls());
                prop_assert_eq!(one.states(), other.states());
                prop_assert_eq!(one.disturbances(), other.disturbances());
            }
        }
    }

    /// When somebody deletes all rules, a frontend that is without them is told, whether its endpoints change at once or one
    /// after another.
    #[test]
    fn smaller_steps_hide_no_absence(from in objects(), between in any::<[u8; 3]>(), to in any::<[u8; 3]>()) {
        let with = |ready: [u8; 3]| {
            let mut objects = from;
            for (shape, ready) in objects.iter_mut().zip(ready) {
                if let Some(shape) = shape {
                    shape.ready = ready & 0x3f;
                }
            }
            objects
        };
        for platform in PLATFORMS {
            let absent = |moments: &[Objects]| -> BTreeSet<Box<str>> {
                let mut files = files(moments, false);
                files.insert("02.step.json".to_owned(), r#"{"flush": true}"#.to_owned());
                let noticed = of_files(platform, &files, "1.36").disturbances();
                let absences = noticed.into_iter().filter(|of| of.what == Trouble::NoRules);
                absences.map(|absence| absence.frontend).collect()
            };
            let coarse = absent(&[from, with(to)]);
            let fine = absent(&[from, with(between), with(to)]);
            prop_assert!(coarse.is_subset(&fine), "{}: {:?} {:?}", platform, coarse, fine);
        }
    }

    /// A Service that does not change is written in no partial sync, but its dispatch always is.
    #[test]
    fn a_service_that_does_not_change_is_not_written(
        moments in prop::collection::vec(objects(), 2..5),
        still in objects(),
    ) {
        let mut moments = moments;
        let still = still[0].or(Some(Shape { ready: 1, port: 80, kind: 1, is_local: false, has_affinity: false }));
        for moment in &mut moments {
            moment[0] = still;
        }
        let timeline = run("iptables", &moments, "1.36", false);
        let calls = timeline.calls();
        for step in calls["steps"].as_array().into_iter().flatten().skip(1) {
            let call = &step["calls"][0];
            prop_assert_eq!(&call["kind"], "partial");
            let text = call["text"].as_str().unwrap_or_default();
            let is_of_still = |line: &&str| line.contains("shop/s0:http");
            let own = ["-A KUBE-SVC-", "-A KUBE-SEP-", "-A KUBE-EXT-", "-A KUBE-FW-", "-A KUBE-SVL-"];
            for line in text.lines().filter(is_of_still) {
                prop_assert!(!own.iter().any(|chain| line.starts_with(chain)), "{}", line);
            }
            prop_assert!(text.lines().any(|line| is_of_still(&line)), "{}", Value::from(text));
        }
    }
}

/// What a partial transaction says of a Service that does not change: nothing, not even an element.
#[test]
fn a_partial_transaction_leaves_other_services_alone() {
    let shape = |ready| Some(Shape { ready, port: 80, kind: 1, is_local: false, has_affinity: true });
    let moments =
        [[shape(0b1001), shape(1), None], [shape(0b1001), shape(3), None], [shape(0b1001), shape(0), None]];
    let calls = run("nftables", &moments, "1.36", false).calls();
    let texts: Vec<&str> = calls["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|step| step["calls"].as_array().into_iter().flatten())
        .filter_map(|call| call["text"].as_str())
        .collect();
    assert!(texts[0].contains("shop/s0/tcp/http"), "{}", texts[0]);
    for text in &texts[1..] {
        assert!(text.contains("shop/s1/tcp/http") && !text.contains("shop/s0"), "{text}");
    }
}

/// A table that is gone is noticed by the first transaction that has anything to do; until the next one there is none.
#[test]
fn without_a_table_frontends_are_absent_until_a_full_sync() {
    let shape =
        |ready| [Some(Shape { ready, port: 80, kind: 0, is_local: false, has_affinity: false }), None, None];
    let files: Files = (1..)
        .zip([shape(8), shape(8), shape(24), shape(24)])
        .flat_map(|(number, objects)| {
            let step =
                (number == 2).then(|| (format!("{number:02}.step.json"), r#"{"flush": true}"#.to_owned()));
            [(format!("{number:02}.yaml"), documents(&objects).join("---\n"))].into_iter().chain(step)
        })
        .collect();
    for (platform, from, to) in [("iptables", (2, 0), (3, 1)), ("nftables", (2, 0), (4, 1))] {
        let noticed = of_files(platform, &files, "1.36").disturbances();
        let [absence] = &noticed[..] else { panic!("{noticed:?}") };
        assert_eq!(absence.what, Trouble::NoRules);
        assert_eq!(absence.clients.len(), 3, "{absence:?}");
        assert_eq!((absence.from.step, absence.from.call), from, "{platform:?}");
        assert_eq!(absence.to.map(|to| (to.step, to.call)), Some(to), "{platform:?}");
        assert_eq!(&*absence.frontend, "TCP 10.96.0.10:80");
    }
}

/// A sync that fails leaves pods that are gone in the rules until the next one, which is full.
#[test]
fn after_a_failure_clients_are_sent_to_pods_that_are_gone() {
    let shape =
        |ready| [Some(Shape { ready, port: 80, kind: 0, is_local: false, has_affinity: false }), None, None];
    for (platform, op) in [("iptables", "iptables-restore"), ("nftables", "nft")] {
        let mut files: Files = (1..)
            .zip([shape(0b11000), shape(0b01000), shape(0b01000)])
            .map(|(number, objects)| (format!("{number:02}.yaml"), documents(&objects).join("---\n")))
            .collect();
        // A pod that is not ready serves no more.
        let fault = format!(r#"[{{"op": "{op}", "error": "exit status 1"}}]"#);
        files.insert("02.faults.json".to_owned(), fault);
        let noticed = of_files(platform, &files, "1.36").disturbances();
        let [wrong] = &noticed[..] else { panic!("{platform}: {noticed:?}") };
        assert_eq!((wrong.what, wrong.share.as_deref()), (Trouble::WrongMembers, Some("1/2")));
        assert_eq!(wrong.members, ["10.244.2.4"]);
        assert_eq!((wrong.from.step, wrong.to.map(|to| to.step)), (2, Some(3)));
        assert!(wrong.is_felt());
    }
}

/// What the first sync of a process leaves is what `compile` prints, whatever the version is.
#[test]
fn the_first_sync_leaves_what_is_compiled() {
    let shape =
        |kind, is_local| Some(Shape { ready: 0b1001, port: 80, kind, is_local, has_affinity: kind == 1 });
    let objects = [shape(0, false), shape(1, true), shape(2, false)];
    for minor in 30..=37 {
        let version = format!("1.{minor}");
        let files = Files::from([("01.yaml".to_owned(), documents(&objects).join("---\n"))]);
        let states = of_files("nftables", &files, &version).states();
        let mut sources = Sources::default();
        sources.add("01.yaml".to_owned(), &files["01.yaml"]).expect("it is not too large");
        let setup = Setup::of_node("here").version(version.parse().expect("a version"));
        let rules = compile(sources, &setup).rules;
        let table = nftables::lower(&rules, Family::Ipv4);
        let text = nftables::write(&table, nftables::Format::Knftables).to_string();
        assert_eq!(states[0]["nftables"]["IPv4"], text, "{version}");
    }
}
