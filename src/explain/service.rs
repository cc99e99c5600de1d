//! What there is to say about a Service besides what kube-proxy on Windows keeps about it.

use crate::compile::why_skipped;
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::name::{nearest, printable};
use crate::pipeline::Compiled;
use crate::platform::Holdings;
use crate::platform::hns::model::State;
use crate::platform::hns::{HnsHeld, PlanOptions, Semantics};

/// Namespace and name of `NAMESPACE/NAME`.
///
/// # Errors
/// When there is no slash.
pub fn parse_service(text: &str) -> Result<(&str, &str), String> {
    text.split_once('/').ok_or_else(|| format!("`{}` is no NAMESPACE/NAME, as in shop/web", printable(text)))
}

/// What the node that kube-proxy on Windows serves holds, as far as dumps tell.
#[must_use]
pub fn held_state(holdings: &Holdings) -> Option<&State> {
    holdings.get::<HnsHeld>().map(|held| &held.state)
}

/// What is wrong with a Service in its manifests and with HNS.
#[must_use]
pub fn service_findings(
    compiled: &Compiled,
    state: Option<&State>,
    namespace: &str,
    name: &str,
) -> Vec<Diagnostic> {
    let service = ObjectRef::new("Service", namespace, name);
    let plan = compiled.hns(state, Semantics::KubeProxy, &PlanOptions::default());
    let all = compiled.diagnostics.iter().cloned().chain(plan.diagnostics);
    all.filter(|found| found.object.as_ref() == Some(&service)).collect()
}

/// Why there is nothing to tell about a Service.
#[must_use]
pub fn not_served(compiled: &Compiled, namespace: &str, name: &str) -> String {
    let wanted = format!("{namespace}/{name}");
    let names: Vec<String> = compiled
        .cluster
        .services
        .iter()
        .map(|service| format!("{}/{}", service.namespace, service.name))
        .collect();
    let shown = printable(&wanted);
    let found = compiled.cluster.services.iter().zip(&names).find(|(_, name)| **name == wanted);
    if let Some((service, _)) = found {
        let why = why_skipped(service, &compiled.rules.node).unwrap_or("none of its ports can be used");
        return format!("kube-proxy does not serve {shown}: {why}");
    }
    match &*nearest(&wanted, names.iter().map(String::as_str)) {
        [] => format!("no Service {shown} among the {} that were read", names.len()),
        near => format!("no Service {shown}; is it {}?", near.join(" or ")),
    }
}
