//! Promise: `docs/commands.md` lists the commands of the program and their flags, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::markdown::Document;
use crate::support::exe::hnsplan;

/// The commands with their flags, as the manual pages describe them.
pub(crate) fn flags_of_program() -> BTreeMap<String, BTreeSet<String>> {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    hnsplan("man --out").arg(folder.path()).run().succeeded();
    let mut commands = BTreeMap::new();
    for entry in fs::read_dir(folder.path()).expect("the pages are there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_stem().expect("a page has a name").to_string_lossy().replacen("hnsplan-", "", 1);
        let page = fs::read_to_string(&path).expect("a page is text").replace("\\-", "-");
        // An item of the list of flags is a line `.TP`, and a line with the names in bold.
        let names = page.split("\n.TP\n").skip(1).filter_map(|item| item.lines().next());
        let names =
            names.flat_map(|line| line.split("\\fB").skip(1)).filter_map(|name| name.split('\\').next());
        let flags = names.filter(|name| name.starts_with("--")).map(str::to_owned).collect();
        commands.insert(name.replace("explain-", "explain "), flags);
    }
    commands
}

/// The rows of the tables whose head begins with a word, by the words of the head.
pub(super) fn rows<'d>(page: &'d Document, first: &str) -> Vec<BTreeMap<&'d str, &'d str>> {
    let mut rows = Vec::new();
    let mut head: Option<Vec<&str>> = None;
    for line in page.text.lines() {
        let Some(cells) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
            head = None;
            continue;
        };
        let cells: Vec<&str> = cells.split('|').map(str::trim).collect();
        match &head {
            None => head = Some(cells),
            Some(head) if head[0] == first && !cells[0].starts_with("---") => {
                assert_eq!(cells.len(), head.len(), "{line}");
                rows.push(head.iter().copied().zip(cells).collect());
            }
            Some(_) => {}
        }
    }
    assert!(!rows.is_empty(), "a table with the head {first}");
    rows
}

/// Flags that still work and are no longer shown.
pub(super) fn deprecated_flags() -> BTreeSet<String> {
    let page = Document::read("docs/commands.md".into());
    rows(&page, "deprecated").iter().map(|row| long_name(row["deprecated"]).to_owned()).collect()
}

/// The long name of the flag in a cell.
fn long_name(cell: &str) -> &str {
    let flag = cell.split('`').find(|word| word.starts_with("--")).expect("a long name");
    flag.split([' ', '[']).next().unwrap_or_default()
}

/// A cell of code, without the marks.
fn code(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or_else(|| panic!("{cell} is not code"))
}

#[test]
fn every_command_is_listed() {
    let page = Document::read("docs/commands.md".into());
    let listed: BTreeSet<&str> = rows(&page, "command")
        .iter()
        .map(|row| code(row["command"]).trim_start_matches("hnsplan "))
        .collect();
    let program = flags_of_program();
    let program: BTreeSet<&str> =
        program.keys().map(String::as_str).filter(|name| *name != "hnsplan").collect();
    assert_eq!(listed, program);
}

#[test]
fn deprecated_flags_still_work_and_are_not_shown() {
    let program = flags_of_program();
    for flag in deprecated_flags() {
        let is_shown = program.values().any(|flags| flags.contains(&flag));
        assert!(!is_shown, "{flag} is shown");
        let works = program.keys().any(|command| !hnsplan(command).arg(&flag).run().stderr.contains(&flag));
        assert!(works, "{flag}");
    }
}

#[test]
fn every_schema_is_listed() {
    let page = Document::read("docs/json.md".into());
    let listed: Vec<&str> = rows(&page, "schema").iter().map(|row| code(row["schema"])).collect();
    let refusal = hnsplan("schema unknown").run();
    let known = refusal
        .failed(2)
        .split("possible values: ")
        .nth(1)
        .expect("a list")
        .split(']')
        .next()
        .unwrap_or_default();
    assert_eq!(listed, known.split(", ").collect::<Vec<_>>());
}

/// The mark of a flag that help lists.
const COMMON: &str = "●";

/// The mark of a flag that only `--help-all` lists.
const FOR_EXPERTS: &str = "○";

/// The flags that help lists, in its order.
fn flags_in_help(help: &str) -> Vec<String> {
    let flag = |line: &str| {
        let of_short = || line.strip_prefix("  -").and_then(|rest| rest.get(1..)?.strip_prefix(", --"));
        let rest = line.strip_prefix("      --").or_else(of_short)?;
        let name = rest.split([' ', '[', '=']).next().unwrap_or_default();
        Some(format!("--{name}"))
    };
    help.lines().filter_map(flag).collect()
}

#[test]
fn help_lists_common_flags_and_help_all_those_for_experts_behind_them() {
    let page = Document::read("docs/commands.md".into());
    let mut marks: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for row in rows(&page, "flag") {
        marks.extend(row.iter().map(|(command, mark)| ((*command, long_name(row["flag"])), *mark)));
    }
    let mut experts_seen = 0;
    for (name, all) in flags_of_program() {
        let command = if name == "hnsplan" { "" } else { &*name };
        let full = hnsplan(command).args("--help-all").run();
        let full = flags_in_help(full.succeeded());
        assert_eq!(full.iter().cloned().collect::<BTreeSet<_>>(), all, "{name}");
        let is_common = |flag: &&String| marks.get(&(&*name, &***flag)) != Some(&FOR_EXPERTS);
        let common: Vec<String> = full.iter().filter(is_common).cloned().collect();
        assert_eq!(full[..common.len()], common, "{name}: flags for experts come last");
        let line = format!("flags, for experts:  {} --help-all\n", format!("hnsplan {command}").trim_end());
        for asked in ["-h", "--help"] {
            let outcome = hnsplan(command).args(asked).run();
            let help = outcome.succeeded();
            assert_eq!(flags_in_help(help), common, "{name} {asked}");
            let has_experts = common.len() < full.len();
            let is_told = help.ends_with(&line) || help.ends_with(&line.replace("flags", "flag"));
            assert_eq!(is_told, has_experts, "{help}");
        }
        experts_seen += full.len() - common.len();
    }
    assert!(experts_seen > 100, "{experts_seen}");
}

#[test]
fn every_flag_is_listed_with_its_commands() {
    let page = Document::read("docs/commands.md".into());
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&page, "flag") {
        let flag = long_name(row["flag"]);
        for (command, mark) in row.iter().filter(|(head, _)| !["flag", "meaning"].contains(*head)) {
            assert!(["", COMMON, FOR_EXPERTS].contains(mark), "{flag}: {mark}");
            if !mark.is_empty() {
                let is_new = listed.entry((*command).to_owned()).or_default().insert(flag.to_owned());
                assert!(is_new, "{flag} of {command} is listed twice");
            }
        }
    }
    let mut program = flags_of_program();
    for row in rows(&page, "every command") {
        let flag = long_name(row["every command"]);
        for (command, flags) in &mut program {
            assert!(flags.remove(flag), "{command} has no {flag}");
        }
    }
    program.retain(|_, flags| !flags.is_empty());
    for command in program.keys().chain(listed.keys()) {
        let none = BTreeSet::new();
        let of = |all: &BTreeMap<String, BTreeSet<String>>| all.get(command).unwrap_or(&none).clone();
        let (is, listed) = (of(&program), of(&listed));
        let missing: Vec<_> = is.difference(&listed).collect();
        let surplus: Vec<_> = listed.difference(&is).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "{command}: add {missing:?}, remove {surplus:?}");
    }
}
