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
use super::packed::{PackedModel, Wanted};
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
    /// Whether all its weights are in the form of our own kernels.
    pub(crate) fn is_packed(&self) -> bool {
        let Attention { q_proj, k_proj, v_proj, out_proj, .. } = &self.attn;
        let layers = [q_proj, k_proj, v_proj, out_proj, &self.mlp.fc_in, &self.mlp.fc_out];
        layers.into_iter().all(Linear::is_packed)
    }

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
    pub(crate) body: Body,
}

/// How it is computed.
#[derive(Debug)]
pub(crate) enum Body {
    /// With candle's tensors: dense weights, and graphics cards.
    Tensors(Box<Layers>),
    /// With our own kernels: quantised weights on the processor.
    Packed(Box<PackedModel>),
}

/// The layers as candle computes them.
#[derive(Debug)]
pub(crate) struct Layers {
    /// `[vocab, n_embd]`, in the type of the dense weights.
    pub(crate) wte: Tensor,
    pub(crate) blocks: Vec<Block>,
    pub(crate) ln_f: LayerNorm,
    pub(crate) lm_head: Linear,
    pub(crate) rotary: Rotary,
}

impl Layers {
    /// The residual stream after the last block, `[ids, n_embd]`.
    fn hidden(&self, ids: &[u32], cache: &mut KvCache, device: &Device) -> candle_core::Result<Tensor> {
        let indexes = Tensor::new(ids, device)?;
        let mut xs = self.wte.index_select(&indexes, 0)?.to_dtype(DType::F32)?;
        let step = Step { rotary: &self.rotary, mask: causal_mask(ids.len(), cache.len(), &xs)? };
        for (layer, block) in self.blocks.iter().enumerate() {
            xs = block.forward(&xs, &step, cache, layer)?;
        }
        Ok(xs)
    }

    /// The logits of each row, `[rows, vocab]`.
    fn logits(&self, hidden: &Tensor) -> candle_core::Result<Tensor> {
        self.lm_head.forward(&self.ln_f.forward(hidden)?)
    }
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

    /// Its layers as candle's tensors, to be trained on.
    pub(crate) fn into_layers(self) -> Result<(Config, Layers), ModelError> {
        match self.body {
            Body::Tensors(layers) => Ok((self.config, *layers)),
            Body::Packed(_) => {
                Err(ModelError::Tensor("weights in the kernels' own form can't be trained on".to_owned()))
            }
        }
    }

    /// An empty cache for this model.
    ///
    /// # Errors
    /// When the device has no memory for it.
    pub fn new_cache(&self) -> Result<KvCache, ModelError> {
        match &self.body {
            Body::Tensors(_) => KvCache::new(&self.config, &self.device),
            Body::Packed(_) => Ok(KvCache::packed(&self.config)),
        }
    }

    /// Bytes of weights that one token reads, where our own kernels read them.
    #[must_use]
    pub fn bytes_per_token(&self) -> Option<u64> {
        match &self.body {
            Body::Tensors(_) => None,
            Body::Packed(model) => Some(model.bytes_per_token()),
        }
    }

    /// Whether a text gives the same logits, bit for bit, however many of its tokens are read at a time.
    #[must_use]
    pub fn same_bits_in_blocks(&self) -> bool {
        matches!(self.body, Body::Packed(_))
    }

    /// Reads `ids` after what `cache` holds, and gives the logits of the last position over the whole vocabulary.
    ///
    /// # Errors
    /// For no ids, ids outside the vocabulary, or more than the window holds: the cache is unchanged then.
    pub fn forward(&self, ids: &[u32], cache: &mut KvCache) -> Result<Vec<f32>, ModelError> {
        self.read(ids, cache, Wanted::Last, |hidden, layers| {
            let last = hidden.narrow(0, ids.len() - 1, 1)?.contiguous()?;
            layers.logits(&last)?.squeeze(0)?.to_vec1()
        })
    }

    /// Like [`Self::forward`], with the logits of every position of `ids`: f32 `[ids, vocab]`.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn forward_all(&self, ids: &[u32], cache: &mut KvCache) -> Result<Tensor, ModelError> {
        let logits =
            self.read(ids, cache, Wanted::All, |hidden, layers| layers.logits(hidden)?.flatten_all()?.to_vec1())?;
        Ok(Tensor::from_vec(logits, (ids.len(), self.config.vocab_size), &self.device)?)
    }

    /// Reads `ids` without asking for logits: for all chunks of a prompt but the last.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn prefill(&self, ids: &[u32], cache: &mut KvCache) -> Result<(), ModelError> {
        self.read(ids, cache, Wanted::None, |_, _| Ok(Vec::new())).map(drop)
    }

    /// As [`Self::prefill`], with the same bits, for what nobody waits for yet: packed weights meet fewer threads, which give way to
    /// all others, until `hurry` says that somebody waits. It is asked some dozens of times in a large model.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub fn prefill_in_background(
        &self,
        ids: &[u32],
        cache: &mut KvCache,
        hurry: &mut dyn FnMut() -> bool,
    ) -> Result<(), ModelError> {
        self.make_room(ids, cache)?;
        let start = cache.len();
        let (Body::Packed(model), Some(packed)) = (&self.body, cache.packed_mut()) else {
            return self.prefill(ids, cache);
        };
        model.run_in_background(ids, packed, start, hurry)?;
        cache.advance(ids.len());
        Ok(())
    }

    /// Makes room for `ids`, once they are known to be tokens.
    fn make_room(&self, ids: &[u32], cache: &mut KvCache) -> Result<(), ModelError> {
        if ids.is_empty() {
            return Err(ModelError::NoTokens);
        }
        let vocab_size = self.config.vocab_size;
        if let Some(&id) = ids.iter().find(|&&id| id as usize >= vocab_size) {
            return Err(ModelError::TokenOutOfRange { id, vocab_size });
        }
        cache.reserve(ids.len())
    }

    /// Reads `ids`; `logits` makes of candle's result what is wanted.
    fn read(
        &self,
        ids: &[u32],
        cache: &mut KvCache,
        wanted: Wanted,
        logits: impl FnOnce(&Tensor, &Layers) -> candle_core::Result<Vec<f32>>,
    ) -> Result<Vec<f32>, ModelError> {
        self.make_room(ids, cache)?;
        let start = cache.len();
        let logits = match (&self.body, cache.packed_mut()) {
            (Body::Packed(model), Some(packed)) => model.run(ids, packed, start, wanted)?,
            (Body::Tensors(layers), None) => logits(&layers.hidden(ids, cache, &self.device)?, layers)?,
            _ => return Err(candle_core::Error::Msg("a cache of another model".to_owned()).into()),
        };
        cache.advance(ids.len());
        Ok(logits)
    }
}
