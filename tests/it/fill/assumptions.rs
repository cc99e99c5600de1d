//! Assumptions: what is given is used where the input says nothing, what was used can be kept, and what is wrong is
//! named with its place.

use hnsplan::diagnostics::text;
use hnsplan::fill::{Assumptions, Filled, fill};
use hnsplan::manifest::{AnyObject, any_objects};
use hnsplan::source::Sources;
use serde_json::Value;

use crate::cli::schema::misfits;
use crate::support::exe::hnsplan;

const HEAD: &str = "apiVersion: hnsplan/v1alpha1\nkind: Assumptions\n";

/// A workload and its Service.
const APP: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, ports: [{name: http, containerPort: 8080}]}]}
";

pub(super) fn read(text: &str) -> Result<Assumptions, Vec<String>> {
    let mut sources = Sources::default();
    let id = sources.add("assumptions.yaml", text).expect("it is small");
    Assumptions::read(id, text)
        .map_err(|wrong| wrong.iter().map(|found| text::short(found, &sources) + &allowed(found)).collect())
}

fn allowed(found: &hnsplan::diagnostics::Diagnostic) -> String {
    found.allowed.as_ref().map(|allowed| format!("; allowed: {allowed}")).unwrap_or_default()
}

fn filled(manifests: &str, assumptions: &str) -> Filled {
    let mut sources = Sources::default();
    sources.add("app.yaml", manifests).expect("it is small");
    fill(any_objects(&sources).objects, &read(&format!("{HEAD}{assumptions}")).expect("it is valid"))
}

fn of_kind<'f>(filled: &'f Filled, kind: &str) -> Vec<&'f AnyObject> {
    filled.objects.iter().filter(|object| object.kind().1 == kind).collect()
}

fn endpoints(filled: &Filled) -> Vec<(String, bool)> {
    let slices = of_kind(filled, "EndpointSlice");
    let endpoints = slices.iter().flat_map(|slice| slice.fields["endpoints"].as_array().expect("a list"));
    let endpoints = endpoints.map(|endpoint| {
        let name = endpoint["targetRef"]["name"].as_str().expect("a pod").to_owned();
        (name, endpoint["conditions"]["ready"] == true)
    });
    let mut endpoints: Vec<_> = endpoints.collect();
    endpoints.sort();
    endpoints
}

/// Every wrong field is named with its place, its value and what is allowed there.
#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (text, expected) in [
        ("serviceCIDRs: [10.96.0.0]", "3:16: error[C1309]: invalid serviceCIDRs `10.96.0.0`"),
        ("serviceCIDRs: [10.96.0.0/12, 10.97.0.0/16]", "3:30: error[C1309]: invalid serviceCIDRs"),
        ("serviceCIDRs: ['fd00::/48']", "3:16: error[C1309]: the service range fd00::/48 is too large"),
        ("nodePortRange: 9-8", "3:16: error[C1309]: invalid nodePortRange `9-8`"),
        ("podCIDRs: [x]", "3:12: error[C1309]: invalid podCIDRs `x`"),
        (
            "loadBalancers: [10.0.0.9-10.0.0.1]",
            "3:17: error[C1309]: invalid loadBalancers `10.0.0.9-10.0.0.1`",
        ),
        ("nodes: [{name: Linux_1}]", "3:16: error[C1309]: invalid name `Linux_1`"),
        ("nodes: [{name: a}, {name: a}]", "3:27: error[C1309]: node a is given twice"),
        (
            "nodes: [{name: a, addresses: [1.2.3.4, 1.2.3.5]}]",
            "3:40: error[C1309]: invalid addresses `1.2.3.5`",
        ),
        ("nodes: [{name: a, os: macos}]", "unknown word `macos`, expected `linux` or `windows`"),
        (
            "nodes: [{name: a, taints: [{key: x, effect: No}]}]",
            "unknown word `No`, expected one of `NoSchedule`",
        ),
        ("workloads: [{name: web}]", "3:20: error[C1309]: invalid name `web`"),
        ("workloads: [{name: a/b, replicas: 100001}]", "3:35: error[C1309]: 100001 pods are too many"),
        (
            "workloads: [{name: a/b, replicas: -1}]",
            "expected a whole number that is not negative, found the number `-1`",
        ),
        ("pods: [{name: a/b, labels: {}}]", "error[C1309]: pods without labels belong to no Service"),
        (
            "pods: [{name: a/b, labels: {a: b}, ports: [{port: 70000}]}]",
            "expected a whole number from 0 to 65535, found the number `70000`",
        ),
        ("serviceCidrs: []", "unknown field `serviceCidrs`, expected one of"),
    ] {
        let wrong = read(&format!("{HEAD}{text}")).expect_err(text);
        let is_named =
            wrong.len() == 1 && wrong[0].contains(expected) && wrong[0].starts_with("assumptions.yaml:");
        assert!(is_named, "{text}: {wrong:?}");
        let has_allowed = wrong[0].contains("; allowed: ") || wrong[0].contains("expected");
        assert!(has_allowed, "{wrong:?}");
    }
    for text in ["kind: Assumptions\n", "apiVersion: hnsplan/v1alpha1\nkind: Suite\n", "[]", "{"] {
        read(text).expect_err(text);
    }
    let both = read(&format!("{HEAD}podCIDRs: [x]\nnodePortRange: y\n")).expect_err("two are wrong");
    assert_eq!(both.len(), 2);
}

