//! From objects before and after to a model, and the objects of its pods.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::{Value, json};

use super::change::Change;
use super::cluster::Cluster;
use super::disruption::budgets;
use super::ending;
use super::model::{Drain, Model, Pod, Revision, Workload};
use super::objects::{Key, is_of, is_ready, is_running, ordinal, pods_of, set, workloads};
use super::selected::pools;
use super::strategy::Strategy;
use crate::manifest::AnyObject;
use crate::net::parse_ip;

/// A model, and what its pods are.
pub(super) struct Built {
    pub(super) model: Model,
    /// The object of each pod of the model, ready.
    pub(super) pods: Vec<AnyObject>,
    /// The pods that stay, before the change and after it.
    pub(super) others: [Vec<AnyObject>; 2],
    /// What is not looked at.
    pub(super) notes: Vec<String>,
}

struct Builder<'c> {
    before: &'c [AnyObject],
    after: &'c [AnyObject],
    built: Built,
    names: BTreeSet<(String, String)>,
    addresses: BTreeSet<IpAddr>,
}

/// The model of a change.
pub(super) fn build(cluster: &Cluster, change: &Change) -> Built {
    let (before, after) = (&cluster.before.objects[..], &cluster.after.objects[..]);
    let pods = || before.iter().filter(|object| is_of(object, "Pod"));
    let mut builder = Builder {
        before,
        after,
        built: Built {
            model: Model::default(),
            pods: Vec::new(),
            others: Default::default(),
            notes: Vec::new(),
        },
        names: pods().map(name_of).collect(),
        addresses: pods().flat_map(addresses_of).collect(),
    };
    let nodes = before.iter().chain(after).filter(|object| is_of(object, "Node"));
    let nodes: BTreeSet<String> = nodes.map(|node| node.name().to_owned()).collect();
    builder.built.model.nodes = nodes.into_iter().collect();
    let touched = change.touched(before, after);
    let (old, new) = (workloads(before), workloads(after));
    for key in &touched {
        builder.workload(key, old.get(key).copied(), new.get(key).copied(), change);
    }
    builder.others(&touched, &old, &new);
    let mut built = builder.built;
    if let Some(node) = &change.drain
        && let Some(node) = built.model.nodes.iter().position(|of| of == node)
    {
        let all: Vec<&AnyObject> = built.pods.iter().collect();
        built.model.drain =
            Some(Drain { node, budgets: budgets(after, &all, &built.others[1], &built.model) });
    }
    built.model.pools = pools(after, &built.model, &built.pods, &built.others[1]);
    built.notes.extend(ending::notes(&built.model, &built.pods));
    built
}

