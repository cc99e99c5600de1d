//! Promise: manifests are read in every form that kubectl takes or prints, ignored objects are reported, and
//! every message names the exact place.

use crate::support::exe::{compile, hnsplan};
use crate::support::run::{Run, assert_same};

pub(crate) const WEB: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  clusterIP: 10.96.0.1
  ports:
  - port: 80
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: web-1
  labels:
    kubernetes.io/service-name: web
addressType: IPv4
ports:
- name: ''
  port: 8080
endpoints:
- addresses:
  - 10.244.0.1
";

pub(crate) const DNAT: &str = "-j DNAT --to-destination 10.244.0.1:8080";

/// A Service on one line, with these fields of its `spec`.
pub(crate) fn service(name: &str, spec: &str) -> String {
    format!("{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{{spec}}}}}\n")
}

/// Line and column of a part of a text.
pub(crate) fn place_of(text: &str, part: &str) -> String {
    let at = text.find(part).unwrap_or_else(|| panic!("`{part}` is not there"));
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    format!("{}:{}", 1 + text[..at].matches('\n').count(), 1 + text[line_start..at].chars().count())
}

/// Asserts that this code is found at this part of the text.
#[track_caller]
pub(crate) fn assert_found(text: &str, code: &str, part: &str) {
    let wanted = format!("{code} manifest.yaml:{}", place_of(text, part));
    let found = Run::of(text).findings();
    assert!(found.contains(&wanted), "wanted {wanted}, got {found:?} in\n{text}");
}

#[test]
fn every_encoding_that_windows_writes_is_read() {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(WEB.encode_utf16()).flat_map(bytes).collect()
    };
    let wanted = Run::of(WEB).ipv4();
    assert!(wanted.contains(DNAT));
    let encoded = [
        ("UTF-16 LE", utf16(u16::to_le_bytes)),
        ("UTF-16 BE", utf16(u16::to_be_bytes)),
        ("UTF-8 with a byte order mark", format!("\u{feff}{WEB}").into_bytes()),
        ("CRLF", WEB.replace('\n', "\r\n").into_bytes()),
        ("no newline at the end", WEB.trim_end().as_bytes().to_vec()),
    ];
    for (name, bytes) in encoded {
        let outcome = hnsplan("compile -t iptables --family ipv4 -f -").input(bytes).run();
        assert_same(&wanted, outcome.succeeded(), name);
    }
}

#[test]
fn comments_anchors_and_merge_keys_are_understood() {
    let text = format!(
        "# before\n{}# between\n---\n{}",
        "base: &base {apiVersion: v1, kind: Service}\n<<: *base # applied\nmetadata: {name: &name web, labels: {app: *name}}\n\
         spec: {clusterIP: 10.96.0.1, ports: [{<<: {protocol: UDP, port: 1}, port: 80}]}\n",
        WEB.split("---\n").nth(1).unwrap(),
    );
    let run = Run::of(&text);
    assert!(
        run.ipv4().contains("default/web has no endpoints\" -m udp -p udp -d 10.96.0.1 --dport 80"),
        "{:?}",
        run.codes()
    );
}

#[test]
fn a_repeated_key_is_refused_at_its_place() {
    let once = service("web", "clusterIP: 10.96.0.1, ports: [{port: 80}]");
    let cases = [
        once.replace("ports:", "clusterIP: 10.96.0.2, ports:"),
        once.replace("name: web", "name: web, labels: {service.kubernetes.io/headless: x, service.kubernetes.io/headless: y}"),
        once.replace("spec:", "kind: Service, spec:"),
        once.replace("{port: 80}", "{port: 80, port: 81}"),
        once.replace("name: web", "<<: {name: a}, name: web, labels: {a: x, a: y}"),
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"a\",\"name\":\"b\"},\"spec\":{}}".to_owned(),
        WEB.replace("  name: web-1\n", "  name: web-1\n  name: web-2\n"),
    ];
    for text in cases {
        assert!(Run::of(&text).codes().contains(&"M0003"), "{:?}\n{text}", Run::of(&text).codes());
    }
}

