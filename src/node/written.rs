//! Where the values of a file of settings stand, so that what is found about one of them later names its place.

use std::sync::Arc;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::text::short;
use crate::source::{Origin, Outline, Place, SourceId, Sources};

/// A file of settings, and the places of its values.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Written {
    name: Arc<str>,
    text: Arc<str>,
    places: Arc<[(Box<str>, Place)]>,
    /// The number that the file has among other ones, once it is among them.
    source: Option<SourceId>,
}

impl std::fmt::Debug for Written {
    /// Without the name: runs with the same settings are alike, wherever their files are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Written")
    }
}

impl Written {
    /// A file with the places of its values by their paths.
    pub(super) fn new(name: &str, text: &str, places: Vec<(Box<str>, Place)>) -> Self {
        Self { name: name.into(), text: text.into(), places: places.into(), source: None }
    }

    /// The same among the texts of an input.
    pub(super) fn within(&self, sources: &mut Sources) -> Self {
        Self { source: Some(sources.beside(&self.name, &self.text)), ..self.clone() }
    }

    /// The place of the value at a path; `None` where it is not written, or the file is among no texts.
    pub(super) fn place(&self, path: &str) -> Option<Place> {
        let (_, place) = self.places.iter().find(|(of, _)| **of == *path)?;
        Some(Place { origin: Origin { source: self.source?, ..place.origin }, ..place.clone() })
    }
}

/// The place of a byte of a document.
pub(super) fn place(origin: Origin, path: &str, at: usize) -> Place {
    Place { byte: u32::try_from(at).ok(), ..origin.field(path) }
}

/// The part of a file that holds a document, and the places of its values.
pub(super) fn origin_of(source: SourceId, text: &str, documents: &[Outline], index: usize) -> Origin {
    // What stands before the first document belongs to it, such as comments.
    let start = if index == 0 { 0 } else { documents[index].start };
    let end = documents.get(index + 1).map_or(text.len(), |next| next.start);
    let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count();
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Origin { source, start: small(start), end: small(end), line: small(line), item: None }
}

/// Why a text is no file of settings: everything that is wrong with it, with places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WrongSettings {
    message: String,
}

impl WrongSettings {
    /// Reads a text, and puts what is wrong with it into words.
    pub(super) fn of<T>(
        name: &str,
        text: &str,
        read: impl Fn(SourceId, &str, &str) -> Result<T, Vec<Diagnostic>>,
    ) -> Result<T, Self> {
        let mut sources = Sources::default();
        let source = sources.beside(name, text);
        read(source, name, text).map_err(|found| {
            let lines = found.iter().map(|found| match &found.allowed {
                Some(allowed) => format!("{}; allowed: {allowed}", short(found, &sources)),
                None => short(found, &sources),
            });
            Self { message: lines.collect::<Vec<_>>().join("; ") }
        })
    }
}
