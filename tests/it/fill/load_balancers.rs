//! Addresses of load balancers: asked for in a manifest, of the assumed pool, or pending; never of a host name.

use hnsplan::fill::fill;
use hnsplan::manifest::any_objects;
use hnsplan::source::Sources;

use super::assumptions::read;

/// The addresses of a Service, and the codes of what is reported.
fn balancer(annotations: &str, spec: &str, pools: &str) -> (Vec<String>, Vec<&'static str>) {
    let text = format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: shop, annotations: {{{annotations}}}}}, \
         spec: {{type: LoadBalancer, ports: [{{port: 80}}], {spec}}}}}"
    );
    let mut sources = Sources::default();
    sources.add("service.yaml", text).expect("it is small");
    let assumptions = format!("apiVersion: hnsplan/v1alpha1\nkind: Assumptions\n{pools}");
    let filled = fill(any_objects(&sources).objects, &read(&assumptions).expect("it is valid"));
    let ingress = filled.objects[0].get(&["status", "loadBalancer", "ingress"]).cloned().unwrap_or_default();
    let ips = ingress.as_array().into_iter().flatten().map(|of| of["ip"].as_str().expect("text").to_owned());
    let ips: Vec<String> = ips.collect();
    let assumed: Vec<String> = filled.assumed.load_balancers.iter().map(|(_, ip)| ip.to_string()).collect();
    assert_eq!(ips, assumed);
    (ips, filled.diagnostics.iter().map(|found| found.code.id()).collect())
}

const DUAL: &str = "serviceCIDRs: [10.96.0.0/16, 'fd00:96::/112']\n";
const POOL: &str = "loadBalancers: [203.0.113.8/32]\n";

#[test]
fn an_address_that_is_asked_for_is_given() {
    for annotation in [
        "metallb.io/loadBalancerIPs",
        "metallb.universe.tf/loadBalancerIPs",
        "service.beta.kubernetes.io/azure-load-balancer-ipv4",
        "kube-vip.io/loadbalancerIPs",
        "lbipam.cilium.io/ips",
        "io.cilium/lb-ipam-ips",
    ] {
        for pools in ["", POOL] {
            let found =
                balancer(&format!("{annotation}: 198.51.100.7"), "loadBalancerIP: 198.51.100.8", pools);
            assert_eq!(found, (vec!["198.51.100.7".to_owned()], vec![]), "{annotation}");
        }
        let wrong = balancer(&format!("{annotation}: name-of-an-address"), "", "");
        assert_eq!(wrong, (vec![], vec!["C1313", "C1311"]), "{annotation}");
    }
    assert_eq!(balancer("", "loadBalancerIP: 198.51.100.8", "").0, ["198.51.100.8"]);
    let dual = "ipFamilyPolicy: PreferDualStack";
    let azure = "service.beta.kubernetes.io/azure-load-balancer-ipv4: 198.51.100.7, \
                 service.beta.kubernetes.io/azure-load-balancer-ipv6: '2001:db8::7'";
    assert_eq!(balancer(azure, dual, DUAL).0, ["198.51.100.7", "2001:db8::7"]);
    let both = "metallb.io/loadBalancerIPs: '198.51.100.7, 2001:db8::7'";
    assert_eq!(balancer(both, dual, DUAL).0, ["198.51.100.7", "2001:db8::7"]);
    // The cluster has one family only.
    assert_eq!(balancer(both, dual, ""), (vec!["198.51.100.7".to_owned()], vec!["C1313"]));
}

#[test]
fn otherwise_it_comes_from_the_pool_or_is_pending() {
    assert_eq!(balancer("", "", POOL), (vec!["203.0.113.8".to_owned()], vec![]));
    assert_eq!(balancer("", "", ""), (vec![], vec!["C1311"]));
    assert_eq!(
        balancer("", "loadBalancerIP: 198.51.100.8, loadBalancerClass: example.org/lb", "").1,
        ["C1311"]
    );
    let pools = format!("{DUAL}loadBalancers: [203.0.113.8, '2001:db8::1-2001:db8::9']\n");
    let both = balancer("", "ipFamilyPolicy: PreferDualStack", &pools).0;
    assert!(both.len() == 2 && both[0] == "203.0.113.8" && both[1].starts_with("2001:db8::"), "{both:?}");
}

#[test]
fn a_load_balancer_of_aws_has_a_host_name() {
    for (annotations, spec) in [
        ("service.beta.kubernetes.io/aws-load-balancer-type: nlb", ""),
        ("", "loadBalancerClass: service.k8s.aws/nlb"),
    ] {
        assert_eq!(balancer(annotations, spec, POOL), (vec![], vec!["C1312"]), "{annotations}{spec}");
    }
}
