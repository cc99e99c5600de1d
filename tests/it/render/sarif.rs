//! Promise: what `check` writes in the formats of other tools is valid, whatever the manifests contain.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::case::{Case, fixtures};
use crate::support::exe::hnsplan;
use crate::support::snapshots::assert_snapshot;

const SHOP: &str = "check -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

fn schema() -> Validator {
    let path = fixtures().join("schemas/sarif-2.1.0.json");
    let schema = std::fs::read_to_string(path).expect("the schema is there");
    // A bracket that JavaScript takes for itself, and other engines do not.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$");
    jsonschema::validator_for(&serde_json::from_str(&schema).expect("it is JSON")).expect("it is a schema")
}

#[track_caller]
fn valid(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).expect("JSON");
    let errors: Vec<String> =
        schema().iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    document
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let good = json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]});
    assert!(schema().is_valid(&good));
    let mut bad = good.clone();
    bad["runs"][0]["results"] = json!([{"message": {"text": "x"}, "level": "info"}]);
    assert!(!schema().is_valid(&bad));
}

#[test]
fn the_shop_is_valid_sarif() {
    let outcome = hnsplan(SHOP).args("--allow fixtures/shop/allow.yaml -o sarif").run();
    let document = valid(outcome.succeeded());
    let run = &document["runs"][0];
    let results = run["results"].as_array().expect("results");
    for result in results {
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    let mut fingerprints: Vec<&str> = results
        .iter()
        .filter_map(|result| result["partialFingerprints"]["hnsplanFinding/v1"].as_str())
        .collect();
    assert_eq!(fingerprints.len(), results.len());
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), results.len(), "two findings are taken for one");
    let ranges = results.iter().find(|result| result["ruleId"] == "D0802").expect("the source ranges");
    assert_eq!(ranges["suppressions"][0]["status"], "accepted");
    assert_eq!(ranges["level"], "error");
    let place = &ranges["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "fixtures/shop/cluster.yaml");
    assert_eq!(place["region"]["startLine"], 193);
    assert_snapshot("check.sarif", &serde_json::to_string_pretty(ranges).expect("JSON"));
}

/// Recorded cases, and a manifest that nobody would accept.
#[test]
fn other_inputs_are_valid_sarif() {
    for (name, node) in
        [("051-dualstack", "node-a"), ("r11-services60", "node-0000"), ("116-sloppy-ips", "node-a")]
    {
        let case = Case::named(name);
        let mut command = hnsplan("check -o sarif --node").arg(node);
        for path in case.manifests() {
            command = command.arg("-f").arg(path);
        }
        valid(&command.run().stdout);
    }
    let hostile = "{apiVersion: v1, kind: Service, metadata: {name: \"a\\u001b[31m\\u202e%0A::error::\"}, spec: {ports: 1}}\n";
    valid(&hnsplan("check -o sarif --keep-going -f -").input(hostile).run().stdout);
}

#[test]
fn annotations_are_one_line_each_and_name_their_places() {
    let outcome = hnsplan(SHOP).args("-o github").run();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let is_command =
        |line: &&str| ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
    assert!(lines.len() > 10 && lines.iter().all(is_command), "{}", outcome.stdout);
    let ranges = lines.iter().find(|line| line.contains("title=D0802 ")).expect("the source ranges");
    assert!(
        ranges
            .starts_with("::error file=fixtures/shop/cluster.yaml,line=193,col=11,title=D0802 source ranges")
    );
    let addresses = lines.iter().find(|line| line.contains("title=D0818 ")).expect("the source addresses");
    assert!(addresses.contains("(and 6 more service ports)"), "{addresses}");
}

/// A name that looks like a command of the runner is no command.
#[test]
fn annotations_cannot_be_forged() {
    let hostile =
        "{apiVersion: v1, kind: Service, metadata: {name: \"a\\n::error::forged\"}, spec: {ports: 1}}\n";
    let outcome = hnsplan("check -o github -f -").input(hostile).run();
    assert!(outcome.stdout.lines().all(|line| !line.starts_with("::error::")), "{}", outcome.stdout);
}

/// Results about many nodes are where the Service is, tell its nodes, and stay the same ones when a node gets them as well.
#[test]
fn many_nodes_are_valid_sarif() {
    let fingerprints = |flags: &str| {
        let command = SHOP.replace("--node win-1", flags);
        let document = valid(&hnsplan(&format!("{command} -o sarif --fail-on never")).run().stdout);
        let results = document["runs"][0]["results"].as_array().expect("results").clone();
        let ranges = results.iter().find(|result| result["ruleId"] == "D0802").expect("the source ranges");
        let place = &ranges["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "fixtures/shop/cluster.yaml");
        assert_eq!(place["region"]["startLine"], 193);
        let message = ranges["message"]["text"].as_str().expect("a text").to_owned();
        let all: Vec<String> =
            results.iter().map(|result| result["partialFingerprints"].to_string()).collect();
        let each: std::collections::BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(each.len(), all.len(), "two findings are taken for one");
        (message, each)
    };
    let (message, all) = fingerprints("--nodes all");
    assert!(message.contains("on 3 of 3 nodes: linux-1, linux-2, win-1"), "{message}");
    let (message, one) = fingerprints("--nodes linux-1");
    assert!(message.contains("on 1 of 1 node: linux-1"), "{message}");
    assert!(one.is_subset(&all) && one.len() < all.len());
}
