//! Promise: the HCN objects are those that the real kube-proxy made on Windows, in every recorded case, down to
//! the order of their members.

use std::collections::BTreeMap;

use hnsplan::platform::hns::model::State;
use hnsplan::platform::hns::{PlanOptions, Semantics, read};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::case::{Case, RELEASES, VERSIONS};
use crate::support::exe::hnsplan;

/// So many recordings are there; a case that cannot be found is a failure, too.
const RECORDED: usize = 1_772;

const NETWORK_TYPES: [&str; 2] = ["l2bridge", "overlay"];

/// A case with what HNS held before, and what kube-proxy of a version then did.
pub(crate) struct Recording {
    pub(crate) case: Case,
    pub(crate) version: &'static str,
    network_type: &'static str,
    before: String,
    pub(crate) text: String,
}

pub(crate) fn recordings() -> Vec<Recording> {
    recordings_of(&VERSIONS)
}

fn recordings_of(releases: &[&'static str]) -> Vec<Recording> {
    let mut found = Vec::new();
    for case in Case::all() {
        for &version in releases {
            for network_type in NETWORK_TYPES {
                let Some(text) = case.recording(version, &format!("hns.{network_type}.json")) else {
                    continue;
                };
                let before = case.read(&format!("hns.{network_type}.before.json")).expect("a state before");
                found.push(Recording { case: case.clone(), version, network_type, before, text });
            }
        }
    }
    found
}

impl Recording {
    pub(crate) fn name(&self) -> String {
        format!("{} {} {}", self.case.name, self.version, self.network_type)
    }

    pub(crate) fn state(&self) -> State {
        let (state, problems) = read::read(&self.before);
        assert!(problems.is_empty(), "{}: {problems:?}", self.name());
        state
    }

    /// The plan as the document that people get.
    fn plan(&self, options: &PlanOptions) -> String {
        let compiled = self.case.compiled(self.version, false);
        let plan = compiled.hns(Some(&self.state()), Semantics::KubeProxy, options);
        plan.to_json(&compiled.rules).to_string()
    }

    /// Ids in the recording are `local:` or `remote:` and the addresses of the endpoint.
    fn names(&self, plan: &str) -> BTreeMap<String, String> {
        let plan: Value = parsed(plan);
        let before: Value = serde_json::from_str(&self.before).expect("the state is JSON");
        let present = before["Endpoints"].as_array().expect("a list").iter().map(|of| (&of["ID"], of));
        let made = operations(&plan).iter().filter(|of| of["op"] == "CreateEndpoint");
        let made = made.map(|operation| (&operation["id"], &operation["settings"]));
        let name = |(id, endpoint): (&Value, &Value)| {
            let remote = endpoint["Flags"].as_u64().unwrap_or_default() & 1 != 0;
            let configurations = endpoint["IpConfigurations"].as_array().expect("a list");
            let addresses: Vec<&str> =
                configurations.iter().map(|of| of["IpAddress"].as_str().expect("a text")).collect();
            let id = id.as_str().expect("a text").to_lowercase();
            (id, format!("{}:{}", if remote { "remote" } else { "local" }, addresses.join("+")))
        };
        present.chain(made).map(name).collect()
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

fn operations(plan: &Value) -> &[Value] {
    plan["operations"].as_array().expect("a list")
}

/// The objects that are made, as exact texts: members in their order, without blanks, and with names in
/// place of the ids of endpoints.
fn created(document: &str, names: &BTreeMap<String, String>) -> Vec<String> {
    let creates = operations_as_text(document).into_iter().filter_map(|of| Some((of.op, of.settings?)));
    let mut texts: Vec<String> = creates
        .map(|(op, settings)| {
            let words = settings
                .get()
                .split('"')
                .map(|word| names.get(&word.to_lowercase()).map_or(word, |name| name));
            format!("{op} {}", words.collect::<Vec<_>>().join("\"").replace(' ', ""))
        })
        .collect();
    texts.sort();
    texts
}

/// An operation whose settings have not been taken apart.
#[derive(Deserialize)]
struct OperationText {
    op: String,
    settings: Option<Box<RawValue>>,
}

/// The operations of a plan, or of a recording, which is a list of them.
fn operations_as_text(document: &str) -> Vec<OperationText> {
    let list =
        document.find("\"operations\": ").map_or(document, |at| &document[at + "\"operations\": ".len()..]);
    let mut values = serde_json::Deserializer::from_str(list).into_iter::<Vec<OperationText>>();
    values.next().expect("there is a list").expect("it holds operations")
}

/// What was deleted, and what is: kind and id. The recording names endpoints by address.
fn deleted(operations: &[Value], member: &str, names: &BTreeMap<String, String>) -> Vec<String> {
    let deletes = operations.iter().filter(|of| of.get("settings").is_none());
    let mut texts: Vec<String> = deletes
        .map(|operation| {
            let target = operation[member].as_str().expect("a text").replace("/policylists/", "");
            let target = names.get(&target.to_lowercase()).unwrap_or(&target);
            format!("{} {target}", operation["op"])
        })
        .collect();
    texts.sort();
    texts
}

#[test]
fn every_recorded_object_is_made_and_no_other() {
    let mut wrong = Vec::new();
    let recordings = recordings_of(&RELEASES);
    for recording in &recordings {
        // What is already as it should be is not made again.
        let like_restart = recording.case.name == "104-win-restart-existing";
        let plan = recording.plan(&PlanOptions { like_restart, ..PlanOptions::default() });
        let (wanted, got) =
            (created(&recording.text, &BTreeMap::new()), created(&plan, &recording.names(&plan)));
        if wanted != got {
            wrong.push(format!("{}\nwanted {wanted:#?}\ngot {got:#?}", recording.name()));
        }
    }
    assert!(wrong.is_empty(), "{} of {RECORDED} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(recordings.len(), RECORDED, "recordings found");
}

#[test]
fn a_restart_makes_and_deletes_what_was_recorded() {
    for recording in recordings_of(&RELEASES) {
        let plan = recording.plan(&PlanOptions { like_restart: true, ..PlanOptions::default() });
        let names = recording.names(&plan);
        let recorded = created(&recording.text, &BTreeMap::new());
        assert_eq!(created(&plan, &names), recorded, "{}", recording.name());
        let recorded = parsed(&recording.text);
        let recorded = deleted(recorded.as_array().expect("a list"), "target", &names);
        assert_eq!(deleted(operations(&parsed(&plan)), "id", &names), recorded, "{}", recording.name());
    }
}

#[test]
fn what_is_as_it_should_be_is_kept() {
    let restart = recordings().into_iter().filter(|of| of.case.name == "104-win-restart-existing");
    for recording in restart.filter(|of| of.network_type == "l2bridge") {
        let plan = parsed(&recording.plan(&PlanOptions::default()));
        assert_eq!(plan["operations"], Value::Array(Vec::new()), "{}", recording.name());
        assert_eq!(plan["kept"][0]["frontend"], "10.96.0.10:80/TCP");
    }
}

#[test]
fn the_program_prints_the_plan_of_the_library() {
    let chosen =
        ["051-dualstack", "098-win-forward-healthcheck", "116-sloppy-ips", "x23-win-dup-remote-first"];
    for recording in recordings().iter().filter(|of| chosen.contains(&of.case.name.as_str())) {
        let mut command = hnsplan("compile -t hns --kube-proxy-version").arg(recording.version);
        for manifest in recording.case.manifests() {
            command = command.arg("-f").arg(manifest);
        }
        let file = |name: &str| recording.case.file(name).unwrap_or_else(|| panic!("{name} is missing"));
        let state = format!("hns.{}.before.json", recording.network_type);
        let outcome = command
            .arg("--config")
            .arg(file("kube-proxy.yaml"))
            .arg("--facts")
            .arg(file("facts.yaml"))
            .arg("--hns-state")
            .arg(file(&state))
            .run();
        let mut printed: Value = serde_json::from_str(&outcome.stdout).expect("a plan is printed");
        let mut made = parsed(&recording.plan(&PlanOptions::default()));
        // Files have other names on the command line.
        for operation in
            [&mut printed, &mut made].into_iter().filter_map(|plan| plan["operations"].as_array_mut())
        {
            for of in operation.iter_mut() {
                of["source"] = Value::Null;
            }
        }
        assert_eq!(printed, made, "{}", recording.name());
    }
}
