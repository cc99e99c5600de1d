//! Places: which part of which file a value was read from.
//!
//! Objects remember only their [`Origin`], twenty bytes. The exact line and column of a field are
//! looked up in the text again when a message about it is printed.

/// The number of a file in [`Sources`](super::Sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(super) u32);

impl SourceId {
    /// The position of the file.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The part of a file that holds one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub source: SourceId,
    /// First byte of the text that was parsed as one piece.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// The object's index when the piece is a whole list; `None` when the piece is the object.
    pub item: Option<u32>,
}

/// A field of an object, or the whole object when the path is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The object.
    pub origin: Origin,
    /// Path inside the object, as in `spec.ports[0].port`.
    pub path: Box<str>,
    /// The byte of the file, where a parser told it; for when the path leads nowhere.
    pub byte: Option<u32>,
}

/// A place a person can go to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Name of the file, `-` for standard input.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Origin {
    /// The place of a field of this object.
    #[must_use]
    pub fn field(self, path: impl Into<Box<str>>) -> Place {
        Place { origin: self, path: path.into(), byte: None }
    }
}
