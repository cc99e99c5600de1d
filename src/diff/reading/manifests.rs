//! Manifests in files, for one node.

use super::{Manifests, ReadingError};
use crate::capture::HostFacts;
use crate::pipeline::{Compiled, Setup, compile};
use crate::source::{Input, Sources};

/// Manifests in files and folders, for one node.
#[derive(Debug, Clone)]
pub struct ManifestFiles {
    files: Vec<String>,
    setup: Setup,
    is_recursive: bool,
}

impl ManifestFiles {
    /// Files, folders, and `-` for standard input. Without any, both sides have manifests of their own or none.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = impl Into<String>>, setup: Setup) -> Self {
        Self { files: files.into_iter().map(Into::into).collect(), setup, is_recursive: false }
    }

    /// With the folders of folders as well.
    #[must_use]
    pub fn recursive(self) -> Self {
        Self { is_recursive: true, ..self }
    }
}

impl Manifests for ManifestFiles {
    fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn compile(&self, host: HostFacts) -> Result<Compiled, ReadingError> {
        self.compiled(&self.files, &self.setup.clone().on_host(host))
    }

    fn compile_files(&self, files: &[String]) -> Result<Compiled, ReadingError> {
        self.compiled(files, &self.setup)
    }
}

impl ManifestFiles {
    fn compiled(&self, files: &[String], setup: &Setup) -> Result<Compiled, ReadingError> {
        let inputs: Vec<Input> = files.iter().map(|name| Input::from(name.as_str())).collect();
        let sources = Sources::read(&inputs, self.is_recursive)
            .map_err(|error| ReadingError::new(error.to_string()))?;
        let compiled = compile(sources, setup);
        if setup.overrides.node.is_some() {
            compiled.check_node().map_err(|error| ReadingError::new(error.to_string()))?;
        }
        Ok(compiled)
    }
}
