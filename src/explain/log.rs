//! What the log of the program that serves Services tells: lines of klog, as text or JSON.
//!
//! Equal messages with equal errors are one entry, with the Services and addresses that they name. Lines that nothing is
//! known of are counted, and those of them that say that something went wrong are listed.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

use rustc_hash::FxHashMap;

use crate::answer::lexicon::{ErrorCode, LogMessage};
use crate::capture::{CaptureError, text_of, texts_of_stdin};
use crate::explain::line::error_in;
use crate::ir::{RuleSet, ServicePort};
use crate::pipeline::{Setup, compile};
use crate::platform;
use crate::source::Sources;

/// Why nothing can be said about a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] CaptureError),
    /// It is another text.
    #[error(
        "no line of {0} is one of kube-proxy's log, as in `E1109 15:13:55.097793 4228 proxier.go:1067] \"Policy creation \
         failed\"`, or as JSON; hnsplan explain LINE finds codes in any text"
    )]
    Other(String),
}

/// What the log in a file tells, or in standard input for `-`.
///
/// # Errors
/// When it cannot be read, or no line of it is one of such a log.
pub fn log_of(path: &str) -> Result<LogReport, LogError> {
    let text = if path == "-" { texts_of_stdin()? } else { text_of(Path::new(path), None)? };
    let report = log(&text.text);
    if report.is_none() { Err(LogError::Other(text.name)) } else { Ok(report) }
}

/// What a log tells.
#[derive(Debug, Default)]
pub struct LogReport {
    /// Each message with what is known of it, in the order of their first lines.
    pub entries: Vec<LogEntry>,
    /// Lines that are explained.
    pub explained: usize,
    /// Lines that only say that work goes on.
    pub work: usize,
    /// Lines of the log of which nothing is known.
    pub unknown: usize,
    /// Lines that are none of such a log, or go on with one.
    pub others: usize,
    /// The entry of a message with an error code.
    places: FxHashMap<(Box<str>, Option<u32>), usize>,
}

/// Lines of a log that say the same.
#[derive(Debug)]
pub struct LogEntry {
    /// The message as it stands in the log.
    pub text: Box<str>,
    /// What is known of it.
    pub message: Option<&'static LogMessage>,
    /// The error code in it.
    pub error: Option<&'static ErrorCode>,
    /// Whether the log says that it is about an error.
    pub is_error: bool,
    /// How many lines.
    pub count: usize,
    /// The first line and the last one.
    pub lines: [usize; 2],
    /// When they were written.
    pub times: [Box<str>; 2],
    /// The Services and addresses that they name.
    pub about: BTreeSet<Box<str>>,
    /// What these are in manifests, where some are given.
    pub manifests: Vec<Joined>,
}

/// What a log names, found in manifests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Joined {
    /// As the log names it.
    pub name: Box<str>,
    /// The service port, and where it was read: `file:line`; `None` where no manifest has it.
    pub service: Option<(Box<str>, String)>,
}

/// A line of klog.
struct Line<'l> {
    is_error: bool,
    time: &'l str,
    message: &'l str,
    /// What stands behind the message.
    values: &'l str,
}

/// Members whose values say what a line is about.
const ABOUT: [&str; 9] = [
    "serviceName",
    "serviceInfo",
    "servicePortName",
    "clusterIP",
    "externalIP",
    "lbIngressIP",
    "svcIP",
    "ip",
    "hnsNetworkName",
];

/// Messages after which the Service of the lines before is done.
const ENDS: [&str; 3] = ["Syncing", "Endpoint information", "Policy already applied"];

/// How much of a message that nobody knows is kept.
const SHOWN: usize = 120;

