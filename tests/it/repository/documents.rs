//! Promise: what the documents show is what the program prints.
//!
//! - A `console` block is a session. A line after `$ ` is a command; below it stands what the command prints on
//!   standard output. A line `...` replaces any number of lines. A command ends with exit code 0, except the last one
//!   of a block that begins with `console exit=1`. The blocks of a document share one folder that has `fixtures`.
//! - A `sh` or `powershell` block, and code in a sentence that begins with `hnsplan`, is for places that a test does
//!   not have. The arguments of such a command must be valid.
//! - Code in a sentence that begins with `--` is a flag of the program.
//!
//! `INSTA_UPDATE=always` writes what is printed now into the sessions, to be reviewed as any other change.

pub(crate) mod commands;
mod exit_codes;
mod markdown;
mod session;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use markdown::Document;
use session::Folder;

/// The folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All documents about how the program is used.
fn documents() -> Vec<Document> {
    let mut files = vec!["README.md".into(), "CONTRIBUTING.md".into(), "SECURITY.md".into()];
    files.push("deploy/README.md".into());
    for entry in fs::read_dir(root().join("docs")).expect("the folder is there") {
        files.push(Path::new("docs").join(entry.expect("the folder can be read").file_name()));
    }
    files.sort_unstable();
    let is_text = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "md");
    files.into_iter().filter(is_text).map(Document::read).collect()
}

/// Fails with all that is wrong at once.
#[track_caller]
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n\n"));
}

#[test]
fn sessions_show_what_is_printed() {
    let documents = documents();
    let is_updated = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    let check = |document: &Document| {
        let (changes, wrong): (Vec<_>, Vec<_>) = session::problems(document)
            .into_iter()
            .partition(|problem| is_updated && problem.change.is_some());
        if !changes.is_empty() {
            let changes: Vec<_> = changes.into_iter().filter_map(|problem| problem.change).collect();
            let renewed = session::renew(document, &changes);
            fs::write(root().join(&document.file), renewed).expect("the document can be written");
        }
        wrong.into_iter().map(|problem| problem.text).collect::<Vec<String>>()
    };
    let problems: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = documents.iter().map(|document| scope.spawn(|| check(document))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no session panics")).collect()
    });
    assert_none(&problems);
    let commands = documents.iter().flat_map(Document::blocks).filter(|block| block.language == "console");
    assert!(commands.map(|block| block.text.matches("$ hnsplan").count()).sum::<usize>() > 20);
}

