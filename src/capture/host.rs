//! Facts about Windows in a folder of collected logs: reserved ports, dynamic ports, the build.

use std::path::Path;

use super::CaptureError;
use super::DumpFile;
use super::files::{Folder, FolderFile, is_folder};
use crate::net::PortRange;

/// What collected logs tell about a Windows host. What they leave out is not known.
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

/// The files that have such facts, by the names that the log collector of Microsoft's SDN scripts gives them.
const FILES: [&str; 3] = ["dynamicportrange.txt", "excludedportrange.txt", "winver.txt"];

/// Whether a file with this name has facts about the host.
pub(super) fn has_facts(name: &str) -> bool {
    FILES.contains(&&*name.to_ascii_lowercase())
}

/// What the folders of collected logs among dumps tell about their host.
///
/// # Errors
/// When a file cannot be read.
pub fn host_facts(files: &[DumpFile]) -> Result<HostFacts, CaptureError> {
    let mut facts = HostFacts::default();
    let folders = files.iter().map(|file| Path::new(&file.path)).filter(|path| is_folder(path));
    for folder in folders {
        for file in Folder::read(folder)?.facts {
            facts.read(&file)?;
        }
    }
    Ok(facts)
}

impl HostFacts {
    /// With what other folders tell that these do not.
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

    fn read(&mut self, file: &FolderFile) -> Result<(), CaptureError> {
        let text = file.text(None)?.text;
        match &*file.name().to_ascii_lowercase() {
            "dynamicportrange.txt" => self.read_dynamic(&text),
            "excludedportrange.txt" => self.read_excluded(&text),
            _ => self.build = self.build.take().or_else(|| build_of(&text)),
        }
        Ok(())
    }

    /// A heading with the protocol, and below it two values in any language: the first port, and how many.
    fn read_dynamic(&mut self, text: &str) {
        let (mut is_udp, mut first) = (false, None);
        for line in text.lines() {
            is_udp = protocol_of(line).unwrap_or(is_udp);
            let number = line.split_once(':').and_then(|(_, value)| value.trim().parse::<u32>().ok());
            let Some(number) = number else { continue };
            let Some(start) = first.take() else {
                first = Some(number);
                continue;
            };
            let last = (start + number).saturating_sub(1);
            let range = u16::try_from(start).ok().zip(u16::try_from(last).ok());
            let range = range.and_then(|(first, last)| PortRange::new(first, last));
            *(if is_udp { &mut self.dynamic_udp } else { &mut self.dynamic }) = range;
        }
    }

    /// A heading with the protocol, and below it rows of two numbers, with a `*` for those of an administrator.
    fn read_excluded(&mut self, text: &str) {
        let mut is_udp = false;
        for line in text.lines() {
            is_udp = protocol_of(line).unwrap_or(is_udp);
            let words: Vec<&str> = line.split_whitespace().collect();
            let ([first, last] | [first, last, "*"]) = words[..] else { continue };
            let ports = first.parse().ok().zip(last.parse().ok());
            let range = ports.and_then(|(first, last)| PortRange::new(first, last));
            (if is_udp { &mut self.excluded_udp } else { &mut self.excluded }).extend(range);
        }
    }
}

/// Whether a line is the heading of UDP or of TCP ports; no heading otherwise.
fn protocol_of(line: &str) -> Option<bool> {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| match word.to_ascii_lowercase().as_str() {
        "tcp" => Some(false),
        "udp" => Some(true),
        _ => None,
    })
}

/// The build in what `ver`, `winver` or `systeminfo` prints.
fn build_of(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));
    let is_build = |word: &&str| {
        let mut numbers = word.split('.');
        word.starts_with("10.0.") && matches!(numbers.by_ref().count(), 3 | 4) && !word.contains("..")
    };
    words.filter(is_build).max_by_key(|word| word.split('.').count()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(ranges: &[PortRange]) -> Vec<String> {
        ranges.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ports_are_read_by_their_protocol_in_any_language() {
        let mut facts = HostFacts::default();
        facts.read_excluded(
            "\r\nProtocol tcp Port Exclusion Ranges\r\n\r\nStart Port    End Port\r\n----------    --------\r\n      5985        5985\r\n\
             \u{20}    31395       31458     *\r\n\r\nПротокол udp\r\n  70000  80000\r\n  500  600\r\n* - Administered port exclusions.\r\n",
        );
        assert_eq!(
            (ranges(&facts.excluded), ranges(&facts.excluded_udp)),
            (vec!["5985-5985".to_owned(), "31395-31458".to_owned()], vec!["500-600".to_owned()],)
        );
        facts.read_dynamic(
            "Protokoll udp Dynamischer Portbereich\n-----\nStartport      : 1025\nAnzahl von Ports : 100\n\
             Protocol tcp Dynamic Port Range\nStart Port : 49152\nNumber of Ports : 16384\n",
        );
        assert_eq!(facts.dynamic.map(|range| range.to_string()).as_deref(), Some("49152-65535"));
        assert_eq!(facts.dynamic_udp.map(|range| range.to_string()).as_deref(), Some("1025-1124"));
    }

    #[test]
    fn a_range_that_is_none_is_not_known() {
        let mut facts = HostFacts::default();
        facts.read_dynamic("Protocol tcp\nStart Port : 65000\nNumber of Ports : 10000\n");
        facts.read_excluded("Protocol tcp\n 90 80\n x 80\n");
        assert_eq!(facts, HostFacts::default());
    }

    #[test]
    fn the_build_is_read_as_far_as_it_is_told() {
        for (text, build) in [
            ("OS Version: 10.0.20348 N/A Build 20348", Some("10.0.20348")),
            ("Microsoft Windows [Version 10.0.17763.5458]", Some("10.0.17763.5458")),
            ("OS Version: 10.0.20348 N/A\nKernel 10.0.20348.2113.", Some("10.0.20348.2113")),
            ("Version 6.1.7601", None),
            ("10.0", None),
        ] {
            assert_eq!(build_of(text).as_deref(), build, "{text}");
        }
    }
}
