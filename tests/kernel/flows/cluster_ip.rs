//! Services of type `ClusterIP`.

use crate::expect::{NODE, NODE_ETH1, OUTSIDE, POD, Seen::AsItself, Seen::AsNode, from};
use crate::golden::golden;

#[test]
fn a_cluster_ip_leads_pods_node_and_outside_to_its_one_endpoint() {
    golden("001-clusterip-1ep").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.2.5:8080"], AsItself),
        from(NODE).tcp("10.96.0.10:80").reaches(&["10.244.2.5:8080"], AsNode),
        from(NODE_ETH1).tcp("10.96.0.10:80").reaches(&["10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("10.96.0.10:80").reaches(&["10.244.2.5:8080"], AsNode),
        // The target port is no port of the service.
        from(POD).tcp("10.96.0.10:8080").is_left_alone(),
        from(POD).tcp("10.96.0.11:80").is_left_alone(),
    ]);
}

#[test]
fn a_cluster_ip_spreads_over_two_endpoints() {
    golden("002-clusterip-2ep").on_both_back_ends().expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(NODE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
        from(OUTSIDE).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsNode),
    ]);
}

#[test]
fn a_cluster_ip_spreads_over_three_endpoints() {
    golden("003-clusterip-3ep").expect(&[from(POD)
        .tcp("10.96.0.10:80")
        .reaches(&["10.244.1.5:8080", "10.244.2.5:8080", "10.244.3.5:8080"], AsItself)]);
}

#[test]
fn each_named_port_leads_to_its_own_target_port() {
    golden("005-multiport-named").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself),
        from(POD).tcp("10.96.0.10:443").reaches(&["10.244.1.5:8443", "10.244.2.5:8443"], AsItself),
        from(POD).tcp("10.96.0.10:9090").reaches(&["10.244.1.5:9090", "10.244.2.5:9090"], AsItself),
    ]);
}

#[test]
fn a_single_port_needs_no_name() {
    golden("011-unnamed-port")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080", "10.244.2.5:8080"], AsItself)]);
}

#[test]
fn the_port_number_of_the_slice_decides_not_the_target_port_of_the_service() {
    golden("109-targetport-number-mismatch")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:9191", "10.244.2.5:9191"], AsItself)]);
    golden("059-targetport-named")
        .expect(&[from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8081", "10.244.2.5:8081"], AsItself)]);
}

#[test]
fn a_service_without_endpoints_refuses() {
    golden("008-no-endpoints").expect(&[
        from(POD).tcp("10.96.0.10:80").is_refused(),
        from(NODE).tcp("10.96.0.10:80").is_refused(),
        from(OUTSIDE).tcp("10.96.0.10:80").is_refused(),
        from(POD).tcp("10.96.0.10:8080").is_left_alone(),
    ]);
}

#[test]
fn equal_names_in_two_namespaces_are_two_services() {
    golden("071-two-namespaces-same-name").expect(&[
        from(POD).tcp("10.96.0.10:80").reaches(&["10.244.1.5:8080"], AsItself),
        from(POD).tcp("10.96.0.11:80").reaches(&["10.244.2.5:8080"], AsItself),
    ]);
}

#[test]
fn omitted_fields_mean_what_the_api_server_would_put_there() {
    golden("077-defaults-omitted").expect(&[from(POD)
        .tcp("10.96.0.77:7000")
        .reaches(&["10.244.1.9:7000", "10.244.2.9:7000"], AsItself)]);
}

#[test]
fn the_api_server_is_reached_through_its_service() {
    golden("076-kubernetes-api").expect(&[
        from(POD).tcp("10.96.0.1:443").reaches(&["192.168.10.5:6443", "192.168.10.6:6443"], AsItself),
        from(NODE_ETH1).tcp("10.96.0.1:443").reaches(&["192.168.10.5:6443", "192.168.10.6:6443"], AsNode),
    ]);
}
