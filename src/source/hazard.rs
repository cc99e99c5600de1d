//! Texts that cost a reader of YAML or JSON far more than they are long, found before they are read.

use std::fmt;

use super::growth;

/// Brackets that are nested deeper than this are refused: readers take quadratic time on them, or their stack.
const DEEPEST: usize = 500;

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hazard {
    /// Brackets are nested too deep.
    Nesting {
        /// The byte of the bracket that goes too far.
        at: usize,
    },
    /// Aliases repeat so much that the text becomes many times as long.
    Growth {
        /// The byte of the alias that goes too far.
        at: usize,
    },
}

/// What is dangerous in a text of YAML or JSON, if anything is.
#[must_use]
pub fn hazard(text: &str) -> Option<Hazard> {
    let nesting = too_deep(text).map(|at| Hazard::Nesting { at });
    nesting.or_else(|| growth::beyond_measure(text).map(|at| Hazard::Growth { at }))
}

impl Hazard {
    /// The byte that goes too far.
    #[must_use]
    pub fn at(self) -> usize {
        match self {
            Self::Nesting { at } | Self::Growth { at } => at,
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nesting { .. } => write!(f, "brackets are nested more than {DEEPEST} deep"),
            Self::Growth { .. } => {
                f.write_str("aliases repeat so much that the text becomes many times as long")
            }
        }
    }
}

fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'[', b'{', bytes).nth(DEEPEST)?;
    let mut depth = 0usize;
    bytes.iter().position(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}
