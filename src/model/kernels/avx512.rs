//! The kernels for AVX-512 with VNNI: a line of 64 bytes is one operand of `vpdpbusd`, each of whose 16 sums is a row of
//! the tile.

#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

use super::key_values::{COLUMNS, FOUR, Shares};
use super::tile::{Place, Rows, Sums, TILES, q4, q6, q8};

/// How far ahead of the reading lines are asked for, for one row: a matrix is read once, from one end to the other.
const AHEAD: usize = 4608;
/// How far ahead for several rows, which compute longer on each line: first into the second-level cache, then on.
const FAR: usize = 8192;
const NEAR: usize = 1024;

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

/// Asks for what one row will read soon.
#[inline(always)]
unsafe fn ahead<const LINES: usize>(at: *const u8) {
    for line in 0..LINES {
        // SAFETY: a prefetch may point anywhere.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(AHEAD + 64 * line).cast()) };
    }
}

/// Asks for what more than `QUICK` rows will read: with so many, computing takes as long as the memory does. With fewer, the
/// processor's own foresight does better; in the 4-bit type it reads a quarter faster unasked.
#[inline(always)]
unsafe fn far_ahead<const T: usize, const QUICK: usize, const LINES: usize>(at: *const u8) {
    if T <= QUICK {
        return;
    }
    for line in 0..LINES {
        let at = at.wrapping_add(64 * line).cast::<i8>();
        // SAFETY: a prefetch may point anywhere.
        unsafe {
            _mm_prefetch::<_MM_HINT_T1>(at.wrapping_add(FAR));
            _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(NEAR));
        }
    }
}

/// The whole-number sums of `T` rows.
type Whole<const T: usize> = [__m512i; T];

#[inline(always)]
unsafe fn nothing<const T: usize>() -> Whole<T> {
    // SAFETY: the callers run on AVX-512.
    [unsafe { _mm512_setzero_si512() }; T]
}

/// `total += dot · scale`, the scales being those of the tile's rows.
#[inline(always)]
unsafe fn scaled<const T: usize>(total: &mut Whole<T>, dot: &Whole<T>, scale: __m512i) {
    for t in 0..T {
        // SAFETY: the callers run on AVX-512.
        total[t] = unsafe { _mm512_add_epi32(total[t], _mm512_mullo_epi32(dot[t], scale)) };
    }
}

/// Adds the products of four columns.
#[inline(always)]
unsafe fn dots<const T: usize>(dot: &mut Whole<T>, weights: __m512i, q: *const i8, row: usize) {
    for t in 0..T {
        // SAFETY: as in the callers.
        dot[t] = unsafe { _mm512_dpbusd_epi32(dot[t], weights, four(q.add(t * row))) };
    }
}

#[inline(always)]
unsafe fn store<const T: usize>(acc: &[__m512; T], out: &mut Sums) {
    for t in 0..T {
        // SAFETY: 16 floats.
        unsafe { _mm512_storeu_ps(out[t].as_mut_ptr(), acc[t]) };
    }
}

/// One block of 32 columns in the low or high halves of the bytes.
#[inline(always)]
unsafe fn q4_block<const T: usize, const HIGH: bool>(data: *const u8, q: *const i8) -> Whole<T> {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut dot = nothing();
        for k in 0..8 {
            let bytes = line(data.add(64 * k));
            let bytes = if HIGH { _mm512_srli_epi16::<4>(bytes) } else { bytes };
            dots(&mut dot, _mm512_and_si512(bytes, _mm512_set1_epi8(15)), q.add(4 * k), 256);
        }
        dot
    }
}

/// Both blocks at once, so that each line is loaded once: where the registers hold the sums of both.
#[inline(always)]
unsafe fn q4_both<const T: usize>(data: *const u8, q: *const i8) -> [Whole<T>; 2] {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let (mut low, mut high) = (nothing(), nothing());
        for k in 0..8 {
            let bytes = line(data.add(64 * k));
            let mask = _mm512_set1_epi8(15);
            dots(&mut low, _mm512_and_si512(bytes, mask), q.add(4 * k), 256);
            dots(&mut high, _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), mask), q.add(32 + 4 * k), 256);
        }
        [low, high]
    }
}

