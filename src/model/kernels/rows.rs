//! Rows in half precision (the keys and values of a cache) with rows in f32, and products of dense f32 matrices.

use gemm::Parallelism;
use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

/// `Σ q · k` over a row, `k` being the bits of half-precision numbers.
///
/// # Panics
/// When the rows differ in length.
#[inline]
pub(crate) fn dot_half(q: &[f32], k: &[u16]) -> f32 {
    assert_eq!(q.len(), k.len(), "rows of one length");
    #[cfg(target_arch = "x86_64")]
    if super::Isa::detect() >= super::Isa::Avx2 {
        // SAFETY: the processor has the instructions.
        return unsafe { wide::dot(q, k) };
    }
    q.iter().zip(k).map(|(q, k)| q * f16::from_bits(*k).to_f32()).sum()
}

/// `acc += p · v` over a row, `v` being the bits of half-precision numbers.
///
/// # Panics
/// When the rows differ in length.
#[inline]
pub(crate) fn add_half(acc: &mut [f32], p: f32, v: &[u16]) {
    assert_eq!(acc.len(), v.len(), "rows of one length");
    #[cfg(target_arch = "x86_64")]
    if super::Isa::detect() >= super::Isa::Avx2 {
        // SAFETY: the processor has the instructions.
        return unsafe { wide::add(acc, p, v) };
    }
    for (acc, v) in acc.iter_mut().zip(v) {
        *acc += p * f16::from_bits(*v).to_f32();
    }
}

/// Half precision to f32.
pub(crate) fn widen(from: &[u16], to: &mut [f32]) {
    from.reinterpret_cast::<f16>().convert_to_f32_slice(to);
}

/// f32 to half precision; what is too large becomes the largest number that half precision has.
pub(crate) fn narrow(from: &[f32], to: &mut [u16]) {
    let largest = f16::MAX.to_f32();
    for (to, from) in to.iter_mut().zip(from) {
        *to = f16::from_f32(from.clamp(-largest, largest)).to_bits();
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    #[allow(clippy::wildcard_imports)]
    use std::arch::x86_64::*;

    use half::f16;

    #[inline(always)]
    unsafe fn eight(k: &[u16]) -> __m256 {
        // SAFETY: the callers' chunks hold eight.
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(k.as_ptr().cast())) }
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) unsafe fn dot(q: &[f32], k: &[u16]) -> f32 {
        let mut sums = [_mm256_setzero_ps(); 4];
        let (q_chunks, q_rest) = q.as_chunks::<32>();
        let (k_chunks, k_rest) = k.as_chunks::<32>();
        for (q, k) in q_chunks.iter().zip(k_chunks) {
            for (at, sum) in sums.iter_mut().enumerate() {
                // SAFETY: eight numbers from 8 · at on, of 32.
                *sum = unsafe { _mm256_fmadd_ps(_mm256_loadu_ps(q.as_ptr().add(8 * at)), eight(&k[8 * at..]), *sum) };
            }
        }
        let sum = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
        let mut lanes = [0f32; 8];
        // SAFETY: eight floats.
        unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), sum) };
        let rest: f32 = q_rest.iter().zip(k_rest).map(|(q, k)| q * f16::from_bits(*k).to_f32()).sum();
        lanes.iter().sum::<f32>() + rest
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) unsafe fn add(acc: &mut [f32], p: f32, v: &[u16]) {
        let factor = _mm256_set1_ps(p);
        let (chunks, rest) = acc.as_chunks_mut::<8>();
        let (v_chunks, v_rest) = v.as_chunks::<8>();
        for (acc, v) in chunks.iter_mut().zip(v_chunks) {
            // SAFETY: eight numbers each.
            unsafe {
                let sum = _mm256_fmadd_ps(factor, eight(v), _mm256_loadu_ps(acc.as_ptr()));
                _mm256_storeu_ps(acc.as_mut_ptr(), sum);
            }
        }
        for (acc, v) in rest.iter_mut().zip(v_rest) {
            *acc += p * f16::from_bits(*v).to_f32();
        }
    }
}

/// A matrix in a slice, by rows: how many, how wide, and how far one begins after the other.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) stride: usize,
}

impl<'a> Dense<'a> {
    /// Rows that lie one after the other.
    pub(crate) fn new(data: &'a [f32], columns: usize) -> Self {
        Self { data, rows: data.len() / columns.max(1), columns, stride: columns }
    }

