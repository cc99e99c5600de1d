//! Many nodes in one run: the same answers as one by one, shares that are joined again, and dumps of a whole fleet.

mod alike;
mod changes;
mod dumps;
mod forms;
mod nodes;
mod rules;
mod shares;
mod since;
mod untold;
mod zips;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hnsplan::net::Family;
use hnsplan::node::Config;
use hnsplan::pipeline::{Loaded, Parsed, Setup};
use hnsplan::platform::hns::{PlanOptions, Semantics, plan_rules, read, write};
use hnsplan::platform::iptables;
use hnsplan::source::Sources;
use serde_json::{Value, json};
use tempfile::TempDir;

const CONFIG: &str = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n\
                      clusterCIDR: 10.64.0.0/10\nwinkernel: {networkName: cbr0}\n";

/// A cluster of any size and the dump of every node, on which kube-proxy has done its work.
pub(crate) struct Synthetic {
    folder: TempDir,
    pub(crate) names: Vec<String>,
}

/// A node: three of four run Windows.
fn name(at: usize) -> String {
    if at % 4 == 3 { format!("linux-{at:03}") } else { format!("win-{at:03}") }
}

fn pod(node: usize, number: usize) -> String {
    format!("10.{}.{}.{}", 64 + node / 256, node % 256, number + 10)
}

/// The Services `shop/svc-N` with three pods each, every fourth of them with a node port for its own node's pods, and
/// `kube-system/kube-dns`.
fn cluster(nodes: usize, services: usize) -> String {
    let mut text = String::new();
    let mut add = |object: &Value| writeln!(text, "---\n{object}").expect("a text");
    for at in 0..nodes {
        let os = if name(at).starts_with("win") { "windows" } else { "linux" };
        add(&json!({ "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": name(at), "labels": { "kubernetes.io/os": os, "topology.kubernetes.io/zone": (["a", "b", "c"][at % 3]) } },
            "spec": { "podCIDR": format!("10.{}.{}.0/24", 64 + at / 256, at % 256) },
            "status": { "addresses": [{ "type": "InternalIP", "address": format!("192.168.{}.{}", at / 250, at % 250 + 1) }] } }));
    }
    for at in 0..=services {
        let is_dns = at == services;
        let (namespace, name) =
            if is_dns { ("kube-system", "kube-dns".to_owned()) } else { ("shop", format!("svc-{at}")) };
        let (port, protocol) = if is_dns { (53, "UDP") } else { (80, "TCP") };
        let mut spec = json!({ "clusterIP": format!("10.96.{}.{}", at / 250 + 1, at % 250 + 1), "ports": [{ "name": "main", "port": port, "protocol": protocol, "targetPort": 8080 }] });
        if at % 4 == 1 {
            spec["type"] = json!("NodePort");
            spec["ports"][0]["nodePort"] = json!(30_000 + at);
            spec["externalTrafficPolicy"] = json!("Local");
        }
        add(
            &json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": namespace }, "spec": spec }),
        );
        let endpoint = |index: usize| {
            let node = (at * 7 + index * 13) % nodes;
            json!({ "addresses": [pod(node, at % 200)], "nodeName": self::name(node), "conditions": { "ready": true } })
        };
        add(&json!({ "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": { "name": format!("{name}-1"), "namespace": namespace, "labels": { "kubernetes.io/service-name": name } },
            "addressType": "IPv4", "ports": [{ "name": "main", "port": 8080, "protocol": protocol }],
            "endpoints": (0..3.min(nodes)).map(endpoint).collect::<Vec<_>>() }));
    }
    text
}

