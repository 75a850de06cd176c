//! One batch through the network and back on tensors of any device: what [`Pass`](super::pass::Pass) computes on slices, in
//! few and large operations, so that a graphics card is kept busy.
//!
//! What is frozen lies on the device in its own type. Trained tensors are sent at each call, their gradients and the losses
//! come back at its end; between the two nothing waits for the device.

mod attention;
mod block;
mod dropout;
mod layers;
mod math;
#[cfg(test)]
mod tests;

use candle_core::{DType, Device, Tensor};

use self::attention::{Layout, joined};
use self::block::{Keep, Kept, Shared};
use self::dropout::Masks;
use self::layers::{Block, Linear, Norm, Tensors};
use self::math::{Normed, cross_entropy};
use super::batch::Batch;
use super::frozen::values;
use super::network::{Embedding, Network};
use super::ops::add;
use super::ops::attention::Heads;
use super::params::{Grads, Params};
use crate::model::attention::causal_mask;
use crate::model::rotary::Rotary;
use crate::model::{Config, ModelError};

/// How many numbers of the widest tensors are held at a time.
#[derive(Debug, Clone, Copy)]
struct Limits {
    logits: usize,
    /// Scores of attention, over all heads.
    scores: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { logits: 1 << 25, scores: 1 << 25 }
    }
}

/// The network on a device.
#[derive(Debug)]
pub(crate) struct TensorPass {
    device: Device,
    config: Config,
    heads: Heads,
    rotary: Rotary,
    /// The turn back.
    back: Rotary,
    wte: Embedding,
    blocks: Vec<Block>,
    ln_f: Norm,
    head: Linear,
    full: bool,
    checkpointing: bool,
    limits: Limits,
    losses: Vec<f32>,
}

impl TensorPass {
    /// Of a network whose frozen weights are on `device` already.
    pub(crate) fn new(network: Network, device: Device, checkpointing: bool) -> Result<Self, ModelError> {
        let Network { config, heads, wte, blocks, ln_f, head, full, .. } = network;
        let blocks = blocks.into_iter().map(|block| Block::new(block, &device)).collect::<candle_core::Result<_>>()?;
        let rotary = Rotary::new(&config, &device)?;
        Ok(Self {
            heads,
            back: rotary.back()?,
            rotary,
            wte,
            blocks,
            ln_f: Norm::new(ln_f, &device)?,
            head: Linear::new(head, &device)?,
            full,
            checkpointing,
            limits: Limits::default(),
            losses: Vec::new(),
            config,
            device,
        })
    }

    /// As [`Pass::losses`](super::pass::Pass::losses).
    pub(crate) fn losses(
        &mut self,
        params: &Params,
        grads: Option<&mut Grads>,
        batch: &Batch,
        weight: f32,
        dropout: Option<u32>,
    ) -> Result<&[f32], ModelError> {
        let weight = grads.is_some().then_some(weight);
        let mut tensors = self.send(params, batch.ids.len(), dropout)?;
        let mut stream = self.embed(&tensors, &batch.ids)?;
        let longest = batch.texts.iter().map(ExactSizeIterator::len).max().unwrap_or_default();
        let mask = causal_mask(longest, 0, &stream)?;
        let shared = Shared {
            layout: Layout {
                heads: self.heads,
                texts: &batch.texts,
                mask,
                rotary: &self.rotary,
                back: &self.back,
                scores: self.limits.scores,
            },
            activation: self.config.activation,
            epsilon: self.config.layer_norm_epsilon,
        };
        let keep = match (weight, self.checkpointing) {
            (None, _) => Keep::Nothing,
            (Some(_), true) => Keep::Input,
            (Some(_), false) => Keep::Wide,
        };
        let mut kept = Vec::new();
        for block in &self.blocks {
            let of_block;
            (stream, of_block) = block.forward(stream, &shared, &tensors, keep)?;
            kept.extend(of_block);
        }
        let (losses, dstream) = self.head(&stream, &mut tensors, batch, weight)?;
        drop(stream);
        if let (Some(grads), Some(dstream)) = (grads, dstream) {
            let dstream = self.blocks_backward(dstream, kept, &shared, &mut tensors)?;
            for (number, grad) in tensors.grads.into_iter().enumerate() {
                grad.map_or(Ok(()), |grad| values(&grad).map(|grad| add(grads.of(number), &grad)))?;
            }
            if let (Embedding::Trained(wte), Some(dstream)) = (&self.wte, dstream) {
                let width = self.config.n_embd;
                for (id, dx) in batch.ids.iter().zip(values(&dstream)?.chunks_exact(width)) {
                    add(&mut grads.of(*wte)[*id as usize * width..][..width], dx);
                }
            }
        }
        self.losses = values(&losses)?;
        Ok(&self.losses)
    }

