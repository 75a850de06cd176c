//! Attention's products: rows in f32 with keys and values in half precision.
//!
//! Each number is summed in an order that depends on nothing but its own row and column, so that a text gives the same bits
//! whether its tokens come one by one or many at a time.

use half::f16;

/// `out[row][key] = Σ q[row] · keys[key]`: `q` is `[rows, width]`, `keys` the bits of half-precision numbers `[n, width]`, and
/// `out` has rows `stride` apart.
///
/// # Panics
/// When the sizes do not fit together.
pub(crate) fn scores(q: &[f32], keys: &[u16], width: usize, out: &mut [f32], stride: usize) {
    let (rows, n) = (q.len() / width, keys.len() / width);
    assert!(rows == 0 || (rows - 1) * stride + n <= out.len(), "room for the scores");
    #[cfg(target_arch = "x86_64")]
    if super::Isa::detect() >= super::Isa::Avx2 {
        // SAFETY: the processor has the instructions.
        return unsafe { wide::scores(q, keys, width, out, stride) };
    }
    for (row, q) in q.chunks_exact(width).enumerate() {
        for (key, out) in keys.chunks_exact(width).zip(&mut out[row * stride..]) {
            *out = q.iter().zip(key).map(|(q, k)| q * f16::from_bits(*k).to_f32()).sum();
        }
    }
}

