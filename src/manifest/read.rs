//! The whole way from texts to a [`Cluster`], in parallel.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;

use super::any_object::AnyObject;
use super::cluster::{self, Cluster, Object, Objects};
use super::format::{self, Document, List, ReadError, ReadErrorKind, Text};
use super::object::list::{self, Event, Parsed};
use super::object::raw::RawObject;
use super::object::{EndpointSlice, Kind, Node, Service, endpoints};
use super::others::{Other, Others};
use super::recognise::{self, Recognised};
use super::unreadable::unreadable;
use super::validate::{self, ApiRules, Report};
use crate::diagnostics::{Diagnostic, ObjectRef, Severity};
use crate::manifest::codes;
use crate::name::printable;
use crate::source::{Origin, Place, SourceId, Sources};

/// How manifests are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// The namespace of objects that name none.
    pub default_namespace: String,
    /// Whether fields that Kubernetes does not know are reported.
    pub strict: bool,
    /// What the API server of the version accepts.
    pub rules: ApiRules,
}

/// What was read.
#[derive(Debug)]
pub struct Manifests {
    /// The objects.
    pub cluster: Cluster,
    /// Problems with them, for people.
    pub diagnostics: Vec<Diagnostic>,
    /// Objects of other kinds, by kind.
    pub skipped: BTreeMap<String, usize>,
    /// How many documents and objects could not be read, and are left out.
    pub unread: usize,
}

impl Manifests {
    /// Reads every text. Never fails: what cannot be used is left out, with a diagnostic.
    #[must_use]
    pub fn read(sources: &Sources, options: &ReadOptions) -> Self {
        let documents: Vec<Document> =
            sources.iter().flat_map(|(id, file)| format::documents(id, &file.text)).collect();
        let reader = Reader { sources, options };
        let mut read: Vec<ReadObject> =
            documents.par_iter().flat_map(|document| reader.document(document)).collect();
        keep_last_events(&mut read);
        Self::assemble(sources, read)
    }

    /// Takes objects that were read already, with the texts they come from, as if they were read from these.
    #[must_use]
    pub fn of_objects(objects: Vec<AnyObject>, sources: &Sources, options: &ReadOptions) -> Self {
        let reader = Reader { sources, options };
        let read = objects.into_par_iter().map(|object| reader.any_object(object)).collect();
        Self::assemble(sources, read)
    }

    fn assemble(sources: &Sources, read: Vec<ReadObject>) -> Self {
        let mut objects = Objects::default();
        let mut diagnostics = Vec::new();
        let mut skipped = BTreeMap::new();
        let mut unread = 0;
        let mut others = Others::default();
        for found in read {
            unread += usize::from(found.is_unread());
            if let Some((source, other)) = found.other {
                others.add(source, other);
            }
            diagnostics.extend(found.diagnostics);
            match found.object {
                Some(object) => objects.add(object),
                None => found.skipped.into_iter().for_each(|kind| *skipped.entry(kind).or_default() += 1),
            }
        }
        diagnostics.extend(others.diagnostics(sources));
        let names = sources.iter().map(|(_, file)| file.name.clone()).collect();
        let cluster = cluster::assemble(names, objects, &mut diagnostics);
        diagnostics.extend(cluster::check_relations(&cluster));
        Self { cluster, diagnostics, skipped, unread }
    }
}

/// What one object of the text is.
#[derive(Debug, Default)]
struct ReadObject {
    object: Option<Object>,
    /// Its kind, when it is none of those that are read.
    skipped: Option<String>,
    /// The file, when the text is no object.
    other: Option<(SourceId, Other)>,
    /// What a watch tells of it.
    event: Option<(Event, ObjectRef)>,
    diagnostics: Vec<Diagnostic>,
}

impl ReadObject {
    /// Whether it is lost: what it asks for is not known.
    fn is_unread(&self) -> bool {
        let is_error = |found: &Diagnostic| found.severity() == Severity::Error;
        let is_lost = self.other.as_ref().is_some_and(|(_, other)| other.is_lost());
        is_lost || self.object.is_none() && self.diagnostics.iter().any(is_error)
    }
}

