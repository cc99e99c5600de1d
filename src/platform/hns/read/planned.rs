//! Reads the text of a plan: the objects that it makes, as if they were there.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::StateProblem;
use crate::platform::hns::model::{Guid, State};

/// What a plan makes, and what it leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// The objects of its operations.
    pub state: State,
    /// Load balancers that are there and stay; a plan tells no more of them than their ids.
    pub kept: Vec<Guid>,
    /// What it deletes.
    pub deleted: Vec<Guid>,
    /// What of its objects could not be read.
    pub problems: Vec<StateProblem>,
}

#[derive(Deserialize)]
struct Document<'a> {
    kind: &'a str,
    #[serde(borrow, default)]
    operations: Vec<Operation<'a>>,
    #[serde(borrow, default)]
    kept: Vec<Kept<'a>>,
}

#[derive(Deserialize)]
struct Operation<'a> {
    #[serde(borrow, default)]
    id: Option<&'a str>,
    #[serde(borrow, default)]
    settings: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Kept<'a> {
    id: &'a str,
}

/// Reads what `hnsplan compile -t hns` prints; `None` if the text is no such document.
#[must_use]
pub fn planned(text: &str) -> Option<Planned> {
    let document: Document<'_> = serde_json::from_str(text).ok()?;
    if document.kind != "HnsPlan" {
        return None;
    }
    let (mut objects, mut deleted) = (String::from("["), Vec::new());
    for operation in document.operations {
        let id = operation.id.and_then(|id| id.parse::<Guid>().ok());
        let Some(settings) = operation.settings else {
            deleted.extend(id);
            continue;
        };
        let Some(members) = settings.get().trim_start().strip_prefix('{') else { continue };
        if objects.len() > 1 {
            objects.push_str(",\n");
        }
        objects.push('{');
        // An operation names its object beside the settings, as HNS does when it makes one.
        if let Some(id) = id {
            let comma = if members.trim_start().starts_with('}') { "" } else { "," };
            let _ = write!(objects, "\"ID\":\"{id}\"{comma}");
        }
        objects.push_str(members);
    }
    objects.push(']');
    let (state, problems) = super::read(&objects);
    let kept = document.kept.into_iter().filter_map(|kept| kept.id.parse().ok()).collect();
    Some(Planned { state, kept, deleted, problems })
}
