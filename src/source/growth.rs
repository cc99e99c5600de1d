//! How much aliases add to a text of YAML. The parser replays what an alias stands for, and merge keys copy it, so a
//! short text can become as large as memory.

use granit_parser::{Event, Parser};
use rustc_hash::FxHashMap;

/// How many values aliases may add to any text.
const ALWAYS: usize = 100_000;

/// The byte of the alias by which aliases have added more values than the text has bytes.
pub(super) fn beyond_measure(text: &str) -> Option<usize> {
    let has = |byte: u8| memchr::memchr(byte, text.as_bytes()).is_some();
    if !has(b'&') || !has(b'*') {
        return None;
    }
    let most = ALWAYS.max(text.len());
    let mut added = 0usize;
    // The number of values of each anchor, with what aliases in it add.
    let mut sizes: FxHashMap<usize, usize> = FxHashMap::default();
    // The collections that are open: their anchors, and how many values there were before them.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut values = 0usize;
    for event in Parser::new_from_str(text) {
        // What is broken is reported by whoever reads the values.
        let Ok((event, span)) = event else { return None };
        match event {
            Event::Scalar(_, _, anchor, _) => {
                values = values.saturating_add(1);
                sizes.insert(anchor, 1);
            }
            Event::MappingStart(_, anchor, _) | Event::SequenceStart(_, anchor, _) => {
                open.push((anchor, values));
                values = values.saturating_add(1);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let (anchor, before) = open.pop()?;
                if anchor > 0 {
                    sizes.insert(anchor, values - before);
                }
            }
            Event::Alias(anchor) => {
                let size = sizes.get(&anchor).copied().unwrap_or(1);
                values = values.saturating_add(size);
                added = added.saturating_add(size);
                if added > most {
                    return Some(span.byte_range().map_or(0, |bytes| bytes.start));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(keys: usize, items: usize) -> String {
        let keys: Vec<String> = (0..keys).map(|key| format!("k{key}: 1")).collect();
        format!("x: &x {{{}}}\nitems:\n{}", keys.join(", "), "- {<<: *x, a: 1}\n".repeat(items))
    }

    #[test]
    fn what_people_write_is_within_the_measure() {
        assert_eq!(beyond_measure(&merged(10, 1000)), None);
        assert_eq!(beyond_measure("a: &a [1, 2]\nb: *a\n"), None);
        assert_eq!(beyond_measure("a: '&b'\nb: '*'\n"), None);
    }

    #[test]
    fn what_grows_with_the_square_is_not() {
        for size in [1000, 3000] {
            let text = merged(size, size);
            let at = beyond_measure(&text).expect("it grows");
            assert!(text[at..].starts_with("*x"), "{}", &text[at..at + 10]);
        }
        let levels = (1..12).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
            let list = vec![format!("*a{}", level - 1); 9].join(", ");
            format!("{text}a{level}: &a{level} [{list}]\n")
        });
        assert!(beyond_measure(&levels).is_some());
    }
}
