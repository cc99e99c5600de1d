//! Promise: the order of objects in the input, and of endpoints and ports in them, changes nothing on any platform.

use proptest::prelude::*;
use serde_json::Value;

use super::{World, platforms};
use crate::compile::order::{keys, permuted};
use crate::support::cases::config;
use crate::support::clusters::{Cluster, cluster, compile_for_node_a, version};
use crate::support::run::Run;

/// The cluster with a file for each object, so that the places of objects are the same in every order.
fn world(cluster: &Cluster, version: &str) -> World {
    let name = |object: &Value, pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned()
    };
    let run = cluster.objects.iter().fold(Run::default(), |run, object| {
        let words = ["/kind", "/metadata/namespace", "/metadata/name"].map(|pointer| name(object, pointer));
        run.and(&words.join("."), &object.to_string())
    });
    World::of(compile_for_node_a(run, version).compile())
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn the_order_of_the_input_does_not_matter(cluster in cluster(), keys in keys(), version in version()) {
        let worlds = [world(&cluster, version), world(&permuted(&cluster, &keys), version)];
        for platform in platforms() {
            let [one, other] = worlds.each_ref().map(|world| {
                let texts = platform.texts(world.context()).value;
                let texts: Vec<String> = texts.iter().map(|text| format!("{}\n{text}", text.file)).collect();
                let graph = platform.picture(world.context());
                let mut nodes: Vec<String> = graph.nodes().map(|node| format!("{node:?}")).collect();
                nodes.sort();
                (texts, platform.objects(world.context()).value.artifacts(), nodes)
            });
            prop_assert_eq!(one, other, "{:?}", platform);
        }
    }
}
