//! A side of HNS as text in normal order.

use super::member::MemberName;
use super::side::HnsSide;
use crate::answer::artifact::Artifact;
use crate::answer::directory::Directory;
use crate::name::printable;
use crate::platform::hns::model::{Endpoint, IpConfiguration, LoadBalancer};

impl HnsSide {
    /// The text of the side. What has no meaning is left out or in an order of its own: ids, the order of load
    /// balancers and their members.
    #[must_use]
    pub fn artifacts(&self) -> Vec<Artifact> {
        let texts: Vec<String> = objects(self, None).into_iter().map(|object| object.text).collect();
        vec![Artifact::new("hns.json", texts.concat())]
    }

    /// The same with the service ports that each object is for.
    #[must_use]
    pub fn labelled_artifacts(&self, directory: &Directory<'_>) -> Vec<Artifact> {
        let objects = objects(self, Some(directory));
        let mut line = 0;
        let parts = objects.iter().map(|object| {
            let at = line;
            line += object.text.lines().count();
            (at, object.services.join(", "))
        });
        let parts = parts.collect();
        let texts: Vec<&str> = objects.iter().map(|object| &*object.text).collect();
        vec![Artifact::new("hns.json", texts.concat()).with_parts(parts)]
    }
}

/// An object as text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ObjectText {
    place: String,
    text: String,
    services: Vec<String>,
}

/// The objects as HCN gets them, without ids, members by their addresses.
fn objects(side: &HnsSide, directory: Option<&Directory<'_>>) -> Vec<ObjectText> {
    let mut objects: Vec<ObjectText> = Vec::new();
    for balancer in &side.balancers {
        let members = balancer.members.iter().map(|member| match (&member.name, member.is_remote) {
            (MemberName::At(address), Some(true)) => format!("remote:{}", printable(&address.to_string())),
            // What is local has no mark in a dump.
            (MemberName::At(address), Some(false) | None) => {
                format!("local:{}", printable(&address.to_string()))
            }
            (name, _) => name.to_string(),
        });
        let mut object = LoadBalancer { id: None, endpoints: Vec::new(), ..balancer.object.clone() };
        object.source_vip = object.source_vip.filter(|_| side.is_overlay);
        let mut text = serde_json::to_value(&object).expect("texts and numbers are JSON");
        text["HostComputeEndpoints"] = members.collect::<Vec<_>>().into();
        objects.push(ObjectText {
            place: format!("a {:?} {}", balancer.key, balancer.number),
            text: pretty(&text) + "\n",
            services: directory.map(|directory| balancer.services(directory)).unwrap_or_default(),
        });
    }
    for known in side.endpoints.iter().filter(|known| known.object.is_remote()) {
        let addresses = known.object.addresses().cloned();
        let addresses = addresses.map(|ip_address| IpConfiguration { ip_address, prefix_length: 0 });
        let object = Endpoint {
            id: None,
            network: None,
            name: Box::default(),
            mac_address: None,
            ip_configurations: addresses.collect(),
            ..known.object.clone()
        };
        objects.push(ObjectText {
            place: format!("b {} {}", known.address, known.number),
            text: pretty(&object) + "\n",
            services: directory.map(|directory| known.services(directory)).unwrap_or_default(),
        });
    }
    objects.sort_unstable();
    objects
}

fn pretty(object: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(object).expect("texts and numbers are JSON")
}
