//! What the API server would refuse, and what only the API server could have filled in.
//!
//! Objects are checked with the API server's defaults in mind: a manifest that merely omits what is
//! defaulted or allocated has no error. Each problem is one [`Diagnostic`](crate::diagnostics::Diagnostic)
//! at the field, with the consequence for the object, because no object is ever refused as a whole.
//!
//! **Invariant:** everything that conversion leaves out silently is an error here.

mod address;
#[cfg(test)]
mod any_object;
mod endpoint_slice;
mod endpoints;
mod metadata;
mod node;
mod ports;
mod repetition;
mod report;
mod rules;
mod service;
mod service_cidr;
mod slice_ports;
mod syntax;
#[cfg(test)]
pub(super) mod testing;
mod texts;
mod unknown_fields;

pub(super) use endpoint_slice::endpoint_slice;
pub(super) use endpoints::endpoints;
pub(super) use node::node;
pub(super) use report::Report;
pub use rules::ApiRules;
pub(super) use service::service;
pub(super) use service_cidr::service_cidr;
pub(super) use unknown_fields::unknown_fields;
