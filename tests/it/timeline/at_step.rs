//! Promise: a Service at a step has all that kube-proxy remembers then, and each change has its cause.

use serde_json::Value;

use crate::cli::schema::misfits;
use crate::support::exe::hnsplan;

/// What is told of the Service at a step.
fn told(step: usize, flags: &str) -> Value {
    let command = format!("explain service shop/web -f fixtures/rollout --step {step} -o json {flags}");
    serde_json::from_str(hnsplan(&command).run().succeeded()).expect("the answer is JSON")
}

/// The answer fits the schema that is shipped for it.
#[test]
fn a_service_at_a_step_fits_its_schema() {
    let schema = hnsplan("schema service-at-step").run();
    let schema: Value = serde_json::from_str(schema.succeeded()).expect("a schema is JSON");
    let mut found = Vec::new();
    for step in 1..=4 {
        let told = told(step, "");
        misfits(&schema, &schema, &told, "$", &mut found);
        assert_eq!(schema["title"], told["kind"]);
    }
    assert_eq!(found, Vec::<String>::new());
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn fields(of: &Value) -> Vec<&Value> {
    of.as_array().expect("a list").iter().collect()
}

/// Over all steps of both versions: values are those of the states, and what differs from the step before has a cause.
#[test]
fn every_member_is_told_and_every_change_has_a_cause() {
    let mut changes = 0;
    for version in ["1.30", "1.36"] {
        let flags = format!("--kube-proxy-version {version}");
        let states = hnsplan(&format!("replay fixtures/rollout -o state {flags}")).run().stdout;
        let states: Value = serde_json::from_str(&states).expect("states are JSON");
        let mut before: Option<Value> = None;
        for (number, state) in (1..).zip(states.as_array().expect("a list")) {
            let told = told(number, &flags);
            let [port] = &told["ports"].as_array().expect("a list")[..] else { panic!("one port") };
            let key = port["port"].as_str().expect("a text");
            let family = port["family"].as_str().expect("a text");
            let service = &state["proxier"][family]["services"][key];
            let members = service.as_object().expect("it is remembered");
            assert_eq!(members.len(), fields(&port["fields"]).len());
            let old = before.as_ref().map(|of: &Value| of["proxier"][family]["services"][key].clone());
            for field in fields(&port["fields"]) {
                let name = field["name"].as_str().expect("a text");
                assert_eq!(field["value"], text(&members[name]).as_str(), "{version} {number} {name}");
                let is_same = old.as_ref().is_some_and(|old| old[name] == members[name]);
                assert_eq!(field["because"].is_array(), !is_same, "{version} {number} {name}: {field}");
                changes += usize::from(!is_same);
            }
            let endpoints = state["proxier"][family]["endpoints"][key].as_array().expect("a list");
            let is_there = |of: &&Value| fields(&of[1]).iter().any(|field| !field["value"].is_null());
            let shown = port["endpoints"].as_array().expect("a list").iter().filter(is_there).count();
            assert_eq!(shown, endpoints.len(), "{version} {number}");
            before = Some(state.clone());
        }
    }
    assert!(changes > 10, "{changes}");
}

#[test]
fn a_load_balancer_that_is_made_anew_names_its_calls() {
    let told = told(3, "--kube-proxy-version 1.36");
    let fields = fields(&told["ports"][0]["fields"]);
    let id = fields.iter().find(|field| field["name"] == "hnsID").expect("it has one");
    assert_eq!(
        id["because"],
        serde_json::json!(["call 2: DeleteLoadBalancer", "call 3: CreateLoadBalancer"])
    );
}

#[test]
fn what_is_not_there_is_refused() {
    let run = |flags: &str| hnsplan(&format!("explain service {flags} -f fixtures/rollout")).run();
    let outcome = run("shop/web --step 9");
    assert!(outcome.failed(2).contains("--step 9: the sequence has the steps 1 to 4"), "{}", outcome.stderr);
    let outcome = run("shop/we --step 2");
    assert!(outcome.failed(2).contains("kube-proxy keeps nothing about this Service"), "{}", outcome.stderr);
}
