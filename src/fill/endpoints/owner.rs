//! The Service that slices belong to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use crate::diagnostics::Diagnostic;
use crate::fill::codes;
use crate::manifest::{AnyObject, labels};
use crate::name::Label;
use crate::net::{Family, parse_ip};

/// How long the name of a Service may be, as it becomes the value of a label.
const LONGEST_NAME: usize = 63;

/// A Service, as far as its slices hang on it.
pub(in crate::fill) struct Owner<'s> {
    pub(in crate::fill) object: &'s AnyObject,
    pub(in crate::fill) selector: BTreeMap<String, String>,
    pub(super) families: Vec<Family>,
    pub(super) is_headless: bool,
    pub(super) publishes_not_ready: bool,
}

impl<'s> Owner<'s> {
    /// The Service, if the controller makes slices for it: it selects pods, and is neither a name for something
    /// outside nor being deleted.
    fn of(object: &'s AnyObject) -> Option<Self> {
        let selector = labels(object.get(&["spec", "selector"]));
        let is_deleted = object.get(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_null());
        // Without a usable name the API server refuses the Service and all that would be named after it.
        let is_named = object.name().len() <= LONGEST_NAME && Label::new(object.name()).is_ok();
        if !is_named || selector.is_empty() || object.text(&["spec", "type"]) == "ExternalName" || is_deleted
        {
            return None;
        }
        let cluster_ip = object.text(&["spec", "clusterIP"]);
        let is_headless = matches!(cluster_ip, "" | "None");
        let named: Vec<Family> = object
            .get(&["spec", "ipFamilies"])
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| Family::parse(name.as_str()?))
            .collect();
        let families = match named {
            none if none.is_empty() => match parse_ip(cluster_ip) {
                Some(ip) => vec![Family::of(ip)],
                None => Family::ALL.to_vec(),
            },
            named => named,
        };
        let publishes_not_ready =
            object.get(&["spec", "publishNotReadyAddresses"]) == Some(&Value::Bool(true));
        Some(Self { object, selector, families, is_headless, publishes_not_ready })
    }

    /// All of an input, in the order of their names.
    pub(in crate::fill) fn all(objects: &'s [AnyObject]) -> Vec<Self> {
        let services = objects.iter().filter(|object| object.kind() == ("v1", "Service"));
        let mut owners: Vec<Self> = services.filter_map(Self::of).collect();
        owners.sort_by_cached_key(Self::name);
        owners
    }

    /// Whether a slice with its name was made for it, and not for another Service that had the name before.
    pub(super) fn owns(&self, slice: &AnyObject) -> bool {
        let owners = slice.get(&["metadata", "ownerReferences"]).and_then(Value::as_array);
        let uid = self.object.get(&["metadata", "uid"]);
        owners.into_iter().flatten().any(|owner| owner["kind"] == "Service" && owner.get("uid") == uid)
    }

    /// Its namespace and name.
    pub(in crate::fill) fn name(&self) -> (&'s str, &'s str) {
        (self.object.namespace(), self.object.name())
    }

    /// Says that a slice is refused because of an address.
    pub(super) fn warn_unserved(&self, family: Family, address: IpAddr, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.push(
            Diagnostic::new(
                codes::SLICE_REFUSED,
                format!(
                    "a pod has the address {address}, so the API server refuses the {family} slice with it"
                ),
            )
            .about(self.object.reference("Service"))
            .at(self.object.origin.field("spec.selector")),
        );
    }
}
