//! Dumps of nodes: found, told apart, decoded, read and merged. One reader for every command.
//!
//! ```text
//! files ─► texts (any encoding, folders of collectors, zips of them) ─► whose is it? ─► read by its platform ─► Holdings
//! ```
//!
//! Each platform says whether a text is one of its dumps; nothing here knows a format.

mod archive;
mod detect;
mod files;
mod host;
mod identify;

use std::path::Path;
use std::sync::OnceLock;

use crate::diagnostics::Diagnostic;
use crate::flag::{Flag, Given, Takes};
use crate::name::{escaped, printable};
use crate::platform::{DumpFormat, DumpText, Held, Holdings, Match, Platform, Read, Side, all};

use files::{Folder, FolderFile, is_folder};

pub use detect::{Contents, begins_as_manifests, detect, resembling};
pub use files::{LIVE, live, text_of, texts_of, texts_of_stdin};
pub use host::{HostFacts, host_facts};

use host::Told;
pub use identify::{Identity, identify};

/// The flag that names dumps.
pub const DUMP: Flag = Flag::new(
    "dump",
    Takes::Values("[FORMAT=]FILE"),
    "Node dumps",
    "What the node holds: a file, a folder, - for standard input, or live:EXECUTOR for the node itself; may be repeated",
)
.saying(
    "The contents tell what a dump is: output of iptables-save, of Get-HnsNetwork, Get-HnsEndpoint and \
     Get-HnsLoadBalancer or Get-HnsPolicyList through ConvertTo-Json -Depth 20, of hnsdiag, the folder of \
     collectlogs.ps1, netsh dump. Reserved ports, dynamic ports and the build of Windows among them are facts about the \
     node. FORMAT=FILE forces a format, as in hns=FILE. live:hcn, live:iptables, live:netsh read \
     the node that the command runs on, live:sim:FILE the simulated one of a file; nothing is changed.",
);

/// A dump that somebody named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpFile {
    /// The file, a folder, or `-`.
    pub path: String,
    /// The format, where somebody named it.
    pub format: Option<&'static str>,
}

/// What was read of dumps.
#[derive(Debug, Default)]
pub struct Capture {
    /// What the node holds.
    pub holdings: Holdings,
    /// What could not be read.
    pub problems: Vec<Diagnostic>,
    /// The same for problems without a code, a line each; safe to print.
    pub remarks: Vec<String>,
}

/// Why dumps cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CaptureError(pub(crate) String);

impl Capture {
    /// Checks that there is a dump of every side that a node holds.
    ///
    /// # Errors
    /// When there is none; the message names what was given.
    pub fn check_sides(&self, sides: &[Side]) -> Result<(), CaptureError> {
        let is_missing = |side: &&Side| side.is_held() && self.holdings.of(side.platform).is_none();
        let Some(side) = sides.iter().find(is_missing) else { return Ok(()) };
        let given: Vec<&str> = self.holdings.iter().map(|held| held.platform().held_name()).collect();
        let given = match &*given {
            [] => String::new(),
            given => format!("; what was given is of {}", given.join(", ")),
        };
        let name = side.name();
        Err(CaptureError(format!("the target {name} needs a dump of the node: add --dump FILE{given}")))
    }
}

/// The flags that name dumps: `--dump`, and those of single formats.
#[must_use]
pub fn flags() -> &'static [Flag] {
    static FLAGS: OnceLock<Vec<Flag>> = OnceLock::new();
    FLAGS.get_or_init(|| {
        let of_format = |format: DumpFormat| {
            Flag::new(format.flag, Takes::Values("FILE"), "Node dumps", format.about).for_experts()
        };
        let formats = formats().map(|(_, format)| format).filter(|format| !format.flag.is_empty());
        std::iter::once(DUMP).chain(formats.map(of_format)).collect()
    })
}

