//! Settings that a part of the library takes, as a table that a command line is made from.
//!
//! A platform, an executor or the node describes what can be set; the command line adds these flags to every
//! command that uses them, and hands back what was [`Given`]. So one command can describe what another one wrote,
//! and the library needs no command line.
//!
//! **Invariant:** nothing here parses a command line, and nothing here knows what a value means.

mod kubectl;
mod own_kind;

use std::collections::BTreeMap;
use std::time::Duration;

pub use kubectl::message_of_kubectl;
pub use own_kind::OwnKind;

/// A setting, by its flag.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Its name after `--`, which is its identity.
    pub name: &'static str,
    /// Other names that work as well.
    pub aliases: &'static [&'static str],
    /// How often it is given, and with what.
    pub takes: Takes,
    /// What it does, in one line that starts with a capital letter and has no full stop.
    pub help: &'static str,
    /// What else is to be known; empty where nothing is.
    pub more: &'static str,
    /// The heading that it stands under.
    pub heading: &'static str,
    /// Its value where it is not given, as people write it; empty where that is no value.
    pub default: &'static str,
    /// Words that its value often is, for completion. Others are taken as well, where its value allows them.
    pub words: &'static [&'static str],
    /// Flags that cannot be given beside it.
    pub conflicts: &'static [&'static str],
    /// Whether only people who know its subject need it: help lists it where all flags are asked for.
    pub expert: bool,
    /// Whether it is refused where the platform that describes it is not asked.
    pub own: bool,
}

/// What a flag is given with.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// Nothing: it is there or not.
    Nothing,
    /// `true`, `false`, or nothing, which is `true`: `--name`, `--name=false`.
    Bool,
    /// A value, by this placeholder.
    Value(&'static str),
    /// Values, separated by commas or in several flags, by this placeholder.
    Values(&'static str),
    /// One of these words, by this placeholder.
    Choice(&'static str, &'static [Choice]),
    /// The name of a file whose text is the value, by this placeholder; may be repeated.
    Files(&'static str),
}

/// A word that a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The word.
    pub word: &'static str,
    /// What it means, in one line.
    pub help: &'static str,
}

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--{flag} {value}: {reason}")]
pub struct FlagError {
    /// The flag, without its dashes.
    pub flag: &'static str,
    /// The value; safe to print.
    pub value: String,
    /// What is wrong with it and what is allowed; part of a sentence, safe to print.
    pub reason: String,
}

/// The values of flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    values: BTreeMap<&'static str, Vec<String>>,
    texts: BTreeMap<&'static str, Vec<NamedText>>,
}

/// The text of a file that a flag names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedText {
    /// The name, as it was given.
    pub name: String,
    /// The text.
    pub text: String,
}

impl Flag {
    /// A flag without a default, aliases or conflicts.
    #[must_use]
    pub const fn new(name: &'static str, takes: Takes, heading: &'static str, help: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            takes,
            help,
            more: "",
            heading,
            default: "",
            words: &[],
            conflicts: &[],
            expert: false,
            own: false,
        }
    }

    /// With a value where it is not given.
    #[must_use]
    pub const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// With words that its value often is.
    #[must_use]
    pub const fn often(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// With a paragraph that says more.
    #[must_use]
    pub const fn saying(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    /// With other names.
    #[must_use]
    pub const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Refused beside other flags.
    #[must_use]
    pub const fn without(self, conflicts: &'static [&'static str]) -> Self {
        Self { conflicts, ..self }
    }

    /// For people who know its subject.
    #[must_use]
    pub const fn for_experts(self) -> Self {
        Self { expert: true, ..self }
    }

    /// Refused where only other platforms are asked: it would say something of their answers that is not so.
    #[must_use]
    pub const fn for_own_platform(self) -> Self {
        Self { own: true, ..self }
    }

    /// An error about a value of this flag.
    #[must_use]
    pub fn error(&self, value: &str, reason: impl Into<String>) -> FlagError {
        FlagError { flag: self.name, value: crate::name::printable(value), reason: reason.into() }
    }
}

impl Given {
    /// The same with a value more. A switch is given with no text.
    #[must_use]
    pub fn with(mut self, flag: &Flag, value: impl Into<String>) -> Self {
        self.add(flag, value);
        self
    }

    /// Adds a value.
    pub fn add(&mut self, flag: &Flag, value: impl Into<String>) {
        self.values.entry(flag.name).or_default().push(value.into());
    }

    /// The values of both.
    #[must_use]
    pub fn joined(mut self, other: &Self) -> Self {
        self.values.extend(other.values.clone());
        self.texts.extend(other.texts.clone());
        self
    }

    /// Whether a flag is given.
    #[must_use]
    pub fn has(&self, flag: &Flag) -> bool {
        self.values.contains_key(flag.name)
    }

