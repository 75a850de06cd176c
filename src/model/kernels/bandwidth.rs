//! How fast this machine reads memory with all threads of a pool: what a token can cost at best.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::memory::Lines;
use super::pool::Pool;

/// Memory read in one go by one thread before it asks for more.
const PIECE: usize = 1 << 20;

/// A piece of memory that no cache holds, for measuring how fast it is read.
pub(crate) struct Bandwidth {
    lines: Lines,
}

impl Bandwidth {
    /// `bytes` of memory, written once.
    pub(crate) fn new(bytes: usize) -> Self {
        let mut lines = Lines::zeroed(bytes);
        for (at, byte) in lines.as_mut_slice().iter_mut().enumerate() {
            *byte = at as u8 ^ (at >> 12) as u8;
        }
        Self { lines }
    }

    /// Reads all of it once and gives bytes a second.
    pub(crate) fn measure(&self, pool: &Pool) -> f64 {
        let bytes = self.lines.as_slice();
        let seen = AtomicU64::new(0);
        let began = Instant::now();
        pool.run(bytes.len() / PIECE, &|piece, _| {
            let (chunks, _) = bytes[piece * PIECE..(piece + 1) * PIECE].as_chunks::<256>();
            let mut lanes = [0u64; 32];
            for chunk in chunks {
                ahead(chunk);
                for (lane, eight) in lanes.iter_mut().zip(chunk.as_chunks::<8>().0) {
                    *lane ^= u64::from_le_bytes(*eight);
                }
            }
            seen.fetch_xor(lanes.iter().fold(0, |all, lane| all ^ lane), Ordering::Relaxed);
        });
        let seconds = began.elapsed().as_secs_f64();
        std::hint::black_box(seen.load(Ordering::Relaxed));
        (bytes.len() / PIECE * PIECE) as f64 / seconds
    }
}

/// The kernels ask for memory before they need it; so does this, else they would be faster than what they are held
/// against.
#[inline(always)]
fn ahead(chunk: &[u8; 256]) {
    #[cfg(target_arch = "x86_64")]
    for line in 0..4 {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch may point anywhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(chunk.as_ptr().wrapping_add(4608 + 64 * line).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = chunk;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_measured() {
        let speed = Bandwidth::new(8 << 20).measure(&Pool::new(2));
        assert!(speed.is_finite() && speed > 1e6, "{speed}");
    }
}
