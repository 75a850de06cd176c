//! Causal attention over several texts at once, without ever holding a whole matrix of scores: rows of queries are taken
//! a tile at a time, and the backward pass computes the scores anew from what each row's softmax summed to
//! (Dao 2023, FlashAttention-2, algorithms 1 and 2).

use std::ops::Range;

use rayon::prelude::*;

use super::{dot, exp, max, sum};
use crate::model::kernels::dense::{Mat, Out, product};

/// Queries that are taken at a time.
const TILE: usize = 64;

/// How a row of `count · dim` numbers is cut into heads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads {
    pub(crate) count: usize,
    pub(crate) dim: usize,
}

impl Heads {
    pub(crate) fn width(self) -> usize {
        self.count * self.dim
    }

    fn scale(self) -> f32 {
        1.0 / (self.dim as f32).sqrt()
    }
}

/// One head of one text.
struct Task<'a, const N: usize> {
    rows: Range<usize>,
    head: usize,
    /// `[rows, dim]` each.
    out: [&'a mut [f32]; N],
    /// `[rows]`
    sums: &'a mut [f32],
}

/// Cuts `out`, which lies by text, then by head, then by row, into tasks that share nothing.
fn tasks<'a, const N: usize>(
    texts: &[Range<usize>],
    heads: Heads,
    mut out: [&'a mut [f32]; N],
    mut sums: &'a mut [f32],
) -> Vec<Task<'a, N>> {
    let mut tasks = Vec::with_capacity(texts.len() * heads.count);
    for rows in texts {
        for head in 0..heads.count {
            let mine;
            (mine, sums) = sums.split_at_mut(rows.len());
            let pieces = out.map(|slice| slice.split_at_mut(rows.len() * heads.dim));
            let (mut first, mut rest) = (Vec::with_capacity(N), Vec::with_capacity(N));
            for (a, b) in pieces {
                first.push(a);
                rest.push(b);
            }
            let arrays: (Result<[_; N], _>, Result<[_; N], _>) = (first.try_into(), rest.try_into());
            let (Ok(first), Ok(rest)) = arrays else { return tasks };
            out = rest;
            tasks.push(Task { rows: rows.clone(), head, out: first, sums: mine });
        }
    }
    tasks
}

/// Queries, keys and values, `[rows, width]` each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Qkv<'a> {
    pub(crate) q: &'a [f32],
    pub(crate) k: &'a [f32],
    pub(crate) v: &'a [f32],
}

/// A head's columns of some rows.
fn part<'a>(all: &'a [f32], rows: &Range<usize>, head: usize, heads: Heads) -> Mat<'a> {
    let width = heads.width();
    let from = if rows.is_empty() { all.len() } else { rows.start * width + head * heads.dim };
    Mat::new(&all[from..], rows.len(), heads.dim, width)
}

/// The scores of a tile's queries with every key up to its last, turned into weights by `finish(row of scores, row)`.
fn weights(
    scores: &mut Vec<f32>,
    qkv: Qkv,
    rows: &Range<usize>,
    tile: &Range<usize>,
    head: usize,
    heads: Heads,
    mut finish: impl FnMut(&mut [f32], usize),
) {
    let seen = rows.start..tile.end;
    let count = seen.len();
    scores.resize(TILE.max(tile.len()) * count, 0.0);
    let (queries, keys) = (part(qkv.q, tile, head, heads), part(qkv.k, &seen, head, heads));
    product(Out::set(scores, count, count), queries, keys.t(), heads.scale(), 1);
    for (row, scores) in tile.clone().zip(scores.chunks_exact_mut(count)) {
        let (seen, unseen) = scores.split_at_mut(row + 1 - rows.start);
        unseen.fill(0.0);
        finish(seen, row);
    }
}

fn tiles(rows: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    let rows = rows.clone();
    rows.clone().step_by(TILE).map(move |start| start..(start + TILE).min(rows.end))
}

