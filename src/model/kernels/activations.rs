//! Rows of activations, rounded to int8 for the products: one scale for 256 columns beside the 4- and 6-bit types, one for
//! 32 beside the 8-bit type, as ggml does (Q8_K, Q8_0).

use super::packed::BlockFormat;
use super::pool::{Pool, Shared};
use super::tile::{MAX_TOKENS, Rows};

/// How the columns are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Units of 256 columns with one scale; 12 i32 of sums: four pairs of the i16 sums of 32 columns, then eight pairs of
    /// those of 16.
    Wide,
    /// Units of 64 columns with two scales, and two i32: -128 times the sum of each 32 columns.
    Narrow,
}

impl Cut {
    fn columns(self) -> usize {
        match self {
            Self::Wide => 256,
            Self::Narrow => 64,
        }
    }

    fn scales(self) -> usize {
        match self {
            Self::Wide => 1,
            Self::Narrow => 2,
        }
    }

    fn sums(self) -> usize {
        match self {
            Self::Wide => 12,
            Self::Narrow => 2,
        }
    }
}

/// Quantised rows. Blocks of up to 8 rows lie one after the other, each `[unit][row][columns of a unit]`; columns are
/// filled up with zeros. The room is kept from one use to the next.
#[derive(Debug)]
pub(crate) struct Activations {
    cut: Cut,
    rows: usize,
    units: usize,
    q: Vec<i8>,
    scales: Vec<f32>,
    sums: Vec<i32>,
}

impl Activations {
    /// An empty place for activations that are multiplied with weights of `format`.
    pub(crate) fn new(format: BlockFormat) -> Self {
        let cut = if format == BlockFormat::Q8 { Cut::Narrow } else { Cut::Wide };
        Self { cut, rows: 0, units: 0, q: Vec::new(), scales: Vec::new(), sums: Vec::new() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn units(&self) -> usize {
        self.units
    }

    pub(crate) fn fits(&self, format: BlockFormat) -> bool {
        (self.cut == Cut::Narrow) == (format == BlockFormat::Q8)
    }

    /// Takes in `x`, f32 `[rows, columns]`.
    pub(crate) fn quantise(&mut self, pool: &Pool, x: &[f32], columns: usize) {
        let rows = x.len() / columns;
        let cut = self.cut;
        let units = columns.div_ceil(cut.columns());
        (self.rows, self.units) = (rows, units);
        grow(&mut self.q, rows * units * cut.columns());
        grow(&mut self.scales, rows * units * cut.scales());
        grow(&mut self.sums, rows * units * cut.sums());
        let (q, scales, sums) = (Shared::new(&mut self.q), Shared::new(&mut self.scales), Shared::new(&mut self.sums));
        let blocks = rows.div_ceil(MAX_TOKENS);
        // Few rows are cut along the columns as well, so that all threads have work.
        let pieces = if blocks == 1 && units * rows >= 64 { 2 * pool.threads() } else { 1 };
        let share = units.div_ceil(pieces);
        pool.run(blocks * pieces, &|item, _| {
            let (block, piece) = (item / pieces, item % pieces);
            let first = block * MAX_TOKENS;
            let count = MAX_TOKENS.min(rows - first);
            for unit in piece * share..((piece + 1) * share).min(units) {
                for row in 0..count {
                    let at = first * units + unit * count + row;
                    let from = (first + row) * columns;
                    let start = unit * cut.columns();
                    let x = &x[from + start..from + columns.min(start + cut.columns())];
                    // SAFETY: each `at` belongs to one item.
                    let (q, scales, sums) = unsafe {
                        (
                            q.part(at * cut.columns(), cut.columns()),
                            scales.part(at * cut.scales(), cut.scales()),
                            sums.part(at * cut.sums(), cut.sums()),
                        )
                    };
                    match cut {
                        Cut::Wide => wide(x, q, scales, sums),
                        Cut::Narrow => narrow(x, q, scales, sums),
                    }
                }
            }
        });
    }

    /// The rows from `first` on within its block of 8, for a kernel.
    pub(super) fn block(&self, first: usize) -> Rows {
        let start = first / MAX_TOKENS * MAX_TOKENS;
        let stride = MAX_TOKENS.min(self.rows - start);
        let at = start * self.units + (first - start);
        Rows {
            q: self.q[at * self.cut.columns()..].as_ptr(),
            scales: self.scales[at * self.cut.scales()..].as_ptr(),
            sums: self.sums[at * self.cut.sums()..].as_ptr(),
            stride,
        }
    }

    /// What one row became, in f32: for the tests' reference.
    #[cfg(test)]
    pub(super) fn restored(&self, row: usize) -> Vec<f32> {
        let rows = self.block(row);
        let (columns, per) = (self.cut.columns(), self.cut.columns() / self.cut.scales());
        let mut out = Vec::new();
        for unit in 0..self.units {
            for column in 0..columns {
                // SAFETY: inside the row's own unit.
                let (q, scale) = unsafe {
                    (
                        *rows.q.add(unit * rows.stride * columns + column),
                        *rows.scales.add(unit * rows.stride * self.cut.scales() + column / per),
                    )
                };
                out.push(f32::from(q) * scale);
            }
        }
        out
    }
}

fn grow<T: Clone + Default>(vec: &mut Vec<T>, len: usize) {
    if vec.len() < len {
        vec.resize(len, T::default());
    }
}

/// Rounds to -127..=127 by the largest of `x` and gives the scale; what `x` doesn't fill becomes zero.
pub(super) fn round(x: &[f32], q: &mut [i8]) -> f32 {
    // Numbers that are not negative are ordered as their bits are.
    let largest = f32::from_bits(x.iter().map(|value| value.abs().to_bits()).fold(0, u32::max));
    let scale = largest / 127.0;
    let inverse = if scale > f32::MIN_POSITIVE { 127.0 / largest } else { 0.0 };
    let (filled, empty) = q.split_at_mut(x.len());
    for (q, value) in filled.iter_mut().zip(x) {
        // Adding 1.5 · 2^23 rounds, ties to even, and leaves the number in the lowest bits.
        *q = (value * inverse + 12_582_912.0).to_bits() as i8;
    }
    empty.fill(0);
    if inverse > 0.0 { scale } else { 0.0 }
}

fn sum(q: &[i8]) -> i32 {
    q.iter().map(|q| i32::from(*q)).sum()
}

fn wide(x: &[f32], q: &mut [i8], scales: &mut [f32], sums: &mut [i32]) {
    scales[0] = round(x, q);
    let mut of_16 = [0i32; 16];
    for (sum_of_16, q) in of_16.iter_mut().zip(q.chunks_exact(16)) {
        *sum_of_16 = sum(q);
    }
    let pair = |low: i32, high: i32| (low & 0xffff) | (high << 16);
    for at in 0..4 {
        let four = &of_16[4 * at..4 * at + 4];
        sums[at] = pair(four[0] + four[1], four[2] + four[3]);
        sums[4 + 2 * at] = pair(four[0], four[1]);
        sums[5 + 2 * at] = pair(four[2], four[3]);
    }
}

fn narrow(x: &[f32], q: &mut [i8], scales: &mut [f32], sums: &mut [i32]) {
    for (at, q) in q.chunks_exact_mut(32).enumerate() {
        let from = (at * 32).min(x.len());
        scales[at] = round(&x[from..x.len().min(from + 32)], q);
        sums[at] = -128 * sum(q);
    }
}
