//! What is compared: targets that are compiled, manifests, plans, and dumps of nodes, told by their contents.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;

use super::super::Failure;
use super::super::output::{Terminal, counted};
use super::planned::PlanFile;
use crate::diff::Platform;
use crate::name::{escaped, printable};
use crate::net::{Family, PerFamily};
use crate::platform::hns::model::State;
use crate::platform::hns::read::{self, StateProblem};
use crate::platform::iptables::{self, model::Ruleset};
use crate::platform::netsh::{self, Captured, Shown};

/// What a side is said to be, before anything is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// A target, compiled from the manifests of `-f`.
    Target(Platform),
    /// Files; several are one side together.
    Files(Vec<PathBuf>),
    /// Standard input.
    Stdin,
}

/// What a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Kubernetes objects
    Manifests,
    /// What hnsplan plan -o FILE writes, or hnsplan compile -t hns
    Plan,
    /// What iptables-save prints, or iptables-restore reads
    IptablesSave,
    /// The same for IPv6
    Ip6tablesSave,
    /// What HNS holds: JSON of `PowerShell`, hnsdiag, a folder of the log collector
    Hns,
    /// What netsh dump or netsh show prints, or a script of netsh
    Netsh,
}

/// The contents of a side.
pub(super) enum Content {
    /// The files, to be compiled.
    Manifests(Vec<String>),
    Plan(PlanFile),
    Iptables(PerFamily<Option<Ruleset>>),
    Hns(State),
    Netsh(Captured),
}

impl FromStr for Asked {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "iptables" => Self::Target(Platform::Iptables),
            "hns" => Self::Target(Platform::Hns),
            "netsh" => Self::Target(Platform::Netsh),
            "-" => Self::Stdin,
            // Dumps of one node come in several files: `endpoint.json,policy.json`.
            _ if !Path::new(text).exists() && text.contains(',') => {
                Self::Files(text.split(',').map(PathBuf::from).collect())
            }
            _ => Self::Files(vec![PathBuf::from(text)]),
        })
    }
}

/// `a=hns`, `b=netsh`
pub(super) fn side_format(text: &str) -> Result<(usize, Format), String> {
    let (side, format) = text.split_once('=').ok_or("a format is for one side: a=FORMAT or b=FORMAT")?;
    let side = match side {
        "a" | "A" => 0,
        "b" | "B" => 1,
        other => return Err(format!("`{}` is neither a nor b", printable(other))),
    };
    Ok((side, Format::from_str(format, true)?))
}

/// A text and where it is from.
struct Text {
    name: String,
    text: String,
}