/// Activation rows up to which the sums of several blocks fit into the registers.
const FEW: usize = 4;

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn q4_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: all reads are inside the tile's units and the rows' units, which the caller vouches for.
    unsafe {
        let mut acc = [_mm512_setzero_ps(); T];
        for at in 0..place.units {
            let unit = place.tile.add(at * q4::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            let mut total = nothing::<T>();
            for two in 0..4 {
                let (data, q) = (unit.add(q4::DATA + two * 512), q.add(two * 64));
                far_ahead::<T, 2, 10>(unit.add(two * 576));
                let scale = |odd: usize| _mm512_cvtepu8_epi32(_mm_loadu_si128(unit.add((2 * two + odd) * 16).cast()));
                if T <= FEW {
                    let [low, high] = q4_both::<T>(data, q);
                    scaled(&mut total, &low, scale(0));
                    scaled(&mut total, &high, scale(1));
                } else {
                    scaled(&mut total, &q4_block::<T, false>(data, q), scale(0));
                    scaled(&mut total, &q4_block::<T, true>(data, q.add(32)), scale(1));
                }
            }
            let sums = rows.sums.add(at * rows.stride * 12);
            let scales = rows.scales.add(at * rows.stride);
            let mut least = nothing::<T>();
            for two in 0..4 {
                let mins = _mm512_cvtepu8_epi16(_mm256_loadu_si256(unit.add(q4::MINS + 32 * two).cast()));
                for t in 0..T {
                    least[t] = _mm512_dpwssd_epi32(least[t], mins, pair(sums.add(t * 12 + two)));
                }
            }
            let (d, dmin) = (halves(unit.add(q4::D)), halves(unit.add(q4::DMIN)));
            for t in 0..T {
                let scale = _mm512_set1_ps(*scales.add(t));
                let sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total[t]), _mm512_mul_ps(d, scale), acc[t]);
                acc[t] = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(least[t]), _mm512_mul_ps(dmin, scale), sum);
            }
        }
        store(&acc, out);
    }
}

/// Several tiles for one row, read side by side: each is a stream of its own to the processor's foresight, which alone does
/// not keep up with the memory here.
///
/// # Safety
/// As [`super::tile::Kernel`], for [`TILES`] tiles.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn q4_tiles(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut acc = [_mm512_setzero_ps(); TILES];
        for at in 0..place.units {
            let units: [*const u8; TILES] =
                std::array::from_fn(|tile| place.tile.add(tile * place.apart + at * q4::BYTES));
            let q = rows.q.add(at * rows.stride * 256);
            let mut total = nothing::<TILES>();
            for two in 0..4 {
                let (mut low, mut high) = (nothing::<TILES>(), nothing::<TILES>());
                for k in 0..8 {
                    let first = four(q.add(two * 64 + 4 * k));
                    let second = four(q.add(two * 64 + 32 + 4 * k));
                    for tile in 0..TILES {
                        let bytes = line(units[tile].add(q4::DATA + two * 512 + 64 * k));
                        let mask = _mm512_set1_epi8(15);
                        low[tile] = _mm512_dpbusd_epi32(low[tile], _mm512_and_si512(bytes, mask), first);
                        let upper = _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), mask);
                        high[tile] = _mm512_dpbusd_epi32(high[tile], upper, second);
                    }
                }
                for tile in 0..TILES {
                    let scales = units[tile].add(2 * two * 16);
                    let first = _mm512_cvtepu8_epi32(_mm_loadu_si128(scales.cast()));
                    let second = _mm512_cvtepu8_epi32(_mm_loadu_si128(scales.add(16).cast()));
                    total[tile] = _mm512_add_epi32(total[tile], _mm512_mullo_epi32(low[tile], first));
                    total[tile] = _mm512_add_epi32(total[tile], _mm512_mullo_epi32(high[tile], second));
                }
            }
            let sums = rows.sums.add(at * rows.stride * 12);
            let scale = _mm512_set1_ps(*rows.scales.add(at * rows.stride));
            for tile in 0..TILES {
                let mut least = _mm512_setzero_si512();
                for two in 0..4 {
                    let mins = _mm256_loadu_si256(units[tile].add(q4::MINS + 32 * two).cast());
                    least = _mm512_dpwssd_epi32(least, _mm512_cvtepu8_epi16(mins), pair(sums.add(two)));
                }
                let (d, dmin) = (halves(units[tile].add(q4::D)), halves(units[tile].add(q4::DMIN)));
                let sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total[tile]), _mm512_mul_ps(d, scale), acc[tile]);
                acc[tile] = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(least), _mm512_mul_ps(dmin, scale), sum);
            }
        }
        store(&acc, out);
    }
}

