//! The texts to begin with, by `fuzz/seeds.txt`.

use std::path::{Path, PathBuf};

/// The largest seed; of the others the beginning is taken, as a fuzzer does.
const LARGEST: usize = 6000;

fn list() -> String {
    std::fs::read_to_string(root().join("fuzz/seeds.txt")).expect("the list is there")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn lines(list: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.collect()))
    })
}

/// The targets of the list.
pub(super) fn targets() -> Vec<String> {
    lines(&list()).map(|(name, _)| name.to_owned()).collect()
}

/// The seeds of a target.
pub(super) fn of(target: &str) -> Vec<Vec<u8>> {
    let list = list();
    let places = lines(&list).find(|(name, _)| *name == target).map(|(_, places)| places);
    places.into_iter().flatten().flat_map(of_folder).collect()
}

/// The files of a folder and the folders in it, by name; none where there is no such folder.
pub(super) fn of_folder(place: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    collect(&root().join(place), &mut paths);
    paths.sort();
    let read = |path: &PathBuf| {
        let mut text = std::fs::read(path).expect("a seed can be read");
        text.truncate(LARGEST);
        text
    };
    paths.iter().map(read).collect()
}

fn collect(path: &Path, paths: &mut Vec<PathBuf>) {
    if path.is_file() {
        paths.push(path.to_owned());
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        collect(&entry.path(), paths);
    }
}
