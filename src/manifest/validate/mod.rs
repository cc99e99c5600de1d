//! What the API server would refuse, and what it would have filled in but could not be asked for.
//!
//! Objects are judged with the API server's defaults in mind: a manifest that merely omits what is
//! defaulted or allocated has no error. Each finding is one [`Diagnostic`](crate::diagnostics::Diagnostic)
//! at the field, and says what becomes of the object, because nothing is ever refused as a whole.
//!
//! **Invariant:** whatever conversion leaves out silently is an error here.

mod address;
#[cfg(test)]
mod any_object;
mod endpoint_slice;
mod endpoints;
mod metadata;
mod node;
mod path;
mod plain;
mod ports;
mod repeated;
mod report;
mod service;
mod slice_ports;
mod syntax;
#[cfg(test)]
pub(super) mod testing;
mod texts;
pub(super) mod walk;

pub(super) use endpoint_slice::endpoint_slice;
pub(super) use endpoints::endpoints;
pub(super) use node::node;
pub(super) use report::Report;
pub(super) use service::service;

/// What the API server of a version accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiRules {
    /// The name of a Service may start with a digit.
    pub relaxed_service_names: bool,
    /// `trafficDistribution` may be `PreferSameZone` or `PreferSameNode`.
    pub same_zone_distribution: bool,
    /// Addresses with leading zeros and the like are refused in new objects. Changes words only: stored
    /// objects keep theirs, and kube-proxy reads them.
    pub strict_addresses: bool,
    /// How many ports a slice may have.
    pub slice_ports: usize,
}

/// The end of most messages: what is wrong for the API server changes nothing for kube-proxy.
const KEPT: &str = "the API server would refuse this object; it is compiled all the same";
