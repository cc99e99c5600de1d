//! A small generator of clusters, as `kubectl get nodes,services,endpointslices -A` prints them.
//!
//! Same numbers, same bytes. All features that rules depend on occur, about as often as in real clusters.

use serde_json::{Value, json};

/// How large a cluster is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Number of Services.
    pub(crate) services: u32,
    /// Endpoints of a Service, on average.
    pub(crate) endpoints: u32,
    /// Number of Nodes.
    pub(crate) nodes: u32,
}

/// The text of a `v1 List`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    /// As `-o yaml` prints it.
    Yaml,
    /// As `-o json` prints it.
    Json,
}

/// Writes a cluster.
pub(crate) fn write(size: Size, format: Format) -> String {
    let items = objects(size);
    match format {
        Format::Yaml => {
            let mut text = String::from("apiVersion: v1\nitems:\n");
            for item in items {
                let item = serde_yaml::to_string(&item).expect("the item has text keys");
                for (number, line) in item.lines().enumerate() {
                    text.push_str(if number == 0 { "- " } else { "  " });
                    text.push_str(line);
                    text.push('\n');
                }
            }
            text.push_str("kind: List\nmetadata:\n  resourceVersion: \"\"\n");
            text
        }
        Format::Json => {
            let mut text = String::from("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n");
            for (number, item) in items.enumerate() {
                text.push_str(if number == 0 { "        " } else { ",\n        " });
                text.push_str(&indented(&item).replace('\n', "\n        "));
            }
            text.push_str("\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {}\n}\n");
            text
        }
    }
}

fn indented(item: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    serde::Serialize::serialize(item, &mut serializer).expect("a value is JSON");
    String::from_utf8(bytes).expect("JSON is text")
}

/// A sequence of numbers that looks random (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.roll() % u64::from(bound.max(1))).expect("below a u32")
    }

    /// True in so many of a hundred cases.
    fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }
}

fn objects(size: Size) -> impl Iterator<Item = Value> {
    let nodes = (0..size.nodes).map(node);
    let mut dice = Dice(7);
    nodes.chain((0..size.services).flat_map(move |number| service(number, size, &mut dice)))
}

fn node_name(number: u32) -> String {
    format!("node-{number:04}")
}

fn zone(number: u32) -> &'static str {
    ["zone-a", "zone-b", "zone-c"][number as usize % 3]
}

fn node(number: u32) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": node_name(number), "labels": { "topology.kubernetes.io/zone": zone(number) } },
        "spec": { "podCIDRs": [format!("10.{}.{}.0/24", 128 + number / 256, number % 256)] },
        "status": { "addresses": [
            { "address": format!("172.20.{}.{}", number / 250, number % 250 + 4), "type": "InternalIP" },
        ] },
    })
}

fn service(number: u32, size: Size, dice: &mut Dice) -> [Value; 2] {
    let (namespace, name) = (format!("team-{:02}", number % 37), format!("svc-{number:06}"));
    let type_ = match dice.below(10) {
        0 => "NodePort",
        1 => "LoadBalancer",
        _ => "ClusterIP",
    };
    let external = type_ != "ClusterIP";
    let protocol = if dice.percent(12) { "UDP" } else { "TCP" };
    let mut port = json!({ "name": "p0", "port": 80, "protocol": protocol, "targetPort": 8080 });
    if external {
        port["nodePort"] = json!(30000 + number % 2768);
    }
    let ip = format!("10.{}.{}.{}", 96 + number / 65536, number / 256 % 256, number % 256);
    let mut spec = json!({
        "clusterIP": ip, "clusterIPs": [ip], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": if dice.percent(5) { "Local" } else { "Cluster" },
        "ports": [port], "selector": { "app.kubernetes.io/instance": name }, "type": type_,
        "sessionAffinity": if dice.percent(10) { "ClientIP" } else { "None" },
    });
    let mut status = json!({ "loadBalancer": {} });
    if external {
        spec["externalTrafficPolicy"] = json!(if dice.percent(35) { "Local" } else { "Cluster" });
    }
    if type_ == "LoadBalancer" {
        let vip = format!("198.{}.{}.{}", 18 + number / 65536, number / 256 % 256, number % 256);
        status = json!({ "loadBalancer": { "ingress": [{ "ip": vip, "ipMode": "VIP" }] } });
        if dice.percent(25) {
            spec["loadBalancerSourceRanges"] = json!(["198.51.100.0/24", "203.0.113.0/24"]);
        }
    }
    let labels = json!({ "app.kubernetes.io/instance": name, "app.kubernetes.io/managed-by": "Helm" });
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "spec": spec, "status": status,
        "metadata": {
            "annotations": { "meta.helm.sh/release-name": name }, "creationTimestamp": "2026-03-04T05:06:07Z",
            "labels": labels, "name": name, "namespace": namespace, "resourceVersion": dice.roll().to_string(),
        },
    });
    [service, slice(&namespace, &name, protocol, size, dice)]
}

fn slice(namespace: &str, name: &str, protocol: &str, size: Size, dice: &mut Dice) -> Value {
    let hints = dice.percent(20);
    let count = if dice.percent(3) { 0 } else { 1 + dice.below(2 * size.endpoints - 1) };
    let endpoints: Vec<Value> = (0..count).map(|_| endpoint(namespace, name, hints, size, dice)).collect();
    json!({
        "addressType": "IPv4", "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "endpoints": endpoints, "ports": [{ "name": "p0", "port": 8080, "protocol": protocol }],
        "metadata": {
            "creationTimestamp": "2026-03-04T05:06:07Z", "name": format!("{name}-{:05x}", dice.below(1 << 20)),
            "labels": {
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": name,
            },
            "namespace": namespace, "resourceVersion": dice.roll().to_string(),
        },
    })
}

fn endpoint(namespace: &str, name: &str, hints: bool, size: Size, dice: &mut Dice) -> Value {
    let node = dice.below(size.nodes);
    let (ready, terminating) = (!dice.percent(6), dice.percent(3));
    let address = format!("10.{}.{}.{}", 128 + node / 256, node % 256, 4 + dice.below(250));
    let mut endpoint = json!({
        "addresses": [address], "nodeName": node_name(node), "zone": zone(node),
        "conditions": { "ready": ready && !terminating, "serving": ready, "terminating": terminating },
        "targetRef": { "kind": "Pod", "name": format!("{name}-{:010x}", dice.roll() >> 24), "namespace": namespace },
    });
    if hints {
        endpoint["hints"] = json!({ "forZones": [{ "name": zone(node) }] });
    }
    endpoint
}
