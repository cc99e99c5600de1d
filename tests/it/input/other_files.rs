//! Promise: what people pass in the place of manifests is recognized and told in one line a file, with what to do;
//! what is whole in another wrapping is read; files that are only found in a folder are passed over.

use std::fs;

use crate::support::exe::{Outcome, hnsplan};

fn compile(text: &str) -> Outcome {
    hnsplan("compile -t iptables --family ipv4 --node linux-1 -f -").input(text).run()
}

fn service(name: &str, ip: &str) -> String {
    format!(
        r#"{{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "{name}", "namespace": "shop"}}, "spec": {{"clusterIP": "{ip}", "ports": [{{"port": 80}}]}}}}"#
    )
}

#[test]
fn each_kind_of_file_is_told_once_with_what_to_do() {
    let templates = |count: usize| {
        let one = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\nspec:\n  ports:\n  - port: {{ .Values.port }}\n";
        one.repeat(count)
    };
    let rows = |count: usize| "web  ClusterIP  10.0.0.1  <none>  80/TCP  2m\n".repeat(count);
    for count in [1, 3] {
        for (text, advice) in [
            (templates(count), "helm template"),
            (format!("{{{{- if .Values.on }}}}\n{}{{{{- end }}}}\n", templates(count)), "helm template"),
            (format!("NAME  TYPE  CLUSTER-IP  EXTERNAL-IP  PORT(S)  AGE\n{}", rows(count)), "-o yaml"),
            (format!("NAMESPACE  NAME  AGE\n{}", rows(count)), "-o yaml"),
            ("Name:       web\nNamespace:  shop\nIP:         10.0.0.1\n".to_owned(), "-o yaml"),
            ("error: You must be logged in to the server (Unauthorized)\n".to_owned(), "-o yaml"),
            (
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n"
                    .to_owned(),
                "kubectl kustomize",
            ),
            ("replicas: 3\nimage: web\n".to_owned(), "objects"),
        ] {
            let outcome = compile(&text);
            let messages = outcome.failed(2);
            let told = messages.lines().filter(|line| line.starts_with("error[")).count();
            let is_template = advice != "objects" && advice != "kubectl kustomize";
            assert!(told == 1 || !is_template, "{told} messages for {text}{messages}");
            if advice != "kubectl kustomize" {
                assert!(messages.contains(advice), "{text}{messages}");
            }
            assert!(!messages.contains("the API server would refuse"), "{text}{messages}");
        }
    }
}

