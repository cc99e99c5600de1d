//! Lines of restore texts that come from a node, a plan or a journal.

use serde::{Deserialize, Serialize};

/// A text that is one line and no more, so that it cannot add anything to a restore text. The kernel has rules with
/// other control characters in their comments, so they are let through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line(Box<str>);

/// What of iptables is no part of a rule: commands, other tables, programs to be run.
const COMMANDS: [&str; 20] = [
    "--append",
    "--check",
    "--delete",
    "--delete-chain",
    "--flush",
    "--insert",
    "--list",
    "--list-rules",
    "--new-chain",
    "--policy",
    "--rename-chain",
    "--replace",
    "--set-counters",
    "--table",
    "--zero",
    "--wait",
    "--help",
    "--version",
    "--exact",
    "--line-numbers",
];

impl Line {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One line of what a node printed. A byte that no line can have becomes the sign for what was not text, so
    /// that [`can_be_restored`](Self::can_be_restored) tells it.
    pub(super) fn of(line: &str) -> Self {
        Self(line.replace(['\n', '\0'], LOST).into())
    }

    /// Whether `iptables-restore` makes of it the rule that it was read from: nothing of it was lost, and its quotes
    /// end on the line.
    pub(super) fn can_be_restored(&self) -> bool {
        !self.0.contains(LOST) && words(&self.0).is_some()
    }

    /// Whether it is a rule of this chain and nothing else, for `iptables-restore` after `-A `.
    pub(super) fn is_rule_of(&self, chain: &str) -> bool {
        let Some(words) = words(&self.0) else { return false };
        let (first, options) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
        let mut is_comment = false;
        first == chain
            && options.iter().all(|word| {
                let is_value = std::mem::replace(&mut is_comment, word == "--comment");
                is_value || !is_command(word)
            })
    }

    /// Whether it leads packets to one of these chains.
    pub(super) fn leads_to(&self, is_one: impl Fn(&str) -> bool) -> bool {
        let words = words(&self.0).unwrap_or_default();
        words.windows(2).any(|pair| {
            matches!(pair[0].as_str(), "-j" | "--jump" | "-g" | "--goto") && is_one(pair[1].as_str())
        })
    }
}

/// What stands for bytes that are not text.
const LOST: &str = "\u{fffd}";

/// Whether an option does something else than describe packets. A long option may be cut short.
fn is_command(word: &str) -> bool {
    let bytes = word.as_bytes();
    let is_short =
        bytes.first() == Some(&b'-') && bytes.get(1).is_some_and(|b| b.is_ascii_uppercase() || *b == b't');
    let name = word.split('=').next().unwrap_or(word);
    is_short || COMMANDS.contains(&name) || name.len() > 4 && "--modprobe".starts_with(name)
}

/// The words of a line as `iptables-restore` takes it apart; `None` where quotes do not end.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' => words.extend(word.take()),
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => word.push(characters.next()?),
                        other => word.push(other),
                    }
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

impl TryFrom<String> for Line {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.contains(['\n', '\0']) { Err("a rule is one line") } else { Ok(Self(text.into())) }
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert!(Line::try_from("OUTPUT -j X\n-F".to_owned()).is_err());
        assert!(Line::try_from("OUTPUT -j X\0".to_owned()).is_err());
        assert!(Line::try_from("X -m comment --comment \"a\rb\"".to_owned()).is_ok());
    }

    #[test]
    fn a_rule_describes_packets_and_nothing_else() {
        let is_rule = |text: &str| Line::of(text).is_rule_of("KUBE-SERVICES");
        for rule in [
            "KUBE-SERVICES",
            "KUBE-SERVICES -j RETURN",
            "KUBE-SERVICES -m comment --comment \"--modprobe=/bin/sh and -F\" -m statistic --mode random --probability 0.5",
            "KUBE-SERVICES -m comment --comment -F -j RETURN",
            "KUBE-SERVICES -m comment --comment \"a\rb\" -j RETURN",
            "KUBE-SERVICES -m policy --pol ipsec ! -o lo -j RETURN",
        ] {
            assert!(is_rule(rule), "{rule}");
        }
        for rule in [
            "INPUT -j ACCEPT",
            "KUBE-SERVICES2 -j ACCEPT",
            "",
            "KUBE-SERVICES --modprobe=/bin/sh",
            "KUBE-SERVICES --modp=/bin/sh",
            "KUBE-SERVICES \"--modprobe\" /bin/sh",
            "KUBE-SERVICES -M /bin/sh",
            "KUBE-SERVICES -t filter -j ACCEPT",
            "KUBE-SERVICES -tfilter -j ACCEPT",
            "KUBE-SERVICES --table filter",
            "KUBE-SERVICES -I INPUT",
            "KUBE-SERVICES -F",
            "KUBE-SERVICES -m comment --comment \"open",
        ] {
            assert!(!is_rule(rule), "{rule}");
        }
    }

    #[test]
    fn what_was_lost_on_the_way_is_known() {
        for (line, is_whole) in [
            ("X -j RETURN", true),
            ("X -m comment --comment \"a\\\"b\" -j RETURN", true),
            ("X -m comment --comment \"a", false),
            ("X -m comment --comment \u{fffd}", false),
            ("X\0", false),
        ] {
            assert_eq!(Line::of(line).can_be_restored(), is_whole, "{line:?}");
        }
    }

    #[test]
    fn where_a_rule_leads_is_read_as_a_word() {
        let leads = |text: &str| Line::of(text).leads_to(|chain| chain == "X");
        assert!(leads("A -j X") && leads("A -p tcp -g X") && leads("A --jump X -m comment --comment y"));
        assert!(!leads("A -m comment --comment \"-j X\"") && !leads("A -j XY") && !leads("A -j"));
    }
}
