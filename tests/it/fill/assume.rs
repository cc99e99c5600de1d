//! `--assume`: every command that asks about rules takes what `fill` adds, marks nothing else, and those that change a
//! node refuse it.

use hnsplan::diagnostics::Diagnostic;
use hnsplan::fill::Assumptions;
use hnsplan::manifest::{Manifests, ReadOptions, any_objects};
use hnsplan::net::Family;
use hnsplan::node::{Behavior, FeatureGates, Version};
use hnsplan::pipeline::{Compiled, Setup, compile};
use hnsplan::source::Sources;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::properties::{apps, assumptions, texts, yaml_of};
use crate::support::cases::config;
use crate::support::clusters::cluster;
use crate::support::damage::{damaged, value};
use crate::support::exe::{Hnsplan, hnsplan};

const APP: &str = "fixtures/examples/app.yaml";

pub(super) fn compiled(text: &str, setup: &Setup) -> Compiled {
    let mut sources = Sources::default();
    sources.add("input.yaml", text).expect("it is small");
    compile(sources, setup)
}

/// The rules as every platform writes them, without marks at what is assumed.
pub(super) fn rules(compiled: &Compiled) -> Vec<String> {
    let mut ir: Value = serde_json::from_str(&compiled.ir()).expect("it is JSON");
    unmark(&mut ir);
    for service in ir["services"].as_array_mut().expect("a list") {
        service["source"] = Value::Null;
    }
    let mut texts: Vec<String> =
        Family::ALL.iter().map(|family| compiled.iptables(*family).to_string()).collect();
    texts.push(ir["services"].to_string());
    texts.push(ir["node"].to_string());
    texts
}

fn unmark(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("assumed");
            fields.values_mut().for_each(unmark);
        }
        Value::Array(values) => values.iter_mut().for_each(unmark),
        _ => {}
    }
}

proptest! {
    #![proptest_config(config(32))]

    /// What is assumed inside a command is what fill prints.
    #[test]
    fn rules_are_those_of_the_filled_manifests(apps in apps(), text in assumptions(), node in 0_usize..3) {
        let given = super::assumptions::read(&text).map_err(|wrong| TestCaseError::fail(wrong.join("; ")))?;
        let raw = texts(&apps).join("\n---\n");
        let node = ["linux-1", "windows-1", "n0"][node];
        let assumed = compiled(&raw, &Setup::of_node(node).assume(given.clone()));
        let filled = compiled(&yaml_of(&raw, &given), &Setup::of_node(node));
        prop_assert_eq!(rules(&assumed), rules(&filled));
        // What is filled already needs no more.
        let again = compiled(&yaml_of(&raw, &given), &Setup::of_node(node).assume(given));
        prop_assert_eq!(rules(&again), rules(&filled));
        prop_assert!(again.assumed.is_some_and(|assumed| assumed.is_empty()));
    }

    /// Both readers are one: the same objects are found, refused and passed over.
    #[test]
    fn objects_are_read_as_without_it(cluster in prop_oneof![cluster(), damaged(value())], wrapping in 0_usize..5) {
        check_readers(&wrapped(&cluster.objects, wrapping))?;
    }
}

/// The same objects, as kubectl prints them.
fn wrapped(objects: &[Value], wrapping: usize) -> String {
    let documents = || objects.iter().map(Value::to_string).collect::<Vec<_>>();
    match wrapping {
        0 => documents().join("\n---\n"),
        1 => json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string(),
        2 => documents().join("\n"),
        3 => {
            let event = |(at, object): (usize, &Value)| {
                let what = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"][at % 4];
                json!({"type": what, "object": object}).to_string()
            };
            objects.iter().chain(objects).enumerate().map(event).collect::<Vec<_>>().join("\n")
        }
        _ => {
            let mut text = "apiVersion: v1\nkind: List\nitems:\n".to_owned();
            for document in documents() {
                text += "- ";
                text += &document;
                text.push('\n');
            }
            text
        }
    }
}

