//! The version of kube-proxy whose behaviour is compiled.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

/// A version of kube-proxy, from 1.30 on. Without a patch release it means the newest known one of its minor version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub(super) minor: u8,
    patch: Option<u8>,
}

/// The newest patch release of each minor version whose behaviour is known, oldest first.
const NEWEST_PATCHES: [(u8, u8); 8] =
    [(30, 5), (31, 14), (32, 13), (33, 13), (34, 9), (35, 6), (36, 3), (37, 1)];

impl Version {
    /// The oldest version whose behaviour is known here.
    pub const OLDEST: Self = Self { minor: 30, patch: None };
    /// The newest one. Its changes were read in pull requests; it was not recorded.
    pub const NEWEST: Self = Self { minor: 37, patch: None };
    /// The newest one of which rules were recorded: the default.
    pub const RECORDED: Self = Self { minor: 36, patch: None };

    /// All minor versions that are known, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        NEWEST_PATCHES.into_iter().map(|(minor, _)| Self { minor, patch: None })
    }

    /// Reads the version that a Node reports: as others, with what a distribution adds to it, as in `v1.34.2+k3s1`.
    ///
    /// # Errors
    /// When it is none, or older than those that are known.
    pub fn of_node(text: &str) -> Result<Self, UnknownVersion> {
        text.split(['-', '+']).next().unwrap_or_default().parse()
    }

    /// Reads what a person has of a version: also with what distributions add to a whole one, as `kubectl version` prints it,
    /// `v1.34.2-gke.100` or `1.34.2+k3s1`. A pre-release is none of the releases that are known.
    ///
    /// # Errors
    /// When it is no version, or too old.
    pub fn of_text(text: &str) -> Result<Self, UnknownVersion> {
        let (numbers, build) = text.find(['-', '+']).map_or((text, ""), |at| text.split_at(at));
        let is_whole = numbers.split('.').count() == 3;
        let is_before = ["-alpha", "-beta", "-rc"].iter().any(|early| build.starts_with(early));
        if build.is_empty() || is_whole && build.len() > 1 && !is_before {
            Self::of_node(text)
        } else {
            Err(UnknownVersion)
        }
    }

    /// The newest patch release that is known of its minor version.
    #[must_use]
    pub fn newest_patch(self) -> Self {
        let known = NEWEST_PATCHES.into_iter().find(|(minor, _)| *minor == self.minor);
        Self { minor: self.minor, patch: known.map(|(_, patch)| patch) }
    }

    /// Whether it is newer than all that is known: then it is taken for the newest that is.
    #[must_use]
    pub fn is_newer_than_known(self) -> bool {
        self.minor > Self::NEWEST.minor || self.patch > self.newest_patch().patch
    }

    /// The known patch release whose rules it has: its own, the newest one of a minor version that is given alone, and
    /// the newest that is known for what is newer.
    #[must_use]
    pub fn stands_for(self) -> Self {
        match self.patch {
            _ if self.minor > Self::NEWEST.minor => Self::NEWEST.newest_patch(),
            Some(_) if !self.is_newer_than_known() => self,
            _ => self.newest_patch(),
        }
    }

    /// The version, with the patch release that it stands for where it names none, or one that is not known: `1.34 (as
    /// 1.34.9)`.
    #[must_use]
    pub fn described(self) -> String {
        let known = self.stands_for();
        if self == known { self.to_string() } else { format!("{self} (as {known})") }
    }

    /// Whether its rules are only read in pull requests, and no recording shows them.
    #[must_use]
    pub fn is_newer_than_recorded(self) -> bool {
        self.minor > Self::RECORDED.minor
    }

    /// Whether it names a minor version alone.
    pub(super) fn names_no_patch(self) -> bool {
        self.patch.is_none()
    }

    /// The patch release that it stands for.
    pub(super) fn patch(self) -> u8 {
        self.patch.or(self.newest_patch().patch).unwrap_or(u8::MAX)
    }

    /// A release by its numbers.
    pub(super) const fn release(minor: u8, patch: u8) -> Self {
        Self { minor, patch: Some(patch) }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::RECORDED
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}

/// The version is older than those whose behaviour is known, or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "kube-proxy versions from {} on are supported, as in --kube-proxy-version 1.34 or 1.34.2; {} is the newest that is \
     known",
    Version::OLDEST,
    Version::NEWEST.newest_patch()
)]
pub struct UnknownVersion;

impl FromStr for Version {
    type Err = UnknownVersion;

