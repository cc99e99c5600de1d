//! Facts about a Windows host among dumps: reserved ports, dynamic ports, the build.
//!
//! They stand in files of a log collector, and in whatever people paste: each text is looked through for them, and what
//! tells them is taken out before platforms read the rest.

mod build;
mod pools;
mod ports;

use std::path::Path;

use super::CaptureError;
use super::DumpFile;
use super::files::{Folder, FolderFile, is_folder, live, texts_of};
use crate::net::PortRange;

/// What dumps tell about a Windows host. What they leave out is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// TCP ports that Windows gives to outgoing connections.
    pub dynamic: Option<PortRange>,
    /// The same for UDP.
    pub dynamic_udp: Option<PortRange>,
    /// TCP ports that Windows has reserved.
    pub excluded: Vec<PortRange>,
    /// The same for UDP.
    pub excluded_udp: Vec<PortRange>,
    /// The build of Windows, as in `10.0.20348.2113`; without its last number where that is not told.
    pub build: Option<String>,
}

/// A text, looked through for facts about its host.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) facts: HostFacts,
    /// The text without the lines that tell them, which are left blank so that numbers of lines stay true; `None` where no line
    /// does.
    pub(super) rest: Option<String>,
    /// What of them cannot be used: the number of a line, from 1, and a sentence about it.
    pub(super) remarks: Vec<(usize, String)>,
}

/// The files that have such facts, by the names that the log collector of Microsoft's SDN scripts gives them.
const FILES: [&str; 4] = ["dynamicportrange.txt", "excludedportrange.txt", POOLS, "winver.txt"];

const POOLS: &str = "hnsportpoolallocs.txt";

/// Whether a file with this name has facts about the host.
pub(super) fn has_facts(name: &str) -> bool {
    FILES.contains(&&*name.to_ascii_lowercase())
}

/// What dumps tell about their host: files that a log collector names after such facts, and any text that has some.
///
/// # Errors
/// When a file cannot be read.
pub fn host_facts(files: &[DumpFile]) -> Result<HostFacts, CaptureError> {
    let mut facts = HostFacts::default();
    for file in files.iter().filter(|file| live(&file.path).is_none()) {
        let path = Path::new(&file.path);
        if is_folder(path) {
            for file in Folder::read(path)?.facts {
                facts.add(of_collector(&file)?);
            }
        }
        for text in texts_of(&file.path, None)? {
            facts.add(Told::of(&text.text).facts);
        }
    }
    Ok(facts)
}

/// What a file of a log collector tells, whose name says what is in it: headings may be lost.
fn of_collector(file: &FolderFile) -> Result<HostFacts, CaptureError> {
    let text = file.text(None)?.text;
    let mut told = Told::default();
    match &*file.name().to_ascii_lowercase() {
        "winver.txt" => told.facts.build = build::named(&text),
        POOLS => pools::read(&text, &mut told),
        _ => ports::read(&text, ports::Heading::MayBeLost, &mut told),
    }
    Ok(told.facts)
}

impl Told {
    /// Looks through a text of any kind.
    pub(super) fn of(text: &str) -> Self {
        let mut told = Self::default();
        ports::read(text, ports::Heading::Needed, &mut told);
        build::read(text, &mut told);
        pools::read(text, &mut told);
        told
    }

    /// Leaves lines of the text blank, by their numbers from 1, in order.
    fn take(&mut self, text: &str, lines: &[usize]) {
        if lines.is_empty() {
            return;
        }
        let before = self.rest.take();
        let text = before.as_deref().unwrap_or(text);
        let mut rest = String::with_capacity(text.len());
        let mut taken = lines.iter().peekable();
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            match taken.next_if(|taken| **taken == number) {
                Some(_) => rest.push('\n'),
                None => rest.push_str(line),
            }
        }
        self.rest = Some(rest);
    }
}

impl HostFacts {
    /// Whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// With what other dumps tell that these do not.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let ports = |own: Vec<PortRange>, others| if own.is_empty() { others } else { own };
        Self {
            dynamic: self.dynamic.or(other.dynamic),
            dynamic_udp: self.dynamic_udp.or(other.dynamic_udp),
            excluded: ports(self.excluded, other.excluded),
            excluded_udp: ports(self.excluded_udp, other.excluded_udp),
            build: self.build.or(other.build),
        }
    }

    /// Takes in what another text of the same host tells.
    fn add(&mut self, other: Self) {
        let Self { dynamic, dynamic_udp, excluded, excluded_udp, build } = other;
        self.dynamic = self.dynamic.or(dynamic);
        self.dynamic_udp = self.dynamic_udp.or(dynamic_udp);
        for (known, told) in [(&mut self.excluded, excluded), (&mut self.excluded_udp, excluded_udp)] {
            known.extend(told);
            known.sort_unstable_by_key(|range| (range.first(), range.last()));
            known.dedup();
        }
        // The last number of a build is left out by some commands.
        let is_longer = |build: &String| self.build.as_ref().is_none_or(|known| build.starts_with(&**known));
        if let Some(build) = build.filter(is_longer) {
            self.build = Some(build);
        }
    }

    /// What is told, in words: `reserved ports (2 ranges of TCP), build 10.0.20348 of Windows`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut told = Vec::new();
        let counted = |ranges: &[PortRange], protocol: &str| match ranges.len() {
            0 => None,
            1 => Some(format!("1 range of {protocol}")),
            more => Some(format!("{more} ranges of {protocol}")),
        };
        let of_protocols = [counted(&self.excluded, "TCP"), counted(&self.excluded_udp, "UDP")];
        let of_protocols: Vec<String> = of_protocols.into_iter().flatten().collect();
        if !of_protocols.is_empty() {
            told.push(format!("ports that Windows reserves ({})", of_protocols.join(", ")));
        }
        for (range, protocol) in [(self.dynamic, "TCP"), (self.dynamic_udp, "UDP")] {
            told.extend(range.map(|range| format!("dynamic ports {range} of {protocol}")));
        }
        told.extend(self.build.as_ref().map(|build| format!("build {build} of Windows")));
        told.join(", ")
    }
}

#[cfg(test)]
mod tests;
