//! `y = x · Wᵀ` over a weight that is trained, over a frozen one of any form, and the low-rank change beside it
//! (Hu et al. 2021), each with its derivative. A frozen weight gets no gradient of its own.

use rayon::prelude::*;

use super::ROWS;
use crate::model::ModelError;
use crate::model::kernels::dense::{Mat, Out, product};

/// A weight `[out, in]` that is not trained, in whatever form it is held.
pub(crate) trait Frozen: Send + Sync + std::fmt::Debug {
    /// Gives its rows as f32, some at a time and in order, with the number of the first.
    fn pieces(&self, scratch: &mut Vec<f32>, each: &mut dyn FnMut(usize, &[f32])) -> Result<(), ModelError>;
}

/// A weight `[out, in]`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weight<'a> {
    Trained(&'a [f32]),
    Frozen(&'a dyn Frozen),
}

impl Weight<'_> {
    fn pieces(self, scratch: &mut Vec<f32>, each: &mut dyn FnMut(usize, &[f32])) -> Result<(), ModelError> {
        match self {
            Self::Trained(rows) => {
                each(0, rows);
                Ok(())
            }
            Self::Frozen(weight) => weight.pieces(scratch, each),
        }
    }
}

/// The sizes of one layer's work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) threads: usize,
}

/// `ys = xs · Wᵀ`, or `ys += xs · Wᵀ` where `keep` says so.
pub(crate) fn forward(
    ys: &mut [f32],
    keep: bool,
    xs: &[f32],
    weight: Weight,
    shape: Shape,
    scratch: &mut Vec<f32>,
) -> Result<(), ModelError> {
    let Shape { rows, input, output, threads } = shape;
    let xs = Mat::new(xs, rows, input, input);
    weight.pieces(scratch, &mut |first, piece| {
        let count = piece.len() / input;
        let out = if keep { Out::add } else { Out::set };
        product(out(&mut ys[first..], count, output), xs, Mat::new(piece, count, input, input).t(), 1.0, threads);
    })
}

/// `dxs = dys · W`, or added to it where `keep` says so.
pub(crate) fn backward_input(
    dxs: &mut [f32],
    keep: bool,
    dys: &[f32],
    weight: Weight,
    shape: Shape,
    scratch: &mut Vec<f32>,
) -> Result<(), ModelError> {
    let Shape { rows, input, output, threads } = shape;
    weight.pieces(scratch, &mut |first, piece| {
        let count = piece.len() / input;
        let out = if keep || first > 0 { Out::add } else { Out::set };
        let dys = Mat::new(&dys[first..], rows, count, output);
        product(out(dxs, input, input), dys, Mat::new(piece, count, input, input), 1.0, threads);
    })
}

/// `dweight += dysᵀ · xs`
pub(crate) fn backward_weight(dweight: &mut [f32], dys: &[f32], xs: &[f32], shape: Shape) {
    let Shape { rows, input, output, threads } = shape;
    let dys = Mat::new(dys, rows, output, output);
    product(Out::add(dweight, input, input), dys.t(), Mat::new(xs, rows, input, input), 1.0, threads);
}

/// A low-rank change: `up · down` times `scale`, its input dropped out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LowRank<'a> {
    /// `[rank, in]`
    pub(crate) down: &'a [f32],
    /// `[out, rank]`
    pub(crate) up: &'a [f32],
    pub(crate) rank: usize,
    pub(crate) scale: f32,
    pub(crate) dropout: Dropout,
}

/// Which inputs are dropped: the same ones whenever the same key is given, so that nothing need be kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    /// 0 drops nothing.
    pub(crate) share: f32,
    pub(crate) key: u32,
}

impl Dropout {
    /// `ys = xs`, some of them nought and the others larger for it; `first` is the number of the first element.
    fn apply(self, ys: &mut [f32], xs: &[f32], first: u32) {
        let (limit, larger) = self.terms();
        for (i, (y, x)) in ys.iter_mut().zip(xs).enumerate() {
            *y = if hash(first.wrapping_add(i as u32), self.key) < limit { 0.0 } else { x * larger };
        }
    }

    /// `dxs += dys`, as far as `apply` let them through.
    fn add_back(self, dxs: &mut [f32], dys: &[f32], first: u32) {
        let (limit, larger) = self.terms();
        for (i, (dx, dy)) in dxs.iter_mut().zip(dys).enumerate() {
            *dx += if hash(first.wrapping_add(i as u32), self.key) < limit { 0.0 } else { dy * larger };
        }
    }

    /// Whether `apply` lets the element of that number through.
    pub(crate) fn keeps(self, number: u32) -> bool {
        hash(number, self.key) >= self.terms().0
    }

    /// By how much those that are kept are larger.
    pub(crate) fn larger(self) -> f32 {
        self.terms().1
    }

    fn terms(self) -> (u32, f32) {
        ((self.share * u32::MAX as f32) as u32, 1.0 / (1.0 - self.share))
    }
}