    /// Reads `1.34`, `1.34.2` or `v1.34.2`.
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.split('.');
        let (major, minor, patch) = (parts.next(), parts.next(), parts.next());
        let number = |part: &str| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u8>().ok().filter(|_| is_number)
        };
        if major != Some("1") || parts.next().is_some() {
            return Err(UnknownVersion);
        }
        let minor = minor.and_then(number).ok_or(UnknownVersion)?;
        let patch = patch.map(|patch| number(patch).ok_or(UnknownVersion)).transpose()?;
        let version = Self { minor, patch };
        (version >= Self::OLDEST).then_some(version).ok_or(UnknownVersion)
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^1\.[0-9]+(\.[0-9]+)?$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_may_have_prefix_and_patch() {
        assert_eq!("v1.34.2".parse(), Ok(Version::release(34, 2)));
        assert_eq!("1.34".parse::<Version>().map(|version| version.to_string()), Ok("1.34".to_owned()));
        for bad in
            ["1.29", "1.29.9", "1", "2.30", "1.x", "1.34.2.1", "", "1.34-rc1", "1.+34", "1.34.", "1.300"]
        {
            assert_eq!(bad.parse::<Version>(), Err(UnknownVersion), "{bad}");
        }
    }

    #[test]
    fn a_person_may_copy_the_version_of_a_distribution() {
        for numbers in ["1.30.5", "v1.34.2", "1.36.0"] {
            for build in
                ["", "-gke.100", "+k3s1", "-eks-3025e55", "+rke2r1", "-aks", "+vmware.1-fips", "-1+abc"]
            {
                assert_eq!(
                    Version::of_text(&format!("{numbers}{build}")),
                    numbers.parse(),
                    "{numbers}{build}"
                );
            }
            for bad in ["-rc.1", "-alpha.3", "-beta.0+k3s1", "-", "+", ".1", "x"] {
                assert!(Version::of_text(&format!("{numbers}{bad}")).is_err(), "{numbers}{bad}");
            }
        }
        for bad in ["1.34-gke.1", "1.29.9-gke.1", "-gke.1", "", "2.30.1+k3s1"] {
            assert!(Version::of_text(bad).is_err(), "{bad}");
        }
        assert_eq!(Version::of_text("1.34"), "1.34".parse());
    }

    #[test]
    fn a_node_may_have_a_version_of_its_distribution() {
        for (text, version) in [
            ("v1.34.2", "1.34.2"),
            ("v1.33.5-gke.1080000", "1.33.5"),
            ("v1.31.14+k3s1", "1.31.14"),
            ("v1.36.0-rc.1+build", "1.36.0"),
        ] {
            assert_eq!(Version::of_node(text).map(|version| version.to_string()), Ok(version.to_owned()));
        }
        assert_eq!(Version::of_node("v1.28.3"), Err(UnknownVersion));
        assert_eq!(Version::of_node(""), Err(UnknownVersion));
    }

    #[test]
    fn a_version_stands_for_one_that_is_known() {
        let stands_for =
            |text: &str| text.parse::<Version>().expect("it is a version").stands_for().to_string();
        for (text, known) in [
            ("1.34", "1.34.9"),
            ("1.34.2", "1.34.2"),
            ("1.34.9", "1.34.9"),
            ("1.34.12", "1.34.9"),
            ("1.36.0", "1.36.0"),
            ("1.36.4", "1.36.3"),
            ("1.37", "1.37.1"),
            ("1.37.0", "1.37.0"),
            ("1.37.2", "1.37.1"),
            ("1.38", "1.37.1"),
            ("1.38.1", "1.37.1"),
        ] {
            assert_eq!(stands_for(text), known);
        }
    }

    #[test]
    fn a_minor_version_is_its_newest_known_patch() {
        let version = |text: &str| text.parse::<Version>().expect("it is a version");
        assert_eq!(version("1.34").patch(), 9);
        assert_eq!(version("1.34").newest_patch().to_string(), "1.34.9");
        let newer = |text| version(text).is_newer_than_known();
        assert!(!newer("1.34") && !newer("1.34.9") && newer("1.34.10"));
        assert!(!newer("1.37") && !newer("1.37.1") && newer("1.37.2") && newer("1.38") && newer("1.38.1"));
    }

    #[test]
    fn the_default_is_the_newest_recorded_version() {
        let version = |text: &str| text.parse::<Version>().expect("it is a version");
        assert_eq!(Version::default(), version("1.36"));
        for (text, is_newer) in [("1.30", false), ("1.36.3", false), ("1.36.9", false), ("1.37.0", true)] {
            assert_eq!(version(text).is_newer_than_recorded(), is_newer, "{text}");
        }
    }
}