impl Asked {
    /// What people call the side.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Target(platform) => platform.as_str().to_owned(),
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
        format: Option<Format>,
        other: Option<Platform>,
        terminal: &mut Terminal,
    ) -> Result<Content, Failure> {
        if format == Some(Format::Manifests) || format.is_none() && self.begins_with_manifests() {
            return Ok(Content::Manifests(self.manifests()));
        }
        let texts = self.texts(format)?;
        if texts.is_empty() {
            return Err(Failure::Usage(format!("{} holds no file that could be read", self.name())));
        }
        let format = match format {
            Some(format) => format,
            None => self.detected(&texts, other)?,
        };
        Ok(match format {
            // The compiler would read it again, and find nothing.
            Format::Manifests if self.has_pipe() => {
                let message = "it can be read once only: manifests come from a pipe by -f, --old or --new";
                return Err(Failure::Usage(format!("{}: {message}", self.name())));
            }
            Format::Manifests => Content::Manifests(self.manifests()),
            Format::Plan => Content::Plan(self.plan(&texts, terminal)?),
            Format::IptablesSave | Format::Ip6tablesSave => {
                let forced = (format == Format::Ip6tablesSave).then_some(Family::Ipv6);
                Content::Iptables(tables(&texts, forced, terminal))
            }
            Format::Hns => {
                let states = texts.iter().map(|text| {
                    let (state, problems) = read::read(&text.text);
                    say(&text.name, &problems, terminal);
                    state
                });
                Content::Hns(State::merged(states.collect::<Vec<_>>()))
            }
            Format::Netsh => Content::Netsh(captured(&texts, terminal)),
        })
    }

    /// Whether there are files only, and each begins as manifests do. They may be large: the compiler reads them.
    fn begins_with_manifests(&self) -> bool {
        let Self::Files(files) = self else { return false };
        !self.has_pipe()
            && files
                .iter()
                .all(|file| beginning(file).is_ok_and(|text| detected(&text) == Some(Format::Manifests)))
    }

    /// Whether it gives its text to the first reader only.
    fn has_pipe(&self) -> bool {
        match self {
            Self::Stdin => true,
            Self::Files(files) => files.iter().any(|file| file.exists() && !file.is_file() && !file.is_dir()),
            Self::Target(_) => false,
        }
    }

    fn manifests(&self) -> Vec<String> {
        match self {
            Self::Files(files) => files.iter().map(|file| file.display().to_string()).collect(),
            Self::Stdin | Self::Target(_) => vec!["-".to_owned()],
        }
    }

    fn plan(&self, texts: &[Text], terminal: &mut Terminal) -> Result<PlanFile, Failure> {
        let [text] = texts else {
            return Err(Failure::Usage(format!("{}: a side is one plan", self.name())));
        };
        if let Some(planned) = read::planned(&text.text) {
            say(&text.name, &planned.problems, terminal);
            return Ok(PlanFile::Compiled(planned));
        }
        let of_compile = "hnsplan compile -t hns prints one as well";
        PlanFile::saved(&text.text)
            .map_err(|error| Failure::Usage(format!("{}: {error}; {of_compile}", text.name)))
    }

    /// The texts of a side. Manifests in folders are read later, by the compiler.
    fn texts(&self, format: Option<Format>) -> Result<Vec<Text>, Failure> {
        match self {
            Self::Target(_) => Ok(Vec::new()),
            Self::Stdin => {
                let mut bytes = Vec::new();
                std::io::stdin()
                    .read_to_end(&mut bytes)
                    .map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))?;
                Ok(vec![Text { name: self.name(), text: netsh::decode(bytes).0 }])
            }
            Self::Files(files) => {
                let mut texts = Vec::new();
                for file in files {
                    if file.is_dir() {
                        for file in files_in(file, format)? {
                            texts.push(text_of(&file)?);
                        }
                    } else {
                        texts.push(text_of(file)?);
                    }
                }
                Ok(texts)
            }
        }
    }

    /// What the texts are, by what stands in them.
    fn detected(&self, texts: &[Text], other: Option<Platform>) -> Result<Format, Failure> {
        if let Some(format) = texts.iter().find_map(|text| detected(&text.text)) {
            return Ok(format);
        }
        let are_empty = texts.iter().all(|text| text.text.trim().is_empty());
        match other {
            // PowerShell makes nothing of an empty list.
            Some(Platform::Hns) if are_empty => return Ok(Format::Hns),
            Some(Platform::Iptables) if are_empty => return Ok(Format::IptablesSave),
            Some(Platform::Netsh) if are_empty => return Ok(Format::Netsh),
            _ => {}
        }
        Err(Failure::Usage(format!(
            "cannot tell what {} is: tried iptables-save (no line `*nat` or `*filter`), a plan (no kind \
             ApplyPlan or HnsPlan), Kubernetes objects (no apiVersion and kind), netsh (no command of it) and HNS (no \
             network, endpoint or load balancer); --format a=hns or b=netsh says what it is",
            self.name()
        )))
    }
}

fn detected(text: &str) -> Option<Format> {
    let is_table = |line: &str| {
        let name = line.trim().strip_prefix('*');
        name.is_some_and(|name| ["filter", "nat", "mangle", "raw", "security"].contains(&name))
    };
    if text.lines().take(1000).any(is_table) {
        return Some(Format::IptablesSave);
    }
    // Names of members stand near the beginning; a large file is not read as a whole for them.
    let beginning = text.char_indices().nth(4096).map_or(text, |(at, _)| &text[..at]);
    let is_plan = ["\"HnsPlan\"", "\"ApplyPlan\""].iter().any(|kind| beginning.contains(kind));
    if is_plan && beginning.contains("apiVersion") {
        return Some(Format::Plan);
    }
    let has_member = |name: &str| {
        beginning.lines().any(|line| {
            let line = line.trim_start().trim_start_matches("- ");
            line.starts_with(name) || beginning.contains(&format!("\"{name}\""))
        })
    };
    if has_member("apiVersion") && has_member("kind") {
        return Some(Format::Manifests);
    }
    // In JSON, netsh would find words of its own.
    let is_json = text.trim_start().starts_with(['{', '[']);
    let captured = if is_json { Captured::default() } else { netsh::read(text) };
    if !captured.commands.is_empty() || captured.shows_portproxy || captured.addresses != Shown::Nothing {
        return Some(Format::Netsh);
    }
    let (state, problems) = read::read(text);
    let is_nothing = |problem: &StateProblem| {
        matches!(problem.problem, read::Problem::Nothing | read::Problem::UnknownObjects { .. })
    };
    let is_empty = state.networks.is_empty() && state.endpoints.is_empty() && state.load_balancers.is_empty();
    let is_hns = !is_empty || (!text.trim().is_empty() && !problems.iter().any(is_nothing));
    is_hns.then_some(Format::Hns)
}

