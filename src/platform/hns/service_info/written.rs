//! Where the values of a Service and its slices stand in their manifests.

use std::collections::HashMap;

use super::Provenance;
use crate::ir::{BackendId, ServicePort};
use crate::manifest::{Cluster, EndpointSlice};
use crate::source::{Origin, Sources, locate_key};

/// A Service as it was written.
pub(super) struct Service<'s> {
    sources: &'s Sources,
    origin: Origin,
    /// Positions of ports by name and protocol.
    ports: HashMap<(String, String), usize>,
}

impl<'s> Service<'s> {
    pub(super) fn new(sources: &'s Sources, origin: Origin) -> Self {
        let ports = ports(sources, origin, "spec.ports").collect();
        Self { sources, origin, ports }
    }

    /// The position of a service port in `spec.ports`.
    pub(super) fn index_of(&self, port: &ServicePort) -> usize {
        let key = (port.port_name.as_str().to_owned(), port.protocol.to_string());
        self.ports.get(&key).copied().unwrap_or_default()
    }

    /// The field, or that it is not there.
    pub(super) fn field(&self, path: impl Into<String>) -> Provenance {
        let field = path.into();
        match line(self.sources, self.origin, &field) {
            Some((file, line)) => Provenance::Manifest { field, file, line },
            None => Provenance::Default { field },
        }
    }

    /// The first of some fields that is there, or else the first.
    pub(super) fn one_of<const N: usize>(&self, paths: [&str; N]) -> Provenance {
        let is_there = |path: &&str| locate_key(self.text(), self.origin.item, path).is_some();
        self.field(paths.into_iter().find(is_there).unwrap_or(paths[0]))
    }

    /// The field of a list that has this text: `spec.externalIPs[1]` for its second element.
    pub(super) fn element(&self, list: &str, member: &str, wanted: &str) -> Provenance {
        let path = |index: usize| format!("{list}[{index}]{member}");
        let texts = (0..).map_while(|index| scalar(self.sources, self.origin, &path(index)));
        let index = texts.into_iter().position(|text| text == wanted);
        index.map_or_else(|| self.field(list), |index| self.field(path(index)))
    }

    fn text(&self) -> &'s str {
        self.sources.text(self.origin)
    }
}

/// The field that says the port of an endpoint: in the slice that the endpoint stands in.
pub(super) fn slice_port(
    sources: &Sources,
    cluster: &Cluster,
    port: &ServicePort,
    endpoint: BackendId,
) -> Option<Provenance> {
    let holds = |slice: &&EndpointSlice| slice.backends.range().contains(&endpoint.0);
    let slice = cluster.slices.iter().find(holds)?;
    let key = (port.port_name.as_str().to_owned(), port.protocol.to_string());
    let index = ports(sources, slice.origin, "ports").find(|(of, _)| *of == key).map(|(_, index)| index);
    let path = index.map_or_else(String::new, |index| format!("ports[{index}].port"));
    let (file, line) = line(sources, slice.origin, &path)?;
    let of = if path.is_empty() { "" } else { " of " };
    Some(Provenance::Manifest { field: format!("{path}{of}EndpointSlice {}", slice.name), file, line })
}

/// Names, protocols and positions of a list of ports.
fn ports<'s>(
    sources: &'s Sources,
    origin: Origin,
    list: &'s str,
) -> impl Iterator<Item = ((String, String), usize)> + 's {
    let text = sources.text(origin);
    let exists = move |index: &usize| locate_key(text, origin.item, &format!("{list}[{index}]")).is_some();
    (0..).take_while(exists).map(move |index| {
        let member = |name: &str| scalar(sources, origin, &format!("{list}[{index}].{name}"));
        let protocol = member("protocol").filter(|text| !text.is_empty());
        let key = (member("name").unwrap_or_default(), protocol.unwrap_or_else(|| "TCP".to_owned()));
        (key, index)
    })
}

/// The text of a field. Names and addresses need no unescaping: others are never used.
fn scalar(sources: &Sources, origin: Origin, path: &str) -> Option<String> {
    let text = sources.text(origin);
    let located = locate_key(text, origin.item, path)?;
    Some(text[located.value].trim_matches(['"', '\'']).to_owned())
}

/// File and line of a field; of the object itself for the empty path.
fn line(sources: &Sources, origin: Origin, path: &str) -> Option<(String, usize)> {
    let file = sources.file(origin.source).name.clone();
    if path.is_empty() {
        return Some((file, origin.line as usize));
    }
    let located = locate_key(sources.text(origin), origin.item, path)?;
    Some((file, sources.line_of(origin, origin.start as usize + located.value.start)))
}