/// Reads a log.
#[must_use]
pub fn log(text: &str) -> LogReport {
    let mut report = LogReport::default();
    let mut service: Option<&str> = None;
    for (at, line) in text.lines().enumerate() {
        let Some(line) = klog(line).or_else(|| json(line)) else {
            report.others += usize::from(!line.trim().is_empty());
            continue;
        };
        let known = known(line.message);
        // At the end of a Service, or where its name is not told, the next lines are of another one.
        let is_work = known.is_some_and(|message| message.meaning.is_empty());
        if is_work || line.message.starts_with("Endpoint information") {
            let begun = ABOUT[..3].iter().find_map(|key| value(line.values, key)).filter(|_| is_work);
            let is_end = begun.is_none() && ENDS.iter().any(|end| line.message.starts_with(end));
            service = if is_end { None } else { begun.or(service) };
        }
        let error = error_in(line.values).or_else(|| error_in(line.message));
        match known {
            None if error.is_none() => {
                report.unknown += 1;
                if !line.is_error {
                    continue;
                }
            }
            _ if is_work && error.is_none() => {
                report.work += 1;
                continue;
            }
            _ => report.explained += 1,
        }
        let mut about: BTreeSet<Box<str>> = ABOUT.iter().filter_map(|key| about(&line, key)).collect();
        about.extend(in_words(line.message));
        // Refusals do not name their Service; the lines before them do.
        let is_refusal = known.is_some_and(LogMessage::is_trouble);
        if is_refusal && !about.iter().any(|of| of.contains('/')) {
            about.extend(service.map(Box::from));
        }
        report.add(at + 1, &line, known, error, about);
        if known
            .is_some_and(|message| message.text.to_ascii_lowercase().contains("policy successfully applied"))
        {
            service = None;
        }
    }
    report
}

impl LogReport {
    /// Whether no line is one of such a log.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.explained + self.work + self.unknown == 0
    }

    fn add(
        &mut self,
        number: usize,
        line: &Line<'_>,
        message: Option<&'static LogMessage>,
        error: Option<&'static ErrorCode>,
        about: BTreeSet<Box<str>>,
    ) {
        let text: Box<str> = match message {
            Some(message) => message.text.into(),
            None => line.message.chars().take(SHOWN).collect(),
        };
        let next = self.entries.len();
        let place = *self.places.entry((text.clone(), error.map(|error| error.code))).or_insert(next);
        if let Some(entry) = self.entries.get_mut(place) {
            entry.count += 1;
            (entry.lines[1], entry.times[1]) = (number, line.time.into());
            entry.about.extend(about);
            return;
        }
        self.entries.push(LogEntry {
            text,
            message,
            error,
            is_error: line.is_error,
            count: 1,
            lines: [number; 2],
            times: [line.time.into(), line.time.into()],
            about,
            manifests: Vec::new(),
        });
    }

    /// Finds what the log names in the texts of manifests.
    #[must_use]
    pub fn joined_to(self, sources: Sources) -> Self {
        self.joined(&compile(sources, &Setup::default()).rules)
    }

    /// Finds what the log names in manifests: service ports by name, by an address, and by an endpoint.
    #[must_use]
    pub fn joined(mut self, rules: &RuleSet) -> Self {
        let by_ip = by_ip(rules);
        for entry in &mut self.entries {
            let names = entry.about.iter().filter(|name| !name.starts_with("network "));
            let joined: BTreeSet<Joined> = names.flat_map(|name| joined(name, rules, &by_ip)).collect();
            entry.manifests = joined.into_iter().collect();
        }
        self
    }
}

/// The service ports with an address, and those with an endpoint there.
fn by_ip(rules: &RuleSet) -> FxHashMap<IpAddr, Vec<&ServicePort>> {
    let mut all: FxHashMap<IpAddr, Vec<&ServicePort>> = FxHashMap::default();
    for port in &rules.services {
        let endpoints = port.endpoints.iter().filter_map(|of| rules.backend(of.backend).address.ip());
        for ip in port.frontends.iter().filter_map(|frontend| frontend.address).chain(endpoints) {
            all.entry(ip).or_default().push(port);
        }
    }
    all
}

