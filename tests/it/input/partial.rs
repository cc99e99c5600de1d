//! Promise: what says of itself that it is not whole is not taken for whole, in no command: an empty file beside others, an
//! answer of the API server, a kind in other letters, a list that goes on elsewhere.

use std::fs;

use super::refused::{WHOLE, changing, commands, is_refused, node};
use crate::support::exe::{Outcome, hnsplan};

const WEB: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.50, ports: [{port: 80}]}\n";

fn compile(text: &str) -> Outcome {
    hnsplan("compile -t iptables --family ipv4 --node linux-1 -f -").input(text).run()
}

/// The shop with something beside it, or as a part of a list, by what is said about it.
fn partial_shops() -> Vec<(&'static str, String)> {
    let whole = fs::read_to_string(WHOLE).expect("the shop is shipped");
    let beside = |more: &str| format!("{whole}---\n{more}");
    vec![
        (
            "forbidden",
            beside(
                r#"{"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "forbidden", "code": 403}"#,
            ),
        ),
        ("did you mean Service?", whole.replacen("kind: Service\n", "kind: service\n", 1)),
        ("did you mean EndpointSlice?", whole.replacen("kind: EndpointSlice\n", "kind: EndpointSlices\n", 1)),
        (
            "2 items are missing",
            whole.replace("  resourceVersion: \"\"\n", "  continue: x\n  remainingItemCount: 2\n"),
        ),
        (
            "a Table of the API server",
            beside("{apiVersion: meta.k8s.io/v1, kind: Table, columnDefinitions: [], rows: []}\n"),
        ),
        (
            "PartialObjectMetadata",
            beside(
                "{apiVersion: meta.k8s.io/v1, kind: PartialObjectMetadataList, items: [{metadata: {name: web}}]}\n",
            ),
        ),
    ]
}

#[test]
fn a_part_is_refused_by_every_command() {
    let (folder, node, holds) = node();
    let file = folder.path().join("part.yaml");
    let name = file.display().to_string();
    for (said, text) in partial_shops() {
        fs::write(&file, &text).expect("it can be written");
        for command in commands(&name).iter().chain(&changing(&name, &node)) {
            let outcome = hnsplan(command).run();
            is_refused(&outcome, &format!("{said}: {command}"));
            assert!(outcome.stderr.contains(said), "{said}: {command}: {}", outcome.stderr);
            assert!(outcome.stderr.contains("part.yaml"), "{said}: {command}: {}", outcome.stderr);
            assert_eq!(fs::read_to_string(&node).expect("it is a file"), holds, "{said}: {command}");
        }
    }
}

