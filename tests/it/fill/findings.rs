//! Promise: what can be known of Services and the pods that they select is found, and nothing else is.

use hnsplan::fill::{Assumptions, fill};
use hnsplan::manifest::any_objects;
use hnsplan::source::Sources;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::cases::config;
use crate::support::exe::hnsplan;

/// The codes of the findings about pods and Services, with what they say.
fn findings(text: &str) -> Vec<(&'static str, String)> {
    let mut sources = Sources::default();
    sources.add("apps.yaml", text.to_owned()).expect("it is small");
    let read = any_objects(&sources);
    assert_eq!(read.diagnostics, [], "{text}");
    let found = fill(read.objects, &Assumptions::default()).diagnostics;
    found
        .into_iter()
        .inspect(|found| assert!(found.place.is_some() && found.object.is_some(), "{found:?}"))
        .map(|found| (found.code.id(), found.sentences()))
        .filter(|(code, _)| (&"C1320"..=&"C1324").contains(&code))
        .collect()
}

/// A Service and its workload, of which single facts can be changed.
#[derive(Debug, Clone)]
struct App {
    kind: &'static str,
    selector: String,
    target: String,
    protocol: &'static str,
    policy: &'static str,
    containers: &'static str,
    more: String,
}

const CONTAINERS: &str = "containers: [{name: proxy}, {name: main, ports: [{name: web, containerPort: 8080}, {name: dns, \
                          containerPort: 53, protocol: UDP}]}], initContainers: [{name: side, restartPolicy: Always, \
                          ports: [{name: admin, containerPort: 9000}]}]";

impl App {
    fn of(kind: &'static str) -> Self {
        Self {
            kind,
            selector: "{app: front, tier: web}".to_owned(),
            target: "web".to_owned(),
            protocol: "TCP",
            policy: "",
            containers: CONTAINERS,
            more: String::new(),
        }
    }

    fn text(&self) -> String {
        let Self { kind, selector, target, protocol, policy, containers, more } = self;
        let version = if *kind == "ReplicationController" { "v1" } else { "apps/v1" };
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: front}}, spec: {{type: NodePort, {policy}selector: \
             {selector}, ports: [{{port: 80, nodePort: 30080, targetPort: {target}, protocol: {protocol}}}]}}}}\n---\n\
             {{apiVersion: {version}, kind: {kind}, metadata: {{name: front}}, spec: {{template: {{metadata: {{labels: \
             {{app: front, tier: web}}}}, spec: {{{containers}}}}}}}}}\n---\n{more}"
        )
    }
}

fn kind() -> impl Strategy<Value = &'static str> {
    select(&["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"][..])
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn what_fits_together_is_not_reported(kind in kind(), port in select(&[("web", "TCP"), ("8080", "TCP"), ("admin", "TCP"), ("dns", "UDP"), ("53", "UDP"), ("7777", "UDP")][..])) {
        let app = App { target: port.0.to_owned(), protocol: port.1, ..App::of(kind) };
        prop_assert_eq!(findings(&app.text()), []);
    }

    #[test]
    fn a_selector_that_matches_nothing_is_found_with_what_resembles_it(kind in kind(), key in select(&["app", "tier"][..]), value in "[a-z]{3,8}") {
        prop_assume!(value != "front" && value != "web");
        let was = if key == "app" { "front" } else { "web" };
        let selector = format!("{{app: {}, tier: {}}}", if key == "app" { &value } else { "front" }, if key == "tier" { &value } else { "web" });
        let found = findings(&App { selector, ..App::of(kind) }.text());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].0, "C1320");
        prop_assert!(found[0].1.contains(&format!("{kind} default/front has {key}={was}")), "{}", found[0].1);
    }

    #[test]
    fn a_named_port_that_no_container_has_is_found_with_those_that_they_have(kind in kind(), name in "[a-z]{3,10}") {
        prop_assume!(!["web", "dns", "admin"].contains(&&*name));
        let found = findings(&App { target: name.clone(), ..App::of(kind) }.text());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].0, "C1321");
        let message = format!("no container of {kind} default/front has a port named {name}; allowed: web (TCP 8080), dns (UDP 53), admin (TCP 9000)");
        prop_assert_eq!(&found[0].1, &message);
    }

    #[test]
    fn another_protocol_is_found_by_name_and_by_number(kind in kind(), port in select(&[("web", "UDP"), ("8080", "UDP"), ("admin", "SCTP"), ("dns", "TCP"), ("53", "TCP")][..])) {
        let found = findings(&App { target: port.0.to_owned(), protocol: port.1, ..App::of(kind) }.text());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].0, "C1322");
    }

    #[test]
    fn a_policy_local_names_the_nodes_without_a_pod(kind in kind(), policy in select(&["externalTrafficPolicy: Local, ", "internalTrafficPolicy: Local, "][..])) {
        let found = findings(&App { policy, ..App::of(kind) }.text());
        // The pods of a DaemonSet are on both of the assumed nodes.
        if kind == "DaemonSet" {
            prop_assert_eq!(found, []);
        } else {
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].0, "C1323");
            prop_assert!(found[0].1.contains("1 of 2 nodes have no pod of the Service (all its pods run on Linux): windows-1"), "{}", found[0].1);
        }
    }
}

