//! All values of the documents of a text, in their order: for readers of small documents that people write, which check
//! each value and name its place.

use granit_parser::{Event, Parser, ScalarStyle};

/// A document of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its first byte.
    pub start: usize,
    /// The values below its root; what comes after a mistake in the text is left out.
    pub values: Vec<Outlined>,
}

/// A value below the root of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// Its path, as in `iptables.masqueradeBit` and `nodePortAddresses[0]`.
    pub path: String,
    /// The key that leads to it; `None` of an element of a sequence.
    pub key: Option<String>,
    /// The first byte of its key in the text, of an element the first of itself.
    pub key_at: usize,
    /// Its own first byte; where nothing is written after a key, that of the key.
    pub at: usize,
    /// What it is.
    pub kind: OutlinedKind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutlinedKind {
    /// A scalar.
    Scalar {
        /// Its text.
        text: String,
        /// Whether it is written without quotes.
        is_plain: bool,
        /// Whether it is a block of lines after `|`.
        is_literal: bool,
    },
    /// A mapping.
    Mapping,
    /// A sequence.
    Sequence,
    /// What an alias repeats, which is not looked up.
    Alias,
}

/// An open collection.
struct Level {
    path: String,
    is_mapping: bool,
    /// The key that waits for its value, and its first byte.
    key: Option<(String, usize)>,
    next: usize,
}

impl Level {
    /// The path of the value that comes now, its key, and the byte of the key.
    fn step(&mut self) -> (String, Option<(String, usize)>) {
        let Some((key, at)) = self.key.take() else {
            let index = self.next;
            self.next += 1;
            return (format!("{}[{index}]", self.path), None);
        };
        let path = match (&*self.path, key.contains(['.', '[', ']', '"'])) {
            (outer, true) => format!("{outer}[\"{key}\"]"),
            ("", false) => key.clone(),
            (outer, false) => format!("{outer}.{key}"),
        };
        (path, Some((key, at)))
    }
}

impl Outline {
    /// The documents of a text; the last one ends where the text is broken.
    #[must_use]
    pub fn documents(text: &str) -> Vec<Self> {
        let mut documents: Vec<Self> = Vec::new();
        let mut levels: Vec<Level> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let Some(bytes) = span.byte_range() else { break };
            let kind = match event {
                Event::DocumentStart(..) => {
                    levels.clear();
                    documents.push(Self { start: bytes.start, values: Vec::new() });
                    continue;
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    levels.pop();
                    continue;
                }
                Event::Scalar(value, style, ..) => {
                    if let Some(level) =
                        levels.last_mut().filter(|level| level.is_mapping && level.key.is_none())
                    {
                        level.key = Some((value.into_owned(), bytes.start));
                        continue;
                    }
                    OutlinedKind::Scalar {
                        text: value.into_owned(),
                        is_plain: style == ScalarStyle::Plain,
                        is_literal: style == ScalarStyle::Literal,
                    }
                }
                Event::MappingStart(..) => OutlinedKind::Mapping,
                Event::SequenceStart(..) => OutlinedKind::Sequence,
                Event::Alias(_) => OutlinedKind::Alias,
                _ => continue,
            };
            let Some(document) = documents.last_mut() else { continue };
            let path = match levels.last_mut() {
                None => String::new(),
                Some(level) => {
                    let (path, key) = level.step();
                    let is_written = !bytes.is_empty();
                    let key_at = key.as_ref().map_or(bytes.start, |(_, at)| *at);
                    document.values.push(Outlined {
                        path: path.clone(),
                        key: key.map(|(key, _)| key),
                        key_at,
                        at: if is_written { bytes.start } else { key_at },
                        kind: kind.clone(),
                    });
                    path
                }
            };
            let is_mapping = kind == OutlinedKind::Mapping;
            if is_mapping || kind == OutlinedKind::Sequence {
                levels.push(Level { path, is_mapping, key: None, next: 0 });
            }
        }
        documents
    }

    /// The value at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Outlined> {
        self.values.iter().find(|value| value.path == path)
    }

    /// The text of the scalar at a path.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.text()
    }
}

impl Outlined {
    /// Its text, if it is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            OutlinedKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_path_and_its_bytes() {
        let text = "# x\na: {b.c: [x, 'y']}\nd:\n---\ne: &e |\n  z\nf: *e\n";
        let documents = Outline::documents(text);
        let shown: Vec<Vec<(&str, usize, usize)>> = documents
            .iter()
            .map(|of| of.values.iter().map(|value| (&*value.path, value.key_at, value.at)).collect())
            .collect();
        let at = |what: &str| text.find(what).unwrap();
        assert_eq!(
            shown[0],
            [
                ("a", at("a:"), at("{b")),
                ("a[\"b.c\"]", at("b.c"), at("[x")),
                ("a[\"b.c\"][0]", at("x, "), at("x, ")),
                ("a[\"b.c\"][1]", at("'y'"), at("'y'")),
                ("d", at("d:"), at("d:")),
            ]
        );
        assert_eq!(shown[1].iter().map(|(path, ..)| *path).collect::<Vec<_>>(), ["e", "f"]);
        assert_eq!(documents[1].text("e"), Some("z\n"));
        assert!(documents[1].start >= at("---"));
    }

    #[test]
    fn broken_text_ends_the_walk() {
        for text in ["", "[", "a: [b", "? [x]\n: y", "*a : b", "- - -", "a: b: c", "]", "? {a: b}\n: c"] {
            let _ = Outline::documents(text);
        }
    }
}
