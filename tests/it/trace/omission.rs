//! Promise: what the input leaves out of a node is never taken for what is not there. Without a Node, a part of one, or
//! the configuration of kube-proxy, no verdict changes without a message that says what is missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::exe::hnsplan;

/// What becomes of the packets of a kind of client to a frontend, by target; addresses of clients are made up.
type Verdicts = BTreeMap<[String; 5], String>;

/// The verdicts, and each message with its code; `None` where the input is refused.
fn traced(cluster: &Value, config: bool, node: &str) -> Option<(Verdicts, BTreeSet<String>)> {
    let config = if config { "--config fixtures/shop/kube-proxy.yaml" } else { "" };
    let flags = "trace --matrix -t iptables,hns -f - -o json -v --message-format json";
    let outcome = hnsplan(&format!("{flags} {config} --node {node}")).input(cluster.to_string()).run();
    if outcome.code == 2 {
        return None;
    }
    let matrix: Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut verdicts = Verdicts::new();
    for row in list(&matrix["rows"]) {
        for cell in list(&row["cells"]) {
            for answer in list(&cell["answers"]) {
                let at =
                    [&row["service"], &row["address"], &row["protocol"], &cell["client"], &answer["target"]];
                let verdict = [&answer["conclusion"], &answer["endpoints"], &answer["sources"]];
                verdicts.insert(at.map(text), verdict.map(ToString::to_string).join(" "));
            }
        }
    }
    let messages = outcome.stderr.lines().filter(|line| line.starts_with('{')).map(|line| {
        let message: Value = serde_json::from_str(line).expect(line);
        format!("{} {}", text(&message["code"]), text(&message["message"]))
    });
    Some((verdicts, messages.collect()))
}

/// The shop without a part of its Nodes, with words for what is gone.
fn without_parts(cluster: &Value, node: &str) -> Vec<(String, Value)> {
    let is_node = |object: &Value| object["kind"] == "Node";
    let items = |keep: &dyn Fn(&Value) -> bool| {
        let mut less = cluster.clone();
        less["items"].as_array_mut().expect("a list").retain(keep);
        less
    };
    let mut variants = vec![("all Nodes".to_owned(), items(&|object| !is_node(object)))];
    let nodes: Vec<&Value> =
        cluster["items"].as_array().expect("a list").iter().filter(|of| is_node(of)).collect();
    for of in &nodes {
        let name = of["metadata"]["name"].as_str().expect("a name").to_owned();
        let less = items(&|object| !is_node(object) || object["metadata"]["name"] != *name);
        variants.push((format!("Node {name}"), less));
    }
    let fields =
        ["/metadata/labels", "/spec/podCIDR", "/spec/podCIDRs", "/status/addresses", "/status", "/spec"];
    let at = cluster["items"]
        .as_array()
        .expect("a list")
        .iter()
        .position(|object| is_node(object) && object["metadata"]["name"] == *node);
    let at = at.expect("the node is in the shop");
    for field in fields {
        let mut less = cluster.clone();
        let (parent, key) = field.rsplit_once('/').expect("a path");
        let object = less["items"][at].pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
        if object.remove(key).is_some() {
            variants.push((format!("{field} of {node}"), less));
        }
    }
    let addresses = cluster["items"][at]["status"]["addresses"].as_array().map_or(0, Vec::len);
    for address in 0..addresses {
        let mut less = cluster.clone();
        less["items"][at]["status"]["addresses"].as_array_mut().expect("a list").remove(address);
        variants.push((format!("address {address} of {node}"), less));
    }
    variants
}

#[test]
fn no_verdict_changes_without_a_message() {
    let text = std::fs::read_to_string("fixtures/shop/cluster.yaml").expect("it is there");
    let cluster: Value = serde_yaml::from_str(&text).expect("it is YAML");
    let (mut total, mut answered) = (0, 0);
    for node in ["linux-1", "win-1"] {
        let (whole, known) = traced(&cluster, true, node).expect("the whole input is traced");
        let mut variants: Vec<(String, Value, bool)> =
            without_parts(&cluster, node).into_iter().map(|(what, less)| (what, less, true)).collect();
        variants.push(("the configuration".to_owned(), cluster.clone(), false));
        for (what, less, config) in variants {
            let Some((verdicts, messages)) = traced(&less, config, node) else { continue };
            answered += 1;
            let changed: Vec<_> = verdicts
                .iter()
                .filter(|(_, verdict)| !verdict.starts_with("\"undecided\""))
                .filter(|(at, verdict)| whole.get(*at).is_some_and(|before| before != *verdict))
                .collect();
            total += changed.len();
            assert!(
                changed.is_empty() || messages.difference(&known).next().is_some(),
                "on {node} without {what}, and without a word: {changed:#?}"
            );
        }
    }
    assert!(total > 0 && answered > 10, "{total} verdicts of {answered} inputs hang on what was left out");
}
