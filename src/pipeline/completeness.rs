//! What of the input could not be used: what could not be read, and what does not tell enough to have rules.

use std::collections::BTreeSet;
use std::fmt;

use rustc_hash::FxHashSet;

use super::Compiled;
use crate::compile::{NO_CLUSTER_IP, why_skipped};
use crate::diagnostics::{Diagnostic, ObjectRef, Severity};
use crate::manifest::{ClusterIp, Service, codes};
use crate::name::{did_you_mean, printable};
use crate::scope::Selector;
use crate::source::Sources;

/// How many Services are named.
const NAMED: usize = 5;

/// Some of the input could not be read, so that what it asks for is not known.
#[derive(Debug, thiserror::Error)]
#[error("{}", unread(*.count))]
pub struct Unread {
    /// How many documents and objects.
    pub count: usize,
    /// The errors of the input, those about what could not be read among them.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts, to show places in.
    pub sources: Sources,
}

impl Unread {
    /// Checks that no document or object of the input could not be read.
    ///
    /// # Errors
    /// With those of the diagnostics that are errors, and the texts to show them in.
    pub fn check(count: usize, found: &[Diagnostic], sources: &Sources) -> Result<(), Box<Self>> {
        if count == 0 {
            return Ok(());
        }
        let is_error = |found: &&Diagnostic| found.severity() == Severity::Error;
        let diagnostics = found.iter().filter(is_error).cloned().collect();
        Err(Box::new(Self { count, diagnostics, sources: sources.clone() }))
    }
}

/// The input does not say what a node should hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NothingWanted {
    message: String,
}

/// Services that should have rules and have none, as the input does not tell enough of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many Services should have rules.
    pub wanted: usize,
    /// How many of them have no cluster IP.
    pub without_cluster_ip: usize,
    /// How many of them have a cluster IP, and no address or port that could be used.
    pub unusable: usize,
    /// How many documents and objects could not be read.
    pub unread: usize,
}

impl Compiled {
    /// Checks that all of the input could be read.
    ///
    /// # Errors
    /// With the errors of the input, and the texts to show them in.
    pub fn check_read(&self) -> Result<(), Box<Unread>> {
        Unread::check(self.unread, &self.diagnostics, &self.sources)
    }

    /// Checks that the input says what the node should hold: without any Service, or about other nodes only, all that the
    /// node holds would be taken for unwanted.
    ///
    /// # Errors
    /// When it does not say so.
    pub fn check_wanted(&self) -> Result<(), NothingWanted> {
        let error = |message: String| Err(NothingWanted { message });
        let left_out = self.left_out(&Selector::default());
        if self.cluster.services.is_empty() {
            return error("the input contains no Service".to_owned());
        }
        if self.rules.services.is_empty() {
            let why = if left_out.is_empty() {
                "kube-proxy serves none of its Services".to_owned()
            } else {
                left_out.to_string()
            };
            return error(format!("no Service of the input has rules on the node: {why}"));
        }
        let name = self.rules.node.name.as_ref();
        name.and_then(|name| self.nothing_about(name.as_str())).map_or(Ok(()), error)
    }

    /// What a comparison has to say about what is left out of it, if anything is. What was found about each Service for
    /// the same reason is taken out of `found`: one cause is one message.
    pub fn not_compared(&self, selector: &Selector, found: &mut Vec<Diagnostic>) -> Option<Diagnostic> {
        let not_compared = self.left_out(selector).diagnostic()?;
        let services = self.cluster.services.iter().filter(|service| self.lacks_cluster_ip(service));
        let lacking: FxHashSet<ObjectRef> = services.map(Service::reference).collect();
        let is_same = |of: &Diagnostic| {
            of.code == codes::CLUSTER_IP_MISSING && of.object.as_ref().is_some_and(|of| lacking.contains(of))
        };
        let same: Vec<Diagnostic> = found.extract_if(.., |of| is_same(of)).collect();
        let selected = same.iter().filter_map(|of| of.object.as_ref());
        let mut names: Vec<String> = selected
            .filter(|of| selector.selects_some_of(&of.namespace, &of.name))
            .map(|of| format!("{}/{}", printable(&of.namespace), printable(&of.name)))
            .collect();
        names.dedup();
        let Some(first) = same.into_iter().find_map(|of| of.place) else { return Some(not_compared) };
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let help = not_compared.help.as_deref().unwrap_or_default();
        let help = format!("without a cluster IP: {}{more}; {help}", names.join(", "));
        Some(not_compared.at(first).help(help))
    }

