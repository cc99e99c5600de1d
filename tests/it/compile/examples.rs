//! Promise: the worked examples, and each variation of the second, are reproduced exactly.

use std::fs;

use hnsplan::net::Family;

use crate::support::case::fixtures;
use crate::support::run::{Run, assert_same};

const CLUSTER_CIDR: &str = "10.244.0.0/16,fd00:244::/32";

/// A file of `fixtures/examples`.
pub(crate) fn file(name: &str) -> String {
    let path = fixtures().join("examples").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An example on node-a, with all that is common to the examples.
pub(crate) fn example(name: &str) -> Run {
    Run::of(&file(&format!("{name}/manifests.yaml"))).and("node.yaml", &file("node.yaml")).on("node-a").flags(
        |flags| {
            flags.nfacct = Some(true);
            flags.cluster_cidr = Some(CLUSTER_CIDR.to_owned());
            flags.detect_local_mode = Some("ClusterCIDR".to_owned());
        },
    )
}

#[test]
fn cluster_ip_services_in_ipv4() {
    assert_same(&file("cluster-ip/ipv4.rules"), &example("cluster-ip").ipv4(), "example 1");
}

#[test]
fn a_family_without_services_is_the_skeleton() {
    // What is left of the IPv6 text of example 2 without its Services.
    let skeleton: String = file("load-balancer/ipv6.rules")
        .split_inclusive('\n')
        .filter(|line| {
            !line.contains("VPWLIZ4UCZR3AVHA") && !line.contains("shop/front") && !line.contains("KUBE-SEP-")
        })
        .collect();
    assert_same(&skeleton, &example("cluster-ip").text(Family::Ipv6), "example 1");
    assert_same(&skeleton, &example("cluster-ip").and("empty.yaml", "").text(Family::Ipv6), "example 1");
}

#[test]
fn a_dual_stack_load_balancer() {
    let [ipv4, ipv6] = example("load-balancer").texts();
    assert_same(&file("load-balancer/ipv4.rules"), &ipv4, "example 2, IPv4");
    assert_same(&file("load-balancer/ipv6.rules"), &ipv6, "example 2, IPv6");
}

/// The text of example 2 in IPv4, changed by hand. Every change must find what it changes.
struct Wanted(String);

impl Wanted {
    fn unchanged() -> Self {
        Self(file("load-balancer/ipv4.rules"))
    }

    fn without(self, part: &str) -> Self {
        assert!(self.0.contains(part), "nothing has `{part}`");
        Self(self.0.split_inclusive('\n').filter(|line| !line.contains(part)).collect())
    }

    fn replacing(self, old: &str, new: &str) -> Self {
        assert!(self.0.contains(old), "nothing has `{old}`");
        Self(self.0.replace(old, new))
    }

    /// Adds lines before the only one that has `part`.
    fn before(self, part: &str, lines: &str) -> Self {
        assert_eq!(self.0.matches(part).count(), 1, "{part}");
        let at = self.0[..self.0.find(part).unwrap()].rfind('\n').unwrap() + 1;
        let (head, tail) = self.0.split_at(at);
        Self(format!("{head}{lines}{tail}"))
    }

    /// Node ports do not answer on loopback addresses.
    fn without_localhost_node_ports(self) -> Self {
        self.without("KUBE-FIREWALL").without("localhost_nps_accepted_pkts")
    }

    #[track_caller]
    fn is(self, run: &Run) {
        assert_same(&self.0, &run.ipv4(), "IPv4");
    }
}

const TAIL: &str = "-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS";

#[test]
fn masquerade_all_masquerades_pods_as_well() {
    Wanted::unchanged()
        .replacing(" ! -s 10.244.0.0/16", "")
        .is(&example("load-balancer").flags(|flags| flags.masquerade_all = Some(true)));
}

#[test]
fn without_a_cluster_cidr_local_traffic_is_unknown() {
    Wanted::unchanged()
        .without("! -s 10.244.0.0/16")
        .without("pod traffic for")
        .is(&example("load-balancer").flags(|flags| flags.cluster_cidr = Some(String::new())));
}

#[test]
fn without_a_mode_local_traffic_is_detected_by_the_cluster_cidr() {
    for mode in ["", "detectLocalMode: ''", "detectLocalMode: null", "detectLocalMode: ClusterCIDR"] {
        let config = format!("kind: KubeProxyConfiguration\nclusterCIDR: {CLUSTER_CIDR}\n{mode}\n");
        let run = example("load-balancer").config(&config);
        Wanted::unchanged()
            .is(&run.flags(|flags| (flags.cluster_cidr, flags.detect_local_mode) = (None, None)));
    }
}

#[test]
fn local_traffic_is_detected_by_a_bridge() {
    Wanted::unchanged().replacing("-s 10.244.0.0/16", "-i cbr0").is(&example("load-balancer").flags(
        |flags| {
            flags.detect_local_mode = Some("BridgeInterface".to_owned());
            flags.bridge_interface = Some("cbr0".to_owned());
        },
    ));
}

#[test]
fn local_traffic_is_detected_by_an_interface_prefix() {
    Wanted::unchanged().replacing("-s 10.244.0.0/16", "-i veth+").is(&example("load-balancer").flags(
        |flags| {
            flags.detect_local_mode = Some("InterfaceNamePrefix".to_owned());
            flags.interface_name_prefix = Some("veth".to_owned());
        },
    ));
}

#[test]
fn local_traffic_is_detected_by_the_pod_cidr_of_the_node() {
    let node =
        format!("{}spec: {{podCIDRs: [10.244.7.0/24]}}\n", file("node.yaml").replace("node-a", "node-n"));
    Wanted::unchanged().replacing("-s 10.244.0.0/16", "-s 10.244.7.0/24").is(&example("load-balancer")
        .and("node-n.yaml", &node)
        .and("more.yaml", &endpoint_moves_to("node-n"))
        .on("node-n")
        .flags(|flags| flags.detect_local_mode = Some("NodeCIDR".to_owned())));
}

/// The local endpoint of example 2, in a slice of the same name but newer, on another node.
fn endpoint_moves_to(node: &str) -> String {
    let manifests = file("load-balancer/manifests.yaml");
    let slice = manifests.split("---\n").find(|object| object.contains("name: front-4")).expect("a slice");
    slice.replace("name: front-4", "name: front-4\n  resourceVersion: \"2\"").replace("node-a", node)
}

#[test]
fn node_ports_may_leave_localhost_out() {
    Wanted::unchanged()
        .without_localhost_node_ports()
        .replacing(TAIL, "-m addrtype --dst-type LOCAL ! -d 127.0.0.0/8 -j KUBE-NODEPORTS")
        .is(&example("load-balancer").flags(|flags| flags.localhost_node_ports = Some(false)));
}

fn with_node_port_addresses(cidrs: &[&str]) -> Run {
    let owned = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    example("load-balancer").flags(|flags| {
        flags.node_port_addresses = owned(cidrs);
        flags.interface_addresses = owned(&["127.0.0.1", "192.168.0.2", "10.244.0.1"]);
    })
}

#[test]
fn node_ports_answer_on_chosen_addresses_only() {
    Wanted::unchanged()
        .without_localhost_node_ports()
        .replacing(TAIL, "-d 192.168.0.2 -j KUBE-NODEPORTS")
        .is(&with_node_port_addresses(&["192.168.0.0/24"]));
}

#[test]
fn chosen_addresses_may_include_loopback() {
    const COMMENT: &str = "-A KUBE-SERVICES -m comment --comment \"kubernetes service nodeports; NOTE: this must be the last rule in this chain\"";
    Wanted::unchanged()
        .before(TAIL, &format!("{COMMENT} -d 127.0.0.1 -j KUBE-NODEPORTS\n"))
        .replacing(TAIL, "-d 192.168.0.2 -j KUBE-NODEPORTS")
        .is(&with_node_port_addresses(&["192.168.0.0/24", "127.0.0.0/8"]));
}

#[test]
fn an_old_iptables_knows_no_random_fully() {
    Wanted::unchanged()
        .replacing(" --random-fully", "")
        .is(&example("load-balancer").flags(|flags| flags.random_fully = Some(false)));
}

#[test]
fn a_liberal_connection_tracking_drops_nothing_as_invalid() {
    Wanted::unchanged()
        .without("--ctstate INVALID")
        .is(&example("load-balancer").flags(|flags| flags.tcp_be_liberal = Some(true)));
}

#[test]
fn without_nfacct_nothing_is_counted() {
    let wanted = || {
        Wanted::unchanged()
            .without("localhost_nps_accepted_pkts")
            .replacing(" -m nfacct --nfacct-name ct_state_invalid_dropped_pkts", "")
    };
    wanted().is(&example("load-balancer").version("1.30"));
    wanted().is(&example("load-balancer").flags(|flags| flags.nfacct = Some(false)));
}

#[test]
fn on_the_node_of_the_ready_endpoint_it_is_the_local_one() {
    const CHAINS: &str = ":KUBE-SVL-ECOJKWUFYSTLKQWG - [0:0]\n:KUBE-SEP-DKWXPA6LWK53U6DF - [0:0]\n";
    const RULES: &str = "\
-A KUBE-SERVICES -m comment --comment \"shop/cache cluster IP\" -m tcp -p tcp -d 10.96.1.2 --dport 6379 -j KUBE-SVL-ECOJKWUFYSTLKQWG
-A KUBE-SVL-ECOJKWUFYSTLKQWG -m comment --comment \"shop/cache cluster IP\" -m tcp -p tcp -d 10.96.1.2 --dport 6379 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ
-A KUBE-SVL-ECOJKWUFYSTLKQWG -m comment --comment \"shop/cache -> 10.244.1.20:6379\" -j KUBE-SEP-DKWXPA6LWK53U6DF
-A KUBE-SEP-DKWXPA6LWK53U6DF -m comment --comment shop/cache -s 10.244.1.20 -j KUBE-MARK-MASQ
-A KUBE-SEP-DKWXPA6LWK53U6DF -m comment --comment shop/cache -m tcp -p tcp -j DNAT --to-destination 10.244.1.20:6379
";
    const LOCAL: &str = "\
-A KUBE-SVL-VPWLIZ4UCZR3AVHA -m comment --comment \"shop/front:https -> 10.244.1.6:8443\" -m recent --name KUBE-SEP-TTEHZB4CY77NYUW2 --rcheck --seconds 600 --reap -j KUBE-SEP-TTEHZB4CY77NYUW2
-A KUBE-SVL-VPWLIZ4UCZR3AVHA -m comment --comment \"shop/front:https -> 10.244.1.6:8443\" -j KUBE-SEP-TTEHZB4CY77NYUW2
";
    let node = file("node.yaml").replace("node-a", "node-b");
    Wanted::unchanged()
        .without("shop/cache has no local endpoints")
        .without("KUBE-SEP-I4E3UTYRRYP4RLZW")
        .before(":KUBE-EXT-VPWLIZ4UCZR3AVHA", CHAINS)
        .before("shop/front:https cluster IP\" -m tcp -p tcp -d 10.96.1.1 --dport 443 -j", RULES)
        .before("-A KUBE-SEP-TTEHZB4CY77NYUW2 -m comment --comment shop/front:https -s", LOCAL)
        .is(&example("load-balancer").and("node-b.yaml", &node).on("node-b"));
}

#[test]
fn on_a_node_without_endpoints_outside_traffic_is_dropped() {
    const DROP: &str =
        "-A KUBE-EXTERNAL-SERVICES -m comment --comment \"shop/front:https has no local endpoints\" -m";
    let node = "{apiVersion: v1, kind: Node, metadata: {name: node-d}, status: {addresses: [{type: InternalIP, address: 10.9.9.9}]}}";
    Wanted::unchanged()
        .without("KUBE-SVL-")
        .without("KUBE-SEP-I4E3UTYRRYP4RLZW")
        .without("-s 198.51.100.7 -j KUBE-EXT")
        .before("-A KUBE-PROXY-FIREWALL", &format!("{DROP} tcp -p tcp -d 192.0.2.10 --dport 443 -j DROP\n"))
        .before(
            "-A KUBE-NODEPORTS -m comment --comment \"shop/front:https health",
            &format!(
                "{DROP} tcp -p tcp -d 198.51.100.7 --dport 443 -j DROP\n\
                 {DROP} addrtype --dst-type LOCAL -m tcp -p tcp --dport 30443 -j DROP\n"
            ),
        )
        .is(&example("load-balancer").and("node-d.yaml", node).on("node-d"));
}
