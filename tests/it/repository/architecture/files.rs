//! Which file of the sources uses which: names are followed through imports and re-exports to the file that
//! defines them.

use std::collections::{BTreeMap, BTreeSet};

use super::{leaves, module_of, rust_files, source, without_tests};

/// The code of each file below `src`, by its module path: `manifest/format/path`; `mod.rs` stands for its folder.
pub(super) struct Files(BTreeMap<String, File>);

/// One file, as far as its uses go.
struct File {
    /// The code without comments, imports and tests.
    body: String,
    /// What each imported name means, from the root of the crate.
    imports: BTreeMap<String, String>,
    /// The imported names that are only passed on (`pub use`), unless the file itself uses them as well.
    passed_on: BTreeSet<String>,
}

impl Files {
    /// Reads all of `src`.
    pub(super) fn read() -> Self {
        let mut paths = Vec::new();
        rust_files(&source(), &mut paths);
        let texts = paths.iter().map(|path| {
            let text = std::fs::read_to_string(path).expect("a source is text");
            (module_name(&module_of(path)), text)
        });
        Self::of(texts)
    }

    fn of(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let texts: BTreeMap<String, String> =
            texts.into_iter().map(|(module, text)| (module, code(&text))).collect();
        let exists = |module: &str| texts.contains_key(module);
        Self(texts.iter().map(|(module, code)| (module.clone(), File::of(module, code, &exists))).collect())
    }

    /// The files of some folders, or all where none is named, each with those of the same folders that it uses.
    pub(super) fn graph(&self, folders: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let is_inside = |module: &str| {
            folders.is_empty()
                || folders.iter().any(|folder| {
                    module.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
        };
        let inside = self.0.iter().filter(|(module, _)| is_inside(module));
        inside
            .map(|(module, file)| {
                let mut used = self.used_by(module, file);
                used.retain(|other| other != module && is_inside(other));
                (module.clone(), used)
            })
            .collect()
    }

    fn used_by(&self, module: &str, file: &File) -> BTreeSet<String> {
        let imported = file.imports.iter().filter(|(name, path)| {
            // A module is used where something of it is named.
            !self.0.contains_key(*path) && (!file.passed_on.contains(*name) || has_word(&file.body, name))
        });
        let imported = imported.map(|(_, path)| path.clone());
        let named = paths(&file.body).into_iter().filter_map(|path| {
            let (first, rest) = path.split_once("::")?;
            let is_relative = matches!(first, "crate" | "super" | "self");
            if is_relative {
                return Some(absolute(module, &path));
            }
            let child = join(module, first);
            let start = match file.imports.get(first) {
                Some(import) => import.clone(),
                None if self.0.contains_key(&child) => child,
                None => return None,
            };
            Some(format!("{start}/{}", rest.replace("::", "/")))
        });
        imported.chain(named).filter_map(|path| self.definition(&path, 0)).collect()
    }

    /// The file that defines what a path names.
    fn definition(&self, path: &str, depth: usize) -> Option<String> {
        let (module, rest) = self.split(path)?;
        let (name, inner) = rest.split_once('/').unwrap_or((rest, ""));
        match self.0[module].imports.get(name) {
            // Two modules that re-export all of each other would have no end.
            Some(import) if depth < 20 => self.definition(&join(import, inner), depth + 1),
            _ => Some(module.to_owned()),
        }
    }

    /// The longest part of a path that is a file, and the rest.
    fn split<'p>(&self, path: &'p str) -> Option<(&'p str, &'p str)> {
        if self.0.contains_key(path) {
            return Some((path, ""));
        }
        path.rmatch_indices('/')
            .map(|(at, _)| (&path[..at], &path[at + 1..]))
            .find(|(module, _)| self.0.contains_key(*module))
    }
}

impl File {
    fn of(module: &str, code: &str, exists: &dyn Fn(&str) -> bool) -> Self {
        let mut file = Self { body: String::new(), imports: BTreeMap::new(), passed_on: BTreeSet::new() };
        let mut start = 0;
        while let Some((visibility, tree, end)) = next_import(code, &mut start, &mut file.body) {
            let mut found = Vec::new();
            leaves("", &format!("{tree}}}"), &mut found);
            for leaf in found {
                let (path, alias) = leaf.split_once(" as ").unwrap_or((&leaf, ""));
                let path = path.trim().trim_end_matches("::self");
                let own_name = path.rsplit("::").next().unwrap_or_default();
                let name = if alias.is_empty() { own_name } else { alias.trim() }.to_owned();
                let first = path.split("::").next().unwrap_or_default();
                let path = match first {
                    "crate" | "super" | "self" => absolute(module, path),
                    child if exists(&join(module, child)) => join(module, &path.replace("::", "/")),
                    _ => continue,
                };
                if visibility {
                    file.passed_on.insert(name.clone());
                }
                file.imports.insert(name, path);
            }
            start = end;
        }
        file
    }
}

/// Copies the code up to the next import to `body`; whether the import is passed on, its tree, and where it ends.
fn next_import<'c>(code: &'c str, start: &mut usize, body: &mut String) -> Option<(bool, &'c str, usize)> {
    let rest = &code[*start..];
    let Some(at) = words_at(rest, "use").find(|&at| {
        let before = rest[..at].trim_end();
        before.is_empty() || before.ends_with([';', '}', '{', ')', ']']) || before.ends_with("pub")
    }) else {
        body.push_str(rest);
        return None;
    };
    let before = &rest[..at];
    body.push_str(before);
    let item = before.rsplit([';', '}', '{']).next().unwrap_or_default();
    let end = at + rest[at..].find(';').unwrap_or(rest.len() - at);
    Some((item.contains("pub"), &rest[at + "use".len()..end], *start + end + 1))
}

