//! The kinds of objects that decide about rules.

/// The kinds that decide about rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum Kind {
    Service,
    EndpointSlice,
    Endpoints,
    Node,
    ServiceCidr,
}

impl Kind {
    /// The kind of an object, if it is one of these. Groups of other projects have other kinds of the same names,
    /// as `serving.knative.dev/v1` has a Service.
    pub(in crate::manifest) fn of(name: &str, api_version: &str) -> Option<Self> {
        [Self::Service, Self::EndpointSlice, Self::Endpoints, Self::Node, Self::ServiceCidr]
            .into_iter()
            .find(|known| known.name() == name)
            .filter(|known| !known.is_another(api_version))
    }

    /// Its name.
    pub(in crate::manifest) fn name(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::Endpoints => "Endpoints",
            Self::Node => "Node",
            Self::ServiceCidr => "ServiceCIDR",
        }
    }

    /// The `apiVersion` in which kube-proxy reads it.
    pub(in crate::manifest) fn api_version(self) -> &'static str {
        match self {
            Self::EndpointSlice => "discovery.k8s.io/v1",
            Self::ServiceCidr => "networking.k8s.io/v1",
            Self::Service | Self::Endpoints | Self::Node => "v1",
        }
    }

    /// Whether an object of this `apiVersion` is read. Those of a beta have the same fields where it is named.
    pub(in crate::manifest) fn is_read_in(self, api_version: &str) -> bool {
        let is_beta = self == Self::ServiceCidr && api_version == "networking.k8s.io/v1beta1";
        is_beta || api_version == self.api_version()
    }

    /// Whether it is another kind of the same name, of another project or of an alpha, where its fields had other names. The
    /// groups of Kubernetes itself that have these kinds, or had them, have no dot but for one of each kind.
    fn is_another(self, api_version: &str) -> bool {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let own = match self {
            Self::ServiceCidr => "networking.k8s.io",
            Self::Service | Self::EndpointSlice | Self::Endpoints | Self::Node => "discovery.k8s.io",
        };
        let is_alpha = self == Self::ServiceCidr && api_version == "networking.k8s.io/v1alpha1";
        is_alpha || group.contains('.') && group != own
    }
}

/// Whether objects of a kind only say again what those that are read say: an `IPAddress` is a cluster IP that some Service
/// has.
pub(in crate::manifest) fn is_repetition(name: &str, api_version: &str) -> bool {
    name == "IPAddress" && api_version.starts_with("networking.k8s.io/")
}