#[test]
fn what_yaml_1_1_reads_otherwise_is_refused_loudly() {
    let with = |old: &str, new: &str| WEB.replace(old, new);
    assert_found(&with("port: 80\n", "port: 0080\n"), "M0002", "0080");
    assert_found(&with("port: 8080", "port: 8_080"), "M0002", "8_080");
    let ready = with("  - 10.244.0.1\n", "  - 10.244.0.1\n  conditions:\n    ready: yes\n");
    assert_found(&ready, "M0002", "yes");
    assert_found(&with("name: web\n", "name: on\n"), "M0004", "on\n");
    assert_found(&with("name: web-1\n", "name: web-1\n  namespace: no\n"), "M0004", "no\n");
    assert_found(&with("name: ''\n", "name: y\n"), "M0004", "y\n  port");
    let quoted = with("name: web\n", "name: \"on\"\n");
    assert!(!Run::of(&quoted).codes().contains(&"M0004"));
}

#[test]
fn null_lists_are_empty_lists() {
    let empty =
        |field: &str| WEB.replace(field, "") + &format!("{}: null\n", field.split(':').next().unwrap());
    let text = empty("endpoints:\n- addresses:\n  - 10.244.0.1\n");
    assert!(Run::of(&text).ipv4().contains("default/web has no endpoints"), "{:?}", Run::of(&text).codes());
    for null in ["null", "~", ""] {
        let text =
            service("web", &format!("clusterIP: 10.96.0.1, ports: [{{port: 80}}], externalIPs: {null}"));
        assert!(Run::of(&text).ipv4().contains("default/web has no endpoints"), "{text}");
    }
}

#[test]
fn empty_documents_are_nothing() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "---\n---\n# c\n---\n...\n", "null\n", "\u{feff}"]
    {
        let outcome = compile(text, "");
        assert!(outcome.failed(2).contains("M0014"), "{text:?}: {}", outcome.stderr);
    }
    let wanted = Run::of(WEB).ipv4();
    for text in [
        format!("---\n---\n{WEB}---\n"),
        format!("\n# c\n---\n# d\n{WEB}...\n"),
        format!("%YAML 1.1\n---\n{WEB}"),
    ] {
        assert_same(&wanted, &Run::of(&text).ipv4(), &text);
    }
}

#[test]
fn dashes_inside_a_value_end_no_document() {
    let text = WEB.replace(
        "  name: web\n",
        "  annotations:\n    note: |\n      ---\n      a: b\n    dashes: \"---\"\n  name: web\n",
    );
    assert_same(&Run::of(WEB).ipv4(), &Run::of(&text).ipv4(), "indented dashes");
}

#[test]
fn a_broken_document_takes_no_other_with_it() {
    let text = format!(
        "{WEB}---\nkind: Service\nspec: {{a: [1\n---\n{}",
        service("other", "clusterIP: 10.96.0.2, ports: [{port: 81}]")
    );
    let outcome = compile(&text, "--family ipv4 --keep-going");
    let messages = outcome.failed(1);
    assert!(messages.contains("error[M0001]"), "{messages}");
    assert!(outcome.stdout.contains(DNAT), "the document before it");
    assert!(outcome.stdout.contains("default/other has no endpoints"), "the document after it");
    assert!(messages.contains("-:2"), "the place is in the broken document: {messages}");
}

#[test]
fn an_object_of_the_wrong_shape_takes_no_item_of_its_list_with_it() {
    let good = "- {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}}\n";
    let bad = "- {apiVersion: v1, kind: Service, metadata: {name: bad}, spec: {clusterIP: 10.96.0.2, ports: {port: 80}}}\n";
    let text = format!("apiVersion: v1\nkind: List\nitems:\n{good}{bad}");
    assert_found(&text, "M0002", "ports: {port");
    assert!(Run::of(&text).ipv4().contains("default/web has no endpoints"));
}

