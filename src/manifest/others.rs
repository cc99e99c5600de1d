//! Texts that are no objects: told once a file, or once for all files that were only found in a folder.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use super::format::ReadError;
use super::partial;
use super::recognise::{self, Recognised};
use super::unreadable::unreadable;
use crate::diagnostics::Diagnostic;
use crate::flag::{OwnKind, message_of_kubectl};
use crate::name::{escaped, printable};
use crate::source::{Origin, Place, SourceFile, SourceId, Sources};

/// A text that is no object.
#[derive(Debug)]
pub(super) enum Other {
    /// It was named, or says that it is an object: what it should be is lost.
    Named(Recognised, Place),
    /// It was found in a folder, and does not say that it is an object.
    Found(Option<Recognised>),
}

impl Other {
    /// A document that is of a kind, and none of a cluster's objects. One that a flag of its own takes is passed over where
    /// it was only found in a folder, as other kinds are.
    pub(super) fn misplaced(
        sources: &Sources,
        origin: Origin,
        (version, kind): (&str, &str),
    ) -> Option<Self> {
        let own = OwnKind::of(version, kind).filter(|_| !sources.file(origin.source).is_found);
        let recognised = own.map(Recognised::Own).or_else(|| Recognised::of_kind(version, kind))?;
        Some(Self::Named(recognised, origin.field("kind")))
    }

    /// Whether an object is lost with it.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Named(..))
    }
}

/// What a text is that is no object.
pub(super) enum Lost {
    Other(SourceId, Other),
    Broken(Diagnostic),
}

impl Lost {
    /// A text that is no object, as it cannot be parsed or has no kind.
    pub(super) fn of(sources: &Sources, origin: Origin, error: Option<ReadError>) -> Self {
        let (text, file) = (sources.text(origin), sources.file(origin.source));
        let recognised = Recognised::of_name(&file.name).or_else(|| Recognised::of(text));
        let other = match recognised {
            _ if file.is_found && !recognise::claims_to_be_object(text) => Other::Found(recognised),
            Some(recognised) => Other::Named(recognised, origin.field("")),
            None => return Self::Broken(error.map_or_else(|| kindless(text, origin), unreadable)),
        };
        Self::Other(origin.source, other)
    }
}

/// What an empty file beside others is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Rules are to be made of what there is: what it should contain would be taken away.
    Refused,
    /// What there is is only completed, and nothing is taken away.
    PassedOver,
}

/// That texts contain nothing: what the input asks for is not known, as after a command that failed. In a folder that has
/// other files it is normal, and they are passed over.
pub(super) fn empty(sources: &Sources, others: &mut Others, beside: Beside) -> Vec<Diagnostic> {
    // A list without items says that there are none.
    let is_blank = |line: &str| {
        let word = line.trim().trim_start_matches("---").trim_start();
        word.is_empty() || word.starts_with(['#', '%']) || matches!(word, "..." | "null" | "~")
    };
    let is_empty = |(_, file): &(SourceId, &SourceFile)| file.text.lines().all(is_blank);
    let empty: Vec<(SourceId, &SourceFile)> = sources.iter().filter(is_empty).collect();
    let is_all = empty.len() == sources.iter().count();
    let help = "see whether the command that wrote it failed; kubectl get nodes,services,endpointslices -A -o yaml prints \
                what is needed";
    let told = |message: String| Diagnostic::new(codes::NO_OBJECT, message).help(help);
    if is_all && empty.len() > 1 {
        return vec![told(format!("{} files are empty: they contain no object of Kubernetes", empty.len()))];
    }
    let is_passed_over = |file: &SourceFile| file.is_found || beside == Beside::PassedOver;
    let (found, named): (Vec<_>, Vec<_>) =
        empty.into_iter().partition(|(_, file)| is_passed_over(file) && !is_all);
    for (source, _) in found {
        others.add(source, Other::Found(None));
    }
    let of_one = |(_, file): (SourceId, &SourceFile)| {
        let name = if file.name == "-" { "standard input" } else { &file.name };
        told(format!("{} is empty: it contains no object of Kubernetes", escaped(name)))
    };
    named.into_iter().map(of_one).collect()
}

/// The kind of a file that names manifests and changes them, and is no object of a cluster.
pub(super) const KUSTOMIZATION: &str = "Kustomization";

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

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Others {
    named: BTreeMap<(SourceId, Recognised), (Place, usize)>,
    unrendered: BTreeSet<(SourceId, Recognised)>,
    found: BTreeSet<SourceId>,
}

/// How many files are listed.
const LISTED: usize = 5;

impl Others {
    pub(super) fn add(&mut self, source: SourceId, other: Other) {
        match other {
            Other::Named(recognised, place) => {
                self.named.entry((source, recognised)).or_insert((place, 0)).1 += 1;
            }
            Other::Found(Some(recognised @ (Recognised::Kustomization | Recognised::Chart))) => {
                self.unrendered.insert((source, recognised));
            }
            Other::Found(_) => drop(self.found.insert(source)),
        }
    }

    /// What there is to say about them.
    pub(super) fn diagnostics(self, sources: &Sources) -> Vec<Diagnostic> {
        let mut all = Vec::new();
        for ((source, recognised), (place, count)) in self.named {
            let file = &sources.file(source).name;
            let more = if count > 1 { format!(", in {count} documents") } else { String::new() };
            let said = match recognised {
                Recognised::Answer => partial::said(sources.text(place.origin), place.origin),
                Recognised::KubectlError => message_of_kubectl(sources.text(place.origin))
                    .map(|message| format!(": {}", printable(message)))
                    .unwrap_or_default(),
                _ => String::new(),
            };
            let diagnostic = Diagnostic::new(codes::NO_OBJECT, format!("{}{more}{said}", recognised.words()));
            all.push(diagnostic.at(place).help(recognised.advice(file)));
        }
        for (source, recognised) in self.unrendered {
            let file = &sources.file(source).name;
            let message = format!("{}: {}", escaped(file), recognised.words());
            let help = format!("what it changes is not applied; {}", recognised.advice(file));
            all.push(Diagnostic::new(codes::NOT_RENDERED, message).help(help));
        }
        if !self.found.is_empty() {
            let names = self.found.iter().map(|source| escaped(&sources.file(*source).name));
            let names: Vec<String> = names.take(LISTED).collect();
            let more = self.found.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let files = match self.found.len() {
                1 => "1 file that is no object".to_owned(),
                count => format!("{count} files that are not objects"),
            };
            let message = format!("passed over {files}: {}{more}", names.join(", "));
            all.push(Diagnostic::new(codes::FILES_SKIPPED, message));
        }
        if let [first, more @ ..] = sources.endless() {
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            let message = format!("passed over a pipe or device in a folder: {}{more}", escaped(first));
            let help = "pass a pipe by its own name: -f NAME";
            all.push(Diagnostic::new(codes::FILES_SKIPPED, message).help(help));
        }
        all
    }
}
