//! Promise: what a dump leaves out is never taken for what is not there. From the dump of a healthy node, told in any
//! form, anything is taken away: no fault appears, nothing is planned, no verdict changes but into "undecided".

use hnsplan::answer::change::Ownership;
use hnsplan::answer::verdict::{Host, Packet};
use hnsplan::capture;
use hnsplan::diff::{Directory, compare};
use hnsplan::net::Protocol;
use hnsplan::pipeline::Compiled;
use hnsplan::platform::hns::model::State;
use hnsplan::platform::hns::{PlanOptions, Semantics, plan_rules, read, write};
use hnsplan::platform::{self, DumpText, Holdings, Options, PlanRequest};
use hnsplan::scope::Selector;
use serde_json::{Value, json};

use super::unharmed::{Answers, decided, of_pod};
use crate::support::case::fixtures;
use crate::support::run::Run;
use crate::support::torn::{Harm, Torn, damages};

/// The shop, and the node on which kube-proxy has done its work.
pub(super) struct Node {
    pub(super) compiled: Compiled,
    state: State,
}

/// A file of the shop.
pub(super) fn shop(file: &str) -> String {
    std::fs::read_to_string(fixtures().join("shop").join(file)).expect("a text")
}

/// A dump: files with their names.
pub(super) type Dump = Vec<(String, String)>;

impl Node {
    pub(super) fn new() -> Self {
        let [cluster, config, state] = ["cluster.yaml", "kube-proxy.yaml", "win-1.json"].map(shop);
        Self::of(&cluster, &config, &state)
    }

    /// The node after kube-proxy has done its work there, of manifests, a configuration and what HNS held before.
    pub(super) fn of(cluster: &str, config: &str, state: &str) -> Self {
        let run = Run::default().and("cluster.yaml", cluster).config(config);
        let compiled = run.on("win-1").compile();
        let (before, _) = read::read(state);
        let plan = plan_rules(&compiled.rules, Some(&before), Semantics::KubeProxy, &PlanOptions::default());
        let state = plan.after(&compiled.rules, Some(&before)).state;
        Self { compiled, state }
    }

    /// A node that holds what is given.
    pub(super) fn holding(compiled: Compiled, state: State) -> Self {
        Self { compiled, state }
    }

    /// The state as one document, with one object a line.
    fn whole(&self) -> Value {
        serde_json::from_str(&write::state(&self.state)).expect("a state is JSON")
    }

    pub(super) fn current_schema(&self) -> Dump {
        vec![("node.json".to_owned(), write::state(&self.state))]
    }

    /// The same in three files of the old schema.
    pub(super) fn old_schema(&self) -> Dump {
        let whole = self.whole();
        let list = |name: &str| whole[name].as_array().expect("a list").clone();
        let network = |network: &Value| {
            json!({ "ID": network["ID"], "Name": network["Name"], "Type": network["Type"], "ManagementIP": "192.168.10.21",
                "Subnets": [{ "AddressPrefix": "10.244.3.0/24" }], "Policies": [] })
        };
        let endpoint = |endpoint: &Value| {
            let mut old = json!({ "ID": endpoint["ID"], "Name": "Ethernet", "VirtualNetwork": endpoint["HostComputeNetwork"],
                "VirtualNetworkName": "cbr0", "State": 1, "Policies": [] });
            for configuration in endpoint["IpConfigurations"].as_array().expect("a list") {
                let ip = configuration["IpAddress"].as_str().expect("a text");
                old[if ip.contains(':') { "IPv6Address" } else { "IPAddress" }] = json!(ip);
            }
            if endpoint["Flags"] == 1 {
                old["IsRemoteEndpoint"] = json!(true);
            }
            for policy in endpoint["Policies"].as_array().into_iter().flatten() {
                if policy["Type"] == "ProviderAddress" {
                    old["Policies"] = json!([{ "Type": "PA", "PA": policy["Settings"]["ProviderAddress"] }]);
                }
            }
            old
        };
        let balancer = |balancer: &Value| {
            let mapping = &balancer["PortMappings"][0];
            let flags = mapping["Flags"].as_u64().unwrap_or_default();
            let members = balancer["HostComputeEndpoints"].as_array().expect("a list").iter();
            let members: Vec<String> =
                members.map(|id| format!("/endpoints/{}", id.as_str().expect("a text"))).collect();
            json!({ "ID": balancer["ID"], "References": members, "State": 2, "Policies": [{ "Type": "ELB",
                "Protocol": mapping["Protocol"], "InternalPort": mapping["InternalPort"],
                "ExternalPort": mapping["ExternalPort"], "VIPs": balancer["FrontendVIPs"],
                "IsDSR": balancer["Flags"].as_u64().unwrap_or_default() & 1 == 1, "ILB": false,
                "LocalRoutedVip": flags & 2 == 2 }] })
        };
        let file = |name: &str, objects: Vec<Value>| {
            (format!("{name}.json"), serde_json::to_string_pretty(&objects).expect("it is JSON"))
        };
        vec![
            file("network", list("Networks").iter().map(network).collect()),
            file("endpoint", list("Endpoints").iter().map(endpoint).collect()),
            file("policy", list("LoadBalancers").iter().map(balancer).collect()),
        ]
    }

