//! Promise: of a folder with the dumps of a fleet exactly what is wrong is named: the node, the Service, what to do next. A
//! node without a dump and a dump without a node are named as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::Synthetic;
use crate::support::exe::{Outcome, hnsplan};

const DIFF: &str = "diff -f cluster.yaml --config kube-proxy.yaml --service-cidr 10.96.0.0/12 --dumps dumps";

fn run(fleet: &Synthetic, arguments: &str) -> Outcome {
    hnsplan(arguments).inside(fleet.folder()).run()
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stderr))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What is wrong by node: code, object and Services.
fn faults(document: &Value) -> BTreeMap<String, BTreeSet<(String, String, String)>> {
    let mut all: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    for finding in list(&document["findings"]) {
        if !["object", "missing"].contains(&text(&finding["class"])) || finding["severity"] == "note" {
            continue;
        }
        for on in list(&finding["on"]) {
            for node in list(&on["nodes"]) {
                let of_node = all.entry(text(node).to_owned()).or_default();
                let code = text(&finding["code"]).to_owned();
                if list(&on["items"]).is_empty() {
                    of_node.insert((code.clone(), text(&on["example"]).to_owned(), String::new()));
                }
                for item in list(&on["items"]) {
                    let services: Vec<&str> = list(&item["services"]).iter().map(text).collect();
                    let next = item["next"].as_str().unwrap_or(text(&finding["advice"]));
                    assert!(!next.is_empty(), "{item}: a next step");
                    of_node.insert((code.clone(), text(&item["object"]).to_owned(), services.join(",")));
                }
            }
        }
    }
    all
}

/// The load balancer of a Service of the shop, or of DNS.
fn balancer<'s>(state: &'s mut Value, vip: &str, port: u16) -> &'s mut Value {
    let all = state["LoadBalancers"].as_array_mut().expect("a list");
    let is_it = |of: &&mut Value| {
        list(&of["FrontendVIPs"]) == [json!(vip)] && of["PortMappings"][0]["ExternalPort"] == port
    };
    all.iter_mut().find(is_it).unwrap_or_else(|| panic!("{vip}:{port}"))
}

fn remove(state: &mut Value, vip: &str) {
    let all = state["LoadBalancers"].as_array_mut().expect("a list");
    let before = all.len();
    all.retain(|of| list(&of["FrontendVIPs"]) != [json!(vip)]);
    assert_eq!(all.len() + 1, before, "{vip}");
}

/// The cluster IP of `shop/svc-N`; DNS has the number after the last one.
fn vip(number: usize) -> String {
    format!("10.96.{}.{}", number / 250 + 1, number % 250 + 1)
}

/// A node, the code of what is wrong with it, and what the object and the Services contain.
type Seeded = (&'static str, &'static str, &'static str, &'static str);

const SERVICES: usize = 40;

/// Twelve faults on ten nodes with dumps, one without, and one dump of no node.
fn seed(fleet: &Synthetic) -> Vec<Seeded> {
    seed_of(fleet, SERVICES)
}

