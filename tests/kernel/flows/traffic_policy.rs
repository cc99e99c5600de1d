//! Internal and external traffic policy `Local`.

use crate::expect::{LOCALHOST, NODE, OUTSIDE, POD, Seen::AsItself, Seen::AsNode, from};
use crate::golden::golden;

#[test]
fn external_policy_local_keeps_outside_clients_on_the_node_and_shows_them() {
    golden("023-nodeport-etp-local-with-local").on_both_back_ends().expect(&[
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080"], AsItself),
        from(OUTSIDE).tcp("10.0.5.4:30080").reaches(&["10.244.1.5:8080"], AsItself),
        // Inside the cluster the policy does not apply.
        from(POD).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(NODE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(LOCALHOST).tcp("127.0.0.1:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
    ]);
}

#[test]
fn external_policy_local_drops_outside_clients_where_no_endpoint_is() {
    golden("024-nodeport-etp-local-no-local").expect(&[
        from(OUTSIDE).tcp("192.168.10.11:30080").is_dropped(),
        from(POD).tcp("192.168.10.11:30080").reaches(&["10.244.2.5:8080", "10.244.3.5:8080"], AsItself),
        from(NODE).tcp("192.168.10.11:30080").reaches(&["10.244.2.5:8080", "10.244.3.5:8080"], AsNode),
        from(LOCALHOST).tcp("127.0.0.1:30080").reaches(&["10.244.2.5:8080", "10.244.3.5:8080"], AsNode),
        from(OUTSIDE).tcp("10.96.0.10:80").reaches(&["10.244.2.5:8080", "10.244.3.5:8080"], AsNode),
    ]);
}

#[test]
fn internal_policy_local_stays_on_the_node() {
    golden("037-itp-local-with-local").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.1.6:8080"], AsItself),
        from(NODE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.1.6:8080"], AsNode),
        from(OUTSIDE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.1.6:8080"], AsNode),
    ]);
}

#[test]
fn internal_policy_local_drops_where_no_endpoint_is() {
    golden("038-itp-local-no-local").expect(&[
        from(POD).tcp("10.96.0.10:80").is_dropped(),
        from(NODE).tcp("10.96.0.10:80").is_dropped(),
        from(OUTSIDE).tcp("10.96.0.10:80").is_dropped(),
    ]);
}

#[test]
fn the_two_policies_are_independent() {
    golden("040-itp-local-etp-local").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself),
        from(NODE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsNode),
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080"], AsItself),
        from(POD).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
    ]);
}

#[test]
fn without_any_endpoint_policy_local_refuses_and_does_not_drop() {
    golden("121-clusterip-etp-local-nodeport-no-endpoints").expect(&[
        from(POD).tcp("10.96.0.10:80").is_refused(),
        from(OUTSIDE).tcp("192.168.10.11:30080").is_refused(),
        from(LOCALHOST).tcp("127.0.0.1:30080").is_refused(),
    ]);
}

#[test]
fn external_policy_local_ignores_topology_hints() {
    golden("048-hints-etp-local").expect(&[
        // The endpoint on the node is hinted to the other zone.
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080"], AsItself),
        from(POD).tcp("192.168.10.11:30080").reaches(&["10.244.2.5:8080"], AsItself),
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.2.5:8080"], AsItself),
    ]);
}
