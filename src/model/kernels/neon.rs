//! The kernels for NEON with its products of four: a line of 64 bytes is four operands of `sdot`, each of whose four sums is
//! a row of the tile.

#[allow(clippy::wildcard_imports)]
use std::arch::aarch64::*;
use std::arch::asm;

use super::key_values::{COLUMNS, FOUR, Shares};
use super::tile::{Place, Rows, Sums, q4, q6, q8};

/// Operands in a line, and rows in an operand.
const PARTS: usize = 4;

/// Adds to each sum the products of its four weights with the four activations. The intrinsic is not stable yet.
#[inline(always)]
unsafe fn dot(mut sum: int32x4_t, weights: int8x16_t, four: int8x16_t) -> int32x4_t {
    // SAFETY: the kernels run where there is `sdot`.
    unsafe {
        asm!(".arch_extension dotprod", "sdot {0:v}.4s, {1:v}.16b, {2:v}.16b",
            inout(vreg) sum, in(vreg) weights, in(vreg) four, options(pure, nomem, nostack, preserves_flags));
    }
    sum
}

/// Four numbers in half precision. The intrinsic is not stable yet.
#[inline(always)]
unsafe fn halves(at: *const u8) -> float32x4_t {
    let wide: float32x4_t;
    // SAFETY: the caller's promise; the read may be unaligned.
    unsafe {
        let narrow = vld1_u8(at);
        asm!("fcvtl {0:v}.4s, {1:v}.4h", out(vreg) wide, in(vreg) narrow, options(pure, nomem, nostack));
    }
    wide
}

/// Four activations of one row, for all rows of weights.
#[inline(always)]
unsafe fn four(q: *const i8) -> int8x16_t {
    // SAFETY: the caller's promise; the read may be unaligned.
    unsafe { vreinterpretq_s8_s32(vdupq_n_s32(q.cast::<i32>().read_unaligned())) }
}

/// The whole-number sums of four rows of weights with `T` rows of activations.
type Whole<const T: usize> = [int32x4_t; T];

#[inline(always)]
unsafe fn nothing<const T: usize>() -> Whole<T> {
    // SAFETY: the callers run on NEON.
    [unsafe { vdupq_n_s32(0) }; T]
}

/// Adds the products of four columns; `row` is the distance of two rows of activations.
#[inline(always)]
unsafe fn dots<const T: usize>(sums: &mut Whole<T>, weights: int8x16_t, q: *const i8, row: usize) {
    for t in 0..T {
        // SAFETY: as in the callers.
        sums[t] = unsafe { dot(sums[t], weights, four(q.add(t * row))) };
    }
}

/// `total += dots · scale`
#[inline(always)]
unsafe fn scaled<const T: usize>(total: &mut Whole<T>, dots: &Whole<T>, scale: int32x4_t) {
    for t in 0..T {
        // SAFETY: the callers run on NEON.
        total[t] = unsafe { vmlaq_s32(total[t], dots[t], scale) };
    }
}

/// Adds the products of pairs, two for each of four rows, with a pair of activations' sums; `sums` are `row` apart.
#[inline(always)]
unsafe fn pairs<const T: usize>(total: &mut Whole<T>, pairs: int16x8_t, sums: *const i32, row: usize) {
    for t in 0..T {
        // SAFETY: as in the callers.
        unsafe {
            let pair = vreinterpretq_s16_s32(vdupq_n_s32(*sums.add(t * row)));
            let (low, high) = (vmull_s16(vget_low_s16(pairs), vget_low_s16(pair)), vmull_high_s16(pairs, pair));
            total[t] = vaddq_s32(total[t], vpaddq_s32(low, high));
        }
    }
}

