//! What is to be said about the input as a whole.

use super::Compiled;
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::codes;
use crate::manifest::{ClusterIp, Service, ServiceType};
use crate::name::{did_you_mean, printable};
use crate::platform::serving;
use crate::scope::{NothingSelected, Selector};

/// How many names of nodes or kinds are listed.
const LISTED: usize = 10;

/// A node is not among those of the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct UnknownNode {
    message: String,
}

/// The rules of the node's mode are not modelled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the rules of kube-proxy in mode `{mode}` are not modelled on this node, so there is no answer for it; modelled: iptables \
     and nftables on Linux, kernelspace on Windows; name targets with -t to ask about them all the same"
)]
pub struct NotModelled {
    mode: String,
}

impl NotModelled {
    /// For a mode.
    #[must_use]
    pub fn new(mode: &str) -> Self {
        Self { mode: printable(mode) }
    }
}

/// No service port is selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unserved {
    why: NothingSelected,
    /// What was found about the Services that are named, by the position of their input.
    found: Vec<(usize, Diagnostic)>,
}

impl Unserved {
    /// What was found about the Services that are named, in one of the inputs.
    pub fn found_in(&self, input: usize) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter().filter(move |(at, _)| *at == input).map(|(_, found)| found)
    }
}

/// Findings about the input as a whole.
pub(super) fn findings(compiled: &Compiled) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if !compiled.skipped.is_empty() {
        let total: usize = compiled.skipped.values().sum();
        let objects = if total == 1 { "1 object" } else { &format!("{total} objects") };
        let mut kinds: Vec<(&String, &usize)> = compiled.skipped.iter().collect();
        kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(**count), *kind));
        let listed = kinds.iter().take(LISTED);
        let mut listed: Vec<_> = listed.map(|(kind, count)| format!("{count} {}", printable(kind))).collect();
        if kinds.len() > LISTED {
            listed.push(format!("{} more kinds", kinds.len() - LISTED));
        }
        let message = format!("passed over {objects} of other kinds ({})", listed.join(", "));
        found.push(Diagnostic::new(codes::KIND_SKIPPED, message));
    }
    // What could not be read is the reason, and said already.
    if compiled.is_empty() && compiled.unread == 0 {
        let message = "there is no Service and no EndpointSlice that could be used";
        let help = "kubectl get nodes,services,endpointslices -A -o yaml prints what is needed";
        found.push(Diagnostic::new(codes::NOTHING_READ, message).help(help));
    }
    found
}

/// Checks that the node is one of the input, if that has any.
pub(super) fn check_node(compiled: &Compiled) -> Result<(), UnknownNode> {
    let (cluster, node) = (&compiled.cluster, &compiled.rules.node);
    let Some(name) = node.name.as_ref() else { return Ok(()) };
    if cluster.nodes.is_empty() || cluster.node(name.as_str()).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = cluster.nodes.iter().map(|node| node.name.as_str()).collect();
    let near = did_you_mean(name.as_str(), names.iter().copied());
    let listed = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("node {name} is not in the input; {near}nodes in the input: {listed}{more}");
    Err(UnknownNode { message })
}

/// Checks that a platform models the node's mode.
pub(super) fn check_mode(compiled: &Compiled) -> Result<(), NotModelled> {
    let node = &compiled.rules.node;
    // Without its label, a node may run either system; kernelspace tells that it is Windows.
    let may_run_windows = node.runs_windows || (!node.runs_linux && &*node.mode == "kernelspace");
    let mode = Some(&*node.mode).filter(|mode| !mode.is_empty());
    match serving(may_run_windows, mode) {
        Some(_) => Ok(()),
        None => Err(NotModelled::new(&node.mode)),
    }
}

/// Checks that every pattern selects a service port of one of several inputs.
pub(super) fn check_services(all: &[Compiled], selector: &Selector) -> Result<(), Unserved> {
    let rules: Vec<_> = all.iter().map(|compiled| &compiled.rules).collect();
    let Err(why) = selector.check_all(&rules) else { return Ok(()) };
    let is_named = |object: &ObjectRef| why.selector().selects_some_of(&object.namespace, &object.name);
    let found = all.iter().enumerate().flat_map(|(at, compiled)| {
        let of_object = |of: &&Diagnostic| of.object.as_ref().is_some_and(is_named);
        compiled.diagnostics.iter().filter(of_object).map(move |found| (at, found.clone()))
    });
    let found: Vec<(usize, Diagnostic)> = found.collect();
    let named = all.iter().flat_map(|compiled| &compiled.cluster.services);
    let mut named = named
        .filter(|service| why.selector().selects_some_of(service.namespace.as_str(), service.name.as_str()));
    let message = match (named.next(), named.next()) {
        (Some(only), None) => why_unserved(only),
        _ if all.is_empty() => {
            Some(format!("only manifests tell which Services there are: add -f FILE to select {selector}"))
        }
        _ => None,
    };
    Err(Unserved { why: message.map_or(why.clone(), |message| why.because(message)), found })
}

/// Why no port of a Service is served, by the Service itself.
fn why_unserved(service: &Service) -> Option<String> {
    let why = match (service.type_, &service.cluster_ip) {
        (ServiceType::ExternalName, _) => "it is an ExternalName",
        (_, ClusterIp::Headless) => "it is headless",
        (_, ClusterIp::Missing) => "it has no cluster IP",
        _ if service.has_other_proxy => "it is labelled for another proxy",
        _ if service.ports.is_empty() => "it has no valid port",
        _ => return None,
    };
    let Service { namespace, name, .. } = service;
    Some(format!("kube-proxy does not serve Service {namespace}/{name}: {why}"))
}
