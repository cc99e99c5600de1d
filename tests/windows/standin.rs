//! A stand-in for HNS in a folder of its own: what it holds at first, how it fails, which calls it got.

#![allow(unsafe_code)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hnsplan::platform::hns::apply::hcn::Hcn;
use serde_json::Value;

use crate::tools;

/// The stand-in as a library for this machine.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build(None).join("libhns_standin.so"))
}

/// Builds the stand-in, and returns the folder that it is in.
pub(crate) fn build(target: Option<&str>) -> PathBuf {
    let package = tools::sources().join("tests/windows/standin");
    tools::cargo_build(&package, tools::target_folder().join("standin"), target, &[])
}

/// Journals are on the disk before anything is done; a disk in memory tells the same sooner.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("there is room for a folder")
}

/// An HNS in a folder.
pub(crate) struct Standin {
    folder: tempfile::TempDir,
}

impl Standin {
    /// One that holds this at first: a state as `before` files have it.
    pub(crate) fn holding(state: &str) -> Self {
        let standin = Self { folder: folder() };
        fs::write(standin.path("state.json"), state).expect("the folder is writable");
        standin
    }

    /// How it behaves: `{ ownIds, ghost, faults }`.
    pub(crate) fn with_options(self, options: &Value) -> Self {
        self.set_options(options);
        self
    }

    /// Forgets all that has happened. A library that is loaded has to read its folder again.
    pub(crate) fn start_over(&self) {
        for name in ["changes.jsonl", "calls.log", "violations.txt"] {
            fs::write(self.path(name), "").expect("the folder is writable");
        }
    }

    pub(crate) fn set_options(&self, options: &Value) {
        fs::write(self.path("options.json"), options.to_string()).expect("the folder is writable");
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Loads it into this process. Each folder has a copy of the library, so that tests do not share one.
    pub(crate) fn load(&self) -> Loaded {
        let path = self.path("libhns.so");
        if !path.exists() {
            fs::copy(library(), &path).expect("the library can be copied");
        }
        // SAFETY: this is our own library.
        let module = unsafe { libloading::Library::new(&path) }.expect("the stand-in can be loaded");
        Loaded { module, path }
    }

    /// What it holds now.
    pub(crate) fn state(&self) -> Value {
        let mut state: Value = serde_json::from_str(&self.text("state.json")).expect("it was given JSON");
        // What became of objects: the last change of each is what counts, in the order of the last changes.
        let mut last: HashMap<(String, String), (usize, Value)> = HashMap::new();
        // A process that was killed may have left half a line.
        let changes = self.text("changes.jsonl");
        let changes = changes.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        for (at, mut change) in changes.enumerate() {
            let of = |name: &str| change[name].as_str().expect("a text").to_owned();
            last.insert((of("list"), of("id")), (at, change["object"].take()));
        }
        for name in ["Networks", "Endpoints", "LoadBalancers"] {
            let old = state[name].as_array().cloned().unwrap_or_default();
            let id = |object: &Value| object["ID"].as_str().expect("an id").to_lowercase();
            let untouched = old.into_iter().filter(|of| !last.contains_key(&(name.to_owned(), id(of))));
            let mut touched: Vec<&(usize, Value)> =
                last.iter().filter(|((list, _), _)| list == name).map(|(_, change)| change).collect();
            touched.sort_by_key(|(at, _)| *at);
            let made = touched.into_iter().filter(|(_, object)| !object.is_null()).map(|(_, of)| of.clone());
            state[name] = untouched.chain(made).collect();
        }
        state
    }

    /// The functions that were called, in order, as `NAME`.
    pub(crate) fn calls(&self) -> Vec<String> {
        let log = self.text("calls.log");
        log.lines().filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect()
    }

    /// What callers did wrong.
    pub(crate) fn violations(&self) -> String {
        self.text("violations.txt")
    }
}

/// HNS in a folder that another process has made.
pub(crate) fn hcn_in(folder: &Path) -> Hcn {
    hcn_at(&folder.join("libhns.so"))
}

fn hcn_at(path: &Path) -> Hcn {
    // SAFETY: the stand-in is written to do what Windows does.
    unsafe { Hcn::in_file(path) }.expect("all functions are there")
}

/// A stand-in in this process.
pub(crate) struct Loaded {
    module: libloading::Library,
    path: PathBuf,
}

/// What a caller has not given back, and what it did wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOpen {
    pub(crate) handles: u64,
    pub(crate) texts: u64,
    pub(crate) violations: u64,
}

impl Loaded {
    /// HNS as the product sees it.
    pub(crate) fn hcn(&self) -> Hcn {
        hcn_at(&self.path)
    }

    /// Has it read its folder again and count calls from the start.
    pub(crate) fn reload(&self) {
        // SAFETY: the function has no parameters and returns nothing.
        unsafe {
            let reload = self.module.get::<extern "C" fn()>("standin_reload").expect("it has this function");
            reload();
        }
    }

    pub(crate) fn left_open(&self) -> LeftOpen {
        // SAFETY: the function has no parameters and returns a number.
        let packed = unsafe {
            let left =
                self.module.get::<extern "C" fn() -> u64>("standin_left_open").expect("it has this function");
            left()
        };
        let part = |shift: u32| packed >> shift & 0x1f_ffff;
        LeftOpen { handles: part(42), texts: part(21), violations: part(0) }
    }
}
