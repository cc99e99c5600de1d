//! Addresses of load balancers: those that a manifest asks for, in the field or in an annotation of a controller that
//! many clusters have, and otherwise those of the pool that is assumed.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::addresses::families;
use crate::diagnostics::{Code, Diagnostic};
use crate::fill::assumptions::AddressRange;
use crate::fill::bands::{Pool, address_of, number};
use crate::fill::codes;
use crate::manifest::AnyObject;
use crate::name::printable;
use crate::net::{Family, parse_ip};

/// Annotations with the addresses that a Service asks for: those of `MetalLB`, Azure, kube-vip and Cilium. Several are
/// joined by commas.
const ANNOTATIONS: [&str; 7] = [
    "metallb.io/loadBalancerIPs",
    "metallb.universe.tf/loadBalancerIPs",
    "service.beta.kubernetes.io/azure-load-balancer-ipv4",
    "service.beta.kubernetes.io/azure-load-balancer-ipv6",
    "kube-vip.io/loadbalancerIPs",
    "lbipam.cilium.io/ips",
    "io.cilium/lb-ipam-ips",
];

/// What annotations of AWS begin with, whose load balancers have host names.
const AWS_ANNOTATION: &str = "service.beta.kubernetes.io/aws-load-balancer-";
/// The classes of AWS.
const AWS_CLASSES: [&str; 2] = ["service.k8s.aws/nlb", "eks.amazonaws.com/nlb"];

/// The assumed pools and their addresses in use.
pub(super) struct LoadBalancers {
    pools: Vec<(Family, Pool)>,
}

/// An address that a manifest asks for, and where.
struct Request<'o> {
    path: String,
    text: &'o str,
}

impl LoadBalancers {
    pub(super) fn new(ranges: &[AddressRange]) -> Self {
        Self { pools: ranges.iter().map(|range| (range.family(), Pool::of_range(*range))).collect() }
    }

    /// Takes the addresses that a manifest asks for. Several Services may share one.
    pub(super) fn take(&mut self, service: &AnyObject) {
        if is_load_balancer(service) {
            for ip in requests(service).iter().filter_map(|request| parse_ip(request.text)) {
                self.pools.iter_mut().for_each(|(_, pool)| _ = pool.take(number(ip)));
            }
        }
    }

    /// What got another address than its own.
    pub(super) fn displaced(&self) -> impl Iterator<Item = &String> {
        self.pools.iter().flat_map(|(_, pool)| &pool.displaced)
    }

    /// Gives a Service its addresses: at most one of each of its families.
    pub(super) fn draw(&mut self, service: &mut AnyObject, diagnostics: &mut Vec<Diagnostic>) -> Vec<IpAddr> {
        if !is_load_balancer(service) {
            return Vec::new();
        }
        let spec = service.fields.get("spec").and_then(Value::as_object);
        let wanted: Vec<Family> = spec.map(families).unwrap_or_default();
        let mut addresses: Vec<IpAddr> = Vec::new();
        for request in requests(service) {
            match parse_ip(request.text).filter(|ip| wanted.contains(&Family::of(*ip))) {
                Some(ip) if !addresses.contains(&ip) => addresses.push(ip),
                Some(_) => {}
                None => diagnostics.push(refused(service, &request, &wanted)),
            }
        }
        if addresses.is_empty() {
            let found = |code: Code, message: &str| {
                Diagnostic::new(code, message)
                    .about(service.reference("Service"))
                    .at(service.origin.field("spec.type"))
            };
            if has_host_name(service) {
                let message =
                    "the load balancer will have a host name and no address, so no rules lead from it";
                diagnostics.push(found(codes::LOAD_BALANCER_HOSTNAME, message));
                return addresses;
            }
            let key = format!("{}/{}", service.namespace(), service.name());
            let drawn = wanted.iter().filter_map(|family| {
                let mut pools = self.pools.iter_mut().filter(|(of, _)| of == family);
                let number = pools.find_map(|(_, pool)| pool.draw(&key))?;
                Some(address_of(number, *family))
            });
            addresses = drawn.collect();
            if addresses.is_empty() {
                let message = "the load balancer has no address yet, so no rules lead from it";
                diagnostics.push(found(codes::LOAD_BALANCER_PENDING, message));
                return addresses;
            }
        }
        let ingress: Vec<Value> = addresses.iter().map(|ip| json!({"ip": ip, "ipMode": "VIP"})).collect();
        service.fields.insert("status".into(), json!({"loadBalancer": {"ingress": ingress}}));
        addresses
    }
}

fn is_load_balancer(service: &AnyObject) -> bool {
    service.text(&["spec", "type"]) == "LoadBalancer"
}

/// The addresses that a manifest asks for. The controllers of other classes decide by themselves whether they look at
/// the field, which is deprecated.
fn requests(service: &AnyObject) -> Vec<Request<'_>> {
    let mut requests = Vec::new();
    for name in ANNOTATIONS {
        let texts = service.text(&["metadata", "annotations", name]).split(',').map(str::trim);
        for text in texts.filter(|text| !text.is_empty()) {
            requests.push(Request { path: format!("metadata.annotations[\"{name}\"]"), text });
        }
    }
    let text = service.text(&["spec", "loadBalancerIP"]);
    if requests.is_empty() && !text.is_empty() && service.text(&["spec", "loadBalancerClass"]).is_empty() {
        requests.push(Request { path: "spec.loadBalancerIP".into(), text });
    }
    requests
}

fn has_host_name(service: &AnyObject) -> bool {
    let annotations = service.get(&["metadata", "annotations"]).and_then(Value::as_object);
    annotations.into_iter().flatten().any(|(key, _)| key.starts_with(AWS_ANNOTATION))
        || AWS_CLASSES.contains(&service.text(&["spec", "loadBalancerClass"]))
}

fn refused(service: &AnyObject, request: &Request<'_>, families: &[Family]) -> Diagnostic {
    let families: Vec<&str> = families.iter().map(|family| family.as_str()).collect();
    Diagnostic::new(
        codes::LOAD_BALANCER_REFUSED,
        format!("`{}` cannot be an address of the load balancer", printable(request.text)),
    )
    .about(service.reference("Service"))
    .at(service.origin.field(&*request.path))
    .allowed(format!("an address of {}", families.join(" or ")))
}