    /// What hnsdiag prints of the load balancers.
    pub(super) fn table(&self) -> Dump {
        let mut text = "ID | Virtual IPs | Direct IP IDs\n".to_owned();
        for balancer in &self.state.load_balancers {
            let vips: Vec<String> = balancer.frontend_vips.iter().map(ToString::to_string).collect();
            let members: Vec<String> = balancer.endpoints.iter().map(ToString::to_string).collect();
            let id = balancer.id.expect("it has an id");
            text += &[&id.to_string(), " | ", &vips.join(" "), " | ", &members.join(" "), "\n"].concat();
        }
        vec![("hnsdiag.txt".to_owned(), text)]
    }

    /// What every command says about a dump.
    pub(super) fn judge(&self, dump: &Dump) -> Judgement {
        let hns = platform::find("hns").expect("it is registered");
        let texts =
            dump.iter().map(|(name, text)| DumpText { name: name.clone(), text: text.clone(), format: None });
        let Ok(understood) = capture::understand(hns, texts.collect()) else { return Judgement::Refused };
        let held = understood.held;
        let (options, mut holdings) = (Options::default(), Holdings::default());
        holdings.add(held.duplicate());
        let context = self.compiled.context(&options, &holdings);
        let wanted = hns.objects(context).value;
        let directory = Directory::new(vec![&self.compiled.rules]);
        let mut sides = [wanted, held.duplicate().into_objects()];
        let comparison =
            compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform");
        let state = hns.state_of(&*held).expect("it is of the platform");
        let selector = Selector::default();
        let request = PlanRequest { state: Some(&state), ..PlanRequest::new(&selector) };
        let steps = hns.steps(context, &request).ok().map(|planned| planned.steps.len());
        let host = Host::new(["192.168.10.21".parse().expect("an address")]);
        let model = held.model(context);
        let evaluator = model.evaluator(&host, &self.compiled.rules);
        let fates = decided(&*evaluator, &packets());
        Judgement::Answers(Box::new(Answers { comparison, steps, fates }))
    }

    /// Takes something away, and asks again.
    #[track_caller]
    pub(super) fn assert_unharmed(&self, whole: &Answers, dump: &Dump, what: &str) {
        let Judgement::Answers(answers) = self.judge(dump) else { return };
        answers.assert_unharmed(whole, &packets(), &format_args!("{what}\n{dump:?}"));
    }
}

pub(super) enum Judgement {
    /// The dump is refused: exit code 2.
    Refused,
    Answers(Box<Answers>),
}

fn packets() -> Vec<Packet> {
    let to = |destination: &str, port, protocol| {
        of_pod("10.244.3.99", destination.parse().expect("an address"), port, protocol)
    };
    vec![
        to("10.96.0.10", 53, Protocol::Udp),
        to("10.96.0.10", 53, Protocol::Tcp),
        to("10.96.0.1", 443, Protocol::Tcp),
        to("10.96.77.77", 80, Protocol::Tcp),
    ]
}

pub(super) fn answers(node: &Node, dump: &Dump) -> Answers {
    match node.judge(dump) {
        Judgement::Answers(answers) => *answers,
        Judgement::Refused => panic!("the whole dump is refused"),
    }
}

#[test]
fn the_whole_dump_is_healthy_in_every_form() {
    let node = Node::new();
    for dump in [node.current_schema(), node.old_schema(), node.table()] {
        let Answers { comparison, steps, .. } = answers(&node, &dump);
        let name = &dump[0].0;
        assert!(comparison.is_equal(), "{name}: {:#?} {:?}", comparison.changes, comparison.gaps);
        assert!(comparison.total().equal >= node.state.load_balancers.len(), "{name}");
        assert!(steps.is_none_or(|steps| steps == 0), "{name}");
    }
}

