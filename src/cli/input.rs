//! Flags that say what to read, and for which node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::name::{escaped, printable};
use crate::net::Family;
use crate::node::{Config, Facts, NetworkType, Overrides, Version};
use crate::pipeline::Setup;
use crate::platform::iptables::{self, model::TableName};
use crate::source::{Input, Sources};

/// What to read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(super) struct Manifests {
    /// Manifests: a file, a directory, or - for standard input; may be repeated
    ///
    /// YAML, JSON or JSON lines, one object or many, as kubectl get nodes,services,endpointslices -A -o yaml
    /// prints them. Services, EndpointSlices, Endpoints and Nodes are read, all other kinds passed over.
    #[arg(short = 'f', long = "filename", value_name = "FILE", required = true)]
    filename: Vec<String>,
    /// Read the folders of directories as well
    #[arg(short = 'R', long)]
    recursive: bool,
    /// Namespace of objects that name none
    #[arg(short = 'n', long, value_name = "NAME", default_value = "default")]
    namespace: String,
    /// Report fields that Kubernetes does not know
    #[arg(long)]
    strict: bool,
}

/// The node, with the flags of kube-proxy's own names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Node")]
pub(super) struct Node {
    /// Name of the node to compile for
    #[arg(long = "node", visible_alias = "hostname-override", value_name = "NAME")]
    name: Option<String>,
    /// Version of kube-proxy to do as, 1.30 to 1.36
    #[arg(long, value_name = "VERSION", default_value_t = Version::NEWEST)]
    kube_proxy_version: Version,
    /// KubeProxyConfiguration, or the ConfigMap kube-proxy that contains one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// NodeFacts: what no Kubernetes object tells about the node
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// Output of iptables-save of the node, to find chains that are left over (IPv4 and IPv6 alike)
    #[arg(long, value_name = "FILE")]
    existing_rules: Option<PathBuf>,
    /// Mode of kube-proxy; the rules are those of iptables mode, for others there is a warning
    #[arg(long, value_name = "MODE")]
    proxy_mode: Option<String>,
    /// Address that kube-proxy binds to; a specific one is the node's address
    #[arg(long, value_name = "IP")]
    bind_address: Option<String>,
    /// Networks of all pods, at most one for each family, joined by a comma
    #[arg(long, value_name = "CIDR[,CIDR]")]
    cluster_cidr: Option<String>,
    /// How traffic of local pods is told: ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix
    #[arg(long, value_name = "MODE")]
    detect_local_mode: Option<String>,
    /// Bridge of the pods, for BridgeInterface
    #[arg(long, value_name = "NAME")]
    pod_bridge_interface: Option<String>,
    /// First letters of the pods' interfaces, for InterfaceNamePrefix
    #[arg(long, value_name = "PREFIX")]
    pod_interface_name_prefix: Option<String>,
    /// Masquerade all traffic to cluster IPs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    masquerade_all: Option<bool>,
    /// Bit of the packet mark that asks for masquerading, 0 to 31
    #[arg(long, value_name = "BIT")]
    iptables_masquerade_bit: Option<i64>,
    /// Node ports answer on loopback addresses
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    iptables_localhost_nodeports: Option<bool>,
    /// CIDRs of the addresses that serve node ports, or the word primary (from 1.31 on)
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    nodeport_addresses: Option<Vec<String>>,
    /// Address of an interface of the node, for --nodeport-addresses; may be repeated
    #[arg(long, value_name = "IP", value_delimiter = ',')]
    interface_address: Option<Vec<String>>,
    /// The node's connection tracking takes packets out of window
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    conntrack_tcp_be_liberal: Option<bool>,
    /// Feature gates, as in Name=true,Other=false
    #[arg(long, value_name = "NAME=BOOL", value_delimiter = ',', value_parser = feature_gate)]
    feature_gates: Vec<(String, bool)>,
    /// The kernel has the accounting objects of kube-proxy (nfacct)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    nfacct: Option<bool>,
    /// iptables knows --random-fully (1.6.2 and later)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    random_fully: Option<bool>,
    /// Name of the HNS network of the pods
    #[arg(long, value_name = "NAME", help_heading = "Windows node")]
    network_name: Option<String>,
    /// Type of the HNS network, as HNS names it
    #[arg(
        long,
        value_name = "TYPE",
        help = "Type of the HNS network: L2Bridge, L2Tunnel, Overlay, Transparent or NAT",
        help_heading = "Windows node"
    )]
    network_type: Option<NetworkType>,
    /// Source address of translated traffic on overlay networks
    #[arg(long, value_name = "IP", help_heading = "Windows node")]
    source_vip: Option<String>,
    /// MAC address of the interface with the node's address, for overlay networks
    #[arg(long, value_name = "MAC", help_heading = "Windows node")]
    host_mac: Option<String>,
    /// Direct server return for cluster IPs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Windows node")]
    enable_dsr: Option<bool>,
    /// Name of the host's HNS endpoint, for --forward-healthcheck-vip
    #[arg(long, value_name = "NAME", help_heading = "Windows node")]
    root_hnsendpoint_name: Option<String>,
    /// Load balancers for the health checks of load balancer addresses
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Windows node")]
    forward_healthcheck_vip: Option<bool>,
    /// Version of HNS, as in 15.4
    #[arg(long, value_name = "VERSION", help_heading = "Windows node")]
    hns_version: Option<String>,
}

