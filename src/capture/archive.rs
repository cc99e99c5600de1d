//! A zip in the place of a folder: what people send of a node. Nothing of it is written to disk.
//!
//! A zip may be made to harm whoever opens it: sizes that it tells are not believed, and what comes out of it is limited. Names
//! in it are shown, and name no file.

use std::io::Read;
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};

use crate::name::escaped;

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

/// The names of the files at the top of a zip, or in the one folder that is all of it; without those of Windows' and macOS' own.
pub(super) fn names(path: &Path) -> Result<Vec<String>, String> {
    let bytes = bytes_of(path)?;
    let all = all_names(path, &bytes)?;
    let folder = all.first().and_then(|name| name.split_once('/')).map(|(folder, _)| format!("{folder}/"));
    let folder = folder.filter(|folder| all.iter().all(|name| name.starts_with(folder))).unwrap_or_default();
    let is_at_top = |name: &String| !name[folder.len()..].contains('/') && name.len() > folder.len();
    let mut names: Vec<String> = all.into_iter().filter(is_at_top).collect();
    names.sort();
    if let Some([twice, ..]) = names.windows(2).find(|names| names[0] == names[1]) {
        return Err(refused(path, &format!("it has two files with the name {}", escaped(twice))));
    }
    Ok(names)
}

/// A file of a zip.
pub(super) fn read(path: &Path, name: &str) -> Result<Vec<u8>, String> {
    let bytes = bytes_of(path)?;
    let refused = |why: &str| refused(path, &format!("{}: {why}", escaped(name)));
    let broken = |_: rawzip::Error| refused("it is broken");
    let archive = ZipArchive::from_slice(&*bytes).map_err(broken)?;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        if name_of(entry.file_path().as_bytes()) != name {
            continue;
        }
        if entry.flags().is_encrypted() {
            return Err(refused("it is encrypted"));
        }
        let file = archive.get_entry(entry.wayfinder()).map_err(broken)?;
        let mut content = Vec::new();
        let limit = LARGEST + 1;
        let read = match entry.compression_method() {
            CompressionMethod::STORE => {
                file.verifying_reader(file.data()).take(limit).read_to_end(&mut content)
            }
            CompressionMethod::DEFLATE => {
                file.verifying_reader(DeflateDecoder::new(file.data())).take(limit).read_to_end(&mut content)
            }
            _ => return Err(refused("it is packed in a way that is not known; expected deflate, or stored")),
        };
        return match read {
            Ok(_) if content.len() as u64 > LARGEST => {
                Err(refused(&format!("it is larger than {} MiB", LARGEST >> 20)))
            }
            Ok(_) => Ok(content),
            Err(_) => Err(refused("what is in it is broken")),
        };
    }
    Err(refused("it is not there any more"))
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

fn all_names(path: &Path, bytes: &[u8]) -> Result<Vec<String>, String> {
    let broken = |_: rawzip::Error| refused(path, "it is broken, or only a part of a zip");
    let archive = ZipArchive::from_slice(bytes).map_err(broken)?;
    let mut entries = archive.entries();
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().map_err(broken)? {
        let name = name_of(entry.file_path().as_bytes());
        let is_of_system = name.starts_with("__MACOSX/") || name.ends_with("Thumbs.db");
        if entry.is_dir() || name.ends_with('/') || is_of_system {
            continue;
        }
        names.push(name);
        if names.len() > MOST {
            return Err(refused(path, &format!("it has more than {MOST} files")));
        }
    }
    Ok(names)
}

/// Windows PowerShell separates folders by the wrong sign.
fn name_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\\', "/")
}

fn refused(path: &Path, why: &str) -> String {
    let shown = escaped(&path.display().to_string());
    format!("the zip {shown} cannot be used: {why}; unpack it, and give the folder")
}