    /// The last value of a flag, or its default; `None` where it has none.
    #[must_use]
    pub fn one(&self, flag: &Flag) -> Option<&str> {
        let given = self.values.get(flag.name).and_then(|values| values.last()).map(String::as_str);
        given.or_else(|| Some(flag.default).filter(|default| !default.is_empty()))
    }

    /// All values of a flag, in their order.
    #[must_use]
    pub fn all(&self, flag: &Flag) -> &[String] {
        self.values.get(flag.name).map_or(&[], Vec::as_slice)
    }

    /// The value of a flag that takes `true` or `false`.
    ///
    /// # Errors
    /// When it is another word.
    pub fn bool(&self, flag: &Flag) -> Result<Option<bool>, FlagError> {
        match self.one(flag) {
            None => Ok(None),
            Some("" | "true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(flag.error(other, "expected true or false")),
        }
    }

    /// The value of a flag, parsed; its default where it is not given.
    ///
    /// # Errors
    /// When the parser refuses it, with what the parser says.
    pub fn parse<T: std::str::FromStr>(&self, flag: &Flag) -> Result<Option<T>, FlagError>
    where
        T::Err: std::fmt::Display,
    {
        self.one(flag)
            .map(|text| {
                text.parse()
                    .map_err(|error: T::Err| flag.error(text, crate::name::escaped(&error.to_string())))
            })
            .transpose()
    }

    /// All values of a flag, parsed.
    ///
    /// # Errors
    /// When the parser refuses one, with what the parser says.
    pub fn parse_all<T: std::str::FromStr>(&self, flag: &Flag) -> Result<Vec<T>, FlagError>
    where
        T::Err: std::fmt::Display,
    {
        let parse = |text: &String| {
            text.parse().map_err(|error: T::Err| flag.error(text, crate::name::escaped(&error.to_string())))
        };
        self.all(flag).iter().map(parse).collect()
    }

    /// Adds the text of a file that a flag names.
    pub fn add_text(&mut self, flag: &Flag, text: NamedText) {
        self.texts.entry(flag.name).or_default().push(text);
    }

    /// The texts of the files that a flag names, once they have been read.
    #[must_use]
    pub fn texts(&self, flag: &Flag) -> &[NamedText] {
        self.texts.get(flag.name).map_or(&[], Vec::as_slice)
    }

    /// The position of the chosen word among those of the flag.
    ///
    /// # Errors
    /// When it is none of them; the command line refuses such a word earlier.
    pub fn choice(&self, flag: &Flag) -> Result<Option<usize>, FlagError> {
        let Takes::Choice(_, choices) = flag.takes else { return Ok(None) };
        let Some(word) = self.one(flag) else { return Ok(None) };
        let position = choices.iter().position(|choice| choice.word == word);
        position.map(Some).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
            flag.error(word, format!("expected one of {}", words.join(", ")))
        })
    }
}

/// Reads a duration as people write it: `30s`, `500ms`, `2m`.
///
/// # Errors
/// With what is wrong and what is expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        _ => None,
    };
    let number = number.parse::<u32>().ok();
    number.zip(milliseconds).map(|(number, unit)| Duration::from_millis(u64::from(number) * unit)).ok_or_else(
        || format!("invalid duration `{}`; expected e.g. 500ms, 30s, 2m", crate::name::printable(text)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Flag = Flag::new("port", Takes::Value("PORT"), "Test", "A port").or("80");
    const ON: Flag = Flag::new("on", Takes::Bool, "Test", "Whether it is on");
    const WAYS: &[Choice] = &[Choice { word: "up", help: "Up" }, Choice { word: "down", help: "Down" }];
    const WAY: Flag = Flag::new("way", Takes::Choice("WAY", WAYS), "Test", "The way").or("up");

    #[test]
    fn a_value_wins_over_the_default() {
        let given = Given::default();
        assert_eq!(given.parse::<u16>(&PORT), Ok(Some(80)));
        assert_eq!(given.with(&PORT, "81").with(&PORT, "82").parse::<u16>(&PORT), Ok(Some(82)));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_flag() {
        let error = Given::default().with(&PORT, "x\u{1b}").parse::<u16>(&PORT).unwrap_err();
        assert!(error.to_string().starts_with("--port x"), "{error}");
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
        assert!(Given::default().with(&WAY, "left").choice(&WAY).unwrap_err().reason.contains("up, down"));
        assert_eq!(Given::default().with(&WAY, "down").choice(&WAY), Ok(Some(1)));
    }

    #[test]
    fn a_switch_is_true_when_it_is_there() {
        assert_eq!(Given::default().bool(&ON), Ok(None));
        assert_eq!(Given::default().with(&ON, "").bool(&ON), Ok(Some(true)));
        assert_eq!(Given::default().with(&ON, "false").bool(&ON), Ok(Some(false)));
        assert!(Given::default().with(&ON, "maybe").bool(&ON).is_err());
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "30", "s", "-1s", "1h", "99999999999s", "1.5s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
