//! What the services of the golden cases do to connections.
//!
//! The expectations are written down from what the manifests mean, not from the rules.

mod affinity;
mod cluster_ip;
mod endpoints;
mod families;
mod harness;
mod load_balancer;
mod masquerade;
mod node_port;
mod protocols;
mod selection;
mod topology_hints;
mod traffic_policy;
