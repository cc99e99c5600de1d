//! Objects of every kind as trees of values, for what looks at more fields than kube-proxy does.

use serde_json::{Map, Value};

use super::format::{self, List};
use super::unreadable::unreadable;
use crate::diagnostics::{Diagnostic, ObjectRef};
use crate::source::{Origin, Sources};

/// An object of any kind, with all its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyObject {
    /// Where it was read, or what it was made from.
    pub origin: Origin,
    /// Its fields.
    pub fields: Map<String, Value>,
}

impl AnyObject {
    /// Its kind and version, as in `apps/v1 Deployment`; empty where it has none.
    #[must_use]
    pub fn kind(&self) -> (&str, &str) {
        (self.text(&["apiVersion"]), self.text(&["kind"]))
    }

    /// `metadata.name`
    #[must_use]
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// `metadata.namespace`
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    /// The text at a path; empty where there is none.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> &str {
        self.get(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.fields.get(*first)?, |value, key| value.get(key))
    }

    /// The object, for a diagnostic.
    #[must_use]
    pub fn reference(&self, kind: &'static str) -> ObjectRef {
        ObjectRef::new(kind, self.namespace(), self.name())
    }
}

/// Reads the objects of every text in their order, lists taken apart. What cannot be read is left out, with a
/// diagnostic.
#[must_use]
pub fn any_objects(sources: &Sources) -> (Vec<AnyObject>, Vec<Diagnostic>) {
    let mut read = Reader { sources, objects: Vec::new(), diagnostics: Vec::new() };
    for (id, file) in sources.iter() {
        for document in format::documents(id, &file.text) {
            let cut = document.list.as_ref().is_some_and(|list| read.items(list));
            if !cut {
                read.piece(document.whole, ("", ""));
            }
        }
    }
    (read.objects, read.diagnostics)
}

struct Reader<'s> {
    sources: &'s Sources,
    objects: Vec<AnyObject>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Reads a list by its items. The answer is whether it was cut at the right places.
    fn items(&mut self, list: &List) -> bool {
        let frame: Map<String, Value> = match &list.frame {
            Some(frame) => match format::single(frame) {
                Some(frame) => frame,
                None => return false,
            },
            None => Map::new(),
        };
        let text = |key: &str| frame.get(key).and_then(Value::as_str).unwrap_or_default();
        let header = (text("apiVersion"), text("kind").strip_suffix("List").unwrap_or_default());
        let (objects, diagnostics) = (self.objects.len(), self.diagnostics.len());
        for &item in &list.items {
            self.piece(item, header);
        }
        let is_whole = self.diagnostics.len() == diagnostics;
        if !is_whole {
            self.objects.truncate(objects);
            self.diagnostics.truncate(diagnostics);
        }
        is_whole
    }

    fn piece(&mut self, origin: Origin, header: (&str, &str)) {
        match format::values::<Map<String, Value>>(self.sources.text(origin), origin) {
            Ok(values) => {
                for (origin, fields) in values {
                    self.expand(AnyObject { origin, fields }, header);
                }
            }
            Err(error) => self.diagnostics.push(unreadable(*error)),
        }
    }

    /// Replaces a list by its items, which take over its kind and version if they have none.
    fn expand(&mut self, mut object: AnyObject, (version, kind): (&str, &str)) {
        if !object.fields.contains_key("kind") && !kind.is_empty() {
            object.fields.insert("kind".into(), kind.into());
            object.fields.entry("apiVersion").or_insert_with(|| version.into());
        }
        let (version, kind) = object.kind();
        let Some(item_kind) = kind.strip_suffix("List") else {
            self.objects.push(object);
            return;
        };
        let header = (version.to_owned(), item_kind.to_owned());
        let Some(Value::Array(items)) = object.fields.remove("items") else { return };
        for (index, item) in (0..).zip(items) {
            if let Value::Object(fields) = item {
                let origin = Origin { item: Some(index), ..object.origin };
                self.expand(AnyObject { origin, fields }, (&header.0, &header.1));
            }
        }
    }
}
