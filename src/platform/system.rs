//! What hnsplan asks the system for: where its own programs are, and folders that administrators alone write into.
//!
//! The functions of Windows are called in the bindings of HNS, where all unsafe code is.

use std::io;
use std::path::{Path, PathBuf};

#[cfg(windows)]
use super::hns::apply::hcn::system_calls as calls;

/// A program of Windows by its full path: what lies in the current folder, or where a variable of the environment points
/// to, is not of Windows.
///
/// # Errors
/// Where this is not Windows, or Windows does not tell.
pub(in crate::platform) fn program(name: &str) -> io::Result<PathBuf> {
    folder().map(|folder| folder.join(name))
}

#[cfg(windows)]
fn folder() -> io::Result<PathBuf> {
    calls::directory()
}

#[cfg(not(windows))]
fn folder() -> io::Result<PathBuf> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this is not Windows"))
}

/// Makes a folder for its user, and on Windows for administrators and the system as well; the folders above it get the
/// usual rights of the system.
///
/// # Errors
/// When one of them cannot be made. A folder that is there already stays as it is.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    match make(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(folder)
}

/// Nothing is inherited from above (`P`); the system, administrators and the owner may do everything, in files and
/// folders below as well.
#[cfg(windows)]
fn make(folder: &Path) -> io::Result<()> {
    calls::create_folder(folder, "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)")
}

#[cfg(not(any(unix, windows)))]
fn make(folder: &Path) -> io::Result<()> {
    std::fs::create_dir(folder)
}

/// The owner of a folder and who may do what with it, in SDDL.
///
/// # Errors
/// When the system does not tell.
#[cfg(windows)]
pub(crate) fn access_of(folder: &Path) -> io::Result<String> {
    calls::access_of(folder)
}

/// The SID of the user of this process.
///
/// # Errors
/// When the system does not tell.
#[cfg(windows)]
pub(crate) fn own_user() -> io::Result<String> {
    calls::own_user()
}
