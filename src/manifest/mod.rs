//! Kubernetes objects: from text to a [`Cluster`] of checked, defaulted values.
//!
//! ```text
//! format          object                validate            cluster
//! text ─► values ─► raw objects ─┬────► diagnostics
//!                                └─ Service, EndpointSlice, Node ─► Cluster ─► diagnostics of relations
//! ```
//!
//! Four layers, each of which uses only those to its left; [`Manifests::read`] goes through all of them.
//! Conversion (in `object`) and validation look at the same raw object and do not know each other:
//! conversion keeps all that kube-proxy would still turn into rules, validation reports what the API server
//! would refuse.
//!
//! **Invariant:** nothing here knows which node is compiled for, or what a rule is.

mod any_object;
mod cluster;
pub mod codes;
mod format;
mod object;
mod others;
mod partial;
mod pieces;
mod read;
mod recognise;
mod unreadable;
mod validate;

pub use any_object::{AnyObject, AnyObjects, any_objects, labels};
pub use cluster::Cluster;
pub use object::{
    AddressType, Backend, ClusterIp, DATA_PLANE_LABEL, EndpointAddress, EndpointSlice, Ingress, IngressMode,
    Node, Positions, Service, ServiceCidr, ServicePort, ServiceType, SlicePort, TargetPort, TrafficPolicy,
    WrittenIp,
};
pub use read::{Manifests, ReadOptions};
pub use validate::ApiRules;
