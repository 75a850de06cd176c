//! Products of f32 matrices that lie in slices, in the manner of Goto and van de Geijn (2008): the right side is copied into
//! panels once, for all threads; each thread then takes some rows of the left side at a time, copies them too, and lets a
//! kernel go over pairs of panels, so that what it reads lies near and in order.
//!
//! The sum of an element is made up of pieces of [`tile::DEPTH`] products, each added in order, and these are added in order:
//! it depends neither on the number of threads nor on the instructions.

mod pack;
#[cfg(test)]
mod tests;
mod tile;

use std::ops::Range;

use rayon::prelude::*;

use self::tile::{DEPTH, LARGEST, Tile};
use super::isa::Isa;

/// Rows of the left side that are taken at a time: their copy stays in the second-level cache.
const ROWS_AT_ONCE: usize = 128;
/// Elements of the right side that are copied at a time.
const RHS_AT_ONCE: usize = 1 << 22;

/// A matrix in a slice: `rows × cols`, with the distance from one row, and one column, to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mat<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> Mat<'a> {
    /// `rows × cols` by rows, `stride` apart.
    pub(crate) fn new(data: &'a [f32], rows: usize, cols: usize, stride: usize) -> Self {
        assert!(cols <= stride && last(rows, cols, stride) <= data.len(), "matrix larger than its slice");
        Self { data, rows, cols, row_stride: stride, col_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub(crate) fn t(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }
}

/// Elements up to the last of a matrix.
fn last(rows: usize, cols: usize, stride: usize) -> usize {
    if rows == 0 || cols == 0 { 0 } else { (rows - 1) * stride + cols }
}

/// A matrix to write: `cols` wide, rows `stride` apart.
#[derive(Debug)]
pub(crate) struct Out<'a> {
    data: &'a mut [f32],
    cols: usize,
    stride: usize,
    keep: bool,
}

impl<'a> Out<'a> {
    /// What was there is overwritten.
    pub(crate) fn set(data: &'a mut [f32], cols: usize, stride: usize) -> Self {
        Self { data, cols, stride, keep: false }
    }

    /// The product is added to what is there.
    pub(crate) fn add(data: &'a mut [f32], cols: usize, stride: usize) -> Self {
        Self { data, cols, stride, keep: true }
    }
}

/// `out = scale · lhs · rhs`, or added to it, on `threads` threads. The sum of an element does not depend on their number.
///
/// # Panics
/// When the sizes don't fit each other: a fault of the caller's.
pub(crate) fn product(out: Out, lhs: Mat, rhs: Mat, scale: f32, threads: usize) {
    product_with(Isa::detect(), out, lhs, rhs, scale, threads);
}

/// [`product`] with the kernels of an instruction set that this processor has.
fn product_with(isa: Isa, out: Out, lhs: Mat, rhs: Mat, scale: f32, threads: usize) {
    let (m, n) = (lhs.rows, rhs.cols);
    assert!(rhs.rows == lhs.cols && out.cols == n && n <= out.stride, "matrices do not fit each other");
    let size = last(m, n, out.stride);
    assert!(size <= out.data.len(), "result larger than its slice");
    if size == 0 {
        return;
    }
    let Out { data, stride, keep, .. } = out;
    let job = Job { lhs, rhs, scale, stride, keep, threads };
    let out = &mut data[..size];
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => job.run(out, tile::AVX512),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => job.run(out, tile::AVX2),
        _ => job.run(out, tile::PLAIN),
    }
}

/// A product whose sizes fit.
#[derive(Clone, Copy)]
struct Job<'a> {
    lhs: Mat<'a>,
    rhs: Mat<'a>,
    scale: f32,
    stride: usize,
    keep: bool,
    threads: usize,
}

