//! Pods and Nodes, as far as the EndpointSlice controller reads them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;

use crate::diagnostics::{Diagnostic, in_plain_words};
use crate::fill::codes;
use crate::manifest::{AnyObject, labels};
use crate::name::printable;
use crate::net::parse_ip;
use crate::source::Origin;

/// The annotation of objects that are made here.
pub(super) const ASSUMED: &str = "hnsplan.io/assumed";

/// A pod, as it is in a cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pod {
    /// The pod, or the workload that it was made of.
    pub(super) origin: Origin,
    /// Whether it was made of a workload.
    pub(super) is_assumed: bool,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: Option<String>,
    pub(super) labels: Arc<BTreeMap<String, String>>,
    pub(super) is_deleted: bool,
    pub(super) spec: PodSpec,
    /// `Succeeded` and `Failed` pods serve nothing.
    pub(super) is_finished: bool,
    pub(super) is_ready: bool,
    /// Its addresses, as the controller reads them.
    pub(super) ips: Vec<IpAddr>,
}

/// `spec` of a pod or of a template.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "WrittenPodSpec")]
pub(super) struct PodSpec {
    pub(super) node_name: Option<String>,
    pub(super) hostname: Option<String>,
    pub(super) subdomain: Option<String>,
    pub(super) host_network: Option<bool>,
    /// Whether the pod says on which operating system it runs.
    pub(super) names_system: bool,
    /// What all pods of one template have in common.
    containers: Arc<Containers>,
}

/// `spec` as it is written.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WrittenPodSpec {
    node_name: Option<String>,
    hostname: Option<String>,
    subdomain: Option<String>,
    host_network: Option<bool>,
    os: Option<Os>,
    node_selector: Option<BTreeMap<String, Value>>,
    containers: Option<Vec<Container>>,
    init_containers: Option<Vec<Container>>,
}

/// The containers of a pod.
#[derive(Debug, Default, PartialEq)]
struct Containers {
    main: Vec<Container>,
    init: Vec<Container>,
}

impl From<WrittenPodSpec> for PodSpec {
    fn from(spec: WrittenPodSpec) -> Self {
        let WrittenPodSpec {
            node_name,
            hostname,
            subdomain,
            host_network,
            os,
            node_selector,
            containers,
            init_containers,
        } = spec;
        let names_system = os.is_some_and(|os| os.name.is_some())
            || node_selector.is_some_and(|labels| labels.contains_key("kubernetes.io/os"));
        let containers =
            Containers { main: containers.unwrap_or_default(), init: init_containers.unwrap_or_default() };
        Self { node_name, hostname, subdomain, host_network, names_system, containers: Arc::new(containers) }
    }
}

/// The operating system that a pod asks for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Os {
    name: Option<String>,
}

/// A container and its ports.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    restart_policy: Option<String>,
    ports: Option<Vec<ContainerPort>>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerPort {
    name: Option<String>,
    #[serde(rename = "containerPort")]
    number: Option<i64>,
    host_port: Option<i64>,
    protocol: Option<String>,
}

/// A port that a container declares.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeclaredPort<'p> {
    /// The list of the container, its place there, and that of the port in it.
    at: (&'static str, usize, usize),
    pub(super) name: Option<&'p str>,
    pub(super) number: Option<u16>,
    pub(super) host_port: Option<u16>,
    pub(super) protocol: &'p str,
}

impl DeclaredPort<'_> {
    /// Its path in the manifest of the pod, or of the workload that the pod was made of.
    pub(super) fn path(&self, pod: &Pod) -> String {
        let spec = if pod.is_assumed { "spec.template.spec" } else { "spec" };
        let (list, container, port) = self.at;
        format!("{spec}.{list}[{container}].ports[{port}]")
    }
}

/// `status` of a pod.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: Option<String>,
    conditions: Option<Vec<Condition>>,
    #[serde(rename = "podIP")]
    pod_ip: Option<String>,
    #[serde(rename = "podIPs")]
    pod_ips: Option<Vec<PodIp>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    type_: String,
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodIp {
    ip: String,
}

/// A pod, or a workload, of which a field has another type than Kubernetes gives it.
pub(super) fn unreadable(
    kind: &'static str,
    object: &AnyObject,
    field: &'static str,
    error: &serde_json::Error,
) -> Diagnostic {
    Diagnostic::new(codes::POD_UNREADABLE, printable(&in_plain_words(&error.to_string())))
        .about(object.reference(kind))
        .at(object.origin.field(field))
}

/// The field at a path with the type that Kubernetes gives it; `None` where it is not given.
pub(super) fn typed<'v, T: Deserialize<'v>>(
    object: &'v AnyObject,
    path: &[&str],
) -> Result<Option<T>, serde_json::Error> {
    object.get(path).map(Option::<T>::deserialize).transpose().map(Option::flatten)
}

impl Pod {
    /// Reads a pod.
    ///
    /// # Errors
    /// When a field has another type than Kubernetes gives it.
    pub(super) fn read(object: &AnyObject) -> Result<Self, serde_json::Error> {
        let status: Status = typed(object, &["status"])?.unwrap_or_default();
        let conditions = status.conditions.unwrap_or_default();
        let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
        Ok(Self {
            origin: object.origin,
            is_assumed: object.text(&["metadata", "annotations", ASSUMED]) == "pod",
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            uid: object.get(&["metadata", "uid"]).and_then(Value::as_str).map(str::to_owned),
            labels: Arc::new(labels(object.get(&["metadata", "labels"]))),
            is_deleted: object.get(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_null()),
            spec: typed(object, &["spec"])?.unwrap_or_default(),
            is_finished: matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")),
            is_ready: ready.is_some_and(|ready| ready.status == "True"),
            ips: addresses(status.pod_ip, status.pod_ips),
        })
    }