#[test]
fn a_wrong_file_ends_the_command_with_its_place() {
    let folder = tempfile::tempdir().expect("there is room");
    std::fs::write(folder.path().join("app.yaml"), APP).expect("it can be written");
    std::fs::write(folder.path().join("a.yaml"), format!("{HEAD}podCIDRs: [x]\n"))
        .expect("it can be written");
    let run =
        hnsplan("fill -f app.yaml --assumptions a.yaml --message-format short").inside(folder.path()).run();
    let message = run.failed(2);
    assert!(message.contains("a.yaml:3:12: error[C1309]: invalid podCIDRs `x`"), "{message}");
}

#[test]
fn ranges_come_from_kubeadm_if_nothing_else_names_them() {
    let arguments = [
        "extraArgs: {service-node-port-range: 31000-31999}",
        "extraArgs: [{name: service-node-port-range, value: 31000-31999}]",
    ];
    for arguments in arguments {
        let kubeadm = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\napiServer: {{{arguments}}}\n\
             networking: {{serviceSubnet: '172.20.0.0/16,fd01::/112', podSubnet: 10.9.0.0/16}}\n"
        );
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kubeadm-config, namespace: kube-system}}\ndata:\n  \
             ClusterConfiguration: |\n    {}\n",
            kubeadm.trim_end().replace('\n', "\n    ")
        );
        for document in [kubeadm, map] {
            let manifests = format!("{document}---\n{APP}");
            let used = filled(&manifests, "").assumed.used;
            let ranges: Vec<String> = used.service_cidrs.iter().map(ToString::to_string).collect();
            assert_eq!(ranges, ["172.20.0.0/16", "fd01::/112"]);
            assert_eq!(used.pod_cidrs[0].to_string(), "10.9.0.0/16");
            assert_eq!(used.node_ports.map(|range| range.to_string()).as_deref(), Some("31000-31999"));
            let given =
                filled(&manifests, "serviceCIDRs: [10.1.0.0/16]\nnodePortRange: 32000-32100").assumed.used;
            assert_eq!(given.service_cidrs.len(), 1);
            assert_eq!(given.node_ports.map(|range| range.to_string()).as_deref(), Some("32000-32100"));
        }
    }
}

