//! The kernels for AVX2: half a line is eight rows of the tile, and `vpmaddubsw` multiplies them with four activations.

#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

use super::key_values::{COLUMNS, FOUR, Shares};
use super::tile::{Place, Rows, Sums, q4, q6, q8};

#[inline(always)]
unsafe fn four(q: *const i8) -> __m256i {
    // SAFETY: the caller's promise; the read may be unaligned.
    unsafe { _mm256_set1_epi32(q.cast::<i32>().read_unaligned()) }
}

#[inline(always)]
unsafe fn pair(sums: *const i32) -> __m256i {
    // SAFETY: the caller's promise.
    unsafe { _mm256_set1_epi32(*sums) }
}

#[inline(always)]
unsafe fn halves(at: *const u8) -> __m256 {
    // SAFETY: the caller's promise.
    unsafe { _mm256_cvtph_ps(_mm_loadu_si128(at.cast())) }
}

#[inline(always)]
unsafe fn half_line(at: *const u8) -> __m256i {
    // SAFETY: the caller's promise.
    unsafe { _mm256_loadu_si256(at.cast()) }
}

/// Asks for what one row of the 6-bit type will read soon: it computes long on each line. The other types read a quarter and
/// more faster unasked.
#[inline(always)]
unsafe fn ahead<const T: usize>(at: *const u8) {
    const AHEAD: usize = 2304;
    const LINES: usize = 14;
    if T == 1 {
        for line in 0..LINES {
            // SAFETY: a prefetch may point anywhere.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(AHEAD + 64 * line).cast()) };
        }
    }
}

/// One block of 32 columns in the low or high halves of the bytes, times its scales. 16 products of at most 15 · 127 fit
/// into i16.
#[inline(always)]
unsafe fn q4_block<const T: usize, const HIGH: bool>(
    total: &mut [__m256i; T],
    data: *const u8,
    q: *const i8,
    scale: *const u8,
) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut dot = [_mm256_setzero_si256(); T];
        for k in 0..8 {
            let bytes = half_line(data.add(64 * k));
            let bytes = if HIGH { _mm256_srli_epi16::<4>(bytes) } else { bytes };
            let weights = _mm256_and_si256(bytes, _mm256_set1_epi8(15));
            for t in 0..T {
                dot[t] = _mm256_add_epi16(dot[t], _mm256_maddubs_epi16(weights, four(q.add(t * 256 + 4 * k))));
            }
        }
        let scale = _mm256_cvtepu8_epi32(_mm_loadl_epi64(scale.cast()));
        let scale = _mm256_or_si256(scale, _mm256_slli_epi32::<16>(scale));
        for t in 0..T {
            total[t] = _mm256_add_epi32(total[t], _mm256_madd_epi16(dot[t], scale));
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn q4_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: all reads are inside the tile's units and the rows' units, which the caller vouches for.
    unsafe {
        let mut acc = [[_mm256_setzero_ps(); T]; 2];
        for at in 0..place.units {
            let unit = place.tile.add(at * q4::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            for side in 0..2 {
                let mut total = [_mm256_setzero_si256(); T];
                for two in 0..4 {
                    let data = unit.add(q4::DATA + two * 512 + 32 * side);
                    let (q, scale) = (q.add(two * 64), unit.add(two * 32 + 8 * side));
                    q4_block::<T, false>(&mut total, data, q, scale);
                    q4_block::<T, true>(&mut total, data, q.add(32), scale.add(16));
                }
                let sums = rows.sums.add(at * rows.stride * 12);
                let mut least = [_mm256_setzero_si256(); T];
                for two in 0..4 {
                    let mins = unit.add(q4::MINS + 32 * two + 16 * side);
                    let mins = _mm256_cvtepu8_epi16(_mm_loadu_si128(mins.cast()));
                    for t in 0..T {
                        let products = _mm256_madd_epi16(mins, pair(sums.add(t * 12 + two)));
                        least[t] = _mm256_add_epi32(least[t], products);
                    }
                }
                let (d, dmin) = (halves(unit.add(q4::D + 16 * side)), halves(unit.add(q4::DMIN + 16 * side)));
                let scales = rows.scales.add(at * rows.stride);
                for t in 0..T {
                    let scale = _mm256_set1_ps(*scales.add(t));
                    let sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total[t]), _mm256_mul_ps(d, scale), acc[side][t]);
                    acc[side][t] = _mm256_fnmadd_ps(_mm256_cvtepi32_ps(least[t]), _mm256_mul_ps(dmin, scale), sum);
                }
            }
        }
        store(&acc, out);
    }
}