fn check_readers(text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::default();
    sources.add("input.yaml", text).expect("it is small");
    let options = ReadOptions {
        default_namespace: "default".into(),
        strict: false,
        rules: Behavior::of(Version::NEWEST, &FeatureGates::default()).api,
    };
    let direct = Manifests::read(&sources, &options);
    let read = any_objects(&sources);
    let unread = read.unread;
    let of_values = Manifests::of_objects(read.objects, &sources, &options);
    // What a watch deletes in the end need not be readable.
    if direct.unread > 0 && text.contains("\"DELETED\"") {
        return Ok(());
    }
    prop_assert_eq!(unread + of_values.unread, direct.unread);
    let spots = |all: &[Diagnostic]| {
        let mut spots: Vec<String> = all
            .iter()
            .map(|found| {
                format!("{} {:?}", found.code.id(), found.place.as_ref().map(|at| sources.spot(at).line))
            })
            .collect();
        spots.sort();
        spots
    };
    let both: Vec<Diagnostic> = read.diagnostics.into_iter().chain(of_values.diagnostics).collect();
    prop_assert_eq!(spots(&both), spots(&direct.diagnostics));
    prop_assert_eq!(format!("{:?}", of_values.cluster.services), format!("{:?}", direct.cluster.services));
    prop_assert_eq!(format!("{:?}", of_values.cluster.backends), format!("{:?}", direct.cluster.backends));
    Ok(())
}

/// The findings about other wrappings hold for both readers.
#[test]
fn what_is_no_object_is_recognised_by_both_readers() {
    for text in [
        "NAME  TYPE  CLUSTER-IP\nweb  ClusterIP  10.0.0.1\n",
        "kind: Service\nmetadata:\n\tname: web\n",
        "metadata: {name: {{ .Values.name }}}\nkind: Service\napiVersion: v1\n",
        "metadata: {name: web}\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
        "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: web}\n  spec: {clusterIP: 10.0.0.1, ports: [{port: 80}]}\n",
        "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}\n==== START logs ====\nsome text\n==== END ====\n",
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web}\nspec: {template: {}}\n",
        "apiVersion: longhorn.io/v1beta2\nkind: Node\nmetadata: {name: a}\nspec: {taints: x}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: {port: 80}}\n",
        "",
    ] {
        check_readers(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    }
}

fn run(arguments: &str) -> Hnsplan {
    hnsplan(arguments)
}

/// The line is the same in every command, and -v lists what it counts.
#[test]
fn every_command_says_what_is_assumed() {
    let summary =
        "assumed: 2 cluster IPs in 10.96.0.0/12, 1 node port, 3 pods of 2 workloads on 2 assumed nodes";
    for command in [
        "compile -t iptables,hns,ir --out OUT",
        "check",
        "diff iptables hns",
        "trace --to shop/front",
        "trace --matrix",
        "graph -t hns",
        "explain service shop/billing",
    ] {
        let folder = tempfile::tempdir().expect("there is room");
        let command = command.replace("OUT", &folder.path().join("out").display().to_string());
        let outcome = run(&format!("{command} --assume -f {APP} --node windows-1")).run();
        assert!(outcome.stderr.contains(summary), "{command}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("shop/billing-0  pod"), "{command}");
        assert!(outcome.code < 2, "{command}: {}", outcome.stderr);
        let verbose = run(&format!("{command} -v --assume -f {APP} --node windows-1")).run();
        assert!(
            verbose.stderr.contains("  shop/billing-0  pod of StatefulSet billing with 10.244."),
            "{command}"
        );
        let without = run(&format!("{command} -f {APP} --node windows-1")).run();
        assert!(!without.stderr.contains("assumed: "), "{command}");
    }
}

#[test]
fn both_sides_of_a_diff_are_filled() {
    let folder = tempfile::tempdir().expect("there is room");
    let old = std::fs::read_to_string(APP).expect("it can be read");
    std::fs::write(folder.path().join("old.yaml"), &old).expect("it can be written");
    std::fs::write(folder.path().join("new.yaml"), old.replace("replicas: 2", "replicas: 3"))
        .expect("it can be written");
    let outcome = hnsplan("diff --old old.yaml --new new.yaml -t hns --assume --node linux-1")
        .inside(folder.path())
        .run();
    assert_eq!(outcome.failed(1).matches("assumed: ").count(), 2);
    assert!(
        outcome.stdout.contains("shop/front:http") && !outcome.stdout.contains("shop/billing"),
        "{}",
        outcome.stdout
    );
}

/// A file wins over what is assumed without one, flags of the node's kube-proxy count, and the command that check prints
/// for a packet assumes the same.
#[test]
fn assumptions_of_a_file_are_used() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("assumptions.yaml");
    let text = "apiVersion: hnsplan/v1alpha1\nkind: Assumptions\nserviceCIDRs: [172.20.0.0/16]\n";
    std::fs::write(&file, text).expect("it can be written");
    let compile =
        run(&format!("compile -t iptables --family ipv4 -f {APP} --node linux-1 --cluster-cidr 10.9.0.0/16"))
            .arg(format!("--assume={}", file.display()))
            .run();
    assert!(
        compile.stdout.contains("-d 172.20.") && compile.stdout.contains("--to-destination 10.9."),
        "{}",
        compile.stdout
    );
    std::fs::write(&file, text.replace("172.20.0.0/16", "x")).expect("it can be written");
    let wrong =
        run(&format!("check -f {APP} --node linux-1")).arg(format!("--assume={}", file.display())).run();
    assert!(wrong.failed(2).contains("assumptions.yaml:3:16"), "{}", wrong.stderr);
    let check = run(&format!("check --assume -f {APP} --node windows-1 -v")).run();
    let trace = check.stdout.lines().find(|line| line.contains("hnsplan trace")).expect("a packet");
    assert!(trace.contains("--assume"), "{trace}");
}

