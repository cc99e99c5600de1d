//! From a field path back to the bytes: the text is parsed again, as events, only when a message
//! about it is printed. Works for YAML and JSON, which is YAML to the event parser.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};

/// A value found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Located {
    /// The bytes of the value.
    pub value: Range<usize>,
    /// Whether the value is a scalar without quotes.
    pub plain: bool,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subscript {
    Key(String),
    Index(usize),
}

/// The bytes of the value at `path` in the object that `text` holds.
///
/// `item` is the object's index when `text` is a list (`items:` of a `kind: List`, or a bare
/// sequence). When the path leads nowhere, the nearest enclosing key that exists is returned, and at last
/// the first line of the text.
#[must_use]
pub fn locate(text: &str, item: Option<u32>, path: &str) -> Range<usize> {
    search(text, item, path).bytes(text)
}

impl Found {
    /// The bytes to show: of the value, of what is nearest to it, or else the first line.
    pub(super) fn bytes(self, text: &str) -> Range<usize> {
        match self.exact.map(|located| located.value).or(self.nearest) {
            Some(range) if range.is_empty() => range.start..line_end(text, range.start),
            Some(range) => range,
            None => first_line(text),
        }
    }
}

/// The value at exactly this path, or `None` when there is none.
#[must_use]
pub fn locate_key(text: &str, item: Option<u32>, path: &str) -> Option<Located> {
    search(text, item, path).exact
}

/// Whether the document is a sequence at its root, as one item cut out of a list is.
#[must_use]
pub fn has_root_sequence(text: &str) -> bool {
    // A document marker may stand before it, and comments.
    let mut lines = text.lines().map(|line| line.strip_prefix("---").unwrap_or(line).trim_start());
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| line.starts_with("- ") || line.starts_with('[') || line.trim_end() == "-")
}

fn first_line(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..line_end(text, start)
}

/// Where the line of a byte starts.
#[must_use]
pub fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line of a byte ends, without its newline.
pub(super) fn line_end(text: &str, start: usize) -> usize {
    start + text[start..].lines().next().map_or(0, str::len)
}

/// Splits `spec.ports[0].port`; a key with dots stands in quotes: `labels["a.b/c"]`.
fn steps(path: &str) -> Vec<Subscript> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (key, after) = quoted.split_once("\"]").unwrap_or((quoted, ""));
            steps.push(Subscript::Key(key.into()));
            rest = after;
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']').unwrap_or((index, ""));
            steps.push(Subscript::Index(index.parse().unwrap_or(usize::MAX)));
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Subscript::Key(rest[..end].into()));
            rest = &rest[end..];
        }
    }
    steps
}

/// What a search came upon.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) exact: Option<Located>,
    pub(super) nearest: Option<Range<usize>>,
}

/// An open mapping or sequence of the event stream.
struct Level {
    mapping: bool,
    /// Number of the next element of a sequence.
    index: usize,
    /// The key just read, waiting for its value.
    key: Option<String>,
    key_span: Option<Range<usize>>,
    /// Whether the path so far leads through this level.
    on_path: bool,
}

/// The steps from the root of a text to a path in one of its objects, and how many of them lead to the object.
pub(super) fn way(text: &str, item: Option<u32>, path: &str) -> (Vec<Subscript>, usize) {
    let mut wanted = steps(path);
    let own = wanted.len();
    let item_step = item.map_or(0, |item| item as usize);
    let root_is_sequence = has_root_sequence(text);
    if root_is_sequence {
        wanted.insert(0, Subscript::Index(item_step));
    } else if item.is_some() {
        wanted.splice(0..0, [Subscript::Key("items".into()), Subscript::Index(item_step)]);
    }
    // Of an item, only what lies inside it is near; of an object, the whole object.
    let base = wanted.len() - own;
    (wanted, base)
}

pub(super) fn search(text: &str, item: Option<u32>, path: &str) -> Found {
    let (wanted, base) = way(text, item, path);
    Walk { wanted, base, levels: Vec::new(), depth: 0, found: Found::default() }.run(text)
}

struct Walk {
    wanted: Vec<Subscript>,
    base: usize,
    levels: Vec<Level>,
    /// How many steps of the path have been found.
    depth: usize,
    found: Found,
}