/// The code without comments, strings, `mod` lines and the tests beside it. `pub(in crate::x)` names nothing
/// that is used.
fn code(text: &str) -> String {
    let code = without_tests(text);
    let is_module = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words[..], [.., "mod", name] if name.ends_with(';'))
    };
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//") && !is_module(line));
    let code = without_strings(&lines.collect::<Vec<_>>().join("\n"));
    let mut plain = String::new();
    let mut rest = code.as_str();
    while let Some((before, after)) = rest.split_once("pub(in ") {
        plain.push_str(before);
        plain.push_str("pub ");
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

/// The code with empty strings in place of all others.
fn without_strings(code: &str) -> String {
    let mut plain = String::new();
    let mut rest = code;
    while let Some(quote) = rest.find('"') {
        let (before, string) = (&rest[..quote], &rest[quote + 1..]);
        plain.push_str(before);
        if before.ends_with('\'') || before.ends_with("'\\") {
            // A quote as a character.
            rest = string;
            continue;
        }
        let hashes = before.len() - before.trim_end_matches('#').len();
        let is_raw = before[..before.len() - hashes].ends_with('r');
        let length = if is_raw {
            string.find(&format!("\"{}", "#".repeat(hashes))).map(|end| end + 1 + hashes)
        } else {
            let mut escaped = false;
            string
                .find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                })
                .map(|end| end + 1)
        };
        plain.push_str("\"\"");
        rest = &string[length.unwrap_or(string.len())..];
    }
    plain + rest
}

/// All paths of more than one name in a text: `super::x::Y`.
fn paths(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    text.split(|c: char| !is_part(c))
        .map(|path| path.trim_end_matches(':'))
        .filter(|path| path.contains("::") && !path.starts_with(':'))
        .map(str::to_owned)
        .collect()
}

/// A path from the root of the crate, as used in a module.
fn absolute(module: &str, path: &str) -> String {
    let mut base = module.to_owned();
    let mut names = Vec::new();
    for name in path.split("::") {
        match name {
            "crate" => base.clear(),
            "super" => base.truncate(base.rfind('/').unwrap_or(0)),
            "self" => {}
            name => names.push(name),
        }
    }
    join(&base, &names.join("/"))
}

