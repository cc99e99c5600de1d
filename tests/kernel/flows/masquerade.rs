//! Which clients are hidden behind the node, and how local traffic is detected.

use crate::expect::{NODE, NODE_ETH1, OUTSIDE, POD, Seen::AsItself, Seen::AsNode, from};
use crate::golden::golden;

#[test]
fn masquerade_all_hides_pods_too() {
    golden("063-masquerade-all").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(NODE_ETH1).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
    ]);
}

#[test]
fn without_cluster_cidr_no_client_is_known_to_be_a_pod() {
    golden("064-no-cluster-cidr").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(NODE_ETH1).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(OUTSIDE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        // So to the external policy Local a pod is an outside client.
        from(POD).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080"], AsItself),
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080"], AsItself),
        from(NODE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
    ]);
}

#[test]
fn pods_are_known_by_their_bridge() {
    golden("065-detectlocal-bridge").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(NODE_ETH1).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(POD).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(OUTSIDE).tcp("192.168.10.11:30080").reaches(&["10.244.1.5:8080"], AsItself),
    ]);
}

#[test]
fn another_mark_bit_masquerades_as_well() {
    golden("067-masquerade-bit").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself),
        from(OUTSIDE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsNode),
    ]);
}
