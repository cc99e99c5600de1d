//! From objects to rules: what a Service means on one node.
//!
//! ```text
//! families ─► which Services and slices a proxier sees
//! endpoints ─► the endpoints of a service port: joined by name, without duplicates, in order
//! topology ─► which of them the hints prefer
//! traffic_policy ─► pools
//! frontends ─► addresses, and where their traffic goes
//! ```
//!
//! **Invariant:** pure and total. No files, no time, no randomness, no environment, no `Result`.

pub mod codes;
mod endpoints;
mod families;
mod frontends;
mod topology;
mod traffic_policy;

pub use families::{NO_CLUSTER_IP, why_skipped};

use rayon::prelude::*;

use crate::diagnostics::{Code, Diagnostic};
use crate::fill::Marks;
use crate::ir::{ProxyAnnotations, RuleSet, ServicePort};
use crate::manifest::{Cluster, EndpointSlice, Service, ServicePort as Port};
use crate::net::Family;
use crate::node::NodeContext;

/// Compiles the rules of one node.
#[must_use]
pub fn compile(cluster: &Cluster, node: &NodeContext) -> RuleSet {
    let compiled: Vec<Compiled> =
        cluster.services.par_iter().map(|service| compile_service(service, cluster, node)).collect();
    let mut services = Vec::with_capacity(compiled.len());
    let mut diagnostics = families::skipped_slices(cluster, node);
    for found in compiled {
        services.extend(found.ports);
        diagnostics.extend(found.diagnostics);
    }
    // By the text `namespace/name:port`, not by its parts: `a-b/x` comes before `a/x`.
    services.sort_by(|a: &ServicePort, b| (&a.id, a.protocol, a.family).cmp(&(&b.id, b.protocol, b.family)));
    RuleSet {
        node: node.clone(),
        files: cluster.files.clone(),
        services,
        backends: cluster.backends.clone(),
        diagnostics,
        assumed: Marks::default(),
    }
}

#[derive(Default)]
struct Compiled {
    ports: Vec<ServicePort>,
    diagnostics: Vec<Diagnostic>,
}

fn compile_service(service: &Service, cluster: &Cluster, node: &NodeContext) -> Compiled {
    let mut compiled = Compiled::default();
    if let Some(reason) = families::why_skipped(service, node) {
        compiled.diagnostics.push(about(
            service,
            codes::SERVICE_SKIPPED,
            format!("no rules for it: {reason}"),
        ));
        return compiled;
    }
    compiled.diagnostics.extend(frontends::not_served(service, node));
    let slices = cluster.slices_of(service);
    for family in Family::ALL {
        if service.cluster_ip.of(family).is_some() {
            for port in &service.ports {
                compile_port(&Context { service, port, family, slices, cluster, node }, &mut compiled);
            }
        }
    }
    compiled
}

/// What the compilation of one service port looks at.
struct Context<'c> {
    service: &'c Service,
    port: &'c Port,
    family: Family,
    slices: &'c [EndpointSlice],
    cluster: &'c Cluster,
    node: &'c NodeContext,
}

fn compile_port(context: &Context<'_>, compiled: &mut Compiled) {
    let Context { service, port, family, cluster, node, .. } = *context;
    let endpoints = endpoints::of(context, &mut compiled.diagnostics);
    let external = frontends::external(context);
    let pools = traffic_policy::pools(
        traffic_policy::Question {
            internal: service.internal_policy,
            external: service.external_policy,
            externally_accessible: !external.is_empty(),
            wants_hints: service.has_hints_annotation,
        },
        &endpoints,
        &cluster.backends,
        node,
    );
    if let Some(reason) = pools.hints_ignored {
        let message = format!("the topology hints of port `{}` are not used: {reason}", port.name);
        compiled.diagnostics.push(about(service, codes::HINTS_IGNORED, message));
    }
    let id = match port.name.as_str() {
        "" => format!("{}/{}", service.namespace, service.name),
        name => format!("{}/{}:{name}", service.namespace, service.name),
    };
    compiled.ports.push(ServicePort {
        id: id.into(),
        namespace: service.namespace.clone(),
        name: service.name.clone(),
        port_name: port.name.clone(),
        protocol: port.protocol,
        family,
        type_: service.type_,
        target_port: port.target_port.clone(),
        frontends: frontends::all(context, &pools, external),
        passed_over: frontends::passed_over(context),
        endpoints,
        cluster: pools.cluster,
        local: pools.local,
        has_endpoints: pools.has_endpoints,
        internal_policy: service.internal_policy,
        external_policy: service.external_policy,
        affinity_seconds: service.affinity_seconds,
        source_ranges: frontends::source_ranges(context),
        ingress_hostnames: service.ingress_hostnames.clone(),
        health_check_node_port: service.health_check_node_port,
        annotations: ProxyAnnotations {
            preserve_destination: service.preserve_destination,
            proxy_optimization: service.proxy_optimization,
        },
        origin: service.origin,
    });
}

/// A diagnostic about a Service.
fn about(service: &Service, code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, message).about(service.reference()).at(service.origin.field("metadata.name"))
}