/// Cut at any byte. A table has no end, so one that is cut between two rows is a whole one with fewer rows; JSON that
/// is cut between two documents likewise, but each file here is one document.
#[test]
fn a_dump_that_is_cut_anywhere_harms_nothing() {
    let node = Node::new();
    for dump in [node.current_schema(), node.old_schema(), node.table()] {
        let whole = answers(&node, &dump);
        for file in 0..dump.len() {
            let (name, text) = &dump[file];
            let is_table = !text.starts_with(['{', '[']);
            // Every byte of the first objects, and a byte of each kind of place after them.
            for at in (1..text.len()).filter(|at| *at < 900 || at % 23 == 0) {
                if !text.is_char_boundary(at) || is_table && text[..at].ends_with('\n') {
                    continue;
                }
                let mut cut = dump.clone();
                cut[file].1.truncate(at);
                node.assert_unharmed(&whole, &cut, &format!("{name} cut at {at}"));
            }
        }
    }
}

#[test]
fn a_file_or_a_section_that_is_missing_harms_nothing() {
    let node = Node::new();
    let dump = node.old_schema();
    let whole = answers(&node, &dump);
    for kept in 1..1 << dump.len() {
        let some: Dump =
            (0..dump.len()).filter(|at| kept & (1 << at) != 0).map(|at| dump[at].clone()).collect();
        node.assert_unharmed(&whole, &some, &format!("files {kept:b}"));
        let decides = ["policy.json", "endpoint.json"];
        let tells_all = decides.iter().all(|file| some.iter().any(|(name, _)| name == file));
        let comparison = answers(&node, &some).comparison;
        assert_eq!(comparison.is_equal(), tells_all, "files {kept:b}: {:?}", comparison.gaps);
    }
    let all = node.whole();
    let whole = answers(&node, &vec![("node.json".to_owned(), all.to_string())]);
    for name in ["Networks", "Endpoints", "LoadBalancers", "Version"] {
        let mut some = all.clone();
        some.as_object_mut().expect("an object").remove(name);
        let dump = vec![("node.json".to_owned(), some.to_string())];
        node.assert_unharmed(&whole, &dump, &format!("without {name}"));
        let mut null = all.clone();
        null[name] = Value::Null;
        let null = vec![("node.json".to_owned(), null.to_string())];
        node.assert_unharmed(&whole, &null, name);
        if ["Endpoints", "LoadBalancers"].contains(&name) {
            for dump in [dump, null] {
                assert!(!answers(&node, &dump).comparison.is_equal(), "equal without {name}");
            }
        }
    }
}

/// Of one endpoint kube-proxy takes what HNS says; of all of them it has to be known.
#[test]
fn endpoints_that_all_leave_something_out_are_not_called_equal() {
    let node = Node::new();
    let whole = answers(&node, &node.current_schema());
    for member in ["Flags", "HostComputeNetwork", "IpConfigurations"] {
        let mut some = node.whole();
        for endpoint in some["Endpoints"].as_array_mut().expect("a list") {
            endpoint.as_object_mut().expect("an object").remove(member);
        }
        let dump = vec![("node.json".to_owned(), some.to_string())];
        node.assert_unharmed(&whole, &dump, member);
        let comparison = answers(&node, &dump).comparison;
        assert!(!comparison.is_equal() && !comparison.gaps.is_empty(), "equal without {member}");
    }
}

/// The members without which a load balancer cannot be called equal.
const DECIDING: [&str; 6] =
    ["HostComputeEndpoints", "PortMappings", "Protocol", "ExternalPort", "InternalPort", "FrontendVIPs"];

/// Those without which a remote endpoint cannot.
const DECIDING_OF_REMOTE: [&str; 2] = ["IpConfigurations", "IPAddress"];

