//! An open object of HNS.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::library::{Kind, Library};

/// `HcnClose…`
pub(super) type Close = unsafe extern "system" fn(*mut c_void) -> i32;

/// An open object, closed when it goes.
pub(in crate::platform::hns::apply::hcn) struct Handle<'l> {
    kind: Kind,
    raw: NonNull<c_void>,
    close: Close,
    /// The function that closes it is in the library.
    library: PhantomData<&'l Library>,
}

impl<'l> Handle<'l> {
    /// What a call of `library` opened.
    pub(super) fn new(library: &'l Library, kind: Kind, raw: NonNull<c_void>) -> Self {
        Self { kind, raw, close: library.close_of(kind), library: PhantomData }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Open as long as this is there.
    pub(super) fn raw(&self) -> *mut c_void {
        self.raw.as_ptr()
    }
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is open and of the kind of the function; nobody else closes it. What closing
        // answers is of no use: there is nothing that could be done.
        unsafe { (self.close)(self.raw.as_ptr()) };
    }
}