/// `out[row] += Σ shares[row][at] · values[at]`: `values` are the bits of half-precision numbers `[n, width]`, `shares` has
/// rows `stride` apart, `out` is `[rows, width]`.
///
/// # Panics
/// When the sizes do not fit together.
pub(crate) fn mix(shares: &[f32], stride: usize, values: &[u16], width: usize, out: &mut [f32]) {
    let (rows, n) = (out.len() / width, values.len() / width);
    assert!(rows == 0 || (rows - 1) * stride + n <= shares.len(), "shares for all values");
    #[cfg(target_arch = "x86_64")]
    if super::Isa::detect() >= super::Isa::Avx2 {
        // SAFETY: the processor has the instructions.
        return unsafe { wide::mix(shares, stride, values, width, out) };
    }
    for (row, out) in out.chunks_exact_mut(width).enumerate() {
        for (value, share) in values.chunks_exact(width).zip(&shares[row * stride..]) {
            for (out, v) in out.iter_mut().zip(value) {
                *out = share.mul_add(f16::from_bits(*v).to_f32(), *out);
            }
        }
    }
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

    /// Rows that meet a key or a value together.
    const ROWS: usize = 4;

    /// Eight halves of a row from `at` on, as f32.
    #[inline(always)]
    unsafe fn eight(row: &[u16], at: usize) -> __m256 {
        debug_assert!(at + 8 <= row.len());
        // SAFETY: the callers stay inside the row.
        unsafe { _mm256_cvtph_ps(_mm_loadu_si128(row.as_ptr().add(at).cast())) }
    }

    #[inline(always)]
    unsafe fn floats(row: &[f32], at: usize) -> __m256 {
        debug_assert!(at + 8 <= row.len());
        // SAFETY: the callers stay inside the row.
        unsafe { _mm256_loadu_ps(row.as_ptr().add(at)) }
    }

    /// The products of `R` rows with `K` keys, each in two sums of eight lanes.
    #[inline(always)]
    unsafe fn dots<const R: usize, const K: usize>(q: [&[f32]; R], keys: [&[u16]; K], width: usize) -> [[f32; K]; R] {
        // SAFETY: rows and keys are `width` long.
        unsafe {
            let mut sums = [[[_mm256_setzero_ps(); 2]; K]; R];
            let whole = width / 16 * 16;
            for at in (0..whole).step_by(16) {
                for part in 0..2 {
                    let at = at + 8 * part;
                    let keys: [__m256; K] = std::array::from_fn(|key| eight(keys[key], at));
                    for row in 0..R {
                        let q = floats(q[row], at);
                        for key in 0..K {
                            sums[row][key][part] = _mm256_fmadd_ps(q, keys[key], sums[row][key][part]);
                        }
                    }
                }
            }
            let mut out = [[0.0; K]; R];
            for row in 0..R {
                for key in 0..K {
                    let sum = _mm256_add_ps(sums[row][key][0], sums[row][key][1]);
                    let four = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps::<1>(sum));
                    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
                    let one = _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
                    let rest = q[row][whole..width].iter().zip(&keys[key][whole..width]);
                    out[row][key] = rest.fold(one, |sum, (q, k)| q.mul_add(f16::from_bits(*k).to_f32(), sum));
                }
            }
            out
        }
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) unsafe fn scores(q: &[f32], keys: &[u16], width: usize, out: &mut [f32], stride: usize) {
        let (rows, n) = (q.len() / width, keys.len() / width);
        let q_row = |row: usize| &q[row * width..(row + 1) * width];
        let key_row = |key: usize| &keys[key * width..(key + 1) * width];
        let mut row = 0;
        while row + ROWS <= rows {
            let four = std::array::from_fn::<_, ROWS, _>(|at| q_row(row + at));
            for key in 0..n {
                // SAFETY: as this function's.
                let found = unsafe { dots::<ROWS, 1>(four, [key_row(key)], width) };
                for (at, [found]) in found.into_iter().enumerate() {
                    out[(row + at) * stride + key] = found;
                }
            }
            row += ROWS;
        }
        for row in row..rows {
            let out = &mut out[row * stride..row * stride + n];
            let mut key = 0;
            while key + 4 <= n {
                let four = std::array::from_fn::<_, 4, _>(|at| key_row(key + at));
                // SAFETY: as this function's.
                let [found] = unsafe { dots::<1, 4>([q_row(row)], four, width) };
                out[key..key + 4].copy_from_slice(&found);
                key += 4;
            }
            for (key, out) in out.iter_mut().enumerate().skip(key) {
                // SAFETY: as this function's.
                [[*out]] = unsafe { dots::<1, 1>([q_row(row)], [key_row(key)], width) };
            }
        }
    }

    /// Adds `N` values, whose order is kept, to `R` rows.
    #[inline(always)]
    unsafe fn add<const R: usize, const N: usize>(
        shares: [&[f32]; R],
        values: [&[u16]; N],
        width: usize,
        out: &mut [f32],
    ) {
        // SAFETY: values and the rows of `out` are `width` long.
        unsafe {
            let whole = width / 16 * 16;
            for at in (0..whole).step_by(16) {
                let values: [[__m256; 2]; N] =
                    std::array::from_fn(|value| [eight(values[value], at), eight(values[value], at + 8)]);
                for row in 0..R {
                    let out = out.as_mut_ptr().add(row * width + at);
                    let mut sums = [_mm256_loadu_ps(out), _mm256_loadu_ps(out.add(8))];
                    for value in 0..N {
                        let share = _mm256_set1_ps(shares[row][value]);
                        for part in 0..2 {
                            sums[part] = _mm256_fmadd_ps(share, values[value][part], sums[part]);
                        }
                    }
                    _mm256_storeu_ps(out, sums[0]);
                    _mm256_storeu_ps(out.add(8), sums[1]);
                }
            }
            for row in 0..R {
                for column in whole..width {
                    let out = &mut out[row * width + column];
                    for value in 0..N {
                        *out = shares[row][value].mul_add(f16::from_bits(values[value][column]).to_f32(), *out);
                    }
                }
            }
        }
    }

    #[target_feature(enable = "avx2,fma,f16c")]
    pub(super) unsafe fn mix(shares: &[f32], stride: usize, values: &[u16], width: usize, out: &mut [f32]) {
        let (rows, n) = (out.len() / width, values.len() / width);
        let value_row = |at: usize| &values[at * width..(at + 1) * width];
        let mut row = 0;
        while row < rows {
            let many = rows - row >= ROWS;
            let count = if many { ROWS } else { 1 };
            let out = &mut out[row * width..(row + count) * width];
            let share = |at: usize, value: usize, len: usize| &shares[(row + at) * stride + value..][..len];
            let mut at = 0;
            while at + 4 <= n {
                let four = std::array::from_fn::<_, 4, _>(|value| value_row(at + value));
                // SAFETY: as this function's.
                unsafe {
                    if many {
                        add::<ROWS, 4>(std::array::from_fn(|row| share(row, at, 4)), four, width, out);
                    } else {
                        add::<1, 4>([share(0, at, 4)], four, width, out);
                    }
                }
                at += 4;
            }
            for at in at..n {
                // SAFETY: as this function's.
                unsafe {
                    if many {
                        add::<ROWS, 1>(std::array::from_fn(|row| share(row, at, 1)), [value_row(at)], width, out);
                    } else {
                        add::<1, 1>([share(0, at, 1)], [value_row(at)], width, out);
                    }
                }
            }
            row += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 16) as f32 / 32768.0 - 1.0).collect()
    }

    fn halves(from: &[f32]) -> (Vec<u16>, Vec<f32>) {
        let mut bits = vec![0u16; from.len()];
        narrow(from, &mut bits);
        let wide: Vec<f32> = bits.iter().map(|bits| f16::from_bits(*bits).to_f32()).collect();
        assert!(wide.iter().zip(from).all(|(a, b)| (a - b).abs() < 1e-3));
        (bits, wide)
    }

    #[test]
    fn scores_and_mixtures_are_sums_of_products() {
        for (rows, n, width) in [(1, 1, 1), (1, 9, 16), (5, 6, 40), (9, 11, 256), (4, 3, 7), (3, 4, 31)] {
            let q = numbers(rows * width, 1);
            let (keys, wide) = halves(&numbers(n * width, 77));
            let stride = n + 3;
            let mut found = vec![7f32; rows * stride];
            scores(&q, &keys, width, &mut found, stride);
            for row in 0..rows {
                for key in 0..n {
                    let exact: f64 =
                        (0..width).map(|at| f64::from(q[row * width + at]) * f64::from(wide[key * width + at])).sum();
                    assert!((f64::from(found[row * stride + key]) - exact).abs() < 1e-5, "{rows} {n} {width}");
                }
                assert_eq!(found[row * stride + n].to_bits(), 7f32.to_bits());
            }
            let mut out = q.clone();
            mix(&found, stride, &keys, width, &mut out);
            for row in 0..rows {
                for column in 0..width {
                    let exact: f64 = (0..n)
                        .map(|at| f64::from(found[row * stride + at]) * f64::from(wide[at * width + column]))
                        .sum();
                    let added = f64::from(out[row * width + column] - q[row * width + column]);
                    assert!((added - exact).abs() < 1e-4, "{rows} {n} {width}");
                }
            }
        }
    }

    #[test]
    fn a_row_gives_the_same_bits_alone_and_among_others() {
        let (rows, n, width) = (11, 13, 72);
        let q = numbers(rows * width, 3);
        let (keys, _) = halves(&numbers(n * width, 50));
        let mut together = vec![0f32; rows * n];
        scores(&q, &keys, width, &mut together, n);
        let mut mixed = vec![0f32; rows * width];
        mix(&together, n, &keys, width, &mut mixed);
        for row in 0..rows {
            let mut alone = vec![0f32; n];
            scores(&q[row * width..(row + 1) * width], &keys, width, &mut alone, n);
            assert_eq!(alone, together[row * n..(row + 1) * n]);
            let mut out = vec![0f32; width];
            mix(&alone, n, &keys, width, &mut out);
            assert_eq!(out, mixed[row * width..(row + 1) * width]);
        }
    }

    #[test]
    fn numbers_too_large_for_half_precision_stay_numbers() {
        let mut bits = [0u16; 2];
        narrow(&[1e9, -1e9], &mut bits);
        assert_eq!(bits.map(f16::from_bits), [f16::MAX, f16::MIN]);
    }
}
