//! Rotary positions as GPT-J has them (Su et al. 2021): neighbouring pairs of the first dimensions of a head are turned.
//! The derivative of a turn is the turn back.

use super::attention::Heads;

/// Cosines and sines, `[positions, rotary_dim / 2]`, in f32 as transformers computes them.
#[derive(Debug)]
pub(crate) struct Angles {
    cos: Vec<f32>,
    sin: Vec<f32>,
    pairs: usize,
}

impl Angles {
    pub(crate) fn new(positions: usize, rotary_dim: usize) -> Self {
        let frequency = |pair: usize| 1.0 / 10_000f32.powf((2 * pair) as f32 / rotary_dim as f32);
        let pairs = rotary_dim / 2;
        let angles: Vec<f32> =
            (0..positions).flat_map(|at| (0..pairs).map(move |pair| at as f32 * frequency(pair))).collect();
        Self { cos: angles.iter().map(|a| a.cos()).collect(), sin: angles.iter().map(|a| a.sin()).collect(), pairs }
    }

    /// Turns one row of `heads` at `position` in place; back where `direction` is -1.
    pub(crate) fn turn(&self, row: &mut [f32], position: usize, heads: Heads, direction: f32) {
        let at = position * self.pairs;
        let (cos, sin) = (&self.cos[at..at + self.pairs], &self.sin[at..at + self.pairs]);
        for head in row.chunks_exact_mut(heads.dim) {
            let (pairs, _) = head[..2 * self.pairs].as_chunks_mut::<2>();
            for ((pair, cos), sin) in pairs.iter_mut().zip(cos).zip(sin) {
                let [a, b] = *pair;
                let sin = direction * sin;
                *pair = [a * cos - b * sin, b * cos + a * sin];
            }
        }
    }
}
