//! The kinds of objects that decide about rules.

/// The kinds that decide about rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum Kind {
    Service,
    EndpointSlice,
    Endpoints,
    Node,
}

impl Kind {
    /// The kind of an object, if it is one of these. Groups of other projects have other kinds of the same names,
    /// as `serving.knative.dev/v1` has a Service.
    pub(in crate::manifest) fn of(name: &str, api_version: &str) -> Option<Self> {
        [Self::Service, Self::EndpointSlice, Self::Endpoints, Self::Node]
            .into_iter()
            .find(|known| known.name() == name)
            .filter(|_| !is_of_other_project(api_version))
    }

    /// Its name.
    pub(in crate::manifest) fn name(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Endpoints => "Endpoints",
            Self::Node => "Node",
        }
    }

    /// The only `apiVersion` in which kube-proxy reads it.
    pub(in crate::manifest) fn api_version(self) -> &'static str {
        match self {
            Self::EndpointSlice => "discovery.k8s.io/v1",
            Self::Service | Self::Endpoints | Self::Node => "v1",
        }
    }
}

/// The groups of Kubernetes itself that have these kinds, or had them, have no dot but this one.
fn is_of_other_project(api_version: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    group.contains('.') && group != "discovery.k8s.io"
}
