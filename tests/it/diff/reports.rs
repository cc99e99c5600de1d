//! Promise: for each of the reported faults of Windows nodes, what the node holds tells the fault.

use crate::support::case::fixtures;
use crate::support::exe::hnsplan;
use crate::support::snapshots::assert_snapshot;

/// A report: its folder below `fixtures/reports`, what is asked, and what the answer has to name.
const REPORTS: [(&str, &str, &[&str]); 23] = [
    (
        "01-kube-dns-load-balancer-missing",
        "hns {}/node.json",
        &["- load balancer 10.96.0.10:53/UDP", "F1001"],
    ),
    (
        "02-load-balancer-count-fell-to-one",
        "-o prom hns {}/node.json",
        &[
            "hnsplan_diff_wanted{platform=\"hns\",object=\"load balancer\"} 8",
            "hnsplan_diff_present{platform=\"hns\",object=\"load balancer\"} 1",
        ],
    ),
    (
        "03-deleted-out-of-band",
        "hns {}/node.json",
        &["- load balancer 10.96.10.10:80/TCP", "- load balancer 10.96.10.20:8080/TCP"],
    ),
    (
        "04-local-policy-deleted-over-time",
        "{}/before.json {}/after.json",
        &["shop/agent:stats", "- load balancer 10.96.10.30:9000/TCP"],
    ),
    (
        "05-same-count-other-endpoints",
        "hns {}/node.json",
        &["HostComputeEndpoints[10.244.2.20]", "HostComputeEndpoints[10.244.2.99]", "F1002"],
    ),
    (
        "06-modify-left-old-endpoints",
        "hns {}/node.json",
        &["shop/api:rest", "HostComputeEndpoints[10.244.2.21]", "F1003"],
    ),
    ("07-restart-gave-new-ids", "hns {}/node.json", &["8 load balancers: 8 equal", "no difference"]),
    (
        "08-one-service-lost-on-one-node",
        "hns {}/node.json",
        &["shop/api:rest", "- load balancer 10.96.10.20:8080/TCP"],
    ),
    ("09-crash-lost-all-policies", "hns {}/node.json", &["F1008", "0 of 8 present"]),
    ("10-backends-broken", "hns {}/node.json", &["F1004", "kube-system/kube-dns:dns"]),
    ("11-dns-missing-port-taken-twice", "hns {}/node.json", &["- load balancer 10.96.0.10:53/UDP", "F1006"]),
    ("12-policy-list-empty", "hns {}/policy.json", &["F1008", "0 of 8 present"]),
    (
        "13-dns-fails-at-random",
        "hns {}/node.json",
        &["HostComputeEndpoints[10.244.2.98]", "its address is in no EndpointSlice"],
    ),
    ("14-restart-removed-endpoints", "hns {}/node.json", &["F1001", "10.244.1.20 (local)", "F1004"]),
    (
        "15-service-lost-endpoints",
        "hns {}/node.json",
        &["~ load balancer 198.51.100.7:443/TCP", "HostComputeEndpoints[10.244.2.40]"],
    ),
    (
        "16-shared-endpoint-deleted",
        "hns {}/node.json",
        &["- endpoint 10.244.2.20 (remote)", "shop/api:rest, shop/web:http", "used by 2 → 0", "F1004"],
    ),
    ("17-remote-endpoint-has-local-address", "hns {}/node.json", &["F1009", "10.244.1.30 (remote)"]),
    (
        "18-dns-intermittent",
        "hns {}/node.json",
        &["kube-system/kube-dns:dns-tcp", "HostComputeEndpoints[10.244.2.11]"],
    ),
    ("19-stale-endpoints-pile-up", "hns {}/node.json", &["6 extra", "F1005", "hnsdiag delete endpoints"]),
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
    ("22-load-balancer-without-ports", "hns {}/node.json", &["F1010", "load balancer without a port"]),
    (
        "23-source-vip-wrong",
        "--source-vip 10.244.1.2 --host-mac 00-15-5d-00-00-11 --feature-gates WinOverlay=true hns {}/node.json",
        &["~ load balancer 10.96.10.10:80/TCP", "SourceVIP  10.244.1.2 → 192.168.1.11"],
    ),
];

#[test]
fn every_report_is_told_from_what_the_node_holds() {
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
        assert_snapshot(&format!("report.{name}"), &outcome.stdout);
    }
}