/// Nodes that are assumed get their networks from that of the cluster, and pods their addresses from these.
#[test]
fn the_pod_network_reaches_the_nodes_and_their_pods() {
    for (network, first) in
        [("10.9.0.0/16", "10.9."), ("172.31.4.0/24", "172.31.4."), ("10.0.0.0/29", "10.0.0.")]
    {
        let filled = filled(APP, &format!("podCIDRs: [{network}]"));
        let node = of_kind(&filled, "Node")[0];
        assert!(node.text(&["spec", "podCIDR"]).starts_with(first), "{network}");
        assert!(of_kind(&filled, "Pod")[0].text(&["status", "podIP"]).starts_with(first), "{network}");
    }
    let run = hnsplan("fill -f - --pod-cidr 10.9.0.0/16 --only nodes,slices").input(APP).run();
    let text = run.succeeded();
    assert!(text.contains("podCIDR: 10.9.0.0/17") && text.contains("- 10.9."), "{text}");
    assert!(!text.contains("10.244."), "{text}");
}

#[test]
fn a_full_pod_network_is_reported() {
    let few = filled(APP, "podCIDRs: [10.0.0.0/28]\nworkloads: [{name: shop/web, replicas: 5}]");
    assert!(few.diagnostics.is_empty(), "{:?}", few.diagnostics);
    let many = filled(APP, "podCIDRs: [10.0.0.0/28]\nworkloads: [{name: shop/web, replicas: 6}]");
    assert_eq!(many.diagnostics[0].code.id(), "C1314");
    assert_eq!(endpoints(&many).len(), 5);
}

#[test]
fn nodes_are_those_of_the_assumptions_where_the_input_has_none() {
    let nodes = "nodes:\n- {name: a, zone: z1, labels: {disk: ssd}, addresses: [10.1.1.1]}\n\
                 - {name: b, zone: z2, taints: [{key: gpu, effect: NoSchedule}]}\n\
                 workloads: [{name: shop/web, replicas: 4}]\n";
    let own = filled(APP, nodes);
    assert_eq!(own.assumed.nodes, ["a", "b"]);
    let pods = of_kind(&own, "Pod");
    assert!(pods.iter().all(|pod| pod.text(&["spec", "nodeName"]) == "a") && pods.len() == 4);
    let slice = of_kind(&own, "EndpointSlice")[0];
    assert_eq!(slice.fields["endpoints"][0]["zone"], "z1");
    let with_node = format!("{APP}---\n{{apiVersion: v1, kind: Node, metadata: {{name: real}}}}\n");
    let real = filled(&with_node, nodes);
    assert!(real.assumed.nodes.is_empty());
    assert_eq!(real.diagnostics[0].code.id(), "C1310");
}

#[test]
fn replicas_and_readiness_are_those_of_the_assumptions() {
    let ready = |filled: &Filled| endpoints(filled).iter().filter(|(_, ready)| *ready).count();
    let three = filled(APP, "workloads: [{name: shop/web, kind: Deployment, replicas: 3, ready: 2}]");
    assert_eq!((endpoints(&three).len(), ready(&three)), (3, 2));
    let other = filled(APP, "workloads: [{name: shop/web, kind: StatefulSet, replicas: 3}]");
    assert_eq!(endpoints(&other).len(), 1);
    let none = filled(APP, "workloads: [{name: shop/web, ready: 0}]");
    assert_eq!((endpoints(&none).len(), ready(&none)), (1, 0));
    // What a manifest says wins.
    let written = APP.replace("spec:\n  selector", "spec:\n  replicas: 2\n  selector");
    assert_eq!(endpoints(&filled(&written, "workloads: [{name: shop/web, replicas: 5}]")).len(), 2);
    assert!(!filled(&written, "").assumed.workloads[0].is_assumed);
    assert!(three.assumed.workloads[0].is_assumed);
    // Where scaling begins is no more than a beginning.
    let autoscaler = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web, namespace: shop}\n\
                  spec: {minReplicas: 4, scaleTargetRef: {kind: Deployment, name: web}}\n";
    let scaled = format!("{APP}{autoscaler}");
    assert_eq!(endpoints(&filled(&scaled, "")).len(), 4);
    assert_eq!(endpoints(&filled(&scaled, "workloads: [{name: shop/web, replicas: 5}]")).len(), 5);
}

