//! Promise: data flows from left to right, and no module uses one to its right.

mod circles;
mod files;
mod names;
mod nouns;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use files::Files;

/// The modules of the crate in the order of the data: each may use those before it.
const ORDER: [&str; 33] = [
    "name",
    "net",
    "flag",
    "source",
    "diagnostics",
    "manifest",
    "fill",
    "node",
    "ir",
    "scope",
    "compile",
    "answer",
    "platform",
    "capture",
    "pipeline",
    "replay",
    "rollout",
    "trace",
    "allow",
    "lint",
    "graph",
    "sheet",
    "check",
    "apply",
    "diff",
    "fleet",
    "catalog",
    "explain",
    "document",
    "render",
    "suite",
    "shell",
    "cli",
];

/// What a module must not use although it comes before it, so that each keeps its one reason to exist.
const NEVER: [(&str, &[&str]); 10] = [
    ("diagnostics", &["net"]),
    ("answer", &["manifest", "node", "flag"]),
    ("capture", &["manifest", "node", "ir", "answer", "compile"]),
    ("graph", &["manifest", "node", "pipeline", "trace"]),
    ("sheet", &["manifest", "node", "pipeline", "trace"]),
    ("apply", &["manifest", "check", "trace", "graph"]),
    ("suite", &["manifest", "apply", "diff"]),
    ("document", &["manifest", "platform::hns", "platform::iptables", "platform::netsh", "capture"]),
    ("render", &["manifest", "capture", "compile"]),
    ("shell", &["ir", "compile", "trace", "check", "graph", "platform"]),
];

/// What a module may use of one that it sees only in part.
const PARTS: [(&str, &str, &[&str]); 1] = [("node", "manifest", &["Cluster", "Node", "ApiRules"])];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        if path.is_dir() && !path.ends_with("tests") {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The path below `src` without its ending: `platform/iptables/write`.
fn module_of(path: &Path) -> String {
    path.strip_prefix(source()).expect("below src").with_extension("").to_string_lossy().replace('\\', "/")
}

/// The code without the tests beside it.
fn without_tests(text: &str) -> &str {
    let end = text.find("\nmod tests {").map_or(text.len(), |at| text[..at].rfind("#[cfg(").unwrap_or(at));
    &text[..end]
}

/// Everything that a file names with `crate::`: `manifest::Cluster`. Trees of `use` are taken apart;
/// comments and tests beside the code are left out.
fn uses(text: &str) -> Vec<String> {
    let code = without_tests(text);
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        // `$crate` belongs to macros, `pub(in crate::x)` to no path.
        let ends = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
        let path = &rest[..rest.find(ends).unwrap_or(rest.len())];
        match rest[path.len()..].strip_prefix('{') {
            Some(tree) => leaves(path, tree, &mut found),
            None => found.push(path.to_owned()),
        }
    }
    found
}

/// The paths of a tree of `use`, which starts after its brace.
fn leaves(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let mut depth = 0usize;
    let mut start = 0;
    for (at, character) in tree.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let leaf = tree[start..at].trim();
                if let Some((inner, rest)) = leaf.split_once('{') {
                    leaves(&format!("{prefix}{inner}"), &format!("{}}}", rest.trim_end_matches('}')), found);
                } else if !leaf.is_empty() {
                    found.push(format!("{prefix}{leaf}"));
                }
                start = at + 1;
                if character == '}' {
                    return;
                }
            }
            _ => {}
        }
    }
}

/// The uses of all files, by file.
fn all_uses() -> BTreeMap<String, Vec<String>> {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    let uses_of = |path: &PathBuf| uses(&fs::read_to_string(path).expect("a source is text"));
    files.iter().map(|path| (module_of(path), uses_of(path))).collect()
}

