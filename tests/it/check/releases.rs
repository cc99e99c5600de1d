//! Promise: `hnsplan check` decides what the release of Windows decides, says which release it is and how that is
//! known, and names the flag where it is not known.

use serde_json::Value;

use crate::support::exe::{Outcome, hnsplan};

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: '', port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.244.1.5], nodeName: node-a}, {addresses: [10.244.2.5], nodeName: node-b}]
";

fn shop(arguments: &str) -> Outcome {
    let shop = "check -f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml --node win-1";
    hnsplan(shop).args(arguments).run()
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).expect("it is JSON")
}

#[test]
fn nothing_of_the_shop_is_undecided_where_build_and_facts_are_known() {
    for flags in ["", "--enable-dsr"] {
        let outcome = shop(&format!("--facts fixtures/shop/facts.yaml {flags} -o json"));
        let document = json(&outcome);
        assert_eq!(document["undecided"]["packets"], 0, "{}", document["undecided"]);
        let count = |of: &str| document["confidence"][of].as_u64().expect("it is a number");
        assert!(count("seen") > 0 && count("believed") > 0, "{}", document["confidence"]);
        let all = document["packets"].as_u64().expect("it is a number");
        assert!(count("read") + count("seen") + count("believed") <= all);
        let build = "the rules of HNS are those of Windows Server 2022, build 20348.2340 (windowsBuild of the facts file)";
        assert!(outcome.stderr.contains(build), "{}", outcome.stderr);
    }
}

#[expect(dead_code, reason = "benchmarks write YAML as well")]
#[path = "../../../benches/cluster.rs"]
mod generated;

/// Of a generated cluster with every feature, a node of 2022 leaves less than two packet classes in a hundred undecided, and
/// says of each why.
#[test]
fn little_of_a_generated_cluster_is_undecided() {
    let size = generated::Size { services: 1_000, endpoints: 4, nodes: 50 };
    let text = generated::write(size, generated::Format::Json);
    let outcome = hnsplan("check -t iptables,hns -f - --node node-0000 --windows-release ltsc2022 -o json")
        .input(text)
        .run();
    let document = json(&outcome);
    let [all, undecided] = [&document["packets"], &document["undecided"]["packets"]]
        .map(|count| count.as_u64().expect("it is a number"));
    assert!(
        all > 5_000 && undecided * 50 < all,
        "{undecided} of {all}: {}",
        document["undecided"]["reasons"]
    );
    let reasons = document["undecided"]["reasons"].as_array().expect("a list");
    assert!(undecided == 0 || !reasons.is_empty());
}

/// Every class is either decided by rules that are sure enough, or undecided; the fewer rules, the fewer are decided.
#[test]
fn less_is_decided_by_surer_rules() {
    let undecided = |least: &str| {
        let flags = format!("--facts fixtures/shop/facts.yaml --confidence {least} -o json");
        let document = json(&shop(&flags));
        for surer in
            ["seen", "believed"].iter().filter(|of| least == "read" || **of != "seen" && least == "seen")
        {
            assert_eq!(document["confidence"][surer], 0, "{least}");
        }
        document["undecided"]["packets"].as_u64().expect("it is a number")
    };
    let [read, seen, believed] = ["read", "seen", "believed"].map(undecided);
    assert!(read >= seen && seen > believed && believed == 0, "{read} {seen} {believed}");
}

/// A Node with a version of its kernel, and one with an image only.
#[test]
fn the_node_tells_its_build() {
    let manifest = |info: &str| {
        let node = format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: node-a, labels: {{kubernetes.io/os: windows}}}}\nstatus:\n  \
             addresses: [{{type: InternalIP, address: 192.168.0.1}}]\n  nodeInfo: {info}\n---\n"
        );
        node + SERVICE
    };
    let check = |info: &str, flags: &str| {
        let file = tempfile::NamedTempFile::with_suffix(".yaml").expect("a file");
        std::fs::write(file.path(), manifest(info)).expect("it is written");
        hnsplan("check --node node-a --network-name net --fail-on never")
            .args(flags)
            .arg("-f")
            .arg(file.path())
            .run()
    };
    let kernel = "{kernelVersion: 10.0.17763.1431, osImage: Windows Server 2019 Datacenter}";
    let image = "{osImage: Windows Server 2022 Datacenter}";
    for (info, flags, said, open) in [
        (kernel, "", "Windows Server 2019, build 17763.1431 (kernelVersion of the Node)", 0),
        (image, "", "Windows Server 2022, build 20348 (osImage of the Node)", 0),
        (image, "--hns-version 9.5", "Windows Server 2022, build 20348 (osImage of the Node)", 0),
        ("{}", "--hns-version 15.4", "Windows Server 2025, build 26100 (the version of HNS)", 0),
        (kernel, "--windows-release ltsc2025", "Windows Server 2025, build 26100 (--windows-release)", 0),
        ("{}", "--windows-release ltsc2019", "Windows Server 2019, build 17763 (--windows-release)", 1),
        ("{kernelVersion: 5.15.0-1051-azure, osImage: Ubuntu 22.04}", "", "", 1),
    ] {
        let outcome = check(info, flags);
        let line = format!("the rules of HNS are those of {said}");
        let is_said = outcome.stderr.contains("the rules of HNS are those of");
        assert_eq!(is_said, !said.is_empty(), "{info} {flags}\n{}", outcome.stderr);
        assert!(said.is_empty() || outcome.stderr.contains(&line), "{info} {flags}\n{}", outcome.stderr);
        let open_rows = outcome.stdout.matches("H06: ").count();
        assert_eq!(open_rows, open, "{info} {flags}\n{}", outcome.stdout);
        assert!(open == 0 || outcome.stdout.contains("--windows-release decides it"), "{}", outcome.stdout);
    }
}
