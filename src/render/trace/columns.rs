//! Lays out texts in columns next to each other.
//!
//! **Invariant:** no line is longer than asked for, and nothing is cut off.

use crate::render::columns::wrapped;

/// What stands below one title.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) paragraphs: Vec<Paragraph>,
}

/// A text that goes on under itself, right of what leads it.
#[derive(Debug)]
pub(crate) struct Paragraph {
    /// What stands before the first line, and as blanks before all others.
    pub(crate) lead: String,
    pub(crate) text: String,
}

/// What stands between two columns.
const BETWEEN: &str = " │ ";
/// A narrower column than this is hard to read, unless it needs no more.
const LEAST: usize = 40;

/// All columns next to each other in lines of at most `width` characters, if there are several and they fit.
pub(crate) fn side_by_side(columns: &[Column], width: usize) -> Option<String> {
    let between = BETWEEN.chars().count() * columns.len().saturating_sub(1);
    let wanted: Vec<usize> = columns.iter().map(Column::width).collect();
    let given = shares(&wanted, width.saturating_sub(between));
    let is_readable = wanted.iter().zip(&given).all(|(wanted, given)| *given >= LEAST.min(*wanted));
    if columns.len() < 2 || !is_readable {
        return None;
    }
    let drawn: Vec<Vec<String>> =
        columns.iter().zip(&given).map(|(column, width)| column.lines(*width)).collect();
    let height = drawn.iter().map(Vec::len).max().unwrap_or_default();
    let mut text = String::new();
    for at in 0..height {
        let cells = drawn.iter().zip(&given).map(|(lines, width)| {
            let line = lines.get(at).map_or("", String::as_str);
            format!("{line:width$}")
        });
        let line = cells.collect::<Vec<_>>().join(BETWEEN);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    Some(text)
}

/// Who wants less than an equal share gets it; the others share what is left.
fn shares(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|at| wanted[*at]);
    let mut given = vec![0; wanted.len()];
    let mut left = room;
    for (served, at) in order.into_iter().enumerate() {
        given[at] = wanted[at].min(left / (wanted.len() - served));
        left -= given[at];
    }
    given
}

impl Column {
    /// How wide it is if nothing is wrapped.
    fn width(&self) -> usize {
        let paragraphs = self.paragraphs.iter().map(Paragraph::width);
        paragraphs.chain([self.title.chars().count()]).max().unwrap_or_default()
    }

    fn lines(&self, width: usize) -> Vec<String> {
        let paragraphs = self.paragraphs.iter().flat_map(|paragraph| paragraph.lines(width));
        wrapped(&self.title, width).into_iter().chain(paragraphs).collect()
    }
}

impl Paragraph {
    pub(crate) fn new(lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self { lead: lead.into(), text: text.into() }
    }

    fn width(&self) -> usize {
        self.lead.chars().count() + self.text.chars().count()
    }

    /// In lines of at most `width` characters.
    pub(crate) fn lines(&self, width: usize) -> impl Iterator<Item = String> {
        let indent = self.lead.chars().count();
        let lines = wrapped(&self.text, width.saturating_sub(indent).max(1));
        lines.into_iter().enumerate().map(move |(at, line)| {
            let lead = if at == 0 { self.lead.as_str() } else { "" };
            format!("{lead:indent$}{}", line.trim_end())
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(title: &str, paragraphs: &[(&str, &str)]) -> Column {
        let paragraphs = paragraphs.iter().map(|(lead, text)| Paragraph::new(*lead, *text)).collect();
        Column { title: title.to_owned(), paragraphs }
    }

    #[test]
    fn columns_stand_next_to_each_other() {
        let columns = [
            column("one", &[("  · ", "a step"), ("    ⇒ ", "b")]),
            column("two", &[("      1  ", "dropped")]),
        ];
        let text = "one        │ two\n  · a step │       1  dropped\n    ⇒ b    │\n";
        assert_eq!(side_by_side(&columns, 80).as_deref(), Some(text));
    }

    #[test]
    fn a_long_text_goes_on_under_itself() {
        let long = "word ".repeat(12);
        let columns = [column("one", &[("  · ", long.trim_end())]), column("two", &[])];
        let text = "\
one                                      │ two
  · word word word word word word word   │
    word word word word word             │
";
        assert_eq!(side_by_side(&columns, 46).as_deref(), Some(text));
    }

    #[test]
    fn one_column_or_too_little_room_is_left_to_others() {
        let long = "word ".repeat(20);
        assert!(side_by_side(&[column("one", &[("", &long)])], 200).is_none());
        let two = [column("one", &[("", &long)]), column("two", &[("", &long)])];
        assert!(side_by_side(&two, 2 * LEAST + 2).is_none());
        assert!(side_by_side(&two, 2 * LEAST + 3).is_some());
    }

    #[test]
    fn who_needs_little_leaves_room_to_others() {
        assert_eq!(shares(&[100, 10, 100], 110), [50, 10, 50]);
        assert_eq!(shares(&[5, 10], 80), [5, 10]);
        assert_eq!(shares(&[90, 90], 81), [40, 41]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_no_letter_is_lost(
            texts in prop::collection::vec(prop::collection::vec("[a-z⇒ ]{0,90}", 0..5), 2..4),
            width in 60usize..200,
        ) {
            let columns: Vec<Column> = texts
                .iter()
                .map(|texts| {
                    let paragraphs: Vec<(&str, &str)> = texts.iter().map(|text| ("  · ", &**text)).collect();
                    column("title", &paragraphs)
                })
                .collect();
            let Some(text) = side_by_side(&columns, width) else { return Ok(()) };
            for line in text.lines() {
                prop_assert!(line.chars().count() <= width, "{line:?}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !"│·".contains(*c)).count();
            let all: usize = texts.iter().flatten().map(|text| letters(text)).sum();
            prop_assert_eq!(letters(&text), all + texts.len() * "title".len());
        }
    }
}