/// 32 columns of the 6-bit type, whose bits lie as `QUARTER` says, in two blocks of 16. Four products of at most 63 · 127
/// fit into i16; eight do not.
#[inline(always)]
unsafe fn q6_quarter<const T: usize, const QUARTER: usize>(
    total: &mut [__m256i; T],
    data: *const u8,
    q: *const i8,
    scales: *const u8,
) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let both = _mm256_cvtepi16_epi32(_mm_loadu_si128(scales.add(QUARTER * 32).cast()));
        for odd in 0..2 {
            let scale = if odd == 0 { _mm256_slli_epi32::<24>(both) } else { _mm256_slli_epi32::<16>(both) };
            let scale = _mm256_srai_epi32::<24>(scale);
            // The scale in both halves, for `vpmaddwd`.
            let scale = _mm256_blend_epi16::<0b1010_1010>(scale, _mm256_slli_epi32::<16>(scale));
            for first in [4 * odd, 4 * odd + 2] {
                let mut dot = [_mm256_setzero_si256(); T];
                for k in first..first + 2 {
                    let low = half_line(data.add((3 * k + QUARTER % 2) * 64));
                    let low = if QUARTER < 2 { low } else { _mm256_srli_epi16::<4>(low) };
                    let high = half_line(data.add((3 * k + 2) * 64));
                    let high = match QUARTER {
                        0 => _mm256_slli_epi16::<4>(high),
                        1 => _mm256_slli_epi16::<2>(high),
                        2 => high,
                        _ => _mm256_srli_epi16::<2>(high),
                    };
                    let low = _mm256_and_si256(low, _mm256_set1_epi8(15));
                    let weights = _mm256_or_si256(low, _mm256_and_si256(high, _mm256_set1_epi8(0x30)));
                    for t in 0..T {
                        let four = four(q.add(t * 256 + QUARTER * 32 + 4 * k));
                        dot[t] = _mm256_add_epi16(dot[t], _mm256_maddubs_epi16(weights, four));
                    }
                }
                for t in 0..T {
                    total[t] = _mm256_add_epi32(total[t], _mm256_madd_epi16(dot[t], scale));
                }
            }
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn q6_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut acc = [[_mm256_setzero_ps(); T]; 2];
        for at in 0..place.units {
            let unit = place.tile.add(at * q6::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            for side in 0..2 {
                let mut total = [_mm256_setzero_si256(); T];
                for half in 0..2 {
                    ahead::<T>(unit.add((side * 2 + half) * 848));
                    let data = unit.add(q6::DATA + half * q6::HALF + 32 * side);
                    let (q, scales) = (q.add(half * 128), unit.add(half * 128 + 16 * side));
                    q6_quarter::<T, 0>(&mut total, data, q, scales);
                    q6_quarter::<T, 1>(&mut total, data, q, scales);
                    q6_quarter::<T, 2>(&mut total, data, q, scales);
                    q6_quarter::<T, 3>(&mut total, data, q, scales);
                }
                let sums = rows.sums.add(at * rows.stride * 12 + 4);
                let mut offset = [_mm256_setzero_si256(); T];
                for two in 0..8 {
                    let scales = _mm256_cvtepi8_epi16(_mm_loadu_si128(unit.add(32 * two + 16 * side).cast()));
                    for t in 0..T {
                        let products = _mm256_madd_epi16(scales, pair(sums.add(t * 12 + two)));
                        offset[t] = _mm256_add_epi32(offset[t], products);
                    }
                }
                let d = halves(unit.add(q6::D + 16 * side));
                let scales = rows.scales.add(at * rows.stride);
                for t in 0..T {
                    let whole = _mm256_sub_epi32(total[t], _mm256_slli_epi32::<5>(offset[t]));
                    let scale = _mm256_mul_ps(d, _mm256_set1_ps(*scales.add(t)));
                    acc[side][t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole), scale, acc[side][t]);
                }
            }
        }
        store(&acc, out);
    }
}

