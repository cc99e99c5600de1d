//! Kubernetes objects: from text to a [`Cluster`] of checked, defaulted values.
//!
//! ```text
//! text ─ split ─► pieces ─ parse ─► raw objects ─┬─ validate ─► diagnostics
//!                                                └─ convert ──► Service, EndpointSlice, Node ─► Cluster
//! ```
//!
//! Conversion and validation look at the same raw object and do not know each other: conversion keeps
//! all that kube-proxy would still turn into rules, validation says what the API server would refuse.
//!
//! **Invariant:** nothing here knows which node is compiled for, or what a rule is.

mod block;
mod cluster;
mod endpoint_slice;
mod endpoints;
mod node;
mod parse;
pub mod raw;
mod scalar;
mod service;
mod read;
mod relations;
mod split;
mod strict;
mod validate;

pub use cluster::{Cluster, Positions};
pub use endpoint_slice::{AddressType, Backend, EndpointAddress, EndpointSlice, SlicePort};
pub use node::Node;
pub use read::{ReadOptions, Reading};
pub use service::{
    ClusterIp, Ingress, IngressMode, Service, ServicePort, ServiceType, TargetPort, TrafficPolicy, WrittenIp,
};
pub use validate::ApiRules;
