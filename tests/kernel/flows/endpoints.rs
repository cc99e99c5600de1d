//! Which endpoints count: ready, terminating, duplicated, on the host's network.

use crate::expect::{
    NODE, OUTSIDE, POD, POD_A, POD_B, Seen::AsItself, Seen::AsNode, Seen::AsNodeByItself, from,
};
use crate::golden::golden;

#[test]
fn endpoints_that_are_not_ready_get_nothing() {
    golden("012-not-ready").expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself)]);
}

#[test]
fn terminating_endpoints_get_nothing_while_another_is_ready() {
    golden("014-serving-terminating-mixed")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself)]);
}

#[test]
fn terminating_endpoints_that_still_serve_are_the_last_resort() {
    golden("015-all-terminating-serving")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself)]);
    golden("x19-all-terminating-lb").expect(&[from(OUTSIDE)
        .tcp("198.51.100.7:80")
        .reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode)]);
}

#[test]
fn an_endpoint_in_two_slices_is_one_endpoint() {
    golden("055-multi-slice-duplicates").expect(&[from(POD)
        .tcp("10.96.0.10:80")
        .reaches(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsItself)]);
}

#[test]
fn a_slice_without_port_number_brings_no_endpoints() {
    golden("061-slice-port-nil-name-and-number")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself)]);
}

#[test]
fn missing_conditions_mean_ready() {
    golden("113-endpoint-no-conditions")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself)]);
}

#[test]
fn pods_on_the_network_of_their_host_are_endpoints_like_others() {
    golden("073-hostnetwork-endpoint").expect(&[from(POD)
        .tcp("10.96.0.10:80")
        .reaches(&["192.168.10.11:80", "192.168.10.12:80"], AsItself)]);
}

#[test]
fn a_pod_that_reaches_itself_is_seen_as_the_node() {
    golden("072-hairpin-local-and-remote").expect(&[
        from(POD).tcp("10.96.0.11:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        // Pod B is an endpoint of the first service only.
        from(POD_B).tcp("10.96.0.11:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(POD_A).tcp("10.96.0.11:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNodeByItself),
        from(NODE).tcp("10.96.0.11:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
    ]);
}
