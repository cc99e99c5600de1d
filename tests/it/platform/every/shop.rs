//! The shop of the examples on its node, with some of its objects changed or left out.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::case::fixtures;
use crate::support::run::Run;
use hnsplan::pipeline::Compiled;

/// A variant of the shop.
#[derive(Debug, Clone, Default)]
pub(super) struct Shop {
    changes: Vec<(Index, Change)>,
}

/// What becomes of an object.
#[derive(Debug, Clone)]
enum Change {
    LeftOut,
    /// A member of the specification of a Service, with another value.
    Set(&'static str, Value),
    /// One of the endpoints of a slice is not there.
    WithoutEndpoint(Index),
}

pub(super) fn shop() -> impl Strategy<Value = Shop> {
    let set = select(vec![
        ("sessionAffinity", json!("ClientIP")),
        ("internalTrafficPolicy", json!("Local")),
        ("externalTrafficPolicy", json!("Local")),
        ("externalTrafficPolicy", json!("Cluster")),
        ("externalIPs", json!(["192.0.2.7"])),
        ("loadBalancerSourceRanges", json!(["203.0.113.0/24"])),
    ]);
    let change = prop_oneof![
        2 => Just(Change::LeftOut),
        3 => set.prop_map(|(member, value)| Change::Set(member, value)),
        3 => any::<Index>().prop_map(Change::WithoutEndpoint),
    ];
    vec((any::<Index>(), change), 0..5).prop_map(|changes| Shop { changes })
}

impl Shop {
    pub(super) fn run(&self) -> Run {
        let read = |name: &str| std::fs::read_to_string(fixtures().join("shop").join(name)).expect("text");
        let text = read("cluster.yaml");
        let mut objects: Vec<Value> = serde_yaml::Deserializer::from_str(&text)
            .map(|document| Value::deserialize(document).expect("YAML"))
            .collect();
        if let [list] = &mut objects[..]
            && let Some(Value::Array(items)) = list.get_mut("items").map(Value::take)
        {
            objects = items;
        }
        for (at, change) in &self.changes {
            let kind = |object: &Value| object["kind"].as_str().unwrap_or_default().to_owned();
            let is_meant = |object: &Value| match change {
                Change::LeftOut => kind(object) != "Node",
                Change::Set(..) => kind(object) == "Service",
                Change::WithoutEndpoint(_) => {
                    object["endpoints"].as_array().is_some_and(|endpoints| !endpoints.is_empty())
                }
            };
            let meant: Vec<usize> = (0..objects.len()).filter(|at| is_meant(&objects[*at])).collect();
            if meant.is_empty() {
                continue;
            }
            let place = *at.get(&meant);
            match change {
                Change::LeftOut => drop(objects.remove(place)),
                Change::Set(member, value) => objects[place]["spec"][member] = value.clone(),
                Change::WithoutEndpoint(which) => {
                    let endpoints = objects[place]["endpoints"].as_array_mut().expect("it has some");
                    endpoints.remove(which.index(endpoints.len()));
                }
            }
        }
        let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
        Run::default()
            .and("cluster.yaml", &texts.join("\n---\n"))
            .config(&read("kube-proxy.yaml"))
            .on("win-1")
    }

    pub(super) fn compile(&self) -> Compiled {
        self.run().compile()
    }
}
