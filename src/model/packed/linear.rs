//! A linear layer of packed weights with its bias and the adapter's pair beside it.

use candle_core::{DType, Tensor};

use crate::model::kernels::{Dense, PackedMatrix, dense_transposed};
use crate::model::linear;

/// `y = x · Wᵀ + b + x · downᵀ · upᵀ`
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) matrix: PackedMatrix,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) beside: Option<LowRank>,
}

/// A low-rank pair, f32: `down` is `[rank, in]`, `up` `[out, rank]` with the scaling in it.
#[derive(Debug)]
pub(super) struct LowRank {
    rank: usize,
    down: Vec<f32>,
    up: Vec<f32>,
}

pub(super) fn numbers(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}

impl Linear {
    /// Takes over a layer whose weights are packed.
    pub(super) fn from(layer: linear::Linear) -> candle_core::Result<Self> {
        let linear::Linear { weight: linear::Weight::Packed(matrix), bias, beside } = layer else {
            candle_core::bail!("a layer that is not packed");
        };
        let beside = beside.as_ref().map(LowRank::from).transpose()?;
        Ok(Self { matrix, bias: bias.as_ref().map(numbers).transpose()?, beside })
    }
}

impl LowRank {
    fn from(pair: &linear::LowRank) -> candle_core::Result<Self> {
        let rank = pair.down.dim(0)?;
        Ok(Self { rank, down: numbers(&pair.down)?, up: numbers(&pair.up)? })
    }

    pub(super) fn rank(&self) -> usize {
        self.rank
    }

    /// Columns of the input.
    pub(super) fn width(&self) -> usize {
        self.down.len() / self.rank
    }

    pub(super) fn bytes(&self) -> u64 {
        (size_of::<f32>() * (self.down.len() + self.up.len())) as u64
    }

    /// Some of the columns of `x · downᵀ`: `x` is `[rows, in]`, `y` `[rows, columns wanted]`.
    pub(super) fn down(&self, x: &[f32], wanted: std::ops::Range<usize>, y: &mut [f32]) {
        let width = self.width();
        let down = &self.down[wanted.start * width..wanted.end * width];
        if x.len() == width {
            for (y, down) in y.iter_mut().zip(down.chunks_exact(width)) {
                *y = dot(x, down);
            }
            return;
        }
        dense_transposed(y, wanted.len(), false, 1.0, Dense::new(x, width), Dense::new(down, width));
    }

    /// Adds some of the columns of `low · upᵀ` to `y`: `low` is `[rows, rank]`, `y` has rows of `stride`.
    pub(super) fn add_up(&self, low: &[f32], wanted: std::ops::Range<usize>, y: &mut [f32], stride: usize) {
        let up = &self.up[wanted.start * self.rank..wanted.end * self.rank];
        if low.len() == self.rank {
            for (y, up) in y.iter_mut().zip(up.chunks_exact(self.rank)) {
                *y += dot(low, up);
            }
            return;
        }
        dense_transposed(y, stride, true, 1.0, Dense::new(low, self.rank), Dense::new(up, self.rank));
    }
}

/// In lanes, so that the compiler may use wide instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; 32];
    let (a_chunks, a_rest) = a.as_chunks::<32>();
    let (b_chunks, b_rest) = b.as_chunks::<32>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane = a.mul_add(*b, *lane);
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *lane = a.mul_add(*b, *lane);
    }
    lanes.iter().sum()
}
