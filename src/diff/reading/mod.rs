//! Both sides of a comparison: what is compared, read, compiled, and made ready.
//!
//! ```text
//! asked ─► a target, files or standard input
//! contents ─► manifests, a plan or a dump, told by what stands in it
//! sides ─► objects that can be compared, and what packets can be sent through
//! ```

mod asked;
mod manifests;
mod material;
mod planned;
mod remarks;
mod sides;

pub use asked::{Asked, Content, SideFormat};
pub use manifests::ManifestFiles;
pub use material::Material;
pub use sides::{Manifests, Pair, Reading};

/// Why sides cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReadingError(pub(crate) String);

impl ReadingError {
    /// With a message that names the file and what to do.
    #[must_use]
    pub fn new(message: String) -> Self {
        Self(message)
    }
}

impl From<crate::capture::CaptureError> for ReadingError {
    fn from(error: crate::capture::CaptureError) -> Self {
        Self(error.to_string())
    }
}
