//! Texts and pointers between the caller and HNS.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fmt::Write as _;
use std::sync::Mutex;

/// A GUID as Windows lays it out.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Guid {
    data1: u32,
    data2: u16,
    data3: u16,
    data4: [u8; 8],
}

impl Guid {
    /// The text of a GUID, lower-case; empty for a null pointer.
    pub fn read(pointer: *const Self) -> String {
        if pointer.is_null() {
            return String::new();
        }
        let Self { data1, data2, data3, data4: d } = unsafe { *pointer };
        let mut text = format!("{data1:08x}-{data2:04x}-{data3:04x}-{:02x}{:02x}-", d[0], d[1]);
        for byte in &d[2..] {
            write!(text, "{byte:02x}").unwrap();
        }
        text
    }
}

/// A text from the caller: UTF-16 with a NUL at its end, or null.
#[repr(transparent)]
pub struct Text(*const u16);

impl Text {
    /// The text; `Err` says what is wrong with it.
    pub fn read(&self) -> Result<String, &'static str> {
        if self.0.is_null() {
            return Err("a text is null");
        }
        let length = (0..1 << 24).find(|&at| unsafe { *self.0.add(at) } == 0).ok_or("a text has no end")?;
        let units = unsafe { std::slice::from_raw_parts(self.0, length) };
        String::from_utf16(units).map_err(|_| "a text is no UTF-16")
    }

    /// For the log.
    pub fn to_text(&self) -> String {
        self.read().unwrap_or_else(str::to_owned)
    }
}

/// A handle that a call of this library gave.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(pub usize);

impl Handle {
    pub fn to_text(self) -> String {
        format!("#{}", self.0)
    }
}

/// Where a handle goes.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct OutHandle(*mut Handle);

/// Where a text goes.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct OutText(*mut *mut u16);

/// Whether an out pointer is as callers have to give it.
pub trait Out {
    /// It points to a null.
    fn is_null(&self) -> bool;
}

impl Out for OutHandle {
    fn is_null(&self) -> bool {
        !self.0.is_null() && unsafe { (*self.0).0 == 0 }
    }
}

impl Out for OutText {
    fn is_null(&self) -> bool {
        !self.0.is_null() && unsafe { (*self.0).is_null() }
    }
}

impl OutHandle {
    pub fn set(self, handle: Handle) {
        if !self.0.is_null() {
            unsafe { *self.0 = handle };
        }
    }
}

impl OutText {
    pub fn none() -> Self {
        Self(std::ptr::null_mut())
    }

    pub fn set(self, text: &str) {
        if !self.0.is_null() {
            unsafe { *self.0 = give(text) };
        }
    }
}

/// Texts that callers have, by address, with their lengths in bytes. On Windows it is ole32.dll that frees
/// them, without a call: there they are not counted.
static GIVEN: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());

/// Texts that came back but were never given, or twice.
static FREED_WRONGLY: Mutex<usize> = Mutex::new(0);

/// Allocates a text as COM tasks do.
fn give(text: &str) -> *mut u16 {
    let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
    let length = units.len() * size_of::<u16>();
    let memory = allocate(length);
    unsafe { std::ptr::copy_nonoverlapping(units.as_ptr().cast::<u8>(), memory.cast(), length) };
    if cfg!(not(windows)) {
        GIVEN.lock().unwrap().insert(memory as usize, length);
    }
    memory.cast()
}

/// How many texts callers still have.
pub fn texts_given() -> usize {
    GIVEN.lock().unwrap().len()
}

/// How many texts were freed that could not be.
pub fn texts_freed_wrongly() -> usize {
    *FREED_WRONGLY.lock().unwrap()
}

#[cfg(not(windows))]
fn allocate(length: usize) -> *mut c_void {
    let memory: Box<[u8]> = vec![0; length].into();
    Box::into_raw(memory).cast()
}

#[cfg(not(windows))]
pub fn free(text: *mut c_void) {
    if text.is_null() {
        return;
    }
    match GIVEN.lock().unwrap().remove(&(text as usize)) {
        Some(length) => {
            let slice = std::ptr::slice_from_raw_parts_mut(text.cast::<u8>(), length);
            drop(unsafe { Box::from_raw(slice) });
        }
        None => *FREED_WRONGLY.lock().unwrap() += 1,
    }
}

#[cfg(windows)]
#[link(name = "ole32")]
unsafe extern "system" {
    fn CoTaskMemAlloc(length: usize) -> *mut c_void;
}

#[cfg(windows)]
fn allocate(length: usize) -> *mut c_void {
    unsafe { CoTaskMemAlloc(length) }
}
