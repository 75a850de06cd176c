//! How fast this machine reads memory with all threads of a pool: what a token can cost at best.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::memory::Lines;
use super::pool::Pool;

/// Memory that one thread takes at a time.
const PIECE: usize = 1 << 20;
/// How far ahead of the reading memory is asked for.
const AHEAD: usize = 4096;

/// What the memory gives, in bytes a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speed {
    /// Of the fastest of all passes.
    pub(crate) best: f64,
    /// Of the middle one of three passes in the fastest way: where others use the same memory, no work that lasts longer than
    /// one pass can expect more.
    pub(crate) sustained: f64,
}

/// Memory that no cache holds, for measuring how fast it is read.
pub(crate) struct Bandwidth {
    lines: Lines,
}

impl Bandwidth {
    /// `bytes` of memory, written once by the threads that will read it.
    pub(crate) fn new(bytes: usize, pool: &Pool) -> Self {
        let mut lines = Lines::zeroed(bytes.next_multiple_of(PIECE));
        let mut pieces: Vec<&mut [u8]> = lines.as_mut_slice().chunks_exact_mut(PIECE).collect();
        pool.each(&mut pieces, &|at, piece| piece.fill(at as u8 | 1));
        Self { lines }
    }

    /// Reads all of it in several ways, each once, and then twice more in the fastest: which one is depends on the processor.
    pub(crate) fn measure(&self, pool: &Pool) -> Speed {
        let ways: [fn(&[u8]) -> u64; 4] = [read::<1, 0>, read::<4, 0>, read::<1, AHEAD>, read::<4, AHEAD>];
        let (mut fastest, mut best) = (ways[0], 0.0);
        for way in ways {
            let speed = self.pass(pool, way);
            if speed > best {
                (fastest, best) = (way, speed);
            }
        }
        let mut passes = [best, self.pass(pool, fastest), self.pass(pool, fastest)];
        passes.sort_by(f64::total_cmp);
        let [_, sustained, best] = passes;
        Speed { best, sustained }
    }

    fn pass(&self, pool: &Pool, read: fn(&[u8]) -> u64) -> f64 {
        let bytes = self.lines.as_slice();
        let seen = AtomicU64::new(0);
        let began = Instant::now();
        pool.run(bytes.len() / PIECE, &|piece, _| {
            seen.fetch_xor(read(&bytes[piece * PIECE..(piece + 1) * PIECE]), Ordering::Relaxed);
        });
        let seconds = began.elapsed().as_secs_f64();
        std::hint::black_box(seen.load(Ordering::Relaxed));
        bytes.len() as f64 / seconds
    }
}

/// Reads a piece from `STREAMS` places at once; everything is looked at, so that no read can be left out. `AHEAD` bytes
/// are asked for before they are needed, as the kernels do: else these could be faster than what they are held against.
fn read<const STREAMS: usize, const AHEAD: usize>(piece: &[u8]) -> u64 {
    let mut lanes = [0u64; 32];
    let (chunks, _) = piece.as_chunks::<256>();
    let each = chunks.len() / STREAMS;
    for at in 0..each {
        for stream in 0..STREAMS {
            let chunk = &chunks[stream * each + at];
            if AHEAD > 0 {
                ahead(chunk, AHEAD);
            }
            for (lane, eight) in lanes.iter_mut().zip(chunk.as_chunks::<8>().0) {
                *lane ^= u64::from_le_bytes(*eight);
            }
        }
    }
    lanes.iter().fold(0, |all, lane| all ^ lane)
}

#[inline(always)]
fn ahead(chunk: &[u8; 256], distance: usize) {
    #[cfg(target_arch = "x86_64")]
    for line in 0..4 {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch may point anywhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(chunk.as_ptr().wrapping_add(distance + 64 * line).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (chunk, distance);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_whatever_the_way() {
        let mut piece: Vec<u8> = vec![0; PIECE];
        for at in [0, 1, 255, 256, PIECE / 4, PIECE / 2 + 77, PIECE - 1] {
            piece[at] = 9;
            let found =
                [read::<1, 0>(&piece), read::<4, 0>(&piece), read::<1, AHEAD>(&piece), read::<4, AHEAD>(&piece)];
            assert!(found.iter().all(|sum| *sum == 9 << (8 * (at % 8))), "{at} {found:?}");
            piece[at] = 0;
        }
    }

    #[test]
    fn a_speed_is_measured() {
        let pool = Pool::new(2);
        let speed = Bandwidth::new(8 << 20, &pool).measure(&pool);
        assert!(speed.best.is_finite() && speed.sustained > 1e6 && speed.sustained <= speed.best, "{speed:?}");
    }
}