#[test]
fn a_host_port_that_is_a_node_port_is_found() {
    let on_host = "hostNetwork: true, containers: [{name: main, ports: [{name: web, containerPort: 30080}]}]";
    let host_port = "containers: [{name: main, ports: [{name: web, containerPort: 8080, hostPort: 30080}]}]";
    let elsewhere = "containers: [{name: main, ports: [{name: web, containerPort: 30080}]}]";
    let of_udp = "containers: [{name: main, ports: [{name: web, containerPort: 8080}, {containerPort: 1, hostPort: \
                  30080, protocol: UDP}]}]";
    for (containers, is_found) in [(on_host, true), (host_port, true), (elsewhere, false), (of_udp, false)] {
        let found = findings(&App { containers, ..App::of("DaemonSet") }.text());
        let codes: Vec<&str> = found.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, if is_found { vec!["C1324"] } else { vec![] }, "{found:?}");
    }
}

/// What is not known is not reported: endpoints that are in the input by themselves, labels that only a controller
/// knows, pods that are described and do not run.
#[test]
fn what_is_not_known_is_not_reported() {
    let app = |selector: &str, more: &str| {
        App { selector: selector.to_owned(), more: more.to_owned(), ..App::of("Deployment") }.text()
    };
    let slice = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: front-x, labels: \
                 {kubernetes.io/service-name: front}}, addressType: IPv4, endpoints: [{addresses: [10.0.0.1]}], ports: \
                 [{name: '', port: 80}]}";
    let endpoints = "{apiVersion: v1, kind: Endpoints, metadata: {name: front}, subsets: [{addresses: [{ip: 10.0.0.1}], \
                     ports: [{port: 80}]}]}";
    let job = "{apiVersion: batch/v1, kind: Job, metadata: {name: once}, spec: {template: {metadata: {labels: {job: \
               once}}, spec: {containers: []}}}}";
    let cron_job = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: often}, spec: {jobTemplate: {spec: {template: \
                    {metadata: {labels: {job: often}}, spec: {containers: []}}}}}}";
    let idle = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: idle}, spec: {replicas: 0, template: {metadata: \
                {labels: {app: idle}}, spec: {containers: []}}}}";
    let of_controller = slice.replace(
        "service-name: front}",
        "service-name: front, endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}",
    );
    assert_eq!(findings(&app("{app: other}", slice)), []);
    assert_eq!(findings(&app("{app: other}", &of_controller)), []);
    assert_eq!(findings(&app("{app: other}", endpoints)), []);
    assert_eq!(findings(&app("{app: front, pod-template-hash: 5d89}", "")), []);
    assert_eq!(findings(&app("{job: once}", job)), []);
    assert_eq!(findings(&app("{job: often}", cron_job)), []);
    assert_eq!(findings(&app("{app: idle}", idle)), []);
    let found = findings(&app("{app: other}", ""));
    assert_eq!(found.len(), 1, "without any of that it is reported: {found:?}");
}

#[test]
fn a_workload_of_another_namespace_is_named() {
    let elsewhere = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: back, namespace: shop}, spec: {template: \
                     {metadata: {labels: {app: back}}, spec: {containers: []}}}}";
    let app = App { selector: "{app: back}".to_owned(), more: elsewhere.to_owned(), ..App::of("Deployment") };
    let found = findings(&app.text());
    assert!(found[0].1.contains("Deployment shop/back has these labels, but"), "{found:?}");
}

