//! The kernels for AVX-512 with VNNI: a line of 64 bytes is one operand of `vpdpbusd`, each of whose 16 sums is a row of
//! the tile.

#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

use super::tile::{Place, Rows, Sums, q4, q6, q8};

/// How far ahead of the reading the next lines are asked for: a matrix is read once, from one end to the other.
const AHEAD: usize = 4608;

/// Four activations of one row, for all 16 weights rows.
#[inline(always)]
unsafe fn four(q: *const i8) -> __m512i {
    // SAFETY: the caller's promise; the read may be unaligned.
    unsafe { _mm512_set1_epi32(q.cast::<i32>().read_unaligned()) }
}

#[inline(always)]
unsafe fn pair(sums: *const i32) -> __m512i {
    // SAFETY: the caller's promise.
    unsafe { _mm512_set1_epi32(*sums) }
}

#[inline(always)]
unsafe fn halves(at: *const u8) -> __m512 {
    // SAFETY: the caller's promise.
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())) }
}

#[inline(always)]
unsafe fn line(at: *const u8) -> __m512i {
    // SAFETY: the caller's promise.
    unsafe { _mm512_loadu_si512(at.cast()) }
}

/// Asks for what will be read soon; only while one row is computed, since more rows keep the processor busy longer than
/// the memory.
#[inline(always)]
unsafe fn ahead<const T: usize, const LINES: usize>(at: *const u8) {
    if T == 1 {
        for line in 0..LINES {
            // SAFETY: a prefetch may point anywhere.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(AHEAD + 64 * line).cast()) };
        }
    }
}

/// The whole-number sums of `G` tiles and `T` rows.
type Whole<const G: usize, const T: usize> = [[__m512i; T]; G];

#[inline(always)]
unsafe fn nothing<const G: usize, const T: usize>() -> Whole<G, T> {
    // SAFETY: the callers run on AVX-512.
    [[unsafe { _mm512_setzero_si512() }; T]; G]
}

/// `total += dot · scale`, the scales being those of each tile's rows.
#[inline(always)]
unsafe fn scaled<const G: usize, const T: usize>(
    total: &mut Whole<G, T>,
    dot: &Whole<G, T>,
    scale: impl Fn(usize) -> __m512i,
) {
    for g in 0..G {
        let scale = scale(g);
        for t in 0..T {
            // SAFETY: the callers run on AVX-512.
            total[g][t] = unsafe { _mm512_add_epi32(total[g][t], _mm512_mullo_epi32(dot[g][t], scale)) };
        }
    }
}

/// One block of 32 columns in the low or high halves of the bytes.
#[inline(always)]
unsafe fn q4_block<const G: usize, const T: usize, const HIGH: bool>(
    data: *const u8,
    next: usize,
    q: *const i8,
) -> Whole<G, T> {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut dot = nothing();
        for k in 0..8 {
            let mut weights = [_mm512_setzero_si512(); G];
            for g in 0..G {
                let bytes = line(data.add(g * next + 64 * k));
                let bytes = if HIGH { _mm512_srli_epi16::<4>(bytes) } else { bytes };
                weights[g] = _mm512_and_si512(bytes, _mm512_set1_epi8(15));
            }
            dots(&mut dot, &weights, q.add(4 * k), 256);
        }
        dot
    }
}

/// Adds the products of four columns. What is read of the activations serves all tiles: spreading four bytes over a
/// register takes as long as two products.
#[inline(always)]
unsafe fn dots<const G: usize, const T: usize>(dot: &mut Whole<G, T>, weights: &[__m512i; G], q: *const i8, row: usize) {
    for t in 0..T {
        // SAFETY: as in the callers.
        unsafe {
            let four = four(q.add(t * row));
            for g in 0..G {
                dot[g][t] = _mm512_dpbusd_epi32(dot[g][t], weights[g], four);
            }
        }
    }
}