/// `vpmaddubsw` wants one unsigned operand: the weight's size, its sign going to the activation.
///
/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn q8_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let one = _mm256_set1_epi16(1);
        let mut acc = [[_mm256_setzero_ps(); T]; 2];
        for at in 0..place.units {
            let unit = place.tile.add(at * q8::BYTES);
            let q = rows.q.add(at * rows.stride * 64);
            let scales = rows.scales.add(at * rows.stride * 2);
            for block in 0..2 {
                for side in 0..2 {
                    let data = unit.add(q8::DATA + block * 512 + 32 * side);
                    let mut dot = [_mm256_setzero_si256(); T];
                    for k in 0..8 {
                        let weights = half_line(data.add(64 * k));
                        let size = _mm256_abs_epi8(weights);
                        for t in 0..T {
                            let four = _mm256_sign_epi8(four(q.add(t * 64 + block * 32 + 4 * k)), weights);
                            // Two products of at most 128 · 127 fit into i16.
                            let products = _mm256_madd_epi16(_mm256_maddubs_epi16(size, four), one);
                            dot[t] = _mm256_add_epi32(dot[t], products);
                        }
                    }
                    let d = halves(unit.add(block * 32 + 16 * side));
                    for t in 0..T {
                        let scale = _mm256_mul_ps(d, _mm256_set1_ps(*scales.add(t * 2 + block)));
                        acc[side][t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[t]), scale, acc[side][t]);
                    }
                }
            }
        }
        store(&acc, out);
    }
}

#[inline(always)]
unsafe fn store<const T: usize>(acc: &[[__m256; T]; 2], out: &mut Sums) {
    for t in 0..T {
        let (left, right) = out[t].split_at_mut(8);
        // SAFETY: eight floats each.
        unsafe {
            _mm256_storeu_ps(left.as_mut_ptr(), acc[0][t]);
            _mm256_storeu_ps(right.as_mut_ptr(), acc[1][t]);
        }
    }
}

/// # Safety
/// As [`super::key_values::MixKernel`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn mix<const R: usize>(
    values: *const i8,
    scales: &[f32],
    shares: [&[f32]; R],
    sums: &mut [[f32; COLUMNS]; R],
) {
    // SAFETY: all reads are inside the groups that the caller vouches for, and inside the shares of a page.
    unsafe {
        let mut rounded = Shares::NONE;
        let (upper, lower) = (_mm256_set1_epi16(128), _mm256_set1_epi16(1));
        for row in 0..R {
            rounded.round(shares[row], scales);
            let mut total = [_mm256_setzero_si256(); 8];
            for at in 0..scales.len().div_ceil(FOUR) {
                let group = values.add(at * FOUR * COLUMNS);
                let four = |shares: &[u8]| four(shares.as_ptr().add(at * FOUR).cast());
                let (high, low) = (four(&rounded.high), four(&rounded.low));
                for part in 0..8 {
                    let values = half_line(group.add(32 * part).cast());
                    let high = _mm256_madd_epi16(_mm256_maddubs_epi16(high, values), upper);
                    let low = _mm256_madd_epi16(_mm256_maddubs_epi16(low, values), lower);
                    total[part] = _mm256_add_epi32(total[part], _mm256_add_epi32(high, low));
                }
            }
            for part in 0..8 {
                let sum = _mm256_mul_ps(_mm256_cvtepi32_ps(total[part]), _mm256_set1_ps(rounded.unit));
                _mm256_storeu_ps(sums[row].as_mut_ptr().add(8 * part), sum);
            }
        }
    }
}
