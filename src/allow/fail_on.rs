//! Which findings make a command fail.

use std::fmt;

use crate::diagnostics::{Code, Severity};
use crate::name::{nearest, printable};

/// A kind of findings that make a command fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailOn {
    /// None at all.
    Never,
    /// What a platform does not support.
    Loss,
    /// Everything as bad as that, or worse.
    Severity(Severity),
    /// This.
    Code(Code),
}

impl FailOn {
    /// The words, apart from codes.
    pub const WORDS: [(&str, Self, &str); 5] = [
        ("error", Self::Severity(Severity::Error), "Errors"),
        ("warning", Self::Severity(Severity::Warning), "Warnings and errors"),
        ("note", Self::Severity(Severity::Note), "All findings"),
        ("loss", Self::Loss, "What a platform does not support"),
        ("never", Self::Never, "No finding, and no difference either"),
    ];

    /// Reads a word, or one of the codes.
    ///
    /// # Errors
    /// When it is neither; the text names what is near.
    pub fn parse(text: &str, codes: &[Code]) -> Result<Self, String> {
        let word = Self::WORDS.iter().find(|(word, ..)| word.eq_ignore_ascii_case(text));
        let code = codes.iter().find(|code| code.id().eq_ignore_ascii_case(text));
        let found = word.map(|(_, found, _)| *found).or(code.map(|code| Self::Code(*code)));
        found.ok_or_else(|| {
            let words = Self::WORDS.iter().map(|(word, ..)| *word);
            let near = match &*nearest(text, codes.iter().map(|code| code.id()).chain(words.clone())) {
                [] => String::new(),
                near => format!("did you mean {}? ", near.join(" or ")),
            };
            let words: Vec<&str> = words.collect();
            format!(
                "`{}` is neither a code nor one of {}; {near}hnsplan explain lists all codes",
                printable(text),
                words.join(", ")
            )
        })
    }

    /// Whether it is about findings of a code.
    #[must_use]
    pub fn names(self, code: Code) -> bool {
        match self {
            Self::Never => false,
            Self::Loss => code.is_loss(),
            // The worst is the least.
            Self::Severity(severity) => code.severity() <= severity,
            Self::Code(only) => code == only,
        }
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => f.write_str(code.id()),
            other => {
                let word = Self::WORDS.iter().find(|(_, word, _)| word == other);
                f.write_str(word.map_or("", |(word, ..)| word))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    fn parse(text: &str) -> Result<FailOn, String> {
        FailOn::parse(text, catalog::all())
    }

    /// Every code is named by itself, by its severity and worse ones, and by `loss` if it is one; by no other code.
    #[test]
    fn every_code_is_named_by_what_it_is() {
        let codes = catalog::all();
        for (at, code) in codes.iter().enumerate() {
            let named: Vec<&str> = FailOn::WORDS
                .iter()
                .map(|(word, ..)| *word)
                .filter(|word| parse(word).unwrap().names(*code))
                .collect();
            let mut wanted = match code.severity() {
                Severity::Error => vec!["error", "warning", "note"],
                Severity::Warning => vec!["warning", "note"],
                Severity::Note => vec!["note"],
            };
            wanted.extend(code.is_loss().then_some("loss"));
            assert_eq!(named, wanted, "{code:?}");
            let own = parse(&code.id().to_ascii_lowercase()).unwrap();
            assert_eq!(own.to_string(), code.id());
            assert!(own.names(*code) && !own.names(codes[(at + 1) % codes.len()]), "{code:?}");
        }
    }

    #[test]
    fn other_words_are_refused_with_what_is_near() {
        assert!(parse("").is_err());
        assert!(parse("D0820x").unwrap_err().contains("did you mean D0820 or "));
        assert!(parse("eror").unwrap_err().contains("did you mean error"));
        assert!(parse("info").unwrap_err().starts_with("`info` is neither a code nor one of error, "));
    }
}