#[test]
fn kinds_of_other_groups_are_other_kinds() {
    let web = service("web", "10.96.0.50");
    for (kind, version) in [
        ("Service", "serving.knative.dev/v1"),
        ("Node", "projectcalico.org/v3"),
        ("Node", "longhorn.io/v1beta2"),
        ("Endpoints", "example.com/v1"),
    ] {
        // With fields that no Service or Node has, of any type.
        for spec in ["{}", "{ports: 7, type: [x], podCIDRs: none}", "{addresses: [{address: {}}]}"] {
            let text = format!(
                "{web}\n---\n{{apiVersion: {version}, kind: {kind}, metadata: {{name: x}}, spec: {spec}}}\n"
            );
            let outcome = compile(&text);
            assert!(outcome.succeeded().contains("10.96.0.50"), "{version} {kind}");
            assert!(outcome.stderr.contains("passed over 1 object"), "{}", outcome.stderr);
        }
    }
    // Of the groups of Kubernetes itself an old version is a mistake.
    for (kind, version) in [("EndpointSlice", "discovery.k8s.io/v1beta1"), ("Service", "v2"), ("Node", "")] {
        let text = format!("{{apiVersion: '{version}', kind: {kind}, metadata: {{name: x}}}}\n");
        assert!(compile(&text).failed(2).contains("M0007"), "{version} {kind}");
    }
    let others = "{apiVersion: apps/v1, kind: Deployment}\n---\n".repeat(3)
        + "{apiVersion: v1, kind: ServiceAccount}\n";
    let outcome = compile(&others);
    assert!(
        outcome.stderr.contains("4 objects of other kinds (3 Deployment, 1 ServiceAccount)"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn of_a_watch_the_last_events_count() {
    let event = |kind: &str, name: &str, ip: &str| {
        format!("{{\"type\": \"{kind}\", \"object\": {}}}\n", service(name, ip))
    };
    let text = [
        event("ADDED", "kept", "10.96.0.1"),
        event("ADDED", "deleted", "10.96.0.2"),
        event("ADDED", "changed", "10.96.0.3"),
        event("MODIFIED", "changed", "10.96.0.4"),
        event("DELETED", "deleted", "10.96.0.2"),
        event("ADDED", "back", "10.96.0.5"),
        event("DELETED", "back", "10.96.0.5"),
        event("ADDED", "back", "10.96.0.6"),
        "{\"type\": \"BOOKMARK\", \"object\": {\"kind\": \"Service\", \"apiVersion\": \"v1\", \"metadata\": {\"resourceVersion\": \"9\"}}}\n".to_owned(),
    ]
    .concat();
    let yaml = serde_yaml_of(&text);
    for text in [text, yaml] {
        let outcome = compile(&text);
        let rules = outcome.succeeded();
        for (ip, is_there) in [(1, true), (2, false), (3, false), (4, true), (5, false), (6, true)] {
            assert_eq!(rules.contains(&format!("-d 10.96.0.{ip} ")), is_there, "10.96.0.{ip}: {rules}");
        }
    }
}

/// A watch that the server ended says nothing of what changed afterwards.
#[test]
fn a_watch_that_ended_with_an_error_is_refused() {
    let status = r#"{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "too old resource version: 5", "reason": "Expired", "code": 410}"#;
    let failed = format!("{{\"type\": \"ERROR\", \"object\": {status}}}\n");
    let added = format!("{{\"type\": \"ADDED\", \"object\": {}}}\n", service("web", "10.96.0.1"));
    for text in [format!("{added}{failed}"), format!("{failed}{added}"), failed.clone()] {
        for text in [serde_yaml_of(&text), text] {
            for command in ["compile -t iptables --node a -f -", "check --node a -f -", "fill -f -"] {
                let outcome = hnsplan(command).input(text.clone()).run();
                let told = outcome.failed(2);
                assert!(
                    told.contains("M0019") && told.contains("too old resource version: 5"),
                    "{command}: {told}"
                );
            }
        }
    }
}

/// A value of another type is told in the words of manifests.
#[test]
fn wrong_types_are_told_in_plain_words() {
    let with = |port: &str, ready: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{clusterIP: 10.96.0.1, ports: [{{port: {port}}}]}}\n\
             ---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: web-1, labels: {{kubernetes.io/service-name: \
             web}}}}\naddressType: IPv4\nports: [{{port: 80}}]\nendpoints: [{{addresses: [10.244.0.5], conditions: {{ready: {ready}}}}}]\n"
        )
    };
    for (port, ready, told) in [
        ("80", "'true'", "expected true or false, found the text \"true\"; write it without quotes"),
        ("80", "\"False\"", "found the text \"False\"; write it without quotes"),
        ("80", "yes", "`yes` is no boolean"),
        ("80", "1", "expected true or false, found the number `1`"),
        ("80", "[true]", "expected true or false, found a list"),
        ("'80'", "true", "expected a whole number, found the text \"80\""),
        ("99999999999999999999999999999999", "true", "found the number `99999999999999999999999999999999`"),
        ("18446744073709551615", "true", "found the number `18446744073709551615`"),
        ("{}", "true", "found a mapping"),
        ("0777", "true", "octal"),
    ] {
        let outcome = hnsplan("check --node a -f -").input(with(port, ready)).run();
        let message = outcome.failed(2);
        assert!(message.contains(told), "{port} {ready}: {message}");
        for word in ["u128", "i64", "invalid type", "YAML 1.1 only"] {
            assert!(!message.contains(word), "{port} {ready}: {message}");
        }
    }
}

/// Each line of JSON as a document of YAML in flow style.
fn serde_yaml_of(lines: &str) -> String {
    lines.lines().map(|line| ["---\n", line, "\n"].concat()).collect()
}

#[test]
fn of_a_cluster_info_dump_objects_are_read_and_logs_passed_over() {
    let list = |kind: &str, items: &str| {
        format!(
            "{{\n    \"kind\": \"{kind}List\",\n    \"apiVersion\": \"v1\",\n    \"items\": [\n        {items}\n    ]\n}}\n"
        )
    };
    let web = service("web", "10.96.0.50").replace(r#""apiVersion": "v1", "kind": "Service", "#, "");
    let late = service("late", "10.96.0.51").replace(r#""apiVersion": "v1", "kind": "Service", "#, "");
    let event = r#"{"metadata": {"name": "e"}, "type": "Normal", "spec": 7}"#;
    let log = "==== START logs for container c of pod shop/web ====\n{ \"no\": [json\n---\nkind: Service\n==== END logs for container c of pod shop/web ====\n";
    for logs in ["", log, &log.repeat(2)] {
        let text = [
            list("Event", event),
            list("Service", &web),
            logs.to_owned(),
            list("Service", &late),
            logs.to_owned(),
        ]
        .concat();
        let outcome = compile(&text);
        let rules = outcome.succeeded();
        assert!(rules.contains("10.96.0.50") && rules.contains("10.96.0.51"), "{}", outcome.stderr);
    }
}

#[test]
fn of_a_folder_what_is_kubernetes_is_read() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, text).expect("it can be written");
    };
    write("base/web.yaml", &service("web", "10.96.0.50"));
    write("tsconfig.json", "{\n  // comment\n  \"compilerOptions\": {\"strict\": true,}\n}\n");
    write("list.json", "[\"a\", \"b\"]");
    write("mkdocs.yml", "site: x\n\tbad: tab\n");
    write("values.yaml", "replicas: 3\n");
    let read = |flags: &str| {
        hnsplan("compile -t iptables --family ipv4 --node linux-1 -R -f").arg(folder.path()).args(flags).run()
    };
    let outcome = read("");
    assert!(outcome.succeeded().contains("10.96.0.50"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("passed over 4 files"), "{}", outcome.stderr);
    // Named itself, each is a mistake.
    for name in ["tsconfig.json", "list.json", "mkdocs.yml", "values.yaml"] {
        hnsplan("compile -t iptables --node linux-1 -f").arg(folder.path().join(name)).run().failed(2);
    }
    // A template of a Service is lost, and left out on request only.
    write(
        "chart/templates/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n",
    );
    assert!(read("").failed(2).contains("helm template"));
    for exclude in ["templates", "chart", "chart/*", "*/templates/*.yaml", "service.y?ml"] {
        read(&format!("--exclude {exclude}")).succeeded();
    }
    write("overlay/kustomization.yaml", "resources: [../base]\n");
    let outcome = read("--exclude chart");
    assert!(outcome.succeeded().contains("10.96.0.50"));
    assert!(outcome.stderr.contains("kubectl kustomize"), "{}", outcome.stderr);
}

