//! Promise: a plan is compared by what the node contains after it: before it is applied, its changes differ,
//! and afterwards nothing does.

use hnsplan::apply::{AnyStep, Fingerprint, NodePlan};
use hnsplan::net::Family;
use hnsplan::pipeline::Compiled;
use hnsplan::platform;
use hnsplan::platform::iptables::apply::IptablesStep;
use hnsplan::platform::iptables::{self, Change};
use hnsplan::platform::netsh::Options;
use hnsplan::platform::netsh::apply::{self as netsh, NetshState};

use crate::support::case::fixtures;
use crate::support::exe::{Hnsplan, hnsplan};
use crate::support::run::Run;

const SHOP: &str = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";

/// A command in a folder of its own, which has the shop and what HNS of its node holds.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder can be made"));
        let shop = folder.0.path().join("fixtures/shop");
        std::fs::create_dir_all(&shop).expect("a folder can be made");
        for file in ["cluster.yaml", "kube-proxy.yaml"] {
            std::fs::copy(fixtures().join("shop").join(file), shop.join(file)).expect("it can be copied");
        }
        folder.write(
            "before.json",
            &std::fs::read_to_string(fixtures().join("shop/win-1.json")).expect("text"),
        );
        folder
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).expect("a file can be written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).expect("it is text")
    }

    fn run(&self, arguments: &str) -> Hnsplan {
        hnsplan(arguments).inside(self.0.path())
    }

    /// Saves the plan that brings `node.json` to the manifests, and carries it out.
    fn plan_and_apply(&self, more: &str) {
        self.run(&format!("plan {SHOP} --executor sim:node.json -o plan.json {more}")).run().succeeded();
        std::fs::copy(self.0.path().join("node.json"), self.0.path().join("before.json")).expect("a copy");
        let apply = "apply plan.json --executor sim:node.json --allow-lossy --auto-approve";
        self.run(apply).run().succeeded();
    }
}

#[test]
fn a_saved_plan_is_what_hns_holds_when_it_is_done() {
    let folder = Folder::new();
    folder.write("node.json", &folder.read("before.json"));
    folder.plan_and_apply("");
    let before = folder.run("diff plan.json before.json -o json").run();
    assert_eq!(before.code, 1, "{}", before.stderr);
    let document: serde_json::Value = serde_json::from_str(&before.stdout).expect("it is JSON");
    let changes = document["changes"].as_array().expect("a list");
    assert_eq!(changes.len(), 19, "{document:#}");
    assert!(changes.iter().all(|change| change["change"] == "deleted"), "{document:#}");
    assert_eq!(
        (&document["sides"][0]["is"], &document["sides"][1]["is"]),
        (&"wanted".into(), &"held".into())
    );

    let after = folder.run("diff plan.json node.json").run();
    assert!(after.succeeded().ends_with("plan.json and node.json: no difference\n"), "{}", after.stdout);
    folder.run("diff node.json plan.json -q").run().succeeded();

    // What the plan does not touch is compared as well, with the dump that it was made from.
    let given = folder.run(&format!("diff plan.json hns {SHOP} --hns-state before.json")).run();
    assert!(given.succeeded().ends_with("no difference\n"), "{}{}", given.stdout, given.stderr);
    assert_eq!(given.stderr, "");
    let others = folder.run("diff plan.json node.json --hns-state node.json").run();
    assert!(others.stderr.contains("the dump is not what the node held"), "{}", others.stderr);
}

#[test]
fn what_a_saved_plan_changes_and_deletes_is_in_its_outcome() {
    let folder = Folder::new();
    folder.write("node.json", &folder.read("before.json"));
    folder.plan_and_apply("");
    // Another pod, and no Service `front` any more.
    let cluster = folder.read("fixtures/shop/cluster.yaml");
    folder.write("fixtures/shop/cluster.yaml", &cluster.replace("- 10.244.2.30", "- 10.244.2.99"));
    folder.plan_and_apply("");
    let after = folder.run("diff plan.json node.json").run();
    assert!(after.succeeded().ends_with("no difference\n"), "{}", after.stdout);
    let before = folder.run("diff before.json plan.json").run();
    assert_eq!(before.code, 1);
    for line in [
        "HostComputeEndpoints[10.244.2.30]  - remote",
        "HostComputeEndpoints[10.244.2.99]  + remote",
        "endpoint 10.244.2.99 (remote)",
        "endpoint 10.244.2.30 (remote)",
    ] {
        assert!(before.stdout.contains(line), "{line}\n{}", before.stdout);
    }
    // Packets go by it.
    let semantic = folder.run(&format!("diff --semantic plan.json node.json {SHOP}")).run();
    assert!(semantic.succeeded().contains("no packet is treated differently"), "{}", semantic.stdout);
    let semantic = folder.run(&format!("diff --semantic plan.json before.json {SHOP}")).run();
    assert_eq!(semantic.code, 1, "{}", semantic.stderr);
    assert!(semantic.stdout.contains("shop/catalog:http"), "{}", semantic.stdout);
}

#[test]
fn a_plan_without_the_unchanged_objects_is_refused_with_the_alternative() {
    let folder = Folder::new();
    folder.write("node.json", &folder.read("before.json"));
    folder.plan_and_apply("");
    let outcome = folder.run(&format!("diff plan.json hns {SHOP}")).run();
    let message = outcome.failed(2);
    assert!(message.contains("plan.json contains what changes") && message.contains("--dump"), "{message}");
    // Nobody has changed it.
    folder.write("other.json", &folder.read("plan.json").replace("8443", "8444"));
    let outcome = folder.run("diff other.json node.json").run();
    assert!(outcome.failed(2).contains("the plan was changed after it was saved"), "{}", outcome.stderr);
}