#[test]
fn commands_that_change_a_node_refuse_it() {
    for command in ["plan", "apply --auto-approve --executor sim:fixtures/shop/win-1.json"] {
        let refused = run(&format!("{command} --assume -f {APP} --node windows-1")).run();
        let message = refused.failed(2);
        assert!(message.contains("--assume invents addresses and pods"), "{command}: {message}");
        assert!(
            message.contains("kubectl get") && message.contains("hnsplan compile"),
            "{command}: {message}"
        );
    }
}

/// Kinds that are read for it are not passed over; others are.
#[test]
fn workloads_are_not_passed_over() {
    let messages = |flags: &str| {
        let text = format!(
            "{}---\n{{apiVersion: v1, kind: Secret, metadata: {{name: a}}}}\n",
            std::fs::read_to_string(APP).expect("text")
        );
        run(&format!("compile -t iptables -f - --node linux-1 -v {flags}")).input(text).run().stderr
    };
    assert!(messages("").contains("passed over 3 objects of other kinds"), "{}", messages(""));
    assert!(
        messages("--assume").contains("passed over 1 object of other kinds (1 Secret)"),
        "{}",
        messages("--assume")
    );
    // What was made has no text in which unknown fields could be.
    assert!(!messages("--assume --strict").contains("M0006"), "{}", messages("--assume --strict"));
}

#[test]
fn a_suite_can_assume() {
    for (assume, file) in [("true", false), ("assumptions.yaml", true)] {
        let folder = tempfile::tempdir().expect("there is room");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("it can be written");
        };
        write("app.yaml", &std::fs::read_to_string(APP).expect("it can be read"));
        let suite = format!(
            "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, linux-1]\nassume: {assume}\noutputs: [ipv4.rules]\n"
        );
        write("hnsplan.yaml", &suite);
        if file {
            write("assumptions.yaml", "apiVersion: hnsplan/v1alpha1\nkind: Assumptions\n");
        }
        hnsplan("test . --accept").inside(folder.path()).run().succeeded();
        let same = hnsplan("test .").env("CI", "1").inside(folder.path()).run();
        assert!(same.succeeded().contains("1 output as expected, 0 differ"), "{}", same.stdout);
        let rules = std::fs::read_to_string(folder.path().join("app.ipv4.rules")).expect("it is kept");
        // Addresses are words, which stay whatever the numbers are.
        for word in ["-d clusterIP:shop/billing --dport 443", "--to-destination pod:shop/billing-0:8443"] {
            assert!(rules.contains(word), "{rules}");
        }
        assert!(!rules.contains("10.244.") && !rules.contains("-d 10.1"), "{rules}");
        write(
            "app.yaml",
            &std::fs::read_to_string(APP).expect("text").replace("targetPort: 8443", "targetPort: 8444"),
        );
        hnsplan("test .").env("CI", "1").inside(folder.path()).run().failed(1);
    }
    assert!(Assumptions::default().nodes.is_empty());
}