#[test]
fn yaml_in_flow_style_may_have_any_size() {
    for count in [10, 12_000] {
        let items: Vec<String> = (0..count)
            .map(|at| format!("{{apiVersion: v1, kind: Service, metadata: {{name: s{at}}}, spec: {{clusterIP: 10.{}.{}.{}, ports: [{{port: 80}}]}}}}", 96 + at / 65536, at / 256 % 256, at % 256))
            .collect();
        let text = format!("{{apiVersion: v1, kind: List, items: [{}]}}\n", items.join(", "));
        assert!(count < 100 || text.len() > 1 << 20);
        let outcome = compile(&text);
        assert!(outcome.succeeded().contains(&format!("default/s{}", count - 1)), "{}", outcome.stderr);
    }
}

#[test]
fn a_key_given_twice_is_refused_wherever_it_is() {
    for (metadata, key) in [
        ("annotations: {example.com/owner: '1', x: y, example.com/owner: '2'}", "example.com/owner"),
        ("labels: {app: a, app: b}", "app"),
        (
            "annotations: {service.kubernetes.io/topology-mode: a, service.kubernetes.io/topology-mode: b}",
            "topology-mode",
        ),
    ] {
        let flow = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: w, {metadata}}}\nspec: {{clusterIP: 10.96.0.1, ports: [{{port: 80}}]}}\n"
        );
        let messages = compile(&flow).failed(2).to_owned();
        assert!(messages.contains("M0003") && messages.contains(key), "{messages}");
    }
    let json =
        service("w", "10.96.0.1").replace("\"name\"", "\"labels\": {\"a\": \"1\", \"a\": \"2\"}, \"name\"");
    assert!(compile(&json).failed(2).contains("M0003"));
    let block = "apiVersion: v1\nkind: Service\nmetadata:\n  name: w\n  labels:\n    a: \"1\"\n    b: \"1\"\n    a: \"2\"\n";
    assert!(compile(block).failed(2).contains("M0003"));
}

#[test]
fn places_and_quoted_lines_are_those_of_the_file() {
    let wrong = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  clusterIP: 10.96.0.50\n  ports:\n  - port: 70000\n";
    for text in [wrong.replace('\n', "\r\n"), format!("# first\n{wrong}").replace('\n', "\r\n")] {
        let outcome = compile(&text);
        assert!(!outcome.stderr.contains('\u{fffd}'), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("port: 70000\n"), "{:?}", outcome.stderr);
    }
    let second = format!("%YAML 1.1\n---\n{}\n---\n{wrong}", service("a", "10.96.0.1"));
    assert!(
        compile(&second).stderr.contains("-:12:11"),
        "the eighth line of the third part: {}",
        compile(&second).stderr
    );
    for line in ["\tname: web", "  \tname: web"] {
        let tab = format!("apiVersion: v1\nkind: Service\nmetadata:\n{line}\n");
        assert!(compile(&tab).failed(2).contains("indented by a tab"), "{}", compile(&tab).stderr);
    }
}

#[test]
fn a_half_of_the_input_that_is_missing_is_told_once() {
    let slice = |at: usize, service: &str| {
        format!(
            "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: s{at}, namespace: shop, labels: {{kubernetes.io/service-name: {service}}}}}, addressType: IPv4, ports: [{{port: 80}}], endpoints: [{{addresses: [10.0.0.{at}]}}]}}\n---\n"
        )
    };
    for count in [1, 7] {
        let text: String = (1..=count).map(|at| slice(at, &format!("web{at}"))).collect();
        for text in [text.clone(), text + &service("other", "10.96.0.9")] {
            let outcome = compile(&text);
            outcome.succeeded();
            assert_eq!(outcome.stderr.matches("[M0204]").count(), 1, "{}", outcome.stderr);
            assert!(outcome.stderr.contains("shop/web1"), "{}", outcome.stderr);
        }
    }
    let six = service("six", "fd00::1") + "\n---\n" + &slice(1, "six");
    assert!(compile(&six).stderr.contains("[M0142]"), "{}", compile(&six).stderr);
}
