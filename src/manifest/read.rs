//! The whole way from texts to a [`Cluster`], in parallel.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::any_object::AnyObject;
use super::cluster::{self, Cluster, Object, Objects};
use super::format::{self, ReadError, ReadErrorKind, Text};
use super::object::list::{self, Event, Parsed};
use super::object::raw::RawObject;
use super::object::{EndpointSlice, Kind, Node, Service, ServiceCidr, endpoints, is_repetition};
use super::others::{self, KUSTOMIZATION, Lost, Other, Others};
use super::partial;
use super::pieces::{self, Piece};
use super::unreadable::unreadable;
use super::validate::{self, ApiRules, Report};
use crate::diagnostics::{Diagnostic, ObjectRef, Severity, in_plain_words};
use crate::manifest::codes;
use crate::name::printable;
use crate::source::{Origin, SourceId, Sources};

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
        let reader = Reader { sources, options };
        let mut read: Vec<ReadObject> = pieces::read(sources, |piece| reader.piece(piece));
        pieces::keep_last_events(&mut read, |found| found.event.as_ref());
        let mut others = Others::default();
        let empty = others::empty(sources, &mut others, others::Beside::Refused);
        let mut manifests = Self::assemble(sources, read, others);
        manifests.unread += empty.len();
        manifests.diagnostics.extend(empty);
        manifests
    }

    /// Takes objects that were read already, with the texts they come from, as if they were read from these.
    #[must_use]
    pub fn of_objects(objects: Vec<AnyObject>, sources: &Sources, options: &ReadOptions) -> Self {
        let reader = Reader { sources, options };
        let read = objects.into_par_iter().map(|object| reader.any_object(object)).collect();
        Self::assemble(sources, read, Others::default())
    }

    fn assemble(sources: &Sources, read: Vec<ReadObject>, mut others: Others) -> Self {
        let mut objects = Objects::default();
        let mut diagnostics = Vec::new();
        let mut skipped = BTreeMap::new();
        let mut unread = 0;
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
        diagnostics.extend(cluster::check_relations(&cluster, skipped.contains_key("Pod")));
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
    /// What is left out, and why.
    fn lost(why: Diagnostic) -> Self {
        Self { diagnostics: vec![why], ..Self::default() }
    }

    /// Whether it is lost: what it asks for is not known.
    fn is_unread(&self) -> bool {
        let is_error = |found: &Diagnostic| found.severity() == Severity::Error;
        let is_lost = self.other.as_ref().is_some_and(|(_, other)| other.is_lost());
        is_lost || self.object.is_none() && self.diagnostics.iter().any(is_error)
    }
}

struct Reader<'s> {
    sources: &'s Sources,
    options: &'s ReadOptions,
}