#[inline(always)]
unsafe fn store<const G: usize, const T: usize>(acc: &[[__m512; T]; G], out: &mut [Sums; 2]) {
    for g in 0..G {
        for t in 0..T {
            // SAFETY: 16 floats.
            unsafe { _mm512_storeu_ps(out[g][t].as_mut_ptr(), acc[g][t]) };
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn q4_tile<const G: usize, const T: usize>(place: Place, rows: Rows, out: &mut [Sums; 2]) {
    // SAFETY: all reads are inside the tiles' units and the rows' units, which the caller vouches for.
    unsafe {
        let next = place.next;
        let mut acc = [[_mm512_setzero_ps(); T]; G];
        for at in 0..place.units {
            let unit = place.tile.add(at * q4::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            let mut total = nothing::<G, T>();
            for two in 0..4 {
                let (data, q) = (unit.add(q4::DATA + two * 512), q.add(two * 64));
                for g in 0..G {
                    ahead::<T, 9>(data.add(g * next));
                }
                let scale = |g: usize, odd: usize| {
                    _mm512_cvtepu8_epi32(_mm_loadu_si128(unit.add(g * next + (2 * two + odd) * 16).cast()))
                };
                let dot = q4_block::<G, T, false>(data, next, q);
                scaled(&mut total, &dot, |g| scale(g, 0));
                let dot = q4_block::<G, T, true>(data, next, q.add(32));
                scaled(&mut total, &dot, |g| scale(g, 1));
            }
            let sums = rows.sums.add(at * rows.stride * 12);
            let scales = rows.scales.add(at * rows.stride);
            for g in 0..G {
                let unit = unit.add(g * next);
                let mut least = [_mm512_setzero_si512(); T];
                for two in 0..4 {
                    let mins = _mm512_cvtepu8_epi16(_mm256_loadu_si256(unit.add(q4::MINS + 32 * two).cast()));
                    for t in 0..T {
                        least[t] = _mm512_dpwssd_epi32(least[t], mins, pair(sums.add(t * 12 + two)));
                    }
                }
                let (d, dmin) = (halves(unit.add(q4::D)), halves(unit.add(q4::DMIN)));
                for t in 0..T {
                    let scale = _mm512_set1_ps(*scales.add(t));
                    let sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total[g][t]), _mm512_mul_ps(d, scale), acc[g][t]);
                    acc[g][t] = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(least[t]), _mm512_mul_ps(dmin, scale), sum);
                }
            }
        }
        store(&acc, out);
    }
}

/// 32 columns of the 6-bit type, whose bits lie as `QUARTER` says, in two blocks of 16.
#[inline(always)]
unsafe fn q6_quarter<const G: usize, const T: usize, const QUARTER: usize>(
    total: &mut Whole<G, T>,
    data: *const u8,
    next: usize,
    q: *const i8,
    scales: *const u8,
) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        for odd in 0..2 {
            let mut dot = nothing::<G, T>();
            for k in 4 * odd..4 * odd + 4 {
                let mut weights = [_mm512_setzero_si512(); G];
                for g in 0..G {
                    let data = data.add(g * next);
                    let low = line(data.add((QUARTER % 2 * 8 + k) * 64));
                    let low = if QUARTER < 2 { low } else { _mm512_srli_epi16::<4>(low) };
                    let high = line(data.add((16 + k) * 64));
                    let high = match QUARTER {
                        0 => _mm512_slli_epi16::<4>(high),
                        1 => _mm512_slli_epi16::<2>(high),
                        2 => high,
                        _ => _mm512_srli_epi16::<2>(high),
                    };
                    let low = _mm512_and_si512(low, _mm512_set1_epi8(15));
                    weights[g] = _mm512_or_si512(low, _mm512_and_si512(high, _mm512_set1_epi8(0x30)));
                }
                dots(&mut dot, &weights, q.add(QUARTER * 32 + 4 * k), 256);
            }
            scaled(total, &dot, |g| {
                let both = scales.add(g * next + QUARTER * 32).cast();
                let both = _mm512_cvtepi16_epi32(_mm256_loadu_si256(both));
                if odd == 0 {
                    _mm512_srai_epi32::<24>(_mm512_slli_epi32::<24>(both))
                } else {
                    _mm512_srai_epi32::<8>(both)
                }
            });
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn q6_tile<const G: usize, const T: usize>(place: Place, rows: Rows, out: &mut [Sums; 2]) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let next = place.next;
        let mut acc = [[_mm512_setzero_ps(); T]; G];
        for at in 0..place.units {
            let unit = place.tile.add(at * q6::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            let mut total = nothing::<G, T>();
            for half in 0..2 {
                let (data, q) = (unit.add(q6::DATA + half * q6::HALF), q.add(half * 128));
                for g in 0..G {
                    ahead::<T, 27>(data.add(g * next));
                }
                let scales = unit.add(half * 128);
                q6_quarter::<G, T, 0>(&mut total, data, next, q, scales);
                q6_quarter::<G, T, 1>(&mut total, data, next, q, scales);
                q6_quarter::<G, T, 2>(&mut total, data, next, q, scales);
                q6_quarter::<G, T, 3>(&mut total, data, next, q, scales);
            }
            let sums = rows.sums.add(at * rows.stride * 12 + 4);
            let scales = rows.scales.add(at * rows.stride);
            for g in 0..G {
                let unit = unit.add(g * next);
                let mut offset = [_mm512_setzero_si512(); T];
                for two in 0..8 {
                    let scales = _mm512_cvtepi8_epi16(_mm256_loadu_si256(unit.add(32 * two).cast()));
                    for t in 0..T {
                        offset[t] = _mm512_dpwssd_epi32(offset[t], scales, pair(sums.add(t * 12 + two)));
                    }
                }
                let d = halves(unit.add(q6::D));
                for t in 0..T {
                    let whole = _mm512_sub_epi32(total[g][t], _mm512_slli_epi32::<5>(offset[t]));
                    let scale = _mm512_mul_ps(d, _mm512_set1_ps(*scales.add(t)));
                    acc[g][t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole), scale, acc[g][t]);
                }
            }
        }
        store(&acc, out);
    }
}

