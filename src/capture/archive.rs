//! A zip in the place of a folder: what people send of a node. Nothing of it is written to disk.
//!
//! A zip may be made to harm whoever opens it: sizes that it tells are not believed, and what comes out of it is limited. Names
//! in it are shown, and name no file.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder};

use crate::name::escaped;
use crate::source::note_input;

/// The largest zip, and the largest file in it, in bytes.
const LARGEST: u64 = 256 << 20;

/// The most files in a zip.
const MOST: usize = 4096;

/// Whether a file is a zip, by how it begins. A pipe would lose what is read of it here, and may be waited for.
pub(super) fn is_zip(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 4];
    let begins = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    begins.is_ok() && matches!(&start, b"PK\x03\x04" | b"PK\x05\x06")
}

/// A zip that is read, with the files at its top, or in the one folder that is all of it.
#[derive(Debug)]
pub(super) struct Zip {
    path: PathBuf,
    bytes: Vec<u8>,
    files: Vec<File>,
}

/// A file of a zip.
#[derive(Debug)]
struct File {
    name: String,
    place: ZipArchiveEntryWayfinder,
    packed: CompressionMethod,
    is_encrypted: bool,
}

impl Zip {
    /// Reads a zip. Files of Windows' and macOS' own are left out.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        note_input(path);
        let bytes = bytes_of(path)?;
        let all = all_files(path, &bytes)?;
        let first = all.first().and_then(|file| file.name.split_once('/'));
        let folder = first.map(|(folder, _)| format!("{folder}/"));
        let folder =
            folder.filter(|folder| all.iter().all(|file| file.name.starts_with(folder))).unwrap_or_default();
        let is_at_top = |name: &str| !name[folder.len()..].contains('/') && name.len() > folder.len();
        let mut files: Vec<File> = all.into_iter().filter(|file| is_at_top(&file.name)).collect();
        files.sort_by(|one, other| one.name.cmp(&other.name));
        if let Some([twice, ..]) = files.windows(2).find(|files| files[0].name == files[1].name) {
            return Err(refused(path, &format!("it has two files with the name {}", escaped(&twice.name))));
        }
        Ok(Self { path: path.to_owned(), bytes, files })
    }

    /// Its name.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many files there are; they are named by their positions.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The name of a file.
    pub(super) fn name(&self, at: usize) -> &str {
        &self.files[at].name
    }

    /// The content of a file.
    pub(super) fn read(&self, at: usize) -> Result<Vec<u8>, String> {
        let File { name, place, packed, is_encrypted } = &self.files[at];
        let refused = |why: &str| refused(&self.path, &format!("{}: {why}", escaped(name)));
        let broken = |_: rawzip::Error| refused("it is broken");
        if *is_encrypted {
            return Err(refused("it is encrypted"));
        }
        let archive = ZipArchive::from_slice(&*self.bytes).map_err(broken)?;
        let file = archive.get_entry(*place).map_err(broken)?;
        let mut content = Vec::new();
        let limit = LARGEST + 1;
        let read = match *packed {
            CompressionMethod::STORE => {
                file.verifying_reader(file.data()).take(limit).read_to_end(&mut content)
            }
            CompressionMethod::DEFLATE => {
                file.verifying_reader(DeflateDecoder::new(file.data())).take(limit).read_to_end(&mut content)
            }
            _ => return Err(refused("it is packed in a way that is not known; expected deflate, or stored")),
        };
        match read {
            Ok(_) if content.len() as u64 > LARGEST => {
                Err(refused(&format!("it is larger than {} MiB", LARGEST >> 20)))
            }
            Ok(_) => Ok(content),
            Err(_) => Err(refused("what is in it is broken")),
        }
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let shown = escaped(&path.display().to_string());
    let cannot = |error: std::io::Error| format!("cannot read {shown}: {error}");
    let size = std::fs::metadata(path).map_err(cannot)?.len();
    if size > LARGEST {
        return Err(refused(path, &format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    std::fs::read(path).map_err(cannot)
}

fn all_files(path: &Path, bytes: &[u8]) -> Result<Vec<File>, String> {
    let broken = |_: rawzip::Error| refused(path, "it is broken, or only a part of a zip");
    let archive = ZipArchive::from_slice(bytes).map_err(broken)?;
    let mut entries = archive.entries();
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        let name = name_of(entry.file_path().as_bytes());
        let is_of_system = name.starts_with("__MACOSX/") || name.ends_with("Thumbs.db");
        if entry.is_dir() || name.ends_with('/') || is_of_system {
            continue;
        }
        files.push(File {
            name,
            place: entry.wayfinder(),
            packed: entry.compression_method(),
            is_encrypted: entry.flags().is_encrypted(),
        });
        if files.len() > MOST {
            return Err(refused(path, &format!("it has more than {MOST} files")));
        }
    }
    Ok(files)
}

/// Windows PowerShell separates folders by the wrong sign.
fn name_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\\', "/")
}

fn refused(path: &Path, why: &str) -> String {
    let shown = escaped(&path.display().to_string());
    format!("the zip {shown} cannot be used: {why}; unpack it, and give the folder")
}
