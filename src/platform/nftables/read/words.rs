//! Cuts a text into lines of words, texts in quotes, and blocks in braces.

use crate::platform::capture::is_interruption;

/// A statement: what stands between two ends of lines or semicolons.
#[derive(Debug, Clone)]
pub(super) struct Line<'t> {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) items: Vec<Item<'t>>,
}

/// A part of a line.
#[derive(Debug, Clone)]
pub(super) enum Item<'t> {
    Word(&'t str),
    Quoted(&'t str),
    Comma,
    Block(Vec<Line<'t>>),
}

/// Blocks stand in blocks to this depth: elements in a set in a table.
const DEEPEST: usize = 8;

/// What is wrong with a text as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broken {
    /// It ends inside braces that were opened in this line.
    Open(usize),
    /// A brace is closed in this line that was never opened.
    Closed(usize),
    /// Braces are nested too deep in this line.
    Deep(usize),
    /// This line inside of braces is of another tool, which says that it could not go on.
    Interrupted(usize),
}

/// Cuts a text.
pub(super) fn cut(text: &str) -> (Vec<Line<'_>>, Vec<Broken>) {
    let mut cutting = Cutting { open: vec![Level::default()], broken: Vec::new() };
    for (number, line) in (1..).zip(text.lines()) {
        if cutting.open.len() > 1 && is_interruption(line.trim()) {
            cutting.broken.push(Broken::Interrupted(number));
        }
        cutting.line(number, line);
    }
    while cutting.open.len() > 1 {
        let opened = cutting.open.last().map_or(0, |level| level.opened);
        cutting.broken.push(Broken::Open(opened));
        cutting.close();
    }
    let level = cutting.open.pop().unwrap_or_default();
    (level.lines, cutting.broken)
}

#[derive(Default)]
struct Level<'t> {
    opened: usize,
    lines: Vec<Line<'t>>,
    items: Vec<Item<'t>>,
    number: usize,
}

impl<'t> Level<'t> {
    fn push(&mut self, number: usize, item: Item<'t>) {
        if self.items.is_empty() {
            self.number = number;
        }
        self.items.push(item);
    }

    fn end(&mut self) {
        if !self.items.is_empty() {
            self.lines.push(Line { number: self.number, items: std::mem::take(&mut self.items) });
        }
    }
}

struct Cutting<'t> {
    open: Vec<Level<'t>>,
    broken: Vec<Broken>,
}

impl<'t> Cutting<'t> {
    fn level(&mut self) -> &mut Level<'t> {
        self.open.last_mut().expect("the text itself is never closed")
    }

    fn close(&mut self) {
        let Some(mut level) = self.open.pop() else { return };
        level.end();
        let opened = level.opened;
        self.level().push(opened, Item::Block(level.lines));
    }

    fn line(&mut self, number: usize, mut rest: &'t str) {
        loop {
            rest = rest.trim_start();
            let Some(first) = rest.chars().next() else { break };
            match first {
                '#' => break,
                '"' => {
                    let inner = &rest[1..];
                    let end = inner.find('"').unwrap_or(inner.len());
                    self.level().push(number, Item::Quoted(&inner[..end]));
                    rest = inner.get(end + 1..).unwrap_or_default();
                    continue;
                }
                '{' if self.open.len() > DEEPEST => self.broken.push(Broken::Deep(number)),
                '{' => self.open.push(Level { opened: number, ..Level::default() }),
                '}' if self.open.len() == 1 => self.broken.push(Broken::Closed(number)),
                '}' => self.close(),
                ';' => self.level().end(),
                ',' => self.level().push(number, Item::Comma),
                _ => {
                    let is_end =
                        |c: char| c.is_whitespace() || matches!(c, '"' | '{' | '}' | ';' | ',' | '#');
                    let end = rest.find(is_end).unwrap_or(rest.len());
                    self.level().push(number, Item::Word(&rest[..end]));
                    rest = &rest[end..];
                    continue;
                }
            }
            rest = &rest[first.len_utf8()..];
        }
        // A line that ends in a comma goes on.
        let level = self.level();
        if !matches!(level.items.last(), Some(Item::Comma)) {
            level.end();
        }
    }
}

/// The entries of a block, which commas separate.
pub(super) fn entries<'l, 't>(block: &'l [Line<'t>]) -> Vec<Vec<&'l Item<'t>>> {
    let mut found = Vec::new();
    for line in block {
        found.extend(
            line.items
                .split(|item| matches!(item, Item::Comma))
                .map(|entry| entry.iter().collect::<Vec<_>>()),
        );
    }
    found.retain(|entry| !entry.is_empty());
    found
}

/// Reads items from the first to the last.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'l, 't> {
    items: &'l [Item<'t>],
}

impl<'l, 't> Cursor<'l, 't> {
    pub(super) fn new(items: &'l [Item<'t>]) -> Self {
        Self { items }
    }

    pub(super) fn rest(&self) -> &'l [Item<'t>] {
        self.items
    }

    pub(super) fn next(&mut self) -> Option<&'l Item<'t>> {
        let (first, rest) = self.items.split_first()?;
        self.items = rest;
        Some(first)
    }

    /// The next word, as a word.
    pub(super) fn word(&mut self) -> Option<&'t str> {
        match self.items.first()? {
            Item::Word(word) => {
                self.items = &self.items[1..];
                Some(word)
            }
            _ => None,
        }
    }

    /// The next word, in quotes or not.
    pub(super) fn text(&mut self) -> Option<&'t str> {
        match self.items.first()? {
            Item::Word(text) | Item::Quoted(text) => {
                self.items = &self.items[1..];
                Some(text)
            }
            _ => None,
        }
    }

    pub(super) fn block(&mut self) -> Option<&'l [Line<'t>]> {
        match self.items.first()? {
            Item::Block(lines) => {
                self.items = &self.items[1..];
                Some(lines)
            }
            _ => None,
        }
    }

    /// Whether these words are next; then they are passed over.
    pub(super) fn take(&mut self, words: &[&str]) -> bool {
        let is = |(item, word): (&Item<'_>, &&str)| matches!(item, Item::Word(of) if of == word);
        let are = self.items.len() >= words.len() && self.items.iter().zip(words).all(is);
        if are {
            self.items = &self.items[words.len()..];
        }
        are
    }

    pub(super) fn take_comma(&mut self) -> bool {
        let is = matches!(self.items.first(), Some(Item::Comma));
        if is {
            self.items = &self.items[1..];
        }
        is
    }
}

/// Items as one line of text, with what could break out of its place replaced.
pub(super) fn spelled(items: &[Item<'_>]) -> String {
    let mut parts = Vec::new();
    push_parts(items, &mut parts);
    parts.join(" ")
}

fn push_parts(items: &[Item<'_>], parts: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Word(word) => parts.push(safe(word)),
            Item::Quoted(text) => {
                let text = safe(text);
                parts.push(format!("\"{text}\""));
            }
            Item::Comma => parts.push(",".to_owned()),
            Item::Block(lines) => {
                parts.push("{".to_owned());
                for line in lines {
                    push_parts(&line.items, parts);
                }
                parts.push("}".to_owned());
            }
        }
    }
}

/// A text in which what does more than print is replaced, so that it reads back as it is written. What it is replaced by
/// stands in nothing that is known.
fn safe(text: &str) -> String {
    text.replace(|c: char| crate::name::is_unprintable(c) || c == '"', "\u{fffd}")
}