fn seed_of(fleet: &Synthetic, services: usize) -> Vec<Seeded> {
    fleet.change("win-000", |state| state["LoadBalancers"] = json!([]));
    fleet.change("win-005", |state| state["LoadBalancers"].as_array_mut().expect("a list").truncate(1));
    fleet.change("win-009", |state| remove(state, &vip(services)));
    fleet.change("win-014", |state| {
        let members = balancer(state, &vip(2), 80)["HostComputeEndpoints"].as_array_mut().expect("members");
        assert!(members.pop().is_some());
    });
    fleet.change("win-018", |state| {
        balancer(state, &vip(3), 80)["PortMappings"][0]["InternalPort"] = json!(9090);
    });
    fleet.change("win-022", |state| {
        let mut copy = balancer(state, &vip(4), 80).clone();
        copy["ID"] = json!("11111111-2222-3333-4444-555555555555");
        copy["FrontendVIPs"] = json!(["10.96.200.9"]);
        state["LoadBalancers"].as_array_mut().expect("a list").push(copy);
    });
    fleet.change("win-026", |state| remove(state, &vip(6)));
    fleet.change_text("linux-003", |text| {
        let (start, address) = ("-A KUBE-SERVICES ", format!("-d {} ", vip(7)));
        let is_left = |line: &&str| !line.starts_with(start) || !line.contains(&address);
        text.lines().filter(is_left).flat_map(|line| [line, "\n"]).collect()
    });
    fleet.change_text("linux-007", |text| text.replacen("--to-destination 10.", "--to-destination 11.", 1));
    fs::remove_dir_all(fleet.path("dumps/win-030")).expect("a dump");
    fs::create_dir(fleet.path("dumps/win-900")).expect("a folder");
    fs::copy(fleet.dump("win-001"), fleet.path("dumps/win-900/state.json")).expect("a file");
    let whole = fs::read(fleet.dump("win-034")).expect("a dump");
    fs::write(fleet.dump("win-034"), "PK\u{3}\u{4} not a dump at all").expect("a file");
    assert!(whole.len() > 100);
    vec![
        ("win-000", "F1008", "load balancer", ""),
        ("win-005", "F1001", "load balancer", "shop/svc-"),
        ("win-009", "F1001", "10.96.1.41:53", "kube-system/kube-dns:main"),
        ("win-014", "F1003", "10.96.1.3:80", "shop/svc-2:main"),
        ("win-018", "F1003", "10.96.1.4:80", "shop/svc-3:main"),
        ("win-022", "F1002", "10.96.200.9:80", ""),
        ("win-026", "F1001", "10.96.1.7:80", "shop/svc-6:main"),
        ("linux-003", "F1001", "10.96.1.8", "shop/svc-7:main"),
        ("linux-007", "F1003", "KUBE-SEP-", "kube-system/kube-dns:main"),
        ("win-030", "R1401", "has neither a folder nor a file", ""),
        ("win-034", "R1403", "win-034", ""),
    ]
}

#[test]
fn a_fleet_that_is_as_it_should_be_has_no_finding() {
    let fleet = Synthetic::new(12, 20);
    let outcome = run(&fleet, DIFF);
    let answer = outcome.succeeded();
    assert!(
        answer.contains("12 nodes: 12 as they should be, 0 with differences, 0 not compared"),
        "{answer}{}",
        outcome.stderr
    );
    assert!(
        run(&fleet, &format!("{DIFF} --nodes os=windows"))
            .succeeded()
            .contains("9 nodes: 9 as they should be")
    );
}

#[test]
fn exactly_what_is_wrong_is_named() {
    let fleet = Synthetic::new(60, SERVICES);
    let seeded = seed(&fleet);
    let outcome = run(&fleet, &format!("{DIFF} -o json"));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let document = json(&outcome);
    let found = faults(&document);
    let wanted: BTreeSet<&str> = seeded.iter().map(|(node, ..)| *node).collect();
    assert_eq!(found.keys().map(String::as_str).collect::<BTreeSet<_>>(), wanted, "{found:#?}");
    assert_eq!(document["missing"]["strayDumps"], json!(["win-900"]));
    for (node, code, object, service) in &seeded {
        let is_it = |(of_code, of_object, of_service): &(String, String, String)| {
            of_code == code && of_object.contains(object) && of_service.contains(service)
        };
        assert!(found[*node].iter().any(is_it), "{node} {code} {object} {service}: {:#?}", found[*node]);
    }
    // A node with one fault has no other, but for endpoints that nothing uses any more.
    for node in ["win-009", "win-014", "win-018", "win-022", "win-026", "linux-007"] {
        let others = found[node].iter().filter(|(_, object, _)| !object.starts_with("endpoint "));
        assert_eq!(others.count(), 1, "{node}: {:#?}", found[node]);
    }
    let text = run(&fleet, DIFF);
    let answer = &text.stdout;
    let place = |needle: &str| answer.find(needle).unwrap_or_else(|| panic!("{needle}: {answer}"));
    assert!(place("win-000: 0 of") < place("win-005: 1 of"), "the worst comes first");
    assert!(place("win-005: 1 of") < place("win-026:"), "{answer}");
    assert!(
        answer.contains("kube-system/kube-dns:main") && answer.contains("1 dump without a node: win-900"),
        "{answer}"
    );
    let line = answer.lines().skip_while(|line| !line.starts_with("win-022:")).nth(1).unwrap_or_default();
    assert!(line.contains("10.96.200.9:80"), "{line}");
    assert!(answer.contains("on this node alone"), "{answer}");
    assert!(
        answer.contains("60 nodes: 49 as they should be, 9 with differences, 2 not compared"),
        "{answer}"
    );
}