#[test]
fn other_kinds_are_passed_over_and_counted() {
    let others = "---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {ports: 7, clusterIP: {}}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: b}, spec: text}
---
{apiVersion: v1, kind: Pod, metadata: {name: c}, spec: {hostNetwork: true}, status: {conditions: [{type: Ready}], addresses: x}}
---
{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}, {apiVersion: v1, kind: List, items: [{kind: Pod}]}]}
---
{apiVersion: example.com/v1, kind: Ports, ports: {a: 1}, endpoints: 5, addressType: 3}
";
    let outcome = compile(&format!("{WEB}{others}"), "--family ipv4 -v");
    assert_same(&Run::of(WEB).ipv4(), outcome.succeeded(), "others change nothing");
    let counted =
        "passed over 6 objects of other kinds (3 Pod, 1 CustomResourceDefinition, 1 Deployment, 1 Ports)";
    assert!(outcome.stderr.contains(counted), "{}", outcome.stderr);
}

#[test]
fn old_api_versions_are_refused() {
    let text = WEB.replace("discovery.k8s.io/v1", "discovery.k8s.io/v1beta1");
    assert_found(&text, "M0007", "discovery.k8s.io/v1beta1");
    assert!(Run::of(&text).ipv4().contains("default/web has no endpoints"));
}

#[test]
fn legacy_endpoints_count_only_without_slices() {
    let endpoints = "---
{apiVersion: v1, kind: Endpoints, metadata: {name: web},
 subsets: [{addresses: [{ip: 10.244.0.7, nodeName: n}], notReadyAddresses: [{ip: 10.244.0.8}], ports: [{port: 8080}]}]}
";
    let service = WEB.split("---\n").next().unwrap();
    let alone = Run::of(&format!("{service}{endpoints}")).ipv4();
    assert!(alone.contains("--to-destination 10.244.0.7:8080") && !alone.contains("10.244.0.8"), "{alone}");
    let both = Run::of(&format!("{WEB}{endpoints}")).ipv4();
    assert!(both.contains(DNAT) && !both.contains("10.244.0.7"), "{both}");
    for order in [format!("{service}{endpoints}"), format!("{endpoints}---\n{service}")] {
        assert_same(&alone, &Run::of(&order).ipv4(), "in any order");
    }
}

#[test]
fn of_one_object_given_twice_the_newer_counts() {
    let version = |number: &str, ip: &str| {
        service("web", &format!("clusterIP: {ip}, ports: [{{port: 80}}]"))
            .replace("name: web", &format!("name: web, resourceVersion: '{number}'"))
    };
    let (old, new) = (version("9", "10.96.0.9"), version("10", "10.96.0.10"));
    for text in [format!("{old}---\n{new}"), format!("{new}---\n{old}")] {
        let run = Run::of(&text);
        assert!(run.codes().contains(&"M0008"), "{:?}", run.codes());
        assert!(run.ipv4().contains("-d 10.96.0.10 ") && !run.ipv4().contains("-d 10.96.0.9 "));
    }
    let twice = Run::of(&format!("{new}---\n{new}"));
    assert!(twice.codes().contains(&"M0009") && !twice.codes().contains(&"M0008"), "{:?}", twice.codes());
    let unversioned = |ip: &str| service("web", &format!("clusterIP: {ip}, ports: [{{port: 80}}]"));
    let (a, b) = (unversioned("10.96.0.1"), unversioned("10.96.0.2"));
    let (ab, ba) = (Run::of(&format!("{a}---\n{b}")), Run::of(&format!("{b}---\n{a}")));
    assert_same(&ab.ipv4(), &ba.ipv4(), "without versions, the order of the input does not matter");
    assert!(ab.codes().contains(&"M0008"));
}
