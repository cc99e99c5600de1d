//! A walk over all values of a text, each with its path. Works for YAML and JSON.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle};

use super::path::write_key;
use crate::source::has_root_sequence;

/// One step from a collection to a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathStep<'t> {
    /// The value of a key.
    Key(Cow<'t, str>),
    /// An element of a sequence.
    Item(usize),
}

/// An open collection.
#[derive(Default)]
struct Level<'t> {
    is_mapping: bool,
    /// The key just read, waiting for its value.
    key: Option<Cow<'t, str>>,
    /// Number of the next element.
    next: usize,
}

/// Calls `visit` for every value of the first document below its root: with its path, and with its text
/// if it is a scalar without quotes. Ends early, and silently, where the text is broken.
pub(super) fn visit_values<'t>(text: &'t str, mut visit: impl FnMut(&[PathStep<'t>], Option<&str>)) {
    let mut levels: Vec<Level<'t>> = Vec::new();
    let mut path: Vec<PathStep<'t>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, _)) = event else { break };
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if let Some(level) = levels.last_mut() {
                    path.push(level.step());
                    visit(&path, None);
                }
                let is_mapping = matches!(event, Event::MappingStart(..));
                levels.push(Level { is_mapping, ..Level::default() });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                levels.pop();
                path.pop();
            }
            Event::Scalar(value, style, ..) => {
                let Some(level) = levels.last_mut() else { continue };
                if level.is_mapping && level.key.is_none() {
                    level.key = Some(value);
                } else {
                    path.push(level.step());
                    visit(&path, (style == ScalarStyle::Plain).then_some(&*value));
                    path.pop();
                }
            }
            Event::Alias(_) => {
                let Some(level) = levels.last_mut() else { continue };
                path.push(level.step());
                visit(&path, None);
                path.pop();
            }
            Event::DocumentEnd => break,
            _ => {}
        }
    }
}

impl<'t> Level<'t> {
    /// The step to the value that comes now.
    fn step(&mut self) -> PathStep<'t> {
        let index = self.next;
        self.next += 1;
        self.key.take().map_or(PathStep::Item(index), PathStep::Key)
    }
}

/// The steps from the root of a text to an object: `text` may be the object, a list of which it is an
/// item, or a sequence.
pub(super) fn steps_to_object(text: &str, item: Option<u32>) -> Vec<PathStep<'static>> {
    let index = PathStep::Item(item.map_or(0, |item| item as usize));
    match item {
        _ if has_root_sequence(text) => vec![index],
        Some(_) => vec![PathStep::Key("items".into()), index],
        None => Vec::new(),
    }
}

/// The path of a value, as diagnostics carry it.
pub(super) fn path_of(steps: &[PathStep<'_>]) -> String {
    let mut path = String::new();
    for step in steps {
        let is_first = path.is_empty();
        let written = match step {
            PathStep::Key(key) => write_key(&mut path, key, is_first),
            PathStep::Item(index) => std::fmt::Write::write_fmt(&mut path, format_args!("[{index}]")),
        };
        written.expect("a String takes all text");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, Option<String>)> {
        let mut found = Vec::new();
        visit_values(text, |path, plain| found.push((path_of(path), plain.map(str::to_owned))));
        found
    }

    #[test]
    fn every_value_has_its_path() {
        let found = all("a: {b.c: [x, 'y']}\nd: &e z\nf: *e\n---\ng: 1\n");
        let expected = [
            ("a", None),
            ("a[\"b.c\"]", None),
            ("a[\"b.c\"][0]", Some("x")),
            ("a[\"b.c\"][1]", None),
            ("d", Some("z")),
            ("f", None),
        ];
        assert_eq!(found, expected.map(|(path, plain)| (path.into(), plain.map(String::from))));
    }

    #[test]
    fn broken_text_ends_the_walk() {
        for text in ["", "[", "a: [b", "? [x]\n: y", "*a : b", "- - -", "a: b: c", "]"] {
            all(text);
        }
    }

    #[test]
    fn an_item_is_found_from_the_root() {
        assert_eq!(path_of(&steps_to_object("kind: List", Some(2))), "items[2]");
        assert_eq!(path_of(&steps_to_object("- kind: Service", None)), "[0]");
        assert_eq!(path_of(&steps_to_object("kind: Service", None)), "");
    }
}