#[test]
fn commands_have_valid_arguments() {
    let folder = Folder::new();
    let mut problems = Vec::new();
    for document in documents() {
        for (line, command) in document.commands() {
            if let Err(error) = folder.check_arguments(&command) {
                problems.push(format!("{}:{line}: {command}\n{error}", document.file.display()));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn flags_in_sentences_are_flags_of_the_program() {
    let mut known: BTreeSet<String> = commands::flags_of_program().into_values().flatten().collect();
    known.extend(commands::deprecated_flags());
    let mut problems = Vec::new();
    for document in documents() {
        for (line, code) in document.code_spans().filter(|(_, code)| code.starts_with("--")) {
            let flag = code.split([' ', '=', '[', '\n']).next().unwrap_or_default();
            if !known.contains(flag) {
                problems.push(format!("{}:{line}: no command has {flag}", document.file.display()));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn links_lead_somewhere() {
    let documents = documents();
    let mut problems = Vec::new();
    for document in &documents {
        for (line, link) in document.links().filter(|(_, link)| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => document.file.clone(),
                _ => markdown::joined(document.file.parent().expect("a file is in a folder"), file),
            };
            let is_there = root().join(&target).exists()
                && (heading.is_empty() || Document::read(target).anchors().any(|anchor| anchor == heading));
            if !is_there {
                problems.push(format!("{}:{line}: {link} is not there", document.file.display()));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn the_readme_is_short_and_leads_to_every_page() {
    let readme = Document::read("README.md".into());
    assert!(readme.text.lines().count() <= 200, "{} lines", readme.text.lines().count());
    let linked: BTreeSet<&str> = readme.links().map(|(_, link)| link).collect();
    for document in documents().iter().filter(|document| document.file != Path::new("README.md")) {
        let file = document.file.to_str().expect("a name in ASCII");
        assert!(linked.contains(file), "README.md has no link to {file}");
    }
}

/// What a new machine runs is what the README says.
#[test]
fn the_two_commands_of_the_readme_are_those_of_ci() {
    let readme = Document::read("README.md".into());
    let block = readme.blocks().into_iter().find(|block| block.text.starts_with("cargo run"));
    let script = fs::read_to_string(root().join(".ci/run")).expect("it can be read");
    let commands: Vec<&str> = block.expect("the two commands").text.lines().collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        // A variable before the command changes how much of it is done, and not what.
        let is_run = |line: &str| {
            let line = line.strip_suffix(" >/dev/null").unwrap_or(line);
            line.strip_suffix(command)
                .is_some_and(|before| before.split(' ').all(|word| word.is_empty() || word.contains('=')))
        };
        assert!(script.lines().any(is_run), ".ci/run does not run: {command}");
    }
}

/// The facts file of the page is one that the program reads, with every key that it knows.
#[test]
fn the_facts_file_of_the_page_is_valid() {
    let page = Document::read("docs/input.md".into());
    let block = page.blocks().into_iter().find(|block| block.text.contains("kind: NodeFacts"));
    let facts = hnsplan::node::Facts::parse(block.expect("a facts file").text).expect("it is valid");
    let serialized = format!("{facts:?}");
    // Only collected logs tell it.
    let of_file = serialized.replace("collected_build: None", "");
    assert!(!of_file.contains("None"), "{serialized}");
}

/// The allow-list of the page is the first entry of the shipped one.
#[test]
fn the_allow_list_of_the_page_is_shipped() {
    let page = Document::read("docs/check.md".into());
    let block = page.blocks().into_iter().find(|block| block.text.contains("kind: AllowList"));
    let shipped = fs::read_to_string(root().join("fixtures/shop/allow.yaml")).expect("it can be read");
    for line in block.expect("an allow-list").text.lines() {
        let line = line.split(" #").next().expect("a first part").trim_end();
        assert!(shipped.lines().any(|of_file| of_file == line), "{line} is not in allow.yaml");
    }
}

/// The page about platforms has every method of the trait.
#[test]
fn the_methods_of_a_platform_are_listed() {
    let page = Document::read("docs/adding-a-platform.md".into());
    let listed: BTreeSet<&str> = page.code_spans().map(|(_, code)| code).collect();
    let file = fs::read_to_string(root().join("src/platform/mod.rs")).expect("it can be read");
    let (_, methods) = file.split_once("pub trait Platform").expect("the trait");
    let methods = methods.split("\n}\n").next().expect("its end");
    let names = methods.lines().filter_map(|line| line.strip_prefix("    fn "));
    let missing: Vec<_> = names
        .filter_map(|line| line.split(['(', '<']).next())
        .filter(|name| !listed.contains(name))
        .collect();
    assert!(missing.is_empty(), "docs/adding-a-platform.md lacks {missing:?}");
    let line = file.lines().find(|line| line.starts_with("static OWN")).expect("the registration");
    assert!(page.text.contains(line), "docs/adding-a-platform.md lacks {line}");
}

#[test]
fn every_module_is_in_the_architecture() {
    let page = Document::read("docs/architecture.md".into());
    let listed: BTreeSet<&str> = page.code_spans().map(|(_, code)| code).collect();
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("it can be read");
    let modules = library.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    for module in modules.map(|line| line.trim_end_matches(';')) {
        assert!(listed.contains(module), "docs/architecture.md lacks {module}");
    }
}
