//! A stand-in for HNS in a folder of its own: what it holds at first, how it fails, what it was told.

#![allow(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hnsplan::apply::hcn::Hcn;
use serde_json::{Value, json};

use crate::tools;

/// The stand-in as a library for this machine.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build(None).join("libhns_standin.so"))
}

/// Builds the stand-in, and returns the folder that it is in.
pub(crate) fn build(target: Option<&str>) -> PathBuf {
    let package = tools::sources().join("tests/windows/standin");
    tools::cargo_build(&package, tools::target_folder().join("standin"), target)
}

/// An HNS in a folder.
pub(crate) struct Standin {
    folder: tempfile::TempDir,
}

impl Standin {
    /// One that holds this at first: a state as `before` files have it.
    pub(crate) fn holding(state: &str) -> Self {
        let standin = Self { folder: tempfile::tempdir().expect("there is room for a folder") };
        fs::write(standin.path("state.json"), state).expect("the folder is writable");
        standin
    }

    /// How it behaves: `{ ownIds, ghost, faults }`.
    pub(crate) fn with_options(self, options: &Value) -> Self {
        self.set_options(options);
        self
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
        let library = unsafe { libloading::Library::new(&path) }.expect("the stand-in can be loaded");
        Loaded { library, path }
    }

    /// What it holds now.
    pub(crate) fn state(&self) -> Value {
        let mut state: Value = serde_json::from_str(&self.text("state.json")).expect("it was given JSON");
        for line in self.text("changes.jsonl").lines() {
            // A process that was killed may have left half a line.
            let Ok(change) = serde_json::from_str::<Value>(line) else { continue };
            let list = &mut state[change["list"].as_str().expect("a name")];
            if list.is_null() {
                *list = json!([]);
            }
            let list = list.as_array_mut().expect("a list");
            let is_it = |object: &Value| {
                object["ID"].as_str().unwrap_or_default().eq_ignore_ascii_case(change["id"].as_str().unwrap())
            };
            list.retain(|object| !is_it(object));
            if !change["object"].is_null() {
                list.push(change["object"].clone());
            }
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

/// A stand-in in this process.
pub(crate) struct Loaded {
    library: libloading::Library,
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
        // SAFETY: the stand-in is written to do what Windows does.
        unsafe { Hcn::in_file(&self.path) }.expect("all functions are there")
    }

    /// Reads the options again, and counts calls from the start.
    pub(crate) fn reload(&self) {
        // SAFETY: the function has no parameters and returns nothing.
        unsafe {
            let reload = self.library.get::<extern "C" fn()>("standin_reload").expect("it has this function");
            reload();
        }
    }

    pub(crate) fn left_open(&self) -> LeftOpen {
        // SAFETY: the function has no parameters and returns a number.
        let packed = unsafe {
            let left = self
                .library
                .get::<extern "C" fn() -> u64>("standin_left_open")
                .expect("it has this function");
            left()
        };
        let part = |shift: u32| packed >> shift & 0x1f_ffff;
        LeftOpen { handles: part(42), texts: part(21), violations: part(0) }
    }
}