#[inline(always)]
unsafe fn store<const T: usize>(acc: &[[float32x4_t; T]; PARTS], out: &mut Sums) {
    for part in 0..PARTS {
        for t in 0..T {
            // SAFETY: 16 floats.
            unsafe { vst1q_f32(out[t].as_mut_ptr().add(4 * part), acc[part][t]) };
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn q4_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: all reads are inside the tile's units and the rows' units, which the caller vouches for.
    unsafe {
        let mut acc = [[vdupq_n_f32(0.0); T]; PARTS];
        for at in 0..place.units {
            let unit = place.tile.add(at * q4::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            let sums = rows.sums.add(at * rows.stride * 12);
            let scales = rows.scales.add(at * rows.stride);
            for part in 0..PARTS {
                let (mut total, mut least) = (nothing::<T>(), nothing::<T>());
                for two in 0..4 {
                    let (data, q) = (unit.add(q4::DATA + two * 512 + 16 * part), q.add(two * 64));
                    let (mut low, mut high) = (nothing::<T>(), nothing::<T>());
                    for k in 0..8 {
                        let bytes = vld1q_u8(data.add(64 * k));
                        let lower = vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(15)));
                        dots(&mut low, lower, q.add(4 * k), 256);
                        dots(&mut high, vreinterpretq_s8_u8(vshrq_n_u8::<4>(bytes)), q.add(32 + 4 * k), 256);
                    }
                    scaled(&mut total, &low, q4_scale(unit.add(2 * two * 16 + 4 * part)));
                    scaled(&mut total, &high, q4_scale(unit.add((2 * two + 1) * 16 + 4 * part)));
                    let mins = vreinterpretq_s16_u16(vmovl_u8(vld1_u8(unit.add(q4::MINS + 32 * two + 8 * part))));
                    pairs(&mut least, mins, sums.add(two), 12);
                }
                let (d, dmin) = (halves(unit.add(q4::D + 8 * part)), halves(unit.add(q4::DMIN + 8 * part)));
                for t in 0..T {
                    let scale = vdupq_n_f32(*scales.add(t));
                    let sum = vfmaq_f32(acc[part][t], vcvtq_f32_s32(total[t]), vmulq_f32(d, scale));
                    acc[part][t] = vfmsq_f32(sum, vcvtq_f32_s32(least[t]), vmulq_f32(dmin, scale));
                }
            }
        }
        store(&acc, out);
    }
}

/// The scales of four rows.
#[inline(always)]
unsafe fn q4_scale(at: *const u8) -> int32x4_t {
    // SAFETY: as in `q4_tile`; the read may be unaligned.
    unsafe {
        let bytes = vcreate_u8(u64::from(at.cast::<u32>().read_unaligned()));
        vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(bytes))))
    }
}

/// Four columns of the 6-bit type out of the lines of low and high bits, in the quarter whose bits lie as `QUARTER` says.
#[inline(always)]
unsafe fn q6_weights<const QUARTER: usize>(low: uint8x16_t, high: uint8x16_t) -> int8x16_t {
    // SAFETY: the callers run on NEON.
    unsafe {
        let low = if QUARTER < 2 { vandq_u8(low, vdupq_n_u8(15)) } else { vshrq_n_u8::<4>(low) };
        let high = match QUARTER {
            0 => vshlq_n_u8::<4>(high),
            1 => vshlq_n_u8::<2>(high),
            2 => high,
            _ => vshrq_n_u8::<2>(high),
        };
        vreinterpretq_s8_u8(vorrq_u8(low, vandq_u8(high, vdupq_n_u8(0x30))))
    }
}