/// Of the events of a watch the last one of each object counts; what was deleted in the end is not there.
fn keep_last_events(read: &mut Vec<ReadObject>) {
    let mut last: FxHashMap<ObjectRef, usize> = FxHashMap::default();
    for (at, found) in read.iter().enumerate() {
        if let Some((_, object)) = &found.event {
            last.insert(object.clone(), at);
        }
    }
    if last.is_empty() {
        return;
    }
    let mut at = 0;
    read.retain(|found| {
        at += 1;
        let is_last = |object: &ObjectRef| last.get(object) == Some(&(at - 1));
        found.event.as_ref().is_none_or(|(event, object)| *event == Event::Present && is_last(object))
    });
}

struct Reader<'s> {
    sources: &'s Sources,
    options: &'s ReadOptions,
}

impl Reader<'_> {
    fn document(&self, document: &Document) -> Vec<ReadObject> {
        document
            .list
            .as_ref()
            .and_then(|list| self.list(list, document.whole))
            .unwrap_or_else(|| self.piece(document.whole, None))
    }

    /// Reads a list by its items; `None` when the cut was wrong after all.
    fn list(&self, list: &List, whole: Origin) -> Option<Vec<ReadObject>> {
        let frame = match &list.frame {
            Some(frame) => Some(list::frame(frame)?),
            None => None,
        };
        let found: Vec<Vec<ReadObject>> =
            list.items.par_iter().map(|&item| self.piece(item, frame.as_ref())).collect();
        let cut_was_wrong = found
            .iter()
            .flatten()
            .any(|found| found.diagnostics.iter().any(|diagnostic| diagnostic.code == codes::NOT_PARSABLE));
        if cut_was_wrong && list::objects(self.sources.text(whole), whole).is_ok() {
            return None;
        }
        Some(found.into_iter().flatten().collect())
    }

    /// Reads a piece, an item of `list` if there is one.
    fn piece(&self, origin: Origin, list: Option<&RawObject>) -> Vec<ReadObject> {
        let text = self.sources.text(origin);
        match list::objects(text, origin) {
            Ok(parsed) => parsed.into_iter().map(|parsed| self.object(parsed, list)).collect(),
            // Objects of other kinds have other fields under the same names.
            Err(error) => vec![match list::foreign_kind(text, origin, list) {
                Some(kind) => ReadObject { skipped: Some(kind), ..ReadObject::default() },
                None => self.no_object(text, origin, Some(*error)),
            }],
        }
    }

    /// A text that is no object, as it cannot be parsed or has no kind.
    fn no_object(&self, text: &str, origin: Origin, error: Option<ReadError>) -> ReadObject {
        let file = self.sources.file(origin.source);
        let recognised = Recognised::of_name(&file.name).or_else(|| Recognised::of(text));
        let other = match recognised {
            _ if file.is_found && !recognise::claims_to_be_object(text) => Other::Found(recognised),
            Some(recognised) => Other::Named(recognised, origin.field("")),
            None => {
                let diagnostic = error.map_or_else(|| kindless(text, origin), unreadable);
                return ReadObject { diagnostics: vec![diagnostic], ..ReadObject::default() };
            }
        };
        ReadObject { other: Some((origin.source, other)), ..ReadObject::default() }
    }

    fn any_object(&self, object: AnyObject) -> ReadObject {
        let AnyObject { origin, fields } = object;
        match RawObject::deserialize(Value::Object(fields)) {
            Ok(object) => self.object(Parsed { origin, object, event: None }, None),
            Err(error) => {
                let message = printable(&error.to_string());
                let (kind, place) = (ReadErrorKind::Shape, origin.field(""));
                let diagnostics = vec![unreadable(ReadError { kind, message, place })];
                ReadObject { diagnostics, ..ReadObject::default() }
            }
        }
    }

    fn object(&self, parsed: Parsed, list: Option<&RawObject>) -> ReadObject {
        let Parsed { origin, mut object, event } = parsed;
        if event == Some(Event::Mark) {
            return ReadObject { skipped: Some("mark of a watch".to_owned()), ..ReadObject::default() };
        }
        if let Some(list) = list {
            list::complete_item(&mut object, list);
        }
        let kind_name = object.kind.as_ref().map_or("", Text::as_str);
        let version = object.api_version.as_ref().map_or("", Text::as_str);
        if kind_name.is_empty() || kind_name == KUSTOMIZATION {
            return self.no_object(self.sources.text(origin), origin, None);
        }
        let Some(kind) = Kind::of(kind_name, version) else {
            let mut kind = kind_name.to_owned();
            if let (Some(_), Some((group, _))) = (Kind::of(kind_name, ""), version.split_once('/')) {
                kind = format!("{kind}.{group}");
            }
            return ReadObject { skipped: Some(kind), ..ReadObject::default() };
        };
        let namespace = match kind {
            Kind::Node => String::new(),
            _ => namespace_of(&object).unwrap_or(&self.options.default_namespace).to_owned(),
        };
        let name = object.metadata.name.as_ref().map_or("", Text::as_str);
        let reference = ObjectRef::new(kind.name(), namespace.as_str(), name);
        if version != kind.api_version() {
            return ReadObject {
                diagnostics: vec![unsupported_version(kind, version, reference, origin)],
                ..ReadObject::default()
            };
        }
        let text = self.sources.text(origin);
        let event = event.map(|event| (event, reference.clone()));
        let mut report = Report::new(reference, origin, text);
        self.validate(kind, &object, &mut report);
        if self.options.strict {
            validate::unknown_fields(kind.name(), text, origin.item, &mut report);
        }
        let object = match kind {
            Kind::Service => Service::convert(object, &namespace, origin).map(Box::new).map(Object::Service),
            Kind::EndpointSlice => EndpointSlice::convert(object, &namespace, origin).map(Object::Slice),
            Kind::Endpoints => Some(Object::Endpoints(endpoints::convert(object, &namespace, origin))),
            Kind::Node => Node::convert(&object, origin).map(Object::Node),
        };
        ReadObject { object, diagnostics: report.into_diagnostics(), event, ..ReadObject::default() }
    }

    fn validate(&self, kind: Kind, object: &RawObject, report: &mut Report<'_>) {
        match kind {
            Kind::Service => validate::service(object, &self.options.rules, report),
            Kind::EndpointSlice => validate::endpoint_slice(object, &self.options.rules, report),
            Kind::Endpoints => validate::endpoints(object, report),
            Kind::Node => validate::node(object, report),
        }
    }
}

