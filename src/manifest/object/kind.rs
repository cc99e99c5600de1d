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
    /// The kind of this name, if it is one of these.
    pub(in crate::manifest) fn from_name(name: &str) -> Option<Self> {
        [Self::Service, Self::EndpointSlice, Self::Endpoints, Self::Node]
            .into_iter()
            .find(|known| known.name() == name)
    }

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