impl Walk {
    fn run(mut self, text: &str) -> Found {
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let Some(bytes) = span.byte_range() else { break };
            match event {
                Event::MappingStart(..) => self.open(true, bytes),
                Event::SequenceStart(..) => self.open(false, bytes),
                Event::MappingEnd | Event::SequenceEnd => {
                    let left = self.levels.pop();
                    if left.is_some_and(|level| level.on_path) && self.levels.len() < self.wanted.len() {
                        break;
                    }
                }
                Event::Scalar(value, style, ..) => {
                    let is_wanted = !self.take_key(&value, &bytes) && self.enter(&bytes) && self.is_there();
                    if is_wanted {
                        self.found.exact = Some(Located { value: bytes, plain: style == ScalarStyle::Plain });
                        break;
                    }
                }
                Event::Alias(_) => {
                    let is_wanted = self.enter(&bytes) && self.is_there();
                    if is_wanted {
                        self.found.exact = Some(Located { value: bytes, plain: false });
                        break;
                    }
                }
                _ => {}
            }
            if self.found.exact.is_some() {
                break;
            }
        }
        self.found
    }

    /// A collection starts: go in, and note whether the path leads through it.
    fn open(&mut self, mapping: bool, bytes: Range<usize>) {
        let on_path = self.enter(&bytes);
        if on_path && self.is_there() {
            // A collection is shown by its key, which says more than its first byte.
            let value = self.found.nearest.clone().unwrap_or(bytes);
            self.found.exact = Some(Located { value, plain: false });
        }
        self.levels.push(Level { mapping, index: 0, key: None, key_span: None, on_path });
    }

    /// Whether the value that was entered last is the one at the end of the path.
    fn is_there(&self) -> bool {
        self.depth == self.wanted.len() && !self.wanted.is_empty()
    }

    /// In a mapping, a scalar at key position is remembered.
    fn take_key(&mut self, value: &str, bytes: &Range<usize>) -> bool {
        match self.levels.last_mut() {
            Some(level) if level.mapping && level.key.is_none() => {
                level.key = Some(value.to_owned());
                level.key_span = Some(bytes.clone());
                true
            }
            _ => false,
        }
    }

    /// A value starts: whether the path leads to or through it.
    fn enter(&mut self, bytes: &Range<usize>) -> bool {
        let Some(level) = self.levels.last_mut() else {
            return true;
        };
        let (key, key_span, index) = (level.key.take(), level.key_span.take(), level.index);
        level.index += 1;
        if !level.on_path || self.depth + 1 != self.levels.len() {
            return false;
        }
        let step = match key {
            Some(key) => Subscript::Key(key),
            None => Subscript::Index(index),
        };
        if self.wanted.get(self.depth) != Some(&step) {
            return false;
        }
        self.depth += 1;
        if self.depth >= self.base {
            self.found.nearest = Some(key_span.unwrap_or_else(|| bytes.clone()));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "kind: Service\nmetadata:\n  labels:\n    a.b/c: x\nspec:\n  ports:\n  - name: http\n    port: 80\n  - name: https\n    port: 70000\n";

    fn at(text: &str, item: Option<u32>, path: &str) -> String {
        text[locate(text, item, path)].to_owned()
    }

    #[test]
    fn a_field_is_found_by_its_path() {
        assert_eq!(at(SERVICE, None, "spec.ports[1].port"), "70000");
        assert_eq!(at(SERVICE, None, "metadata.labels[\"a.b/c\"]"), "x");
        assert_eq!(at(SERVICE, None, "spec.ports"), "ports");
    }

    #[test]
    fn a_missing_field_leads_to_what_is_around_it() {
        assert_eq!(at(SERVICE, None, "spec.clusterIP"), "spec");
        assert_eq!(at(SERVICE, None, "status.loadBalancer"), "kind: Service");
        assert_eq!(locate_key(SERVICE, None, "spec.clusterIP"), None);
    }

    #[test]
    fn json_is_searched_like_yaml() {
        let json = r#"{"kind": "List", "items": [{"a": 1}, {"a": {"b": [true, "x"]}}]}"#;
        assert_eq!(at(json, Some(1), "a.b[1]"), "\"x\"");
        assert!(!locate_key(json, Some(1), "a.b[1]").unwrap().plain);
        assert!(locate_key(json, Some(0), "a").unwrap().plain);
    }

    #[test]
    fn an_item_cut_out_of_a_list_is_its_own_text() {
        let item = "- kind: Service\n  spec:\n    clusterIP: x\n";
        assert_eq!(at(item, None, "spec.clusterIP"), "x");
    }

    #[test]
    fn an_index_finds_what_a_search_finds() {
        let json = r#"{"kind": "List", "items": [{"a": 1, "a": 2}, {"a": {"b": [true, "x"], "c": {}}}, []]}"#;
        let item = "- kind: Service\n  spec:\n    clusterIP: x\n- 1\n";
        let anchors = "a: &x {b: 1}\nc: *x\n? [k]\n: v\nd: !!str 3\n";
        for text in [SERVICE, json, item, anchors, "", "[", "a: [b", "a: *x", "- - -", "x", "{a: {b"] {
            let index = super::super::index::Index::of(text);
            for item in [None, Some(0), Some(1), Some(2), Some(9)] {
                for path in [
                    "",
                    "a",
                    "a.b",
                    "a.b[1]",
                    "a.c",
                    "c",
                    "d",
                    "kind",
                    "spec",
                    "spec.ports[1].port",
                    "spec.ports[7]",
                    "x.y",
                ] {
                    let (wanted, base) = way(text, item, path);
                    assert_eq!(index.find(&wanted, base), search(text, item, path), "{text} {item:?} {path}");
                }
            }
        }
    }

    #[test]
    fn broken_text_is_no_panic() {
        for text in ["", "[", "a: [b", "\t", "a: *x", "%", "- - -"] {
            let range = locate(text, Some(3), "a.b[0]");
            assert!(range.end <= text.len());
        }
    }
}
