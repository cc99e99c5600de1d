//! Matches that are kernel modules: `-m NAME` and the options that belong to it.
//!
//! A module is read as a whole. If it has an option that this program does not know, or one in an
//! unusual combination, all of it stays unknown: a half-understood condition would be a wrong one.

use super::options::{Opt, protocol};
use super::rule::foreign;
use super::{Fault, values};
use crate::net::{Family, Protocol};
use crate::platform::iptables::model::{
    AccountName, ChainName, Comment, Is, Match, Probability, Recent, RecentOperation,
};

/// Reads `-m NAME …`; `named` is the protocol that the rule names with `-p`.
pub(super) fn read(
    group: &[Opt<'_>],
    named: Option<Protocol>,
    family: Family,
    matches: &mut Vec<Match>,
) -> Result<(), Fault> {
    let (module, options) = group.split_first().expect("no group is empty");
    module.plain()?;
    let name = &*module.required()?.text;
    let known = match name {
        "comment" => comment(options),
        "conntrack" | "state" => conntrack(options)?,
        "mark" => mark(options)?,
        "recent" => recent(options, family)?.map(Match::Recent),
        "statistic" => statistic(options)?.map(Match::Statistic),
        "nfacct" => accounting(options)?,
        "addrtype" => match locals(options) {
            Some(locals) => {
                matches.extend(locals);
                return Ok(());
            }
            None => None,
        },
        // The protocol says it already.
        _ if options.is_empty() && named.is_some() && protocol(name) == named => return Ok(()),
        _ => None,
    };
    matches.push(known.unwrap_or_else(|| Match::Unknown(foreign(group))));
    Ok(())
}

/// `--comment TEXT`
fn comment(options: &[Opt<'_>]) -> Option<Match> {
    let [Opt { not: false, name: "--comment", values: [text], .. }] = options else { return None };
    Comment::new(&text.text).map(Match::Comment)
}

/// `--ctstate LIST`; `-m state --state` is an older name of the same (iptables 1.8.9, `libxt_conntrack`).
fn conntrack(options: &[Opt<'_>]) -> Result<Option<Match>, Fault> {
    let [option @ Opt { name: "--ctstate" | "--state", .. }] = options else { return Ok(None) };
    let word = option.required()?;
    let value = values::states(&word.text)
        .ok_or_else(|| Fault::unexpected(word, "states such as NEW,RELATED,ESTABLISHED"))?;
    Ok(Some(Match::ConntrackState(Is { not: option.not, value })))
}

/// `--mark value[/mask]`
fn mark(options: &[Opt<'_>]) -> Result<Option<Match>, Fault> {
    let [option @ Opt { name: "--mark", .. }] = options else { return Ok(None) };
    let word = option.required()?;
    let value =
        values::masked(&word.text).ok_or_else(|| Fault::unexpected(word, "a mark, value or value/mask"))?;
    Ok(Some(Match::Mark(Is { not: option.not, value })))
}

/// `--mode random --probability FRACTION`
fn statistic(options: &[Opt<'_>]) -> Result<Option<Probability>, Fault> {
    let [Opt { not: false, name: "--mode", values: [mode], .. }, option] = options else { return Ok(None) };
    if mode.text != "random" || option.name != "--probability" || option.not {
        return Ok(None);
    }
    let word = option.required()?;
    let probability =
        values::probability(&word.text).ok_or_else(|| Fault::unexpected(word, "a probability, 0 to 1"))?;
    Ok(Some(probability))
}

/// `--nfacct-name NAME`
fn accounting(options: &[Opt<'_>]) -> Result<Option<Match>, Fault> {
    let [option @ Opt { not: false, name: "--nfacct-name", .. }] = options else { return Ok(None) };
    let word = option.required()?;
    let name = AccountName::new(&word.text)
        .ok_or_else(|| Fault::unexpected(word, "the name of a counter, 1 to 31 printable characters"))?;
    Ok(Some(Match::Accounting(name)))
}

/// `--src-type LOCAL` and `--dst-type LOCAL`
fn locals(options: &[Opt<'_>]) -> Option<Vec<Match>> {
    let local = |option: &Opt<'_>| {
        option.value().filter(|word| word.text == "LOCAL")?;
        let is = Is { not: option.not, value: () };
        match option.name {
            "--src-type" => Some(Match::SourceIsLocal(is)),
            "--dst-type" => Some(Match::DestinationIsLocal(is)),
            _ => None,
        }
    };
    let locals: Option<Vec<_>> = options.iter().map(local).collect();
    locals.filter(|locals| !locals.is_empty())
}

/// `--name LIST` with `--set` or `--rcheck --seconds N [--reap]`, in any order.
fn recent(options: &[Opt<'_>], family: Family) -> Result<Option<Recent>, Fault> {
    let mut read = RecentOptions::default();
    for option in options {
        if option.not || !read.add(option, family)? {
            return Ok(None);
        }
    }
    Ok(read.finish())
}

#[derive(Default)]
struct RecentOptions {
    list: Option<ChainName>,
    set: bool,
    check: bool,
    seconds: Option<u32>,
    reap: bool,
}

impl RecentOptions {
    /// Takes one option in; `false` if it is one that this program does not know.
    fn add(&mut self, option: &Opt<'_>, family: Family) -> Result<bool, Fault> {
        match (option.name, option.values) {
            ("--set", []) => self.set = true,
            ("--rcheck", []) => self.check = true,
            ("--reap", []) => self.reap = true,
            // What the list is about where nothing else is said: all bits of the source.
            ("--rsource", []) => {}
            ("--mask", [mask]) => return Ok(mask.text == all_bits(family)),
            ("--name", [name]) => {
                self.list = ChainName::new(&name.text);
                return Ok(self.list.is_some());
            }
            ("--seconds", [word]) => {
                let seconds = values::number(&word.text);
                self.seconds = Some(seconds.ok_or_else(|| Fault::unexpected(word, "a number of seconds"))?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self) -> Option<Recent> {
        let operation = match (self.set, self.check, self.seconds, self.reap) {
            (true, false, None, false) => RecentOperation::Set,
            (false, true, Some(seconds), reap) => RecentOperation::Check { seconds, reap },
            _ => return None,
        };
        // iptables 1.8.9, `recent_init`: the list without name has this one.
        Some(Recent { list: self.list.unwrap_or(ChainName::literal("DEFAULT")), operation })
    }
}

/// The mask that `iptables-save` prints where none was given.
fn all_bits(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "255.255.255.255",
        Family::Ipv6 => "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    }
}