/// Mixes values into `mixed` `[rows, width]`; `sums` `[rows · heads]` gets the logarithm of each softmax's sum, by text and
/// head. `scratch` `[rows · width]` holds the result by heads on the way.
pub(crate) fn forward(
    mixed: &mut [f32],
    sums: &mut [f32],
    qkv: Qkv,
    texts: &[Range<usize>],
    heads: Heads,
    scratch: &mut [f32],
) {
    tasks(texts, heads, [scratch], sums).into_par_iter().for_each_init(Vec::new, |scores, task| {
        let Task { rows, head, out: [out], sums } = task;
        for tile in tiles(&rows) {
            weights(scores, qkv, &rows, &tile, head, heads, |scores, row| {
                let top = max(scores);
                for score in scores.iter_mut() {
                    *score = exp(*score - top);
                }
                let total = sum(scores);
                let share = 1.0 / total;
                for score in scores.iter_mut() {
                    *score *= share;
                }
                sums[row - rows.start] = top + total.ln();
            });
            let seen = rows.start..tile.end;
            let at = (tile.start - rows.start) * heads.dim;
            let shares = Mat::new(scores, tile.len(), seen.len(), seen.len());
            let out = Out::set(&mut out[at..], heads.dim, heads.dim);
            product(out, shares, part(qkv.v, &seen, head, heads), 1.0, 1);
        }
    });
    by_rows(mixed, scratch, texts, heads, |_, _| ());
}

/// From `mixed` and its derivative `dmixed` to those of `q`, `k` and `v`, by text, head and row: see [`by_rows`].
#[allow(clippy::too_many_arguments)]
pub(crate) fn backward(
    dqkv: [&mut [f32]; 3],
    dmixed: &[f32],
    mixed: &[f32],
    sums: &mut [f32],
    qkv: Qkv,
    texts: &[Range<usize>],
    heads: Heads,
) {
    let scratch = || (Vec::new(), Vec::new());
    tasks(texts, heads, dqkv, sums).into_par_iter().for_each_init(scratch, |(scores, dscores), task| {
        let Task { rows, head, out: [dq, dk, dv], sums } = task;
        dk.fill(0.0);
        dv.fill(0.0);
        let (width, from) = (heads.width(), head * heads.dim);
        for tile in tiles(&rows) {
            weights(scores, qkv, &rows, &tile, head, heads, |scores, row| {
                let total = sums[row - rows.start];
                for score in scores.iter_mut() {
                    *score = exp(*score - total);
                }
            });
            let seen = rows.start..tile.end;
            let count = seen.len();
            let shares = Mat::new(scores, tile.len(), count, count);
            let dout = part(dmixed, &tile, head, heads);
            product(Out::add(dv, heads.dim, heads.dim), shares.t(), dout, 1.0, 1);
            dscores.resize(TILE * count, 0.0);
            product(Out::set(dscores, count, count), dout, part(qkv.v, &seen, head, heads).t(), 1.0, 1);
            let pairs = dscores.chunks_exact_mut(count).zip(scores.chunks_exact(count));
            for (row, (dscores, shares)) in tile.clone().zip(pairs) {
                let at = row * width + from;
                let along = dot(&dmixed[at..at + heads.dim], &mixed[at..at + heads.dim]);
                for (dscore, share) in dscores.iter_mut().zip(shares) {
                    *dscore = share * (*dscore - along);
                }
            }
            let dscores = Mat::new(dscores, tile.len(), count, count);
            let scale = heads.scale();
            let at = (tile.start - rows.start) * heads.dim;
            let out = Out::set(&mut dq[at..], heads.dim, heads.dim);
            product(out, dscores, part(qkv.k, &seen, head, heads), scale, 1);
            product(Out::add(dk, heads.dim, heads.dim), dscores.t(), part(qkv.q, &tile, head, heads), scale, 1);
        }
    });
}

/// From the order by text, head and row to rows of all heads; `finish(row, position)` may change each row then.
pub(crate) fn by_rows(
    out: &mut [f32],
    by_heads: &[f32],
    texts: &[Range<usize>],
    heads: Heads,
    finish: impl Fn(&mut [f32], usize) + Sync,
) {
    let (width, dim) = (heads.width(), heads.dim);
    let mut rest = out;
    let mut parts = Vec::with_capacity(texts.len());
    for rows in texts {
        let mine;
        (mine, rest) = rest.split_at_mut(rows.len() * width);
        parts.push((rows, mine));
    }
    parts.into_par_iter().for_each(|(rows, out)| {
        let text = &by_heads[rows.start * width..rows.end * width];
        out.par_chunks_exact_mut(width).enumerate().with_min_len(32).for_each(|(position, row)| {
            for (head, piece) in row.chunks_exact_mut(dim).enumerate() {
                let at = (head * rows.len() + position) * dim;
                piece.copy_from_slice(&text[at..at + dim]);
            }
            finish(row, position);
        });
    });
}
