//! Values of flags that are some of a list: how they are parsed, and what help and completion offer of them.

use std::sync::Arc;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

use crate::net::Family;

/// A parser of values, and words that help and completion offer. The parser may take other words as well.
#[derive(Clone)]
pub(crate) struct Offer<T> {
    parse: fn(&str) -> Result<T, String>,
    words: Arc<dyn Fn() -> Vec<PossibleValue> + Send + Sync>,
}

impl<T> Offer<T> {
    /// With how a value is read, and what is offered. That is made when it is asked for: most runs need none of it.
    pub(crate) fn new(
        parse: fn(&str) -> Result<T, String>,
        words: impl Fn() -> Vec<PossibleValue> + Send + Sync + 'static,
    ) -> Self {
        Self { parse, words: Arc::new(words) }
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Offer<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<T, clap::Error> {
        TypedValueParser::parse_ref(&self.parse, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.words)().into_iter()))
    }
}

impl clap::ValueEnum for Family {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }))
    }
}

/// Any text, with some words that it often is.
pub(crate) fn text_as_in(words: &'static [&'static str]) -> Offer<String> {
    Offer::new(|text| Ok(text.to_owned()), move || words.iter().copied().map(PossibleValue::new).collect())
}
