//! Files with shares, and folders of them.

use std::path::{Path, PathBuf};

use super::lines::{LinesError, read_lines};
use super::merge::Part;
use crate::diagnostics::Code;
use crate::name::escaped;
use crate::source::{Input, Sources};

/// How many bytes a file with shares may have.
const LARGEST: u64 = 1 << 30;

/// Reads the shares of files, of all files of a folder, and of standard input for `-`. Names that begin with a dot are passed
/// over in folders; all other files have to be shares, so that none is left out in silence.
///
/// # Errors
/// When a file cannot be read, or is no whole share.
pub fn read_shares(paths: &[PathBuf], codes: &[Code]) -> Result<Vec<Part>, LinesError> {
    let mut parts = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let sources = Sources::read(&[Input::Stdin], false).map_err(|error| LinesError::new(&error))?;
            parts.extend(parts_of(&sources, codes)?);
            continue;
        }
        for file in if path.is_dir() { files_of(path)? } else { vec![path.clone()] } {
            let mut sources = Sources::default();
            sources.read_small(&file, LARGEST).map_err(|error| LinesError::new(&error))?;
            parts.extend(parts_of(&sources, codes)?);
        }
    }
    Ok(parts)
}

fn parts_of(sources: &Sources, codes: &[Code]) -> Result<Vec<Part>, LinesError> {
    let mut parts = Vec::new();
    for (_, file) in sources.iter() {
        let name = if file.name == "-" { "standard input" } else { &*file.name };
        parts.extend(read_lines(name, &file.text, codes)?);
    }
    Ok(parts)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, LinesError> {
    let shown = escaped(&folder.display().to_string());
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| LinesError::new(&format!("cannot read {shown}: {error}")))?;
    let is_hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.is_file() && !is_hidden(path));
    files.sort();
    if files.is_empty() {
        return Err(LinesError::new(&format!("{shown} contains no file with a share")));
    }
    Ok(files)
}
