//! What a case is expected to give, and how that is kept in files.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{SuiteError, redacted};

/// Something that a case gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Output {
    /// What `iptables-restore` gets.
    #[serde(rename = "ipv4.rules")]
    Ipv4,
    /// What `ip6tables-restore` gets.
    #[serde(rename = "ipv6.rules")]
    Ipv6,
    /// The plan of HCN operations, with numbers in place of ids.
    #[serde(rename = "hns.json")]
    Hns,
    /// The netsh script.
    #[serde(rename = "netsh.txt")]
    Netsh,
    /// Where iptables and HNS differ in effect.
    #[serde(rename = "check.txt")]
    Check,
    /// What is said about the manifests, one line each.
    #[serde(rename = "messages.txt")]
    Messages,
}

/// The file with an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What it is about.
    pub output: Output,
    /// The file.
    pub path: PathBuf,
}

/// How what is given now compares with what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// They are the same.
    Same,
    /// Nothing is expected yet.
    New,
    /// They differ; this was expected.
    Different(String),
}

impl Output {
    /// All outputs.
    pub const ALL: [Self; 6] = [Self::Ipv4, Self::Ipv6, Self::Hns, Self::Netsh, Self::Check, Self::Messages];

    /// What its files end in.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4.rules",
            Self::Ipv6 => "ipv6.rules",
            Self::Hns => "hns.json",
            Self::Netsh => "netsh.txt",
            Self::Check => "check.txt",
            Self::Messages => "messages.txt",
        }
    }

    /// The command and flags of hnsplan that give it.
    #[must_use]
    pub fn command(self) -> &'static [&'static str] {
        match self {
            Self::Ipv4 => &["compile", "-t", "iptables", "--family", "ipv4"],
            Self::Ipv6 => &["compile", "-t", "iptables", "--family", "ipv6"],
            Self::Hns => &["compile", "-t", "hns"],
            Self::Netsh => &["compile", "-t", "netsh"],
            Self::Check => &["check"],
            Self::Messages => &["compile", "-t", "ir", "--message-format", "short", "--verbose"],
        }
    }

    /// Whether it is what the command says on standard error.
    #[must_use]
    pub fn is_said(self) -> bool {
        self == Self::Messages
    }

    /// The text without what may be another one each time.
    #[must_use]
    pub fn stable(self, text: String) -> String {
        match self {
            Self::Hns | Self::Check => redacted(&text),
            _ => text,
        }
    }
}

impl Expected {
    /// Compares with what is given now.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn compare(&self, now: &str) -> Result<Comparison, SuiteError> {
        match fs::read_to_string(&self.path) {
            // Checked out on Windows, a file may have other line ends.
            Ok(expected) if expected.replace("\r\n", "\n") == now.replace("\r\n", "\n") => {
                Ok(Comparison::Same)
            }
            Ok(expected) => Ok(Comparison::Different(expected)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Comparison::New),
            Err(error) => Err(SuiteError::io("read", &self.path)(error)),
        }
    }

    /// Takes what is given now as expected.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn accept(&self, now: &str) -> Result<(), SuiteError> {
        fs::write(&self.path, now).map_err(SuiteError::io("write", &self.path))?;
        self.forget()
    }

    /// Writes what is given now beside what is expected, for review.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn propose(&self, now: &str) -> Result<(), SuiteError> {
        let path = self.proposal();
        fs::write(&path, now).map_err(SuiteError::io("write", &path))
    }

    /// Takes away what was written for review.
    ///
    /// # Errors
    /// When the file is there and cannot be deleted.
    pub fn forget(&self) -> Result<(), SuiteError> {
        let path = self.proposal();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(SuiteError::io("delete", &path)(error)),
            _ => Ok(()),
        }
    }

    fn proposal(&self) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".new");
        Path::new(&name).to_path_buf()
    }
}
