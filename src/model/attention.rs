//! Causal self-attention with rotary positions. Every product and the softmax are in f32, as GPT-J needs it: its scores
//! overflow half precision.

use candle_core::Tensor;

use super::cache::KvCache;
use super::linear::Linear;
use super::rotary::Rotary;

/// The attention of one block.
#[derive(Debug)]
pub(crate) struct Attention {
    pub(crate) q_proj: Linear,
    pub(crate) k_proj: Linear,
    pub(crate) v_proj: Linear,
    pub(crate) out_proj: Linear,
    pub(crate) n_head: usize,
    pub(crate) head_dim: usize,
}

/// What is the same for all layers of one forward pass.
pub(crate) struct Step<'a> {
    pub(crate) rotary: &'a Rotary,
    /// `[rows, len + rows]`, minus infinity where a row may not look; `None` for a single row, which sees everything.
    pub(crate) mask: Option<Tensor>,
}

impl Attention {
    /// `[rows, n_embd]` to `[rows, n_embd]`, the new keys and values going into `cache`.
    pub(crate) fn forward(
        &self,
        xs: &Tensor,
        step: &Step,
        cache: &mut KvCache,
        layer: usize,
    ) -> candle_core::Result<Tensor> {
        let rows = xs.dim(0)?;
        let heads = |ys: Tensor| ys.reshape((rows, self.n_head, self.head_dim))?.transpose(0, 1);
        let start = cache.len();
        let q = step.rotary.apply(&heads(self.q_proj.forward(xs)?)?, start)?;
        let k = step.rotary.apply(&heads(self.k_proj.forward(xs)?)?, start)?;
        let v = heads(self.v_proj.forward(xs)?)?;
        let (keys, values) = cache.append(layer, &k, &v)?;

        #[allow(clippy::cast_precision_loss)]
        let scale = 1.0 / (self.head_dim as f64).sqrt();
        // [n_head, rows, len]
        let scores = (q * scale)?.matmul(&keys.transpose(1, 2)?)?;
        let scores = match &step.mask {
            Some(mask) => scores.broadcast_add(mask)?,
            None => scores,
        };
        let weights = candle_nn::ops::softmax_last_dim(&scores)?;
        let mixed = weights.matmul(&values)?.transpose(0, 1)?.contiguous()?;
        self.out_proj.forward(&mixed.reshape((rows, self.n_head * self.head_dim))?)
    }
}

/// The causal mask for `rows` new positions after `seen` old ones, made once for all layers.
pub(crate) fn causal_mask(rows: usize, seen: usize, like: &Tensor) -> candle_core::Result<Option<Tensor>> {
    if rows == 1 {
        return Ok(None);
    }
    let total = seen + rows;
    let mask: Vec<f32> = (0..rows)
        .flat_map(|row| (0..total).map(move |column| if column > seen + row { f32::NEG_INFINITY } else { 0.0 }))
        .collect();
    Tensor::from_vec(mask, (rows, total), like.device()).map(Some)
}
