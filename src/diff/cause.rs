//! Which fields of the manifests changed, and the Services that each of them is about: the cause beside the effect.
//!
//! A field is about a Service if it is in the Service itself, in a slice or `Endpoints` of it, or in a workload or pod
//! that the Service selects before or after the change. All others, as those of a Node, are about no Service alone.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use crate::manifest::{AnyObject, any_objects, labels};
use crate::name::printable;
use crate::scope::Selector;
use crate::source::Sources;

/// The longest value that is shown in full.
const LONGEST_VALUE: usize = 120;

/// A field that is not the same in both sets of manifests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// Kind, namespace and name of its object; safe to print.
    pub object: String,
    /// Where it stands, as `file:line` of the new manifests, or of the old ones where it is gone.
    pub place: String,
    /// Its path in the object; empty for the object as a whole.
    pub path: String,
    /// Its old value; `None` where it is new.
    pub before: Option<String>,
    /// Its new value; `None` where it is gone.
    pub after: Option<String>,
    /// The Services, as `namespace/name`.
    pub services: BTreeSet<String>,
}

impl Cause {
    /// Whether a selection is about it: all is, or some of its Services are.
    #[must_use]
    pub fn is_selected(&self, selector: &Selector) -> bool {
        let selects = |service: &String| {
            service.split_once('/').is_some_and(|(namespace, name)| selector.selects_some_of(namespace, name))
        };
        selector.is_all() || self.services.iter().any(selects)
    }

    /// Whether it is about one of these service ports, as `namespace/name:port`.
    #[must_use]
    pub fn is_of(&self, ports: &[String]) -> bool {
        let service =
            |port: &String| port.rsplit_once(':').map_or(port.clone(), |(service, _)| service.to_owned());
        ports.iter().any(|port| self.services.contains(&service(port)))
    }
}

/// Namespace, kind with its group, and name.
type Key<'o> = (&'o str, &'o str, &'o str, &'o str);

/// The fields that changed, by object and place.
#[must_use]
pub fn causes(old: &Sources, new: &Sources, default_namespace: &str) -> Vec<Cause> {
    let sides = [old, new].map(|sources| any_objects(sources).objects);
    let [old_objects, new_objects] = sides.each_ref().map(|objects| by_key(objects, default_namespace));
    let selectors = Selectors::of(sides.iter().flatten(), default_namespace);
    let keys: BTreeSet<Key<'_>> = old_objects.keys().chain(new_objects.keys()).copied().collect();
    let mut causes = Vec::new();
    for key in keys {
        let both = [old_objects.get(&key).copied(), new_objects.get(&key).copied()];
        let differences = match both {
            [Some(old), Some(new)] => differences(&old.fields, &new.fields),
            [old, new] => vec![Difference {
                path: String::new(),
                values: [old, new].map(|object| object.map(|_| Value::from("present"))),
            }],
        };
        if differences.is_empty() {
            continue;
        }
        let services: BTreeSet<String> =
            both.into_iter().flatten().flat_map(|object| selectors.concerned(object, key.0)).collect();
        causes.extend(differences.into_iter().map(|difference| {
            let (sources, object) = match (&difference.values[1], both) {
                (Some(_), [_, Some(object)]) | (None, [None, Some(object)]) => (new, object),
                (_, [Some(object), _]) => (old, object),
                (_, [None, object]) => (new, object.expect("one of both has the object")),
            };
            let spot = sources.spot(&object.origin.field(difference.path.as_str()));
            let [before, after] = difference.values.map(|value| value.map(|value| shown(&value)));
            Cause {
                object: printable(&format!("{} {}/{}", key.2, key.0, key.3)),
                place: printable(&format!("{}:{}", spot.file, spot.line)),
                path: printable(&difference.path),
                before,
                after,
                services: services.clone(),
            }
        }));
    }
    causes
}

/// Of several objects with one name the last counts.
fn by_key<'o>(objects: &'o [AnyObject], default_namespace: &'o str) -> BTreeMap<Key<'o>, &'o AnyObject> {
    let key = |object: &'o AnyObject| {
        let (version, kind) = object.kind();
        let group = version.split_once('/').map_or("", |(group, _)| group);
        (namespace(object, default_namespace), group, kind, object.name())
    };
    objects.iter().map(|object| (key(object), object)).collect()
}

fn namespace<'o>(object: &'o AnyObject, default_namespace: &'o str) -> &'o str {
    Some(object.namespace()).filter(|namespace| !namespace.is_empty()).unwrap_or(default_namespace)
}

/// A field with another value.
struct Difference {
    path: String,
    values: [Option<Value>; 2],
}

fn differences(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    of_objects("", old, new, &mut found);
    found
}

fn of_objects(path: &str, old: &Map<String, Value>, new: &Map<String, Value>, found: &mut Vec<Difference>) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        of_values(&inside(path, key), old.get(key), new.get(key), found);
    }
}

/// The path of a field; a key with other characters than names have stands in quotes, as in `labels["a.b/c"]`.
fn inside(path: &str, key: &str) -> String {
    let is_plain =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match (is_plain, path) {
        (false, _) => format!("{path}[\"{key}\"]"),
        (true, "") => key.to_owned(),
        (true, _) => format!("{path}.{key}"),
    }
}

fn of_values(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => of_objects(path, old, new, found),
        (Some(Value::Array(old)), Some(Value::Array(new))) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                of_values(&format!("{path}[{index}]"), Some(old), Some(new), found);
            }
        }
        _ => found.push(Difference { path: path.to_owned(), values: [old.cloned(), new.cloned()] }),
    }
}

/// A value on one line, safe to print.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => printable(text),
        other => printable(&other.to_string()),
    };
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The Services of both sides by one of the labels that they select by.
struct Selectors(FxHashMap<(String, String, String), ByName>);

/// Selectors by the namespaces and names of their Services.
type ByName = BTreeMap<String, Labels>;

type Labels = BTreeMap<String, String>;

impl Selectors {
    fn of<'o>(objects: impl Iterator<Item = &'o AnyObject>, default_namespace: &str) -> Self {
        let mut index: FxHashMap<_, BTreeMap<_, _>> = FxHashMap::default();
        for service in objects.filter(|object| object.kind() == ("v1", "Service")) {
            let selector = labels(service.get(&["spec", "selector"]));
            let Some((key, value)) = selector.first_key_value() else { continue };
            let namespace = namespace(service, default_namespace);
            let at = (namespace.to_owned(), key.clone(), value.clone());
            let name = format!("{namespace}/{}", service.name());
            index.entry(at).or_default().insert(name, selector);
        }
        Self(index)
    }

    /// The Services that an object is about.
    fn concerned(&self, object: &AnyObject, namespace: &str) -> Vec<String> {
        let named = |name: &str| vec![format!("{namespace}/{name}")];
        let metadata: &[&str] = match object.kind() {
            ("v1", "Service" | "Endpoints") => return named(object.name()),
            ("discovery.k8s.io/v1", "EndpointSlice") => {
                return named(object.text(&["metadata", "labels", "kubernetes.io/service-name"]));
            }
            ("v1", "Pod") => &["metadata", "labels"],
            _ => &["spec", "template", "metadata", "labels"],
        };
        let labels = labels(object.get(metadata));
        let candidates = labels
            .iter()
            .filter_map(|(key, value)| self.0.get(&(namespace.to_owned(), key.clone(), value.clone())));
        let is_selected =
            |selector: &Labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
        candidates
            .flatten()
            .filter(|(_, selector)| is_selected(selector))
            .map(|(name, _)| name.clone())
            .collect()
    }
}
