//! Promise: manifests as people keep them in git compile to rules for every Service that has a workload there, and a
//! change of one of them shows exactly its own effect on every platform.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hnsplan::diff::{Directory, Ownership, compare};
use hnsplan::fill::{Assumptions, fill};
use hnsplan::manifest::any_objects;
use hnsplan::pipeline::Compiled;
use hnsplan::platform::Context;
use hnsplan::source::Sources;

use crate::platform::every::platforms;
use crate::support::exe::hnsplan;
use crate::support::run::Run;

/// One line of a manifest is changed, and that has an effect on these Services.
struct Edit {
    folder: &'static str,
    what: Kind,
    /// The text and what it becomes. The text occurs once, or the occurrence is the first after a marker.
    after: &'static str,
    from: &'static str,
    to: &'static str,
    services: &'static [&'static str],
}

/// What people change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Port,
    Selector,
    NamedPort,
    Policy,
    Replicas,
}

const fn edit(
    folder: &'static str,
    what: Kind,
    [after, from, to]: [&'static str; 3],
    services: &'static [&'static str],
) -> Edit {
    Edit { folder, what, after, from, to, services }
}

use Kind::{NamedPort, Policy, Port, Replicas, Selector};

const EDITS: &[Edit] = &[
    edit("web-shop", Port, ["name: basket\n", "port: 7070", "port: 7071"], &["default/basket"]),
    edit(
        "web-shop",
        Selector,
        ["", "selector: {app: quotes}\n  ports", "selector: {app: quote}\n  ports"],
        &["default/quotes"],
    ),
    edit(
        "web-shop",
        NamedPort,
        ["", "name: grpc\n              containerPort", "name: rpc\n              containerPort"],
        &["default/quotes"],
    ),
    edit(
        "web-shop",
        Replicas,
        ["", "replicas: 3", "replicas: 5"],
        &["default/storefront", "default/storefront-external"],
    ),
    edit("book-pages", Port, ["name: reviews\n", "port: 9080", "port: 9081"], &["default/reviews"]),
    edit(
        "book-pages",
        Selector,
        ["", "selector: {app: reviews}", "selector: {app: review}"],
        &["default/reviews"],
    ),
    edit(
        "book-pages",
        NamedPort,
        ["", "- name: pages\n              containerPort", "- name: web\n              containerPort"],
        &["default/pages"],
    ),
    edit(
        "book-pages",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["default/pages"],
    ),
    edit("book-pages", Replicas, ["", "replicas: 3", "replicas: 5"], &["default/pages"]),
    edit("ingress", Port, ["name: https-webhook", "port: 443", "port: 444"], &["ingress/ingress-admission"]),
    edit(
        "ingress",
        Selector,
        [
            "targetPort: webhook\n  selector:\n",
            "app.kubernetes.io/component: controller",
            "app.kubernetes.io/component: control",
        ],
        &["ingress/ingress-admission"],
    ),
    edit(
        "ingress",
        NamedPort,
        ["", "name: webhook, protocol", "name: hook, protocol"],
        &["ingress/ingress-admission"],
    ),
    edit(
        "ingress",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["ingress/ingress-controller"],
    ),
    edit(
        "ingress",
        Replicas,
        ["", "replicas: 3", "replicas: 5"],
        &["ingress/ingress-controller", "ingress/ingress-admission"],
    ),
    edit(
        "delivery",
        Port,
        ["", "port: 6379, targetPort", "port: 6380, targetPort"],
        &["delivery/delivery-cache"],
    ),
    edit(
        "delivery",
        Selector,
        ["port: 8082, targetPort: 8082}", "name: delivery-worker", "name: delivery-workers"],
        &["delivery/delivery-worker-metrics"],
    ),
    edit(
        "delivery",
        NamedPort,
        ["", "{name: metrics, containerPort", "{name: stats, containerPort"],
        &["delivery/delivery-server-metrics"],
    ),
    edit(
        "delivery",
        Replicas,
        ["", "replicas: 3", "replicas: 5"],
        &["delivery/delivery-server", "delivery/delivery-server-metrics"],
    ),
    edit("balancer", Port, ["", "port: 443", "port: 8443"], &["balancer/webhook"]),
    edit(
        "balancer",
        Selector,
        ["", "selector: {component: controller}", "selector: {component: controler}"],
        &["balancer/webhook"],
    ),
    edit(
        "balancer",
        NamedPort,
        ["", "name: webhook, protocol", "name: hook, protocol"],
        &["balancer/webhook"],
    ),
    edit(
        "balancer",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["default/echo"],
    ),
    edit("balancer", Replicas, ["", "replicas: 3", "replicas: 5"], &["default/echo"]),
    edit("network-agent", Port, ["", "port: 443", "port: 444"], &["kube-system/network-controller"]),
    edit(
        "network-agent",
        Selector,
        ["", "selector: {component: network-status}", "selector: {component: status}"],
        &["kube-system/network-status"],
    ),
    edit(
        "network-agent",
        NamedPort,
        ["", "{name: http, containerPort", "{name: web, containerPort"],
        &["kube-system/network-status"],
    ),
    edit(
        "network-agent",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["kube-system/network-status"],
    ),
    edit(
        "network-agent",
        Replicas,
        ["name: network-status\n  namespace: kube-system\nspec:\n", "replicas: 3", "replicas: 5"],
        &["kube-system/network-status"],
    ),
    edit("monitoring", Port, ["", "port: 3000,", "port: 3001,"], &["monitoring/dashboards"]),
    edit(
        "monitoring",
        Selector,
        [
            "",
            "selector: {app.kubernetes.io/name: dashboards}",
            "selector: {app.kubernetes.io/name: dashboard}",
        ],
        &["monitoring/dashboards"],
    ),
    edit(
        "monitoring",
        NamedPort,
        ["", "containerPort: 3000, name: http", "containerPort: 3000, name: web"],
        &["monitoring/dashboards"],
    ),
    edit(
        "monitoring",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["monitoring/dashboards"],
    ),
    edit("monitoring", Replicas, ["", "replicas: 3", "replicas: 5"], &["monitoring/dashboards"]),
    edit(
        "windows-site",
        Port,
        ["", "port: 11211}]\n  selector", "port: 11212}]\n  selector"],
        &["default/cache"],
    ),
    edit(
        "windows-site",
        Selector,
        ["", "selector: {app: site}", "selector: {app: sites}"],
        &["default/site"],
    ),
    edit("windows-site", NamedPort, ["", "- name: http\n", "- name: web\n"], &["default/site"]),
    edit(
        "windows-site",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["default/site"],
    ),
    edit("windows-site", Replicas, ["", "replicas: 3", "replicas: 5"], &["default/site"]),
    edit("database", Port, ["name: db-read", "port: 5432", "port: 5433"], &["data/db-read"]),
    edit("database", Selector, ["", "pod-name: db-0", "pod-name: db-7"], &["data/db-write"]),
    edit(
        "database",
        NamedPort,
        ["", "name: console, containerPort", "name: web, containerPort"],
        &["data/console"],
    ),
    edit(
        "database",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["data/console"],
    ),
    edit(
        "database",
        Replicas,
        ["name: console\n  namespace: data\nspec:\n", "replicas: 3", "replicas: 5"],
        &["data/console"],
    ),
    edit("games", Port, ["", "port: 8000}]\n  - api", "port: 8001}]\n  - api"], &["games/lobby"]),
    edit(
        "games",
        Selector,
        ["namespace: games}\n    spec:\n      type", "selector: {game: arena}", "selector: {game: areena}"],
        &["games/arena"],
    ),
    edit(
        "games",
        NamedPort,
        [
            "",
            "name: game, containerPort: 27015, protocol: UDP",
            "name: gam, containerPort: 27015, protocol: UDP",
        ],
        &["games/arena"],
    ),
    edit(
        "games",
        Policy,
        ["", "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster"],
        &["games/arena"],
    ),
    edit("games", Replicas, ["", "replicas: 3", "replicas: 5"], &["games/arena"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/git")
}

fn folders() -> Vec<String> {
    let entries = fs::read_dir(root()).expect("the manifests are there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn manifests(folder: &str) -> String {
    fs::read_to_string(root().join(folder).join("manifests.yaml")).expect("it can be read")
}

/// What is assumed of the cluster of a folder.
fn assumptions(folder: &str) -> Assumptions {
    let path = root().join(folder).join("assumptions.yaml");
    let Ok(text) = fs::read_to_string(path) else { return Assumptions::default() };
    let mut sources = Sources::default();
    let source = sources.add("assumptions.yaml", text.clone()).expect("it is small");
    Assumptions::read(source, &text).expect("they are valid")
}

/// What a cluster makes of manifests, as documents of YAML.
fn filled(folder: &str, text: &str) -> String {
    let mut sources = Sources::default();
    sources.add("manifests.yaml", text.to_owned()).expect("it is small");
    let read = any_objects(&sources);
    assert_eq!(read.diagnostics, []);
    let objects = fill(read.objects, &assumptions(folder)).objects.into_iter();
    let texts: Vec<String> =
        objects.map(|object| serde_json::to_string(&object.fields).expect("it is JSON")).collect();
    texts.join("\n---\n")
}

fn compiled(folder: &str, text: &str, node: &str) -> Compiled {
    Run::default().and("filled.yaml", &filled(folder, text)).on(node).compile()
}

/// The Services with a difference on some platform of a node.
fn touched(folder: &str, old: &str, new: &str) -> BTreeSet<String> {
    let mut touched = BTreeSet::new();
    for node in ["linux-1", "windows-1"] {
        let [old, new] = [old, new].map(|text| compiled(folder, text, node));
        let directory = Directory::new(vec![&old.rules, &new.rules]);
        for platform in platforms() {
            let mut sides = [&old, &new].map(|side| platform.objects(Context::of(&side.rules)).value);
            let found =
                compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform");
            for change in found.counting() {
                assert!(!change.subject.services.is_empty(), "of no Service: {change:?}");
                let names =
                    change.subject.services.iter().map(|port| port.split(':').next().unwrap_or_default());
                touched.extend(names.map(str::to_owned));
            }
        }
    }
    touched
}

impl Edit {
    fn applied(&self, text: &str) -> String {
        let Self { folder, what, after, from, to, .. } = self;
        let start = text.find(after).unwrap_or_else(|| panic!("{folder} {what:?} has no {after}"));
        let at =
            text[start..].find(from).unwrap_or_else(|| panic!("{folder} {what:?} has no {from}")) + start;
        format!("{}{to}{}", &text[..at], &text[at + from.len()..])
    }
}

#[test]
fn every_service_with_a_workload_gets_rules() {
    assert_eq!(folders().len(), 10);
    for folder in folders() {
        let sides = ["linux-1", "windows-1"].map(|node| compiled(&folder, &manifests(&folder), node));
        for side in &sides {
            let ports = side.rules.services.iter();
            let without: Vec<String> =
                ports.filter(|port| !port.has_endpoints).map(|port| port.name.to_string()).collect();
            assert_eq!(without, Vec::<String>::new(), "{folder}");
            assert!(!side.rules.services.is_empty(), "{folder}");
        }
        for platform in platforms() {
            let has_objects = sides.iter().any(|side| {
                let objects = platform.objects(Context::of(&side.rules)).value;
                !objects.artifacts().is_empty()
            });
            assert!(has_objects, "{folder}: {}", platform.name());
        }
    }
}

#[test]
fn each_edit_shows_its_own_effect_and_nothing_else_moves() {
    let mut kinds = BTreeSet::new();
    for edit in EDITS {
        let old = manifests(edit.folder);
        let wanted: BTreeSet<String> = edit.services.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            touched(edit.folder, &old, &edit.applied(&old)),
            wanted,
            "{} {:?}",
            edit.folder,
            edit.what
        );
        kinds.insert((edit.folder, edit.what));
    }
    // Two of the ten have no policy to change.
    assert_eq!(kinds.len(), folders().len() * 5 - 2);
}

/// The Services of a folder.
fn services(folder: &str, text: &str) -> BTreeSet<String> {
    let rules = compiled(folder, text, "linux-1").rules;
    rules.services.iter().map(|port| format!("{}/{}", port.namespace, port.name)).collect()
}

/// Whether a line names a Service, by itself or with one of its ports.
fn names(line: &str, service: &str) -> bool {
    let ends = |rest: &str| {
        rest.chars().next().is_none_or(|next| !next.is_ascii_alphanumeric() && next != '-' && next != '.')
    };
    let begins = |before: &str| before.chars().next_back().is_none_or(|last| " \":".contains(last));
    line.match_indices(service).any(|(at, _)| begins(&line[..at]) && ends(&line[at + service.len()..]))
}

/// The same with the program, as people keep snapshots of these manifests and compare two commits: a suite with the
/// outputs of both platforms fails, and in it and in what diff prints no other Service is named.
#[test]
fn each_edit_fails_the_suite_and_is_what_diff_shows() {
    for edit in EDITS {
        let old = manifests(edit.folder);
        let new = edit.applied(&old);
        let wanted: BTreeSet<String> = edit.services.iter().map(|name| (*name).to_owned()).collect();
        let others: Vec<String> =
            services(edit.folder, &old).into_iter().filter(|service| !wanted.contains(service)).collect();
        let folder = tempfile::tempdir().expect("there is room");
        let write =
            |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
        let kept = fs::read_to_string(root().join(edit.folder).join("assumptions.yaml"));
        let assume = if let Ok(kept) = &kept {
            write("assumptions.yaml", kept);
            "assumptions.yaml"
        } else {
            "true"
        };
        let context = format!("{} {:?}", edit.folder, edit.what);

        write("app.yaml", &old);
        write(
            "hnsplan.yaml",
            &format!(
                "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, windows-1]\nassume: {assume}\n\
                 outputs: [ipv4.rules, hns.json]\n"
            ),
        );
        hnsplan("test . --accept").env("CI", "").inside(folder.path()).run().succeeded();
        hnsplan("test .").env("CI", "1").inside(folder.path()).run().succeeded();
        write("app.yaml", &new);
        let failed = hnsplan("test .").env("CI", "1").inside(folder.path()).run();
        failed.failed(1);
        let is_change = |line: &&str| {
            (line.starts_with('+') || line.starts_with('-'))
                && !line.starts_with("+++")
                && !line.starts_with("---")
        };
        let changed: Vec<&str> = failed.stdout.lines().filter(is_change).collect();
        // An endpoint of HNS lists all Services that it is for: one that leaves changes the line of those that stay.
        let is_list =
            |line: &str| line.trim_start_matches(['+', '-']).trim_start().starts_with("\"service\":");
        for line in changed.iter().filter(|line| !is_list(line)) {
            let other = others.iter().find(|other| names(line, other));
            assert_eq!(other, None, "{context}: {line}");
        }
        let shown = wanted.iter().filter(|service| changed.iter().any(|line| names(line, service)));
        assert_eq!(shown.count(), wanted.len(), "{context}: {}", failed.stdout);

        write("old.yaml", &old);
        let flag = if kept.is_ok() { "--assume=assumptions.yaml" } else { "--assume" };
        let mut touched = BTreeSet::new();
        for (target, node) in [("iptables", "linux-1"), ("hns", "windows-1")] {
            let command =
                format!("diff --old old.yaml --new app.yaml -t {target} --node {node} -o json {flag}");
            let outcome = hnsplan(&command).inside(folder.path()).run();
            assert!(outcome.code < 2, "{context}: {}", outcome.stderr);
            let answer: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
            for change in answer["changes"].as_array().expect("a list") {
                let services = change["services"].as_array().expect("a list").iter();
                let services = services.filter_map(|port| port.as_str()?.split(':').next());
                touched.extend(services.map(str::to_owned));
            }
        }
        assert_eq!(touched, wanted, "{context}");
    }
}
