//! What happens around every call: it is counted, logged, and fails when a test wants it to.
//!
//! The folder is that of the library, or the one that `HNS_STANDIN` names:
//!
//! ```text
//! state.json     what HNS holds at first: { Networks, Endpoints, LoadBalancers, Version }
//! changes.jsonl  what has changed since, one object on a line
//! options.json   { ownIds, ghost, faults: [{ at, times, code, effect, die }] }
//! calls.log      every call: number, function, arguments ─► HRESULT
//! violations.txt what callers did wrong
//! ```

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::hns::{Hns, INVALID_JSON, Kind, Refusal};
use crate::memory::{self, Handle, Out, OutHandle, OutText, Text};

const INVALID_HANDLE: u32 = 0x8007_0006;

/// One HNS with its callers.
pub struct Desk {
    folder: PathBuf,
    pub hns: Hns,
    options: Value,
    handles: BTreeMap<Handle, (Kind, String)>,
    next_handle: usize,
    calls: u64,
    log: File,
    changes: File,
    violations: u64,
    made: u64,
}

/// What a call answers.
pub enum Answer {
    Nothing,
    Text(String),
    Handle(Handle),
}

/// What a call has come to.
pub struct Outcome(Result<Answer, Refusal>, u64);

/// A failure that a test ordered.
#[derive(Clone, Copy)]
struct Fault {
    code: u32,
    /// The call does its work before it fails.
    effect: bool,
    /// The process ends.
    die: bool,
}

static DESK: Mutex<Option<Desk>> = Mutex::new(None);

impl Desk {
    fn here() -> MutexGuard<'static, Option<Self>> {
        let mut desk = DESK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        desk.get_or_insert_with(|| Self::at(folder()));
        desk
    }

    fn at(folder: PathBuf) -> Self {
        let append = |name: &str| {
            OpenOptions::new().create(true).append(true).open(folder.join(name)).expect("the folder is writable")
        };
        let mut hns = Hns::of(&read_json(&folder.join("state.json")));
        let changes = std::fs::read_to_string(folder.join("changes.jsonl")).unwrap_or_default();
        for change in changes.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            hns.replay(&change);
        }
        Self {
            hns,
            options: read_json(&folder.join("options.json")),
            handles: BTreeMap::new(),
            next_handle: 0,
            calls: 0,
            log: append("calls.log"),
            changes: append("changes.jsonl"),
            violations: 0,
            made: std::process::id().into(),
            folder,
        }
    }

    /// Reads the folder again and counts from the start. What is open stays open.
    pub fn reload() {
        let mut here = Self::here();
        let old = here.take().expect("it is here");
        let new = Self::at(old.folder);
        *here = Some(Self {
            handles: old.handles,
            next_handle: old.next_handle,
            violations: old.violations,
            made: old.made,
            ..new
        });
    }

    /// Open handles, texts and violations.
    pub fn left_open() -> u64 {
        let desk = Self::here();
        let desk = desk.as_ref().expect("it is here");
        let texts = memory::texts_given() as u64;
        let wrong = desk.violations + memory::texts_freed_wrongly() as u64;
        (desk.handles.len() as u64) << 42 | texts << 21 | wrong
    }

    /// The process ends in order: what is left open has leaked. Nobody else runs any more.
    #[cfg(windows)]
    pub fn leave() {
        let Ok(mut desk) = DESK.try_lock() else { return };
        let Some(desk) = desk.as_mut() else { return };
        for _ in 0..desk.handles.len() {
            desk.violated("a handle was never closed");
        }
    }

    /// Does a call, or what a fault makes of it.
    pub fn call(
        function: &str,
        arguments: &str,
        work: impl FnOnce(&mut Self) -> Result<Answer, Refusal>,
    ) -> Outcome {
        let mut desk = Self::here();
        let desk = desk.as_mut().expect("it is here");
        desk.calls += 1;
        let fault = desk.fault(function);
        let died = fault.is_some_and(|fault| fault.die);
        if died && fault.is_some_and(|fault| !fault.effect) {
            desk.die(function, arguments);
        }
        let result = match fault {
            Some(Fault { code, effect: false, .. }) => Err(Refusal::new(code, "A test wants this.")),
            Some(Fault { code, effect: true, .. }) => {
                let answer = work(desk);
                if died {
                    desk.die(function, arguments);
                }
                if let Ok(Answer::Handle(handle)) = answer {
                    desk.handles.remove(&handle);
                }
                Err(Refusal::new(code, "A test wants this, after all was done."))
            }
            None => work(desk),
        };
        let code = result.as_ref().err().map_or(0, |refusal| refusal.code);
        let line = format!("{} {function} {arguments} -> {code:#010x}\n", desk.calls);
        desk.log.write_all(line.as_bytes()).expect("the log is writable");
        Outcome(result, desk.calls)
    }

    /// Closing does not fail, is not counted and not logged: it says nothing to HNS.
    pub fn close(function: &str, kind: Kind, handle: Handle) -> i32 {
        let mut desk = Self::here();
        let desk = desk.as_mut().expect("it is here");
        match desk.handles.remove(&handle) {
            Some((of, _)) if of == kind => 0,
            _ => {
                desk.violated(&format!("{function}: {} is not open", handle.to_text()));
                INVALID_HANDLE.cast_signed()
            }
        }
    }

    fn die(&mut self, function: &str, arguments: &str) -> ! {
        let line = format!("{} {function} {arguments} -> died\n", self.calls);
        self.log.write_all(line.as_bytes()).expect("the log is writable");
        std::process::abort()
    }

    /// The fault of the current call. `at` is its number, or the name of a function.
    fn fault(&self, function: &str) -> Option<Fault> {
        let faults = self.options["faults"].as_array()?;
        let fault = faults.iter().find(|fault| match fault["at"].as_u64() {
            Some(at) => (at..at + fault["times"].as_u64().unwrap_or(1)).contains(&self.calls),
            None => fault["at"] == *function,
        })?;
        Some(Fault {
            code: u32::try_from(fault["code"].as_u64().unwrap_or_default()).expect("an HRESULT"),
            effect: fault["effect"] == true,
            die: fault["die"] == true,
        })
    }

    /// Carries out a change and keeps it.
    pub fn change(&mut self, work: impl FnOnce(&mut Hns) -> Result<Value, Refusal>) -> Result<Answer, Refusal> {
        let change = work(&mut self.hns)?;
        self.changes.write_all(format!("{change}\n").as_bytes()).expect("the changes are writable");
        Ok(Answer::Nothing)
    }

    /// The id of a new object: HNS takes the one it is given, or gives another.
    pub fn id_for(&mut self, requested: &str) -> String {
        let none = requested.chars().all(|c| matches!(c, '0' | '-'));
        if !none && self.options["ownIds"] != true {
            return requested.to_owned();
        }
        self.made += 1;
        let number = u128::from(self.made) << 48 | self.hns.size() as u128;
        uuid::Uuid::from_u128(0x4853_0000_0000_4000_8000_0000_0000_0000 << 64 | number).hyphenated().to_string()
    }

    /// An id that is listed but gone when it is opened.
    pub fn ghost(&self) -> Option<String> {
        (self.options["ghost"] == true).then(|| "deadbeef-0000-4000-8000-000000000000".to_owned())
    }

    pub fn opened(&mut self, kind: Kind, id: &str) -> Answer {
        self.next_handle += 16;
        self.handles.insert(Handle(self.next_handle), (kind, id.to_owned()));
        Answer::Handle(Handle(self.next_handle))
    }

    pub fn id_of(&mut self, kind: Kind, handle: Handle) -> Result<String, Refusal> {
        match self.handles.get(&handle) {
            Some((of, id)) if *of == kind => Ok(id.clone()),
            _ => {
                self.violated(&format!("{} is no open {kind:?}", handle.to_text()));
                Err(Refusal::new(INVALID_HANDLE, "The handle is invalid."))
            }
        }
    }

    pub fn expect_null(&mut self, out: &impl Out) {
        if !out.is_null() {
            self.violated("an out pointer does not point to a null");
        }
    }

    pub fn text(&mut self, text: &Text) -> Result<String, Refusal> {
        text.read().map_err(|what| {
            self.violated(what);
            Refusal::new(INVALID_JSON, what)
        })
    }

    /// A JSON document from the caller.
    pub fn document(&mut self, text: &Text) -> Result<Value, Refusal> {
        let text = self.text(text)?;
        match serde_json::from_str(&text) {
            Ok(Value::Object(members)) => Ok(Value::Object(members)),
            _ => {
                self.violated(&format!("no JSON object: {text}"));
                Err(Refusal::new(INVALID_JSON, "The text is no JSON object."))
            }
        }
    }

    fn violated(&mut self, what: &str) {
        self.violations += 1;
        let path = self.folder.join("violations.txt");
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the folder is writable");
        writeln!(file, "call {}: {what}", self.calls).expect("violations are writable");
    }
}

