//! Promise: what a dump does not tell is not drawn as what is not there.

use serde_json::{Value, json};

use crate::support::exe::hnsplan;

/// The graph of a dump as text, with the manifests of the shop.
fn graph(platform: &str, node: &str, dump: &str) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), dump).expect("it can be written");
    let shop = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";
    let format = if platform == "iptables-save" { "iptables-save=" } else { "" };
    let dump = format!("{format}{}", file.path().display());
    let outcome = hnsplan(&format!("graph -t {platform} {shop} --node {node} --dump {dump}")).run();
    outcome.succeeded().to_owned()
}

const UNSERVED: &str = "nothing serves it";
const NOT_TOLD: &str = "the dump does not tell what serves it";

/// What is compiled for the shop, as a node has it.
fn compiled(platform: &str, node: &str) -> String {
    let shop = "-f fixtures/shop/cluster.yaml --config fixtures/shop/kube-proxy.yaml";
    hnsplan(&format!("compile -t {platform} {shop} --node {node}")).run().succeeded().to_owned()
}

#[test]
fn frontends_without_rules_are_open_where_the_dump_is_not_whole() {
    let rules = compiled("iptables", "linux-1");
    let section = |table: &str| {
        let start = rules.find(&format!("*{table}\n")).expect("the table is there");
        let end = rules[start..].find("COMMIT\n").expect("it ends") + "COMMIT\n".len();
        rules[start..start + end].to_owned()
    };
    let [nat, filter] = ["nat", "filter"].map(section);
    let empty = "*nat\n:KUBE-MARK-MASQ - [0:0]\nCOMMIT\n*filter\nCOMMIT\n";
    for (dump, is_open) in [(filter.as_str(), true), (nat.as_str(), true), (empty, false)] {
        let text = graph("iptables-save", "linux-1", dump);
        assert_eq!(text.contains(NOT_TOLD), is_open && text.contains("ClusterIP"), "{text}");
        assert!(!is_open || !text.contains(UNSERVED), "{text}");
        assert!(is_open || text.contains(UNSERVED), "{text}");
    }
}

#[test]
fn load_balancers_that_are_left_out_or_cut_leave_frontends_open() {
    let whole = std::fs::read_to_string("fixtures/hns-state/kube-proxy-state.json").expect("a dump");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut dump: Value = serde_json::from_str(&whole).expect("it is JSON");
        change(&mut dump);
        graph("hns-state", "win-1", &dump.to_string())
    };
    // The dump is of another cluster, so that nothing of the shop is served; one of its load balancers is at port 443.
    let text = with(&|_| {});
    assert!(text.contains(UNSERVED) && !text.contains(NOT_TOLD), "{text}");
    let address = "10.61.7.7:443/TCP";
    assert!(text.contains(address), "{text}");
    let none = with(&|dump| dump["LoadBalancers"] = json!([]));
    assert!(none.contains(UNSERVED) && !none.contains(NOT_TOLD), "an empty list is told: {none}");
    let cuts: [&dyn Fn(&mut Value); 4] = [
        &|dump| _ = dump.as_object_mut().expect("an object").remove("LoadBalancers"),
        &|dump| dump["LoadBalancers"][0]["FrontendVIPs"] = json!(["10.6…"]),
        &|dump| dump["LoadBalancers"][0]["FrontendVIPs"] = json!("System.Object[]"),
        &|dump| _ = dump["LoadBalancers"][0].as_object_mut().expect("an object").remove("FrontendVIPs"),
    ];
    for cut in cuts {
        let text = with(cut);
        assert!(text.contains(NOT_TOLD) && !text.contains(UNSERVED), "{text}");
        assert!(!text.contains(address) && !text.contains("node port 443/TCP"), "{text}");
    }
}
