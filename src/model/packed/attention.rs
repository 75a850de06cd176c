//! Attention of one head over what its cache holds: row by row for a token or a few, in products for a block of a prompt.

use super::cache::{HeadCache, PAGE};
use super::math::softmax;
use crate::model::Config;
use crate::model::kernels::{Dense, add_half, dense, dense_transposed, dot_half, widen};

/// Rows up to which keys and values are read as they lie; more are worth turning them into f32 first.
const FEW: usize = 4;

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
#[derive(Debug, Default)]
pub(super) struct Head {
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    pub(super) out: Vec<f32>,
    scores: Vec<f32>,
    wide: Vec<f32>,
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
    pub(super) fn attend(&mut self, cache: &mut HeadCache, rotary: &Rotary, start: usize, head_dim: usize) {
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
        if rows <= FEW {
            for row in 0..rows {
                self.attend_row(cache, row, start + row + 1, head_dim);
            }
        } else {
            self.attend_block(cache, rows, start, head_dim);
        }
    }

    fn attend_row(&mut self, cache: &HeadCache, row: usize, seen: usize, head_dim: usize) {
        let q = &self.q[row * head_dim..(row + 1) * head_dim];
        self.scores.clear();
        for (count, page) in cache.pages(seen) {
            self.scores.extend(page.keys.chunks_exact(head_dim).take(count).map(|key| dot_half(q, key)));
        }
        softmax(&mut self.scores, seen);
        let out = &mut self.out[row * head_dim..(row + 1) * head_dim];
        for ((count, page), shares) in cache.pages(seen).zip(self.scores.chunks(PAGE)) {
            for (value, share) in page.values.chunks_exact(head_dim).take(count).zip(shares) {
                add_half(out, *share, value);
            }
        }
    }

    fn attend_block(&mut self, cache: &HeadCache, rows: usize, start: usize, head_dim: usize) {
        let total = start + rows;
        let stride = total.next_multiple_of(16);
        self.scores.resize(self.scores.len().max(rows * stride), 0.0);
        self.wide.resize(PAGE * head_dim, 0.0);
        let scores = &mut self.scores[..rows * stride];
        for (at, (count, page)) in cache.pages(total).enumerate() {
            let keys = &mut self.wide[..count * head_dim];
            widen(&page.keys[..count * head_dim], keys);
            let (q, keys) = (Dense::new(&self.q, head_dim), Dense::new(keys, head_dim));
            dense_transposed(&mut scores[at * PAGE..], stride, false, 1.0, q, keys);
        }
        for (row, scores) in scores.chunks_exact_mut(stride).enumerate() {
            softmax(&mut scores[..total], start + row + 1);
        }
        for (at, (count, page)) in cache.pages(total).enumerate() {
            let values = &mut self.wide[..count * head_dim];
            widen(&page.values[..count * head_dim], values);
            let shares = Dense { data: &scores[at * PAGE..], rows, columns: count, stride };
            dense(&mut self.out, head_dim, at > 0, shares, Dense::new(values, head_dim));
        }
    }
}