/// The same as `hnsplan diff hns DUMP --node NODE`, node by node.
#[test]
fn every_node_gets_the_answer_that_it_gets_alone() {
    let fleet = Synthetic::new(60, SERVICES);
    let seeded = seed(&fleet);
    let found = faults(&json(&run(&fleet, &format!("{DIFF} -o json"))));
    let nodes: BTreeSet<&str> =
        seeded.iter().map(|(node, ..)| *node).chain(["win-001", "linux-011"]).collect();
    for node in nodes {
        let platform = if node.starts_with("win") { "hns" } else { "iptables" };
        let dump = fleet.dump(node);
        let alone = hnsplan(&format!(
            "diff {platform} {} -f cluster.yaml --config kube-proxy.yaml --service-cidr 10.96.0.0/12",
            dump.display()
        ))
        .args(&format!("--node {node} -o json"))
        .inside(fleet.folder())
        .run();
        if !dump.exists() || alone.code == 2 {
            assert!(
                found[node].iter().any(|(code, ..)| code.starts_with("R14")),
                "{node}: {:?}",
                found[node]
            );
            continue;
        }
        let alone = json(&alone);
        let object = |of: &Value| {
            let services: Vec<&str> = list(&of["services"]).iter().map(text).collect();
            (format!("{} {}", text(&of["kind"]), text(&of["name"])), services.join(","))
        };
        let of_findings = list(&alone["findings"]).iter().filter(|of| of["severity"] != "note").map(object);
        let of_changes = list(&alone["changes"]).iter().filter(|of| of["weight"] == "counts").map(object);
        let wanted: BTreeSet<(String, String)> = of_findings.chain(of_changes).collect();
        let got = found
            .get(node)
            .into_iter()
            .flatten()
            .map(|(_, object, services)| (object.clone(), services.clone()));
        assert_eq!(got.collect::<BTreeSet<_>>(), wanted, "{node}");
        assert_eq!(alone["equal"], json!(wanted.is_empty()), "{node}");
    }
}

#[test]
fn packets_are_sent_through_the_dumps_of_many_nodes() {
    let fleet = Synthetic::new(8, 8);
    fleet.change("win-002", |state| remove(state, &vip(3)));
    let check =
        "check -t hns,hns-state -f cluster.yaml --config kube-proxy.yaml --dumps dumps --nodes os=windows";
    let outcome = run(&fleet, &format!("{check} -o json"));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let document = json(&outcome);
    let effects: Vec<&Value> =
        list(&document["findings"]).iter().filter(|of| of["class"] == "effect").collect();
    let [only] = effects[..] else { panic!("{effects:#?}") };
    assert_eq!(only["on"][0]["nodes"], json!(["win-002"]));
    assert_eq!(only["on"][0]["items"], json!([{ "services": ["shop/svc-3:main"] }]));
    // A Linux node has a dump, and none of the side that is compared.
    let all = json(&run(&fleet, &format!("{} -o json", check.replace("os=windows", "all"))));
    let missing: Vec<&Value> = list(&all["findings"]).iter().filter(|of| of["class"] == "missing").collect();
    assert_eq!(missing.len(), 1, "{missing:#?}");
    assert_eq!(
        (&missing[0]["code"], &missing[0]["on"][0]["nodes"]),
        (&json!("R1403"), &json!(["linux-003", "linux-007"]))
    );
}

