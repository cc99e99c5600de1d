//! Damage to texts: what a fuzzer without knowledge of coverage does.

use crate::support::damage::HOSTILE;

/// A source of damage that is the same in every run.
pub(super) struct Damage(u64);

/// The most steps of damage to one text.
const MOST_STEPS: usize = 4;

impl Damage {
    pub(super) fn new(name: &str) -> Self {
        // FNV-1a; zero would stay zero.
        Self(
            name.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
                (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            }),
        )
    }

    /// xorshift64*
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or_default()
    }

    /// One of the texts, damaged in one to four places.
    pub(super) fn of(&mut self, texts: &[Vec<u8>]) -> Vec<u8> {
        let mut text = texts[self.below(texts.len())].clone();
        for _ in 0..=self.below(MOST_STEPS) {
            let other = &texts[self.below(texts.len())];
            self.step(&mut text, other);
        }
        text
    }

    fn step(&mut self, text: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(text.len() + 1);
        let end = (at + self.below(40)).min(text.len());
        match self.below(10) {
            0 => text.truncate(at),
            1 => drop(text.drain(at..end)),
            2 => {
                let piece = text[at..end].to_vec();
                text.splice(at..at, piece);
            }
            3 => {
                let from = self.below(other.len() + 1);
                let to = (from + self.below(200)).min(other.len());
                text.splice(at..end, other[from..to].iter().copied());
            }
            4 | 5 => {
                let hostile = HOSTILE[self.below(HOSTILE.len())];
                text.splice(at..end, hostile.bytes());
            }
            6 => {
                let number =
                    ["0", "-1", "65536", "4294967296", "18446744073709551616", "1e9", "0x10", "null"];
                text.splice(at..end, number[self.below(number.len())].bytes());
            }
            7 => line(text, at, |lines, line| drop(lines.remove(line))),
            8 => line(text, at, |lines, line| lines.insert(line, lines[line].clone())),
            _ => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << (self.next() % 8);
                }
            }
        }
    }
}

/// Does something to the line at a place.
fn line(text: &mut Vec<u8>, at: usize, change: impl FnOnce(&mut Vec<Vec<u8>>, usize)) {
    let number = memchr::memchr_iter(b'\n', &text[..at.min(text.len())]).count();
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if number < lines.len() {
        change(&mut lines, number);
        *text = lines.join(&b'\n');
    }
}