#[test]
fn pods_that_exist_only_at_run_time_are_endpoints() {
    let (service, _) = APP.split_once("---").expect("two documents");
    let pods = "pods: [{name: shop/made, replicas: 2, ready: 1, labels: {app: web}, ports: [{name: http, port: 9090}]}]";
    let filled = filled(service, pods);
    let expected = [("made-0".to_owned(), true), ("made-1".to_owned(), false)];
    assert_eq!(endpoints(&filled), expected);
    assert_eq!(of_kind(&filled, "EndpointSlice")[0].fields["ports"][0]["port"], 9090);
}

/// A pod without status runs; one that a cluster has run, that ends, or that only tests a release stays as it is.
#[test]
fn a_pod_of_a_manifest_runs() {
    let (service, _) = APP.split_once("---").expect("two documents");
    let pod = |more: &str, annotations: &str| {
        format!(
            "{service}---\n{{apiVersion: v1, kind: Pod, metadata: {{name: web, namespace: shop, labels: {{app: web}}, \
             annotations: {{{annotations}}}}}, spec: {{{more}containers: [{{name: main, ports: [{{name: http, \
             containerPort: 80}}]}}]}}}}\n"
        )
    };
    let running = filled(&pod("", ""), "");
    assert_eq!(endpoints(&running), [("web".to_owned(), true)]);
    assert_eq!(of_kind(&running, "Pod").len(), 1);
    assert_eq!(
        endpoints(&filled(&pod("", ""), "workloads: [{name: shop/web, ready: 0}]")),
        [("web".to_owned(), false)]
    );
    assert_eq!(endpoints(&filled(&pod("restartPolicy: Never, ", ""), "")), []);
    assert_eq!(endpoints(&filled(&pod("", "helm.sh/hook: test"), "")), []);
    let elsewhere = filled(&pod("nodeName: elsewhere, ", ""), "");
    assert_eq!((endpoints(&elsewhere).len(), elsewhere.diagnostics[0].code.id()), (0, "C1308"));
    let windows = filled(&pod("nodeName: windows-1, os: {name: windows}, ", ""), "");
    assert_eq!(of_kind(&windows, "EndpointSlice")[0].fields["endpoints"][0]["nodeName"], "windows-1");
}

/// What is printed is a document of the schema, and gives the same objects.
#[test]
fn what_was_used_gives_the_same_result() {
    let folder = tempfile::tempdir().expect("there is room");
    std::fs::write(folder.path().join("app.yaml"), APP).expect("it can be written");
    let fill =
        |arguments: &str| hnsplan(&format!("fill -f app.yaml {arguments}")).inside(folder.path()).run();
    let flags = "--service-cidr 172.20.0.0/16 --pod-cidr 10.9.0.0/16 --node-port-range 31000-31100";
    let printed = fill(&format!("{flags} --print-assumptions")).succeeded().to_owned();
    std::fs::write(folder.path().join("used.yaml"), &printed).expect("it can be written");
    let again = fill("--assumptions used.yaml");
    assert_eq!(again.succeeded(), fill(flags).succeeded());
    assert_eq!(fill("--assumptions used.yaml --print-assumptions").succeeded(), printed);
    let schema: Value =
        serde_json::from_str(hnsplan("schema assumptions").run().succeeded()).expect("it is JSON");
    let document: Value = serde_yaml::from_str(&printed).expect("it is YAML");
    let mut found = Vec::new();
    misfits(&schema, &schema, &document, "assumptions", &mut found);
    assert!(found.is_empty(), "{found:?}");
}

fn codes(filled: &Filled, code: &str) -> Vec<String> {
    let found = filled.diagnostics.iter().filter(|found| found.code.id() == code);
    found.map(|found| found.message.clone()).collect()
}

