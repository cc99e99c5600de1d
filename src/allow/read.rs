//! The text of an allow-list.

use serde::Deserialize;

use super::{AllowList, Entry};
use crate::allow::codes;
use crate::diagnostics::yaml::not_parsable;
use crate::diagnostics::{Code, Diagnostic};
use crate::name::{nearest, printable};
use crate::source::{Origin, SourceId};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an allow-list")]
struct Document {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    allow: Vec<RawEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawEntry {
    #[serde(default)]
    code: String,
    service: Option<String>,
    port: Option<String>,
    targets: Option<Vec<String>>,
    #[serde(default)]
    reason: String,
}

impl AllowList {
    /// Reads an allow-list; entries may name these codes and targets.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place. An entry that is not understood might accept
    /// too much or too little, so there is no list then.
    pub fn read(
        source: SourceId,
        text: &str,
        codes: &[Code],
        targets: &[&str],
    ) -> Result<Self, Vec<Diagnostic>> {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let origin = Origin { source, start: 0, end, line: 1, item: None };
        let document: Document = serde_yaml::from_str(text)
            .map_err(|error| vec![not_parsable(codes::ALLOW_LIST_INVALID, text, origin, &error)])?;
        if (&*document.api_version, &*document.kind) != ("hnsplan/v1alpha1", "AllowList") {
            let found =
                Diagnostic::new(codes::ALLOW_LIST_INVALID, "it is no allow-list").at(origin.field("kind"));
            return Err(vec![found.allowed("apiVersion: hnsplan/v1alpha1, kind: AllowList")]);
        }
        let mut reader = Reader { origin, codes, targets, found: Vec::new() };
        let entries: Vec<Entry> =
            (0..).zip(document.allow).filter_map(|(at, raw)| reader.entry(at, raw)).collect();
        if reader.found.is_empty() { Ok(Self { entries }) } else { Err(reader.found) }
    }
}

struct Reader<'t> {
    origin: Origin,
    codes: &'t [Code],
    targets: &'t [&'t str],
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn entry(&mut self, at: usize, raw: RawEntry) -> Option<Entry> {
        let RawEntry { code: id, service, port, targets, reason } = raw;
        let path = format!("allow[{at}]");
        let code = self.codes.iter().copied().find(|code| code.id().eq_ignore_ascii_case(&id));
        if code.is_none() {
            let message = format!("`{}` is no code", printable(&id));
            let near = nearest(&id, self.codes.iter().map(|code| code.id()));
            let near = if near.is_empty() { "codes as in D0811".to_owned() } else { near.join(" or ") };
            self.wrong(&path, ".code", message, &format!("{near}; hnsplan explain lists all codes"));
        }
        let pattern = service.as_deref().map(str::parse).transpose();
        if let Err(allowed) = &pattern {
            let text = service.as_deref().unwrap_or_default();
            let allowed = super::pattern::NotAPattern::to_string(allowed);
            self.wrong(&path, ".service", format!("`{}` names no Services", printable(text)), &allowed);
        }
        if let Some(unknown) = targets.iter().flatten().find(|target| !self.targets.contains(&&***target)) {
            let message = format!("`{}` is no target", printable(unknown));
            self.wrong(&path, ".targets", message, &self.targets.join(", "));
        }
        let reason = reason.trim();
        if reason.is_empty() {
            self.wrong(&path, ".reason", "there is no reason".to_owned(), "why the finding is accepted");
        }
        let targets = targets.map(|targets| {
            let mut targets: Vec<Box<str>> = targets.into_iter().map(String::into_boxed_str).collect();
            targets.sort();
            targets.dedup();
            targets
        });
        Some(Entry {
            code: code?,
            service: pattern.ok()?,
            port: port.map(String::into_boxed_str),
            targets,
            reason: printable(reason).into(),
            place: self.origin.field(format!("{path}.code")),
        })
    }

    fn wrong(&mut self, entry: &str, field: &str, message: String, allowed: &str) {
        let place = self.origin.field(format!("{entry}{field}"));
        self.found.push(Diagnostic::new(codes::ALLOW_LIST_INVALID, message).at(place).allowed(allowed));
    }
}
