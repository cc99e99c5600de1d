//! Promise: on each release of Windows, and on both sides of each build that matters, packets go the way that is known of it; what
//! the endpoints of a dump tell decides before any release does.

use crate::support::exe::hnsplan;

const CLUSTER: &str = "apiVersion: v1
kind: Node
metadata: {name: win-1, labels: {kubernetes.io/os: windows}}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}, {type: InternalIP, address: 'fd00::1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.10
  clusterIPs: [10.96.0.10, 'fd00:96::10']
  ipFamilies: [IPv4, IPv6]
  ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.7}]}}
";

/// Policies of the endpoint of the pod: its own addresses are translated, of one family or both, or others only.
const BOTH: &str = r#"{"Type":"OutBoundNAT","Settings":{"Destinations":["10.244.1.5","fd00:244:1::5"]}}"#;
const IPV4: &str = r#"{"Type":"OutBoundNAT","Settings":{"Destinations":["10.244.1.5","169.254.169.254"]}}"#;
const OTHERS: &str = r#"{"Type":"OutBoundNAT","Settings":{"Destinations":["169.254.169.254"]}}"#;

/// What HNS holds: load balancers of the Service with a remote member, and a pod of this node with a policy, if there is one.
fn dump(pod: Option<&str>, is_dsr: bool) -> String {
    let id = |number: u8| format!("00000000-0000-4000-8000-0000000000{number:02}");
    let endpoint = |number: u8, name: &str, node: u8, flags: u8, policies: &str| {
        format!(
            r#"{{"ID":"{}","Name":"{name}","HostComputeNetwork":"{}","Flags":{flags},"Policies":[{policies}],
               "IpConfigurations":[{{"IpAddress":"10.244.{node}.5"}},{{"IpAddress":"fd00:244:{node}::5"}}]}}"#,
            id(number),
            id(90)
        )
    };
    let remote = endpoint(2, "", 2, 1, "");
    let (endpoints, members) = match pod {
        Some(policies) => (
            [endpoint(1, "web-1_cbr0", 1, 0, policies), remote].join(","),
            format!(r#""{}","{}""#, id(1), id(2)),
        ),
        None => (remote, format!(r#""{}""#, id(2))),
    };
    let balancer = |number: u8, vip: &str, port: u16, flags: u8| {
        let is_ipv6 = u8::from(vip.contains(':')) * 2;
        format!(
            r#"{{"ID":"{}","HostComputeEndpoints":[{members}],"FrontendVIPs":[{vip}],"Flags":{},
               "PortMappings":[{{"Protocol":6,"InternalPort":8080,"ExternalPort":{port},"Flags":{flags}}}]}}"#,
            id(number),
            u8::from(is_dsr) + is_ipv6
        )
    };
    let balancers = [
        balancer(11, r#""10.96.0.10""#, 80, 0),
        balancer(12, r#""fd00:96::10""#, 80, 0),
        balancer(13, r#""203.0.113.7""#, 80, 0),
        balancer(14, "", 30080, 18),
    ];
    format!(
        r#"{{"Networks":[{{"ID":"{}","Name":"cbr0","Type":"L2Bridge"}}],"Endpoints":[{endpoints}],"LoadBalancers":[{}]}}"#,
        id(90),
        balancers.join(",")
    )
}

/// What becomes of a packet, in a word: the first of the last line that begins with the name of the side.
fn traced(dump: &str, release: &str, from: &str, to: &str) -> String {
    let file = tempfile::NamedTempFile::with_suffix(".json").expect("a file");
    std::fs::write(file.path(), dump).expect("it can be written");
    let flags =
        "--node win-1 --network-name cbr0 --interface-address 192.168.0.1 --interface-address fd00::1";
    let command =
        format!("trace -f - -t hns-state {flags} --windows-release {release} --from {from} --to {to} --dump");
    let outcome = hnsplan(&command).arg(file.path()).input(CLUSTER).run();
    let last = outcome.stdout.lines().rev().find_map(|line| line.strip_prefix("hns-state  "));
    let last = last.unwrap_or_else(|| panic!("{command}: {}", outcome.stderr));
    last.trim().split([' ', ':']).next().expect("a word").to_lowercase()
}

/// Both sides of each build at which something is known to change.
const RELEASES: [&str; 6] =
    ["ltsc2019:1431", "ltsc2019:1432", "ltsc2022:1849", "ltsc2022:1850", "ltsc2022", "ltsc2025"];

/// H30: without an endpoint of a pod, what needs the node's own way into HNS is lost; with one it works. On all releases.
#[test]
fn a_node_needs_a_pod_for_what_comes_from_outside() {
    for release in RELEASES {
        for to in ["192.168.0.1:30080", "203.0.113.7:80"] {
            let on = |pod| traced(&dump(pod, true), release, "external", to);
            assert_eq!((on(None), on(Some(BOTH))), ("dropped".into(), "delivered".into()), "{release} {to}");
        }
    }
}

/// H06, H03: the node itself reaches a cluster IP and its own node port from a build on; there H30 holds as well.
#[test]
fn the_node_reaches_services_from_a_build_on() {
    for (release, is_dsr, ipv4, ipv6) in [
        ("ltsc2019:1431", true, "unhandled", "unhandled"),
        ("ltsc2019:1432", true, "delivered", "delivered"),
        ("ltsc2019:1432", false, "undecided", "undecided"),
        ("ltsc2022:1849", true, "delivered", "unhandled"),
        ("ltsc2022:1850", true, "delivered", "delivered"),
        ("ltsc2022", true, "delivered", "undecided"),
        ("ltsc2025", true, "delivered", "delivered"),
        ("ltsc2025", false, "delivered", "delivered"),
    ] {
        for (from, to, wanted) in [
            ("node:192.168.0.1", "10.96.0.10:80", ipv4),
            ("node:192.168.0.1", "192.168.0.1:30080", ipv4),
            ("node:fd00::1", "[fd00:96::10]:80", ipv6),
        ] {
            let on = |pod| traced(&dump(pod, is_dsr), release, from, to);
            assert_eq!(on(Some(BOTH)), wanted, "{release} dsr {is_dsr}, {from} to {to}");
            if wanted == "delivered" {
                assert_eq!(on(None), "dropped", "{release} dsr {is_dsr}, {from} to {to}");
            }
        }
    }
}

/// H19: whether a pod reaches itself with direct server return is told by its own endpoint, by family, on all releases.
#[test]
fn a_pod_reaches_itself_as_its_endpoint_tells() {
    for release in RELEASES {
        // Of two members, the pod itself is one; where it does not reach itself, half of its connections are lost.
        for (policies, ipv4, ipv6) in [
            (BOTH, "delivered", "delivered"),
            (IPV4, "delivered", "mixed"),
            (OTHERS, "mixed", "mixed"),
            ("", "mixed", "mixed"),
        ] {
            for (from, to, wanted) in
                [("10.244.1.5", "10.96.0.10:80", ipv4), ("fd00:244:1::5", "[fd00:96::10]:80", ipv6)]
            {
                let found = traced(&dump(Some(policies), true), release, &format!("pod:{from}"), to);
                assert_eq!(found, wanted, "{release} {from} {policies}");
            }
        }
    }
}
