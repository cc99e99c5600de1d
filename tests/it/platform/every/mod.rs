//! What every platform has to satisfy. Platforms are asked by their traits, and none is named: those that are
//! registered, and that of `examples/hosts`.

mod hostile;
mod options;
mod order;
mod plans;
mod same;
mod shop;

#[path = "../../../../examples/hosts/platform.rs"]
mod hosts;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hnsplan::capture::{Contents, detect};
use hnsplan::diff::{Comparison, Directory, Ownership, compare};
use hnsplan::pipeline::Compiled;
use hnsplan::platform::{
    self, Context, DumpText, Held, Holdings, Match, Objects, Options, PlanOutcome, Platform, Read,
};
use hnsplan::source::decode_capture;

use crate::support::case::fixtures;

/// All platforms.
pub(crate) fn platforms() -> impl Iterator<Item = &'static dyn Platform> {
    platform::all().iter().copied().chain([&hosts::Hosts as &dyn Platform])
}

/// The files of a folder of fixtures with their texts, in the order of their names.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(fixtures().join(folder)).expect("there is such a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    let text = |path: &Path| decode_capture(std::fs::read(path).expect("it can be read")).0;
    paths.into_iter().map(|path| (path.clone(), text(&path))).collect()
}

/// What is read of a dump, with all that was said about it.
fn read(platform: &dyn Platform, name: &str, text: &str) -> Read {
    platform.read(vec![DumpText { name: name.to_owned(), text: text.to_owned(), format: None }])
}

/// A recorded dump.
struct Dump {
    name: String,
    platform: &'static dyn Platform,
    text: String,
    held: Box<dyn Held>,
}

/// Every recorded dump.
fn dumps() -> &'static [Dump] {
    static DUMPS: OnceLock<Vec<Dump>> = OnceLock::new();
    DUMPS.get_or_init(|| {
        let files = ["shop", "hns-state", "iptables-save", "nft-list", "netsh"].into_iter().flat_map(files);
        let dumps = files.filter_map(|(path, text)| {
            let Some(Contents::Dump(platform)) = detect(&text) else { return None };
            let name = path.display().to_string();
            let held = read(platform, &name, &text).held.unwrap_or_else(|| panic!("{name} is no dump"));
            Some(Dump { name, platform, text, held })
        });
        dumps.collect()
    })
}

/// The answer of `compile`, as whoever reads it back gets it; `None` where nothing can be read of it, as of a script
/// for people.
fn read_back(platform: &dyn Platform, context: Context<'_>) -> Option<Box<dyn Held>> {
    let outputs = platform.texts(context).value;
    let main: Vec<_> = outputs.iter().filter(|output| output.is_main).collect();
    let heading = |heading: &'static str| if main.len() > 1 { heading } else { "" };
    let text = main.iter().map(|output| heading(output.heading).to_string() + &output.to_string()).collect();
    let text = DumpText { name: "standard input".to_owned(), text, format: None };
    if let Some(PlanOutcome { held, .. }) = platform.outcome_of_text(&text, None) {
        return held;
    }
    let is_readable = platform.recognize(&text.text) != Match::No;
    is_readable.then(|| platform.read(vec![text]).held)?
}

/// The wanted objects and those that are held, compared.
fn compared(context: Context<'_>, sides: [Box<dyn Objects>; 2]) -> Comparison {
    let mut sides = sides;
    let directory = Directory::new(vec![context.rules]);
    compare(&mut sides, &directory, &Ownership::default()).expect("both are of one platform")
}

/// What differs between what is wanted and what is held.
fn differences(platform: &dyn Platform, context: Context<'_>, held: &dyn Held) -> Vec<String> {
    let sides = [platform.objects(context).value, held.duplicate().into_objects()];
    let found = compared(context, sides);
    let changes = found
        .counting()
        .map(|change| format!("{} {} {:?}", change.verb.as_str(), change.subject, change.fields));
    let faults = found.findings.iter().filter(|finding| finding.is_fault());
    changes.chain(faults.map(|finding| format!("{} {}", finding.code.id(), finding.message))).collect()
}

/// Rules of some manifests, with options and what the node holds.
struct World {
    compiled: Compiled,
    options: Options,
    held: Holdings,
}

impl World {
    fn of(compiled: Compiled) -> Self {
        Self { compiled, options: Options::default(), held: Holdings::default() }
    }

    fn with(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// On a node that holds this; of the others nothing is known.
    fn holding(mut self, held: Option<&dyn Held>) -> Self {
        self.held = Holdings::default();
        if let Some(held) = held {
            self.held.add(held.duplicate());
        }
        self
    }

    fn context(&self) -> Context<'_> {
        self.compiled.context(&self.options, &self.held)
    }
}
