//! Promise: the number of rules follows from the number of Services and endpoints alone.

use crate::support::restore_text::{table, tables};
use crate::support::run::Run;

const CLUSTER_IP: &str = "{apiVersion: v1, kind: Service, metadata: {name: web-INDEX}, \
     spec: {clusterIP: 10.96.0.INDEX, ports: [{port: 80}]}}";

const LOAD_BALANCER: &str = "{apiVersion: v1, kind: Service, metadata: {name: web-INDEX}, \
     spec: {type: LoadBalancer, clusterIP: 10.96.0.INDEX, externalIPs: [192.0.2.INDEX], \
     loadBalancerSourceRanges: [203.0.113.0/24], ports: [{port: 80, nodePort: 3008INDEX}]}, \
     status: {loadBalancer: {ingress: [{ip: 198.51.100.INDEX}]}}}";

const SLICE: &str = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-INDEX, \
     labels: {kubernetes.io/service-name: web-INDEX}}, addressType: IPv4, ports: [{name: '', port: 80}], \
     endpoints: [ENDPOINTS]}";

/// `count` Services of this form with `endpoints` endpoints each.
fn services(form: &str, count: usize, endpoints: usize) -> Run {
    let endpoint = |service: usize, index: usize| format!("{{addresses: [10.244.{service}.{index}]}}");
    let mut text = String::new();
    for service in 1..=count {
        let list: Vec<String> = (1..=endpoints).map(|index| endpoint(service, index)).collect();
        for object in [form, SLICE] {
            let object = object.replace("INDEX", &service.to_string()).replace("ENDPOINTS", &list.join(", "));
            text = format!("{text}---\n{object}\n");
        }
    }
    Run::of(&text).flags(|flags| {
        flags.cluster_cidr = Some("10.244.0.0/16".to_owned());
        flags.nfacct = Some(true);
    })
}

/// The number of rules in the filter and in the nat table.
fn counted(run: &Run) -> (usize, usize) {
    let tables = tables(&run.ipv4());
    (table(&tables, "filter").rules.len(), table(&tables, "nat").rules.len())
}

const BASE: (usize, usize) = (4, 5);

#[test]
fn without_services_only_the_fixed_rules_are_there() {
    assert_eq!(counted(&Run::default().flags(|flags| flags.nfacct = Some(true))), BASE);
}

#[test]
fn a_cluster_ip_port_has_two_rules_and_three_for_each_endpoint() {
    for (count, endpoints) in [(1, 1), (1, 2), (3, 5), (5, 20)] {
        let got = counted(&services(CLUSTER_IP, count, endpoints));
        assert_eq!(got, (BASE.0, BASE.1 + count * (2 + 3 * endpoints)), "{count} × {endpoints}");
        let undetected = services(CLUSTER_IP, count, endpoints).flags(|flags| flags.cluster_cidr = None);
        assert_eq!(counted(&undetected), (BASE.0, BASE.1 + count * (1 + 3 * endpoints)), "no detector");
    }
    assert_eq!(counted(&services(CLUSTER_IP, 3, 0)), (BASE.0 + 3, BASE.1), "only rejected");
}

#[test]
fn a_load_balancer_port_has_ten_rules_and_three_for_each_endpoint() {
    for (count, endpoints) in [(1, 1), (1, 2), (3, 5), (5, 20)] {
        let run = services(LOAD_BALANCER, count, endpoints);
        assert_eq!(
            counted(&run),
            (BASE.0 + count, BASE.1 + count * (10 + 3 * endpoints)),
            "{count} × {endpoints}"
        );
        let uncounted = run.flags(|flags| flags.nfacct = Some(false));
        assert_eq!(counted(&uncounted), (BASE.0 + count, BASE.1 + count * (9 + 3 * endpoints)), "no nfacct");
    }
    assert_eq!(counted(&services(LOAD_BALANCER, 3, 0)), (BASE.0 + 3 * 4, BASE.1), "only rejected");
}

#[test]
fn above_a_thousand_endpoints_comments_of_endpoints_are_left_out() {
    let comments = |services: usize, endpoints: usize| {
        let text = self::services(CLUSTER_IP, services, endpoints).ipv4();
        (text.matches(" -> ").count(), text.matches("cluster IP").count())
    };
    assert_eq!(comments(5, 200), (1000, 10));
    assert_eq!(comments(7, 143), (0, 14));
}
