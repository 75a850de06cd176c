//! The kernels in plain Rust: what the others must equal bit for bit, and what runs where no other can.

use half::f16;

use super::key_values::{COLUMNS, FOUR, Shares};
use super::tile::{Place, ROWS, Rows, Sums, q4, q6, q8};

/// The low or high i16 of pair `at / 2`.
fn half_of(sums: &[i32], at: usize) -> i32 {
    i32::from((sums[at / 2] >> (16 * (at % 2))) as i16)
}

fn half_float(unit: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([unit[at], unit[at + 1]]).to_f32()
}

/// One activation row's part of a unit: values, scales, sums.
///
/// # Safety
/// As [`super::tile::Kernel`], `columns`, `scales` and `sums` being those of the format.
unsafe fn unit_of<'a>(
    rows: Rows,
    unit: usize,
    token: usize,
    [columns, scales, sums]: [usize; 3],
) -> (&'a [i8], &'a [f32], &'a [i32]) {
    let at = unit * rows.stride + token;
    // SAFETY: inside what the caller vouches for.
    unsafe {
        (
            std::slice::from_raw_parts(rows.q.add(at * columns), columns),
            std::slice::from_raw_parts(rows.scales.add(at * scales), scales),
            std::slice::from_raw_parts(rows.sums.add(at * sums), sums),
        )
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
pub(super) unsafe fn q4_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    let Place { tile, units, .. } = place;
    for (token, out) in out.iter_mut().enumerate().take(T) {
        *out = [0.0; ROWS];
        for at in 0..units {
            // SAFETY: the caller's promise.
            let (unit, (q, scales, sums)) = unsafe {
                (
                    std::slice::from_raw_parts(tile.add(at * q4::BYTES), q4::BYTES),
                    unit_of(rows, at, token, [256, 1, 12]),
                )
            };
            for (row, out) in out.iter_mut().enumerate() {
                let (mut total, mut least) = (0i32, 0i32);
                for block in 0..8 {
                    let mut dot = 0i32;
                    for column in 0..32 {
                        let byte = unit[q4::DATA + block / 2 * 512 + column / 4 * 64 + 4 * row + column % 4];
                        let weight = (byte >> (4 * (block % 2))) & 15;
                        dot += i32::from(weight) * i32::from(q[block * 32 + column]);
                    }
                    total += dot * i32::from(unit[block * ROWS + row]);
                    least += half_of(sums, block) * i32::from(unit[q4::MINS + block / 2 * 32 + 2 * row + block % 2]);
                }
                let (d, dmin) = (half_float(unit, q4::D + 2 * row), half_float(unit, q4::DMIN + 2 * row));
                *out = (total as f32).mul_add(d * scales[0], *out);
                *out = (-(least as f32)).mul_add(dmin * scales[0], *out);
            }
        }
    }
}

/// # Safety
/// As [`super::tile::Kernel`].
pub(super) unsafe fn q6_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    let Place { tile, units, .. } = place;
    for (token, out) in out.iter_mut().enumerate().take(T) {
        *out = [0.0; ROWS];
        for at in 0..units {
            // SAFETY: the caller's promise.
            let (unit, (q, scales, sums)) = unsafe {
                (
                    std::slice::from_raw_parts(tile.add(at * q6::BYTES), q6::BYTES),
                    unit_of(rows, at, token, [256, 1, 12]),
                )
            };
            for (row, out) in out.iter_mut().enumerate() {
                let (mut total, mut offset) = (0i32, 0i32);
                for block in 0..16 {
                    let mut dot = 0i32;
                    for column in block * 16..block * 16 + 16 {
                        dot += i32::from(q6_weight(unit, row, column)) * i32::from(q[column]);
                    }
                    let scale = i32::from(unit[block / 2 * 32 + 2 * row + block % 2].cast_signed());
                    total += dot * scale;
                    offset += half_of(&sums[4..], block) * scale;
                }
                let d = half_float(unit, q6::D + 2 * row);
                *out = ((total - (offset << 5)) as f32).mul_add(d * scales[0], *out);
            }
        }
    }
}

/// The weight without its offset of 32, as `dequantize_row_q6_K` finds it.
fn q6_weight(unit: &[u8], row: usize, column: usize) -> u8 {
    let (half, quarter, at) = (column / 128, column % 128 / 32, column % 32);
    let data = &unit[q6::DATA + half * q6::HALF..];
    let byte = |line: usize| data[line * 64 + 4 * row + at % 4];
    let low = byte(at / 4 * 3 + quarter % 2) >> (4 * (quarter / 2)) & 15;
    let high = byte(at / 4 * 3 + 2) >> (2 * quarter) & 3;
    low | high << 4
}

/// # Safety
/// As [`super::tile::Kernel`].
pub(super) unsafe fn q8_tile<const T: usize>(place: Place, rows: Rows, out: &mut Sums) {
    let Place { tile, units, .. } = place;
    for (token, out) in out.iter_mut().enumerate().take(T) {
        *out = [0.0; ROWS];
        for at in 0..units {
            // SAFETY: the caller's promise.
            let (unit, (q, scales, _)) = unsafe {
                (std::slice::from_raw_parts(tile.add(at * q8::BYTES), q8::BYTES), unit_of(rows, at, token, [64, 2, 2]))
            };
            for block in 0..2 {
                for (row, out) in out.iter_mut().enumerate() {
                    let mut dot = 0i32;
                    for column in 0..32 {
                        let byte = unit[q8::DATA + block * 512 + column / 4 * 64 + 4 * row + column % 4];
                        dot += i32::from(byte.cast_signed()) * i32::from(q[block * 32 + column]);
                    }
                    let d = half_float(unit, block * 32 + 2 * row);
                    *out = (dot as f32).mul_add(d * scales[block], *out);
                }
            }
        }
    }
}

/// # Safety
/// As [`super::key_values::MixKernel`].
pub(super) unsafe fn mix<const R: usize>(
    values: *const i8,
    scales: &[f32],
    shares: [&[f32]; R],
    sums: &mut [[f32; COLUMNS]; R],
) {
    // SAFETY: the caller's promise.
    let values = unsafe { std::slice::from_raw_parts(values, scales.len().div_ceil(FOUR) * FOUR * COLUMNS) };
    for (shares, sums) in shares.into_iter().zip(sums) {
        let mut rounded = Shares::NONE;
        rounded.round(shares, scales);
        let mut whole = [0; COLUMNS];
        for (at, group) in values.chunks_exact(FOUR * COLUMNS).enumerate() {
            for (sum, four) in whole.iter_mut().zip(group.chunks_exact(FOUR)) {
                for (position, value) in (at * FOUR..).zip(four) {
                    let share = i32::from(rounded.high[position]) << 7 | i32::from(rounded.low[position]);
                    *sum += share * i32::from(*value);
                }
            }
        }
        *sums = whole.map(|sum| sum as f32 * rounded.unit);
    }
}