/// Snapshots of every output stay where ranges change and another app comes: names of chains, the order of rules and MAC
/// addresses follow from numbers, and do not show it.
#[test]
fn a_snapshot_does_not_depend_on_numbers() {
    let app =
        std::fs::read_to_string(APP).expect("it can be read").replace("  replicas: 2\n", "  replicas: 12\n");
    let app = format!(
        "{app}---\n{}",
        "{apiVersion: v1, kind: Service, metadata: {name: edge, namespace: shop}, spec: {type: LoadBalancer, \
         externalTrafficPolicy: Local, selector: {app: front}, ports: [{name: a, port: 81, targetPort: 8080}, \
         {name: b, port: 82, protocol: UDP, targetPort: 53}]}}\n"
    );
    let other = "---\n{apiVersion: v1, kind: Service, metadata: {name: aaa, namespace: shop}, spec: {type: NodePort, \
                 selector: {app: front}, ports: [{port: 90}]}}\n";
    let assumptions = |service: &str, pods: &str, ports: &str, node: &str| {
        format!(
            "apiVersion: hnsplan/v1alpha1\nkind: Assumptions\nserviceCIDRs: [{service}]\npodCIDRs: [{pods}]\n\
             nodePortRange: {ports}\nnodes:\n- {{name: linux-1, addresses: [{node}.11]}}\n\
             - {{name: windows-1, os: windows, addresses: [{node}.12]}}\n"
        )
    };
    let before = assumptions("10.96.0.0/12", "10.244.0.0/16", "30000-32767", "192.168.0");
    for node in ["linux-1", "windows-1"] {
        let folder = tempfile::tempdir().expect("there is room");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("it can be written");
        };
        let outputs = "[ipv4.rules, ipv6.rules, hns.json, netsh.txt, messages.txt]";
        let suite = |outputs: &str| {
            format!(
                "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, {node}]\nassume: a.yaml\noutputs: {outputs}\n"
            )
        };
        write("app.yaml", &app);
        write("hnsplan.yaml", &suite(outputs));
        write("a.yaml", &before);
        hnsplan("test . --accept").inside(folder.path()).run().succeeded();
        let rules = std::fs::read_to_string(folder.path().join("app.ipv4.rules")).expect("it is kept");
        assert!(rules.contains("--dport nodePort:shop/edge:a"), "{rules}");
        assert!(rules.contains("--dport healthCheckNodePort:shop/edge"), "{rules}");
        for [service, pods, ports, nodes] in [
            ["172.20.0.0/16", "10.244.0.0/16", "30000-32767", "192.168.0"],
            ["10.96.0.0/12", "172.16.0.0/14", "30000-32767", "192.168.0"],
            ["10.96.0.0/12", "10.244.0.0/16", "20000-20999", "192.168.0"],
            ["100.64.0.0/16", "9.0.0.0/8", "40000-49999", "10.0.200"],
        ] {
            write("a.yaml", &assumptions(service, pods, ports, nodes));
            let outcome = hnsplan("test .").env("CI", "1").inside(folder.path()).run();
            assert_eq!(outcome.code, 0, "{service} {pods} {ports} {nodes}\n{}", outcome.stdout);
        }
        // Another Service has rules of its own, and moves no other.
        write("a.yaml", &before);
        let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it is kept");
        let old = kept("app.ipv4.rules");
        write("app.yaml", &format!("{app}{other}"));
        write("hnsplan.yaml", &suite("[ipv4.rules]"));
        hnsplan("test . --accept").inside(folder.path()).run().succeeded();
        let new = kept("app.ipv4.rules");
        let mut lines = new.lines();
        let missing: Vec<&str> =
            old.lines().filter(|line| !lines.by_ref().any(|other| other == *line)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "lines are gone, or in another order");
    }
}