/// `vpdpbusd` wants one unsigned operand: weights are moved by 128, and the sums start 128 times the activations' sum lower.
///
/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn q8_tile<const G: usize, const T: usize>(place: Place, rows: Rows, out: &mut [Sums; 2]) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let next = place.next;
        let mut acc = [[_mm512_setzero_ps(); T]; G];
        for at in 0..place.units {
            let unit = place.tile.add(at * q8::BYTES);
            let q = rows.q.add(at * rows.stride * 64);
            let (scales, sums) = (rows.scales.add(at * rows.stride * 2), rows.sums.add(at * rows.stride * 2));
            for block in 0..2 {
                let data = unit.add(q8::DATA + block * 512);
                let mut dot = nothing::<G, T>();
                for g in 0..G {
                    ahead::<T, 9>(data.add(g * next));
                    for t in 0..T {
                        dot[g][t] = pair(sums.add(t * 2 + block));
                    }
                }
                for k in 0..8 {
                    let mut weights = [_mm512_setzero_si512(); G];
                    for g in 0..G {
                        weights[g] = _mm512_xor_si512(line(data.add(g * next + 64 * k)), _mm512_set1_epi8(-128));
                    }
                    dots(&mut dot, &weights, q.add(block * 32 + 4 * k), 64);
                }
                for g in 0..G {
                    let d = halves(unit.add(g * next + block * 32));
                    for t in 0..T {
                        let scale = _mm512_mul_ps(d, _mm512_set1_ps(*scales.add(t * 2 + block)));
                        acc[g][t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[g][t]), scale, acc[g][t]);
                    }
                }
            }
        }
        store(&acc, out);
    }
}