#[test]
fn dumps_of_shares_are_joined() {
    let fleet = Synthetic::new(12, 8);
    fleet.change("win-002", |state| remove(state, &vip(3)));
    for index in 0..3 {
        let share =
            run(&fleet, &format!("{DIFF} --share {index}/3 -o jsonl --out {index}.jsonl --fail-on never"));
        assert_eq!(share.code, 0, "{}", share.stderr);
    }
    let one = run(&fleet, DIFF);
    let joined = run(&fleet, "merge 2.jsonl 0.jsonl 1.jsonl");
    assert_eq!((one.code, joined.code), (1, 1));
    assert_eq!(one.stdout, joined.stdout);
    let counters = run(&fleet, "merge 0.jsonl 1.jsonl 2.jsonl -o prom").stdout;
    assert_eq!(run(&fleet, &format!("{DIFF} -o prom")).stdout, counters);
    for line in [
        "hnsplan_fleet_missing{node=\"win-002\",object=\"load balancers\"} 1",
        "hnsplan_fleet_missing{node=\"win-001\",object=\"load balancers\"} 0",
        "hnsplan_fleet_findings{node=\"win-002\",code=\"F1001\",severity=\"error\",sides=\"hns\"} 1",
        "hnsplan_fleet_compared{node=\"win-002\"} 1",
        "hnsplan_fleet_stray_dumps 0",
    ] {
        assert!(counters.lines().any(|of| of == line), "{line}: {counters}");
    }
    assert!(!counters.contains("node=\"win-001\",code="), "{counters}");
    // Of a share that is missing nothing is known.
    let part = run(&fleet, "merge 0.jsonl 1.jsonl -o prom").stdout;
    assert!(
        part.lines().any(|line| line.starts_with("hnsplan_fleet_compared") && line.ends_with(" 0")),
        "{part}"
    );
}

#[test]
fn folders_and_flags_that_fit_to_nothing_are_refused() {
    let fleet = Synthetic::new(4, 4);
    for (arguments, message) in [
        ("diff -f cluster.yaml --dumps nowhere", "cannot read the folder of dumps nowhere"),
        ("diff -f cluster.yaml --nodes all hns", "add --dumps DIR"),
        ("diff --dumps dumps", "add -f FILE"),
        ("diff cluster.yaml --dumps dumps -f cluster.yaml", "A is a target"),
        ("diff -f cluster.yaml --dumps dumps --semantic", "hnsplan check --dumps"),
        ("diff hns dumps/win-000 -f cluster.yaml --node win-000 -o jsonl", "add --dumps DIR"),
        ("check -f cluster.yaml --nodes all --dumps dumps", "-t hns,hns-state"),
        ("check -f cluster.yaml --nodes all -t hns,hns-state", "-t hns,hns-state --dumps DIR"),
        ("check -f cluster.yaml --node win-000 -o jsonl", "add --nodes"),
        ("check -f cluster.yaml --node win-000 -o md", "add --nodes"),
        ("check -f cluster.yaml --nodes all -o github", "another format for many nodes"),
        ("diff hns dumps/win-000 -f cluster.yaml --node win-000 -o junit", "add --dumps DIR"),
        ("check -f cluster.yaml --nodes all --share 8/8", "from 0/8 to 7/8"),
    ] {
        let outcome = run(&fleet, arguments);
        assert!(outcome.failed(2).contains(message), "{arguments}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{arguments}");
    }
}

/// For people: `cargo test --test it fleet::dumps::five_hundred -- --ignored --nocapture` prints the answer and the times.
#[test]
#[ignore = "it takes minutes, and shows more than it checks"]
fn five_hundred_nodes_with_the_same_faults() {
    let fleet = Synthetic::new(500, 200);
    let seeded = seed_of(&fleet, 200);
    for (what, arguments) in [
        ("diff of 500 dumps", DIFF.to_owned()),
        (
            "check of 375 Windows nodes",
            "check -f cluster.yaml --config kube-proxy.yaml --nodes os=windows --fail-on never".to_owned(),
        ),
        (
            "check of 1 node",
            "check -f cluster.yaml --config kube-proxy.yaml --node win-001 --fail-on never".to_owned(),
        ),
    ] {
        let start = std::time::Instant::now();
        let outcome = run(&fleet, &arguments);
        println!("{}\n{what}: {:.2?}, exit code {}\n", outcome.stdout, start.elapsed(), outcome.code);
    }
    let found = faults(&json(&run(&fleet, &format!("{DIFF} -o json"))));
    assert_eq!(
        found.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        seeded.iter().map(|(node, ..)| *node).collect()
    );
}
