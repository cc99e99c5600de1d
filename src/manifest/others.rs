//! Texts that are no objects: told once a file, or once for all files that were only found in a folder.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use super::format::ReadError;
use super::recognise::{self, Recognised};
use super::unreadable::unreadable;
use crate::diagnostics::Diagnostic;
use crate::flag::OwnKind;
use crate::name::escaped;
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
    /// A document that a flag of its own takes and that was named as if it were objects. What was only found in a folder
    /// is passed over, as other kinds are.
    pub(super) fn misplaced(
        sources: &Sources,
        origin: Origin,
        (version, kind): (&str, &str),
    ) -> Option<Self> {
        let own = OwnKind::of(version, kind).filter(|_| !sources.file(origin.source).is_found)?;
        Some(Self::Named(Recognised::Own(own), origin.field("kind")))
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

/// That no text contains anything: what the input asks for is not known, as after a command that failed.
pub(super) fn nothing(sources: &Sources) -> Option<Diagnostic> {
    // A list without items says that there are none.
    let is_blank = |line: &str| {
        let word = line.trim().trim_start_matches("---").trim_start();
        word.is_empty() || word.starts_with(['#', '%']) || matches!(word, "..." | "null" | "~")
    };
    let files: Vec<&SourceFile> = sources.iter().map(|(_, file)| file).collect();
    let [first, more @ ..] = &*files else { return None };
    let name = if first.name == "-" { "standard input" } else { &first.name };
    let message = match more.len() {
        0 => format!("{} is empty: it contains no object of Kubernetes", escaped(name)),
        more => format!("{} files are empty: they contain no object of Kubernetes", more + 1),
    };
    let help = "see whether the command that wrote it failed; kubectl get nodes,services,endpointslices -A -o yaml prints \
                what is needed";
    let found = || Diagnostic::new(codes::NO_OBJECT, message).help(help);
    files.iter().all(|file| file.text.lines().all(is_blank)).then(found)
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
            let diagnostic = Diagnostic::new(codes::NO_OBJECT, format!("{}{more}", recognised.words()));
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
        all
    }
}