/// Every form of every answer marks what is assumed, as its schema says, and nothing without the flag.
#[test]
fn every_answer_marks_what_is_assumed() {
    let text = std::fs::read_to_string(APP).expect("it can be read").replace("  replicas: 2\n", "");
    let node = "-f - --node linux-1";
    let marked =
        |command: &str| hnsplan(&format!("{command} --assume {node}")).input(text.clone()).run().stdout;
    for (command, mark) in [
        ("compile -t iptables --family ipv4", "# assumed, and of no cluster:\n# 10."),
        ("compile -t iptables --family ipv4", "  pod:shop/front-0, 1 assumed replica\n"),
        ("compile -t netsh --style script", "# assumed, and of no cluster:\n"),
        ("compile -t netsh --style powershell", "# assumed, and of no cluster:\n"),
        ("compile -t netsh --style cmd", "rem assumed, and of no cluster:\nrem 10."),
        ("trace --to shop/front", "/TCP*"),
        ("trace --to shop/front", "  clusterIP:shop/front\n"),
        ("trace --matrix", "/TCP* "),
        ("trace --to shop/front", "  pod:shop/front-0, 1 assumed replica\n"),
        ("diff iptables hns", "* assumed:\n  "),
        ("diff iptables hns", ":80/TCP*"),
        ("diff iptables hns --view unified", "* assumed:\n  "),
        ("diff iptables hns -o html", "clusterIP:shop/front</li>"),
        ("diff iptables hns -o html", ":80/TCP*"),
        ("check -o html", "clusterIP:shop/front</li>"),
        ("check -o html", ":80/TCP*"),
        ("check -o sarif", "\"assumedAddresses\": {"),
        ("check -o sarif", " is clusterIP:shop/"),
        ("check -o github", " is clusterIP:shop/"),
        ("check -o junit --fail-on D0818", " is clusterIP:shop/"),
        ("graph -t iptables", ":80/TCP*\n"),
        ("graph -t iptables", "  clusterIP:shop/front\n"),
        ("graph -t iptables -o json", "\"assumed\": true\n    }"),
        ("graph -t iptables -o dot", "\\nassumed\", style=rounded, peripheries=2];"),
        ("graph -t iptables -o mermaid", "<br/>assumed\")"),
        ("graph -t iptables -o svg", "<g class=\"node frontend assumed\">"),
        ("explain service shop/front", ":80/TCP*"),
        ("explain service shop/front", "* assumed:\n"),
        ("explain service shop/front -o json", "\"assumed\": true,"),
    ] {
        let answer = marked(command);
        assert!(answer.contains(mark), "{command}\n{answer}");
    }
    for (command, schema) in [
        ("compile -t ir", "ir"),
        ("compile -t hns", "hns-plan"),
        ("compile -t hns --hns-format v1", "hns-plan-v1"),
        ("check -o json", "check"),
        ("diff iptables hns -o json", "diff-frontends"),
        ("diff iptables hns --semantic -o json", "diff-semantic"),
        ("trace --to shop/front -o json", "trace"),
        ("trace --matrix -o json", "trace-matrix"),
        ("graph -t iptables -o json", "graph"),
        ("explain service shop/front -o json", "service-info"),
    ] {
        let schema: Value =
            serde_json::from_str(hnsplan(&format!("schema {schema}")).run().succeeded()).expect("it is JSON");
        let document: Value = serde_json::from_str(&marked(command)).expect("it is JSON");
        assert_eq!(document["assumed"], true, "{command}");
        assert!(document["assumedAddresses"].is_object(), "{command}");
        let mut found = Vec::new();
        crate::cli::schema::misfits(&schema, &schema, &document, command, &mut found);
        assert!(marks(&document) > 1, "{command}: no value is marked");
        assert!(found.is_empty(), "{found:?}");
        let filled = hnsplan("fill -f -").input(text.clone()).run().stdout;
        let without = hnsplan(&format!("{command} {node}")).input(filled).run().stdout;
        assert!(!without.contains("\"assumed\""), "{command}");
    }
    let plan = marked("compile -t hns");
    let folder = tempfile::tempdir().expect("there is room");
    std::fs::write(folder.path().join("plan.json"), plan).expect("it can be written");
    let again = hnsplan(&format!("diff hns --assume {node}"))
        .arg(folder.path().join("plan.json"))
        .input(text.clone())
        .run();
    assert!(again.code < 2, "{}", again.stderr);
}