fn join(base: &str, rest: &str) -> String {
    [base, rest].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// `manifest/format/mod` is the module `manifest/format`; `lib` is the root.
fn module_name(file: &str) -> String {
    if file == "lib" { String::new() } else { file.strip_suffix("/mod").unwrap_or(file).to_owned() }
}

fn words_at<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

fn has_word(text: &str, word: &str) -> bool {
    words_at(text, word).next().is_some()
}

/// The files that use each other in circles: each time all that lead to each other, sorted.
pub(super) fn circles(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<&str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (&**file, reached_from(graph, file))).collect();
    for (file, others) in &reached {
        let circle: Vec<&str> =
            others.iter().copied().filter(|other| reached[other].contains(file)).collect();
        if circle.first() == Some(file) && circle.len() > 1 {
            found.push(circle);
        }
    }
    found
}

/// The files that one uses, they use, and so on; the file itself where it is among them.
fn reached_from<'g>(graph: &'g BTreeMap<String, BTreeSet<String>>, file: &str) -> BTreeSet<&'g str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = graph[file].iter().map(String::as_str).collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(graph[next].iter().map(String::as_str));
        }
    }
    found
}

mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> Files {
        Files::of(texts.iter().map(|(module, text)| ((*module).to_owned(), (*text).to_owned())))
    }

    fn uses(files: &Files, module: &str) -> Vec<String> {
        files.graph(&[])[module].iter().cloned().collect()
    }

    #[test]
    fn names_lead_to_the_file_that_defines_them() {
        let files = files(&[
            ("a", "mod b;\nmod c;\npub(crate) use b::B;\npub use c::{C, inner as renamed};"),
            ("a/b", "//! use crate::d::No;\nuse super::C;\nuse std::fmt;\nfn x() { super::c::f(); }"),
            ("a/c", "pub struct C;"),
            ("d", "use crate::a::{self, renamed};\nfn y() -> a::B { crate::a::C }"),
            ("e", "use crate::a;\n// a::B\n#[cfg(test)]\nmod tests {\n    use crate::d;\n}"),
        ]);
        assert_eq!(uses(&files, "a"), [""; 0], "re-exports are no uses");
        assert_eq!(uses(&files, "a/b"), ["a/c"]);
        assert_eq!(uses(&files, "d"), ["a/b", "a/c"]);
        assert_eq!(uses(&files, "e"), [""; 0]);
    }

    #[test]
    fn a_parent_that_uses_what_it_passes_on_uses_it() {
        let files = files(&[
            ("a", "mod b;\npub use b::B;\npub struct A(B);"),
            ("a/b", "use super::A;\npub struct B;\nimpl From<A> for B {}"),
        ]);
        assert_eq!(circles(&files.graph(&["a"])), [["a", "a/b"]]);
        assert!(circles(&files.graph(&["c"])).is_empty());
    }

    #[test]
    fn strings_are_no_code() {
        let text = r##"f("a \" use crate::x;", '"', r#"super::"y" {"#, g)"##;
        assert_eq!(without_strings(text), r#"f("", '', r#"", g)"#);
    }

    #[test]
    fn every_circle_is_found() {
        let graph = |edges: &[(&str, &str)]| {
            let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (from, to) in edges {
                graph.entry((*to).into()).or_default();
                graph.entry((*from).into()).or_default().insert((*to).into());
            }
            graph
        };
        assert!(circles(&graph(&[("a", "b"), ("a", "c"), ("b", "c")])).is_empty());
        let two = graph(&[("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c"), ("d", "e")]);
        assert_eq!(circles(&two), [["a", "b"], ["c", "d"]]);
        let one = graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")]);
        assert_eq!(circles(&one), [["a", "b", "c"]]);
    }
}