/// Both families may stand in one text, as `hnsplan compile` writes them, and in several.
fn tables(texts: &[Text], forced: Option<Family>, terminal: &mut Terminal) -> PerFamily<Option<Ruleset>> {
    let mut found: PerFamily<Option<Ruleset>> = PerFamily { ipv4: None, ipv6: None };
    for Text { name, text } in texts {
        let second = text.find("# for ip6tables-restore").filter(|at| *at > 0 && forced.is_none());
        let parts = match second {
            Some(at) => vec![&text[..at], &text[at..]],
            None => vec![&text[..]],
        };
        for part in parts {
            let family = forced.unwrap_or_else(|| family_of(part));
            let (rules, problems) = iptables::read(part, family);
            for problem in &problems {
                terminal.say(&format!("{name}:{}: {}", problem.line, problem.message));
            }
            match family {
                Family::Ipv4 => found.ipv4 = Some(rules),
                Family::Ipv6 => found.ipv6 = Some(rules),
            }
        }
    }
    found
}

/// The family of a text, which `iptables-save` says in its first line, and addresses say as well.
fn family_of(text: &str) -> Family {
    if text.lines().take(3).any(|line| line.starts_with('#') && line.contains("ip6tables")) {
        return Family::Ipv6;
    }
    let address = text.lines().filter(|line| line.starts_with('-')).find_map(|line| {
        let mut words = line.split(' ');
        words.find(|word| ["-d", "-s", "--to-destination"].contains(word))?;
        words.next()
    });
    match address {
        Some(address) if address.starts_with('[') || address.matches(':').count() > 1 => Family::Ipv6,
        _ => Family::Ipv4,
    }
}

/// How many lines of a text that are not understood are told one by one.
const UNKNOWN_LINES: usize = 3;

fn captured(texts: &[Text], terminal: &mut Terminal) -> Captured {
    let mut all = Captured::default();
    for Text { name, text } in texts {
        let found = netsh::read(text);
        for line in found.unknown.iter().take(UNKNOWN_LINES) {
            terminal.say(&format!("{name}:{}: not read: {}", line.line, line.why));
        }
        let more = found.unknown.len().saturating_sub(UNKNOWN_LINES);
        if more > 0 {
            terminal.say(&format!("{name}: {} not read", counted(more, "more line")));
        }
        all.commands.extend(found.commands);
        all.excluded_ports.extend(found.excluded_ports);
        all.addresses = all.addresses.max(found.addresses);
        all.shows_portproxy |= found.shows_portproxy;
        all.resets |= found.resets;
    }
    all
}

fn say(name: &str, problems: &[StateProblem], terminal: &mut Terminal) {
    for problem in problems {
        terminal.say(&format!("{name}:{}: {}", problem.line, problem.message()));
    }
}

fn text_of(path: &Path) -> Result<Text, Failure> {
    let name = escaped(&path.display().to_string());
    let bytes =
        std::fs::read(path).map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
    Ok(Text { name, text: netsh::decode(bytes).0 })
}

/// Enough of a file to tell what it is.
fn beginning(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(64 * 1024).read_to_end(&mut bytes)?;
    Ok(netsh::decode(bytes).0)
}

/// The files of a folder, by name: the dumps that a log collector writes, or else all.
fn files_in(folder: &Path, format: Option<Format>) -> Result<Vec<PathBuf>, Failure> {
    let shown = escaped(&folder.display().to_string());
    let entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| Failure::Usage(format!("cannot read {shown}: {error}")))?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    let is_dump =
        |file: &PathBuf| file.file_name().is_some_and(|name| read::is_dump(&name.to_string_lossy()));
    let is_of_collector =
        files.iter().any(|file| is_dump(file) && file.extension().is_some_and(|of| of == "txt"));
    if is_of_collector || format == Some(Format::Hns) {
        files.retain(is_dump);
    }
    Ok(files)
}