/// The last steps of MurmurHash3 over a number and a key.
#[inline(always)]
#[allow(clippy::inline_always)]
fn hash(number: u32, key: u32) -> u32 {
    let mut h = number.wrapping_mul(0x9e37_79b1) ^ key;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// What the low-rank side needs beside the weights: dropped-out inputs `[rows, in]` and `[rows, rank]`.
#[derive(Debug, Default)]
pub(crate) struct LowRankScratch {
    dropped: Vec<f32>,
    narrow: Vec<f32>,
    dnarrow: Vec<f32>,
}

impl LowRankScratch {
    /// Puts the inputs as the low-rank side sees them into `dropped`, where any are dropped, and their product with `down`
    /// into `narrow`.
    fn narrow(&mut self, xs: &[f32], low: LowRank, shape: Shape) {
        let Shape { rows, input, threads, .. } = shape;
        if low.dropout.share > 0.0 {
            self.dropped.resize(rows * input, 0.0);
            let parts = self.dropped.par_chunks_mut(ROWS * input).zip(xs.par_chunks(ROWS * input)).enumerate();
            parts.for_each(|(piece, (ys, xs))| low.dropout.apply(ys, xs, (piece * ROWS * input) as u32));
        }
        let seen = if low.dropout.share > 0.0 { &self.dropped } else { xs };
        self.narrow.resize(rows * low.rank, 0.0);
        let down = Mat::new(low.down, low.rank, input, input);
        let out = Out::set(&mut self.narrow, low.rank, low.rank);
        product(out, Mat::new(seen, rows, input, input), down.t(), 1.0, threads);
    }

    /// `ys += scale · drop(xs) · downᵀ · upᵀ`
    pub(crate) fn forward(&mut self, ys: &mut [f32], xs: &[f32], low: LowRank, shape: Shape) {
        let Shape { rows, output, threads, .. } = shape;
        self.narrow(xs, low, shape);
        let up = Mat::new(low.up, output, low.rank, low.rank);
        let narrow = Mat::new(&self.narrow, rows, low.rank, low.rank);
        product(Out::add(ys, output, output), narrow, up.t(), low.scale, threads);
    }

    /// Adds to `ddown`, `dup`, and to `dxs` when it is given, what `dys` makes of them.
    pub(crate) fn backward(
        &mut self,
        dxs: Option<&mut [f32]>,
        (ddown, dup): (&mut [f32], &mut [f32]),
        dys: &[f32],
        xs: &[f32],
        low: LowRank,
        shape: Shape,
    ) {
        let Shape { rows, input, output, threads } = shape;
        let rank = low.rank;
        self.narrow(xs, low, shape);
        let Self { dropped, narrow, dnarrow } = self;
        let seen = if low.dropout.share > 0.0 { &dropped[..] } else { xs };
        let dys = Mat::new(dys, rows, output, output);
        product(Out::add(dup, rank, rank), dys.t(), Mat::new(narrow, rows, rank, rank), low.scale, threads);
        dnarrow.resize(rows * rank, 0.0);
        product(Out::set(dnarrow, rank, rank), dys, Mat::new(low.up, output, rank, rank), low.scale, threads);
        let by_rank = Mat::new(dnarrow, rows, rank, rank);
        product(Out::add(ddown, input, input), by_rank.t(), Mat::new(seen, rows, input, input), 1.0, threads);
        let Some(dxs) = dxs else { return };
        let down = Mat::new(low.down, rank, input, input);
        if low.dropout.share > 0.0 {
            product(Out::set(dropped, input, input), by_rank, down, 1.0, threads);
            let parts = dxs.par_chunks_mut(ROWS * input).zip(dropped.par_chunks(ROWS * input)).enumerate();
            parts.for_each(|(piece, (dxs, dys))| low.dropout.add_back(dxs, dys, (piece * ROWS * input) as u32));
        } else {
            product(Out::add(dxs, input, input), by_rank, down, 1.0, threads);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_dropped_as_is_asked_and_the_same_again() {
        let dropout = Dropout { share: 0.05, key: 7 };
        let (ones, mut ys, mut again) = (vec![1.0; 100_000], vec![0.0; 100_000], vec![0.0; 100_000]);
        dropout.apply(&mut ys, &ones, 0);
        dropout.apply(&mut again, &ones, 0);
        assert_eq!(ys, again);
        let kept = ys.iter().filter(|y| **y > 0.0).count();
        assert!((94_500..95_500).contains(&kept), "{kept}");
        assert!((ys.iter().sum::<f32>() / 100_000.0 - 1.0).abs() < 5e-3);
        Dropout { share: 0.05, key: 8 }.apply(&mut again, &ones, 0);
        assert_ne!(ys, again);
        let mut back = vec![0.0; 100_000];
        dropout.add_back(&mut back, &ones, 0);
        assert_eq!(ys, back);
    }
}
