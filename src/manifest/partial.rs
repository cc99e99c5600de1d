//! Input that says itself that it is not whole: kinds that are nearly those of objects, lists that go on elsewhere, and
//! answers of the server that stand in the place of objects.

use serde::Deserialize;

use super::codes;
use super::format::{self, Text};
use super::object::list::Rest;
use crate::diagnostics::Diagnostic;
use crate::name::{nearest, printable};
use crate::source::Origin;

/// The kinds that decide about rules, or about the pods behind them, with the short names of kubectl.
const KINDS: [(&str, &[&str]); 12] = [
    ("Service", &["svc"]),
    ("EndpointSlice", &[]),
    ("Endpoints", &["endpoint", "ep"]),
    ("Node", &["no"]),
    ("Pod", &["po"]),
    ("Deployment", &["deploy"]),
    ("StatefulSet", &["sts"]),
    ("DaemonSet", &["ds"]),
    ("ReplicaSet", &["rs"]),
    ("ReplicationController", &["rc"]),
    ("Job", &[]),
    ("CronJob", &["cj"]),
];

/// How many of them are of the groups whose kinds are all known.
const CLOSED: usize = 4;

/// The kinds of `v1` that are none of the above. Another one of that version is nothing.
const OTHERS_OF_CORE: [&str; 14] = [
    "Binding",
    "ComponentStatus",
    "ConfigMap",
    "Event",
    "Eviction",
    "LimitRange",
    "Namespace",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodTemplate",
    "ResourceQuota",
    "Secret",
    "ServiceAccount",
    "Scale",
];

/// An object whose kind is that of an object that is read, but for letters.
pub(super) fn misspelt(origin: Origin, (version, kind): (&str, &str)) -> Option<Diagnostic> {
    let meant = meant(version, kind)?;
    let message = format!("Kubernetes has no kind `{}`: did you mean {meant}?", printable(kind));
    let help = "the object is left out, as the API server would refuse it; correct its kind";
    Some(Diagnostic::new(codes::KIND_MISSPELT, message).at(origin.field("kind")).help(help))
}

/// The kind that is meant by another name; `None` if the name is a kind, or nothing is near it.
fn meant(version: &str, kind: &str) -> Option<String> {
    let (group, _) = version.split_once('/').unwrap_or(("", version));
    let is_of_kubernetes = !group.contains('.') || group == "discovery.k8s.io";
    if !is_of_kubernetes || kind.len() > LONGEST || is_kind(kind) {
        return None;
    }
    let folded = fold(kind);
    let (one, is_list) = match folded.strip_suffix("lists").or_else(|| folded.strip_suffix("list")) {
        Some("") => return Some("List".to_owned()),
        Some(one) => (one, true),
        None => (&*folded, false),
    };
    let is_it = |name: &str| one == name || one.strip_suffix('s') == Some(name);
    let by_letters = KINDS.iter().find(|(name, short)| {
        is_it(&name.to_ascii_lowercase()) || short.iter().any(|short| !is_list && is_it(short))
    });
    let name = match by_letters {
        Some((name, _)) => *name,
        // Of these versions all kinds are known, so that another one is a mistake.
        None if version == "v1" || group == "discovery.k8s.io" => {
            let kinds = KINDS[..CLOSED].iter().map(|(name, _)| *name);
            *nearest(kind, kinds).first()?
        }
        None => return None,
    };
    Some(if is_list { format!("{name}List") } else { name.to_owned() })
}

/// Longer names are no misspellings.
const LONGEST: usize = 40;

/// Whether it is a kind of Kubernetes as it is written.
fn is_kind(kind: &str) -> bool {
    let one = kind.strip_suffix("List").unwrap_or(kind);
    one.is_empty() || KINDS.iter().any(|(name, _)| *name == one) || OTHERS_OF_CORE.contains(&one)
}

/// Without what people write differently: capital letters, and what stands between words.
fn fold(kind: &str) -> String {
    kind.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).map(|c| c.to_ascii_lowercase()).collect()
}

