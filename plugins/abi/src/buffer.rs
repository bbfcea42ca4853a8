//! Owned and borrowed bytes across the border.
// Pointers from the other side are read here; the header's rules say how long they live.
#![allow(unsafe_code)]

use crate::layout::{Buffer, Slice};

impl Buffer {
    /// No bytes, nothing to free.
    #[must_use]
    pub const fn empty() -> Self {
        Self { ptr: std::ptr::null_mut(), len: 0, capacity: 0, release: None }
    }

    /// Gives the bytes away; the receiver calls `release`.
    #[must_use]
    pub fn give(bytes: Vec<u8>) -> Self {
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        Self {
            ptr: bytes.as_mut_ptr(),
            len: bytes.len(),
            capacity: bytes.capacity(),
            release: Some(release_vec),
        }
    }

    /// Copies the bytes and releases the giver's.
    ///
    /// # Safety
    /// The buffer was filled by the other side as the header says and was not released.
    #[must_use]
    pub unsafe fn take(mut self) -> Vec<u8> {
        let bytes = if self.ptr.is_null() || self.len == 0 {
            Vec::new()
        } else {
            // SAFETY: the giver promises `len` readable bytes at `ptr` until release.
            unsafe { std::slice::from_raw_parts(self.ptr, self.len) }.to_vec()
        };
        if let Some(release) = self.release.take() {
            // SAFETY: called exactly once, with the giver's own buffer.
            unsafe { release(&raw mut self) };
        }
        bytes
    }
}

unsafe extern "C" fn release_vec(buffer: *mut Buffer) {
    if buffer.is_null() {
        return;
    }
    // SAFETY: only `Buffer::give` sets this callback, with the parts of a Vec.
    unsafe {
        let buffer = &mut *buffer;
        drop(Vec::from_raw_parts(buffer.ptr, buffer.len, buffer.capacity));
        *buffer = Buffer::empty();
    }
}

impl Slice {
    /// Lends the bytes for the duration of a call.
    #[must_use]
    pub const fn lend(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes, for as long as the call lasts.
    ///
    /// # Safety
    /// The giver lends `len` readable bytes at `ptr` for at least `'a`.
    #[must_use]
    pub unsafe fn borrow<'a>(self) -> &'a [u8] {
        if self.ptr.is_null() || self.len == 0 {
            &[]
        } else {
            // SAFETY: as promised by the caller.
            unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
        }
    }
}