impl Reader<'_> {
    fn piece(&self, piece: Piece<'_, RawObject>) -> ReadObject {
        match piece {
            Piece::Object(parsed) => self.object(parsed, false),
            Piece::Cut(origin, rest) => ReadObject::lost(partial::cut(origin, rest)),
            // Objects of other kinds have other fields under the same names.
            Piece::Broken { origin, list, error } => {
                if let Some(failed) = partial::failed_watch(self.sources.text(origin), origin) {
                    return ReadObject::lost(failed);
                }
                match list::foreign_kind(self.sources.text(origin), origin, list) {
                    Some((version, kind)) => self.skipped(origin, (&version, &kind)).unwrap_or_default(),
                    None => self.no_object(origin, Some(*error)),
                }
            }
        }
    }

    /// A text that is no object, as it cannot be parsed or has no kind.
    fn no_object(&self, origin: Origin, error: Option<ReadError>) -> ReadObject {
        match Lost::of(self.sources, origin, error) {
            Lost::Other(source, other) => {
                ReadObject { other: Some((source, other)), ..ReadObject::default() }
            }
            Lost::Broken(diagnostic) => ReadObject::lost(diagnostic),
        }
    }

    /// An object of a kind that is not read, with its group where that tells it from one that is read; `None` if it
    /// is read.
    fn skipped(&self, origin: Origin, (version, kind): (&str, &str)) -> Option<ReadObject> {
        if Kind::of(kind, version).is_some() {
            return None;
        }
        if is_repetition(kind, version) {
            return Some(ReadObject::default());
        }
        if let Some(other) = Other::misplaced(self.sources, origin, (version, kind)) {
            return Some(ReadObject { other: Some((origin.source, other)), ..ReadObject::default() });
        }
        if let Some(misspelt) = partial::misspelt(origin, (version, kind)) {
            return Some(ReadObject::lost(misspelt));
        }
        let kind = match (Kind::of(kind, ""), version.split_once('/')) {
            (Some(_), Some((group, _))) => format!("{kind}.{group}"),
            _ => kind.to_owned(),
        };
        Some(ReadObject { skipped: Some(kind), ..ReadObject::default() })
    }

    /// An object that was read as values. Where it has the wrong shape, its text is read again, which has the place.
    fn any_object(&self, object: AnyObject) -> ReadObject {
        if let Some(skipped) = self.skipped(object.origin, object.kind()) {
            return skipped;
        }
        let AnyObject { origin, fields, is_made } = object;
        match RawObject::deserialize(Value::Object(fields)) {
            Ok(object) => self.object(Parsed { origin, object, event: None }, is_made),
            Err(error) => {
                let again = format::values::<RawObject>(self.sources.text(origin), origin);
                let error = again.err().map_or_else(
                    || ReadError {
                        kind: ReadErrorKind::Shape,
                        message: printable(&in_plain_words(&error.to_string())),
                        place: origin.field(""),
                    },
                    |error| *error,
                );
                ReadObject::lost(unreadable(error))
            }
        }
    }

    /// Takes an object; one that is made has no text of its own.
    fn object(&self, parsed: Parsed<RawObject>, is_made: bool) -> ReadObject {
        let Parsed { origin, object, event } = parsed;
        if event == Some(Event::Mark) {
            return ReadObject { skipped: Some("mark of a watch".to_owned()), ..ReadObject::default() };
        }
        if event == Some(Event::Failed)
            && let Some(failed) = partial::failed_watch(self.sources.text(origin), origin)
        {
            return ReadObject::lost(failed);
        }
        let kind_name = object.kind.as_ref().map_or("", Text::as_str);
        let version = object.api_version.as_ref().map_or("", Text::as_str);
        if kind_name.is_empty() || kind_name == KUSTOMIZATION {
            return self.no_object(origin, None);
        }
        let Some(kind) = Kind::of(kind_name, version) else {
            return self.skipped(origin, (version, kind_name)).unwrap_or_default();
        };
        let namespace = match kind {
            Kind::Node | Kind::ServiceCidr => String::new(),
            _ => namespace_of(&object).unwrap_or(&self.options.default_namespace).to_owned(),
        };
        let name = object.metadata.name.as_ref().map_or("", Text::as_str);
        let reference = ObjectRef::new(kind.name(), namespace.as_str(), name);
        if !kind.is_read_in(version) {
            return ReadObject::lost(unsupported_version(kind, version, reference, origin));
        }
        let text = if is_made { "" } else { self.sources.text(origin) };
        let event = event.map(|event| (event, reference.clone()));
        let mut report = Report::new(reference, origin, text);
        self.validate(kind, &object, &mut report);
        if self.options.strict && !is_made {
            validate::unknown_fields(kind.name(), text, origin.item, &mut report);
        }
        let object = match kind {
            Kind::Service => Service::convert(object, &namespace, origin).map(Box::new).map(Object::Service),
            Kind::EndpointSlice => EndpointSlice::convert(object, &namespace, origin).map(Object::Slice),
            Kind::Endpoints => Some(Object::Endpoints(endpoints::convert(object, &namespace, origin))),
            Kind::Node => Node::convert(&object, origin).map(Object::Node),
            Kind::ServiceCidr => ServiceCidr::convert(&object, origin).map(Object::ServiceCidr),
        };
        ReadObject { object, diagnostics: report.into_diagnostics(), event, ..ReadObject::default() }
    }

    fn validate(&self, kind: Kind, object: &RawObject, report: &mut Report<'_>) {
        match kind {
            Kind::Service => validate::service(object, self.options.rules, report),
            Kind::EndpointSlice => validate::endpoint_slice(object, self.options.rules, report),
            Kind::Endpoints => validate::endpoints(object, report),
            Kind::Node => validate::node(object, report),
            Kind::ServiceCidr => validate::service_cidr(object, report),
        }
    }
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
