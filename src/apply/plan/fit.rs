//! Whether a saved plan is for this node, and still up to date.

use std::net::IpAddr;
use std::path::Path;

use super::super::codes;
use super::{InputFile, NodePlan};
use crate::answer::step::Fingerprint;
use crate::diagnostics::Diagnostic;
use crate::name::{escaped, printable};
use crate::pipeline::Compiled;
use crate::platform::Platform;
use crate::source::{ReadError, Sources};

/// How many bytes a plan, or what it was made from, may have.
pub(super) const LARGEST: u64 = u32::MAX as u64;

impl NodePlan {
    /// Whether the name of a machine is that of the node: machines have short names, and Windows cuts them after 15
    /// letters. A plan without a node fits everywhere.
    #[must_use]
    pub fn is_for_machine(&self, host: &str) -> bool {
        self.node.as_deref().is_none_or(|node| names_machine(node, host))
    }

    /// Why the plan is for another node than the one that a person names, or else than this machine.
    #[must_use]
    pub fn other_node(&self, named: Option<&str>, host: Option<&str>) -> Option<Diagnostic> {
        let node = self.node.as_deref()?;
        let (is_other, here) = match (named, host) {
            (Some(named), _) => (named != node, format!("--node names {}", printable(named))),
            (None, Some(host)) => {
                (!self.is_for_machine(host), format!("this machine is {}", printable(host)))
            }
            (None, None) => return None,
        };
        let node = printable(node);
        let help = format!(
            "create a plan for this node; if this machine is {node} under another name, pass --node {node}"
        );
        is_other.then(|| {
            let what = format!("the plan is for node {node}, and {here}");
            Diagnostic::new(codes::OTHER_NODE, what).help(help)
        })
    }

    /// Why the plan no longer fits a node in this state, or its inputs.
    #[must_use]
    pub fn staleness(&self, state: &Fingerprint) -> Option<Diagnostic> {
        let what = match &self.state {
            None => "the plan was made without knowing the state of the node".to_owned(),
            Some(was) if was != state => {
                "the state of the node has changed since the plan was made".to_owned()
            }
            Some(_) => {
                let changed = self.inputs.iter().find(|input| input.has_changed())?;
                format!("{} has changed since the plan was made", escaped(&changed.name))
            }
        };
        let help = "create and review a new plan, or pass --allow-stale";
        Some(Diagnostic::new(codes::PLAN_STALE, what).help(help))
    }
}

impl InputFile {
    /// Plans are carried to nodes that do not have the manifests: a missing file has not changed.
    fn has_changed(&self) -> bool {
        let text = text_of(Path::new(&self.name), LARGEST);
        text.is_ok_and(|text| Fingerprint::of_text(&text) != self.sha256)
    }
}

/// The text of a file of at most so many bytes, in any encoding that sources may have.
pub(super) fn text_of(path: &Path, most: u64) -> Result<String, ReadError> {
    let mut sources = Sources::default();
    let id = sources.read_small(path, most)?;
    Ok(sources.file(id).text.clone())
}

/// Why rules are those of one node, and this machine is another node of the input.
#[must_use]
pub fn other_machine(compiled: &Compiled, host: Option<&str>) -> Option<Diagnostic> {
    let (host, node) = host.zip(compiled.rules.node.name.as_ref())?;
    let found = compiled.find_node(|name| names_machine(name, host));
    let found = found.filter(|_| !names_machine(node.as_str(), host))?;
    let what = format!("this machine is node {}, and the plan would be for node {node}", printable(found));
    let help = format!("pass --node {}, or run the command on {node}", printable(found));
    Some(Diagnostic::new(codes::OTHER_NODE, what).help(help))
}

/// Why rules of a platform that no flag names are not those of the node: its kube-proxy writes others.
#[must_use]
pub fn other_mode(compiled: &Compiled, platform: &'static dyn Platform) -> Option<String> {
    let node = &compiled.rules.node;
    let mode = Some(&*node.mode).filter(|mode| !mode.is_empty() && !node.runs_windows)?;
    let is_of_linux = platform.serves(false, Some(platform.name()));
    let is_served = platform.serves(false, Some(mode));
    (is_of_linux && !is_served).then(|| {
        let (name, mode) = (platform.name(), printable(mode));
        format!(
            "the dump is of {name}, and kube-proxy on this node runs in mode `{mode}`; pass the dump of that mode, or -t \
             {name} to plan for its rules all the same"
        )
    })
}

/// Whether a node and a machine may be the same, by their names.
#[must_use]
pub fn names_machine(node: &str, host: &str) -> bool {
    /// The longest name of a machine in the old way of Windows.
    const NETBIOS: usize = 15;
    let [node, host] = [node, host].map(str::to_ascii_lowercase);
    if node == host || [&node, &host].iter().any(|name| name.parse::<IpAddr>().is_ok()) {
        return node == host;
    }
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let (node, host) = (short(&node), short(&host));
    node == host || host.len() == NETBIOS && node.starts_with(&host)
}