#[test]
fn no_module_uses_one_to_its_right() {
    let position = |module: &str| ORDER.iter().position(|known| *known == module);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (file, uses) in all_uses() {
        let top = file.split('/').next().unwrap_or_default();
        if top == "lib" || top == "main" {
            continue;
        }
        let Some(own) = position(top) else {
            wrong.push(format!("src/{file}.rs belongs to no known module"));
            continue;
        };
        let never = NEVER.iter().find(|(user, _)| *user == top).map_or(&[][..], |(_, never)| *never);
        for path in uses {
            seen += 1;
            let used = path.split("::").next().unwrap_or_default().trim();
            // What is no module is a name that the crate itself exports.
            let is_to_the_right = position(used).is_none_or(|used| used > own) && used != "compile";
            if is_to_the_right || never.contains(&used) {
                wrong.push(format!("src/{file}.rs uses crate::{path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 100, "only {seen} uses were seen");
}

#[test]
fn a_module_that_sees_another_in_part_sees_no_more_of_it() {
    for (file, uses) in all_uses() {
        for (user, used, parts) in PARTS {
            let of_user = file == user || file.starts_with(&format!("{user}/"));
            for path in uses.iter().filter(|_| of_user) {
                if let Some(part) = path.strip_prefix(used).and_then(|rest| rest.strip_prefix("::")) {
                    assert!(parts.contains(&part), "src/{file}.rs uses crate::{path}");
                }
            }
        }
    }
}

/// The folders of `platform` that are no platforms: what some of them share, and which know none of them.
const SHARED: [&str; 1] = ["netfilter"];

/// The folders of platforms, in order.
fn platforms() -> Vec<String> {
    let entries = fs::read_dir(source().join("platform")).expect("the sources can be read");
    let folders =
        entries.map(|entry| entry.expect("the sources can be read").path()).filter(|path| path.is_dir());
    let name = |path: PathBuf| path.file_name().expect("it has a name").to_string_lossy().into_owned();
    let mut names: Vec<String> = folders.map(name).filter(|name| !SHARED.contains(&&**name)).collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

#[test]
fn platforms_never_use_each_other() {
    let targets = platforms();
    let is_in = |file: &str, folder: &str| file.starts_with(&format!("platform/{folder}/"));
    for (file, uses) in all_uses() {
        let own = targets.iter().map(String::as_str).chain(SHARED).find(|folder| is_in(&file, folder));
        let Some(own) = own else { continue };
        for path in uses.iter().filter_map(|path| path.strip_prefix("platform::")) {
            let other = path.split("::").next().unwrap_or_default();
            assert!(
                other == own || !targets.iter().any(|target| target == other),
                "src/{file}.rs uses {path}"
            );
        }
    }
}

/// The layers of `manifest`, from left to right.
const MANIFEST_LAYERS: [&str; 5] =
    ["manifest/codes", "manifest/format", "manifest/object", "manifest/validate", "manifest/cluster"];

#[test]
fn no_layer_of_manifest_uses_one_to_its_right() {
    let layer = |file: &str| {
        MANIFEST_LAYERS.iter().position(|layer| {
            file.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let mut seen = 0;
    for (file, used) in Files::read().graph(&["manifest"]) {
        let Some(own) = layer(&file) else { continue };
        for other in used {
            seen += 1;
            assert!(layer(&other).is_some_and(|other| other <= own), "src/{file}.rs uses {other}");
        }
    }
    assert!(seen > 100, "only {seen} uses were seen");
}

#[test]
fn every_module_starts_with_its_purpose() {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    for path in files {
        let text = fs::read_to_string(&path).expect("a source is text");
        assert!(text.starts_with("//! ") || text.starts_with("#![doc"), "{}", path.display());
    }
}

#[test]
fn trees_of_use_are_taken_apart() {
    let text = "use crate::{a, b::{C, d::E}, f};\n// use crate::no;\nfn x() { crate::g::h(); }\n#[cfg(test)]\nmod tests {\nuse crate::test;\n}";
    assert_eq!(uses(text), ["a", "b::C", "b::d::E", "f", "g::h"]);
}

/// How many lines the command line may have: it is wiring, and what decides belongs into the library.
const MOST_LINES_OF_CLI: usize = 3_500;

#[test]
fn the_command_line_is_wiring() {
    let mut files = Vec::new();
    rust_files(&source().join("cli"), &mut files);
    let lines = |path: &PathBuf| fs::read_to_string(path).expect("a source is text").lines().count();
    let count: usize = files.iter().map(lines).sum();
    assert!(count <= MOST_LINES_OF_CLI, "src/cli has {count} lines: move what decides into the library");
}
