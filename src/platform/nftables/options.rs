//! Options of nftables rules.

use crate::flag::{Choice, Flag, FlagError, Given, Takes};

/// How the texts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// For whom.
    pub format: Format,
}

/// For whom texts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For `nft -f`: the table is replaced in one transaction, so that the text can be loaded any number of times.
    #[default]
    Nft,
    /// As kube-proxy's library prints a table: without what replaces it.
    Knftables,
}

const FORMAT: Flag = Flag::new(
    "nft-format",
    Takes::Choice(
        "FORMAT",
        &[
            Choice {
                word: "nft",
                help: "For nft -f, any number of times: the table is replaced in one step",
            },
            Choice {
                word: "knftables",
                help: "As kube-proxy's own library prints a table, to compare texts",
            },
        ],
    ),
    "nftables",
    "How the text of a table is written",
)
.or("nft")
.for_experts();

/// The flags that decide how texts are written.
pub(super) const WRITING_FLAGS: &[Flag] = &[FORMAT];

impl Options {
    /// What flags give.
    ///
    /// # Errors
    /// When a word is none of those that are known.
    pub fn of(given: &Given) -> Result<Self, FlagError> {
        let format = match given.all(&FORMAT).last().map(String::as_str) {
            None | Some("nft") => Format::Nft,
            Some("knftables") => Format::Knftables,
            Some(other) => return Err(FORMAT.error(other, "expected nft or knftables")),
        };
        Ok(Self { format })
    }
}
