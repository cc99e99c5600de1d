//! JSON that is indented outside and compact inside: what HCN gets stands on one line, as it is sent.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// Indents what is not deeper than a limit.
struct Lines {
    depth: usize,
    limit: usize,
    is_empty: bool,
}

/// Writes a value that stands at a depth of a document; what is deeper than `limit` goes on one line.
pub(super) fn write<T: Serialize>(bytes: &mut Vec<u8>, value: &T, depth: usize, limit: usize) {
    let formatter = Lines { depth, limit, is_empty: true };
    let mut serializer = serde_json::Serializer::with_formatter(bytes, formatter);
    value.serialize(&mut serializer).expect("documents have text keys only");
}

/// The same as a text of its own.
pub(super) fn to_text<T: Serialize>(value: &T, depth: usize, limit: usize) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes, value, depth, limit);
    String::from_utf8(bytes).expect("JSON is text")
}

impl Lines {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        let indented = self.depth <= self.limit && !self.is_empty;
        self.depth -= 1;
        self.is_empty = false;
        if indented {
            self.new_line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_empty = false;
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= self.limit { self.new_line(writer) } else { Ok(()) }
    }

    fn new_line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        const BLANKS: &[u8; 17] = b"\n                ";
        writer.write_all(&BLANKS[..(1 + 2 * self.depth).min(BLANKS.len())])
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.depth <= self.limit { b": " } else { b":" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_values_stand_on_one_line() {
        let value = serde_json::json!({"a": [], "b": [{"c": {"d": [1, 2], "e": {}}}]});
        let text = to_text(&value, 0, 2);
        assert_eq!(text, "{\n  \"a\": [],\n  \"b\": [\n    {\"c\":{\"d\":[1,2],\"e\":{}}}\n  ]\n}");
        assert_eq!(to_text(&value["b"], 1, 1), "[{\"c\":{\"d\":[1,2],\"e\":{}}}]");
    }
}
