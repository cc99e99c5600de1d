//! Texts that a platform compiles to.

use std::{fmt, io};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::net::Family;

/// One text, and where it goes.
pub struct Output<'r> {
    /// The name of a file for it.
    pub file: &'static str,
    /// A comment that tells it from others of the same platform in one stream.
    pub heading: &'static str,
    /// What a comment in it begins with, if it may have any.
    pub comment: Option<&'static str>,
    /// Whether it is part of the answer itself; others are written to folders only.
    pub is_main: bool,
    /// The text.
    pub text: Box<dyn Text + 'r>,
}

/// A text that may be too large to be held as a whole.
pub trait Text {
    /// Hands out its pieces in order.
    ///
    /// # Errors
    /// When `sink` refuses one.
    fn write(&self, sink: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()>;
}

/// A JSON document with a schema.
#[derive(Debug, Clone, Copy)]
pub struct JsonDocument {
    /// Its name, as `hnsplan schema NAME` takes it.
    pub name: &'static str,
    /// Which command prints or reads it, in one line.
    pub about: &'static str,
    /// Its schema.
    pub schema: fn() -> Schema,
}

/// The JSON Schema of a document that is only written.
pub(crate) fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// A text that snapshot tests keep beside manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// What its files end in.
    pub ending: &'static str,
    /// The families that it is about.
    pub families: &'static [Family],
    /// Whether it has ids that say nothing, so that they are numbered.
    pub has_ids: bool,
}

impl Text for String {
    fn write(&self, sink: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        sink(self)
    }
}

impl<'r> Output<'r> {
    /// A text of the answer.
    pub fn new(file: &'static str, text: impl Text + 'r) -> Self {
        Self { file, heading: "", comment: None, is_main: true, text: Box::new(text) }
    }

    /// With a heading.
    #[must_use]
    pub fn under(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }

    /// With comments that begin so.
    #[must_use]
    pub fn commented(self, comment: &'static str) -> Self {
        Self { comment: Some(comment), ..self }
    }

    /// For folders only.
    #[must_use]
    pub fn aside(self) -> Self {
        Self { is_main: false, ..self }
    }
}

impl fmt::Display for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.write(&mut |piece| f.write_str(piece).map_err(io::Error::other)).map_err(|_| fmt::Error)
    }
}
