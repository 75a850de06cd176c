//! Bytes for weights, keys and values: aligned to cache lines, zero without being touched; those of weights in huge pages
//! where Linux gives them.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Cache lines begin at multiples of this on all processors that matter here.
pub(super) const LINE: usize = 64;
/// Of Linux's large pages, on the processors that matter here.
const HUGE_PAGE: usize = 2 << 20;
/// Bytes that are asked of the system at a time, from which several weights take theirs: the end of each alone would be cut
/// into small pages, a twentieth of all weights. Untouched ones cost nothing; only Linux is sure not to count them.
const SLAB: usize = if cfg!(target_os = "linux") { 256 << 20 } else { 0 };

/// Where a slab of several weights begins.
const ALIGNMENT: usize = if cfg!(target_os = "linux") { HUGE_PAGE } else { LINE };

/// Zeroed bytes of the system's. They are reached through [`Lines`] alone.
#[derive(Debug)]
struct Slab {
    bytes: NonNull<u8>,
    capacity: usize,
    /// The first byte that is given out.
    start: usize,
    len: usize,
}

// SAFETY: a slab gives and reads no byte itself.
unsafe impl Send for Slab {}
// SAFETY: as above.
unsafe impl Sync for Slab {}

impl Slab {
    fn new(len: usize, alignment: usize) -> Self {
        let mut bytes = ManuallyDrop::new(vec![0u8; len + alignment]);
        let start = bytes.as_ptr().align_offset(alignment);
        advise_huge_pages(&bytes[start..start + len]);
        let capacity = bytes.capacity();
        // A vector's pointer is never null.
        let bytes = NonNull::new(bytes.as_mut_ptr()).unwrap_or(NonNull::dangling());
        Self { bytes, capacity, start, len }
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        // SAFETY: as the vector of `new` was; no lines are left that could reach it.
        drop(unsafe { Vec::from_raw_parts(self.bytes.as_ptr(), 0, self.capacity) });
    }
}

/// The slab that has room left, and how much of it was given out.
static CURRENT: Mutex<(Weak<Slab>, usize)> = Mutex::new((Weak::new(), 0));

/// Zeroed bytes that begin at a cache line.
#[derive(Debug)]
pub(super) struct Lines {
    slab: Arc<Slab>,
    /// From the slab's start.
    at: usize,
    len: usize,
}

impl Lines {
    /// `len` zeros. Untouched pages take no memory until they are written.
    pub(super) fn zeroed(len: usize) -> Self {
        let whole = len.next_multiple_of(LINE);
        if whole < HUGE_PAGE {
            // Keys and values come in small pieces and are read no faster from huge pages, which take longer to be given out.
            return Self { slab: Arc::new(Slab::new(whole, LINE)), at: 0, len };
        }
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slab) = current.0.upgrade().filter(|slab| slab.len - current.1 >= whole) {
            let at = current.1;
            current.1 += whole;
            return Self { slab, at, len };
        }
        let slab = Arc::new(Slab::new(whole.max(SLAB), ALIGNMENT));
        if whole < SLAB {
            *current = (Arc::downgrade(&slab), whole);
        }
        Self { slab, at: 0, len }
    }

    fn start(&self) -> *mut u8 {
        // SAFETY: inside the slab's bytes.
        unsafe { self.slab.bytes.as_ptr().add(self.slab.start + self.at) }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        // SAFETY: the slab lives as long as its lines, and gives each byte out once.
        unsafe { std::slice::from_raw_parts(self.start(), self.len) }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.start(), self.len) }
    }
}

impl Clone for Lines {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.len);
        copy.as_mut_slice().copy_from_slice(self.as_slice());
        copy
    }
}

impl Drop for Lines {
    /// The slab may live on for others: what lies in huge pages of these lines' own goes back to the system at once.
    fn drop(&mut self) {
        give_back(self.as_mut_slice());
    }
}

#[cfg(target_os = "linux")]
unsafe extern "C" {
    fn madvise(address: *mut std::ffi::c_void, length: usize, advice: i32) -> i32;
}

