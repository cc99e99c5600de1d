//! Lines and columns of a text, found in the time that a look-up takes, however long text and lines are.

/// Where the lines of a text start, and how many characters stand before each block of it.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    /// The number of characters before each block.
    characters: Vec<usize>,
}

/// How many bytes a block has.
const BLOCK: usize = 4096;

impl Lines {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        let mut characters = Vec::with_capacity(text.len() / BLOCK + 1);
        let mut count = 0;
        for block in text.as_bytes().chunks(BLOCK) {
            characters.push(count);
            count += block.iter().filter(|byte| is_start(**byte)).count();
        }
        Self { starts: starts.collect(), characters }
    }

    /// The number of the line of a byte, from 0.
    pub(super) fn number(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }

    /// How many characters stand before a byte in its line.
    pub(super) fn characters_before(&self, text: &str, at: usize) -> usize {
        let start = self.starts[self.number(at)];
        self.characters_to(text, at) - self.characters_to(text, start)
    }

    fn characters_to(&self, text: &str, at: usize) -> usize {
        let block = (at / BLOCK).min(self.characters.len().saturating_sub(1));
        let rest = &text.as_bytes()[(block * BLOCK).min(at)..at];
        let before = self.characters.get(block).copied().unwrap_or_default();
        before + rest.iter().filter(|byte| is_start(**byte)).count()
    }
}

/// Whether a character of UTF-8 starts with this byte.
fn is_start(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_those_that_counting_gives() {
        let text = format!("ä\nbüc{}\n\nx", "€y".repeat(3 * BLOCK));
        let lines = Lines::of(&text);
        for (at, _) in text.char_indices().step_by(37).chain([(text.len(), 'x')]) {
            let before = &text[..at];
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            assert_eq!(lines.number(at), before.matches('\n').count(), "{at}");
            assert_eq!(lines.characters_before(&text, at), text[start..at].chars().count(), "{at}");
        }
        assert_eq!(Lines::of("").number(0), 0);
        assert_eq!(Lines::of("").characters_before("", 0), 0);
    }
}