    /// What a call needs that changes from step to step.
    fn send(&self, params: &Params, rows: usize, dropout: Option<u32>) -> Result<Tensors, ModelError> {
        let sent = params.all.iter().map(|param| Tensor::from_slice(&param.values, &param.shape[..], &self.device));
        Ok(Tensors {
            params: sent.collect::<candle_core::Result<_>>()?,
            grads: vec![None; params.all.len()],
            masks: Masks::draw(&self.blocks, rows, dropout, &self.device)?,
        })
    }

    fn embed(&self, tensors: &Tensors, ids: &[u32]) -> Result<Tensor, ModelError> {
        let vocab_size = self.config.vocab_size;
        if let Some(&id) = ids.iter().find(|id| **id as usize >= vocab_size) {
            return Err(ModelError::TokenOutOfRange { id, vocab_size });
        }
        let table = match &self.wte {
            Embedding::Trained(number) => &tensors.params[*number],
            Embedding::Frozen(table) => table,
        };
        Ok(table.index_select(&Tensor::new(ids, &self.device)?, 0)?.to_dtype(DType::F32)?)
    }

    /// The last norm, the head and the loss, on the counted rows alone and some of them at a time: the losses, and with
    /// `weight` the derivative of the stream.
    fn head(
        &self,
        stream: &Tensor,
        tensors: &mut Tensors,
        batch: &Batch,
        weight: Option<f32>,
    ) -> Result<(Tensor, Option<Tensor>), ModelError> {
        let counted: Vec<u32> = batch.counted.iter().map(|row| *row as u32).collect();
        let counted = Tensor::new(counted, &self.device)?;
        let targets = Tensor::new(&batch.targets[..], &self.device)?.unsqueeze(1)?;
        let normed = Normed::of(&stream.index_select(&counted, 0)?, self.config.layer_norm_epsilon)?;
        let ys = normed.forward(self.ln_f.weight.of(tensors), self.ln_f.bias.of(tensors))?;
        let head = self.head.weight(tensors)?;
        let count = batch.counted.len();
        let at_once = (self.limits.logits / self.config.vocab_size).max(16);
        let (mut losses, mut dnormed) = (Vec::new(), Vec::new());
        for first in (0..count).step_by(at_once) {
            let rows = first..(first + at_once).min(count);
            let ys = ys.narrow(0, first, rows.len())?;
            let targets = targets.narrow(0, first, rows.len())?;
            let logits = self.head.forward(&ys, &head, tensors, &rows)?;
            let (of_rows, dlogits) = cross_entropy(&logits, &targets, weight)?;
            losses.push(of_rows);
            if let Some(dlogits) = dlogits {
                self.head.learn(&dlogits, &ys, tensors, &rows)?;
                dnormed.push(self.head.backward(&dlogits, &head, tensors, &rows)?);
            }
        }
        let losses = joined(&losses, 0)?;
        if weight.is_none() {
            return Ok((losses, None));
        }
        let dnormed = joined(&dnormed, 0)?;
        if let (Some(weight), Some(bias)) = (self.ln_f.weight.trained(), self.ln_f.bias.trained()) {
            let (dweight, dbias) = normed.learnt(&dnormed)?;
            tensors.learn(weight, dweight)?;
            tensors.learn(bias, dbias)?;
        }
        let dpicked = normed.backward(&dnormed, self.ln_f.weight.of(tensors))?;
        // Each counted row is its own: nothing is added twice.
        Ok((losses, Some(stream.zeros_like()?.index_add(&counted, &dpicked, 0)?)))
    }

    /// Back through the blocks. Below the first one of a frozen base there is nothing to learn.
    fn blocks_backward(
        &self,
        dstream: Tensor,
        mut kept: Vec<Kept>,
        shared: &Shared,
        tensors: &mut Tensors,
    ) -> Result<Option<Tensor>, ModelError> {
        let mut dstream = Some(dstream);
        for (layer, block) in self.blocks.iter().enumerate().rev() {
            if let (Some(dys), Some(kept)) = (dstream.take(), kept.pop()) {
                dstream = block.backward(&dys, kept, shared, tensors, layer > 0 || self.full)?;
            }
        }
        Ok(dstream)
    }
}
