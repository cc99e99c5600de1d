//! External IPs, and Services of type `LoadBalancer`.

use crate::expect::{
    NODE, NODE_VIP, OUTSIDE, OUTSIDE_192, OUTSIDE_203, POD, Seen::AsItself, Seen::AsNode, from,
};
use crate::golden::golden;

/// A host firewall in front of which kube-proxy opens the health check port.
const CLOSED_PORTS: &str = "*filter\n-A INPUT -p tcp --dport 32100:32101 -j DROP\nCOMMIT\n";

#[test]
fn the_ip_of_a_load_balancer_is_handled_on_the_node() {
    golden("025-lb-one-ip").expect(&[
        from(OUTSIDE).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(POD).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(NODE).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("198.51.100.7:8080").is_left_alone(),
    ]);
}

#[test]
fn a_load_balancer_that_is_a_proxy_keeps_its_traffic() {
    golden("027-lb-ipmode-proxy").expect(&[
        from(POD).tcp("198.51.100.7:80").is_left_alone(),
        from(NODE).tcp("198.51.100.7:80").is_left_alone(),
        from(POD).tcp("198.51.100.8:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
    ]);
}

#[test]
fn a_requested_ip_that_was_not_assigned_is_left_alone() {
    golden("029-lb-pending").expect(&[
        from(OUTSIDE).tcp("198.51.100.50:80").is_left_alone(),
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
    ]);
}

#[test]
fn a_load_balancer_can_do_without_node_ports() {
    golden("074-lb-no-nodeports").expect(&[
        from(OUTSIDE).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("192.168.10.11:30080").is_left_alone(),
    ]);
}

#[test]
fn source_ranges_admit_only_their_clients() {
    golden("030-lb-source-ranges").expect(&[
        from(OUTSIDE_203).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE_203).tcp("198.51.100.8:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE_192).tcp("198.51.100.7:80").is_dropped(),
        from(OUTSIDE_192).tcp("198.51.100.8:80").is_dropped(),
        from(POD).tcp("198.51.100.7:80").is_dropped(),
        from(NODE).tcp("198.51.100.7:80").is_dropped(),
        // They guard the IPs of the load balancer only.
        from(OUTSIDE_192).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
    ]);
}

#[test]
fn source_ranges_with_the_node_admit_the_node() {
    golden("031-lb-source-ranges-node").expect(&[
        from(NODE).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE_203).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE_192).tcp("198.51.100.7:80").is_dropped(),
        from(POD).tcp("198.51.100.7:80").is_dropped(),
    ]);
}

#[test]
fn source_ranges_with_the_node_admit_it_under_the_vip_that_it_owns() {
    golden("031-lb-source-ranges-node").on_a_node_with("198.51.100.7/32").expect(&[
        from(NODE_VIP).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE_203).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE_192).tcp("198.51.100.7:80").is_dropped(),
    ]);
}

#[test]
fn a_source_range_of_everything_admits_everyone() {
    for version in ["1.30", "1.36"] {
        golden("123-lb-source-ranges-any").at(version).expect(&[
            from(OUTSIDE_203).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080"], AsNode),
            from(POD).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080"], AsNode),
        ]);
    }
}

#[test]
fn external_ips_are_handled_on_the_node() {
    golden("033-externalips").expect(&[
        from(OUTSIDE).tcp("203.0.113.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("203.0.113.20:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(POD).tcp("203.0.113.20:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(NODE).tcp("203.0.113.20:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("203.0.113.30:80").is_left_alone(),
    ]);
}

#[test]
fn external_ips_can_be_forbidden() {
    golden("x15-externalips-gate-off").expect(&[
        from(OUTSIDE).tcp("203.0.113.10:80").is_left_alone(),
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
    ]);
}

#[test]
fn the_health_check_port_is_open_through_the_firewall_of_the_host() {
    golden("035-healthcheck-nodeport").behind(CLOSED_PORTS).expect(&[
        from(OUTSIDE).tcp("192.168.10.11:32100").is_left_alone(),
        from(OUTSIDE).tcp("192.168.10.11:32101").is_dropped(),
        from(OUTSIDE).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080"], AsItself),
        from(POD).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(NODE).tcp("198.51.100.7:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
    ]);
}
