//! Which value the last word of a line is, and what it may be.

use std::collections::BTreeSet;

use clap::{Arg, Command};

use crate::manifest::Cluster;
use crate::pipeline::{Loaded, Setup};
use crate::source::{Exclude, Input, Sources};

/// What a value names in the manifests of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Services: `shop/web`, and after a colon their ports.
    Services,
    /// Nodes.
    Nodes,
    /// Namespaces of Services.
    Namespaces,
}

/// A value that is being typed.
#[derive(Debug)]
pub(crate) struct Place<'c> {
    arg: &'c Arg,
    /// What the shell has taken off the front of the word, and so must not get back.
    taken: String,
    /// What is before the value in its word: the name of the flag, and other values of a list.
    before: String,
    /// What is typed of it.
    typed: String,
    manifests: Named,
}

/// The manifests that a line names.
#[derive(Debug, Default)]
struct Named {
    inputs: Vec<Input>,
    is_recursive: bool,
    exclude: Vec<Exclude>,
    namespace: Option<String>,
}

impl Names {
    /// What an argument names.
    pub(crate) fn of(arg: &Arg) -> Option<Self> {
        match arg.get_id().as_str() {
            "service" | "destination" => Some(Self::Services),
            "node" => Some(Self::Nodes),
            "namespace" => Some(Self::Namespaces),
            _ => None,
        }
    }

    /// The names, each once and in order. Ports are of interest once a colon is typed.
    fn in_cluster(self, cluster: &Cluster, typed: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        match self {
            Self::Nodes => {
                names.extend(cluster.nodes.iter().map(|node| node.name.to_string()));
                let of_pods = cluster.backends.iter().filter_map(|backend| backend.node.as_ref());
                names.extend(of_pods.map(ToString::to_string));
            }
            Self::Namespaces => {
                names.extend(cluster.services.iter().map(|service| service.namespace.to_string()));
            }
            Self::Services => {
                for service in &cluster.services {
                    let name = format!("{}/{}", service.namespace, service.name);
                    if typed.contains(':') {
                        let ports = service.ports.iter().map(|port| match port.name.as_str() {
                            "" => port.port.to_string(),
                            name => name.to_owned(),
                        });
                        names.extend(ports.map(|port| format!("{name}:{port}")));
                    } else {
                        names.insert(name);
                    }
                }
            }
        }
        names
    }
}

impl<'c> Place<'c> {
    /// The place of the last word, if that is a value.
    pub(crate) fn of(program: &'c Command, words: &[String]) -> Option<Self> {
        let (words, taken) = glued(words);
        let (last, earlier) = words.split_last()?;
        let mut command = program;
        let mut manifests = Named::default();
        let mut positionals = 0;
        let mut awaiting: Option<&Arg> = None;
        for word in earlier {
            let word = &*unquoted(word);
            if let Some(arg) = awaiting.take() {
                manifests.add(arg, word);
            } else if let Some((arg, value)) = flag_in(command, word) {
                match value {
                    None if takes_a_word(arg) => awaiting = Some(arg),
                    value => manifests.add(arg, value.unwrap_or_default()),
                }
            } else if let Some(below) = command.find_subcommand(word) {
                (command, positionals) = (below, 0);
            } else if !word.starts_with('-') {
                positionals += 1;
            }
        }
        let (arg, value) = match (awaiting, flag_in(command, last)) {
            (Some(arg), _) => (arg, &**last),
            (None, Some((arg, Some(value)))) if arg.get_num_args()?.takes_values() => (arg, value),
            (None, None) if !last.starts_with('-') => (command.get_positionals().nth(positionals)?, &**last),
            _ => return None,
        };
        let comma = arg.get_value_delimiter().and_then(|comma| value.rfind(comma));
        let typed = &value[comma.map_or(0, |comma| comma + 1)..];
        let before = &last[..last.len() - typed.len()];
        Some(Self { arg, taken, before: before.to_owned(), typed: typed.to_owned(), manifests })
    }

    /// What the word may become, each with what it means; `None` where hnsplan knows nothing of it.
    pub(crate) fn values(&self) -> Option<Vec<(String, String)>> {
        let known = self.arg.get_possible_values();
        let names = Names::of(self.arg);
        if known.is_empty() && names.is_none() {
            return None;
        }
        let mut values: Vec<(String, String)> = known
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| {
                let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                (value.get_name().to_owned(), help)
            })
            .collect();
        if let Some(names) = names {
            let cluster = self.manifests.read();
            let found = names.in_cluster(&cluster, &self.typed);
            values.extend(found.into_iter().map(|name| (name, String::new())));
        }
        values.retain(|(value, _)| starts_with(value, &self.typed));
        for (value, _) in &mut values {
            let whole = format!("{}{value}", self.before);
            whole.get(self.taken.len()..).unwrap_or(&whole).clone_into(value);
        }
        Some(values)
    }
}