/// Asks for pages of 2 MB where many bytes were not touched yet: with 4 KB each, looking up addresses costs a tenth of the
/// read speed, and giving out pages as much time as reading a file. A refusal changes nothing.
#[cfg(target_os = "linux")]
pub(crate) fn advise_huge_pages<T>(values: &[T]) {
    const PAGE: usize = 4096;
    const MADV_HUGEPAGE: i32 = 14;
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

/// Makes zeros of the whole huge pages in `bytes`, which then take no memory. A refusal leaves what stands there.
#[cfg(target_os = "linux")]
fn give_back(bytes: &mut [u8]) {
    const MADV_DONTNEED: i32 = 4;
    let from = bytes.as_mut_ptr() as usize;
    let (first, end) = (from.next_multiple_of(HUGE_PAGE), (from + bytes.len()) / HUGE_PAGE * HUGE_PAGE);
    if first < end {
        // SAFETY: pages of nobody else, which any bytes may stand in.
        unsafe {
            madvise(first as *mut std::ffi::c_void, end - first, MADV_DONTNEED);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn give_back(_: &mut [u8]) {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small ones, sizes that a slab holds many of, and one that is a slab of its own.
    const SIZES: [usize; 7] = [0, 1, LINE, 70_000, HUGE_PAGE, 5 << 20, SLAB + 1];

    #[test]
    fn lines_are_zero_aligned_and_apart_whoever_was_there_before() {
        for round in 0..3u8 {
            let mut all: Vec<Lines> = SIZES.into_iter().cycle().take(15).map(Lines::zeroed).collect();
            for (at, lines) in all.iter_mut().enumerate() {
                assert!(lines.as_slice().as_ptr().addr().is_multiple_of(LINE));
                let bytes = lines.as_mut_slice();
                let (middle, last) = (bytes.len() / 2, bytes.len().saturating_sub(1));
                for edge in [0, middle, last] {
                    assert!(bytes.get(edge).is_none_or(|byte| *byte == 0 || bytes.len() < 3), "{round} {at}");
                    if let Some(byte) = bytes.get_mut(edge) {
                        *byte = at as u8 + 1;
                    }
                }
            }
            for (at, lines) in all.iter().enumerate() {
                let bytes = lines.as_slice();
                assert!(bytes.first().is_none_or(|first| *first == at as u8 + 1));
                assert!(bytes.last().is_none_or(|last| *last == at as u8 + 1));
            }
            // Some go, some stay until the next round's are there.
            all.truncate(usize::from(round));
        }
    }

    #[test]
    fn threads_take_lines_that_are_apart() {
        let taken: Vec<Lines> = std::thread::scope(|scope| {
            let take = |thread: u8| {
                scope.spawn(move || {
                    let mut lines = Lines::zeroed(HUGE_PAGE + 10_000);
                    lines.as_mut_slice().fill(thread);
                    lines
                })
            };
            let threads: Vec<_> = (1..9).map(take).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (at, lines) in taken.iter().enumerate() {
            assert!(lines.as_slice().iter().all(|byte| usize::from(*byte) == at + 1));
        }
    }

    #[test]
    fn a_copy_has_bytes_of_its_own() {
        let mut lines = Lines::zeroed(100);
        lines.as_mut_slice()[7] = 3;
        let mut copy = lines.clone();
        copy.as_mut_slice()[7] += 1;
        assert_eq!((lines.as_slice()[7], copy.as_slice()[7]), (3, 4));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_goes_takes_no_memory_while_its_neighbours_stay() {
        let mut neighbours = [HUGE_PAGE + LINE, 5 * HUGE_PAGE, HUGE_PAGE].map(Lines::zeroed);
        for lines in &mut neighbours {
            lines.as_mut_slice().fill(7);
        }
        let [first, many, last] = neighbours;
        let (slab, middle) = (many.slab.clone(), many.as_slice()[2 * HUGE_PAGE..].as_ptr());
        drop(many);
        // SAFETY: the slab lives. Pages that were given back are zeros when they are looked at again.
        assert_eq!(unsafe { middle.read_volatile() }, 0);
        assert!([first, last].iter().all(|lines| lines.as_slice().iter().all(|byte| *byte == 7)));
        drop(slab);
    }
}