impl Builder<'_> {
    fn workload(&mut self, key: &Key, old: Option<&AnyObject>, new: Option<&AnyObject>, change: &Change) {
        let there: Vec<&AnyObject> = old.map(|old| pods_of(old, self.before)).unwrap_or_default();
        let made: Vec<&AnyObject> = new.map(|new| pods_of(new, self.after)).unwrap_or_default();
        let of = new.or(old).expect("it is before or after");
        let has_new_template = old.zip(new).is_some_and(|(old, new)| old.get(TEMPLATE) != new.get(TEMPLATE));
        let written = new.map(|new| new.get(&["spec", "replicas"]).and_then(Value::as_u64));
        let replicas = match written {
            None => 0,
            Some(Some(written)) if key.kind != "DaemonSet" => {
                usize::try_from(written).unwrap_or(usize::MAX).min(made.len().max(there.len()))
            }
            Some(_) => made.len(),
        };
        let strategy = Strategy::of(of, key.kind, replicas);
        if has_new_template && !strategy.replaces() {
            let name = key.full_name();
            let note =
                format!("{} {name}: its pods get the new template when someone deletes them", key.kind);
            self.built.notes.push(note);
        }
        let has_new_revision = has_new_template && strategy.replaces();
        let workload = self.built.model.workloads.len();
        let first = self.built.model.pods.len();
        let start = of.get(&["spec", "ordinals", "start"]).and_then(Value::as_u64).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or_default();
        let slot = |at: usize, pod: &AnyObject, node: usize| match key.kind {
            "StatefulSet" => ordinal(pod.name()).and_then(|of| of.checked_sub(start)).unwrap_or(at),
            "DaemonSet" => node,
            _ => at,
        };
        for (at, pod) in there.iter().enumerate() {
            let node = self.node(pod);
            self.add(workload, slot(at, pod, node), Revision::Old, (*pod).clone(), true);
        }
        // Pods that are made of the old template: more of them, or others in place of those that are evicted.
        for (at, pod) in made.iter().enumerate() {
            let is_evicted = || {
                let of = there.get(at).map(|pod| pod.text(&["spec", "nodeName"]));
                key.kind != "DaemonSet" && of.is_some() && of == change.drain.as_deref()
            };
            let is_more =
                at >= there.len() && !(has_new_revision && (key.kind == "DaemonSet" || there.is_empty()));
            if is_more || is_evicted() {
                let template = there.first().copied().filter(|_| has_new_template).unwrap_or(pod);
                let pod = self.fresh(key, &placed_as(template, pod));
                let node = self.node(&pod);
                self.add(workload, slot(at, &pod, node), Revision::Old, pod, false);
            }
        }
        for (at, pod) in made.iter().enumerate().filter(|_| has_new_revision) {
            let pod = self.fresh(key, pod);
            let node = self.node(&pod);
            self.add(workload, slot(at, &pod, node), Revision::New, pod, false);
        }
        self.note_what_is_not_looked_at(key, of);
        let grace = of.get(&["spec", "template", "spec", "terminationGracePeriodSeconds"]);
        self.built.model.workloads.push(Workload {
            kind: key.kind,
            name: key.full_name(),
            strategy,
            replicas,
            has_new_revision,
            min_ready: of.get(&["spec", "minReadySeconds"]).and_then(Value::as_u64).unwrap_or_default(),
            has_grace: grace.and_then(Value::as_u64) != Some(0),
            pods: (first..self.built.model.pods.len()).collect(),
        });
    }

    fn node(&mut self, pod: &AnyObject) -> usize {
        let name = pod.text(&["spec", "nodeName"]);
        let nodes = &mut self.built.model.nodes;
        nodes.iter().position(|node| node == name).unwrap_or_else(|| {
            nodes.push(name.to_owned());
            nodes.len() - 1
        })
    }

    fn add(&mut self, workload: usize, slot: usize, revision: Revision, pod: AnyObject, is_there: bool) {
        let node = self.node(&pod);
        let is_ready = is_ready(&pod);
        let name = pod.name().to_owned();
        self.built.model.pods.push(Pod { name, workload, slot, revision, node, is_there, is_ready });
        self.built.pods.push(pod);
    }

    /// A pod that is made beside those that there are: with a name and addresses of its own.
    fn fresh(&mut self, key: &Key, pod: &AnyObject) -> AnyObject {
        let mut pod = pod.clone();
        let name = pod.name().to_owned();
        if key.kind != "StatefulSet" {
            let number = name.strip_prefix(&format!("{}-", key.name)).unwrap_or(&name).to_owned();
            let names = std::iter::once(name.clone()).chain((1..).map(|try_| match try_ {
                1 => format!("{}-new-{number}", key.name),
                _ => format!("{}-new{try_}-{number}", key.name),
            }));
            let namespace = pod.namespace().to_owned();
            let mut free = names.filter(|name| !self.names.contains(&(namespace.clone(), name.clone())));
            let name = free.next().unwrap_or(name);
            set(&mut pod.fields, &["metadata", "name"], name.as_str().into());
            self.names.insert((namespace, name));
        }
        if pod.get(&["spec", "hostNetwork"]) != Some(&Value::Bool(true)) {
            let ips: Vec<IpAddr> = addresses_of(&pod).map(|ip| self.free(ip)).collect();
            self.addresses.extend(&ips);
            if let Some(first) = ips.first() {
                set(&mut pod.fields, &["status", "podIP"], json!(first));
                let all: Vec<Value> = ips.iter().map(|ip| json!({"ip": ip})).collect();
                set(&mut pod.fields, &["status", "podIPs"], all.into());
            }
        }
        pod
    }

    /// The address, or the next one beside it that no pod has.
    fn free(&self, ip: IpAddr) -> IpAddr {
        let moved = |by: u8| match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                // Neither the network's own address and its gateway's nor the broadcast address.
                let host = 2 + (d.wrapping_sub(2).wrapping_add(by)) % 253;
                IpAddr::from([a, b, c, host])
            }
            IpAddr::V6(ip) => {
                let mut octets = ip.octets();
                octets[15] = octets[15].wrapping_add(by);
                IpAddr::from(octets)
            }
        };
        (0..=u8::MAX).map(moved).find(|ip| !self.addresses.contains(ip)).unwrap_or(ip)
    }

    /// The pods that stay, and those by themselves that go or come with the manifests.
    fn others(
        &mut self,
        touched: &BTreeSet<Key>,
        old: &BTreeMap<Key, &AnyObject>,
        new: &BTreeMap<Key, &AnyObject>,
    ) {
        let owned = |objects: &[AnyObject], of: &BTreeMap<Key, &AnyObject>| {
            let mut owned: BTreeMap<(String, String), bool> = BTreeMap::new();
            for (key, workload) in of {
                for pod in pods_of(workload, objects) {
                    owned.entry(name_of(pod)).or_insert_with(|| touched.contains(key));
                }
            }
            owned
        };
        let (owned_before, owned_after) = (owned(self.before, old), owned(self.after, new));
        let pods = |objects: &[AnyObject]| -> Vec<AnyObject> {
            objects.iter().filter(|object| is_of(object, "Pod") && is_running(object)).cloned().collect()
        };
        let mut before = pods(self.before);
        before.retain(|pod| owned_before.get(&name_of(pod)) != Some(&true));
        let of_after = pods(self.after);
        let names: BTreeSet<_> = of_after.iter().map(name_of).collect();
        let mut after = before.clone();
        after.retain(|pod| owned_before.contains_key(&name_of(pod)) || names.contains(&name_of(pod)));
        let known: BTreeSet<_> = before.iter().map(name_of).collect();
        let is_new =
            |pod: &AnyObject| !owned_after.contains_key(&name_of(pod)) && !known.contains(&name_of(pod));
        after.extend(of_after.into_iter().filter(is_new));
        self.built.others = [before, after];
    }

    fn note_what_is_not_looked_at(&mut self, key: &Key, of: &AnyObject) {
        let spec = |path: &[&str]| of.get(&[TEMPLATE, &["spec"], path].concat()).is_some();
        let containers = of.get(&[TEMPLATE, &["spec", "containers"]].concat()).and_then(Value::as_array);
        let has_host_port = containers.into_iter().flatten().any(|container| {
            container["ports"].as_array().into_iter().flatten().any(|port| port["hostPort"].is_number())
        });
        let parts = [
            (spec(&["affinity", "podAntiAffinity"]), "podAntiAffinity"),
            (spec(&["topologySpreadConstraints"]), "topologySpreadConstraints"),
            (has_host_port || spec(&["hostNetwork"]), "ports on the host"),
        ];
        let parts: Vec<&str> = parts.iter().filter(|(is, _)| *is).map(|(_, part)| *part).collect();
        if !parts.is_empty() {
            self.built.notes.push(format!(
                "{} {}: {} can keep new pods from a node where old ones are, which is not looked at",
                key.kind,
                key.full_name(),
                parts.join(" and ")
            ));
        }
    }
}

const TEMPLATE: &[&str] = &["spec", "template"];

fn name_of(pod: &AnyObject) -> (String, String) {
    (pod.namespace().to_owned(), pod.name().to_owned())
}

fn addresses_of(pod: &AnyObject) -> impl Iterator<Item = IpAddr> + '_ {
    let many = pod.get(&["status", "podIPs"]).and_then(Value::as_array);
    let texts: Vec<&str> = match many {
        Some(many) => many.iter().filter_map(|of| of["ip"].as_str()).collect(),
        None => vec![pod.text(&["status", "podIP"])],
    };
    texts.into_iter().filter_map(parse_ip)
}

/// A pod of one template where another one would be.
fn placed_as(template: &AnyObject, place: &AnyObject) -> AnyObject {
    let mut pod = template.clone();
    for path in [&["metadata", "name"][..], &["spec", "nodeName"], &["status"]] {
        if let Some(value) = place.get(path) {
            set(&mut pod.fields, path, value.clone());
        }
    }
    pod
}