    fn check(&self) {
        let end = if self.rows == 0 { 0 } else { (self.rows - 1) * self.stride + self.columns };
        assert!(self.columns <= self.stride && end <= self.data.len(), "a matrix larger than its slice");
    }
}

/// `y = factor · a · bᵀ`, or `y += …` with `add`: `a` is `[m, k]`, `b` `[n, k]`, and `y` has rows of `n`, `stride` apart.
///
/// # Panics
/// When the sizes do not fit together.
pub(crate) fn dense_transposed(y: &mut [f32], stride: usize, add: bool, factor: f32, a: Dense, b: Dense) {
    assert_eq!(a.columns, b.columns, "sizes of a product");
    multiply(y, stride, add, factor, a, b, b.rows, (b.stride, 1));
}

/// `y = a · b`, or `y += …` with `add`: `a` is `[m, k]`, `b` `[k, n]`.
///
/// # Panics
/// When the sizes do not fit together.
pub(crate) fn dense(y: &mut [f32], stride: usize, add: bool, a: Dense, b: Dense) {
    assert_eq!(a.columns, b.rows, "sizes of a product");
    multiply(y, stride, add, 1.0, a, b, b.columns, (1, b.stride));
}

#[allow(clippy::too_many_arguments)]
fn multiply(
    y: &mut [f32],
    stride: usize,
    add: bool,
    factor: f32,
    a: Dense,
    b: Dense,
    n: usize,
    (b_column, b_row): (usize, usize),
) {
    a.check();
    b.check();
    let (m, k) = (a.rows, a.columns);
    if m == 0 || n == 0 {
        return;
    }
    assert!(n <= stride && (m - 1) * stride + n <= y.len(), "room for a product");
    // SAFETY: all that is read and written lies inside the slices, as was checked; `y` is borrowed alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            y.as_mut_ptr(),
            1,
            stride.cast_signed(),
            add,
            a.data.as_ptr(),
            1,
            a.stride.cast_signed(),
            b.data.as_ptr(),
            b_column.cast_signed(),
            b_row.cast_signed(),
            1.0,
            factor,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 16) as f32 / 32768.0 - 1.0).collect()
    }

    #[test]
    fn rows_of_any_length_are_multiplied_and_added() {
        for len in [0, 1, 7, 8, 9, 31, 32, 33, 64, 100, 256] {
            let (q, row) = (numbers(len, 1), numbers(len, 77));
            let mut bits = vec![0u16; len];
            narrow(&row, &mut bits);
            let mut wide = vec![0f32; len];
            widen(&bits, &mut wide);
            assert!(wide.iter().zip(&row).all(|(a, b)| (a - b).abs() < 1e-3));
            let exact: f64 = q.iter().zip(&wide).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((f64::from(dot_half(&q, &bits)) - exact).abs() < 1e-5, "{len}");
            let mut acc = q.clone();
            add_half(&mut acc, 0.5, &bits);
            assert!(acc.iter().zip(&q).zip(&wide).all(|((acc, q), v)| (acc - (q + 0.5 * v)).abs() < 1e-6), "{len}");
        }
    }

    #[test]
    fn numbers_too_large_for_half_precision_stay_numbers() {
        let mut bits = [0u16; 2];
        narrow(&[1e9, -1e9], &mut bits);
        let mut wide = [0f32; 2];
        widen(&bits, &mut wide);
        assert_eq!(wide, [65504.0, -65504.0]);
    }

    #[test]
    fn dense_products_are_sums_of_products() {
        let (m, n, k) = (3, 5, 7);
        let (a, b, c) = (numbers(m * k, 1), numbers(n * k, 9), numbers(k * n, 30));
        let mut transposed = vec![1f32; m * 6];
        dense_transposed(&mut transposed, 6, true, 2.0, Dense::new(&a, k), Dense::new(&b, k));
        let mut straight = vec![f32::NAN; m * n];
        dense(&mut straight, n, false, Dense::new(&a, k), Dense::new(&c, n));
        for row in 0..m {
            for column in 0..n {
                let one: f32 = (0..k).map(|at| a[row * k + at] * b[column * k + at]).sum();
                assert!((transposed[row * 6 + column] - 1.0 - 2.0 * one).abs() < 1e-5);
                let two: f32 = (0..k).map(|at| a[row * k + at] * c[at * n + column]).sum();
                assert!((straight[row * n + column] - two).abs() < 1e-5);
            }
            assert_eq!(transposed[row * 6 + 5].to_bits(), 1f32.to_bits());
        }
    }
}