/// Four columns of the 6-bit type: the lines of low and high bits, moved to where the quarter's bits lie.
#[inline(always)]
unsafe fn q6_weights<const QUARTER: usize>(low: __m512i, high: __m512i) -> __m512i {
    // SAFETY: the callers run on AVX-512.
    unsafe {
        let low = if QUARTER < 2 { low } else { _mm512_srli_epi16::<4>(low) };
        let high = match QUARTER {
            0 => _mm512_slli_epi16::<4>(high),
            1 => _mm512_slli_epi16::<2>(high),
            2 => high,
            _ => _mm512_srli_epi16::<2>(high),
        };
        let high = _mm512_and_si512(high, _mm512_set1_epi8(0x30));
        // (low and 15) or high
        _mm512_ternarylogic_epi32::<0b1111_1000>(high, low, _mm512_set1_epi8(15))
    }
}

/// The scales of blocks `2 · QUARTER + odd` of a half.
#[inline(always)]
unsafe fn q6_scale(scales: *const u8, quarter: usize, odd: usize) -> __m512i {
    // SAFETY: as in `q6_tile`.
    unsafe {
        let both = _mm512_cvtepi16_epi32(_mm256_loadu_si256(scales.add(quarter * 32).cast()));
        if odd == 0 { _mm512_srai_epi32::<24>(_mm512_slli_epi32::<24>(both)) } else { _mm512_srai_epi32::<8>(both) }
    }
}

/// 32 columns of the 6-bit type, whose bits lie as `QUARTER` says, in two blocks of 16.
#[inline(always)]
unsafe fn q6_quarter<const T: usize, const QUARTER: usize>(
    total: &mut Whole<T>,
    data: *const u8,
    q: *const i8,
    scales: *const u8,
) {
    // SAFETY: as in `q6_tile`.
    unsafe {
        for odd in 0..2 {
            let mut dot = nothing::<T>();
            for k in 4 * odd..4 * odd + 4 {
                let low = line(data.add((3 * k + QUARTER % 2) * 64));
                let weights = q6_weights::<QUARTER>(low, line(data.add((3 * k + 2) * 64)));
                dots(&mut dot, weights, q.add(QUARTER * 32 + 4 * k), 256);
            }
            scaled(total, &dot, q6_scale(scales, QUARTER, odd));
        }
    }
}