/// Pods that only the assumptions name are found under their own name, and no manifest is blamed for them.
#[test]
fn pods_of_the_assumptions_are_named_as_such() {
    let manifests = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: other}, spec: {template: {metadata: {labels: \
                     {app: other}}, spec: {containers: []}}}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: \
                     metrics}, spec: {type: NodePort, selector: {app: made}, ports: [{name: a, port: 80, targetPort: \
                     nothing, nodePort: 30090}, {name: b, port: 81, targetPort: web, protocol: UDP}]}}";
    let assumptions = "{apiVersion: hnsplan/v1alpha1, kind: Assumptions, pods: [{name: default/made, hostNetwork: true, \
                       labels: {app: made}, ports: [{name: web, port: 30090}]}]}";
    let mut sources = Sources::default();
    sources.add("apps.yaml", manifests.to_owned()).expect("it is small");
    let id = sources.add("assumptions.yaml", assumptions.to_owned()).expect("it is small");
    let assumptions = Assumptions::read(id, assumptions).expect("they are valid");
    let found = fill(any_objects(&sources).objects, &assumptions).diagnostics;
    let of_code = |code: &str| found.iter().find(|found| found.code.id() == code).expect("it is found");
    assert!(of_code("C1321").message.contains("StatefulSet default/made"), "{:?}", of_code("C1321"));
    assert!(of_code("C1322").sentences().contains("or in the Assumptions file"), "{:?}", of_code("C1322"));
    let collision = of_code("C1324");
    assert!(collision.message.contains("which StatefulSet default/made uses"), "{collision:?}");
    let place = collision.place.as_ref().expect("it has a place");
    assert_eq!(
        (&*place.path, sources.spot(place).line),
        ("spec.ports", 3),
        "the Service, as no manifest has the pod"
    );
}

/// A workload that the API server would refuse has no pods, and that is an error instead of a Service without endpoints.
#[test]
fn a_workload_of_the_wrong_type_is_refused() {
    let app = |kind: &str, spec: &str, labels: &str, pod: &str| {
        let selector = "selector: {matchLabels: {app: web}}";
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n\
             spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n---\n\
             apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web, namespace: shop}}\n\
             spec: {{{spec}{selector}, template: {{metadata: {{labels: {{{labels}}}}}, spec: {{{pod}}}}}}}\n"
        )
    };
    let (labels, pod) = ("app: web", "containers: [{name: web, ports: [{containerPort: 80}]}]");
    let wrong = [
        ("replicas: three, ", labels, pod, "spec.replicas"),
        ("", "app: web, version: 1.0", pod, "spec.template.metadata.labels"),
        ("", "app: web, canary: true", pod, "spec.template.metadata.labels"),
        ("", labels, "containers: [{ports: [{containerPort: eighty}]}]", "spec.template.spec"),
        ("", labels, "containers: web", "spec.template.spec"),
        ("", labels, "hostNetwork: on host", "spec.template.spec"),
    ];
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"] {
        assert!(
            hnsplan("fill -f -").input(app(kind, "", labels, pod)).run().succeeded().contains("kind: Pod")
        );
        for (spec, labels, pod, field) in wrong {
            for command in ["fill", "compile -t iptables --assume", "check --assume"] {
                let outcome = hnsplan(command).args("-f -").input(app(kind, spec, labels, pod)).run();
                let message = outcome.failed(2);
                assert!(message.contains("error[C1307]"), "{command}: {message}");
                assert!(message.contains(&format!("{field} of {kind} shop/web")), "{command}: {message}");
            }
        }
    }
}

/// The API server refuses such numbers of pods, so there are none.
#[test]
fn impossible_numbers_of_replicas_make_no_pods() {
    for (replicas, told) in [
        ("-1", "expected a whole number from 0 to 4294967295, found the number `-1`"),
        ("-2147483648", "found the number `-2147483648`"),
        ("99999999999", "found the number `99999999999`"),
        ("'2'", "found the text \"2\""),
        ("1.5", "found the number `1.5`"),
        ("[]", "found a list"),
        ("true", "found the boolean `true`"),
    ] {
        for kind in ["Deployment", "StatefulSet", "ReplicaSet"] {
            let text = format!(
                "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web, namespace: shop}}\nspec: {{replicas: {replicas}, \
                 selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: \
                 a, image: b}}]}}}}}}\n"
            );
            let outcome = hnsplan("fill -f -").input(text).run();
            let message = &outcome.stderr;
            assert!(message.contains("error[") && message.contains(told), "{kind} {replicas}: {message}");
            assert!(!outcome.stdout.contains("kind: Pod"), "{kind} {replicas}: {}", outcome.stdout);
            assert_ne!(outcome.code, 0, "{kind} {replicas}: {message}");
        }
    }
}
