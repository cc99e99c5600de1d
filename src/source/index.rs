//! All values of a text by their paths, for texts about which there is much to report: one pass over the text, then
//! each place costs as much as its path is long.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};
use rustc_hash::FxHashMap;

use super::locate::{Found, Located, Subscript};

/// The values of a text.
#[derive(Debug)]
pub(super) struct Index {
    nodes: Vec<Node>,
    /// The keys of all mappings, each once.
    keys: FxHashMap<Box<str>, u32>,
    /// The elements of sequences, by the sequence.
    elements: FxHashMap<u32, Vec<u32>>,
}

/// A value. Offsets fit, as no text is larger than 4 GiB.
#[derive(Debug)]
struct Node {
    /// The number of its key; of an element of a sequence, nothing.
    key: u32,
    key_span: Option<(u32, u32)>,
    value: (u32, u32),
    is_scalar: bool,
    is_plain: bool,
    first_child: u32,
    last_child: u32,
    next: u32,
}

/// No node.
const NONE: u32 = u32::MAX;

/// A collection that is open.
struct Level {
    node: u32,
    is_mapping: bool,
    key: Option<(u32, (u32, u32))>,
}

impl Index {
    /// Reads a text; what comes after an error is left out.
    pub(super) fn of(text: &str) -> Self {
        let mut index =
            Self { nodes: Vec::new(), keys: FxHashMap::default(), elements: FxHashMap::default() };
        let mut levels: Vec<Level> = Vec::new();
        for event in Parser::new_from_str(text) {
            let Ok((event, span)) = event else { break };
            let Some(bytes) = span.byte_range() else { break };
            let bytes = (offset(bytes.start), offset(bytes.end));
            match event {
                Event::MappingStart(..) => index.open(&mut levels, bytes, true),
                Event::SequenceStart(..) => index.open(&mut levels, bytes, false),
                Event::MappingEnd | Event::SequenceEnd => drop(levels.pop()),
                Event::Scalar(value, style, ..) => match levels.last_mut() {
                    Some(level) if level.is_mapping && level.key.is_none() => {
                        level.key = Some((index.key(&value), bytes));
                    }
                    _ => drop(index.add(&mut levels, bytes, true, style == ScalarStyle::Plain)),
                },
                Event::Alias(_) => drop(index.add(&mut levels, bytes, true, false)),
                _ => {}
            }
        }
        index
    }

    fn key(&mut self, text: &str) -> u32 {
        if let Some(known) = self.keys.get(text) {
            return *known;
        }
        let number = offset(self.keys.len());
        self.keys.insert(text.into(), number);
        number
    }

    fn open(&mut self, levels: &mut Vec<Level>, bytes: (u32, u32), is_mapping: bool) {
        let node = self.add(levels, bytes, false, false);
        levels.push(Level { node, is_mapping, key: None });
    }

    fn add(&mut self, levels: &mut [Level], bytes: (u32, u32), is_scalar: bool, is_plain: bool) -> u32 {
        let number = offset(self.nodes.len());
        let parent = levels.last_mut();
        let key = parent.as_ref().and_then(|level| level.key);
        self.nodes.push(Node {
            key: key.map_or(NONE, |(key, _)| key),
            key_span: key.map(|(_, span)| span),
            value: bytes,
            is_scalar,
            is_plain,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
        });
        if let Some(level) = parent {
            level.key = None;
            let last = std::mem::replace(&mut self.nodes[level.node as usize].last_child, number);
            if last == NONE {
                self.nodes[level.node as usize].first_child = number;
            } else {
                self.nodes[last as usize].next = number;
            }
            if !level.is_mapping {
                self.elements.entry(level.node).or_default().push(number);
            }
        }
        number
    }

    /// What a search for a path comes upon. Its first `base` steps lead to the object; what lies before is not near.
    pub(super) fn find(&self, wanted: &[Subscript], base: usize) -> Found {
        let mut found = Found::default();
        if self.nodes.is_empty() || wanted.is_empty() {
            return found;
        }
        let mut at = 0;
        for (depth, step) in wanted.iter().enumerate() {
            let Some(child) = self.child(at, step) else { return found };
            at = child;
            if depth + 1 >= base {
                let node = &self.nodes[at as usize];
                found.nearest = Some(range(node.key_span.unwrap_or(node.value)));
            }
        }
        let node = &self.nodes[at as usize];
        let value = match &found.nearest {
            // A collection is shown by its key, which says more than its first byte.
            Some(nearest) if !node.is_scalar => nearest.clone(),
            _ => range(node.value),
        };
        found.exact = Some(Located { value, plain: node.is_plain });
        found
    }

    fn child(&self, of: u32, step: &Subscript) -> Option<u32> {
        match step {
            Subscript::Index(number) => self.elements.get(&of)?.get(*number).copied(),
            Subscript::Key(key) => {
                let wanted = *self.keys.get(&**key)?;
                let mut child = self.nodes[of as usize].first_child;
                while child != NONE {
                    let node = &self.nodes[child as usize];
                    if node.key == wanted {
                        return Some(child);
                    }
                    child = node.next;
                }
                None
            }
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("no text is larger than 4 GiB")
}

fn range((start, end): (u32, u32)) -> Range<usize> {
    start as usize..end as usize
}
