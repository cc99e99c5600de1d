//! Hints that keep traffic in the zone or on the node. Node-a is in zone-1.

use crate::expect::{NODE, POD, Seen::AsItself, Seen::AsNode, from};
use crate::golden::golden;

#[test]
fn zone_hints_keep_traffic_in_the_zone() {
    golden("041-hints-zone").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.3.5:8080"], AsItself),
        from(NODE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.3.5:8080"], AsNode),
    ]);
}

#[test]
fn one_endpoint_without_hint_makes_all_hints_void() {
    golden("042-hints-missing-one").expect(&[from(POD)
        .tcp("10.96.0.10:80")
        .reaches(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsItself)]);
}

#[test]
fn a_node_without_zone_has_no_use_for_zone_hints() {
    golden("046-hints-node-without-zone").expect(&[from(POD)
        .tcp("10.96.0.10:80")
        .reaches(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsItself)]);
}

#[test]
fn in_1_30_hints_count_only_with_the_annotation_or_the_gate() {
    golden("044-hints-no-annotation").at("1.30").expect(&[from(POD)
        .tcp("10.96.0.10:80")
        .reaches(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsItself)]);
    golden("050-trafficdistribution-gate-on")
        .at("1.30")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.3.5:8080"], AsItself)]);
}

#[test]
fn in_1_36_hints_count_by_themselves() {
    golden("044-hints-no-annotation")
        .at("1.36")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.3.5:8080"], AsItself)]);
}

#[test]
fn node_hints_come_before_zone_hints() {
    golden("x01-node-hints")
        .at("1.36")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself)]);
}
