//! Promise: what manifests have lost is a difference where what is kept had it, and never becomes what is expected.

use std::fs;
use std::path::Path;

use crate::support::exe::{Outcome, hnsplan};

const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.50, ports: [{port: 80}]}\n\
    ---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\n\
    ports: [{name: '', port: 80, protocol: TCP}]\nendpoints: [{addresses: [10.244.1.21], nodeName: linux-1}]\n";
const OTHER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n";
const QUIET: &str = "fixtures/rollouts/quiet.yaml";

fn run(folder: &Path, arguments: &str, ci: &str) -> Outcome {
    hnsplan(&format!("test . {arguments}")).inside(folder).env("CI", ci).run()
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("it can be written");
}

fn settings(rest: &str) -> String {
    format!("apiVersion: hnsplan/v1alpha1\nkind: Suite\n{rest}\n")
}

fn expectations(entry: &str) -> String {
    format!("apiVersion: hnsplan/v1alpha1\nkind: Expectations\nexpect:\n- {entry}\n")
}

#[test]
fn a_manifest_that_loses_its_last_service_differs() {
    let headless = WEB.replace("10.96.0.50", "None");
    for (outputs, flags) in [
        ("ipv4.rules", ""),
        ("ipv4.rules, hns.json", ""),
        ("ipv4.rules, messages.txt", ""),
        ("hns.json", "-S, default/web"),
        ("ipv4.rules, messages.txt", "-S, web"),
    ] {
        for without in [OTHER, &headless] {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let text = format!("flags: [--node, linux-1, {flags}]\noutputs: [{outputs}]");
            write(folder.path(), "hnsplan.yaml", &settings(&text));
            write(folder.path(), "app.yaml", &format!("{WEB}---\n{OTHER}"));
            run(folder.path(), "--accept", "").succeeded();
            let kept = fs::read_to_string(folder.path().join("app.ipv4.rules")).unwrap_or_default();
            write(folder.path(), "app.yaml", without);
            let outcome = run(folder.path(), "", "true");
            assert_eq!(outcome.code, 1, "{text}: {}{}", outcome.stdout, outcome.stderr);
            assert!(outcome.stdout.contains("differs  ./app."), "{text}: {}", outcome.stdout);
            assert!(run(folder.path(), "-o junit", "true").stdout.contains("<failure"), "{text}");
            // From then on no change could show; messages show that there is nothing.
            let is_refused = !outputs.contains("messages") || !flags.is_empty();
            let accepted = run(folder.path(), "--accept", "");
            assert_eq!(accepted.code, if is_refused { 2 } else { 0 }, "{text}: {}", accepted.stderr);
            if is_refused {
                let now = fs::read_to_string(folder.path().join("app.ipv4.rules")).unwrap_or_default();
                assert_eq!(now, kept, "{text}: nothing is written");
            }
        }
    }
}

/// What never had a Service is still no case: it could not fail.
#[test]
fn a_manifest_that_never_had_a_service_is_refused() {
    for flags in ["", "-S, default/web"] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let text = format!("flags: [--node, linux-1, {flags}]\noutputs: [ipv4.rules]");
        write(folder.path(), "hnsplan.yaml", &settings(&text));
        write(folder.path(), "app.yaml", OTHER);
        for (arguments, ci) in [("", "true"), ("--accept", "")] {
            let outcome = run(folder.path(), arguments, ci);
            let why =
                if flags.is_empty() { "no Service of the input has rules" } else { "no Service matches" };
            assert!(outcome.failed(2).contains(why), "{text}: {}", outcome.stderr);
        }
    }
}

/// Expectations without snapshots tell as well that there was a Service.
#[test]
fn an_expectation_of_the_last_service_differs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "hnsplan.yaml", &settings("flags: [--node, linux-1]"));
    write(
        folder.path(),
        "app.expect.yaml",
        &expectations("{from: external, to: 'default/web:80', expect: delivered}"),
    );
    write(folder.path(), "app.yaml", OTHER);
    let outcome = run(folder.path(), "", "true");
    assert_eq!(outcome.code, 1, "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("but the manifests do not have what it names"), "{}", outcome.stdout);
}

/// One line for each name that a rollout needs, as for single packets.
#[test]
fn what_a_rollout_names_and_the_manifests_lost_is_a_difference() {
    for (entry, why) in [
        (
            "{during: {restart: shop/wbe}, to: 'shop/web:80', on: [iptables], expect: neverFails}",
            "did you mean shop/web?",
        ),
        (
            "{during: {scale: shop/api=2}, to: 'shop/web:80', on: [iptables], expect: neverFails}",
            "shop/api is not in the input",
        ),
        (
            "{during: {drain: linux-2}, to: 'shop/web:80', on: [iptables], expect: neverFails}",
            "did you mean linux-1?",
        ),
        (
            "{during: {restart: shop/web}, to: 'shop/wbe:80', on: [iptables], expect: neverFails}",
            "no Service matches shop/wbe; did you mean shop/web?",
        ),
        (
            "{during: {restart: shop/web}, to: 'shop/web:81', on: [iptables], expect: neverFails}",
            "its ports are shop/web (80/TCP)",
        ),
        (
            "{during: {restart: shop/web}, from: shop/web-9, to: 'shop/web:80', on: [iptables], expect: neverFails}",
            "no endpoint is of such a pod",
        ),
        (
            "{during: {restart: shop/web}, to: '10.1.2.3:80', on: [iptables], expect: neverFails}",
            "no Service listens at 10.1.2.3:80",
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::copy(QUIET, folder.path().join("app.yaml")).expect("it can be copied");
        write(folder.path(), "hnsplan.yaml", &settings("assume: true"));
        write(folder.path(), "app.expect.yaml", &expectations(entry));
        let outcome = run(folder.path(), "", "true");
        assert_eq!(outcome.code, 1, "{entry}: {}{}", outcome.stdout, outcome.stderr);
        for part in [
            "expected neverFails, but the manifests do not have what it names",
            why,
            "or correct the expectation",
        ] {
            assert!(outcome.stdout.contains(part), "{entry}: {part}: {}", outcome.stdout);
        }
    }
}

/// The manifests lost the Service itself, or its port, and all else stayed.
#[test]
fn a_rollout_of_a_lost_service_is_a_difference() {
    let app = fs::read_to_string(QUIET).expect("it can be read");
    let without =
        app.split("---\n").filter(|text| !text.contains("kind: Service\n")).collect::<Vec<_>>().join("---\n");
    let old = tempfile::tempdir().expect("a folder can be made");
    write(old.path(), "app.yaml", &app);
    let old = old.path().join("app.yaml").display().to_string();
    for during in ["restart: shop/web".to_owned(), "drain: linux-1".to_owned(), format!("old: '{old}'")] {
        for (text, code) in [(&app, 0), (&without, 1)] {
            if during.starts_with("drain") && code == 0 {
                continue;
            }
            let folder = tempfile::tempdir().expect("a folder can be made");
            write(folder.path(), "app.yaml", text);
            write(folder.path(), "hnsplan.yaml", &settings("assume: true"));
            let entry =
                format!("{{during: {{{during}}}, to: 'shop/web:80', on: [iptables], expect: neverFails}}");
            write(folder.path(), "app.expect.yaml", &expectations(&entry));
            let outcome = run(folder.path(), "", "true");
            assert_eq!(outcome.code, code, "{during}: {}{}", outcome.stdout, outcome.stderr);
            assert!(code == 0 || outcome.stdout.contains("shop/web"), "{during}: {}", outcome.stdout);
        }
    }
}
