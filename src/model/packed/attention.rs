//! Attention of one head over what its cache holds, for one row or many.

use super::cache::HeadCache;
use super::math::softmax;
use crate::model::Config;
use crate::model::kernels::{Activations, BlockFormat, Isa, PAGE, Pool};

/// Rows whose scores are held at once.
const ROWS: usize = 32;

/// Cosines and sines for every position, `[position][pair]`, of the pairs that are turned.
#[derive(Debug)]
pub(super) struct Rotary {
    pairs: usize,
    turns: Vec<[f32; 2]>,
}

impl Rotary {
    pub(super) fn new(config: &Config) -> Self {
        let pairs = config.rotary_dim / 2;
        // In f32, as transformers computes them.
        let frequencies: Vec<f32> =
            (0..pairs).map(|pair| 1.0 / 10_000f32.powf((2 * pair) as f32 / config.rotary_dim as f32)).collect();
        let turns = (0..config.n_positions)
            .flat_map(|position| frequencies.iter().map(move |frequency| position as f32 * frequency))
            .map(|angle| [angle.cos(), angle.sin()])
            .collect();
        Self { pairs, turns }
    }

    /// Turns the neighbouring pairs at the beginning of one head's row.
    fn turn(&self, row: &mut [f32], position: usize) {
        let turns = &self.turns[position * self.pairs..][..self.pairs];
        for (pair, [cos, sin]) in row.as_chunks_mut::<2>().0.iter_mut().zip(turns) {
            let [even, odd] = *pair;
            *pair = [even * cos - odd * sin, odd * cos + even * sin];
        }
    }
}

/// What one head works with. `out` is `[rows, head_dim]`.
#[derive(Debug)]
pub(super) struct Head {
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    pub(super) out: Vec<f32>,
    scores: Vec<f32>,
    rounded: Activations,
}

impl Default for Head {
    fn default() -> Self {
        let [q, k, v, out, scores] = std::array::from_fn(|_| Vec::new());
        Self { q, k, v, out, scores, rounded: Activations::new(BlockFormat::Q8) }
    }
}

impl Head {
    /// Takes this head's columns, from `at` on, out of rows of queries, keys and values that are `width` wide.
    pub(super) fn take(&mut self, rows: [&[f32]; 3], width: usize, at: usize, head_dim: usize) {
        for (from, into) in rows.into_iter().zip([&mut self.q, &mut self.k, &mut self.v]) {
            into.clear();
            for row in from.chunks_exact(width) {
                into.extend_from_slice(&row[at..at + head_dim]);
            }
        }
    }

    /// Attends from the rows in `q`, whose first is at position `start`; their keys and values go into `cache` first.
    pub(super) fn attend(&mut self, isa: Isa, cache: &mut HeadCache, rotary: &Rotary, start: usize, head_dim: usize) {
        let rows = self.q.len() / head_dim;
        let scale = 1.0 / (head_dim as f32).sqrt();
        for row in 0..rows {
            let at = row * head_dim..(row + 1) * head_dim;
            rotary.turn(&mut self.q[at.clone()], start + row);
            rotary.turn(&mut self.k[at.clone()], start + row);
            cache.store(start + row, &self.k[at.clone()], &self.v[at.clone()]);
            for q in &mut self.q[at] {
                *q *= scale;
            }
        }
        self.out.clear();
        self.out.resize(rows * head_dim, 0.0);
        let total = start + rows;
        // More rows at once would want a table of scores that no cache holds.
        for first in (0..rows).step_by(ROWS) {
            let end = rows.min(first + ROWS);
            let seen = start + end;
            self.rounded.quantise(Pool::alone(), &self.q[first * head_dim..end * head_dim], head_dim);
            self.scores.resize(self.scores.len().max(ROWS.min(rows) * total), 0.0);
            let scores_of = &mut self.scores[..(end - first) * seen];
            for (at, (count, page)) in cache.pages(seen).enumerate() {
                page.scores(isa, &self.rounded, count, &mut scores_of[at * PAGE..], seen);
            }
            for (row, scores) in scores_of.chunks_exact_mut(seen).enumerate() {
                softmax(scores, start + first + row + 1);
            }
            let out = &mut self.out[first * head_dim..end * head_dim];
            for (at, (count, page)) in cache.pages(seen).enumerate() {
                page.mix(isa, &scores_of[at * PAGE..], seen, count, out);
            }
        }
    }
}
