//! GPT-J (Wang and Komatsuzaki 2021), as transformers' `modeling_gptj.py` computes it: blocks in which one layer norm feeds
//! attention and MLP side by side, rotary positions, and a head of its own.
//!
//! The residual stream, norms and scores are f32 whatever the weights are.

use candle_core::{DType, Device, Tensor};
use candle_nn::{LayerNorm, Module};

use super::attention::{Attention, Step, causal_mask};
use super::cache::KvCache;
use super::config::Activation;
use super::linear::Linear;
use super::rotary::Rotary;
use super::{Config, ModelError};

/// Two linear layers with the activation between them.
#[derive(Debug)]
pub(crate) struct Mlp {
    pub(crate) fc_in: Linear,
    pub(crate) fc_out: Linear,
    pub(crate) activation: Activation,
}

impl Mlp {
    fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        self.fc_out.forward(&self.activation.forward(&self.fc_in.forward(xs)?)?)
    }
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) ln_1: LayerNorm,
    pub(crate) attn: Attention,
    pub(crate) mlp: Mlp,
}

impl Block {
    /// `x + attn(ln(x)) + mlp(ln(x))`
    fn forward(&self, xs: &Tensor, step: &Step, cache: &mut KvCache, layer: usize) -> candle_core::Result<Tensor> {
        let normed = self.ln_1.forward(xs)?;
        let attended = self.attn.forward(&normed, step, cache, layer)?;
        xs + (attended + self.mlp.forward(&normed)?)?
    }
}

/// A loaded GPT-J, ready to run. Several caches may take turns on it.
#[derive(Debug)]
pub struct GptJ {
    pub(crate) config: Config,
    pub(crate) device: Device,
    /// `[vocab, n_embd]`, in the type of the dense weights.
    pub(crate) wte: Tensor,
    pub(crate) blocks: Vec<Block>,
    pub(crate) ln_f: LayerNorm,
    pub(crate) lm_head: Linear,
    pub(crate) rotary: Rotary,
}

impl GptJ {
    /// The sizes that it was built with; the vocabulary is the adapter's where that brought its own.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where its weights are.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// An empty cache for this model.
    ///
    /// # Errors
    /// When the device has no memory for it.
    pub fn new_cache(&self) -> Result<KvCache, ModelError> {
        KvCache::new(&self.config, &self.device)
    }

    /// Reads `ids` after what `cache` holds, and gives the logits of the last position over the whole vocabulary.
    ///
    /// # Errors
    /// For no ids, ids outside the vocabulary, or more than the window holds: the cache is unchanged then.
    pub fn forward(&self, ids: &[u32], cache: &mut KvCache) -> Result<Vec<f32>, ModelError> {
        let hidden = self.hidden(ids, cache)?;
        let last = hidden.narrow(0, ids.len() - 1, 1)?.contiguous()?;
        Ok(self.lm_head.forward(&self.ln_f.forward(&last)?)?.squeeze(0)?.to_vec1()?)
    }

    /// Like [`Self::forward`], with the logits of every position of `ids`: f32 `[ids, vocab]`.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn forward_all(&self, ids: &[u32], cache: &mut KvCache) -> Result<Tensor, ModelError> {
        let hidden = self.hidden(ids, cache)?;
        Ok(self.lm_head.forward(&self.ln_f.forward(&hidden)?)?)
    }

    /// Reads `ids` without asking for logits: for all chunks of a prompt but the last.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn prefill(&self, ids: &[u32], cache: &mut KvCache) -> Result<(), ModelError> {
        self.hidden(ids, cache).map(drop)
    }

    /// The residual stream after the last block, `[ids, n_embd]`.
    fn hidden(&self, ids: &[u32], cache: &mut KvCache) -> Result<Tensor, ModelError> {
        if ids.is_empty() {
            return Err(ModelError::NoTokens);
        }
        let vocab_size = self.config.vocab_size;
        if let Some(&id) = ids.iter().find(|&&id| id as usize >= vocab_size) {
            return Err(ModelError::TokenOutOfRange { id, vocab_size });
        }
        cache.reserve(ids.len())?;
        let indexes = Tensor::new(ids, &self.device)?;
        let mut xs = self.wte.index_select(&indexes, 0)?.to_dtype(DType::F32)?;
        let step = Step { rotary: &self.rotary, mask: causal_mask(ids.len(), cache.len(), &xs)? };
        for (layer, block) in self.blocks.iter().enumerate() {
            xs = block.forward(&xs, &step, cache, layer)?;
        }
        cache.advance(ids.len());
        Ok(xs)
    }
}
