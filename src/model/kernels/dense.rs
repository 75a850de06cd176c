//! Products of f32 matrices that lie in slices, by the `gemm` crate, which goes on to AVX-512 where the processor has it.
//!
//! `gemm` takes raw pointers, so the sizes are checked against the slices here, once, for everyone who calls it.

#![allow(unsafe_code)]

use gemm::Parallelism;

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
#[allow(clippy::needless_pass_by_value)] // who holds `Out` holds the only way to the result
pub(crate) fn product(out: Out, lhs: Mat, rhs: Mat, scale: f32, threads: usize) {
    let (m, n, k) = (lhs.rows, rhs.cols, lhs.cols);
    assert!(rhs.rows == k && out.cols == n && n <= out.stride, "matrices do not fit each other");
    assert!(last(m, n, out.stride) <= out.data.len(), "result larger than its slice");
    if m == 0 || n == 0 {
        return;
    }
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    let step = |stride: usize| stride.cast_signed();
    // SAFETY: every address that `gemm` touches is base + i·row stride + j·column stride with i, j inside the sizes; the
    // largest of them was compared with the slice's length, in `Mat::new` (`t` exchanges, and so keeps, both) and above.
    // `out` is borrowed mutably, so it overlaps neither side.
    unsafe {
        gemm::gemm::<f32>(
            m,
            n,
            k,
            out.data.as_mut_ptr(),
            1,
            step(out.stride),
            out.keep,
            lhs.data.as_ptr(),
            step(lhs.col_stride),
            step(lhs.row_stride),
            rhs.data.as_ptr(),
            step(rhs.col_stride),
            step(rhs.row_stride),
            1.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
#[allow(clippy::many_single_char_names)] // a matrix product's usual names
mod tests {
    use super::*;

    #[test]
    fn strided_and_exchanged_matrices_give_the_plain_sums() {
        let values = |count: usize, seed: usize| -> Vec<f32> {
            (0..count).map(|i| ((i * 37 + seed * 11) % 23) as f32 - 11.0).collect()
        };
        let (m, n, k) = (7, 9, 5);
        let (a, b) = (values(m * 8, 1), values(n * 6, 2));
        for threads in [1, 2] {
            let mut out = vec![1.0; m * 12];
            product(Out::add(&mut out, n, 12), Mat::new(&a, m, k, 8), Mat::new(&b, n, k, 6).t(), 0.5, threads);
            for i in 0..m {
                for j in 0..12 {
                    let sum: f32 = (0..k).map(|x| a[i * 8 + x] * b[j.min(n - 1) * 6 + x]).sum();
                    let expected = if j < n { 1.0 + 0.5 * sum } else { 1.0 };
                    assert!((out[i * 12 + j] - expected).abs() < 1e-4, "{i} {j}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "result larger")]
    fn a_result_that_is_too_small_is_refused() {
        let (a, b, mut out) = ([0.0; 6], [0.0; 6], [0.0; 3]);
        product(Out::set(&mut out, 2, 2), Mat::new(&a, 2, 3, 3), Mat::new(&b, 3, 2, 2), 1.0, 1);
    }
}