/// All formats, with their platforms.
pub fn formats() -> impl Iterator<Item = (&'static dyn Platform, DumpFormat)> {
    all().iter().flat_map(|platform| platform.formats().iter().map(|format| (*platform, *format)))
}

/// The format with a name.
///
/// # Errors
/// When there is none; the message lists them.
pub fn format_named(name: &str) -> Result<(&'static dyn Platform, &'static str), CaptureError> {
    let found = formats().find(|(_, format)| format.name == name);
    found.map(|(platform, format)| (platform, format.name)).ok_or_else(|| {
        let names: Vec<&str> = formats().map(|(_, format)| format.name).collect();
        CaptureError(format!("`{}` is not a format of dumps; expected {}", printable(name), names.join(", ")))
    })
}

/// The dumps that flags name.
///
/// # Errors
/// When a format is not known.
pub fn files_of(given: &Given) -> Result<Vec<DumpFile>, CaptureError> {
    let mut files = Vec::new();
    for text in given.all(&DUMP) {
        files.push(match text.split_once('=') {
            // A file may have the sign in its name.
            Some((name, path)) if !std::path::Path::new(text).exists() => {
                DumpFile { path: path.to_owned(), format: Some(format_named(name)?.1) }
            }
            _ => DumpFile { path: text.clone(), format: None },
        });
    }
    for flag in flags().iter().skip(1) {
        let format = formats().find(|(_, format)| format.flag == flag.name).map(|(_, format)| format.name);
        files.extend(given.all(flag).iter().map(|path| DumpFile { path: path.clone(), format }));
    }
    Ok(files)
}

/// Reads dumps.
///
/// # Errors
/// When a file cannot be read, is something else than a dump, or nothing in it can be read.
pub fn read(files: &[DumpFile]) -> Result<Capture, CaptureError> {
    let mut capture = Capture::default();
    let mut texts = Vec::new();
    for file in files {
        for text in texts_of(&file.path, file.format)? {
            texts.extend(without_facts(text, &mut capture.remarks)?);
        }
    }
    let mut by_platform: Vec<Vec<DumpText>> = all().iter().map(|_| Vec::new()).collect();
    for text in texts {
        let platform = platform_of(&text)?;
        let at = all().iter().position(|known| *known == platform).expect("it is registered");
        by_platform[at].push(text);
    }
    for folder in files.iter().map(|file| Path::new(&file.path)).filter(|path| is_folder(path)) {
        capture.remarks.extend(what_of_folder(folder)?);
    }
    for (platform, texts) in all().iter().zip(by_platform) {
        if texts.is_empty() {
            continue;
        }
        let Understood { held, problems, remarks } = understand(*platform, texts)?;
        capture.holdings.add(held);
        capture.problems.extend(problems);
        capture.remarks.extend(remarks);
    }
    Ok(capture)
}

/// A text without what it tells about the host, which is said; `None` where there is nothing else that a node holds.
///
/// # Errors
/// When the text is about the host and cannot be used, or is said to be a dump and is none.
pub fn without_facts(text: DumpText, remarks: &mut Vec<String>) -> Result<Option<DumpText>, CaptureError> {
    let told = Told::of(&text.text);
    let mut unused = told.remarks.iter().map(|(line, why)| format!("{}:{line}: not used: {why}", text.name));
    if told.facts.is_empty() {
        return match unused.next() {
            Some(first) if identify(&text.text).is_none() => Err(CaptureError(first)),
            first => {
                remarks.extend(first.into_iter().chain(unused));
                Ok(Some(text))
            }
        };
    }
    remarks.extend(unused);
    let (name, words) = (&text.name, told.facts.words());
    let others = told.rest.as_deref().unwrap_or(&text.text);
    let is_dump = identify(others).is_some();
    if let (Some(format), false) = (text.format, is_dump) {
        return Err(CaptureError(format!(
            "{name} tells facts about the node ({words}), and is no dump of the format {format}; pass it with --dump {name}"
        )));
    }
    remarks.push(format!("{name}: {words}: facts about the node"));
    if is_dump {
        let rest = told.rest.unwrap_or_else(|| text.text.clone());
        return Ok(Some(DumpText { text: rest, ..text }));
    }
    let count = others.lines().filter(|line| !line.trim().is_empty()).count();
    match (resembling(others), count) {
        (_, 0) => {}
        (Some(hint), _) => remarks.push(format!("{name}: the rest {hint}")),
        (None, 1) => remarks.push(format!("{name}: 1 other line tells nothing that is used")),
        (None, count) => remarks.push(format!("{name}: {count} other lines tell nothing that is used")),
    }
    Ok(None)
}

