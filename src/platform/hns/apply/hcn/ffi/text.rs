//! Texts to and from HNS: UTF-16, with a NUL at the end.

use std::ffi::c_void;
use std::ptr;

/// `CoTaskMemFree`
pub(super) type Free = unsafe extern "system" fn(*mut c_void);

/// A text for HNS.
pub(super) struct Wide(Vec<u16>);

impl Wide {
    /// A text with a NUL in it would end there for HNS, so it goes as far as that.
    pub(super) fn of(text: &str) -> Self {
        let units = text.encode_utf16().take_while(|unit| *unit != 0);
        Self(units.chain([0]).collect())
    }

    /// Lives as long as this text.
    pub(super) fn as_ptr(&self) -> *const u16 {
        self.0.as_ptr()
    }
}

/// A place for a text from HNS, which allocates it. It is freed even if the call fails.
pub(super) struct TaskText {
    text: *mut u16,
    free: Free,
}

impl TaskText {
    /// Nothing: HNS may leave a place untouched, so that it has to be empty before each call.
    pub(super) fn empty(free: Free) -> Self {
        Self { text: ptr::null_mut(), free }
    }

    /// The place that HNS writes to.
    pub(super) fn place(&mut self) -> *mut *mut u16 {
        &raw mut self.text
    }
}

impl std::fmt::Display for TaskText {
    /// The text; where it is no UTF-16, with a replacement character.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // SAFETY: it is null, or a text that HNS has set, which ends with a NUL and is ours until it is freed.
        f.write_str(&unsafe { text_at(self.text) })
    }
}

impl Drop for TaskText {
    fn drop(&mut self) {
        // SAFETY: HNS allocated the text with the allocator of COM tasks, or it is null, which is allowed;
        // nobody else frees it.
        unsafe { (self.free)(self.text.cast()) }
    }
}

/// The text at a place; where it is no UTF-16, with a replacement character. Nothing where the place is null.
///
/// # Safety
/// The place is null, or has UTF-16 that ends with a NUL and does not change meanwhile.
pub(super) unsafe fn text_at(place: *const u16) -> String {
    if place.is_null() {
        return String::new();
    }
    // SAFETY: as the caller says.
    let units = unsafe {
        let mut length = 0;
        while *place.add(length) != 0 {
            length += 1;
        }
        std::slice::from_raw_parts(place, length)
    };
    String::from_utf16_lossy(units)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static FREED: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "system" fn count(_: *mut c_void) {
        FREED.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn texts_end_with_a_nul_and_come_back_the_same() {
        for text in ["", "Ethernet 2", "Réseau 🖧", "漢字"] {
            let mut wide = Wide::of(text);
            assert_eq!(wide.0.last(), Some(&0));
            let mut back = TaskText::empty(count);
            // SAFETY: the place is that of a text that outlives this block.
            unsafe { *back.place() = wide.0.as_mut_ptr() };
            assert_eq!(back.to_string(), text);
        }
        assert_eq!(TaskText::empty(count).to_string(), "");
        assert_eq!(FREED.load(Ordering::Relaxed), 5, "each is freed once");
        assert_eq!(Wide::of("a\0b").0, [u16::from(b'a'), 0]);
    }
}
