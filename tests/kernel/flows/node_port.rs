//! Node ports with `externalTrafficPolicy: Cluster`.

use crate::expect::{LOCALHOST, NODE, OUTSIDE, POD, Seen::AsItself, Seen::AsNode, from};
use crate::golden::golden;

#[test]
fn a_node_port_is_open_on_every_address_of_the_node_and_hides_the_client() {
    golden("022-nodeport").expect(&[
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("10.0.5.4:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(POD).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(NODE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(LOCALHOST).tcp("127.0.0.1:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        // The cluster IP is there too, and the port of the one is no port of the other.
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(OUTSIDE).tcp("192.168.10.11:80").is_left_alone(),
        from(POD).tcp("10.96.0.10:30080").is_left_alone(),
        // The node port of another node is that node's affair.
        from(POD).tcp("192.168.10.12:30080").is_left_alone(),
    ]);
}

#[test]
fn node_ports_can_be_limited_to_some_addresses() {
    golden("068-nodeport-addresses").expect(&[
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("10.0.5.4:30080").is_left_alone(),
        from(POD).tcp("10.244.1.1:30080").is_left_alone(),
        from(LOCALHOST).tcp("127.0.0.1:30080").is_left_alone(),
    ]);
}

#[test]
fn node_ports_on_localhost_do_not_open_localhost_to_others() {
    golden("022-nodeport").expect(&[
        from(LOCALHOST).tcp("127.0.0.1:32100").is_left_alone(),
        from(OUTSIDE).tcp("192.168.10.11:32100").is_left_alone(),
        from(OUTSIDE).tcp("127.0.0.1:32100").is_dropped(),
    ]);
}

#[test]
fn one_node_port_number_serves_tcp_and_udp() {
    golden("118-nodeport-udp-tcp-same").expect(&[
        from(OUTSIDE).tcp("192.168.10.11:30500").reaches(&["10.244.1.5:5000", "10.244.2.5:5000"], AsNode),
        from(OUTSIDE).udp("192.168.10.11:30500").reaches(&["10.244.1.5:5000", "10.244.2.5:5000"], AsNode),
        from(LOCALHOST).udp("127.0.0.1:30500").reaches(&["10.244.1.5:5000", "10.244.2.5:5000"], AsNode),
        from(POD).udp("10.96.0.10:5000").reaches(&["10.244.1.5:5000", "10.244.2.5:5000"], AsItself),
    ]);
}

#[test]
fn every_kind_of_address_refuses_when_there_are_no_endpoints() {
    golden("009-no-endpoints-external").expect(&[
        from(POD).tcp("10.96.0.10:80").is_refused(),
        from(OUTSIDE).tcp("192.168.10.11:30080").is_refused(),
        from(OUTSIDE).tcp("203.0.113.9:80").is_refused(),
        from(OUTSIDE).tcp("198.51.100.7:80").is_refused(),
        from(POD).tcp("198.51.100.7:80").is_refused(),
        from(POD).tcp("192.168.10.11:30080").is_refused(),
    ]);
}
