//! Bytes for weights: aligned to cache lines, zero without being touched, in huge pages where Linux gives them.

/// Cache lines begin at multiples of this on all processors that matter here.
pub(super) const LINE: usize = 64;
/// Of Linux's large pages, on the processors that matter here.
const HUGE_PAGE: usize = 2 << 20;

/// Zeroed bytes that begin at a cache line, many of them at a huge page.
#[derive(Debug)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl Lines {
    /// `len` zeros. Untouched pages take no memory until they are written.
    pub(super) fn zeroed(len: usize) -> Self {
        // Part of a huge page at the beginning would be cut into small ones.
        let align = if len < 2 * HUGE_PAGE { LINE } else { HUGE_PAGE };
        let bytes = vec![0u8; len + align];
        let start = bytes.as_ptr().align_offset(align);
        advise_huge_pages(&bytes[start..start + len]);
        Self { bytes, start, len }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.len]
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.start + self.len]
    }
}

impl Clone for Lines {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.len);
        copy.as_mut_slice().copy_from_slice(self.as_slice());
        copy
    }
}

/// Asks for pages of 2 MB where many bytes were not touched yet: with 4 KB each, looking up addresses costs a tenth of the
/// read speed, and giving out pages as much time as reading a file. A refusal changes nothing.
#[cfg(target_os = "linux")]
pub(crate) fn advise_huge_pages<T>(values: &[T]) {
    const PAGE: usize = 4096;
    const MADV_HUGEPAGE: i32 = 14;
    unsafe extern "C" {
        fn madvise(address: *mut std::ffi::c_void, length: usize, advice: i32) -> i32;
    }
    let bytes = size_of_val(values);
    if bytes < 2 * HUGE_PAGE {
        return;
    }
    let from = values.as_ptr() as usize;
    let first = from.next_multiple_of(PAGE);
    let len = (from + bytes - first) / PAGE * PAGE;
    // SAFETY: whole pages inside an allocation that lives; the advice changes no content.
    unsafe {
        madvise(first as *mut std::ffi::c_void, len, MADV_HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn advise_huge_pages<T>(_: &[T]) {}
