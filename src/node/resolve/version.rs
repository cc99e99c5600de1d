//! Which version of kube-proxy the node runs.

use super::inputs::Inputs;
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::manifest::Node;
use crate::name::printable;
use crate::node::behavior::Version;
use crate::node::codes;

/// The version that is given, or that of the Node, or the newest recorded one. What is newer is said.
pub(super) fn choose(given: Option<Version>, node: Option<&Node>, inputs: &mut Inputs<'_>) -> Version {
    let own = node.and_then(|node| Some((node, node.kube_proxy_version.as_deref()?)));
    let version = match (given, own) {
        (Some(version), _) => version,
        (None, Some((node, text))) => of_node(node, text, inputs),
        (None, None) => Version::default(),
    };
    if version.is_newer_than_known() {
        let known = version.stands_for();
        let message = format!(
            "kube-proxy {version} is newer than what is known; its rules are taken to be those of {known}"
        );
        inputs.diagnostics.push(Diagnostic::new(codes::VERSION_NEWER, message));
    } else if given.is_some() && version.has_different_patches() {
        let message = format!("the rules are those of kube-proxy {}", version.described());
        let help = "patch releases of this minor version have different rules; name one to be sure";
        inputs.diagnostics.push(Diagnostic::new(codes::VERSION_AS, message).help(help));
    }
    if version.is_newer_than_recorded() {
        let message = format!(
            "the changes of kube-proxy {} since {} were read in pull requests; its rules were never recorded",
            version.stands_for(),
            Version::RECORDED
        );
        inputs.diagnostics.push(Diagnostic::new(codes::VERSION_NOT_RECORDED, message));
    }
    version
}

fn of_node(node: &Node, text: &str, inputs: &mut Inputs<'_>) -> Version {
    let of_node = |found: Diagnostic| {
        found.about(ObjectRef::new("Node", "", node.name.as_str())).at(node.origin.field("status.nodeInfo"))
    };
    match Version::of_node(text) {
        Ok(version) => {
            let message =
                format!("the node runs kube-proxy {version}, and so its rules are those of that version");
            inputs.diagnostics.push(of_node(Diagnostic::new(codes::VERSION_OF_NODE, message)));
            version
        }
        Err(unknown) => {
            let message = format!("the node runs kube-proxy {}, whose rules are not known", printable(text));
            let found = Diagnostic::new(codes::VERSION_UNKNOWN, message).allowed(unknown.to_string());
            inputs.diagnostics.push(of_node(found));
            Version::default()
        }
    }
}