/// How many objects of a document are marked.
fn marks(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            usize::from(fields.get("assumed") == Some(&true.into()))
                + fields.values().map(marks).sum::<usize>()
        }
        Value::Array(values) => values.iter().map(marks).sum(),
        _ => 0,
    }
}

/// A change of manifests is reported with the node, and with what of it is assumed.
#[test]
fn a_report_of_a_change_names_the_node_and_what_is_assumed() {
    let folder = tempfile::tempdir().expect("there is room");
    let old = std::fs::read_to_string(APP).expect("it can be read");
    for (name, text) in
        [("old.yaml", &old), ("new.yaml", &old.replace("targetPort: 8443", "targetPort: 8444"))]
    {
        std::fs::write(folder.path().join(name), text).expect("it can be written");
    }
    let diff = |more: &str| {
        let command = format!("diff --assume --old old.yaml --new new.yaml {more}");
        let outcome = hnsplan(&command).inside(folder.path()).run();
        outcome.failed(1);
        outcome.stdout
    };
    for (node, system) in [("linux-1", "Linux"), ("windows-1", "Windows")] {
        let target = if system == "Linux" { "iptables" } else { "hns" };
        for kind in ["", "--semantic"] {
            let report = diff(&format!("-t {target} --node {node} -o md {kind}"));
            let heading = report.lines().next().unwrap_or_default();
            assert!(heading.ends_with(&format!(" on {system} node `{node}`")), "{heading}");
            assert!(report.contains("**Assumed, and of no cluster**"), "{report}");
            assert!(
                report.contains("`clusterIP:shop/billing`") || report.contains("`pod:shop/billing-0"),
                "{report}"
            );
        }
    }
    let counters = diff("-t iptables --node linux-1 -o prom");
    assert!(counters.contains("hnsplan_diff_assumed{platform=\"iptables\"} "), "{counters}");
    let document: Value = serde_json::from_str(&diff("-t hns --node windows-1 -o json")).expect("it is JSON");
    assert!(marks(&document["changes"]) > 0, "{document}");
}

/// Names that would end a comment are in none.
#[test]
fn hostile_names_are_in_no_comment() {
    for name in crate::support::damage::HOSTILE {
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
        });
        let outcome =
            hnsplan("compile -t iptables -f - --node linux-1 --assume -v").input(service.to_string()).run();
        assert!(!outcome.stdout.contains("evil"), "{name:?}: {}", outcome.stdout);
        assert!(!outcome.stderr.contains('\u{1b}'), "{name:?}: {}", outcome.stderr);
    }
}

/// Who passes manifests without addresses learns of the flag.
#[test]
fn manifests_without_addresses_name_the_flag() {
    for (command, code) in
        [("check", 2), ("diff iptables hns", 2), ("trace --to shop/front", 2), ("compile -t iptables", 0)]
    {
        let outcome = run(&format!("{command} -f {APP} --node linux-1")).run();
        assert_eq!(outcome.code, code, "{command}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("--assume"), "{command}: {}", outcome.stderr);
    }
    let folder = tempfile::tempdir().expect("there is room");
    std::fs::copy(APP, folder.path().join("app.yaml")).expect("it can be copied");
    let suite =
        "apiVersion: hnsplan/v1alpha1\nkind: Suite\nflags: [--node, linux-1]\noutputs: [ipv4.rules]\n";
    std::fs::write(folder.path().join("hnsplan.yaml"), suite).expect("it can be written");
    let outcome = hnsplan("test . --accept").inside(folder.path()).run();
    assert!(outcome.failed(2).contains("assume: true in hnsplan.yaml"), "{}", outcome.stderr);
}
