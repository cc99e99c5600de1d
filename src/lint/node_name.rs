//! The node's name, which decides whose pods are local.

use std::collections::BTreeSet;

use crate::diagnostics::Diagnostic;
use crate::ir::RuleSet;
use crate::lint::codes;
use crate::manifest::Cluster;
use crate::name::Subdomain;

/// How many other names are offered.
const OFFERED: usize = 3;

/// A name that nobody else uses (aws/containers-roadmap#273: a wrong hostnameOverride).
pub(super) fn unknown(cluster: &Cluster, rules: &RuleSet) -> Option<Diagnostic> {
    let name = rules.node.name.as_ref()?;
    let named: BTreeSet<&Subdomain> = cluster.backends.iter().filter_map(|of| of.node.as_ref()).collect();
    if named.is_empty() || named.contains(name) || cluster.node(name.as_str()).is_some() {
        return None;
    }
    // `win-1` and `win-1.example.com` are the usual confusion.
    let host = |name: &Subdomain| name.as_str().split('.').next().unwrap_or_default().to_owned();
    let mut near: Vec<&Subdomain> = named.into_iter().collect();
    near.sort_by_key(|other| (host(other) != host(name), *other));
    let listed: Vec<&str> = near.iter().take(OFFERED).map(|name| name.as_str()).collect();
    let more = near.len().saturating_sub(OFFERED);
    let others = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("no endpoint is on a node named {name}, and no Node has this name");
    Some(
        Diagnostic::new(codes::NODE_NAME_UNKNOWN, message)
            .allowed(format!("names in the slices: {}{others}", listed.join(", ")))
            .help("--node and hostnameOverride have to be the name that kubelet registered"),
    )
}
