//! Promise: every message names the exact place, in every format of manifests.

use crate::manifest::reading::{WEB, assert_found, place_of, service};
use crate::support::exe::compile;

/// The one wrong value of all texts below.
const WRONG: &str = "70000";

#[test]
fn the_place_of_a_wrong_shape_is_exact_in_every_item() {
    let good = "- apiVersion: v1\n  kind: Service\n  metadata:\n    name: web\n  spec:\n    ports:\n    - port: 80\n";
    let bad = good.replace("name: web", "name: bad").replace("port: 80", "port: \"80\"");
    for head in [
        "",
        "# c\n",
        "--- # c\n",
        "apiVersion: v1\nkind: List\nitems:\n",
        "---\n",
        "apiVersion: v1\nitems:\n",
    ] {
        let tail = if head == "apiVersion: v1\nitems:\n" { "kind: List\n" } else { "" };
        for text in [format!("{head}{good}{bad}{tail}"), format!("{head}{bad}{good}{tail}")] {
            assert_found(&text, "M0002", "\"80\"");
        }
    }
}

#[test]
fn a_line_of_any_length_has_a_place() {
    let text = service("web", "ports: [{port: 70000}]")
        .replace("name: web", &format!("name: web, annotations: {{a: {}}}", "x".repeat(2000)));
    let outcome = compile(&text, "");
    assert!(outcome.failed(1).contains(&format!("-:{}", place_of(&text, "70000"))), "{}", outcome.stderr);
}

#[test]
fn the_place_of_a_value_is_exact_in_yaml() {
    let block = WEB.replace("port: 80\n", "port: 70000\n");
    let flow = service("web", "clusterIP: 10.96.0.1, ports: [{name: a, port: 80}, {name: b, port: 70000}]");
    let texts = [
        block.clone(),
        format!("# c\n\n---\n{block}"),
        format!("{}---\n{flow}", service("first", "clusterIP: 10.96.0.9, ports: [{port: 1}]")),
        block.replace('\n', "\r\n"),
        block.replace("  name: web\n", "  name: web\n  annotations: {ü: 𝄞}\n"),
        format!("items:\n- {}- {flow}kind: List\napiVersion: v1\n", service("a", "clusterIP: None")),
        format!(
            "apiVersion: v1\nkind: List\nitems: [{}, {}]\n",
            service("a", "clusterIP: None").trim(),
            flow.trim()
        ),
        format!("- {}- {flow}", service("a", "clusterIP: None")),
    ];
    for text in texts {
        assert_found(&text, "M0107", WRONG);
    }
}

#[test]
fn the_place_of_a_value_is_exact_in_json() {
    let object = |name: &str, port: u32| {
        serde_json::json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
            "spec": { "clusterIP": format!("10.96.0.{}", port % 251), "ports": [{ "port": port }] },
        })
    };
    let (good, bad) = (object("ü", 80), object("bad", 70_000));
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).expect("it is JSON");
    let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": [good, bad] });
    let texts = [
        bad.to_string(),
        pretty(&bad),
        format!("{good}\n{bad}\n"),
        format!("{}\n{}\n", pretty(&bad), pretty(&object("other", 81))),
        list.to_string(),
        pretty(&list),
        format!("[{good}, {bad}]"),
        format!("{}\n---\n{}\n", pretty(&good), pretty(&bad)),
    ];
    for text in texts {
        assert_found(&text, "M0107", WRONG);
    }
}

#[test]
fn concatenated_json_values_have_places_of_their_own() {
    let object = |port: u32| {
        format!(
            "{{\n \"apiVersion\": \"v1\", \"kind\": \"Service\",\n \"metadata\": {{\"name\": \"w{}\"}},\n \"spec\": {{\"clusterIP\": \"10.96.0.1\", \"ports\": [{{\"port\": {port}}}]}}\n}}\n",
            port % 7
        )
    };
    assert_found(&format!("{}{}", object(80), object(70_000)), "M0107", WRONG);
}
