//! The text as a sequence of lines, each with its indentation.

/// Collections nested deeper than this are left to the YAML parser.
pub(super) const DEEPEST: usize = 60;

/// A line that is not blank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// Columns before the first character; after `- ` has been taken, those before what follows it.
    pub indent: usize,
    /// The rest, without the newline.
    pub content: &'t str,
}

/// Goes through the lines of a text.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    /// Where the line after the current one starts.
    next: usize,
    current: Option<Line<'t>>,
    depth: usize,
}

impl<'t> Cursor<'t> {
    /// Starts at the first line; `None` for a text with a character outside the subset.
    pub(super) fn new(text: &'t str) -> Option<Self> {
        let printable = text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n'));
        // A document marker may be alone on the first line.
        let text = text.strip_prefix("---\n").unwrap_or(text);
        let mut cursor = Self { text, next: 0, current: None, depth: 0 };
        cursor.advance()?;
        printable.then_some(cursor)
    }

    /// The current line; `None` at the end.
    pub(super) fn line(&self) -> Option<Line<'t>> {
        self.current
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.current.is_none()
    }

    /// Goes to the next line. Blank lines may only end the text. `None` for what is not in the subset.
    pub(super) fn advance(&mut self) -> Option<()> {
        let rest = &self.text[self.next..];
        let line = &rest[..memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())];
        let content = line.trim_start_matches(' ');
        if content.is_empty() {
            self.current = None;
            return rest.bytes().all(|b| b == b'\n').then_some(());
        }
        self.next = (self.next + line.len() + 1).min(self.text.len());
        self.current = Some(Line { indent: line.len() - content.len(), content });
        // Comments, directives and further documents.
        (!content.starts_with(['#', '%']) && !line.starts_with("---") && !line.starts_with("..."))
            .then_some(())
    }

    /// Takes the `- ` of the current line: what follows is a line of its own, two columns on.
    pub(super) fn take_dash(&mut self) -> Option<()> {
        let line = self.current?;
        let content = line.content.strip_prefix("- ")?;
        self.current = Some(Line { indent: line.indent + 2, content });
        (!content.starts_with([' ', '-', '#'])).then_some(())
    }

    /// Takes the lines of a literal scalar below a key at `indent`, with the final newline if `keep_newline`.
    pub(super) fn literal(&mut self, indent: usize, keep_newline: bool) -> Option<String> {
        let rest = &self.text[self.next..];
        let first = rest.lines().next().filter(|line| !line.is_empty())?;
        let inner = first.len() - first.trim_start_matches(' ').len();
        if inner <= indent || inner == first.len() {
            return None;
        }
        let mut value = String::new();
        let mut pending_newlines = 0;
        let mut taken = 0;
        for line in rest.split_inclusive('\n') {
            let content = line.strip_suffix('\n')?;
            if content.is_empty() {
                pending_newlines += 1;
            } else if content.len() > inner && content.as_bytes()[..inner].iter().all(|b| *b == b' ') {
                value.extend(std::iter::repeat_n('\n', pending_newlines));
                value.push_str(&content[inner..]);
                pending_newlines = 1;
            } else {
                // A line that is less indented, but not as a key is, would be an error or a surprise.
                let outer = content.len() - content.trim_start_matches(' ').len();
                if outer > indent || outer == content.len() {
                    return None;
                }
                break;
            }
            taken += line.len();
        }
        // Blank lines at the end of the scalar belong to it, and are clipped.
        if keep_newline {
            value.push('\n');
        }
        self.next += taken;
        Some(value)
    }

    /// Enters a collection; `None` when that is too deep.
    pub(super) fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEEPEST).then_some(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
}
