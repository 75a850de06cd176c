//! A linear layer of packed weights with its bias and the adapter's pair beside it.

use std::ops::Range;

use candle_core::{DType, Tensor};

use crate::model::kernels::PackedMatrix;
use crate::model::linear;

/// `y = x · Wᵀ + b + x · downᵀ · upᵀ`
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) matrix: PackedMatrix,
    pub(super) bias: Option<Vec<f32>>,
    pub(super) beside: Option<LowRank>,
}

/// A low-rank pair, f32: `down` is `[rank, in]`, `up` `[rank, out]` with the scaling in it.
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
        Ok(Self { rank, down: numbers(&pair.down)?, up: numbers(&pair.up.t()?)? })
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

    /// Some of the columns of `x · downᵀ`: `x` is `[rows, in]`, `y` `[rows, columns wanted]`. Each number is summed in one
    /// order, whatever else is wanted.
    pub(super) fn down(&self, x: &[f32], wanted: Range<usize>, y: &mut [f32]) {
        let width = self.width();
        let down = &self.down[wanted.start * width..wanted.end * width];
        for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(wanted.len())) {
            for (y, down) in y.iter_mut().zip(down.chunks_exact(width)) {
                *y = dot(x, down);
            }
        }
    }

    /// Adds some of the columns of `low · upᵀ` to `y`: `low` is `[rows, rank]`, `y` `[rows, columns wanted]`.
    pub(super) fn add_up(&self, low: &[f32], wanted: Range<usize>, y: &mut [f32]) {
        let out = self.up.len() / self.rank;
        for (low, y) in low.chunks_exact(self.rank).zip(y.chunks_exact_mut(wanted.len())) {
            for (low, up) in low.iter().zip(self.up.chunks_exact(out)) {
                for (y, up) in y.iter_mut().zip(&up[wanted.clone()]) {
                    *y = low.mul_add(*up, *y);
                }
            }
        }
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