/// The kind of a file that names manifests and changes them, and is no object of a cluster.
const KUSTOMIZATION: &str = "Kustomization";

/// A mapping that does not say what it is.
fn kindless(text: &str, origin: Origin) -> Diagnostic {
    let message = "this is no object of Kubernetes: it has no kind";
    let help = "pass the files that contain objects only, or a folder, in which other files are passed over";
    // The first line that says anything.
    let is_empty =
        |line: &&str| line.trim().is_empty() || line.starts_with(['#', '%']) || line.starts_with("---");
    let lines = text.split_inclusive('\n').take_while(is_empty);
    let skipped: usize = lines.map(str::len).sum();
    let byte = u32::try_from(skipped).ok().map(|skipped| origin.start + skipped);
    let place = Place { byte: byte.filter(|byte| *byte < origin.end), ..origin.field("kind") };
    Diagnostic::new(codes::NO_OBJECT, message).at(place).allowed("apiVersion and kind").help(help)
}

fn namespace_of(object: &RawObject) -> Option<&str> {
    object.metadata.namespace.as_ref().map(Text::as_str).filter(|namespace| !namespace.is_empty())
}

fn unsupported_version(kind: Kind, version: &str, object: ObjectRef, origin: Origin) -> Diagnostic {
    let message = if version.is_empty() {
        format!("{} has no apiVersion", kind.name())
    } else {
        format!("{} has apiVersion `{}`, which kube-proxy does not read", kind.name(), printable(version))
    };
    Diagnostic::new(codes::OLD_API_VERSION, message)
        .about(object)
        .at(origin.field("apiVersion"))
        .allowed(kind.api_version())
        .help("the object is left out; get it from the API server again with kubectl get -o yaml")
}