#[test]
fn an_empty_file_beside_others_is_missed_and_in_a_folder_normal() {
    let (folder, node, holds) = node();
    let empty = folder.path().join("empty.yaml");
    for text in ["", "\n", "# nothing yet\n", "---\n# a\n---\n"] {
        fs::write(&empty, text).expect("it can be written");
        let name = empty.display();
        for inputs in [format!("{WHOLE} -f {name}"), format!("{name} -f {WHOLE}")] {
            for command in changing(&inputs, &node) {
                let outcome = hnsplan(&command).run();
                is_refused(&outcome, &command);
                assert!(outcome.stderr.contains("empty.yaml is empty"), "{command}: {}", outcome.stderr);
                assert_eq!(fs::read_to_string(&node).expect("it is a file"), holds, "{command}");
            }
        }
        let repository = tempfile::tempdir().expect("a folder can be made");
        fs::create_dir(repository.path().join("later")).expect("a folder");
        fs::write(repository.path().join("web.yaml"), WEB).expect("it can be written");
        fs::write(repository.path().join("later/empty.yaml"), text).expect("it can be written");
        let outcome =
            hnsplan("compile -t iptables --family ipv4 -v --node a -R -f").arg(repository.path()).run();
        assert!(outcome.succeeded().contains("10.96.0.50"), "{text:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("passed over 1 file that is no object"), "{}", outcome.stderr);
        // Nothing but empty files is no answer, wherever they are.
        let later = repository.path().join("later");
        hnsplan("compile -t iptables --node a -f").arg(&later).run().failed(2);
    }
}

/// As each reader takes lists: whole, cut at the items, in JSON of any layout, in a list, and as objects of any kind.
#[test]
fn a_list_that_goes_on_is_told_with_what_is_missing() {
    let web = r#"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"clusterIP": "10.96.0.50", "ports": [{"port": 80}]}}"#;
    let list = |kind: &str, metadata: &str| {
        [
            format!(
                "{{\"kind\": \"{kind}\", \"apiVersion\": \"v1\", \"metadata\": {metadata}, \"items\": [{web}]}}"
            ),
            format!(
                "{{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n        {{\n{}\n        }}\n    ],\n    \"kind\": \"{kind}\",\n    \"metadata\": {metadata}\n}}\n",
                &web[1..web.len() - 1]
            ),
            format!("apiVersion: v1\nitems:\n- {web}\nkind: {kind}\nmetadata: {metadata}\n"),
            format!("{{apiVersion: v1, kind: {kind}, metadata: {metadata}, items: [{web}]}}\n"),
            format!(
                "{{apiVersion: v1, kind: List, items: [{{kind: {kind}, apiVersion: v1, metadata: {metadata}, items: [{web}]}}]}}\n"
            ),
            format!(
                "# a document before\n---\n{web}\n---\napiVersion: v1\nkind: {kind}\nmetadata: {metadata}\nitems: []\n"
            ),
        ]
    };
    for kind in ["List", "ServiceList"] {
        for (metadata, said) in [
            (r#"{"continue": "eyJ2Ijoi", "remainingItemCount": 2}"#, Some("2 items are missing")),
            (r#"{"remainingItemCount": 1}"#, Some("1 item is missing")),
            (r#"{"continue": "x"}"#, Some("items are missing")),
            (r#"{"continue": "", "remainingItemCount": 0, "resourceVersion": "7"}"#, None),
            (r#"{"resourceVersion": "7"}"#, None),
        ] {
            for text in list(kind, metadata) {
                for flag in ["", "--assume"] {
                    let outcome = hnsplan("compile -t iptables --family ipv4 --node linux-1 -f -")
                        .args(flag)
                        .input(&*text)
                        .run();
                    let Some(said) = said else {
                        outcome.succeeded();
                        continue;
                    };
                    let message = outcome.failed(2);
                    assert!(message.contains("M0018") && message.contains(said), "{text}{message}");
                    assert_eq!(message.matches("M0018").count(), 1, "{text}{message}");
                }
            }
        }
    }
}

#[test]
fn a_kind_in_other_letters_is_named_with_the_right_one() {
    for (kind, version) in
        [("Service", "v1"), ("EndpointSlice", "discovery.k8s.io/v1"), ("Endpoints", "v1"), ("Node", "v1")]
    {
        let lower = kind.to_lowercase();
        let plural = if kind.ends_with('s') { kind.to_owned() } else { format!("{kind}s") };
        for wrong in [lower.clone(), kind.to_uppercase(), plural.clone(), plural.to_lowercase()] {
            if wrong == kind {
                continue;
            }
            let object =
                format!("{{apiVersion: {version}, kind: {wrong}, metadata: {{name: x}}, spec: {{}}}}");
            let listed = format!("{{apiVersion: v1, kind: List, items: [{object}]}}\n");
            for text in [format!("{WEB}---\n{object}\n"), format!("{listed}---\n{WEB}")] {
                let outcome = compile(&text);
                let message = outcome.failed(2);
                assert!(message.contains(&format!("did you mean {kind}?")), "{text}{message}");
            }
            // Kinds of other projects have the names that they have.
            let other = object.replace(&format!("apiVersion: {version}"), "apiVersion: example.com/v1");
            compile(&format!("{WEB}---\n{other}\n")).succeeded();
        }
    }
    for list in ["list", "LIST", "servicelist"] {
        let outcome = compile(&format!("{WEB}---\n{{apiVersion: v1, kind: {list}, items: []}}\n"));
        assert!(outcome.failed(2).contains("did you mean"), "{list}: {}", outcome.stderr);
    }
}
