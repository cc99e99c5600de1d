//! What help lists: the flags that most people need, and with `--help-all` those for experts as well.
//!
//! A flag for experts is one that clap is told to leave out of short help; no other mark is needed. [`listing`] gives
//! every command the same two pages from that.

use std::ffi::OsStr;

use clap::builder::{Str, StyledStr};
use clap::error::ErrorKind;
use clap::{Arg, Command};

/// Which flags help lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// Those that most people need, and one line that says how to get the others.
    Common,
    /// All: first those that most people need, then the others under headings of their own.
    All,
}

/// The flag that asks for all flags.
const HELP_ALL: &str = "--help-all";

impl Listing {
    /// What these arguments ask for.
    pub(crate) fn of(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut flags = arguments.into_iter().take_while(|argument| argument.as_ref() != "--");
        if flags.any(|argument| argument.as_ref() == HELP_ALL) { Self::All } else { Self::Common }
    }
}

/// Whether arguments were not taken because help is asked for, or shown in place of an error.
pub(crate) fn asks_for_help(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)
}

/// The command and those below it, with the help that is asked for.
pub(crate) fn listing(command: Command, listing: Listing) -> Command {
    let of_all: Vec<Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    with_listing(command, "", &of_all, listing)
}

fn with_listing(command: Command, above: &str, of_all: &[Arg], listing: Listing) -> Command {
    let name = format!("{above}{}", command.get_name());
    let is_new = |arg: &&Arg| command.get_arguments().all(|own| own.get_id() != arg.get_id());
    // Clap would add them last, and so behind the flags for experts.
    let missing: Vec<Arg> = of_all.iter().filter(is_new).cloned().collect();
    let command = command.args(missing);
    let experts: Vec<String> = command
        .get_arguments()
        .filter(|arg| is_for_experts(arg))
        .map(|arg| arg.get_id().to_string())
        .collect();
    // An argument that is changed moves behind the others, and so does its heading.
    let change = match listing {
        Listing::Common => hidden,
        Listing::All => under_own_heading,
    };
    let command = experts.iter().fold(command, |command, id| command.mut_arg(id, change));
    let command = match listing {
        Listing::Common => with_way_on(command, &name, experts.len()),
        Listing::All => command,
    };
    command.mut_subcommands(|below| with_listing(below, &format!("{name} "), of_all, listing))
}

/// Whether only people who know the subject of a flag need it.
fn is_for_experts(arg: &Arg) -> bool {
    arg.is_hide_short_help_set() && !arg.is_hide_set()
}

fn hidden(arg: Arg) -> Arg {
    arg.hide_long_help(true)
}

fn under_own_heading(arg: Arg) -> Arg {
    let heading = arg.get_help_heading().unwrap_or("Options");
    let heading = Str::from(format!("{heading}, for experts"));
    arg.hide_short_help(false).help_heading(heading)
}

/// The command, with how many flags are not listed and how to see them.
fn with_way_on(command: Command, name: &str, count: usize) -> Command {
    let line = match count {
        0 => return command,
        1 => format!("1 more flag, for experts:  {name} {HELP_ALL}"),
        count => format!("{count} more flags, for experts:  {name} {HELP_ALL}"),
    };
    let mut closing = command.get_after_help().cloned().unwrap_or_default();
    if closing.ansi().to_string().is_empty() {
        closing = StyledStr::from(line);
    } else {
        closing.push_str(&format!("\n\n{line}"));
    }
    command.after_help(closing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(command: &Command, found: &mut Vec<Command>) {
        command.get_subcommands().for_each(|below| commands(below, found));
        found.push(command.clone());
    }

    fn all(which: Listing) -> Vec<Command> {
        let mut root = listing(crate::cli::program(), which);
        root.build();
        let mut found = Vec::new();
        commands(&root, &mut found);
        found
    }

    /// Where a flag stands in help: at the start of a line.
    fn place_of(flag: &Arg, help: &str) -> Option<usize> {
        let long = flag.get_long()?;
        let is_it = |line: &&str| {
            let of_short = || line.strip_prefix("  -").and_then(|rest| rest.get(1..)?.strip_prefix(", --"));
            let name = line.strip_prefix("      --").or_else(of_short);
            name.is_some_and(|name| name.split([' ', '[', '=']).next() == Some(long))
        };
        help.lines().position(|line| is_it(&line))
    }

    #[test]
    fn help_lists_common_flags_and_help_all_the_others_behind_them() {
        let mut with_experts = 0;
        for (mut common, mut full) in all(Listing::Common).into_iter().zip(all(Listing::All)) {
            let name = common.get_name().to_owned();
            let pages = [common.render_help().to_string(), common.render_long_help().to_string()];
            let every = full.render_long_help().to_string();
            let (experts, others): (Vec<&Arg>, Vec<&Arg>) = common
                .get_arguments()
                .filter(|arg| arg.get_long().is_some() && !arg.is_hide_set())
                .partition(|arg| is_for_experts(arg));
            for flag in &others {
                assert!(pages.iter().all(|page| place_of(flag, page).is_some()), "{name}: {flag}");
            }
            let last = others.iter().map(|flag| place_of(flag, &every).expect("it is listed")).max();
            for flag in &experts {
                assert!(pages.iter().all(|page| place_of(flag, page).is_none()), "{name}: {flag}");
                assert!(place_of(flag, &every) > last, "{name}: {flag}");
            }
            let line = format!("{name} {HELP_ALL}");
            let is_told = pages.iter().all(|page| page.trim_end().ends_with(&line));
            assert_eq!(is_told, !experts.is_empty(), "{name}");
            assert!(!every.contains(&line), "{name}");
            with_experts += usize::from(!experts.is_empty());
        }
        assert!(with_experts > 5, "{with_experts}");
    }

    #[test]
    fn only_a_flag_asks_for_all() {
        assert_eq!(Listing::of(["compile", "--help-all"]), Listing::All);
        assert_eq!(Listing::of(["compile", "--help"]), Listing::Common);
        assert_eq!(Listing::of(["explain", "--", "--help-all"]), Listing::Common);
    }
}