    /// The number of a port by its name.
    pub(super) fn port(&self, name: &str, protocol: &str) -> Option<u16> {
        let mut ports = self.ports();
        ports.find(|port| port.name == Some(name) && port.protocol == protocol).and_then(|port| port.number)
    }

    /// The ports that its containers declare: of containers first, then of sidecars, each in their order.
    pub(super) fn ports(&self) -> impl Iterator<Item = DeclaredPort<'_>> {
        fn numbered<'c>(
            list: &'static str,
            all: &'c [Container],
        ) -> impl Iterator<Item = (&'static str, usize, &'c Container)> {
            all.iter().enumerate().map(move |(at, container)| (list, at, container))
        }
        let sidecars = numbered("initContainers", &self.spec.containers.init);
        let sidecars = sidecars.filter(|(.., of)| of.restart_policy.as_deref() == Some("Always"));
        let containers = numbered("containers", &self.spec.containers.main).chain(sidecars);
        containers.flat_map(|(list, container, of)| {
            of.ports.iter().flatten().enumerate().map(move |(index, port)| DeclaredPort {
                at: (list, container, index),
                name: port.name.as_deref(),
                number: port.number.and_then(|number| u16::try_from(number).ok()),
                host_port: port
                    .host_port
                    .and_then(|number| u16::try_from(number).ok())
                    .filter(|port| *port > 0),
                protocol: port.protocol.as_deref().unwrap_or("TCP"),
            })
        })
    }

    /// Whether it has all labels of a selector.
    pub(super) fn matches(&self, selector: &BTreeMap<String, String>) -> bool {
        selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }
}

/// `podIP` counts, and `podIPs` where they begin with it.
fn addresses(pod_ip: Option<String>, pod_ips: Option<Vec<PodIp>>) -> Vec<IpAddr> {
    let many: Vec<String> = pod_ips.into_iter().flatten().map(|ip| ip.ip).collect();
    let texts = match pod_ip.filter(|ip| !ip.is_empty()) {
        Some(ip) if many.first() != Some(&ip) => vec![ip],
        _ => many,
    };
    texts.iter().filter_map(|text| parse_ip(text)).collect()
}

/// A node, as far as endpoints hang on it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// `topology.kubernetes.io/zone`, if it is not empty.
    pub(super) zone: Option<String>,
    /// Ready, and not of the control plane: it counts for hints by topology.
    pub(super) counts: bool,
    /// Allocatable CPU, in thousandths.
    pub(super) milli_cpu: Option<u64>,
}

impl Node {
    /// Reads a node.
    pub(super) fn read(object: &AnyObject) -> Self {
        let labels = labels(object.get(&["metadata", "labels"]));
        let is_control_plane = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"]
            .into_iter()
            .any(|role| labels.contains_key(role));
        let conditions = object.get(&["status", "conditions"]).and_then(Value::as_array);
        let is_ready = conditions.into_iter().flatten().any(|condition| {
            condition.get("type").and_then(Value::as_str) == Some("Ready")
                && condition.get("status").and_then(Value::as_str) == Some("True")
        });
        Self {
            zone: labels.get("topology.kubernetes.io/zone").filter(|zone| !zone.is_empty()).cloned(),
            counts: is_ready && !is_control_plane,
            milli_cpu: object.get(&["status", "allocatable", "cpu"]).and_then(milli),
        }
    }
}

/// A quantity of CPU in thousandths: `4`, `3920m`, `0.5`. Zero counts as absent.
fn milli(value: &Value) -> Option<u64> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let milli = if let Some(milli) = text.strip_suffix('m') {
        milli.parse().ok()?
    } else {
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let part = format!("{part:0<3}").get(..3)?.parse::<u64>().ok()?;
        whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(part)?
    };
    Some(milli).filter(|milli| *milli > 0)
}

/// The nodes of the cluster by name.
pub(super) type Nodes = BTreeMap<String, Node>;

/// The pods of a cluster, to be found by a label.
pub(super) struct Pods<'p> {
    all: &'p [Pod],
    by_label: FxHashMap<(&'p str, &'p str, &'p str), Vec<usize>>,
}

impl<'p> Pods<'p> {
    pub(super) fn new(all: &'p [Pod]) -> Self {
        let mut by_label: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for (index, pod) in all.iter().enumerate() {
            for (key, value) in &*pod.labels {
                by_label.entry((&*pod.namespace, &**key, &**value)).or_default().push(index);
            }
        }
        Self { all, by_label }
    }

    /// All of them, in their order.
    pub(super) fn all(&self) -> &'p [Pod] {
        self.all
    }

    /// The pods of a namespace that a selector selects, in their order.
    pub(super) fn selected<'s>(
        &'s self,
        namespace: &'s str,
        selector: &'s BTreeMap<String, String>,
    ) -> impl Iterator<Item = &'p Pod> + 's {
        let lists = selector.iter().map(|(key, value)| {
            self.by_label.get(&(namespace, &**key, &**value)).map_or(&[][..], Vec::as_slice)
        });
        let shortest = lists.min_by_key(|list| list.len()).unwrap_or_default();
        shortest.iter().map(|index| &self.all[*index]).filter(move |pod| pod.matches(selector))
    }
}