/// 32 columns of the 6-bit type in two blocks of 16; `scales` are those of the half and the four rows.
#[inline(always)]
unsafe fn q6_quarter<const T: usize, const QUARTER: usize>(
    total: &mut Whole<T>,
    data: *const u8,
    q: *const i8,
    scales: *const u8,
) {
    // SAFETY: as in `q6_tile`.
    unsafe {
        let both = vreinterpretq_s32_s16(vmovl_s8(vld1_s8(scales.add(QUARTER * 32).cast())));
        for odd in 0..2 {
            let mut sums = nothing::<T>();
            for k in 4 * odd..4 * odd + 4 {
                let low = vld1q_u8(data.add((3 * k + QUARTER % 2) * 64));
                let high = vld1q_u8(data.add((3 * k + 2) * 64));
                dots(&mut sums, q6_weights::<QUARTER>(low, high), q.add(QUARTER * 32 + 4 * k), 256);
            }
            let scale = if odd == 0 { vshrq_n_s32::<16>(vshlq_n_s32::<16>(both)) } else { vshrq_n_s32::<16>(both) };
            scaled(total, &sums, scale);
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn q6_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut acc = [[vdupq_n_f32(0.0); T]; PARTS];
        for at in 0..place.units {
            let unit = place.tile.add(at * q6::BYTES);
            let q = rows.q.add(at * rows.stride * 256);
            let sums = rows.sums.add(at * rows.stride * 12 + 4);
            let scales = rows.scales.add(at * rows.stride);
            for part in 0..PARTS {
                let (mut total, mut offset) = (nothing::<T>(), nothing::<T>());
                for half in 0..2 {
                    let (data, q) = (unit.add(q6::DATA + half * q6::HALF + 16 * part), q.add(half * 128));
                    let scales = unit.add(half * 128 + 8 * part);
                    q6_quarter::<T, 0>(&mut total, data, q, scales);
                    q6_quarter::<T, 1>(&mut total, data, q, scales);
                    q6_quarter::<T, 2>(&mut total, data, q, scales);
                    q6_quarter::<T, 3>(&mut total, data, q, scales);
                }
                for two in 0..8 {
                    let scales = vmovl_s8(vld1_s8(unit.add(32 * two + 8 * part).cast()));
                    pairs(&mut offset, scales, sums.add(two), 12);
                }
                let d = halves(unit.add(q6::D + 8 * part));
                for t in 0..T {
                    let whole = vsubq_s32(total[t], vshlq_n_s32::<5>(offset[t]));
                    let scale = vmulq_f32(d, vdupq_n_f32(*scales.add(t)));
                    acc[part][t] = vfmaq_f32(acc[part][t], vcvtq_f32_s32(whole), scale);
                }
            }
        }
        store(&acc, out);
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn q8_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    // SAFETY: as in `q4_tile`.
    unsafe {
        let mut acc = [[vdupq_n_f32(0.0); T]; PARTS];
        for at in 0..place.units {
            let unit = place.tile.add(at * q8::BYTES);
            let q = rows.q.add(at * rows.stride * 64);
            let scales = rows.scales.add(at * rows.stride * 2);
            for block in 0..2 {
                for part in 0..PARTS {
                    let data = unit.add(q8::DATA + block * 512 + 16 * part);
                    let mut sums = nothing::<T>();
                    for k in 0..8 {
                        let weights = vld1q_s8(data.add(64 * k).cast());
                        dots(&mut sums, weights, q.add(block * 32 + 4 * k), 64);
                    }
                    let d = halves(unit.add(block * 32 + 8 * part));
                    for t in 0..T {
                        let scale = vmulq_f32(d, vdupq_n_f32(*scales.add(t * 2 + block)));
                        acc[part][t] = vfmaq_f32(acc[part][t], vcvtq_f32_s32(sums[t]), scale);
                    }
                }
            }
        }
        store(&acc, out);
    }
}

/// # Safety
/// As [`super::key_values::MixKernel`].
#[target_feature(enable = "neon,dotprod")]
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
        // A line is four positions of 16 columns.
        for line in 0..COLUMNS / 16 {
            let (mut high, mut low) = ([nothing::<PARTS>(); R], [nothing::<PARTS>(); R]);
            for at in 0..scales.len().div_ceil(FOUR) {
                for part in 0..PARTS {
                    let values = vld1q_s8(values.add(at * FOUR * COLUMNS + 64 * line + 16 * part));
                    for row in 0..R {
                        let four = |shares: &[u8]| four(shares.as_ptr().add(at * FOUR).cast());
                        high[row][part] = dot(high[row][part], values, four(&rounded[row].high));
                        low[row][part] = dot(low[row][part], values, four(&rounded[row].low));
                    }
                }
            }
            for row in 0..R {
                for part in 0..PARTS {
                    let sum = vaddq_s32(vshlq_n_s32::<7>(high[row][part]), low[row][part]);
                    let sum = vmulq_f32(vcvtq_f32_s32(sum), vdupq_n_f32(rounded[row].unit));
                    vst1q_f32(sums[row].as_mut_ptr().add(16 * line + 4 * part), sum);
                }
            }
        }
    }
}
