//! Kubernetes objects: first as they are written, then with the API server's defaults.
//!
//! ```text
//! values ─ list ─► raw objects ─ convert ─► Service, EndpointSlice (also from Endpoints), Node, ServiceCIDR
//! ```
//!
//! Conversion keeps everything that kube-proxy would still turn into rules, and drops the rest silently:
//! `validate` reports it.
//!
//! **Invariant:** an object is read without looking at others, and no name or address in it is unsafe to write.

pub(super) mod endpoints;
mod endpoint_slice;
pub(super) mod fields;
mod kind;
mod labels;
pub(super) mod list;
mod node;
mod positions;
pub(super) mod raw;
mod service;
mod service_cidr;
mod value;

pub use endpoint_slice::{AddressType, Backend, EndpointAddress, EndpointSlice, SlicePort};
pub(super) use kind::{Kind, is_repetition};
pub use labels::DATA_PLANE_LABEL;
pub use node::Node;
pub use positions::Positions;
pub use service::{
    ClusterIp, Ingress, IngressMode, Service, ServicePort, ServiceType, TargetPort, TrafficPolicy, WrittenIp,
};
pub use service_cidr::ServiceCidr;
