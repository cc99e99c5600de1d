//! Text in columns for a terminal.
//!
//! **Invariant:** no line is longer than asked for, whatever stands in a cell, and nothing unprintable
//! gets out.

use crate::name::escaped;

/// Breaks a text into lines of at most `width` characters: between words, and inside those that are longer.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in escaped(text).split(' ') {
        let mut rest = word;
        let mut letters = rest.chars().count();
        if length > 0 && length + 1 + letters <= width {
            lines.last_mut().expect("there is always a line").push(' ');
            length += 1;
        } else if length > 0 {
            lines.push(String::new());
            length = 0;
        }
        while letters > width {
            let end = rest.char_indices().nth(width).map_or(rest.len(), |(end, _)| end);
            lines.last_mut().expect("there is always a line").push_str(&rest[..end]);
            lines.push(String::new());
            rest = &rest[end..];
            letters -= width;
        }
        lines.last_mut().expect("there is always a line").push_str(rest);
        length += letters;
    }
    lines
}

/// Free characters between two columns.
const GAP: usize = 2;

/// One cell of a row: paragraphs under each other, and how wide its column is.
#[derive(Debug)]
pub struct Cell<'t> {
    paragraphs: Vec<&'t str>,
    width: usize,
}

impl<'t> Cell<'t> {
    /// A cell of a column that is so many characters wide, the gap to the next one included.
    pub fn new(width: usize, paragraphs: impl IntoIterator<Item = &'t str>) -> Self {
        Self { paragraphs: paragraphs.into_iter().collect(), width }
    }

    /// The lines of the cell. A paragraph that starts with blanks is indented as a whole.
    fn lines(&self, usable: usize) -> Vec<String> {
        let lines_of = |text: &&str| {
            let indent = text.len() - text.trim_start_matches(' ').len();
            let lines = wrapped(&text[indent..], usable.saturating_sub(indent).max(1));
            lines.into_iter().map(move |line| " ".repeat(indent) + &line).collect::<Vec<_>>()
        };
        self.paragraphs.iter().flat_map(lines_of).collect()
    }
}

/// A name and beside it a text, which goes on under itself.
#[must_use]
pub fn block(name: &str, indent: usize, text: &str, width: usize) -> String {
    row(&[Cell::new(indent, [name]), Cell::new(width - indent, [text])])
}

/// Cells side by side. What does not fit into its column goes on in the next line.
#[must_use]
pub fn row(cells: &[Cell<'_>]) -> String {
    let last = cells.len().saturating_sub(1);
    let usable = |at: usize, width: usize| if at == last { width } else { width.saturating_sub(GAP) };
    let columns: Vec<Vec<String>> =
        cells.iter().enumerate().map(|(at, cell)| cell.lines(usable(at, cell.width))).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or_default();
    let mut text = String::new();
    for at in 0..height {
        let mut line = String::new();
        for (lines, cell) in columns.iter().zip(cells) {
            let shown = lines.get(at).map_or("", String::as_str);
            line.push_str(shown);
            line.extend(std::iter::repeat_n(' ', cell.width.saturating_sub(shown.chars().count())));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one", 7), ["one"]);
        assert_eq!(wrapped("", 7), [""]);
        assert_eq!(wrapped("a abcdefghij", 4), ["a", "abcd", "efgh", "ij"]);
    }

    #[test]
    fn cells_go_on_under_themselves() {
        let cells = [Cell::new(6, ["name"]), Cell::new(5, ["one two"]), Cell::new(3, ["x y z", "a"])];
        assert_eq!(row(&cells), "name  one  x y\n      two  z\n           a\n");
        assert_eq!(block("  id", 6, "a b", 7), "  id  a\n      b\n");
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_no_letter_is_lost(
            texts in prop::collection::vec((any::<String>(), 3usize..20), 1..4)
        ) {
            let cells: Vec<Cell<'_>> = texts.iter().map(|(text, width)| Cell::new(*width, [&**text])).collect();
            let text = row(&cells);
            let width: usize = texts.iter().map(|(_, width)| width).sum();
            for line in text.lines() {
                prop_assert!(line.chars().count() <= width, "{line:?}");
                prop_assert!(!line.chars().any(crate::name::is_unprintable), "{line:?}");
            }
            let letters = |text: &str| {
                let mut letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
                letters.sort_unstable();
                letters
            };
            let all: String = texts.iter().map(|(text, _)| escaped(text)).collect();
            prop_assert_eq!(letters(&text), letters(&all));
        }
    }
}
