//! What is compared: targets that are compiled, manifests, plans, and dumps of nodes, told by their contents.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::ReadingError;
use super::planned::PlanFile;
use super::remarks::Remarks;
use crate::capture::{
    Contents, DumpFile, HostFacts, Understood, begins_as_manifests, detect, format_named, formats,
    host_facts, live, platform_of, resembling, texts_of, texts_of_stdin, understand, without_facts,
};
use crate::name::{did_you_mean, escaped, printable};
use crate::platform::{DumpText, Held, Platform, all, find};
use crate::source::{decode_capture, is_endless};

/// What a side is said to be, before anything is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A platform, whose rules are compiled from manifests.
    Target(&'static dyn Platform),
    /// Files; several are one side together.
    Files(Vec<PathBuf>),
    /// Standard input.
    Stdin,
}

/// What a person says that a side is, where its contents do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideFormat {
    /// Kubernetes objects.
    Manifests,
    /// A plan of hnsplan.
    Plan,
    /// A dump, in the format with this name.
    Dump(&'static str),
}

/// The contents of a side.
pub enum Content {
    /// The files, to be compiled.
    Manifests(Vec<String>),
    /// A plan.
    Plan(PlanFile),
    /// What a node holds, or a text that brings it there.
    Held(Box<dyn Held>),
}

impl FromStr for Asked {
    type Err = ReadingError;

    fn from_str(text: &str) -> Result<Self, ReadingError> {
        if let Some(platform) = find(text) {
            return Ok(Self::Target(platform));
        }
        if text == "-" {
            return Ok(Self::Stdin);
        }
        if Path::new(text).exists() {
            return Ok(Self::Files(vec![PathBuf::from(text)]));
        }
        if live(text).is_some() {
            return Ok(Self::Files(vec![PathBuf::from(text)]));
        }
        // Dumps of one node come in several files: `endpoint.json,policy.json`.
        if text.contains(',') {
            return Ok(Self::Files(text.split(',').map(PathBuf::from).collect()));
        }
        let names: Vec<&str> = all().iter().map(|platform| platform.name()).collect();
        let is_word = !text.contains(['.', '/', '\\']);
        let near = did_you_mean(text, names.iter().copied());
        if is_word {
            let shown = printable(text);
            return Err(ReadingError(format!(
                "`{shown}` is neither a file nor a target; {near}targets are {}",
                names.join(", ")
            )));
        }
        Ok(Self::Files(vec![PathBuf::from(text)]))
    }
}

impl FromStr for SideFormat {
    type Err = ReadingError;

    fn from_str(text: &str) -> Result<Self, ReadingError> {
        match text {
            "manifests" => Ok(Self::Manifests),
            "plan" => Ok(Self::Plan),
            other => format_named(other).map(|(_, name)| Self::Dump(name)).map_err(|_| {
                let names: Vec<&str> = formats().map(|(_, format)| format.name).collect();
                ReadingError(format!(
                    "`{}` is not a format; expected manifests, plan, {}",
                    printable(other),
                    names.join(", ")
                ))
            }),
        }
    }
}

impl SideFormat {
    /// Which side, 0 or 1, and what it is: `a=hns`, `b=manifests`.
    ///
    /// # Errors
    /// When there is no such side or format.
    pub fn of_side(text: &str) -> Result<(usize, Self), ReadingError> {
        let Some((side, format)) = text.split_once('=') else {
            return Err(ReadingError("a format is for one side: a=FORMAT or b=FORMAT".to_owned()));
        };
        let side = match side {
            "a" | "A" => 0,
            "b" | "B" => 1,
            other => return Err(ReadingError(format!("`{}` is neither a nor b", printable(other)))),
        };
        Ok((side, format.parse()?))
    }
}

impl Asked {
    /// Whether two sides are one target, so that it is plain that both are of one platform before anything is read.
    #[must_use]
    pub fn name_one_target(sides: &[Self; 2]) -> bool {
        matches!(sides, [Self::Target(one), Self::Target(other)] if one == other)
    }