impl Job<'_> {
    fn run<const ROWS: usize, const COLUMNS: usize>(self, out: &mut [f32], tile: Tile<ROWS, COLUMNS>) {
        let (m, n, depth) = (self.lhs.rows, self.rhs.cols, self.lhs.cols);
        if depth == 0 {
            if !self.keep {
                out.chunks_mut(self.stride).for_each(|row| row[..n].fill(0.0));
            }
            return;
        }
        // Two parts for each thread at least: one that is held up leaves the next to the others.
        let rows = m.div_ceil(2 * self.threads).next_multiple_of(ROWS).min(ROWS_AT_ONCE.next_multiple_of(ROWS));
        let panel = DEPTH.min(depth) * COLUMNS;
        let columns = (RHS_AT_ONCE / depth).next_multiple_of(COLUMNS);
        for first in (0..n).step_by(columns) {
            let columns = first..(first + columns).min(n);
            let count = columns.len().div_ceil(COLUMNS);
            let size = depth.div_ceil(DEPTH) * count * panel;
            pack::with_scratch(&pack::RHS, size, |panels| {
                let pack = |(number, out): (usize, &mut [f32])| {
                    let start = number / count * DEPTH;
                    let depths = start..(start + DEPTH).min(depth);
                    pack::rhs::<COLUMNS>(out, self.rhs, depths, columns.start + number % count * COLUMNS);
                };
                if self.threads > 1 {
                    panels.par_chunks_exact_mut(panel).enumerate().for_each(pack);
                } else {
                    panels.chunks_exact_mut(panel).enumerate().for_each(pack);
                }
                let panels = Panels { all: panels, size: panel, count };
                let multiply = |(part, out): (usize, &mut [f32])| {
                    let rows = part * rows..((part + 1) * rows).min(m);
                    self.rows(out, rows, columns.clone(), panels, tile);
                };
                if self.threads > 1 {
                    out.par_chunks_mut(rows * self.stride).enumerate().with_max_len(1).for_each(multiply);
                } else {
                    out.chunks_mut(rows * self.stride).enumerate().for_each(multiply);
                }
            });
        }
    }
}

/// The right side as it was copied: for each [`DEPTH`] of its rows, `count` panels of `size` elements.
#[derive(Clone, Copy)]
struct Panels<'a> {
    all: &'a [f32],
    size: usize,
    count: usize,
}

impl Job<'_> {
    /// Some rows of the result, which `out` starts with, and of these some columns.
    fn rows<const ROWS: usize, const COLUMNS: usize>(
        self,
        out: &mut [f32],
        rows: Range<usize>,
        columns: Range<usize>,
        panels: Panels,
        tile: Tile<ROWS, COLUMNS>,
    ) {
        let (order, stride) = (pack::order(self.lhs), self.stride);
        let lhs_size = Tile::<ROWS, COLUMNS>::lhs_size(order);
        pack::with_scratch(&pack::LHS, rows.len().div_ceil(ROWS) * lhs_size, |lhs| {
            for (block, rhs) in panels.all.chunks_exact(panels.count * panels.size).enumerate() {
                let depths = block * DEPTH..((block + 1) * DEPTH).min(self.lhs.cols);
                let (depth, keep) = (depths.len(), self.keep || block > 0);
                pack::lhs::<ROWS>(lhs, self.lhs, rows.clone(), depths);
                for (column, rhs) in columns.clone().step_by(COLUMNS).zip(rhs.chunks_exact(panels.size)) {
                    for (row, lhs) in (0..rows.len()).step_by(ROWS).zip(lhs.chunks_exact(lhs_size)) {
                        let out = &mut out[row * stride + column..];
                        let (width, height) = (COLUMNS.min(columns.end - column), ROWS.min(rows.len() - row));
                        if width == COLUMNS && height == ROWS {
                            tile.multiply(order, depth, lhs, rhs, out, stride, self.scale, keep);
                            continue;
                        }
                        let mut whole = [0.0; LARGEST];
                        tile.multiply(order, depth, lhs, rhs, &mut whole, COLUMNS, self.scale, false);
                        for (out, sums) in out.chunks_mut(stride).zip(whole.chunks_exact(COLUMNS)).take(height) {
                            for (y, sum) in out.iter_mut().zip(sums).take(width) {
                                *y = if keep { *y + sum } else { *sum };
                            }
                        }
                    }
                }
            }
        });
    }
}
