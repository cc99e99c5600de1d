//! The facts about a Service that decide which rules apply to it.

use super::super::texts::non_empty;
use crate::manifest::format::Text;
use crate::manifest::object::raw::RawSpec;

/// `spec.type`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    ClusterIp,
    NodePort,
    LoadBalancer,
    ExternalName,
    /// Any other word; only the word itself is reported.
    Unknown,
}

/// What decides which rules apply to a Service, after defaulting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Its type.
    pub(super) type_: Type,
    /// Its cluster IP is `None`.
    pub(super) headless: bool,
    /// It has a cluster IP.
    pub(super) allocated: bool,
}

impl Shape {
    pub(super) fn of(spec: &RawSpec) -> Self {
        let type_ = match non_empty(spec.type_.as_ref()) {
            None | Some("ClusterIP") => Type::ClusterIp,
            Some("NodePort") => Type::NodePort,
            Some("LoadBalancer") => Type::LoadBalancer,
            Some("ExternalName") => Type::ExternalName,
            Some(_) => Type::Unknown,
        };
        let first = non_empty(spec.cluster_ip.as_ref()).or(spec.cluster_ips.first().map(Text::as_str));
        let headless = first == Some("None");
        let allocated = type_ != Type::ExternalName && !headless && first.is_some();
        Self { type_, headless, allocated }
    }
}