impl Synthetic {
    /// A fleet whose nodes are all as they should be.
    pub(crate) fn new(nodes: usize, services: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("cluster.yaml"), cluster(nodes, services)).expect("a file");
        fs::write(folder.path().join("kube-proxy.yaml"), CONFIG).expect("a file");
        let fleet = Self { folder, names: (0..nodes).map(name).collect() };
        fs::create_dir(fleet.path("dumps")).expect("a folder");
        let (parsed, setup) = fleet.parsed();
        for (at, name) in fleet.names.iter().enumerate() {
            fleet.write_dump(at, name, &parsed, &setup);
        }
        fleet
    }

    /// The objects, read once, and the setup of any node.
    pub(crate) fn parsed(&self) -> (Parsed, Setup) {
        let mut sources = Sources::default();
        sources.read_file(&self.path("cluster.yaml")).expect("it can be read");
        let setup = Setup::default().config(Config::parse(CONFIG).expect("a configuration"));
        (Loaded::new(sources).parse(&setup), setup)
    }

    fn write_dump(&self, at: usize, name: &str, parsed: &Parsed, setup: &Setup) {
        let compiled = parsed.clone().compile_for(&setup.clone().on_node(name));
        if name.starts_with("linux") {
            let text = Family::ALL.map(|family| {
                let mut rules = iptables::lower(&compiled.rules, family);
                iptables::jumps::include(&mut rules);
                iptables::write(&rules)
            });
            fs::write(self.path(&format!("dumps/{name}.save")), &text[0]).expect("a file");
            return;
        }
        let local = compiled
            .cluster
            .backends
            .iter()
            .filter(|backend| backend.node.as_ref().is_some_and(|of| of.as_str() == name));
        let mut addresses: Vec<String> =
            local.filter_map(|backend| backend.address.ip()).map(|ip| ip.to_string()).collect();
        addresses.sort();
        addresses.dedup();
        let network = format!("7a3c0e52-91d4-4b8e-a1c6-{at:012x}");
        let endpoints: Vec<Value> = addresses
            .iter()
            .enumerate()
            .map(|(number, ip)| {
                json!({ "ID": format!("5c1e9a70-{number:04x}-4f62-8e17-{at:012x}"), "Name": format!("pod-{number}"),
                    "HostComputeNetwork": network, "MacAddress": format!("00-15-5D-00-{:02X}-{number:02X}", at % 256),
                    "IpConfigurations": [{ "IpAddress": ip, "PrefixLength": 24 }], "SchemaVersion": { "Major": 2, "Minor": 0 } })
            })
            .collect();
        let before = json!({ "Endpoints": endpoints, "LoadBalancers": [], "Networks": [{ "ID": network, "Name": "cbr0", "Type": "L2Bridge",
            "Ipams": [{ "Type": "Static", "Subnets": [{ "IpAddressPrefix": format!("10.{}.{}.0/24", 64 + at / 256, at % 256) }] }],
            "SchemaVersion": { "Major": 2, "Minor": 0 } }], "Version": { "Major": 13, "Minor": 2 } });
        let (before, problems) = read::read(&before.to_string());
        assert!(problems.is_empty(), "{problems:?}");
        let plan = plan_rules(&compiled.rules, Some(&before), Semantics::KubeProxy, &PlanOptions::default());
        let state = plan.after(&compiled.rules, Some(&before)).state;
        fs::create_dir(self.path(&format!("dumps/{name}"))).expect("a folder");
        fs::write(self.dump(name), write::state(&state)).expect("a file");
    }

    /// A file of the fleet.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file with the dump of a node.
    pub(crate) fn dump(&self, name: &str) -> PathBuf {
        let file = if name.starts_with("linux") {
            format!("dumps/{name}.save")
        } else {
            format!("dumps/{name}/state.json")
        };
        self.path(&file)
    }

    /// Changes what a Windows node holds.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let text = fs::read_to_string(self.dump(name)).expect("a dump");
        let mut state = serde_json::from_str(&text).expect("it is JSON");
        change(&mut state);
        fs::write(self.dump(name), state.to_string()).expect("a file");
    }

    /// Changes the rules of a Linux node.
    pub(crate) fn change_text(&self, name: &str, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(self.dump(name)).expect("a dump");
        let changed = change(text.clone());
        assert!(text != changed, "{name}: nothing was changed");
        fs::write(self.dump(name), changed).expect("a file");
    }
}
