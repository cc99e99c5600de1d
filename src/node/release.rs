//! The build of Windows on a node, and how it is known.

use std::fmt;
use std::str::FromStr;

/// A build of Windows, as in `20348.2113`, the last two numbers of `10.0.20348.2113`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowsBuild {
    /// The release: 20348 is Windows Server 2022.
    pub build: u32,
    /// The update; `None` where only the release is told.
    pub revision: Option<u32>,
}

impl WindowsBuild {
    /// A release, whatever its update is.
    #[must_use]
    pub const fn release(build: u32) -> Self {
        Self { build, revision: None }
    }

    /// The release that an `osImage` of a Node names.
    #[must_use]
    pub fn of_os_image(text: &str) -> Option<Self> {
        let year = text.trim().strip_prefix("Windows Server ")?.split(' ').next()?;
        release(year).map(Self::release)
    }
}

/// Long-term releases of Windows Server by their year.
const RELEASES: [(&str, u32); 4] = [("2016", 14_393), ("2019", 17_763), ("2022", 20_348), ("2025", 26_100)];

fn release(year: &str) -> Option<u32> {
    RELEASES.iter().find(|(name, _)| *name == year).map(|(_, build)| *build)
}

/// A text is no build of Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a build of Windows is written as in 10.0.20348.2113")]
pub struct NotAWindowsBuild;

impl FromStr for WindowsBuild {
    type Err = NotAWindowsBuild;

    fn from_str(text: &str) -> Result<Self, NotAWindowsBuild> {
        let numbers: Option<Vec<u32>> = text.split('.').map(number).collect();
        match numbers.as_deref() {
            Some([10, 0, build]) => Ok(Self::release(*build)),
            Some([10, 0, build, revision]) => Ok(Self { build: *build, revision: Some(*revision) }),
            _ => Err(NotAWindowsBuild),
        }
    }
}

/// Digits and nothing else.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `Windows Server 2022, build 20348.2113`
impl fmt::Display for WindowsBuild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match RELEASES.iter().find(|(_, build)| *build == self.build) {
            Some((year, _)) => write!(f, "Windows Server {year}, build {}", self.build)?,
            None => write!(f, "Windows, build {}", self.build)?,
        }
        self.revision.map_or(Ok(()), |revision| write!(f, ".{revision}"))
    }
}

/// A build as a person says it: `ltsc2022`, `ltsc2022:2113`, or in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowsRelease(pub WindowsBuild);

/// A text is no release of Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected ltsc2019, ltsc2022 or ltsc2025, with its update as in ltsc2022:2113, or a build as in 10.0.20348.2113"
)]
pub struct NotAWindowsRelease;

impl FromStr for WindowsRelease {
    type Err = NotAWindowsRelease;

    fn from_str(text: &str) -> Result<Self, NotAWindowsRelease> {
        if let Ok(build) = text.parse() {
            return Ok(Self(build));
        }
        let (name, update) = text.split_once(':').map_or((text, None), |(name, update)| (name, Some(update)));
        let name = name.to_ascii_lowercase();
        let build = name.strip_prefix("ltsc").and_then(release).ok_or(NotAWindowsRelease)?;
        let Some(update) = update else { return Ok(Self(WindowsBuild::release(build))) };
        // The update may be told with its release, as Windows does: 20348.2113.
        let revision = match update.split_once('.') {
            Some((same, revision)) if number(same) == Some(build) => revision,
            Some(_) => return Err(NotAWindowsRelease),
            None => update,
        };
        let revision = Some(number(revision).filter(|_| !revision.is_empty()).ok_or(NotAWindowsRelease)?);
        Ok(Self(WindowsBuild { build, revision }))
    }
}

/// The build of a node, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldBuild {
    /// The build.
    pub build: WindowsBuild,
    /// Who tells it.
    pub by: BuildBasis,
}

/// Who tells the build of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildBasis {
    /// `--windows-release`
    Flag,
    /// `nodeInfo.kernelVersion` of the Node.
    KernelVersion,
    /// `windowsBuild` of the facts file.
    Facts,
    /// What Windows printed of its version, among dumps of the node.
    CollectedLogs,
    /// `nodeInfo.osImage` of the Node, which names the release only.
    OsImage,
    /// The version of HNS, which belongs to a release.
    HnsVersion,
}

impl fmt::Display for BuildBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "--windows-release",
            Self::KernelVersion => "kernelVersion of the Node",
            Self::Facts => "windowsBuild of the facts file",
            Self::CollectedLogs => "what Windows printed of itself, among the dumps",
            Self::OsImage => "osImage of the Node",
            Self::HnsVersion => "the version of HNS",
        })
    }
}

/// `Windows Server 2022, build 20348.2113 (kernelVersion of the Node)`
impl fmt::Display for ToldBuild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.build, self.by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_read_in_every_spelling() {
        let build = |text: &str| text.parse::<WindowsRelease>().map(|WindowsRelease(of)| of.to_string()).ok();
        for (text, read) in [
            ("10.0.20348.2113", Some("Windows Server 2022, build 20348.2113")),
            ("10.0.17763", Some("Windows Server 2019, build 17763")),
            ("ltsc2022", Some("Windows Server 2022, build 20348")),
            ("LTSC2019:1432", Some("Windows Server 2019, build 17763.1432")),
            ("ltsc2025:26100.32", Some("Windows Server 2025, build 26100.32")),
            ("10.0.25398.1", Some("Windows, build 25398.1")),
            ("ltsc2019:20348.1", None),
            ("ltsc2022:", None),
            ("ltsc2022:20348.", None),
            ("ltsc2021", None),
            ("2022", None),
            ("10.0.+20348.1", None),
            ("5.15.0-1051-azure", None),
            ("6.1.20348.1", None),
            ("", None),
        ] {
            assert_eq!(build(text).as_deref(), read, "{text}");
        }
    }

    #[test]
    fn an_image_names_a_release() {
        let build = |text: &str| WindowsBuild::of_os_image(text).map(|of| of.build);
        assert_eq!(build("Windows Server 2022 Datacenter"), Some(20_348));
        assert_eq!(build("Windows Server 2019"), Some(17_763));
        assert_eq!(build("Windows Server Version 1909"), None);
        assert_eq!(build("Ubuntu 22.04.4 LTS"), None);
    }
}