/// What becomes of the files of a folder of collected logs that are no dumps: nothing in it is passed over in silence.
fn what_of_folder(path: &Path) -> Result<Vec<String>, CaptureError> {
    let folder = Folder::read(path)?;
    let shown = escaped(&path.display().to_string());
    let names = |files: &[FolderFile]| {
        let named: Vec<String> = files.iter().take(NAMED).map(|file| escaped(&file.name())).collect();
        match files.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    };
    let mut found = Vec::new();
    if !folder.facts.is_empty() {
        let what = "ports that Windows reserves and its build are facts about the node";
        found.push(format!("{shown}: {}: {what}", names(&folder.facts)));
    }
    if folder.is_of_collector && !folder.others.is_empty() {
        found.push(format!("{shown}: not read, as nothing in them is used: {}", names(&folder.others)));
    }
    Ok(found)
}

/// How many files of a folder are named.
const NAMED: usize = 8;

/// The platform that a text is a dump of: the one that somebody named, unless the text is plainly something else, or
/// else the one that recognizes it.
///
/// # Errors
/// When the text is something else than a dump, or nobody knows what it is.
pub fn platform_of(text: &DumpText) -> Result<&'static dyn Platform, CaptureError> {
    let found = match identify(&text.text) {
        Some(Identity::Dump(platform)) => Some(platform),
        Some(other) => {
            let (name, what, advice) = (&text.name, other.words(), other.advice());
            return Err(CaptureError(format!("{name} is {what}, not a dump of a node; {advice}")));
        }
        None => None,
    };
    let named = text.format.map(format_named).transpose()?.map(|(platform, _)| platform);
    match (named, found) {
        (Some(named), Some(platform)) if named != platform => {
            if named.recognize(&text.text) != Match::No || platform.recognize(&text.text) != Match::Certain {
                return Ok(named);
            }
            Err(CaptureError(format!(
                "{} is a dump of {}, not of {}; pass it with --dump",
                text.name,
                platform.held_name(),
                named.held_name()
            )))
        }
        (Some(platform), _) | (None, Some(platform)) => Ok(platform),
        (None, None) => Err(CaptureError(detect::unknown(&text.name, &text.text))),
    }
}

/// What a platform made of texts.
pub struct Understood {
    /// What the node holds.
    pub held: Box<dyn Held>,
    /// What could not be read.
    pub problems: Vec<Diagnostic>,
    /// The same for problems without a code, a line each; safe to print.
    pub remarks: Vec<String>,
}

/// Lets a platform read texts.
///
/// # Errors
/// When nothing could be read of one of them: what is in it is not known, so nothing may be said about the node.
pub fn understand(platform: &dyn Platform, texts: Vec<DumpText>) -> Result<Understood, CaptureError> {
    let names: Vec<String> = texts.iter().map(|text| text.name.clone()).collect();
    let Read { held, refused, problems, remarks } = platform.read(texts);
    if let Some(first) = refused.first() {
        let more = match refused.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more cannot be read"),
        };
        return Err(CaptureError(format!("{first}{more}")));
    }
    match held {
        Some(held) => Ok(Understood { held, problems, remarks }),
        None => Err(CaptureError(format!(
            "{}: no rules of {} were found in it",
            names.join(", "),
            platform.held_name()
        ))),
    }
}
