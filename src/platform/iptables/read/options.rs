//! The options of a rule, and which of them belong together.
//!
//! ```text
//! options := { option }
//! option  := ["!"] "-" name { value }
//! ```
//!
//! An option of a match belongs to the `-m` before it, one of a target to the `-j` before it. What the
//! kernel compares in the packet's header (`-s`, `-p`, …) stands alone and may stand between them.

use std::ops::Range;

use super::Fault;
use super::words::Word;
use crate::net::Protocol;

/// An option with its values.
#[derive(Debug, Clone)]
pub(super) struct Opt<'a> {
    /// Whether a `!` stands before it.
    pub(super) not: bool,
    /// Its name; those that every rule knows in their short form.
    pub(super) name: &'a str,
    /// The words after it.
    pub(super) values: &'a [Word<'a>],
    /// The bytes of the line from `!` to the last value.
    pub(super) columns: Range<usize>,
    /// Whether it is a condition of its own, which belongs to no module.
    pub(super) alone: bool,
    group: usize,
}

impl<'a> Opt<'a> {
    /// The value of an option that has exactly one.
    pub(super) fn value(&self) -> Option<&'a Word<'a>> {
        if let [value] = self.values { Some(value) } else { None }
    }

    /// That value, where nothing else would make sense.
    pub(super) fn required(&self) -> Result<&'a Word<'a>, Fault> {
        match self.values {
            [value] => Ok(value),
            [] => Err(Fault::at(self.columns.clone(), format!("`{}` without value", self.name))),
            [_, second, ..] => Err(Fault::unexpected(second, "the next option")),
        }
    }

    /// Refuses `!` where it has no meaning.
    pub(super) fn plain(&self) -> Result<(), Fault> {
        if self.not {
            return Err(Fault::at(self.columns.clone(), format!("`{}` cannot be negated", self.name)));
        }
        Ok(())
    }
}

/// Splits the words of a rule into options, and brings those of one match or target together.
pub(super) fn split<'a>(mut words: &'a [Word<'a>]) -> Result<Vec<Opt<'a>>, Fault> {
    let mut options = Vec::with_capacity(words.len() / 2);
    let mut groups = Groups::default();
    while let Some((mut option, rest)) = option(words)? {
        if option.name == "--dport" {
            option.required()?;
        }
        (option.group, option.alone) = groups.of(&option);
        options.push(option);
        words = rest;
    }
    options.sort_by_key(|option| option.group);
    Ok(options)
}

/// Whether two neighbours belong to one match or target.
pub(super) fn together(first: &Opt<'_>, second: &Opt<'_>) -> bool {
    first.group == second.group
}

fn option<'a>(words: &'a [Word<'a>]) -> Result<Option<(Opt<'a>, &'a [Word<'a>])>, Fault> {
    let [first, after_first @ ..] = words else { return Ok(None) };
    let not = first.is_not();
    let (name, rest) = match after_first {
        [name, rest @ ..] if not => (name, rest),
        [] if not => return Err(Fault::unexpected(first, "an option after it")),
        rest => (first, rest),
    };
    if !name.is_option() {
        return Err(Fault::unexpected(name, "an option, which begins with `-`"));
    }
    let count = if takes_anything(&name.text) {
        if rest.is_empty() {
            return Err(Fault::unexpected(name, "a text after it"));
        }
        1
    } else {
        rest.iter().take_while(|word| !word.is_option() && !word.is_not()).count()
    };
    let (values, rest) = rest.split_at(count);
    let end = values.last().unwrap_or(name).columns.end;
    let columns = first.columns.start..end;
    Ok(Some((Opt { not, name: short(&name.text), values, columns, alone: false, group: 0 }, rest)))
}

/// Options with a text for people, which may begin with a dash.
fn takes_anything(name: &str) -> bool {
    matches!(name, "--comment" | "--log-prefix" | "--nflog-prefix")
}

