//! Promise: documents are valid against their JSON Schemas.

use hnsplan::ir::RuleSet;
use hnsplan::platform::hns::{Plan, PlanOptions, PlanText, Semantics, read};
use serde_json::Value;

use crate::support::case::{Case, VERSIONS};
use crate::support::exe::hnsplan;

/// Says what of a value does not fit its schema, as far as the words of JSON Schema go that ours uses.
pub(crate) fn misfits(schema: &Value, root: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let target =
            root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is not defined"));
        misfits(target, root, value, path, found);
    }
    for word in ["anyOf", "oneOf"] {
        let Some(choices) = schema[word].as_array() else { continue };
        let fits = |choice: &Value| {
            let mut found = Vec::new();
            misfits(choice, root, value, path, &mut found);
            found.is_empty()
        };
        if !choices.iter().any(fits) {
            found.push(format!("{path}: {value} fits none of {word}"));
        }
    }
    let allowed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    if !allowed || schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{path}: {value} is not one of {schema}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.contains(&type_of(value)) {
        found.push(format!("{path}: {value} is no {types:?}"));
    }
    for field in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.is_object() && value.get(field).is_none() {
            found.push(format!("{path}: `{field}` is missing"));
        }
    }
    if let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object()) {
        for (key, value) in fields {
            match properties.get(key) {
                Some(schema) => misfits(schema, root, value, &format!("{path}.{key}"), found),
                None => found.push(format!("{path}: `{key}` is not in the schema")),
            }
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        misfits(&schema["items"], root, item, &format!("{path}[{index}]"), found);
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn the_rule_ir_of_every_case_fits_its_schema() {
    let schema: Value =
        serde_json::from_str(hnsplan("schema ir").run().succeeded()).expect("a schema is JSON");
    for case in Case::all() {
        for version in VERSIONS {
            let ir = case.compiled(version, false).ir();
            let ir: Value = serde_json::from_str(&ir).expect("the IR is JSON");
            let mut found = Vec::new();
            misfits(&schema, &schema, &ir, "ir", &mut found);
            assert!(found.is_empty(), "{} {version}:\n{}", case.name, found.join("\n"));
        }
    }
}

#[test]
fn the_plan_of_every_case_fits_its_schema() {
    type Written = for<'p> fn(&'p Plan, &'p RuleSet) -> PlanText<'p>;
    let documents: [(&str, Written); 2] = [("hns-plan", Plan::to_json), ("hns-plan-v1", Plan::to_json_v1)];
    for (document, written) in documents {
        let schema: Value = serde_json::from_str(hnsplan("schema").arg(document).run().succeeded())
            .expect("a schema is JSON");
        for case in Case::all() {
            let Some(before) = case.read("hns.l2bridge.before.json") else { continue };
            for version in VERSIONS {
                let compiled = case.compiled(version, false);
                let (state, _) = read::read(&before);
                let plan = compiled.hns(Some(&state), Semantics::KubeProxy, &PlanOptions::default());
                let plan = written(&plan, &compiled.rules).to_string();
                let plan: Value = serde_json::from_str(&plan).expect("a plan is JSON");
                let mut found = Vec::new();
                misfits(&schema, &schema, &plan, "plan", &mut found);
                assert!(found.is_empty(), "{document} {} {version}:\n{}", case.name, found.join("\n"));
            }
        }
    }
}

#[test]
fn descriptions_are_written_for_readers_of_the_schema() {
    // A link of rustdoc means nothing to them.
    for document in [
        "ir",
        "hns-plan",
        "hns-plan-v1",
        "check",
        "diff",
        "diff-frontends",
        "diff-semantic",
        "graph",
        "service-info",
        "service-at-step",
        "plan",
        "plan-summary",
        "events",
        "history",
    ] {
        let schema = hnsplan("schema").arg(document).run();
        let links: Vec<&str> = schema
            .succeeded()
            .lines()
            .filter(|line| line.contains("[`") || line.contains("crate::"))
            .collect();
        assert!(links.is_empty(), "{}", links.join("\n"));
    }
}

/// What check and trace print is what their schemas say.
#[test]
fn answers_fit_their_schemas() {
    let shop = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1 -o json";
    for (document, command) in [
        ("check", "check -t iptables,hns,netsh"),
        ("check", "check -t iptables --against 1.30"),
        ("diff", "diff hns fixtures/shop/win-1.json"),
        ("diff", "diff netsh fixtures/netsh/node-dump.txt"),
        ("diff", "diff iptables iptables"),
        ("diff-frontends", "diff iptables hns"),
        ("diff-semantic", "diff --semantic iptables hns"),
        ("trace", "trace -t iptables,hns,netsh -D shop/catalog"),
        ("trace", "trace -t iptables,hns,netsh -D shop/front -S node"),
        ("trace-matrix", "trace --matrix -t iptables,hns,netsh"),
        ("graph", "graph -t iptables"),
        ("graph", "graph -t hns"),
        ("service-info", "explain service shop/front"),
    ] {
        let schema: Value =
            serde_json::from_str(hnsplan(&format!("schema {document}")).run().succeeded()).expect("a schema");
        let answer = hnsplan(&format!("{command} {shop}")).run();
        let answer: Value = serde_json::from_str(&answer.stdout).expect("a document");
        let mut found = Vec::new();
        misfits(&schema, &schema, &answer, "$", &mut found);
        assert_eq!(found, Vec::<String>::new(), "{command}");
        assert_eq!(schema["title"], answer["kind"], "{command}");
        // Without a field that is required it is no such document.
        let mut less = answer.clone();
        less.as_object_mut().expect("an object").remove("kind");
        misfits(&schema, &schema, &less, "$", &mut found);
        assert_eq!(found.len(), 1, "{command}: {found:?}");
    }
}
