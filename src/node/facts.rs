//! `NodeFacts`: facts about a node that no Kubernetes object has.

use serde::Deserialize;

use super::codes;
use super::written::{Written, WrongSettings, place};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::yaml::not_parsable;
use crate::name::printable;
use crate::net::PortRange;
use crate::source::{Origin, Outline, Place, SourceId, Sources, hazard};

const API_VERSION: &str = "hnsplan/v1alpha1";
const KIND: &str = "NodeFacts";

/// The `NodeFacts` file (`apiVersion: hnsplan/v1alpha1`); every field is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Facts {
    api_version: Option<String>,
    kind: Option<String>,
    /// MAC address of the interface with the node's address, as in `00:15:5d:0a:0b:0c`.
    pub host_mac: Option<String>,
    /// Version of HNS, as in `15.4`.
    pub hns_version: Option<String>,
    /// Build of Windows, as in `10.0.20348.2113`, where the Node object does not tell it.
    pub windows_build: Option<String>,
    /// The same by collected logs, which no facts file has.
    #[serde(skip)]
    pub collected_build: Option<String>,
    /// Whether the network plugin lets pods reach themselves with direct server return: `true`, `false`, `ipv4` or
    /// `ipv6`. It does by a policy `OutBoundNAT` with the pod's own address.
    #[serde(rename = "loopbackDSR", deserialize_with = "word_or_bool")]
    pub loopback_dsr: Option<String>,
    /// The network plugin, with or without its version, as in `azure-cni` and `calico:3.27`.
    pub network_plugin: Option<String>,
    /// Whether iptables supports `--random-fully` (1.6.2 and later). Default true.
    pub iptables_random_fully: Option<bool>,
    /// Whether the kernel has accounting objects (`nfnetlink_acct`). Default false.
    pub nfacct: Option<bool>,
    /// Addresses of the interfaces with their prefix lengths, as in `192.168.10.11/24`.
    pub interface_addresses: Option<Vec<String>>,
    /// Chains that exist in the nat table now.
    pub existing_nat_chains: Vec<String>,
    /// Networks that cluster IPs are allocated from, as in `10.96.0.0/12` (`spec.cidrs` of the `ServiceCIDR` objects),
    /// where the input has no such objects.
    #[serde(rename = "serviceCIDRs")]
    pub service_cidrs: Option<Vec<String>>,
    /// TCP ports that Windows gives to outgoing connections and to HNS, as in `49152-65535`, its default
    /// (`netsh interface ipv4 show dynamicport tcp` shows the first one and how many).
    pub dynamic_ports: Option<PortRange>,
    /// TCP ports that Windows has reserved, as in `50000-50059`
    /// (`netsh interface ipv4 show excludedportrange tcp`).
    pub excluded_ports: Vec<PortRange>,
    /// The same for UDP, which has ports of its own (`netsh interface ipv4 show dynamicport udp`).
    pub dynamic_udp_ports: Option<PortRange>,
    /// The same for UDP (`netsh interface ipv4 show excludedportrange udp`).
    pub excluded_udp_ports: Vec<PortRange>,
    /// How many blocks of 64 consecutive dynamic ports are free now, as Microsoft's log collector counts them.
    pub free_port_blocks: Option<u32>,
    /// The file that they are written in.
    #[serde(skip)]
    written: Option<Written>,
}

/// A word, or the words `true` and `false` as YAML reads them.
fn word_or_bool<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected true, false, ipv4 or ipv6")]
    enum Either {
        Bool(bool),
        Word(String),
    }
    Ok(Option::<Either>::deserialize(deserializer)?.map(|either| match either {
        Either::Bool(value) => value.to_string(),
        Either::Word(word) => word,
    }))
}

impl Facts {
    /// Reads a facts file.
    ///
    /// # Errors
    /// When the text is not YAML, has an unknown field, or is of another kind.
    pub fn parse(text: &str) -> Result<Self, WrongSettings> {
        Self::parse_file("facts", text)
    }

    /// The same for the text of a file with a name.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse), with the name.
    pub fn parse_file(name: &str, text: &str) -> Result<Self, WrongSettings> {
        WrongSettings::of(name, text, Self::read)
    }

    /// Reads a facts file.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn read(source: SourceId, name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let wrong = |message: String, place| vec![Diagnostic::new(codes::FACTS_INVALID, message).at(place)];
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let origin = Origin { source, start: 0, end, line: 1, item: None };
        if let Some(hazard) = hazard(text) {
            return Err(wrong(hazard.to_string(), place(origin, "document", hazard.at())));
        }
        let facts: Self = serde_yaml::from_str(text)
            .map_err(|error| vec![not_parsable(codes::FACTS_INVALID, text, origin, &error)])?;
        for (field, is, expected) in
            [("apiVersion", &facts.api_version, API_VERSION), ("kind", &facts.kind, KIND)]
        {
            if is.as_deref() != Some(expected) {
                let is = is.as_ref().map_or("missing".to_owned(), |is| format!("`{}`", printable(is)));
                let message = format!("this is not a facts file: {field} is {is}");
                let allowed = format!("apiVersion: {API_VERSION} and kind: {KIND}");
                let found = Diagnostic::new(codes::FACTS_INVALID, message).at(origin.field(field));
                return Err(vec![found.allowed(allowed)]);
            }
        }
        let documents = Outline::documents(text);
        let values = documents.first().into_iter().flat_map(|document| &document.values);
        let places = values.map(|value| (value.path.clone().into(), place(origin, &value.path, value.at)));
        Ok(Self { written: Some(Written::new(name, text, places.collect())), ..facts })
    }

    /// The same with its file beside the texts of an input, so that places in it can be shown.
    #[must_use]
    pub fn within(&self, sources: &mut Sources) -> Self {
        Self { written: self.written.as_ref().map(|written| written.within(sources)), ..self.clone() }
    }

    /// The place of the value at a path, as in `interfaceAddresses[0]`; `None` where it is not written, or no text is
    /// beside the facts.
    #[must_use]
    pub fn place(&self, path: &str) -> Option<Place> {
        self.written.as_ref()?.place(path)
    }
}
