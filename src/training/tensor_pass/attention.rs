//! Causal attention, text by text and some queries at a time. The backward pass computes the scores anew, so that only
//! queries, keys and values are kept.

use std::ops::Range;

use candle_core::{D, Tensor};

use crate::model::rotary::Rotary;
use crate::training::ops::attention::Heads;

type Result<T> = candle_core::Result<T>;

/// The fewest queries that are taken at a time.
const LEAST_QUERIES: usize = 16;

/// What attention needs to know of a batch.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) heads: Heads,
    /// The rows of each text.
    pub(super) texts: &'a [Range<usize>],
    /// `[longest, longest]`, minus infinity where a row may not look; none where no text has a second row.
    pub(super) mask: Option<Tensor>,
    pub(super) rotary: &'a Rotary,
    /// The turn back.
    pub(super) back: &'a Rotary,
    /// Scores that are held at a time, over all heads.
    pub(super) scores: usize,
}

/// Queries and keys, turned, and values of one text, `[heads, rows, dim]` each.
#[derive(Debug)]
pub(super) struct TextQkv {
    q: Tensor,
    k: Tensor,
    v: Tensor,
}

impl Layout<'_> {
    /// `[rows, width]` of all texts to `[heads, rows, dim]` of one.
    fn by_heads(&self, xs: &Tensor, rows: &Range<usize>) -> Result<Tensor> {
        let xs = xs.narrow(0, rows.start, rows.len())?;
        xs.reshape((rows.len(), self.heads.count, self.heads.dim))?.transpose(0, 1)?.contiguous()
    }

    /// `[heads, rows, dim]` of each text to `[rows, width]` of all.
    fn by_rows(&self, texts: &[Tensor]) -> Result<Tensor> {
        let rows = texts.iter().map(|text| {
            let rows = text.dim(1)?;
            text.transpose(0, 1)?.contiguous()?.reshape((rows, self.heads.width()))
        });
        joined(&rows.collect::<Result<Vec<_>>>()?, 0)
    }

    /// Cuts `[rows, width]` each into texts and heads, and turns queries and keys.
    pub(super) fn split(&self, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Vec<TextQkv>> {
        let texts = self.texts.iter().map(|rows| {
            Ok(TextQkv {
                q: self.rotary.apply(&self.by_heads(q, rows)?, 0)?.contiguous()?,
                k: self.rotary.apply(&self.by_heads(k, rows)?, 0)?.contiguous()?,
                v: self.by_heads(v, rows)?,
            })
        });
        texts.collect()
    }

    fn tiles(&self, rows: usize) -> impl DoubleEndedIterator<Item = Range<usize>> + use<> {
        let at_once = (self.scores / (self.heads.count * rows)).max(LEAST_QUERIES);
        (0..rows.div_ceil(at_once)).map(move |tile| tile * at_once..((tile + 1) * at_once).min(rows))
    }

    fn scale(&self) -> f64 {
        1.0 / (self.heads.dim as f64).sqrt()
    }

    /// What each query of a tile takes of each value up to the tile's last, `[heads, tile, seen]`.
    fn shares(&self, qkv: &TextQkv, tile: &Range<usize>) -> Result<Tensor> {
        let queries = (qkv.q.narrow(1, tile.start, tile.len())? * self.scale())?;
        let scores = queries.matmul(&qkv.k.narrow(1, 0, tile.end)?.transpose(1, 2)?)?;
        let scores = match &self.mask {
            Some(mask) => scores.broadcast_add(&mask.narrow(0, tile.start, tile.len())?.narrow(1, 0, tile.end)?)?,
            None => scores,
        };
        candle_nn::ops::softmax_last_dim(&scores)
    }

    /// The mixed values, `[rows, width]`.
    pub(super) fn forward(&self, texts: &[TextQkv]) -> Result<Tensor> {
        let mixed = texts.iter().map(|qkv| {
            let tiles = self.tiles(qkv.q.dim(1)?);
            let tiles = tiles.map(|tile| self.shares(qkv, &tile)?.matmul(&qkv.v.narrow(1, 0, tile.end)?));
            joined(&tiles.collect::<Result<Vec<_>>>()?, 1)
        });
        self.by_rows(&mixed.collect::<Result<Vec<_>>>()?)
    }

    /// From the derivative of the mixed values to those of queries, keys and values before they were turned, `[rows, width]`
    /// each.
    pub(super) fn backward(&self, texts: &[TextQkv], dmixed: &Tensor) -> Result<[Tensor; 3]> {
        let (mut dqs, mut dks, mut dvs) = (Vec::new(), Vec::new(), Vec::new());
        for (qkv, rows) in texts.iter().zip(self.texts) {
            let [dq, dk, dv] = self.text_backward(qkv, &self.by_heads(dmixed, rows)?)?;
            dqs.push(self.back.apply(&dq, 0)?);
            dks.push(self.back.apply(&dk, 0)?);
            dvs.push(dv);
        }
        Ok([self.by_rows(&dqs)?, self.by_rows(&dks)?, self.by_rows(&dvs)?])
    }

    fn text_backward(&self, qkv: &TextQkv, dmixed: &Tensor) -> Result<[Tensor; 3]> {
        let rows = dmixed.dim(1)?;
        let mut dqs = Vec::new();
        let mut sums: Option<(Tensor, Tensor)> = None;
        for tile in self.tiles(rows) {
            let seen = tile.end;
            let shares = self.shares(qkv, &tile)?;
            let dmixed = dmixed.narrow(1, tile.start, tile.len())?.contiguous()?;
            let dv = shares.transpose(1, 2)?.matmul(&dmixed)?;
            let dshares = dmixed.matmul(&qkv.v.narrow(1, 0, seen)?.transpose(1, 2)?)?;
            let along = (&dshares * &shares)?.sum_keepdim(D::Minus1)?;
            let dscores = ((dshares.broadcast_sub(&along)? * shares)? * self.scale())?;
            dqs.push(dscores.matmul(&qkv.k.narrow(1, 0, seen)?)?);
            let dk = dscores.transpose(1, 2)?.matmul(&qkv.q.narrow(1, tile.start, tile.len())?)?;
            // Later tiles see all that earlier ones saw, and more.
            sums = Some(match sums {
                None => (dk, dv),
                Some((dks, dvs)) => {
                    let more = tile.len();
                    ((dks.pad_with_zeros(1, 0, more)? + dk)?, (dvs.pad_with_zeros(1, 0, more)? + dv)?)
                }
            });
        }
        let (dk, dv) = sums.map_or_else(|| Ok((qkv.k.zeros_like()?, qkv.v.zeros_like()?)), Result::Ok)?;
        Ok([joined(&dqs, 1)?, dk, dv])
    }
}

/// Pieces one after the other along `dim`.
pub(super) fn joined(pieces: &[Tensor], dim: usize) -> Result<Tensor> {
    match pieces {
        [whole] => Ok(whole.clone()),
        pieces => Tensor::cat(pieces, dim),
    }
}
