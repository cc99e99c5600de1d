//! Takes a text apart into JSON documents and other lines.
//!
//! A document starts at the beginning of a line, or is the first thing in the text. An object in the middle
//! of a broken document is mostly indented, and so not taken for one of its own.

use serde_json::value::RawValue;

/// A part of a text.
pub(super) enum Part<'a> {
    /// A complete JSON document.
    Document(&'a str),
    /// The start of a JSON document that is none.
    Broken(Broken<'a>),
    /// Another line.
    Line(&'a str),
}

/// What starts as a JSON document and does not go on as one.
pub(super) struct Broken<'a> {
    /// Its start, and all that follows.
    pub(super) start: &'a str,
    /// Of that, what is not looked at again: the lines before the one with the error, or all.
    pub(super) passed: &'a str,
    pub(super) error: serde_json::Error,
}

/// The parts of a text, in its order.
pub(super) struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text.trim_start() }
    }

    fn document(&mut self) -> Part<'a> {
        let start = self.rest;
        let mut documents = serde_json::Deserializer::from_str(start).into_iter::<&RawValue>();
        match documents.next() {
            Some(Ok(document)) => {
                let after = start[documents.byte_offset()..].trim_start_matches([' ', '\t', '\r']);
                // What follows on the line is another document, or may be a piece of one that is torn.
                self.rest = after.strip_prefix('\n').unwrap_or(after);
                Part::Document(document.get())
            }
            Some(Err(error)) => {
                self.rest = match line_of(start, error.line()) {
                    _ if is_cut(start, &error) => "",
                    same if same.len() == start.len() => after_line(start),
                    // What is no part of this document may be the start of the next one.
                    later => later,
                };
                let passed = &start[..start.len() - self.rest.len()];
                Part::Broken(Broken { start, passed, error })
            }
            None => unreachable!("a document starts here"),
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if starts_document(self.rest) {
            return Some(self.document());
        }
        // A comma that is left of a list may have the next object of it behind itself.
        let next = match self.rest.strip_prefix(',') {
            Some(behind) => behind.trim_start_matches([' ', '\t']),
            None => after_line(self.rest),
        };
        let line = &self.rest[..self.rest.len() - next.len()];
        self.rest = next;
        Some(Part::Line(line.trim_end_matches(['\r', '\n', ' ', '\t'])))
    }
}

/// A list of numbers is no dump, and `[12:30:01]` the start of a line in some log.
fn starts_document(text: &str) -> bool {
    let Some(inside) = text.strip_prefix(['{', '[']) else {
        return false;
    };
    matches!(inside.trim_start().bytes().next(), None | Some(b'{' | b'[' | b'"' | b'}' | b']'))
}

/// What follows the first line of a text.
fn after_line(text: &str) -> &str {
    memchr::memchr(b'\n', text.as_bytes()).map_or("", |end| &text[end + 1..])
}

/// Whether a document breaks off where its text ends. The parser calls a number that is cut after its sign
/// invalid, not unfinished.
pub(super) fn is_cut(text: &str, error: &serde_json::Error) -> bool {
    let unfinished_number = || text.ends_with(['-', '.', 'e', 'E', '+']);
    error.is_eof() || unfinished_number() && line_of(text, error.line()).len() <= error.column()
}

/// The text from its line with this number on, from 1.
pub(super) fn line_of(text: &str, number: usize) -> &str {
    match number.checked_sub(2) {
        None => text,
        Some(breaks) => {
            memchr::memchr_iter(b'\n', text.as_bytes()).nth(breaks).map_or("", |end| &text[end + 1..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let shown = |part| match part {
            Part::Document(text) => format!("document {text}"),
            Part::Broken(broken) => format!("broken in its line {}", broken.error.line()),
            Part::Line(text) => format!("line {text}"),
        };
        Parts::of(text).map(shown).collect()
    }

    #[test]
    fn documents_stand_among_lines() {
        let text = "\r\nName  Id\r\n[{\"a\":1}]\r\n[12:30] x\r\n{\"b\":2}{\"c\":\n3}\n";
        let expected = [
            "line Name  Id",
            "document [{\"a\":1}]",
            "line [12:30] x",
            "document {\"b\":2}",
            "document {\"c\":\n3}",
        ];
        assert_eq!(parts(text), expected);
    }

    #[test]
    fn what_follows_a_document_on_its_line_is_not_lost() {
        let text = "[{\"a\":1}], {\"b\":2}] \r\n{\"c\":3} PS C:\\>\n{}\n";
        let expected = [
            "document [{\"a\":1}]",
            "line ,",
            "document {\"b\":2}",
            "line ]",
            "document {\"c\":3}",
            "line PS C:\\>",
            "document {}",
        ];
        assert_eq!(parts(text), expected);
    }

    #[test]
    fn a_number_that_is_cut_is_the_end_of_the_text() {
        for text in ["[{\"a\":-", "[{\"a\":1.", "[{\"a\":1e", "[\n{\"a\":1e-"] {
            let parts: Vec<Part<'_>> = Parts::of(text).collect();
            let [Part::Broken(Broken { start, error, .. })] = parts.as_slice() else {
                panic!("{text} is one part")
            };
            assert!(is_cut(start, error), "{text}: {error}");
        }
        let Some(Part::Broken(Broken { start, error, .. })) = Parts::of("[{\"a\":x}]").next() else {
            panic!("it is broken")
        };
        assert!(!is_cut(start, &error));
    }

    #[test]
    fn what_follows_a_broken_document_is_read() {
        let text = "[\n {\"a\":1},\n {\"b\":x,\n  \"d\": [\n   {}]\n]\n[{\"e\":5}]\n[{\"f\":";
        let parts = parts(text);
        assert_eq!(parts.first().unwrap(), "broken in its line 3");
        assert_eq!(parts[parts.len() - 2..], ["document [{\"e\":5}]", "broken in its line 1"]);
        assert!(parts.iter().filter(|part| !part.starts_with("line")).count() == 3, "{parts:?}");
    }
}