fn feature_gate(text: &str) -> Result<(String, bool), String> {
    let (name, value) = text.split_once('=').ok_or("a gate is NAME=true or NAME=false")?;
    let value = value.parse().map_err(|_| format!("`{}` is neither true nor false", printable(value)))?;
    Ok((name.to_owned(), value))
}

impl Manifests {
    /// Whether standard input is read to its end.
    pub(super) fn reads_stdin(&self) -> bool {
        self.filename.iter().any(|name| name == "-")
    }

    /// Reads the texts.
    pub(super) fn read(&self) -> Result<Sources, Failure> {
        let inputs: Vec<Input> = self.filename.iter().map(|name| Input::from(name.as_str())).collect();
        Ok(Sources::read(&inputs, self.recursive)?)
    }

    /// Whether none are named.
    pub(super) fn is_empty(&self) -> bool {
        self.filename.is_empty()
    }

    /// Other files, read in the same way.
    pub(super) fn with_files(&self, filename: Vec<String>) -> Self {
        Self { filename, ..self.clone() }
    }
}

impl Node {
    /// Reads the files that the flags name.
    pub(super) fn setup(&self, manifests: &Manifests) -> Result<Setup, Failure> {
        Ok(Setup {
            version: self.kube_proxy_version,
            config: parsed(self.config.as_deref(), |text| {
                Config::parse(text).map_err(|error| (error.spot(), error.to_string()))
            })?,
            facts: parsed(self.facts.as_deref(), |text| {
                Facts::parse(text).map_err(|error| (error.spot(), error.to_string()))
            })?,
            overrides: self.overrides()?,
            default_namespace: manifests.namespace.clone(),
            strict: manifests.strict,
        })
    }

    fn overrides(&self) -> Result<Overrides, Failure> {
        Ok(Overrides {
            node: self.name.clone(),
            mode: self.proxy_mode.clone(),
            bind_address: self.bind_address.clone(),
            cluster_cidr: self.cluster_cidr.clone(),
            detect_local_mode: self.detect_local_mode.clone(),
            bridge_interface: self.pod_bridge_interface.clone(),
            interface_name_prefix: self.pod_interface_name_prefix.clone(),
            masquerade_all: self.masquerade_all,
            masquerade_bit: self.iptables_masquerade_bit,
            localhost_node_ports: self.iptables_localhost_nodeports,
            node_port_addresses: self.nodeport_addresses.clone(),
            tcp_be_liberal: self.conntrack_tcp_be_liberal,
            feature_gates: self.feature_gates.iter().cloned().collect::<BTreeMap<_, _>>(),
            nfacct: self.nfacct,
            random_fully: self.random_fully,
            interface_addresses: self.interface_address.clone(),
            network_name: self.network_name.clone(),
            network_type: self.network_type.clone(),
            source_vip: self.source_vip.clone(),
            host_mac: self.host_mac.clone(),
            enable_dsr: self.enable_dsr,
            root_endpoint_name: self.root_hnsendpoint_name.clone(),
            forward_health_check_vip: self.forward_healthcheck_vip,
            hns_version: self.hns_version.clone(),
            existing_nat_chains: self.existing_rules.as_deref().map_or(Ok(Vec::new()), nat_chains)?,
        })
    }
}

/// What a parser complains about, and the line and column of it.
type Complaint = (Option<(usize, usize)>, String);

/// Parses a file; its parser's complaint gets the file's name, line and column.
fn parsed<T: Default>(
    path: Option<&Path>,
    parse: impl Fn(&str) -> Result<T, Complaint>,
) -> Result<T, Failure> {
    let Some(path) = path else { return Ok(T::default()) };
    let text = text_of(path)?;
    parse(&text).map_err(|(spot, message)| {
        let file = escaped(&path.display().to_string());
        Failure::Message(match spot {
            None => format!("{file}: {}", escaped(&message)),
            Some((line, column)) => {
                let told = format!(" at line {line} column {column}");
                let message = message.strip_suffix(&told).unwrap_or(&message);
                format!("{file}:{line}:{column}: {}", escaped(message))
            }
        })
    })
}

/// The text of a file, in any encoding that sources may have.
pub(super) fn text_of(path: &Path) -> Result<String, Failure> {
    let mut sources = Sources::default();
    let id = sources.read_file(path)?;
    Ok(sources.file(id).text.clone())
}

/// The chains of the nat table in the output of iptables-save.
fn nat_chains(path: &Path) -> Result<Vec<String>, Failure> {
    let (rules, problems) = iptables::read(&text_of(path)?, Family::Ipv4);
    let nat = rules.tables.iter().filter(|table| table.name == TableName::Nat);
    let chains: Vec<String> =
        nat.flat_map(|table| &table.chains).map(|chain| chain.name.to_string()).collect();
    match problems.first() {
        Some(problem) if chains.is_empty() => Err(Failure::Message(format!(
            "{}:{}: {}; it should be the output of iptables-save",
            escaped(&path.display().to_string()),
            problem.line,
            problem.message
        ))),
        _ => Ok(chains),
    }
}
