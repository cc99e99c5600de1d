//! Promise: where platforms serve node ports at different addresses of a node, that is the cause that is named.

use serde_json::Value;

use crate::support::exe::hnsplan;

const CLUSTER: &str = "apiVersion: v1
kind: Node
metadata: {name: node-1}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.10
  externalTrafficPolicy: Local
  healthCheckNodePort: 30999
  ports: [{port: 80, nodePort: 30080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: front-1, namespace: shop, labels: {kubernetes.io/service-name: front}}
addressType: IPv4
ports: [{name: '', port: 80, protocol: TCP}]
endpoints: [{addresses: [10.244.1.5], nodeName: node-1}]
";

const ADDRESSES: &str = "--interface-address 192.168.0.1 --interface-address 192.168.7.7";

/// The codes of the differences between two platforms at each address of the node, for clients outside.
fn codes(platforms: &str, flags: &str) -> Vec<(String, String)> {
    let command = "check -f - --node node-1 --network-name net --fail-on never -o json";
    let outcome =
        hnsplan(command).args(&format!("-t {platforms} {ADDRESSES} {flags}")).input(CLUSTER.to_owned()).run();
    let document: Value = serde_json::from_str(outcome.succeeded()).expect("it is JSON");
    let findings = document["findings"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    findings
        .filter(|finding| {
            finding["example"]["destination"].as_str().is_some_and(|to| to.contains("192.168."))
        })
        .map(|finding| (text(&finding["code"]), text(&finding["example"]["destination"])))
        .collect()
}

#[test]
fn addresses_that_one_platform_leaves_out_are_the_cause() {
    for (platforms, flags, address) in [
        ("iptables,nftables", "", Some("192.168.7.7:30080")),
        ("iptables,nftables", "--nodeport-addresses 192.168.7.0/24", None),
        ("nftables,hns", "", Some("192.168.7.7:30080")),
        ("iptables,hns", "", None),
        ("iptables,hns", "--nodeport-addresses 192.168.7.0/24", Some("192.168.0.1:30080")),
    ] {
        let wanted: Vec<_> = address.map(|to| ("D0813".to_owned(), to.to_owned())).into_iter().collect();
        assert_eq!(codes(platforms, flags), wanted, "{platforms} {flags}");
    }
}

#[test]
fn health_checks_are_answered_where_node_ports_are_served() {
    for (platform, flags, answers) in [
        ("iptables", "", [true, true]),
        ("nftables", "", [true, false]),
        ("hns", "", [true, true]),
        ("iptables", "--nodeport-addresses 192.168.7.0/24", [false, true]),
        ("nftables", "--nodeport-addresses 192.168.7.0/24", [false, true]),
        ("hns", "--nodeport-addresses 192.168.7.0/24", [true, true]),
    ] {
        for (address, answers) in ["192.168.0.1", "192.168.7.7"].into_iter().zip(answers) {
            let command =
                format!("trace -f - --node node-1 --network-name net --from external --to {address}:30999");
            let outcome = hnsplan(&command)
                .args(&format!("-t {platform} {ADDRESSES} {flags}"))
                .input(CLUSTER.to_owned())
                .run();
            let is_answered = outcome.stdout.contains("the health check of shop/front");
            assert_eq!(is_answered, answers, "{platform} {flags} {address}");
        }
    }
}