impl Named {
    fn add(&mut self, arg: &Arg, value: &str) {
        match arg.get_id().as_str() {
            // Standard input belongs to the command that is being typed.
            "filename" | "old" | "new" if value != "-" => self.inputs.push(Input::from(value)),
            "recursive" => self.is_recursive = true,
            "exclude" => self.exclude.extend(value.parse()),
            "namespace" => self.namespace = Some(value.to_owned()),
            _ => {}
        }
    }

    /// What is in them; nothing where they cannot be read.
    fn read(&self) -> Cluster {
        let sources = Sources::read_without(&self.inputs, self.is_recursive, &self.exclude);
        let mut setup = Setup::default();
        if let Some(namespace) = &self.namespace {
            setup.default_namespace.clone_from(namespace);
        }
        sources.map(|sources| Loaded::new(sources).parse(&setup).into_cluster()).unwrap_or_default()
    }
}

/// The words as they were typed, and what of the last one is not for the shell. Bash cuts words at `=` and `:`.
fn glued(words: &[String]) -> (Vec<String>, String) {
    let is_separator = |word: &str| !word.is_empty() && word.chars().all(|c| c == '=' || c == ':');
    let mut whole: Vec<String> = Vec::new();
    let mut taken = String::new();
    let mut after_separator = false;
    for word in words {
        let is_part = is_separator(word) || after_separator && !word.starts_with('-');
        match whole.last_mut() {
            Some(last) if is_part => {
                last.push_str(word);
                if is_separator(word) {
                    taken.clone_from(last);
                }
            }
            _ => {
                whole.push(word.clone());
                taken.clear();
            }
        }
        after_separator = is_separator(word);
    }
    (whole, taken)
}

/// A word as the shell would hand it over: without quotes and backslashes, from the home folder at a tilde.
fn unquoted(word: &str) -> String {
    let mut text = String::new();
    let mut quote = None;
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', None | Some('"')) => text.extend(characters.next()),
            ('\'' | '"', None) => quote = Some(character),
            (end, Some(start)) if end == start => quote = None,
            _ => text.push(character),
        }
    }
    match (word.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(_), Ok(home)) => format!("{home}{}", &text[1..]),
        _ => text,
    }
}

/// The flag that a word is, and the value in the same word.
fn flag_in<'c, 'w>(command: &'c Command, word: &'w str) -> Option<(&'c Arg, Option<&'w str>)> {
    let mut args = command.get_arguments();
    if let Some(flag) = word.strip_prefix("--") {
        let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        let is_it = |arg: &&Arg| {
            let longs = arg.get_long_and_visible_aliases().unwrap_or_default();
            !name.is_empty() && longs.contains(&name)
        };
        return args.find(is_it).map(|arg| (arg, value));
    }
    let flag = word.strip_prefix('-')?;
    let short = flag.chars().next()?;
    let value = Some(&flag[short.len_utf8()..]).filter(|value| !value.is_empty());
    args.find(|arg| arg.get_short() == Some(short)).map(|arg| (arg, value))
}

/// Whether the next word is the value of a flag.
fn takes_a_word(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|count| count.takes_values()) && !arg.is_require_equals_set()
}

/// Codes are completed in any case.
fn starts_with(value: &str, typed: &str) -> bool {
    value.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_taken_as_the_shell_would() {
        let home = std::env::var("HOME").unwrap_or_else(|_| "~".to_owned());
        for (word, text) in [
            ("'my file.yaml'", "my file.yaml".to_owned()),
            ("\"it's\".yaml", "it's.yaml".to_owned()),
            (r"my\ file.yaml", "my file.yaml".to_owned()),
            (r"'a\b'", r"a\b".to_owned()),
            ("~/x.yaml", format!("{home}/x.yaml")),
            ("a~/x", "a~/x".to_owned()),
            ("'open", "open".to_owned()),
            ("\\", String::new()),
        ] {
            assert_eq!(unquoted(word), text, "{word}");
        }
    }

    #[test]
    fn what_bash_has_cut_is_glued_and_not_given_back() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (line, last, taken) in [
            ("trace --to shop/web : ht", "shop/web:ht", "shop/web:"),
            ("trace --to shop/web :", "shop/web:", "shop/web:"),
            ("check --fail-on = los", "--fail-on=los", "--fail-on="),
            ("trace --to fd00 :: 1 -t ip", "ip", ""),
            ("trace --to shop/web : -t", "-t", ""),
        ] {
            let (whole, shell) = glued(&words(line));
            assert_eq!((whole.last().map(String::as_str), &*shell), (Some(last), taken), "{line}");
        }
    }

    proptest! {
        /// Whatever is typed, completion answers, and what it answers is what is typed and more.
        #[test]
        fn no_line_is_too_odd(words in prop::collection::vec(
            prop_oneof![
                "(compile|check|trace|explain|service|-S|-t|--to|--fail-on|--node|--|=|:|,)",
                "--[a-z-]{0,6}=?[a-z,:]{0,3}",
                "\\PC{0,4}",
            ],
            0..6,
        )) {
            let mut program = crate::cli::program();
            program.build();
            let place = Place::of(&program, &words);
            for (value, _) in place.and_then(|place| place.values()).unwrap_or_default() {
                prop_assert!(!value.contains(char::is_control), "{value:?}");
            }
        }
    }
}