/// The short form of an option that every rule knows (iptables 1.8.9, `original_opts`).
fn short(name: &str) -> &str {
    match name {
        "--append" => "-A",
        "--insert" => "-I",
        "--delete-chain" => "-X",
        "--source" | "--src" => "-s",
        "--destination" | "--dst" => "-d",
        "--protocol" | "--proto" => "-p",
        "--in-interface" => "-i",
        "--out-interface" => "-o",
        "--fragment" => "-f",
        "--match" => "-m",
        "--jump" => "-j",
        "--goto" => "-g",
        "--set-counters" => "-c",
        "--destination-port" => "--dport",
        _ => name,
    }
}

/// Numbers the groups in the order in which they begin.
#[derive(Default)]
struct Groups {
    next: usize,
    /// The match or target that further options belong to.
    open: Option<usize>,
    /// Whether a protocol with ports is named, so that `--dport` is its option wherever it stands.
    ports: bool,
}

impl Groups {
    /// The group of an option, and whether it stands alone.
    fn of(&mut self, option: &Opt<'_>) -> (usize, bool) {
        let protocol = || option.value().is_some_and(|word| protocol(&word.text).is_some());
        match option.name {
            "-m" => {
                self.ports |= protocol();
                (self.open(), false)
            }
            "-j" | "-g" => (self.open(), false),
            "-p" => {
                self.ports |= protocol() && !option.not;
                (self.begin(), true)
            }
            "-s" | "-d" | "-i" | "-o" | "-f" | "-c" => (self.begin(), true),
            "--dport" if self.ports => (self.begin(), true),
            _ => (self.open.unwrap_or_else(|| self.open()), false),
        }
    }

    fn begin(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn open(&mut self) -> usize {
        let group = self.begin();
        self.open = Some(group);
        group
    }
}

/// A protocol that the model knows, by name or number.
pub(super) fn protocol(text: &str) -> Option<Protocol> {
    match text {
        "tcp" | "6" => Some(Protocol::Tcp),
        "udp" | "17" => Some(Protocol::Udp),
        "sctp" | "132" => Some(Protocol::Sctp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::iptables::read::words;

    /// The names of the options, with commas between groups.
    fn groups(line: &str) -> String {
        let words = words::split(line).unwrap();
        let options = split(&words).unwrap();
        let names = |group: &[Opt<'_>]| group.iter().map(|option| option.name).collect::<Vec<_>>().join(" ");
        options.chunk_by(together).map(names).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn options_belong_to_the_module_before_them() {
        let saved = "-s 10.0.0.1/32 -m set --match-set x src -m comment --comment \"a b\" -j LOG --log-prefix \"-j x\"";
        assert_eq!(groups(saved), "-s, -m --match-set, -m --comment, -j --log-prefix");
    }

    #[test]
    fn header_options_may_stand_anywhere() {
        assert_eq!(groups("-m conntrack --source 10.0.0.1 --ctstate NEW"), "-m --ctstate, -s");
        assert_eq!(groups("-m tcp -p tcp -d 10.0.0.1 --dport 80 ! -s x"), "-m, -p, -d, --dport, -s");
    }

    #[test]
    fn a_port_belongs_to_the_protocol_if_there_is_one() {
        assert_eq!(groups("-p tcp -m set --match-set x src --dport 80"), "-p, -m --match-set, --dport");
        assert_eq!(groups("-p dccp -m dccp --dport 80"), "-p, -m --dport");
    }

    #[test]
    fn a_comment_may_look_like_an_option() {
        assert_eq!(groups("-m comment --comment -j -j ACCEPT"), "-m --comment, -j");
        assert_eq!(groups("-m x --y \"-j\" ACCEPT"), "-m --y");
    }

    #[test]
    fn a_word_where_an_option_belongs_is_a_fault() {
        for line in ["x", "\"-j\" ACCEPT", "-j ACCEPT !", "! ! -s x", "! x"] {
            let words = words::split(line).unwrap();
            assert!(split(&words).is_err(), "{line}");
        }
    }
}
