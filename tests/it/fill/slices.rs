//! Slices are those that the controller made.

use std::collections::BTreeMap;
use std::path::Path;

use hnsplan::fill::Assumptions;
use serde_json::{Value, json};

use super::cases::{filled, folders, items, name, recorded};

/// Slices of one Service, family and list of ports; which endpoint lies in which of them is arbitrary.
#[derive(Debug, Default, PartialEq)]
struct Group {
    sizes: Vec<usize>,
    endpoints: Vec<String>,
}

/// The slices by all that they have in common, without the hints that vary.
fn groups(slices: &[Value], varies: &Value) -> BTreeMap<String, Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for slice in slices {
        let mut common = slice.clone();
        common["endpoints"] = Value::Null;
        common["metadata"]["name"] = Value::Null;
        sort(&mut common["ports"]);
        let group = groups.entry(common.to_string()).or_default();
        let endpoints = slice["endpoints"].as_array().cloned().unwrap_or_default();
        group.sizes.push(endpoints.len());
        group.endpoints.extend(endpoints.into_iter().map(|mut endpoint| {
            if is_varied(&endpoint, slice, varies) {
                endpoint.as_object_mut().expect("an endpoint is an object").remove("hints");
            }
            endpoint.to_string()
        }));
    }
    for group in groups.values_mut() {
        group.sizes.sort_unstable();
        group.endpoints.sort_unstable();
    }
    groups
}

fn sort(list: &mut Value) {
    if let Some(list) = list.as_array_mut() {
        list.sort_by_key(ToString::to_string);
    }
}

fn is_varied(endpoint: &Value, slice: &Value, varies: &Value) -> bool {
    let pod =
        format!("{}/{}", text(&endpoint["targetRef"]["namespace"]), text(&endpoint["targetRef"]["name"]));
    varies["endpoints"].as_array().into_iter().flatten().any(|varied| {
        varied["pod"] == pod.as_str()
            && varied["addressType"] == slice["addressType"]
            && varied["service"] == service_and_family(slice).0.as_str()
    })
}

fn service_and_family(slice: &Value) -> (String, String) {
    let metadata = &slice["metadata"];
    let service = text(&metadata["labels"]["kubernetes.io/service-name"]);
    (format!("{}/{service}", text(&metadata["namespace"])), text(&slice["addressType"]).to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// How many endpoints of each zone point to each zone, for each Service and family.
fn distribution(slices: &[Value]) -> Value {
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for slice in slices {
        let (service, family) = service_and_family(slice);
        let counts = counts.entry(format!("{service} {family}")).or_default();
        for endpoint in slice["endpoints"].as_array().into_iter().flatten() {
            let Some(hint) = endpoint["hints"]["forZones"][0]["name"].as_str() else { continue };
            *counts.entry(format!("{} -> {hint}", text(&endpoint["zone"]))).or_default() += 1;
        }
    }
    json!(counts)
}

fn check(folder: &Path) -> Result<(), String> {
    let filled = filled(
        folder,
        &["services.yaml", "pods.yaml", "nodes.yaml", "existing.yaml"],
        &Assumptions::default(),
    );
    let slices: Vec<Value> = filled
        .objects
        .into_iter()
        .filter(|object| object.kind().1 == "EndpointSlice")
        .map(|object| Value::Object(object.fields))
        .collect();
    let varies =
        if folder.join("1.36/varies.yaml").exists() { recorded(folder, "varies.yaml") } else { Value::Null };
    let expected = groups(&items(&recorded(folder, "slices.yaml")), &varies);
    let actual = groups(&slices, &varies);
    if expected != actual {
        return Err(format!("expected {expected:#?}\nactual {actual:#?}"));
    }
    if let Some(outcomes) = varies["outcomes"].as_array() {
        let found = distribution(&slices);
        if !outcomes.contains(&found) {
            return Err(format!("{found} is none of {}", varies["outcomes"]));
        }
    }
    Ok(())
}

#[test]
fn slices_are_those_of_the_controller() {
    let folders = folders(|name| name.starts_with(|first: char| first.is_ascii_digit()));
    let wrong: Vec<String> = folders
        .iter()
        .filter_map(|folder| check(folder).err().map(|error| format!("{}: {error}", name(folder))))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), folders.len(), wrong.join("\n"));
}