impl Outcome {
    pub fn give(self, error: OutText) -> i32 {
        let Self(result, call) = self;
        match result {
            Ok(_) => {
                // HNS leaves the error record alone, or sets it to an empty text.
                if call % 2 == 0 {
                    error.set("");
                }
                0
            }
            Err(refusal) => {
                error.set(&refusal.record());
                refusal.code.cast_signed()
            }
        }
    }

    pub fn give_text(self, out: OutText, error: OutText) -> i32 {
        if let Ok(Answer::Text(text)) = &self.0 {
            out.set(text);
        }
        self.give(error)
    }

    pub fn give_handle(self, out: OutHandle, error: OutText) -> i32 {
        if let Ok(Answer::Handle(handle)) = &self.0 {
            out.set(*handle);
        }
        self.give(error)
    }
}

fn read_json(path: &Path) -> Value {
    std::fs::read_to_string(path).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| json!({}))
}

#[cfg(windows)]
fn folder() -> PathBuf {
    std::env::var_os("HNS_STANDIN").expect("HNS_STANDIN names a folder").into()
}

/// A process may have several of these libraries, each in the folder of its test.
#[cfg(not(windows))]
fn folder() -> PathBuf {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("Linux tells what is loaded where");
    let here = folder as fn() -> PathBuf as usize;
    let line = maps.lines().find(|line| {
        let mut ends = line.split([' ', '-']).map_while(|end| usize::from_str_radix(end, 16).ok());
        ends.next().zip(ends.next()).is_some_and(|(from, to)| (from..to).contains(&here))
    });
    let path = line.and_then(|line| line.find('/').map(|at| &line[at..])).expect("this code is in a file");
    Path::new(path).parent().expect("a file is in a folder").to_owned()
}
