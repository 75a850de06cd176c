//! Copies of parts of a matrix in the order in which the kernels read them, filled up with noughts to whole panels.

use std::cell::Cell;
use std::ops::Range;
use std::thread::LocalKey;

use super::Mat;
use super::tile::{DEPTH, Order, ROW, Tile};

/// Elements in a line of the cache.
const LINE: usize = 16;

/// Memory that a thread keeps from product to product.
pub(super) type Scratch = LocalKey<Cell<Vec<f32>>>;

thread_local! {
    /// For panels of the left side.
    pub(super) static LHS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
    /// For panels of the right side.
    pub(super) static RHS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Gives `work` so many numbers, of whatever value, that start a line of the cache.
pub(super) fn with_scratch<R>(scratch: &'static Scratch, size: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: while one product waits for its threads, this one may be given a part of another.
    let mut memory = scratch.take();
    if memory.len() < size + LINE {
        memory.resize(size + LINE, 0.0);
    }
    let start = memory.as_ptr().align_offset(LINE * size_of::<f32>()).min(LINE);
    let result = work(&mut memory[start..start + size]);
    scratch.set(memory);
    result
}

/// One panel of the right side: columns `first..` of the rows `depths`, row after row, `COLUMNS` wide.
pub(super) fn rhs<const COLUMNS: usize>(panel: &mut [f32], matrix: Mat, depths: Range<usize>, first: usize) {
    let count = COLUMNS.min(matrix.cols - first);
    if matrix.col_stride == 1 {
        for (k, out) in depths.zip(panel.chunks_exact_mut(COLUMNS)) {
            let row = &matrix.data[k * matrix.row_stride + first..][..count];
            fill_up::<COLUMNS>(out, row);
        }
        return;
    }
    if count < COLUMNS {
        panel.fill(0.0);
    }
    let columns: Vec<&[f32]> = (first..first + count)
        .map(|column| &matrix.data[column * matrix.col_stride + depths.start..][..depths.len()])
        .collect();
    turn::<COLUMNS>(panel, &columns);
}

/// `out`, `WIDTH` long, gets `from`, and noughts behind it. Of a length known beforehand a copy is a few instructions.
fn fill_up<const WIDTH: usize>(out: &mut [f32], from: &[f32]) {
    if let (Some(out), Some(from)) = (out.first_chunk_mut::<WIDTH>(), from.first_chunk()) {
        *out = *from;
    } else {
        let (begin, rest) = out.split_at_mut(from.len());
        begin.copy_from_slice(from);
        rest.fill(0.0);
    }
}

/// Lays columns side by side, four numbers of four of them at a time.
fn turn<const COLUMNS: usize>(panel: &mut [f32], columns: &[&[f32]]) {
    for (group, columns) in columns.chunks(4).enumerate() {
        let at = 4 * group;
        let mut done = 0;
        if let [a, b, c, d] = *columns {
            let blocks = a.as_chunks().0.iter().zip(b.as_chunks().0).zip(c.as_chunks().0.iter().zip(d.as_chunks().0));
            for (((a, b), (c, d)), rows) in blocks.zip(panel.chunks_exact_mut(4 * COLUMNS)) {
                for (row, four) in rows.chunks_exact_mut(COLUMNS).zip(turn_four([a, b, c, d])) {
                    row[at..at + 4].copy_from_slice(&four);
                }
                done += 4;
            }
        }
        for (j, column) in columns.iter().enumerate() {
            for (k, value) in column.iter().enumerate().skip(done) {
                panel[k * COLUMNS + at + j] = *value;
            }
        }
    }
}

#[inline(always)]
fn turn_four(four: [&[f32; 4]; 4]) -> [[f32; 4]; 4] {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_TRANSPOSE4_PS, _mm_loadu_ps, _mm_storeu_ps};
        // SAFETY: every x86-64 processor knows these; what they read and write is four numbers long.
        unsafe {
            let [mut a, mut b, mut c, mut d] = four.map(|four| _mm_loadu_ps(four.as_ptr()));
            _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
            [a, b, c, d].map(|line| {
                let mut four = [0.0; 4];
                _mm_storeu_ps(four.as_mut_ptr(), line);
                four
            })
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::array::from_fn(|i| std::array::from_fn(|j| four[j][i]))
}

/// The way in which the panels of a left side lie.
pub(super) fn order(matrix: Mat) -> Order {
    if matrix.col_stride == 1 { Order::Rows } else { Order::Columns }
}

/// The panels of some rows of the left side, of the columns `depths`.
pub(super) fn lhs<const ROWS: usize>(panels: &mut [f32], matrix: Mat, rows: Range<usize>, depths: Range<usize>) {
    let order = order(matrix);
    let size = Tile::<ROWS, 0>::lhs_size(order);
    match order {
        Order::Rows => {
            for (first, panel) in rows.clone().step_by(ROWS).zip(panels.chunks_exact_mut(size)) {
                for (row, out) in (first..first + ROWS).zip(panel.chunks_exact_mut(ROW)) {
                    let out = &mut out[..depths.len()];
                    if row < rows.end {
                        out.copy_from_slice(&matrix.data[row * matrix.row_stride + depths.start..][..depths.len()]);
                    } else {
                        out.fill(0.0);
                    }
                }
            }
        }
        Order::Columns => {
            debug_assert!(depths.len() <= DEPTH);
            for (k, depth) in depths.enumerate() {
                let column = &matrix.data[depth * matrix.col_stride + rows.start..][..rows.len()];
                for (part, panel) in column.chunks(ROWS).zip(panels.chunks_exact_mut(size)) {
                    fill_up::<ROWS>(&mut panel[k * ROWS..][..ROWS], part);
                }
            }
        }
    }
}