    /// What people call the side.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Target(platform) => platform.name().to_owned(),
            Self::Stdin => "standard input".to_owned(),
            Self::Files(files) => {
                let names: Vec<String> =
                    files.iter().map(|file| escaped(&file.display().to_string())).collect();
                names.join(", ")
            }
        }
    }

    /// Reads the files. `other` is what the other side is, for texts that tell nothing, as the dump of an
    /// empty list does.
    pub(super) fn content(
        &self,
        format: Option<SideFormat>,
        other: Option<&'static dyn Platform>,
        remarks: &mut Remarks,
    ) -> Result<Content, ReadingError> {
        if format == Some(SideFormat::Manifests) || format.is_none() && self.begins_with_manifests() {
            return Ok(Content::Manifests(self.manifests()));
        }
        let named = match format {
            Some(SideFormat::Dump(name)) => Some(name),
            _ => None,
        };
        let texts = self.texts(named)?;
        if texts.is_empty() {
            return Err(ReadingError(format!("{} contains no file that could be read", self.name())));
        }
        let rules = texts.into_iter().map(|text| without_facts(text, &mut remarks.0));
        let texts: Vec<DumpText> = rules.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        if texts.is_empty() {
            return Err(ReadingError(format!(
                "{} tells facts about the host and no rules, so there is nothing to compare; name a dump of the node beside \
                 it, as in DUMP,{}",
                self.name(),
                self.name()
            )));
        }
        let contents = match format {
            Some(SideFormat::Manifests) => Contents::Manifests,
            Some(SideFormat::Plan) => Contents::Plan,
            Some(SideFormat::Dump(name)) => Contents::Dump(format_named(name)?.0),
            None => self.detected(&texts, other)?,
        };
        match contents {
            // The compiler would read it again, and find nothing.
            Contents::Manifests if self.has_pipe() => Err(ReadingError(format!(
                "{}: a pipe can only be read once; pass manifests with -f, --old or --new",
                self.name()
            ))),
            Contents::Manifests => Ok(Content::Manifests(self.manifests())),
            Contents::Plan => Ok(Content::Plan(self.plan(&texts)?)),
            Contents::Dump(platform) => {
                let Understood { held, problems, remarks: found } = understand(platform, texts)?;
                remarks.0.extend(problems.into_iter().map(|problem| problem.message));
                remarks.0.extend(found);
                Ok(Content::Held(held))
            }
        }
    }

    /// What the files tell about their host.
    pub(super) fn host_facts(&self) -> Result<HostFacts, ReadingError> {
        let dump = |path: String| DumpFile { path, format: None };
        let files: Vec<DumpFile> = match self {
            Self::Target(_) => Vec::new(),
            Self::Stdin => vec![dump("-".to_owned())],
            Self::Files(files) => files.iter().map(|file| dump(file.display().to_string())).collect(),
        };
        Ok(host_facts(&files)?)
    }

    /// Whether there are files only, and each begins as manifests do. They may be large: the compiler reads them.
    fn begins_with_manifests(&self) -> bool {
        let Self::Files(files) = self else { return false };
        !self.has_pipe()
            && files.iter().all(|file| {
                beginning(file).is_ok_and(|text| {
                    begins_as_manifests(&text) && matches!(detect(&text), Some(Contents::Manifests))
                })
            })
    }

    /// Whether it gives its text to the first reader only.
    fn has_pipe(&self) -> bool {
        match self {
            Self::Stdin => true,
            Self::Files(files) => files.iter().any(|file| is_endless(file)),
            Self::Target(_) => false,
        }
    }

    fn manifests(&self) -> Vec<String> {
        match self {
            Self::Files(files) => files.iter().map(|file| file.display().to_string()).collect(),
            Self::Stdin | Self::Target(_) => vec!["-".to_owned()],
        }
    }

    fn plan(&self, texts: &[DumpText]) -> Result<PlanFile, ReadingError> {
        let [text] = texts else {
            return Err(ReadingError(format!("{}: a side is one plan", self.name())));
        };
        PlanFile::read(text)
    }

    /// The texts of a side. Manifests in folders are read later, by the compiler.
    fn texts(&self, format: Option<&'static str>) -> Result<Vec<DumpText>, ReadingError> {
        match self {
            Self::Target(_) => Ok(Vec::new()),
            Self::Stdin => Ok(vec![DumpText { format, ..texts_of_stdin()? }]),
            Self::Files(files) => {
                let mut texts = Vec::new();
                for file in files {
                    texts.extend(texts_of(&file.display().to_string(), format)?);
                }
                Ok(texts)
            }
        }
    }

    /// What the texts are, by what stands in them.
    fn detected(
        &self,
        texts: &[DumpText],
        other: Option<&'static dyn Platform>,
    ) -> Result<Contents, ReadingError> {
        let are_empty = texts.iter().all(|text| text.text.trim().is_empty());
        // The dump of an empty list may be empty.
        if let (Some(platform), true) = (other, are_empty) {
            return Ok(Contents::Dump(platform));
        }
        let named =
            |text: &DumpText| format_named(text.format?).ok().map(|(platform, _)| Contents::Dump(platform));
        let found: Vec<Option<Contents>> =
            texts.iter().map(|text| named(text).or_else(|| detect(&text.text))).collect();
        let known = || found.iter().flatten();
        let first = known().next().copied();
        match first {
            Some(Contents::Dump(platform)) => {
                for (text, contents) in texts.iter().zip(&found) {
                    // Beside a dump, an empty file may be the dump of an empty list, as its name tells.
                    if contents.is_none() && text.text.trim().is_empty() {
                        continue;
                    }
                    let own = match contents {
                        Some(Contents::Dump(own)) => *own,
                        _ => platform_of(text)?,
                    };
                    if own != platform {
                        return Err(ReadingError(format!(
                            "{} is a dump of {}, and {} of {}; a side is one platform",
                            texts[0].name,
                            platform.held_name(),
                            text.name,
                            own.held_name()
                        )));
                    }
                }
                Ok(Contents::Dump(platform))
            }
            Some(contents) => Ok(contents),
            None => {
                let text = texts.iter().find(|text| !text.text.trim().is_empty()).unwrap_or(&texts[0]);
                if let Some(hint) = resembling(&text.text) {
                    return Err(ReadingError(format!("{} {hint}", text.name)));
                }
                let about: Vec<String> =
                    formats().map(|(_, format)| format!("{} ({})", format.name, format.about)).collect();
                Err(ReadingError(format!(
                    "cannot tell what {} is: it is neither Kubernetes objects (no apiVersion and kind), nor a plan (no \
                     kind ApplyPlan or HnsPlan), nor a dump: {}; --format a=FORMAT or b=FORMAT says what it is",
                    self.name(),
                    about.join(", ")
                )))
            }
        }
    }
}

/// Enough of a file to tell what it is.
fn beginning(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(64 * 1024).read_to_end(&mut bytes)?;
    Ok(decode_capture(bytes).0)
}