/// The service ports that a name of a log stands for.
fn joined(name: &str, rules: &RuleSet, by_ip: &FxHashMap<IpAddr, Vec<&ServicePort>>) -> Vec<Joined> {
    let found: Vec<&ServicePort> = match name.parse::<IpAddr>() {
        Ok(ip) => by_ip.get(&ip).cloned().unwrap_or_default(),
        // The name of a service port follows that of its Service.
        Err(_) => name.split_once('/').into_iter().flat_map(|(of, name)| rules.ports_of(of, name)).collect(),
    };
    if found.is_empty() {
        return vec![Joined { name: name.into(), service: None }];
    }
    let service = |port: &ServicePort| Some((port.id.clone(), rules.place(port.origin)));
    found.into_iter().map(|port| Joined { name: name.into(), service: service(port) }).collect()
}

/// What is known of a message: the longest that it begins with.
fn known(text: &str) -> Option<&'static LogMessage> {
    let is_it = |message: &&LogMessage| {
        text.get(..message.text.len()).is_some_and(|of| of.eq_ignore_ascii_case(message.text))
    };
    let messages = platform::all().iter().flat_map(|platform| platform.log_messages());
    messages.filter(is_it).max_by_key(|message| message.text.len())
}

/// `E1109 15:13:55.097793    4228 proxier.go:1067] "Policy creation failed" err="…"`, with a time of a container's runtime
/// before it or without.
fn klog(line: &str) -> Option<Line<'_>> {
    let line = line.trim();
    let starts = std::iter::once(0).chain(line.match_indices(' ').map(|(at, _)| at + 1).take(3));
    starts.filter_map(|at| line.get(at..)).find_map(of_klog)
}

fn of_klog(line: &str) -> Option<Line<'_>> {
    let level = line.as_bytes().first()?;
    let (date, rest) = line.get(1..)?.split_at_checked(4)?;
    let (time, rest) = rest.strip_prefix(' ')?.trim_start().split_once(' ')?;
    let is_header = b"IWEF".contains(level)
        && date.bytes().all(|byte| byte.is_ascii_digit())
        && time.len() >= 8
        && time.bytes().filter(|byte| *byte == b':').count() == 2;
    let (_, said) = rest.split_once("] ").filter(|_| is_header)?;
    let (message, values) = match said.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
        Some(parts) => parts,
        None => (said, said),
    };
    Some(Line { is_error: matches!(level, b'E' | b'F'), time, message, values })
}

/// `{"ts":1699369401.2,"caller":"winkernel/proxier.go:1067","msg":"Policy creation failed","err":"…"}`
fn json(line: &str) -> Option<Line<'_>> {
    let line = line.trim();
    let object = line.starts_with('{') && line.ends_with('}') && line.contains("\"ts\":");
    let message = value(line, "msg").filter(|_| object)?;
    let (_, after) = line.split_once("\"ts\":")?;
    let time = after.split([',', '}']).next().unwrap_or_default().trim_matches('"');
    Some(Line { is_error: line.contains("\"err\":"), time, message, values: line })
}

/// The value of a member: `name="value"`, or `"name":"value"` in JSON.
fn value<'l>(text: &'l str, key: &str) -> Option<&'l str> {
    text.match_indices(key).find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + key.len()..];
        let after = match before {
            Some('"') => after.strip_prefix("\":\"")?,
            Some(letter) if letter.is_alphanumeric() => return None,
            _ => after.strip_prefix("=\"")?,
        };
        after.split('"').next().filter(|value| !value.is_empty())
    })
}

/// What a member says that a line is about; structs are not taken apart.
fn about(line: &Line<'_>, key: &str) -> Option<Box<str>> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./:-_".contains(c);
    let value = value(line.values, key).filter(|value| value.chars().all(is_plain))?;
    let is_network = key == "hnsNetworkName";
    Some(if is_network { format!("network {value}").into() } else { value.into() })
}

/// The Service in a message of an old release: `… not available for service shop/web:http. Not applying any policy`
fn in_words(message: &str) -> Option<Box<str>> {
    let (_, rest) = message.split_once("for service ")?;
    let name = rest.split([' ', ',']).next()?.trim_end_matches('.');
    name.contains('/').then(|| name.into())
}