    /// Whether it would have rules if it had a cluster IP.
    fn lacks_cluster_ip(&self, service: &Service) -> bool {
        service.cluster_ip == ClusterIp::Missing
            && why_skipped(service, &self.rules.node) == Some(NO_CLUSTER_IP)
    }

    /// Why there is no answer, and what to do where Services have no rules.
    #[must_use]
    pub fn advised(&self, error: &str) -> String {
        let left_out = self.left_out(&Selector::default());
        match left_out.advice() {
            Some(_) => format!("{error}; {}", left_out.reason()),
            None => error.to_owned(),
        }
    }

    /// Which Services have no rules although they should.
    #[must_use]
    pub fn left_out(&self, selector: &Selector) -> LeftOut {
        let mut found = LeftOut { unread: self.unread, ..LeftOut::default() };
        let ports = self.rules.services.iter();
        let has_rules: FxHashSet<_> = ports.map(|port| (&port.namespace, &port.name)).collect();
        let is_selected =
            |service: &&Service| selector.selects_some_of(service.namespace.as_str(), service.name.as_str());
        for service in self.cluster.services.iter().filter(is_selected) {
            let is_missing = service.cluster_ip == ClusterIp::Missing;
            if has_rules.contains(&(&service.namespace, &service.name)) {
                found.wanted += 1;
            } else if self.lacks_cluster_ip(service) {
                found.wanted += 1;
                found.without_cluster_ip += 1;
            } else if !is_missing && why_skipped(service, &self.rules.node).is_none() {
                found.wanted += 1;
                found.unusable += 1;
            }
        }
        found
    }

    /// Why the input does not tell what belongs on a node; `None` where it does. An input that names no node at all, as
    /// Services and slices without a cluster around them, fits to every node.
    fn nothing_about(&self, name: &str) -> Option<String> {
        let on_nodes = self.cluster.backends.iter().filter_map(|backend| backend.node.as_ref());
        let nodes = self.cluster.nodes.iter().map(|node| node.name.as_str());
        let names: BTreeSet<&str> = on_nodes.map(crate::name::Subdomain::as_str).chain(nodes).collect();
        if names.is_empty() || names.contains(name) {
            return None;
        }
        let near = did_you_mean(name, names.iter().copied());
        Some(format!(
            "nothing in the input is about node {}; {near}add its Node: kubectl get nodes -o yaml",
            printable(name)
        ))
    }
}

impl LeftOut {
    /// Whether nothing was left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services() == 0 && self.unread == 0
    }

    /// What a comparison has to say about it.
    fn diagnostic(&self) -> Option<Diagnostic> {
        let mut help = "the answer is not about them; kubectl get nodes,services,endpointslices -A -o yaml prints all that is \
                        needed"
            .to_owned();
        if let Some(advice) = self.advice() {
            help = format!("{help}; {advice}");
        }
        let found = || Diagnostic::new(codes::NOT_COMPARED, format!("not compared: {self}")).help(help);
        (!self.is_empty()).then(found)
    }

    /// What can be done where nothing of a cluster is at hand.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        (self.without_cluster_ip > 0).then_some("--assume fills in what a cluster would decide")
    }

    /// Why there was nothing to compare, and what to do.
    #[must_use]
    pub fn reason(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{self}; {advice}"),
            None => self.to_string(),
        }
    }

    /// How many Services were left out.
    #[must_use]
    pub fn services(&self) -> usize {
        self.without_cluster_ip + self.unusable
    }
}

impl fmt::Display for LeftOut {
    /// `1 of 3 Services has no cluster IP, 2 documents or objects could not be read`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let have = |count: usize| if count == 1 { "has" } else { "have" };
        let of = |count: usize| {
            let services = if self.wanted == 1 { "Service" } else { "Services" };
            format!("{count} of {} {services} {}", self.wanted, have(count))
        };
        let mut parts = Vec::new();
        if self.without_cluster_ip > 0 {
            parts.push(format!("{} no cluster IP", of(self.without_cluster_ip)));
        }
        if self.unusable > 0 {
            parts.push(format!("{} no usable address or port", of(self.unusable)));
        }
        if self.unread > 0 {
            parts.push(unread(self.unread));
        }
        f.write_str(&parts.join(", "))
    }
}

fn unread(count: usize) -> String {
    match count {
        1 => "1 document or object could not be read".to_owned(),
        _ => format!("{count} documents or objects could not be read"),
    }
}
