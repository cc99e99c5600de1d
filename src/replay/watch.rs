//! Recorded watches: what `kubectl get services -A --watch --output-watch-events -o json` prints, as a sequence.
//!
//! The objects that a watch begins with are the first step; each event after them is one more. kubectl does not mark
//! where the beginning ends: it is the events ADDED, in the order of the names of their objects. kubectl watches one
//! kind of objects at a time, so a sequence is mostly of several recordings, whose events are put in order by the
//! version of their objects.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::ReplayError;
use crate::diagnostics::in_plain_words;
use crate::flag::NamedText;
use crate::name::{did_you_mean, escaped, printable};
use crate::platform::timeline::ServiceName;
use crate::source::{ReadError, Sources};

/// Kind, and namespace and name as etcd sorts them.
type Key = (String, String);

/// The events of one file.
#[derive(Debug)]
pub(super) struct Recording {
    name: String,
    events: Vec<Event>,
}

/// Events in the order in which they happened.
#[derive(Debug, Default)]
pub(super) struct Watch {
    names: Vec<String>,
    events: Vec<Event>,
    /// How many events the sequence begins with.
    beginning: usize,
}

/// What became of an object.
#[derive(Debug)]
struct Event {
    /// Where the event begins; safe to print.
    place: String,
    key: Key,
    is_added: bool,
    /// The Service that it is or belongs to; none of other kinds.
    service: Option<ServiceName>,
    /// The object; none is gone.
    object: Option<Box<RawValue>>,
    version: Option<u64>,
}

/// The objects after some events.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    done: usize,
    objects: BTreeMap<Key, usize>,
    /// The objects of each Service.
    of_services: BTreeMap<ServiceName, BTreeSet<Key>>,
    /// Those that belong to none.
    others: BTreeSet<Key>,
}

/// Kinds of objects that change nothing of Services that do not change themselves.
const APART: [&str; 2] = ["Node", "ServiceCIDR"];

impl Cursor {
    /// Goes on to after so many events; a cursor only goes forward. The Services that changed, if nothing else did.
    pub(super) fn advance(&mut self, watch: &Watch, end: usize) -> Option<BTreeSet<ServiceName>> {
        let mut touched = Some(BTreeSet::new());
        for (at, event) in watch.events.iter().enumerate().take(end).skip(self.done) {
            let before = match event.object {
                Some(_) => self.objects.insert(event.key.clone(), at),
                None => self.objects.remove(&event.key),
            };
            let before = before.and_then(|at| watch.events[at].service.as_ref());
            for service in before.into_iter().chain(&event.service) {
                if let Some(of) = self.of_services.get_mut(service) {
                    of.remove(&event.key);
                }
                if let Some(touched) = &mut touched {
                    touched.insert(service.clone());
                }
            }
            self.others.remove(&event.key);
            match (&event.object, &event.service) {
                (None, _) => {}
                (Some(_), Some(service)) => {
                    self.of_services.entry(service.clone()).or_default().insert(event.key.clone());
                }
                (Some(_), None) => {
                    self.others.insert(event.key.clone());
                }
            }
            if event.service.is_none() {
                touched = None;
            }
        }
        self.done = end;
        let is_apart = |(kind, _): &Key| APART.contains(&kind.as_str());
        touched.filter(|_| self.others.iter().all(is_apart))
    }
}

/// An event as kubectl prints it.
#[derive(Deserialize)]
struct Printed<'t> {
    #[serde(rename = "type", borrow)]
    type_: std::borrow::Cow<'t, str>,
    #[serde(borrow)]
    object: &'t RawValue,
}

/// What is read of an object.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    kind: String,
    metadata: Metadata,
    /// That of a Status, which an event ERROR has.
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    namespace: String,
    name: String,
    resource_version: String,
    labels: Option<BTreeMap<String, Value>>,
}

impl Metadata {
    /// The Service that an object of a kind is or belongs to.
    fn service(&self, kind: &str) -> Option<ServiceName> {
        let name = match kind {
            "Service" => Some(&*self.name),
            "EndpointSlice" => self
                .labels
                .as_ref()
                .and_then(|of| of.get("kubernetes.io/service-name"))
                .and_then(Value::as_str),
            _ => None,
        };
        name.filter(|_| !self.namespace.is_empty()).map(|name| (self.namespace.as_str().into(), name.into()))
    }
}

const TYPES: [&str; 5] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];

