//! A command line: a rule, or the removal of a chain.
//!
//! ```text
//! command := "-A" chain rule | "-I" chain ["1"] rule | "-X" chain
//! rule    := { header | module | target }
//! ```

use super::options::{self, Opt, protocol};
use super::words::Word;
use super::{CHAIN_NAME, Fault, modules, targets, values};
use crate::net::{Family, Protocol};
use crate::platform::iptables::model::{ChainName, Command, Foreign, ForeignOption, Is, Match, Rule};

/// Reads a command from the words of its line.
pub(super) fn command(words: &[Word<'_>], length: usize, family: Family) -> Result<Command, Fault> {
    const COMMANDS: &str = "one of the commands -A, -I and -X";
    let (name, rest) = match words {
        [name, chain, rest @ ..] => (name, (chain, rest)),
        [name] if is_command(name) => return Err(Fault::unexpected(name, CHAIN_NAME)),
        [name] => return Err(Fault::unexpected(name, COMMANDS)),
        [] => return Err(Fault::at(0..length, format!("no command; expected {COMMANDS}"))),
    };
    let (chain_word, rest) = rest;
    let chain = || ChainName::new(&chain_word.text).ok_or_else(|| Fault::unexpected(chain_word, CHAIN_NAME));
    match &*name.text {
        "-A" | "--append" => Ok(Command::Append(rule(chain()?, rest, family)?)),
        "-I" | "--insert" => Ok(Command::Insert(rule(chain()?, after_position(rest)?, family)?)),
        "-X" | "--delete-chain" => match rest {
            [] => Ok(Command::DeleteChain(chain()?)),
            [word, ..] => Err(Fault::unexpected(word, "the end of the line")),
        },
        _ => Err(Fault::unexpected(name, COMMANDS)),
    }
}

fn is_command(word: &Word<'_>) -> bool {
    matches!(&*word.text, "-A" | "--append" | "-I" | "--insert" | "-X" | "--delete-chain")
}

/// `-I CHAIN 1` is what `-I CHAIN` is; other places depend on what the kernel has already.
fn after_position<'a>(words: &'a [Word<'a>]) -> Result<&'a [Word<'a>], Fault> {
    match words {
        [place, rest @ ..] if place.text == "1" => Ok(rest),
        [place, ..] if values::decimal(&place.text).is_some() => {
            Err(Fault::unexpected(place, "no position, or the position 1"))
        }
        words => Ok(words),
    }
}

fn rule(chain: ChainName, words: &[Word<'_>], family: Family) -> Result<Rule, Fault> {
    let options = options::split(words)?;
    let named = options.iter().find_map(named_protocol);
    if let Some(second) = options.iter().filter(|option| option.name == "-p").nth(1) {
        return Err(Fault::at(second.columns.clone(), "a second protocol; a rule has one"));
    }
    let mut rule = Rule { chain, matches: Vec::with_capacity(options.len()), target: None };
    for group in options.chunk_by(options::together) {
        let (first, rest) = group.split_first().expect("no group is empty");
        match first.name {
            "-j" | "-g" if rule.target.is_some() => {
                return Err(Fault::at(first.columns.clone(), "a second target; a rule has one"));
            }
            "-j" => rule.target = Some(targets::jump(group, family)?),
            "-g" => rule.target = Some(targets::goto(first, rest)?),
            "-m" => modules::read(group, named, family, &mut rule.matches)?,
            "-c" => counters(first)?,
            _ if first.alone => {
                rule.matches.push(header(first)?.unwrap_or_else(|| Match::Unknown(foreign(group))));
            }
            _ => rule.matches.push(Match::Unknown(of_protocol(group, &options))),
        }
    }
    Ok(rule)
}

/// The protocol with ports that a rule is about.
fn named_protocol(option: &Opt<'_>) -> Option<Protocol> {
    let value = option.value().filter(|_| option.name == "-p" && !option.not)?;
    protocol(&value.text)
}

/// Counters, packets and bytes, are no part of a rule.
fn counters(option: &Opt<'_>) -> Result<(), Fault> {
    let number = |word: &Word<'_>| word.text.parse::<u64>().is_ok();
    if option.values.len() == 2 && option.values.iter().all(number) {
        return Ok(());
    }
    Err(Fault::at(option.columns.clone(), "counters; expected numbers of packets and bytes"))
}

/// Options before any module: the `-p tcp` before them loads the protocol's one (iptables 1.8.9).
fn of_protocol(group: &[Opt<'_>], options: &[Opt<'_>]) -> Foreign {
    let begin = group.first().map_or(0, |first| first.columns.start);
    let mut before = options.iter().filter(|option| option.columns.end <= begin);
    let module = before.find_map(named_protocol).map(|protocol| ForeignOption {
        not: false,
        name: "-m".into(),
        values: vec![protocol.lower().into()],
    });
    Foreign(module.into_iter().chain(foreign(group).0).collect())
}

/// What is compared in the packet's header, and the port; `None` for what this program does not know.
fn header(option: &Opt<'_>) -> Result<Option<Match>, Fault> {
    Ok(match option.name {
        "-s" => typed(option, values::address)?.map(Match::Source),
        "-d" => typed(option, values::address)?.map(Match::Destination),
        "-p" => typed(option, protocol)?.map(Match::Protocol),
        "-i" => typed(option, values::interface)?.map(Match::InInterface),
        "--dport" => port(option)?.map(Match::DestinationPort),
        _ => None,
    })
}

fn typed<T>(option: &Opt<'_>, read: impl Fn(&str) -> Option<T>) -> Result<Option<Is<T>>, Fault> {
    let value = read(&option.required()?.text);
    Ok(value.map(|value| Is { not: option.not, value }))
}

/// A single port; ranges and names of services stay unknown.
fn port(option: &Opt<'_>) -> Result<Option<Is<u16>>, Fault> {
    let word = option.required()?;
    let number = values::decimal(&word.text);
    if number.is_some_and(|number| number > u32::from(u16::MAX)) {
        return Err(Fault::unexpected(word, "a port, 0 to 65535"));
    }
    Ok(number.and_then(|number| u16::try_from(number).ok()).map(|value| Is { not: option.not, value }))
}

/// Keeps options as they are.
pub(super) fn foreign(group: &[Opt<'_>]) -> Foreign {
    let values = |option: &Opt<'_>| option.values.iter().map(|word| word.text.as_ref().into()).collect();
    let option = |option: &Opt<'_>| ForeignOption {
        not: option.not,
        name: option.name.into(),
        values: values(option),
    };
    Foreign(group.iter().map(option).collect())
}
