//! Promise: for each of the reported faults of Windows nodes, `hnsplan diff` finds the fault in the dump of a whole
//! node, which is `node.json` beside the small dump of `check/reports`.

use crate::support::case::fixtures;
use crate::support::exe::hnsplan;
use crate::support::snapshots::assert_snapshot;

/// A report: its folder below `fixtures/reports`, the question, and what the answer has to name.
const REPORTS: [(&str, &str, &[&str]); 23] = [
    ("01-missing-dns", "hns {}/node.json", &["- load balancer 10.96.0.10:53/UDP", "F1001"]),
    (
        "02-count-fell",
        "-o prom hns {}/node.json",
        &[
            "hnsplan_diff_wanted{platform=\"hns\",object=\"load balancer\"} 8",
            "hnsplan_diff_present{platform=\"hns\",object=\"load balancer\"} 1",
        ],
    ),
    (
        "03-deleted-by-hand",
        "hns {}/node.json",
        &["- load balancer 10.96.10.10:80/TCP", "- load balancer 10.96.10.20:8080/TCP"],
    ),
    (
        "04-local-policy-lost",
        "{}/before.json {}/after.json",
        &["shop/agent:stats", "- load balancer 10.96.10.30:9000/TCP"],
    ),
    (
        "05-same-count",
        "hns {}/node.json",
        &["HostComputeEndpoints[10.244.2.20]", "HostComputeEndpoints[10.244.2.99]", "F1002"],
    ),
    ("06-not-modified", "hns {}/node.json", &["shop/api:rest", "HostComputeEndpoints[10.244.2.21]", "F1003"]),
    ("07-already-there", "hns {}/node.json", &["8 load balancers: 8 equal", "no difference"]),
    ("08-one-node", "hns {}/node.json", &["shop/api:rest", "- load balancer 10.96.10.20:8080/TCP"]),
    ("09-crash", "hns {}/node.json", &["F1008", "0 of 8 present"]),
    ("10-broken-backends", "hns {}/node.json", &["F1004", "kube-system/kube-dns:dns"]),
    ("11-port-taken", "hns {}/node.json", &["- load balancer 10.96.0.10:53/UDP", "F1006"]),
    ("12-empty", "hns {}/policy.json", &["F1008", "0 of 8 present"]),
    (
        "13-dns-at-random",
        "hns {}/node.json",
        &["HostComputeEndpoints[10.244.2.98]", "its address is in no EndpointSlice"],
    ),
    ("14-endpoints-removed", "hns {}/node.json", &["F1001", "10.244.1.20 (local)", "F1004"]),
    (
        "15-endpoints-lost",
        "hns {}/node.json",
        &["~ load balancer 198.51.100.7:443/TCP", "HostComputeEndpoints[10.244.2.40]"],
    ),
    (
        "16-shared-endpoint",
        "hns {}/node.json",
        &["- endpoint 10.244.2.20 (remote)", "shop/api:rest, shop/web:http", "used by 2 → 0", "F1004"],
    ),
    ("17-stale-remote", "hns {}/node.json", &["F1009", "10.244.1.30 (remote)"]),
    (
        "18-dns-drift",
        "hns {}/node.json",
        &["kube-system/kube-dns:dns-tcp", "HostComputeEndpoints[10.244.2.11]"],
    ),
    ("19-leaked-endpoints", "hns {}/node.json", &["6 extra", "F1005", "hnsdiag delete endpoints"]),
    (
        "20-load-balancer-appears",
        "-t hns {}/before.yaml {cluster}",
        &["+ load balancer 198.51.100.7:443/TCP", "+ load balancer node port 30443/TCP"],
    ),
    (
        "21-node-is-healthy-and-half-empty",
        "-o prom hns {}/node.json",
        &["hnsplan_diff_missing{platform=\"hns\",object=\"load balancer\"} 4"],
    ),
    ("22-no-port", "hns {}/node.json", &["F1010", "load balancer without a port"]),
    (
        "23-source-vip-shared",
        "--source-vip 10.244.1.2 --host-mac 00-15-5d-00-00-11 --feature-gates WinOverlay=true hns {}/node.json",
        &["~ load balancer 10.96.10.10:80/TCP", "SourceVIP  10.244.1.2 → 192.168.1.11"],
    ),
];

#[test]
fn the_dump_of_the_node_reveals_every_report() {
    let cluster = "fixtures/reports/cluster.yaml";
    for (name, question, words) in REPORTS {
        let folder = format!("fixtures/reports/{name}");
        assert!(fixtures().join("reports").join(name).is_dir(), "{folder}");
        let question = question.replace("{}", &folder).replace("{cluster}", cluster);
        let outcome = hnsplan("diff --node win-1 -f").arg(cluster).args(&question);
        let outcome = outcome.inside(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).run();
        let is_equal = words.contains(&"no difference");
        assert_eq!(outcome.code, i32::from(!is_equal), "{name}: {}", outcome.stderr);
        for word in words {
            assert!(outcome.stdout.contains(word), "{name}: {word}\n{}", outcome.stdout);
        }
        assert_snapshot(&format!("report.{name}.node"), &outcome.stdout);
    }
}
