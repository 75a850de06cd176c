//! The innermost part of a product: some rows of the left side times some columns of the right one, all of whose sums stay
//! in registers. Every kernel adds the products of an element one after the other, each by one fused multiplication and
//! addition, so that all give the same bits whatever their size.

#[cfg(target_arch = "x86_64")]
#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

/// Columns of the left side, and rows of the right one, that are summed before the result is written.
pub(super) const DEPTH: usize = 256;

/// The largest tile, in elements.
pub(super) const LARGEST: usize = 8 * 32;

/// Where a kernel writes: rows `stride` apart, each sum times `scale`, added to what is there where `keep` says so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    start: *mut f32,
    stride: usize,
    scale: f32,
    keep: bool,
}

/// Multiplies `depth` columns of a panel of the left side with as many rows of a panel of the right side.
///
/// # Safety
/// Element `(i, k)` of the left panel is `i · ROW + k · COLUMN` from its start, row `k` of the right one `k · columns`; both
/// must hold what the size of the tile and `depth` ask for, and so must the target. The processor must know the
/// instructions.
type Kernel = unsafe fn(usize, *const f32, *const f32, Target);

/// A kernel for tiles of `ROWS × COLUMNS`, for each of the two ways in which the left side may lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile<const ROWS: usize, const COLUMNS: usize> {
    by_rows: Kernel,
    by_columns: Kernel,
}

/// How a panel of the left side lies: the way in which its matrix does, so that it is copied in long runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Row after row, each [`ROW`] long.
    Rows,
    /// Column after column.
    Columns,
}

/// From a row to the next: not a power of two, so that the rows of a panel don't compete for the same lines of the cache.
pub(super) const ROW: usize = DEPTH + 16;

impl<const ROWS: usize, const COLUMNS: usize> Tile<ROWS, COLUMNS> {
    /// Elements of a left panel.
    pub(super) const fn lhs_size(order: Order) -> usize {
        match order {
            Order::Rows => ROWS * ROW,
            Order::Columns => ROWS * DEPTH,
        }
    }

    /// `out = scale · lhs · rhs`, or added to it, for a whole tile.
    ///
    /// # Panics
    /// When a slice is too small.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn multiply(
        self,
        order: Order,
        depth: usize,
        lhs: &[f32],
        rhs: &[f32],
        out: &mut [f32],
        stride: usize,
        scale: f32,
        keep: bool,
    ) {
        assert!(
            depth <= DEPTH && lhs.len() >= Self::lhs_size(order) && rhs.len() >= depth * COLUMNS,
            "panels too small"
        );
        assert!(COLUMNS <= stride && out.len() >= (ROWS - 1) * stride + COLUMNS, "result too small for its tile");
        let target = Target { start: out.as_mut_ptr(), stride, scale, keep };
        let kernel = if order == Order::Rows { self.by_rows } else { self.by_columns };
        // SAFETY: the sizes were checked above; whoever made the tile chose instructions that the processor knows.
        unsafe { kernel(depth, lhs.as_ptr(), rhs.as_ptr(), target) }
    }
}

/// Rust alone.
pub(super) const PLAIN: Tile<4, 16> = Tile { by_rows: plain::<ROW, 1>, by_columns: plain::<1, 4> };

/// # Safety
/// As [`Kernel`].
unsafe fn plain<const ROW: usize, const COLUMN: usize>(depth: usize, lhs: *const f32, rhs: *const f32, out: Target) {
    let mut sums = [[0f32; 16]; 4];
    for k in 0..depth {
        // SAFETY: the caller's promise.
        let (rhs, lhs) = unsafe { (&*rhs.add(16 * k).cast::<[f32; 16]>(), lhs.add(k * COLUMN)) };
        for i in 0..4 {
            // SAFETY: the caller's promise.
            let a = unsafe { *lhs.add(i * ROW) };
            for j in 0..16 {
                sums[i][j] = a.mul_add(rhs[j], sums[i][j]);
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        // SAFETY: the caller's promise.
        let row = unsafe { &mut *out.start.add(i * out.stride).cast::<[f32; 16]>() };
        for (y, sum) in row.iter_mut().zip(sums) {
            *y = if out.keep { *y + out.scale * sum } else { out.scale * sum };
        }
    }
}

/// AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
pub(super) const AVX2: Tile<6, 16> = Tile { by_rows: avx2::<ROW, 1>, by_columns: avx2::<1, 6> };

/// # Safety
/// As [`Kernel`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<const ROW: usize, const COLUMN: usize>(depth: usize, lhs: *const f32, rhs: *const f32, out: Target) {
    // SAFETY: the caller's promise; reads and writes may be unaligned.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); 2]; 6];
        for k in 0..depth {
            let rhs = [_mm256_loadu_ps(rhs.add(16 * k)), _mm256_loadu_ps(rhs.add(16 * k + 8))];
            let lhs = lhs.add(k * COLUMN);
            for (i, [left, right]) in sums.iter_mut().enumerate() {
                let a = _mm256_broadcast_ss(&*lhs.add(i * ROW));
                *left = _mm256_fmadd_ps(a, rhs[0], *left);
                *right = _mm256_fmadd_ps(a, rhs[1], *right);
            }
        }
        let scale = _mm256_set1_ps(out.scale);
        for i in 0..6 {
            for j in 0..2 {
                let at = out.start.add(i * out.stride + 8 * j);
                let mut sum = _mm256_mul_ps(scale, sums[i][j]);
                if out.keep {
                    sum = _mm256_add_ps(_mm256_loadu_ps(at), sum);
                }
                _mm256_storeu_ps(at, sum);
            }
        }
    }
}

/// AVX-512.
#[cfg(target_arch = "x86_64")]
pub(super) const AVX512: Tile<8, 32> = Tile { by_rows: avx512::<ROW, 1>, by_columns: avx512::<1, 8> };

/// # Safety
/// As [`Kernel`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<const ROW: usize, const COLUMN: usize>(depth: usize, lhs: *const f32, rhs: *const f32, out: Target) {
    // SAFETY: the caller's promise; reads and writes may be unaligned.
    unsafe {
        let mut sums = [[_mm512_setzero_ps(); 2]; 8];
        // The result is asked for now, so that it is there when the sums are done.
        for i in 0..8 {
            for j in 0..2 {
                _mm_prefetch::<_MM_HINT_T0>(out.start.wrapping_add(i * out.stride + 16 * j).cast());
            }
        }
        for k in 0..depth {
            let rhs = [_mm512_loadu_ps(rhs.add(32 * k)), _mm512_loadu_ps(rhs.add(32 * k + 16))];
            let lhs = lhs.add(k * COLUMN);
            for (i, [left, right]) in sums.iter_mut().enumerate() {
                let a = _mm512_set1_ps(*lhs.add(i * ROW));
                *left = _mm512_fmadd_ps(a, rhs[0], *left);
                *right = _mm512_fmadd_ps(a, rhs[1], *right);
            }
        }
        let scale = _mm512_set1_ps(out.scale);
        for i in 0..8 {
            for j in 0..2 {
                let at = out.start.add(i * out.stride + 16 * j);
                let mut sum = _mm512_mul_ps(scale, sums[i][j]);
                if out.keep {
                    sum = _mm512_add_ps(_mm512_loadu_ps(at), sum);
                }
                _mm512_storeu_ps(at, sum);
            }
        }
    }
}