#[test]
fn what_a_compiled_plan_keeps_is_taken_from_the_node() {
    let folder = Folder::new();
    folder.write("node.json", &folder.read("before.json"));
    folder.plan_and_apply("");
    let cluster = folder.read("fixtures/shop/cluster.yaml");
    folder.write("fixtures/shop/cluster.yaml", &cluster.replace("- 10.244.2.30", "- 10.244.2.99"));
    let plan = folder.run(&format!("compile -t hns {SHOP} --hns-state node.json")).run();
    let plan = plan.succeeded().to_owned();
    assert!(plan.contains("\"kept\": [\n"), "{plan}");
    folder.write("compiled.json", &plan);
    let given = folder.run(&format!("diff compiled.json hns {SHOP} --hns-state node.json")).run();
    assert!(given.succeeded().ends_with("no difference\n"), "{}{}", given.stdout, given.stderr);
    let outcome = folder.run(&format!("diff compiled.json hns {SHOP}")).run();
    assert!(outcome.failed(2).contains("--dump"), "{}", outcome.stderr);
    let held = folder.run("diff compiled.json node.json").run();
    assert_eq!(held.code, 1);
    assert!(held.stdout.contains("HostComputeEndpoints[10.244.2.99]  - remote"), "{}", held.stdout);
    assert!(held.stdout.contains("11 load balancers: 10 equal, 1 changed"), "{}", held.stdout);
}

/// The shop on a node, inside this process.
fn compiled(cluster: &str, node: &str) -> Compiled {
    Run::default().and("cluster.yaml", cluster).on(node).compile()
}

/// A text as iptables-save prints it: in each table first the chains, then their rules, those of a chain together.
fn by_chain(text: &str) -> String {
    let place = |line: &&str| match line.split_once(' ') {
        Some(("-A", rule)) => (1, rule.split(' ').next().unwrap_or_default().to_owned()),
        _ => (i32::from(*line == "COMMIT") * 2, String::new()),
    };
    let mut saved = String::new();
    for table in text.split_inclusive("COMMIT\n") {
        let mut lines: Vec<&str> = table.lines().collect();
        lines.sort_by_key(place);
        for line in lines {
            saved.extend([line, "\n"]);
        }
    }
    saved
}

#[test]
fn plans_of_iptables_are_done_on_what_the_node_has_loaded() {
    let folder = Folder::new();
    let old = folder.read("fixtures/shop/cluster.yaml");
    let new = old.replace("- 10.244.1.30", "- 10.244.1.99");
    // Somebody else has a chain there as well.
    let saved = |cluster: &str| {
        let rules = iptables::lower(&compiled(cluster, "linux-1").rules, Family::Ipv4);
        let others = "*nat\n:PREROUTING ACCEPT [0:0]\n:MINE - [0:0]\n-A MINE -j RETURN\n";
        by_chain(&iptables::write(&rules).replacen("*nat\n", others, 1))
    };
    let wanted = iptables::lower(&compiled(&new, "linux-1").rules, Family::Ipv4);
    let change = Change::between(&saved(&old), Some(&wanted), Family::Ipv4);
    let steps = AnyStep::all(change.by_table().map(IptablesStep));
    let mut plan = NodePlan::new(platform::find("iptables").unwrap(), steps);
    plan.state = Some(Fingerprint::of_text("what the node had loaded"));
    folder.write("plan.json", &plan.to_text());
    folder.write("old.save", &saved(&old));
    folder.write("new.save", &saved(&new));
    let before = folder.run("diff plan.json old.save").run();
    assert_eq!(before.code, 1, "{}", before.stderr);
    assert!(before.stdout.contains("10.244.1.99"), "{}", before.stdout);
    let after = folder.run("diff plan.json new.save").run();
    let differs = after.stdout.lines().filter(|line| line.starts_with("  ")).collect::<Vec<_>>();
    // The jumps from the chains of the kernel are all that the plan adds to these.
    assert!(
        !differs.is_empty()
            && differs.iter().all(|line| line.contains(" → KUBE-") || line.contains("  rule")),
        "{differs:#?}"
    );
    let alone = folder.run(&format!("diff plan.json iptables {SHOP}")).run();
    assert!(alone.failed(2).contains("compare it with a dump of the node"), "{}", alone.stderr);
}

#[test]
fn plans_of_netsh_are_done_on_what_the_node_shows() {
    let folder = Folder::new();
    let cluster = folder.read("fixtures/shop/cluster.yaml");
    let wanted = compiled(&cluster, "win-1").netsh(&Options::default()).plan;
    let steps = netsh::steps(&wanted, &NetshState::default(), &[]);
    let mut plan = NodePlan::new(platform::find("netsh").unwrap(), AnyStep::all(steps));
    folder.write("plan.json", &plan.to_text());
    let shop = "-f fixtures/shop/cluster.yaml --node win-1";
    let outcome = folder.run(&format!("diff plan.json netsh {shop}")).run();
    assert!(outcome.succeeded().ends_with("no difference\n"), "{}", outcome.stdout);
    plan.state = Some(Fingerprint::of_text("what the node showed"));
    folder.write("plan.json", &plan.to_text());
    let outcome = folder.run(&format!("diff plan.json netsh {shop}")).run();
    assert!(outcome.failed(2).contains("compare it with a dump of the node"), "{}", outcome.stderr);
    folder.write(
        "node.txt",
        "netsh interface portproxy show all\n\npushd interface portproxy\n\nreset\npopd\n",
    );
    let outcome = folder.run("diff plan.json node.txt").run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("F1001"), "{}", outcome.stdout);
}
