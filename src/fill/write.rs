//! Objects as text.

use serde_json::{Value, json};

use crate::manifest::AnyObject;

/// One YAML document an object.
#[must_use]
pub fn to_yaml(objects: impl Iterator<Item = AnyObject>) -> String {
    let documents = objects.map(|object| {
        let document = serde_yaml::to_string(&object.fields).expect("an object of JSON is one of YAML");
        format!("---\n{document}")
    });
    documents.collect()
}

/// One List with all objects.
#[must_use]
pub fn to_json(objects: impl Iterator<Item = AnyObject>) -> String {
    let items: Vec<Value> = objects.map(|object| Value::Object(object.fields)).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    format!("{list:#}\n")
}
