//! Executors by their names, whichever platform they belong to.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::executor::{AnyExecutor, ExecutorKind, OpenError};
use super::{Platform, all};
use crate::flag::{Flag, Given};
use crate::name::printable;

/// An executor that a text names: `hcn`, `sim:node.json`.
#[derive(Clone)]
pub struct ExecutorName {
    platform: &'static dyn Platform,
    kind: &'static ExecutorKind,
    argument: String,
}

/// A text names no executor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown executor `{found}`; expected one of {known}")]
pub struct UnknownExecutor {
    /// The text; safe to print.
    found: String,
    /// All that there are.
    known: String,
}

/// All executors, each with its platform.
pub fn executors() -> impl Iterator<Item = (&'static dyn Platform, &'static ExecutorKind)> {
    all().iter().flat_map(|platform| platform.executors().iter().map(move |kind| (*platform, kind)))
}

/// The settings of all executors.
pub fn executor_flags() -> impl Iterator<Item = &'static Flag> {
    executors().flat_map(|(_, kind)| kind.flags)
}

impl FromStr for ExecutorName {
    type Err = UnknownExecutor;

    fn from_str(text: &str) -> Result<Self, UnknownExecutor> {
        let named = executors().find_map(|(platform, kind)| {
            let argument = kind.argument_of(text)?.to_owned();
            Some(Self { platform, kind, argument })
        });
        named.ok_or_else(|| {
            let known: Vec<String> = executors().map(|(_, kind)| kind.syntax()).collect();
            UnknownExecutor { found: printable(text), known: known.join(", ") }
        })
    }
}

impl ExecutorName {
    /// The platform whose plans it carries out.
    #[must_use]
    pub fn platform(&self) -> &'static dyn Platform {
        self.platform
    }

    /// The word for it in journals.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.kind.name
    }

    /// The folder of its journal, unless another one is chosen.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.kind.journal(&self.argument)
    }

    /// The file of the node that it stands for, where its name has one and the file does not exist.
    #[must_use]
    pub fn missing_file(&self) -> Option<&Path> {
        let file = Path::new(&*self.argument);
        (!self.kind.argument.is_empty() && !file.exists()).then_some(file)
    }

    /// Opens the executor.
    ///
    /// # Errors
    /// When a setting is wrong, or the node does not answer.
    pub fn open(&self, given: &Given) -> Result<Box<dyn AnyExecutor>, OpenError> {
        (self.kind.open)(&self.argument, given)
    }
}

impl fmt::Debug for ExecutorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExecutorName({self})")
    }
}

impl fmt::Display for ExecutorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.argument.is_empty() { "" } else { ":" };
        write!(f, "{}{colon}{}", self.kind.name, self.argument)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executors_are_found_by_their_names() {
        let name = |text: &str| text.parse::<ExecutorName>();
        for (text, platform, journal) in [
            ("sim:a b.json", "hns", "a b.json.journal"),
            ("hcn", "hns", "hcn"),
            ("iptables", "iptables", "iptables"),
        ] {
            let name = name(text).unwrap();
            assert_eq!((name.platform().name(), name.to_string().as_str()), (platform, text));
            assert!(name.journal().ends_with(journal), "{}", name.journal().display());
        }
        for text in ["", "sim", "sim:", "hcn:x", "HCN", "simple"] {
            let error = name(text).unwrap_err().to_string();
            assert!(error.ends_with("expected one of iptables, hcn, sim:FILE, netsh, nft"), "{error}");
        }
    }

    #[test]
    fn no_two_executors_share_a_word() {
        let mut words: Vec<&str> = executors().map(|(_, kind)| kind.name).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), executors().count());
    }
}
