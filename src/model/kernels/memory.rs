//! Bytes for weights: aligned to cache lines, zero without being touched, in huge pages where Linux gives them.

/// Cache lines begin at multiples of this on all processors that matter here.
pub(super) const LINE: usize = 64;

/// Zeroed bytes that begin at a cache line.
#[derive(Debug)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl Lines {
    /// `len` zeros. Untouched pages take no memory until they are written.
    pub(super) fn zeroed(len: usize) -> Self {
        let bytes = vec![0u8; len + LINE];
        let start = bytes.as_ptr().align_offset(LINE);
        advise_huge_pages(&bytes);
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

/// Asks for pages of 2 MB: with 4 KB each, looking up addresses costs a tenth of the read speed. A refusal changes nothing.
#[cfg(target_os = "linux")]
fn advise_huge_pages(bytes: &[u8]) {
    const PAGE: usize = 4096;
    const MADV_HUGEPAGE: i32 = 14;
    unsafe extern "C" {
        fn madvise(address: *mut std::ffi::c_void, length: usize, advice: i32) -> i32;
    }
    if bytes.len() < 4 << 20 {
        return;
    }
    let from = bytes.as_ptr() as usize;
    let first = from.next_multiple_of(PAGE);
    let len = (from + bytes.len() - first) / PAGE * PAGE;
    // SAFETY: whole pages inside an allocation that lives; the advice changes no content.
    unsafe {
        madvise(first as *mut std::ffi::c_void, len, MADV_HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
fn advise_huge_pages(_: &[u8]) {}
