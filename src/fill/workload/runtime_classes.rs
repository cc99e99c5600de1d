//! `RuntimeClass`: the API server adds what a class says about scheduling to the pods that name it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::manifest::AnyObject;

/// The classes of the input by name.
pub(super) struct RuntimeClasses<'o> {
    scheduling: BTreeMap<&'o str, &'o Value>,
}

/// Objects as the API server admits them, by their positions in the input.
#[derive(Default)]
pub(super) struct Admitted {
    objects: BTreeMap<usize, AnyObject>,
}

impl Admitted {
    /// The objects of the input, those that are admitted otherwise in that form.
    pub(super) fn in_place_of<'o>(&'o self, objects: &'o [AnyObject]) -> impl Iterator<Item = &'o AnyObject> {
        objects.iter().enumerate().map(|(at, object)| self.objects.get(&at).unwrap_or(object))
    }
}

impl<'o> RuntimeClasses<'o> {
    pub(super) fn new(objects: &'o [AnyObject]) -> Self {
        let is_class = |object: &&AnyObject| {
            let (version, kind) = object.kind();
            kind == "RuntimeClass" && version.starts_with("node.k8s.io/")
        };
        let classes = objects.iter().filter(is_class);
        let scheduling = classes.filter_map(|class| Some((class.name(), class.get(&["scheduling"])?)));
        Self { scheduling: scheduling.collect() }
    }

    /// The workloads and pods that name a class, with what it says.
    pub(super) fn admit(&self, objects: &[AnyObject]) -> Admitted {
        let mut admitted = Admitted::default();
        if self.scheduling.is_empty() {
            return admitted;
        }
        for (at, object) in objects.iter().enumerate() {
            let path = if object.kind() == ("v1", "Pod") { "/spec" } else { "/spec/template/spec" };
            let mut fields = Value::Object(object.fields.clone());
            let Some(spec) = fields.pointer_mut(path).and_then(Value::as_object_mut) else { continue };
            self.apply(spec);
            if let Value::Object(fields) = fields {
                admitted.objects.insert(at, AnyObject { fields, ..object.clone() });
            }
        }
        admitted
    }

    /// Adds what the class of a pod says, as the admission of the API server does. A class that is not in the input says
    /// nothing.
    fn apply(&self, spec: &mut Map<String, Value>) {
        let class = spec.get("runtimeClassName").and_then(Value::as_str);
        let Some(scheduling) = class.and_then(|class| self.scheduling.get(class)) else { return };
        if let Some(labels) = scheduling["nodeSelector"].as_object() {
            let selector = spec.entry("nodeSelector").or_insert_with(|| json!({}));
            if !selector.is_object() {
                *selector = json!({});
            }
            let selector = selector.as_object_mut().expect("it was just made one");
            selector.extend(labels.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        if let Some(more) = scheduling["tolerations"].as_array() {
            let tolerations = spec.entry("tolerations").or_insert_with(|| json!([]));
            if !tolerations.is_array() {
                *tolerations = json!([]);
            }
            let tolerations = tolerations.as_array_mut().expect("it was just made one");
            let new = more.iter().filter(|one| !tolerations.contains(one)).cloned().collect::<Vec<_>>();
            tolerations.extend(new);
        }
    }
}
