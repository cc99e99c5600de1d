//! Manifests: which files are read, and where messages point.

pub(crate) mod files;
pub(crate) mod hostile;
pub(crate) mod places;
pub(crate) mod reading;