impl Recording {
    /// Reads the events in a text; `None` if it is no recorded watch.
    ///
    /// # Errors
    /// When an event is wrong, or the text ends within one.
    pub(super) fn read(text: &NamedText) -> Result<Option<Self>, ReplayError> {
        let mut events = Vec::new();
        let mut stream = serde_json::Deserializer::from_str(&text.text).into_iter::<Printed<'_>>();
        let (mut line, mut counted) = (1, 0);
        loop {
            // What is between two events belongs to none.
            let end = stream.byte_offset();
            let blank = text.text[end..].len() - text.text[end..].trim_start().len();
            line += text.text[counted..end + blank].matches('\n').count();
            counted = end + blank;
            let place = format!("{}:{line}", escaped(&text.name));
            match stream.next() {
                None => break,
                Some(Ok(printed)) => events.extend(event(&printed, place)?),
                Some(Err(_)) if events.is_empty() => return Ok(None),
                Some(Err(error)) if error.is_eof() => {
                    return Err(at(
                        &place,
                        "the recording ends within this event; delete the event, or record again",
                    ));
                }
                Some(Err(error)) => {
                    let reason = format!(
                        "expected an event as in {{\"type\": \"ADDED\", \"object\": {{…}}}}: {}",
                        printable(&error.to_string())
                    );
                    return Err(at(&place, &reason));
                }
            }
        }
        let is_watch = !events.is_empty();
        Ok(is_watch.then(|| Self { name: text.name.clone(), events }))
    }

    /// How many events the watch begins with.
    fn beginning(&self) -> usize {
        let mut last: BTreeMap<&str, &str> = BTreeMap::new();
        let mut many = 0;
        for Event { key: (kind, name), is_added, .. } in &self.events {
            let before = last.insert(kind, name);
            if !is_added || before.is_some_and(|before| before >= name.as_str()) {
                break;
            }
            many += 1;
        }
        many
    }
}

/// An event; none where it tells nothing about objects.
fn event(printed: &Printed<'_>, place: String) -> Result<Option<Event>, ReplayError> {
    let named: Named = serde_json::from_str(printed.object.get()).map_err(|error| {
        at(&place, &format!("expected an object: {}", printable(&in_plain_words(&error.to_string()))))
    })?;
    match &*printed.type_ {
        "ADDED" | "MODIFIED" | "DELETED" => {}
        "BOOKMARK" => return Ok(None),
        "ERROR" => {
            let reason = format!(
                "the watch ended with an error: {}; delete this event and all after it, or record again",
                printable(&named.message)
            );
            return Err(at(&place, &reason));
        }
        other => {
            let near = did_you_mean(other, TYPES);
            let reason = format!(
                "`{}` is no type of events; {near}expected one of {}",
                printable(other),
                TYPES.join(", ")
            );
            return Err(at(&place, &reason));
        }
    }
    let service = named.metadata.service(&named.kind);
    let Metadata { namespace, name, resource_version, .. } = named.metadata;
    if named.kind.is_empty() || name.is_empty() {
        return Err(at(&place, "the object has no kind or no metadata.name; expected a whole object"));
    }
    let is_gone = printed.type_ == "DELETED";
    Ok(Some(Event {
        place,
        key: (named.kind, format!("{namespace}/{name}")),
        is_added: printed.type_ == "ADDED",
        service,
        object: (!is_gone).then(|| printed.object.to_owned()),
        version: resource_version.parse().ok(),
    }))
}

fn at(place: &str, reason: &str) -> ReplayError {
    ReplayError::Wrong { file: place.to_owned(), reason: reason.to_owned() }
}

impl Watch {
    /// Puts the events of several recordings in the order in which they happened. All begin with the first step.
    ///
    /// # Errors
    /// When an event does not tell when it happened.
    pub(super) fn merge(recordings: Vec<Recording>) -> Result<Self, ReplayError> {
        let names = recordings.iter().map(|recording| recording.name.clone()).collect();
        let is_one = recordings.len() == 1;
        let (mut events, mut later) = (Vec::new(), Vec::new());
        for mut recording in recordings {
            later.extend(recording.events.split_off(recording.beginning()));
            events.append(&mut recording.events);
        }
        let beginning = events.len();
        if !is_one {
            if let Some(event) = later.iter().find(|event| event.version.is_none()) {
                let reason = "the object has no number for metadata.resourceVersion, by which events of several \
                              recordings are put in order";
                return Err(at(&event.place, reason));
            }
            later.sort_by_key(|event| event.version);
        }
        events.append(&mut later);
        Ok(Self { names, events, beginning })
    }