/// A list that goes on elsewhere.
pub(super) fn cut(origin: Origin, Rest { missing }: Rest) -> Diagnostic {
    let message = match missing {
        Some(1) => "the list goes on: 1 item is missing".to_owned(),
        Some(missing) => format!("the list goes on: {missing} items are missing"),
        None => "the list goes on: items are missing".to_owned(),
    };
    let path = if missing.is_some() { "metadata.remainingItemCount" } else { "metadata.continue" };
    let help = "take all of them: kubectl get nodes,services,endpointslices -A -o yaml follows the list to its end; \
                kubectl get --raw and clients that set a limit do not";
    Diagnostic::new(codes::LIST_GOES_ON, message).at(origin.field(path)).help(help)
}

/// What a `Status` tells.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    message: Option<Text>,
    reason: Option<Text>,
}

/// An event of a watch that is an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FailedEvent {
    #[serde(rename = "type")]
    type_: Option<Text>,
    object: Answer,
}

/// That a watch ended with an error of the server, where an event of the text is one. Its object has other fields than
/// those of objects.
pub(super) fn failed_watch(text: &str, origin: Origin) -> Option<Diagnostic> {
    memchr::memmem::find(text.as_bytes(), b"ERROR")?;
    let events = format::values::<FailedEvent>(text, origin).ok()?;
    let is_failed = |event: &FailedEvent| event.type_.as_ref().is_some_and(|of| of.as_str() == "ERROR");
    let (origin, event) = events.into_iter().find(|(_, event)| is_failed(event))?;
    let told = event.object.message.or(event.object.reason);
    let told = told.map_or_else(String::new, |told| format!(": {}", printable(told.as_str())));
    let help = "what changed afterwards is missing: record the watch again, or take all objects as they are now with kubectl \
                get nodes,services,endpointslices -A -o yaml";
    let message = format!("the watch ended with an error of the API server{told}");
    Some(Diagnostic::new(codes::WATCH_FAILED, message).at(origin.field("type")).help(help))
}

/// What the server said in its answer, to be added to a sentence; empty where it said nothing.
pub(super) fn said(text: &str, origin: Origin) -> String {
    let answer = format::values::<Answer>(text, origin).ok().and_then(|all| all.into_iter().next());
    let told = answer.and_then(|(_, answer)| answer.message.or(answer.reason));
    told.map_or_else(String::new, |told| format!(": {}", printable(told.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_meant(version: &str, kind: &str, expected: Option<&str>) {
        assert_eq!(meant(version, kind).as_deref(), expected, "{version} {kind}");
    }

    #[test]
    fn other_letters_and_plurals_of_each_kind_are_meant() {
        for (name, short) in KINDS {
            let lower = name.to_ascii_lowercase();
            let plural = if name.ends_with('s') { lower.clone() } else { format!("{lower}s") };
            let mut variants = vec![lower.clone(), name.to_ascii_uppercase(), plural];
            variants.extend(short.iter().map(|short| (*short).to_owned()));
            variants.push(format!("{}{}", name[..1].to_lowercase(), &name[1..]));
            for variant in variants {
                for version in ["", "v1", "apps/v1", "discovery.k8s.io/v1"] {
                    is_meant(version, &variant, Some(name));
                    is_meant(version, name, None);
                }
                is_meant("example.com/v1", &variant, None);
            }
            for list in [format!("{lower}list"), format!("{name}list"), format!("{lower}Lists")] {
                is_meant("v1", &list, Some(&format!("{name}List")));
            }
        }
        for list in ["list", "LIST", "lists", "Lists"] {
            is_meant("v1", list, Some("List"));
        }
    }

    #[test]
    fn a_letter_more_or_less_is_meant_where_all_kinds_are_known() {
        for (kind, name) in [("Servcie", "Service"), ("EndpointSlic", "EndpointSlice"), ("Nod", "Node")] {
            is_meant("v1", kind, Some(name));
            is_meant("apps/v1", kind, None);
        }
        for kind in OTHERS_OF_CORE.into_iter().chain(["List", "Zebra", ""]) {
            is_meant("v1", kind, None);
        }
    }
}