#[test]
fn a_member_that_is_missing_or_cut_harms_nothing_and_is_not_called_equal() {
    let node = Node::new();
    for dump in [node.current_schema(), node.old_schema()] {
        let whole = answers(&node, &dump);
        for file in 0..dump.len() {
            let value: Value = serde_json::from_str(&dump[file].1).expect("it is JSON");
            for path in paths(&value) {
                for cut in [None, Some(json!("System.Object[]")), Some(Value::Null)] {
                    let shown = format!("{} {path:?} as {cut:?}", dump[file].0);
                    let is_scalar = !at(&value, &path).is_array() && !at(&value, &path).is_object();
                    if cut.as_ref().is_some_and(Value::is_string) && is_scalar {
                        continue;
                    }
                    let mut less = dump.clone();
                    less[file].1 = replaced(&value, &path, cut.clone()).to_string();
                    node.assert_unharmed(&whole, &less, &shown);
                    let Judgement::Answers(answers) = node.judge(&less) else { continue };
                    let name = path.last().expect("a path has steps");
                    if DECIDING.contains(&name.as_str()) && path[0] != "Networks" {
                        assert!(!answers.comparison.is_equal(), "{shown}: is called equal");
                    }
                    let object = at(&value, &path[..path.len() - 1]);
                    let is_remote = object["Flags"] == 1 && object.get("IpConfigurations").is_some()
                        || object["IsRemoteEndpoint"] == true;
                    if DECIDING_OF_REMOTE.contains(&name.as_str()) && is_remote {
                        assert!(!answers.comparison.is_equal(), "{shown}: is called equal");
                    }
                }
            }
        }
    }
}

/// The ways to all members of objects below the lists of a document.
pub(super) fn paths(value: &Value) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<String>, &Value)> = vec![(Vec::new(), value)];
    while let Some((path, value)) = open.pop() {
        let step = |name: String| path.iter().cloned().chain([name]).collect::<Vec<_>>();
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    if !path.is_empty() {
                        found.push(step(name.clone()));
                    }
                    open.push((step(name.clone()), member));
                }
            }
            // The first objects of a list stand for all.
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()).take(6) {
                    open.push((step(number.to_string()), item));
                }
            }
            _ => {}
        }
    }
    found
}

fn at<'v>(value: &'v Value, path: &[String]) -> &'v Value {
    path.iter().fold(value, |value, step| match value {
        Value::Array(items) => &items[step.parse::<usize>().expect("a number")],
        _ => &value[step.as_str()],
    })
}

/// A document without the member at the end of a path, or with another value there.
pub(super) fn replaced(value: &Value, path: &[String], new: Option<Value>) -> Value {
    let mut document = value.clone();
    let (last, way) = path.split_last().expect("a path has steps");
    let around = way.iter().fold(&mut document, |value, step| match value {
        Value::Array(items) => &mut items[step.parse::<usize>().expect("a number")],
        other => &mut other[step.as_str()],
    });
    let members = around.as_object_mut().expect("an object");
    match new {
        Some(new) => members.insert(last.clone(), new),
        None => members.remove(last),
    };
    document
}

/// Damaged in any other way: lines and bytes lost, changed, or those of other tools between them. Of all damages some are
/// tried, others with each form.
#[test]
fn json_that_is_damaged_anywhere_harms_nothing() {
    let node = Node::new();
    for (form, dump) in [node.current_schema(), node.old_schema()].into_iter().enumerate() {
        let whole = answers(&node, &dump);
        for file in 0..dump.len() {
            let (name, text) = &dump[file];
            let all = damages(text, 7);
            let seen = all.iter().filter(|torn| !is_silent(text, torn));
            for torn in seen.skip(form).step_by(3) {
                let mut less = dump.clone();
                less[file].1.clone_from(&torn.text);
                node.assert_unharmed(&whole, &less, &format!("{name}: {:?} at {:?}", torn.harm, torn.place));
            }
        }
    }
}

/// Whether what is left is as good as the whole, so that no reader can notice it: an object or a value is gone, or one
/// value became another one.
fn is_silent(text: &str, torn: &Torn) -> bool {
    let lost = text[torn.place.clone()].trim();
    match torn.harm {
        Harm::LineLost => {
            let is_object = lost.starts_with('{') && lost.ends_with(['}', ',']);
            is_object || lost.starts_with('"') && !lost.contains("\":")
        }
        Harm::ByteLost => {
            let is_structure =
                |byte: u8| matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b'"' | b'|' | b'\n');
            !is_structure(text.as_bytes()[torn.place.start])
        }
        // A name may be any text.
        Harm::ByteChanged => {
            let before = text[..torn.place.start].rsplit('"').nth(2).unwrap_or_default();
            before.ends_with("Name")
        }
        Harm::LinesJoined | Harm::LinesReplaced | Harm::BrokenOff | Harm::LineInserted => false,
    }
}
