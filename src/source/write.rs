//! Files that are written as a whole or not at all.
//!
//! A new file is made beside the old one and takes its name, so nobody reads half of it; it has the mode of the old
//! one, or that of any new file of the user. What is no regular file, a device or a pipe, is written into.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What becomes of a name that is a symbolic link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// What it leads to is written: a user has named it.
    Follow,
    /// The file takes its place: the folder is not trusted, and nothing is written outside of it.
    Replace,
}

/// Takes the pieces of a text.
pub type Sink<'s> = &'s mut dyn FnMut(&str) -> io::Result<()>;

/// Writes a file.
///
/// # Errors
/// When it cannot be written. A regular file is then as it was.
pub fn write_whole(
    path: &Path,
    links: Links,
    pieces: impl FnOnce(Sink<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let found = match links {
        Links::Follow => std::fs::metadata(path),
        Links::Replace => std::fs::symlink_metadata(path),
    };
    match found {
        Ok(known) if known.is_file() && !is_of_system(path) => {
            replace(&place(path, links)?, Some(&known), pieces)
        }
        Ok(known) if known.is_symlink() => replace(path, None, pieces),
        Ok(known) if known.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => write_into(OpenOptions::new().write(true).open(path)?, pieces),
        // A link that leads nowhere: what it names is made.
        Err(_) if links == Links::Follow && path.is_symlink() => write_into(File::create(path)?, pieces),
        Err(error) if error.kind() == io::ErrorKind::NotFound => replace(path, None, pieces),
        Err(error) => Err(error),
    }
}

/// Where the file is that a name leads to.
fn place(path: &Path, links: Links) -> io::Result<PathBuf> {
    match links {
        Links::Follow if path.is_symlink() => path.canonicalize(),
        Links::Follow | Links::Replace => Ok(path.to_owned()),
    }
}

/// Open files by their number: a name for one that somebody else has opened, and not for its place.
fn is_of_system(path: &Path) -> bool {
    cfg!(unix) && (path.starts_with("/dev") || path.starts_with("/proc"))
}

fn write_into(file: File, pieces: impl FnOnce(Sink<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    pieces(&mut |piece| file.write_all(piece.as_bytes()))?;
    file.flush()
}

fn replace(
    path: &Path,
    before: Option<&Metadata>,
    pieces: impl FnOnce(Sink<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let (file, beside) = new_beside(path)?;
    let written = || -> io::Result<()> {
        if let Some(before) = before {
            keep(&file, before)?;
        }
        let mut buffer = BufWriter::new(&file);
        pieces(&mut |piece| buffer.write_all(piece.as_bytes()))?;
        buffer.flush()?;
        drop(buffer);
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    written().inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

/// A file with a name of its own in the same folder, made by nobody else.
fn new_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    const MOST_TRIED: u32 = 1 << 12;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut taken = None;
    for number in 0..MOST_TRIED {
        let mut name = OsString::from(".hnsplan-");
        name.push(format!("{}-{number}.tmp", std::process::id()));
        let beside = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((file, beside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(taken.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
}

/// Gives a file the mode of the one before, and where that is allowed its owner.
#[cfg(unix)]
fn keep(file: &File, before: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        // Only root may give files away; whoever else replaces a file becomes its owner.
        let _ = fchown(file, Some(before.uid()), Some(before.gid()));
    }
    file.set_permissions(before.permissions())
}

#[cfg(not(unix))]
fn keep(_: &File, before: &Metadata) -> io::Result<()> {
    if before.permissions().readonly() { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn write(path: &Path, links: Links, text: &str) -> io::Result<()> {
        write_whole(path, links, |sink| sink(text))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn every_mode_of_a_file_is_kept_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        write(&path, Links::Follow, "new").unwrap();
        let usual = mode(&path);
        assert_eq!(usual & 0o600, 0o600);
        for kept in [0o600, 0o640, 0o644, 0o664, 0o400, 0o755] {
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            for links in [Links::Follow, Links::Replace] {
                write(&path, links, &format!("{kept:o}")).unwrap();
                assert_eq!((mode(&path), fs::read_to_string(&path).unwrap()), (kept, format!("{kept:o}")));
            }
        }
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn what_breaks_off_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        write(&path, Links::Follow, "before").unwrap();
        let broken = write_whole(&path, Links::Follow, |sink| {
            sink("half")?;
            Err(io::ErrorKind::BrokenPipe.into())
        });
        assert!(broken.is_err());
        assert_eq!((fs::read_to_string(&path).unwrap(), names(folder.path())), ("before".to_owned(), 1));
        assert!(write(folder.path(), Links::Follow, "x").is_err());
    }

    #[test]
    fn links_are_followed_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let [outside, link, nowhere, made] =
            ["outside", "link", "nowhere", "made"].map(|name| folder.path().join(name));
        fs::write(&outside, "precious").unwrap();
        symlink(&outside, &link).unwrap();
        symlink(&made, &nowhere).unwrap();
        write(&link, Links::Follow, "followed").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&outside).unwrap(), "followed");
        write(&nowhere, Links::Follow, "made").unwrap();
        assert_eq!(fs::read_to_string(&made).unwrap(), "made");
        for of_suite in [&link, &nowhere] {
            write(of_suite, Links::Replace, "replaced").unwrap();
            assert!(!of_suite.is_symlink());
        }
        assert_eq!(fs::read_to_string(&outside).unwrap(), "followed");
        assert_eq!(fs::read_to_string(&made).unwrap(), "made");
    }

    #[test]
    fn devices_are_written_into() {
        write(Path::new("/dev/null"), Links::Follow, "gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
