//! Promise: of a recorded watch only what changed is read and compiled at each step, and that shows nowhere.

use std::collections::BTreeMap;
use std::fs;

use hnsplan::pipeline::Setup;
use hnsplan::platform::timeline::{Keeps, Timeline};
use hnsplan::platform::{Holdings, Options, find};
use hnsplan::replay::{Request, Sequence, replay};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::cases::config;

/// What happens to an object: of which Service, to which of its objects, and how it is then; 0 is gone.
type Change = (u8, u8, u8);

/// Names of which the order of texts is not that of their parts.
const NAMES: [&str; 4] = ["a", "a-b", "b", "zz"];

/// A Service, with one port without a name or several with names.
fn service(name: &str, number: usize, shape: u8) -> Value {
    let ip = format!("10.96.0.{}", number + 10);
    let ports = match shape % 3 {
        0 => json!([{"port": 80, "protocol": "TCP"}]),
        1 => {
            json!([{"name": "p", "port": 81, "protocol": "UDP"}, {"name": "q", "port": 80, "protocol": "TCP"}])
        }
        _ => json!([{"name": "q", "port": 80, "protocol": "TCP", "nodePort": 30080 + number}]),
    };
    let kind = if shape % 3 == 2 { "NodePort" } else { "ClusterIP" };
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"type": kind, "clusterIP": ip, "clusterIPs": [ip], "ipFamilies": ["IPv4"], "ports": ports},
    })
}

/// A slice; a shape above 8 gives it to another Service.
fn slice(name: &str, number: usize, shape: u8) -> Value {
    let of = if shape > 8 { "a" } else { name };
    let endpoints: Vec<Value> = (0..shape % 4)
        .map(|pod| {
            let node = if pod == 1 { "here" } else { "other" };
            let address = format!("10.244.{number}.{}", pod + 1);
            json!({"addresses": [address], "nodeName": node, "conditions": {"ready": shape.is_multiple_of(2) || pod > 0}})
        })
        .collect();
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": format!("{name}-1"), "namespace": "shop", "labels": {"kubernetes.io/service-name": of}},
        "ports": [
            {"name": "", "port": 8080, "protocol": "TCP"}, {"name": "p", "port": 53, "protocol": "UDP"},
            {"name": "q", "port": 8081, "protocol": "TCP"},
        ],
        "endpoints": endpoints,
    })
}

/// The same as recorded watches and as files of moments.
fn written(changes: &[Change]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("it is written");
    let mut objects: BTreeMap<(usize, String), Value> = BTreeMap::new();
    let mut watches = [String::new(), String::new()];
    let mut version = 0;
    let mut event = |watch: &mut String, type_: &str, object: &Value| {
        version += 1;
        let mut object = object.clone();
        object["metadata"]["resourceVersion"] = version.to_string().into();
        watch.push_str(&json!({"type": type_, "object": object}).to_string());
        watch.push('\n');
        object
    };
    // A watch begins with what is there in the order of names; the last name keeps what comes later apart.
    for (kind, object) in [service("zz", 3, 1), slice("zz", 3, 3)].iter().enumerate() {
        let object = event(&mut watches[kind], "ADDED", object);
        objects.insert((kind, "zz".to_owned()), object);
    }
    let moment = |objects: &BTreeMap<(usize, String), Value>| {
        let items: Vec<&Value> = objects.values().collect();
        json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
    };
    let mut moments = vec![moment(&objects)];
    for (number, kind, shape) in changes {
        let (number, kind) = (usize::from(*number) % 3, usize::from(*kind) % 2);
        let name = NAMES[number];
        let key = (kind, name.to_owned());
        let made = |shape| if kind == 0 { service(name, number, shape) } else { slice(name, number, shape) };
        match (objects.contains_key(&key), *shape) {
            (false, 0) => continue,
            (true, 0) => {
                let gone = objects.remove(&key).expect("it is there");
                event(&mut watches[kind], "DELETED", &gone);
            }
            (is_there, shape) => {
                let type_ = if is_there { "MODIFIED" } else { "ADDED" };
                let object = event(&mut watches[kind], type_, &made(shape));
                objects.insert(key, object);
            }
        }
        moments.push(moment(&objects));
    }
    for (name, watch) in ["services.json", "slices.json"].into_iter().zip(watches) {
        write(name, watch);
    }
    for (number, text) in (1..).zip(&moments) {
        write(&format!("{number:02}.moment.json"), text.clone());
    }
    folder
}

fn timeline(folder: &tempfile::TempDir, of: &str, platform: &str, version: &str) -> Box<dyn Timeline> {
    let entries = fs::read_dir(folder.path()).expect("it can be read");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut files: Vec<_> = paths.filter(|path| path.to_string_lossy().contains(of)).collect();
    files.sort();
    let sequence = Sequence::read(&files).expect("it is a sequence");
    let request = Request {
        setup: &Setup::of_node("here").version(version.parse().expect("a version")),
        platform: find(platform).expect("it is registered"),
        options: &Options::default(),
        held: &Holdings::default(),
        against: None,
        keeps: Keeps { calls: true, states: true },
    };
    replay(&sequence, &request).expect("it can be replayed").timeline
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn a_watch_is_replayed_as_its_moments_are(
        changes in prop::collection::vec((0u8..3, 0u8..2, 0u8..12), 1..12),
    ) {
        let folder = written(&changes);
        for platform in ["hns", "iptables", "nftables"] {
            for version in ["1.30", "1.36"] {
                let of = |name| timeline(&folder, name, platform, version);
                let (watched, moments) = (of("s.json"), of(".moment.json"));
                prop_assert_eq!(watched.calls(), moments.calls(), "{} {}", platform, version);
                prop_assert_eq!(watched.states(), moments.states(), "{} {}", platform, version);
                prop_assert_eq!(watched.disturbances(), moments.disturbances(), "{} {}", platform, version);
                prop_assert_eq!(watched.frontends(), moments.frontends(), "{} {}", platform, version);
            }
        }
    }
}