/// All four quarters at once, so that each line is loaded once: where the registers hold the sums of all.
#[inline(always)]
unsafe fn q6_half<const T: usize>(total: &mut Whole<T>, data: *const u8, q: *const i8, scales: *const u8) {
    // SAFETY: as in `q6_tile`.
    unsafe {
        for odd in 0..2 {
            let mut dot = [nothing::<T>(); 4];
            for k in 4 * odd..4 * odd + 4 {
                let (first, second) = (line(data.add(3 * k * 64)), line(data.add((3 * k + 1) * 64)));
                let high = line(data.add((3 * k + 2) * 64));
                dots(&mut dot[0], q6_weights::<0>(first, high), q.add(4 * k), 256);
                dots(&mut dot[1], q6_weights::<1>(second, high), q.add(32 + 4 * k), 256);
                dots(&mut dot[2], q6_weights::<2>(first, high), q.add(64 + 4 * k), 256);
                dots(&mut dot[3], q6_weights::<3>(second, high), q.add(96 + 4 * k), 256);
            }
            for (quarter, dot) in dot.iter().enumerate() {
                scaled(total, dot, q6_scale(scales, quarter, odd));
            }
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn q6_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut acc = [_mm512_setzero_ps(); T];
        for at in 0..place.units {
            let unit = place.tile.add(at * q6::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            let mut total = nothing::<T>();
            for half in 0..2 {
                let (data, q) = (unit.add(q6::DATA + half * q6::HALF), q.add(half * 128));
                let scales = unit.add(half * 128);
                if T <= FEW / 2 {
                    q6_half::<T>(&mut total, data, q, scales);
                } else {
                    far_ahead::<T, 2, 7>(unit.add(4 * half * 448));
                    q6_quarter::<T, 0>(&mut total, data, q, scales);
                    far_ahead::<T, 2, 7>(unit.add((4 * half + 1) * 448));
                    q6_quarter::<T, 1>(&mut total, data, q, scales);
                    far_ahead::<T, 2, 7>(unit.add((4 * half + 2) * 448));
                    q6_quarter::<T, 2>(&mut total, data, q, scales);
                    far_ahead::<T, 2, 7>(unit.add((4 * half + 3) * 448));
                    q6_quarter::<T, 3>(&mut total, data, q, scales);
                }
            }
            let sums = rows.sums.add(at * rows.stride * 12 + 4);
            let scales = rows.scales.add(at * rows.stride);
            let mut offset = nothing::<T>();
            for two in 0..8 {
                let scales = _mm512_cvtepi8_epi16(_mm256_loadu_si256(unit.add(32 * two).cast()));
                for t in 0..T {
                    offset[t] = _mm512_dpwssd_epi32(offset[t], scales, pair(sums.add(t * 12 + two)));
                }
            }
            let d = halves(unit.add(q6::D));
            for t in 0..T {
                let whole = _mm512_sub_epi32(total[t], _mm512_slli_epi32::<5>(offset[t]));
                let scale = _mm512_mul_ps(d, _mm512_set1_ps(*scales.add(t)));
                acc[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole), scale, acc[t]);
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
pub(super) unsafe fn q8_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut acc = [_mm512_setzero_ps(); T];
        for at in 0..place.units {
            let unit = place.tile.add(at * q8::BYTES);
            let q = rows.q.add(at * rows.stride * 64);
            let (scales, sums) = (rows.scales.add(at * rows.stride * 2), rows.sums.add(at * rows.stride * 2));
            for block in 0..2 {
                let data = unit.add(q8::DATA + block * 512);
                if T == 1 {
                    ahead::<9>(data);
                }
                far_ahead::<T, 4, 9>(data);
                let mut dot = nothing::<T>();
                for t in 0..T {
                    dot[t] = pair(sums.add(t * 2 + block));
                }
                for k in 0..8 {
                    let weights = _mm512_xor_si512(line(data.add(64 * k)), _mm512_set1_epi8(-128));
                    dots(&mut dot, weights, q.add(block * 32 + 4 * k), 64);
                }
                let d = halves(unit.add(block * 32));
                for t in 0..T {
                    let scale = _mm512_mul_ps(d, _mm512_set1_ps(*scales.add(t * 2 + block)));
                    acc[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[t]), scale, acc[t]);
                }
            }
        }
        store(&acc, out);
    }
}

/// Several tiles for one row, as [`q4_tiles`].
///
/// # Safety
/// As [`super::tile::Kernel`], for [`TILES`] tiles.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn q8_tiles(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut acc = [_mm512_setzero_ps(); TILES];
        for at in 0..place.units {
            let units: [*const u8; TILES] =
                std::array::from_fn(|tile| place.tile.add(tile * place.apart + at * q8::BYTES));
            let q = rows.q.add(at * rows.stride * 64);
            let (scales, sums) = (rows.scales.add(at * rows.stride * 2), rows.sums.add(at * rows.stride * 2));
            for block in 0..2 {
                let mut dot = [pair(sums.add(block)); TILES];
                for k in 0..8 {
                    let four = four(q.add(block * 32 + 4 * k));
                    for tile in 0..TILES {
                        let weights = line(units[tile].add(q8::DATA + block * 512 + 64 * k));
                        let weights = _mm512_xor_si512(weights, _mm512_set1_epi8(-128));
                        dot[tile] = _mm512_dpbusd_epi32(dot[tile], weights, four);
                    }
                }
                let scale = _mm512_set1_ps(*scales.add(block));
                for tile in 0..TILES {
                    let scale = _mm512_mul_ps(halves(units[tile].add(block * 32)), scale);
                    acc[tile] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[tile]), scale, acc[tile]);
                }
            }
        }
        store(&acc, out);
    }
}

/// # Safety
/// As [`super::key_values::MixKernel`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn mix<const R: usize>(
    values: *const i8,
    scales: &[f32],
    shares: [&[f32]; R],
    sums: &mut [[f32; COLUMNS]; R],
) {
    // SAFETY: all reads are inside the groups that the caller vouches for, and inside the shares of a page.
    unsafe {
        let mut rounded = [const { Shares::NONE }; R];
        for row in 0..R {
            rounded[row].round(shares[row], scales);
        }
        let (mut high, mut low) = ([nothing::<4>(); R], [nothing::<4>(); R]);
        for at in 0..scales.len().div_ceil(FOUR) {
            let group = values.add(at * FOUR * COLUMNS);
            ahead::<4>(group.cast());
            for part in 0..4 {
                let values = line(group.add(64 * part).cast());
                for row in 0..R {
                    let four = |shares: &[u8]| four(shares.as_ptr().add(at * FOUR).cast());
                    high[row][part] = _mm512_dpbusd_epi32(high[row][part], four(&rounded[row].high), values);
                    low[row][part] = _mm512_dpbusd_epi32(low[row][part], four(&rounded[row].low), values);
                }
            }
        }
        for row in 0..R {
            for part in 0..4 {
                let sum = _mm512_add_epi32(_mm512_slli_epi32::<7>(high[row][part]), low[row][part]);
                let sum = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(rounded[row].unit));
                _mm512_storeu_ps(sums[row].as_mut_ptr().add(16 * part), sum);
            }
        }
    }
}