/// What is assumed of a workload that is not there changes nothing, and is said with the nearest name.
#[test]
fn assumptions_about_workloads_that_are_not_there_are_named() {
    for (entry, said) in [
        ("{name: shop/web, replicas: 3}", None),
        ("{name: shop/web, kind: Deployment, ready: 1}", None),
        ("{name: shop/operator, ready: 1}", None),
        (
            "{name: shop/wbe, replicas: 3}",
            Some("no workload shop/wbe, about which something is assumed; did you mean shop/web?"),
        ),
        (
            "{name: demo/web, replicas: 3}",
            Some("no workload demo/web, about which something is assumed; did you mean shop/web?"),
        ),
        ("{name: shop/web, kind: StatefulSet, ready: 1}", Some("no StatefulSet shop/web, about which")),
        (
            "{name: shop/something-else, ready: 1}",
            Some("no workload shop/something-else, about which something is assumed"),
        ),
    ] {
        let pods =
            "pods: [{name: shop/operator, replicas: 2, labels: {app: x}, ports: [{name: web, port: 90}]}]";
        let filled = filled(APP, &format!("workloads: [{entry}]\n{pods}\n"));
        let found = codes(&filled, "C1315");
        assert_eq!(found.len(), usize::from(said.is_some()), "{entry}: {found:?}");
        assert!(found.iter().zip(said).all(|(found, said)| found.contains(said)), "{entry}: {found:?}");
    }
}

/// Networks that have addresses in common are named, each pair once, and those that are parts of one another as meant are not.
#[test]
fn networks_that_overlap_are_named() {
    let node = |name: &str, net: &str| format!("{{name: {name}, podCIDRs: [{net}]}}");
    for (text, pairs) in [
        ("serviceCIDRs: [10.96.0.0/12]\npodCIDRs: [10.244.0.0/16]".to_owned(), 0),
        ("serviceCIDRs: [10.96.0.0/12]\npodCIDRs: [10.96.0.0/12]".to_owned(), 1),
        ("serviceCIDRs: [10.96.0.0/12]\npodCIDRs: [10.100.0.0/16]".to_owned(), 1),
        ("serviceCIDRs: [10.96.0.0/16]\npodCIDRs: [10.0.0.0/8]".to_owned(), 1),
        ("serviceCIDRs: [fd00:96::/112]\npodCIDRs: [fd00:96::/64]".to_owned(), 1),
        (
            format!(
                "podCIDRs: [10.244.0.0/16]\nnodes: [{}, {}]",
                node("a", "10.244.0.0/24"),
                node("b", "10.244.1.0/24")
            ),
            0,
        ),
        (
            format!(
                "podCIDRs: [10.244.0.0/16]\nnodes: [{}, {}]",
                node("a", "10.244.0.0/23"),
                node("b", "10.244.1.0/24")
            ),
            1,
        ),
        (format!("serviceCIDRs: [10.96.0.0/16]\nnodes: [{}]", node("a", "10.96.4.0/24")), 1),
        (
            format!(
                "serviceCIDRs: [10.96.0.0/16]\npodCIDRs: [10.96.0.0/16]\nnodes: [{}]",
                node("a", "10.96.4.0/24")
            ),
            1,
        ),
    ] {
        let found = codes(&filled(APP, &text), "C1317");
        assert_eq!(found.len(), pairs, "{text}: {found:?}");
    }
}

/// More replicas than a workload gets are said with their place.
#[test]
fn too_many_replicas_are_named() {
    for (replicas, is_said) in [("3", false), ("100000", false), ("100001", true), ("3000000000", true)] {
        let manifest =
            APP.replace("spec:\n  selector", &format!("spec:\n  replicas: {replicas}\n  selector"));
        assert!(manifest.contains(replicas), "{manifest}");
        let filled = filled(&manifest, "podCIDRs: [10.0.0.0/8]");
        let found = codes(&filled, "C1316");
        assert_eq!(found.len(), usize::from(is_said), "{replicas}: {found:?}");
        assert!(
            found.iter().all(|found| found.contains(&format!("Deployment shop/web has {replicas} replicas"))),
            "{found:?}"
        );
    }
}