    /// What messages call it.
    pub(super) fn name(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| escaped(name)).collect();
        names.join(", ")
    }

    /// How many events have happened at the end of each step. A watch of nothing begins with nothing.
    pub(super) fn ends(&self) -> impl Iterator<Item = usize> + '_ {
        self.beginning.max(1)..=self.events.len()
    }

    /// The objects where a cursor is, after so many events, as a text: all, or those of some Services.
    pub(super) fn sources(
        &self,
        end: usize,
        cursor: &Cursor,
        services: Option<&BTreeSet<ServiceName>>,
        sources: &mut Sources,
    ) -> Result<(), ReadError> {
        let keys: Vec<&Key> = match services {
            None => cursor.objects.keys().collect(),
            Some(services) => {
                let of_services = services.iter().filter_map(|of| cursor.of_services.get(of)).flatten();
                cursor.others.iter().chain(of_services).collect()
            }
        };
        let object = |key: &Key| self.events[*cursor.objects.get(key)?].object.as_ref();
        let objects: Vec<&str> = keys.into_iter().filter_map(object).map(|object| object.get()).collect();
        let text = format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n{}\n]}}\n",
            objects.join(",\n")
        );
        let name = self.events[..end].last().map(|event| format!("objects after {}", event.place));
        sources.add(name.unwrap_or_default(), text).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(type_: &str, kind: &str, name: &str, version: u32) -> String {
        format!(
            "{{\n  \"type\": \"{type_}\",\n  \"object\": {{\"kind\": \"{kind}\", \
             \"metadata\": {{\"namespace\": \"shop\", \"name\": \"{name}\", \"resourceVersion\": \"{version}\"}}}}\n}}\n"
        )
    }

    fn recording(events: &[(&str, &str, &str, u32)]) -> Recording {
        let text = events.iter().map(|(type_, kind, name, version)| printed(type_, kind, name, *version));
        let text = NamedText { name: "watch.json".to_owned(), text: text.collect() };
        Recording::read(&text).unwrap().unwrap()
    }

    fn names(watch: &Watch, end: usize, cursor: &mut Cursor) -> Vec<String> {
        let mut sources = Sources::default();
        cursor.advance(watch, end);
        watch.sources(end, cursor, None, &mut sources).unwrap();
        cursor.objects.keys().map(|(_, name)| name.clone()).collect()
    }

    #[test]
    fn the_beginning_is_one_step_and_each_event_one_more() {
        let watch = Watch::merge(vec![recording(&[
            ("ADDED", "Service", "a", 7),
            ("ADDED", "Service", "b", 3),
            ("ADDED", "Service", "ab", 9),
            ("MODIFIED", "Service", "a", 10),
            ("DELETED", "Service", "b", 11),
        ])])
        .unwrap();
        assert_eq!(watch.ends().collect::<Vec<_>>(), [2, 3, 4, 5]);
        let mut cursor = Cursor::default();
        assert_eq!(names(&watch, 2, &mut cursor), ["shop/a", "shop/b"]);
        assert_eq!(names(&watch, 5, &mut cursor), ["shop/a", "shop/ab"]);
    }

    #[test]
    fn several_recordings_are_put_in_order_by_version() {
        let services = recording(&[("ADDED", "Service", "a", 7), ("MODIFIED", "Service", "a", 12)]);
        let slices =
            recording(&[("ADDED", "EndpointSlice", "a-1", 8), ("MODIFIED", "EndpointSlice", "a-1", 11)]);
        let watch = Watch::merge(vec![services, slices]).unwrap();
        assert_eq!(watch.ends().collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(watch.events[2].key.0, "EndpointSlice");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let good = printed("ADDED", "Service", "a", 1);
        let read = |text: String| Recording::read(&NamedText { name: "watch.json".to_owned(), text });
        for (bad, said) in [
            ("{\"type\": \"ADDED\", \"object\": {\"kind\": \"Ser".to_owned(), "watch.json:5: the recording ends"),
            ("{\"type\": \"ADDED\"}".to_owned(), "watch.json:5: expected an event"),
            (printed("CHANGED", "Service", "a", 2), "watch.json:5: `CHANGED` is no type"),
            (printed("ADDED", "Service", "", 2), "no metadata.name"),
            (
                "{\"type\": \"ERROR\", \"object\": {\"kind\": \"Status\", \"message\": \"too old\\u001b[31m\"}}".to_owned(),
                "the watch ended with an error: too old\\u{1b}[31m;",
            ),
        ] {
            let told = read(format!("{good}{bad}")).unwrap_err().to_string();
            assert!(told.contains(said), "{told}");
        }
        assert!(read("kind: Service\n".to_owned()).unwrap().is_none());
        let marked = format!("{good}{}", "{\"type\": \"BOOKMARK\", \"object\": {\"kind\": \"Service\"}}");
        assert_eq!(read(marked).unwrap().unwrap().events.len(), 1);
    }
}
