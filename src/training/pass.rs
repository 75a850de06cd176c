//! One batch through the network and back, on slices, with buffers that are used again from step to step.
//!
//! Texts of a batch lie one after the other, without padding. The backward pass computes norms and activations anew from
//! the sums before them; with checkpointing of activations (Chen et al. 2016) queries, keys, values and the MLP's inner
//! sums too, a block at a time, so that only each block's input, its mixed values and its softmax sums are kept.

use candle_core::{DType, Tensor};
use rayon::prelude::*;

use super::batch::Batch;
use super::frozen::values;
use super::network::{Block, Embedding, Linear, Matrix, Network, Norm, Vector};
use super::ops::attention::{self, Qkv};
use super::ops::linear::{self, LowRank, LowRankScratch, Shape, Weight};
use super::ops::{ROWS, add, add_rows, gelu, loss, norm};
use super::params::{Grads, Params};
use crate::model::ModelError;

/// Rows that the MLP takes at a time where its weights lie ready; frozen ones may have to be unpacked for each piece.
const MLP_ROWS: usize = 512;
pub(crate) const MLP_ROWS_FROZEN: usize = 2048;
/// Logits that are held at a time.
const LOGITS: usize = 1 << 24;
const LOGIT_ROWS: usize = 512;

/// What the backward pass needs of one block whatever is checkpointed.
#[derive(Debug, Default)]
struct Kept {
    input: Vec<f32>,
    mixed: Vec<f32>,
    sums: Vec<f32>,
}

/// What can be computed anew.
#[derive(Debug, Default)]
struct Wide {
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    /// The MLP's inner sums; empty when they are computed by pieces.
    inner: Vec<f32>,
}

#[derive(Debug, Default)]
struct Buffers {
    kept: Vec<Kept>,
    wide: Vec<Wide>,
    normed: Vec<f32>,
    dnormed: Vec<f32>,
    dmixed: Vec<f32>,
    by_heads: [Vec<f32>; 3],
    inner: [Vec<f32>; 3],
    logits: Vec<f32>,
    picked: [Vec<f32>; 3],
    weights: Vec<f32>,
    low: LowRankScratch,
}

/// The network at work.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) network: Network,
    pub(crate) threads: usize,
    pub(crate) checkpointing: bool,
    buffers: Buffers,
    /// The residual stream on the way forward, its derivative on the way back.
    stream: Vec<f32>,
    losses: Vec<f32>,
}

/// What one call is about: the same for all of its layers.
struct Call<'a> {
    params: &'a Params,
    grads: Option<&'a mut Grads>,
    batch: &'a Batch,
    threads: usize,
    /// The random key of this call's dropout; none drops nothing.
    dropout: Option<u32>,
    full: bool,
}

impl Pass {
    pub(crate) fn new(network: Network, threads: usize, checkpointing: bool) -> Self {
        Self { network, threads, checkpointing, buffers: Buffers::default(), stream: Vec::new(), losses: Vec::new() }
    }

    /// The loss of every counted token of `batch`. Where `grads` is given, adds the gradient of `weight` times their sum.
    pub(crate) fn losses(
        &mut self,
        params: &Params,
        grads: Option<&mut Grads>,
        batch: &Batch,
        weight: f32,
        dropout: Option<u32>,
    ) -> Result<&[f32], ModelError> {
        let mut call = Call { params, grads, batch, threads: self.threads, dropout, full: self.network.full };
        let learning = call.grads.is_some();
        let (rows, layers) = (batch.ids.len(), self.network.blocks.len());
        let apart = learning && !self.checkpointing;
        self.buffers.kept.resize_with(if learning { layers } else { 1 }, Kept::default);
        self.buffers.wide.resize_with(if apart { layers } else { 1 }, Wide::default);
        self.embed(&call)?;
        for layer in 0..layers {
            let (kept, wide) = (if learning { layer } else { 0 }, if apart { layer } else { 0 });
            let parts = Parts::new(&self.network, &mut self.buffers, layer, kept, wide, rows);
            forward(parts, &mut self.stream, &mut call, learning, apart)?;
        }
        self.head(&mut call, learning.then_some(weight))?;
        if learning {
            for layer in (0..layers).rev() {
                let parts =
                    Parts::new(&self.network, &mut self.buffers, layer, layer, if apart { layer } else { 0 }, rows);
                backward(parts, &mut self.stream, &mut call, apart, layer)?;
            }
            if let (Embedding::Trained(wte), Some(grads)) = (&self.network.wte, &mut call.grads) {
                let width = self.network.config.n_embd;
                for (id, dx) in batch.ids.iter().zip(self.stream.chunks_exact(width)) {
                    add(&mut grads.of(*wte)[*id as usize * width..][..width], dx);
                }
            }
        }
        Ok(&self.losses)
    }

    fn embed(&mut self, call: &Call) -> Result<(), ModelError> {
        let (width, vocab_size) = (self.network.config.n_embd, self.network.config.vocab_size);
        let ids = &call.batch.ids;
        if let Some(&id) = ids.iter().find(|id| **id as usize >= vocab_size) {
            return Err(ModelError::TokenOutOfRange { id, vocab_size });
        }
        self.stream.resize(ids.len() * width, 0.0);
        match &self.network.wte {
            Embedding::Trained(wte) => {
                let table = call.params.of(*wte);
                for (row, id) in self.stream.chunks_exact_mut(width).zip(ids) {
                    row.copy_from_slice(&table[*id as usize * width..][..width]);
                }
            }
            Embedding::Frozen(table) => {
                let rows = table.index_select(&Tensor::new(ids.as_slice(), table.device())?, 0)?;
                self.stream = values(&rows.to_dtype(DType::F32)?)?;
            }
        }
        Ok(())
    }

    /// The last norm, the head and the loss, on the counted rows alone and some of them at a time. With `weight` the
    /// stream becomes its own derivative.
    fn head(&mut self, call: &mut Call, weight: Option<f32>) -> Result<(), ModelError> {
        let Network { config, ln_f, head, .. } = &self.network;
        let (width, vocab) = (config.n_embd, config.vocab_size);
        let epsilon = config.layer_norm_epsilon as f32;
        let Buffers { logits, picked: [picked, normed, dpicked], weights, .. } = &mut self.buffers;
        let (counted, targets) = (&call.batch.counted, &call.batch.targets);
        self.losses.clear();
        self.losses.resize(counted.len(), 0.0);
        let at_once = (LOGITS / vocab).clamp(16, LOGIT_ROWS);
        // The last rows are read before any row is written: each counted row is its own.
        let mut dstream = weight.map(|_| vec![0.0; self.stream.len()]);
        for first in (0..counted.len()).step_by(at_once) {
            let rows = &counted[first..(first + at_once).min(counted.len())];
            let shape = Shape { rows: rows.len(), input: width, output: vocab, threads: call.threads };
            picked.resize(rows.len() * width, 0.0);
            normed.resize(rows.len() * width, 0.0);
            for (to, from) in picked.chunks_exact_mut(width).zip(rows) {
                to.copy_from_slice(&self.stream[from * width..][..width]);
            }
            norm::forward(normed, picked, ln_f.weight.of(call.params), ln_f.bias.of(call.params), epsilon);
            logits.resize(rows.len() * vocab, 0.0);
            linear::forward(logits, false, normed, head.weight_of(call.params), shape, weights)?;
            if let Some(bias) = &head.bias {
                let bias = bias.of(call.params);
                logits.par_chunks_exact_mut(vocab).with_min_len(8).for_each(|row| add(row, bias));
            }
            let (losses, targets) = (&mut self.losses[first..][..rows.len()], &targets[first..][..rows.len()]);
            loss::cross_entropy(losses, logits, targets, weight);
            let (Some(dstream), Some(grads)) = (&mut dstream, &mut call.grads) else { continue };
            if let Matrix::Trained(number) = head.weight {
                linear::backward_weight(grads.of(number), logits, normed, shape);
            }
            if let Some(number) = head.bias.as_ref().and_then(Vector::trained) {
                add_rows(grads.of(number), logits);
            }
            linear::backward_input(normed, false, logits, head.weight_of(call.params), shape, weights)?;
            dpicked.clear();
            dpicked.resize(rows.len() * width, 0.0);
            norm_backward(dpicked, normed, picked, ln_f, call.params, grads, epsilon);
            for (from, to) in dpicked.chunks_exact(width).zip(rows) {
                dstream[to * width..][..width].copy_from_slice(from);
            }
        }
        if let Some(dstream) = dstream {
            self.stream = dstream;
        }
        Ok(())
    }
}

fn norm_backward(
    dxs: &mut [f32],
    dys: &mut [f32],
    xs: &[f32],
    ln: &Norm,
    params: &Params,
    grads: &mut Grads,
    epsilon: f32,
) {
    let trained = match (ln.weight.trained(), ln.bias.trained()) {
        (Some(weight), Some(bias)) => grads.two(weight, bias),
        _ => None,
    };
    norm::backward(dxs, dys, xs, ln.weight.of(params), trained, epsilon);
}

/// The buffers of one layer.
struct Parts<'a> {
    network: &'a Network,
    block: &'a Block,
    kept: &'a mut Kept,
    wide: &'a mut Wide,
    normed: &'a mut Vec<f32>,
    dnormed: &'a mut Vec<f32>,
    dmixed: &'a mut Vec<f32>,
    by_heads: &'a mut [Vec<f32>; 3],
    inner: &'a mut [Vec<f32>; 3],
    tools: Tools<'a>,
}

/// Scratch that every layer shares.
struct Tools<'a> {
    weights: &'a mut Vec<f32>,
    low: &'a mut LowRankScratch,
}

impl<'a> Parts<'a> {
    fn new(
        network: &'a Network,
        buffers: &'a mut Buffers,
        layer: usize,
        kept: usize,
        wide: usize,
        rows: usize,
    ) -> Self {
        let size = rows * network.config.n_embd;
        let Buffers { kept: all_kept, wide: all_wide, normed, dnormed, dmixed, by_heads, inner, weights, low, .. } =
            buffers;
        let (kept, wide) = (&mut all_kept[kept], &mut all_wide[wide]);
        for buffer in [&mut kept.mixed, &mut wide.q, &mut wide.k, &mut wide.v, &mut *normed, &mut by_heads[0]] {
            buffer.resize(size, 0.0);
        }
        kept.sums.resize(rows * network.heads.count, 0.0);
        let block = &network.blocks[layer];
        let tools = Tools { weights, low };
        Self { network, block, kept, wide, normed, dnormed, dmixed, by_heads, inner, tools }
    }
}

impl Linear {
    pub(crate) fn weight_of<'a>(&'a self, params: &'a Params) -> Weight<'a> {
        match &self.weight {
            Matrix::Trained(number) => Weight::Trained(params.of(*number)),
            Matrix::Frozen(weight) => Weight::Frozen(weight),
        }
    }

    fn low_of<'a>(&self, call: &Call<'a>, key: u32) -> Option<LowRank<'a>> {
        let low = self.low.as_ref()?;
        let dropout = low.dropped(call.dropout, key);
        let (down, up) = (call.params.of(low.down), call.params.of(low.up));
        Some(LowRank { down, up, rank: low.rank, scale: low.scale, dropout })
    }

    fn shape(&self, rows: usize, threads: usize) -> Shape {
        Shape { rows, input: self.input, output: self.output, threads }
    }

    /// `ys = xs · Wᵀ`, or added to it, with the low-rank change and without the bias.
    fn forward(
        &self,
        ys: &mut [f32],
        keep: bool,
        xs: &[f32],
        call: &Call,
        tools: &mut Tools,
        key: u32,
    ) -> Result<(), ModelError> {
        let shape = self.shape(xs.len() / self.input, call.threads);
        linear::forward(ys, keep, xs, self.weight_of(call.params), shape, tools.weights)?;
        if let Some(low) = self.low_of(call, key) {
            tools.low.forward(ys, xs, low, shape);
        }
        Ok(())
    }

    /// Adds the gradients of weight, bias and low-rank change, and gives `dxs` (or adds to it) what `dys` makes of it.
    fn backward(
        &self,
        mut dxs: Option<(&mut [f32], bool)>,
        dys: &[f32],
        xs: &[f32],
        call: &mut Call,
        tools: &mut Tools,
        key: u32,
    ) -> Result<(), ModelError> {
        let shape = self.shape(xs.len() / self.input, call.threads);
        let low = self.low_of(call, key);
        let Some(grads) = &mut call.grads else { return Ok(()) };
        if let Matrix::Trained(number) = self.weight {
            linear::backward_weight(grads.of(number), dys, xs, shape);
        }
        if let Some(number) = self.bias.as_ref().and_then(Vector::trained) {
            add_rows(grads.of(number), dys);
        }
        if let Some((dxs, keep)) = &mut dxs {
            linear::backward_input(dxs, *keep, dys, self.weight_of(call.params), shape, tools.weights)?;
        }
        if let (Some(low), Some(numbers)) = (low, &self.low)
            && let Some(pair) = grads.two(numbers.down, numbers.up)
        {
            tools.low.backward(dxs.map(|(dxs, _)| dxs), pair, dys, xs, low, shape);
        }
        Ok(())
    }
}

/// Queries and keys, turned, and values of the normed input.
fn project(parts: &mut Parts, call: &Call) -> Result<(), ModelError> {
    let Parts { network, block, wide, normed, tools, .. } = parts;
    block.q_proj.forward(&mut wide.q, false, normed, call, tools, 0)?;
    block.k_proj.forward(&mut wide.k, false, normed, call, tools, 0)?;
    block.v_proj.forward(&mut wide.v, false, normed, call, tools, 0)?;
    let (heads, width) = (network.heads, network.config.n_embd);
    let positions: Vec<u32> = call.batch.texts.iter().flat_map(|rows| 0..rows.len() as u32).collect();
    for turned in [&mut wide.q, &mut wide.k] {
        turned.par_chunks_mut(ROWS * width).zip(positions.par_chunks(ROWS)).for_each(|(rows, positions)| {
            for (row, position) in rows.chunks_exact_mut(width).zip(positions) {
                network.angles.turn(row, *position as usize, heads, 1.0);
            }
        });
    }
    Ok(())
}

fn mlp_rows(block: &Block) -> usize {
    if matches!(block.fc_in.weight, Matrix::Frozen(_)) { MLP_ROWS_FROZEN } else { MLP_ROWS }
}

/// `stream += attn(ln(stream)) + mlp(ln(stream))`
fn forward(
    mut parts: Parts,
    stream: &mut [f32],
    call: &mut Call,
    learning: bool,
    apart: bool,
) -> Result<(), ModelError> {
    let config = &parts.network.config;
    let (width, inner) = (config.n_embd, config.n_inner);
    if learning {
        parts.kept.input.resize(stream.len(), 0.0);
        parts.kept.input.copy_from_slice(stream);
    }
    let ln = &parts.block.ln_1;
    let epsilon = config.layer_norm_epsilon as f32;
    norm::forward(parts.normed, stream, ln.weight.of(call.params), ln.bias.of(call.params), epsilon);
    project(&mut parts, call)?;
    let Parts { network, block, kept, wide, normed, by_heads, inner: scratch, mut tools, .. } = parts;
    let qkv = Qkv { q: &wide.q, k: &wide.k, v: &wide.v };
    attention::forward(&mut kept.mixed, &mut kept.sums, qkv, &call.batch.texts, network.heads, &mut by_heads[0]);
    block.out_proj.forward(stream, true, &kept.mixed, call, &mut tools, 0)?;
    let at_once = mlp_rows(block);
    if apart {
        wide.inner.resize(stream.len() / width * inner, 0.0);
    }
    let [sums, act, _] = scratch;
    let pieces = normed.chunks(at_once * width).zip(stream.chunks_mut(at_once * width));
    for (piece, (normed, stream)) in pieces.enumerate() {
        let size = normed.len() / width * inner;
        let key = piece as u32;
        act.resize(size, 0.0);
        let sums = if apart {
            &mut wide.inner[piece * at_once * inner..][..size]
        } else {
            sums.resize(size, 0.0);
            &mut sums[..]
        };
        block.fc_in.forward(sums, false, normed, call, &mut tools, key)?;
        gelu::forward(act, sums, bias_of(&block.fc_in, call.params), network.config.activation);
        block.fc_out.forward(stream, true, act, call, &mut tools, key)?;
        let bias = bias_of(&block.fc_out, call.params);
        stream.par_chunks_exact_mut(width).with_min_len(ROWS).for_each(|row| add(row, bias));
    }
    Ok(())
}

/// Both layers of a GPT-J's MLP have a bias: `model::build` refuses files without it.
fn bias_of<'a>(linear: &'a Linear, params: &'a Params) -> &'a [f32] {
    linear.bias.as_ref().map_or(&[], |bias| bias.of(params))
}

/// From the derivative of a block's result, in `dstream`, to that of its input.
fn backward(
    mut parts: Parts,
    dstream: &mut [f32],
    call: &mut Call,
    apart: bool,
    layer: usize,
) -> Result<(), ModelError> {
    let config = &parts.network.config;
    let ln = &parts.block.ln_1;
    let epsilon = config.layer_norm_epsilon as f32;
    norm::forward(parts.normed, &parts.kept.input, ln.weight.of(call.params), ln.bias.of(call.params), epsilon);
    if !apart {
        project(&mut parts, call)?;
    }
    // Below the first block of a frozen base there is nothing to learn.
    let below = layer > 0 || call.full;
    parts.dnormed.resize(dstream.len(), 0.0);
    parts.dmixed.resize(dstream.len(), 0.0);
    parts.by_heads.iter_mut().for_each(|buffer| buffer.resize(dstream.len(), 0.0));
    mlp_backward(&mut parts, dstream, call, apart, below)?;
    let Parts { network, block, kept, wide, normed, dnormed, dmixed, by_heads, mut tools, .. } = parts;
    block.out_proj.backward(Some((dmixed, false)), dstream, &kept.mixed, call, &mut tools, 0)?;
    let [dq, dk, dv] = by_heads;
    let qkv = Qkv { q: &wide.q, k: &wide.k, v: &wide.v };
    let texts = &call.batch.texts;
    attention::backward([dq, dk, dv], dmixed, &kept.mixed, &mut kept.sums, qkv, texts, network.heads);
    // Their derivatives take the places of queries, keys and values, which nobody needs any more.
    let back = |row: &mut [f32], position: usize| network.angles.turn(row, position, network.heads, -1.0);
    attention::by_rows(&mut wide.q, dq, texts, network.heads, back);
    attention::by_rows(&mut wide.k, dk, texts, network.heads, back);
    attention::by_rows(&mut wide.v, dv, texts, network.heads, |_, _| ());
    for (linear, dys) in [(&block.q_proj, &wide.q), (&block.k_proj, &wide.k), (&block.v_proj, &wide.v)] {
        linear.backward(below.then_some((&mut dnormed[..], true)), dys, normed, call, &mut tools, 0)?;
    }
    if let (true, Some(grads)) = (below, &mut call.grads) {
        norm_backward(dstream, dnormed, &kept.input, ln, call.params, grads, epsilon);
    }
    Ok(())
}

/// The MLP's part of [`backward`]: sets `dnormed`.
fn mlp_backward(
    parts: &mut Parts,
    dstream: &[f32],
    call: &mut Call,
    apart: bool,
    below: bool,
) -> Result<(), ModelError> {
    let Parts { network, block, wide, normed, dnormed, inner: scratch, tools, .. } = parts;
    let (width, inner) = (network.config.n_embd, network.config.n_inner);
    if !below && block.fc_in.low.is_none() && block.fc_out.low.is_none() {
        return Ok(());
    }
    let at_once = mlp_rows(block);
    let [sums, act, dact] = scratch;
    let pieces = normed.chunks(at_once * width).zip(dstream.chunks(at_once * width));
    for (piece, ((normed, dstream), dnormed)) in pieces.zip(dnormed.chunks_mut(at_once * width)).enumerate() {
        let size = normed.len() / width * inner;
        let key = piece as u32;
        act.resize(size, 0.0);
        dact.resize(size, 0.0);
        sums.resize(size, 0.0);
        if apart {
            gelu::with_slope(act, sums, &wide.inner[piece * at_once * inner..][..size], network.config.activation);
        } else {
            block.fc_in.forward(dact, false, normed, call, tools, key)?;
            let bias = bias_of(&block.fc_in, call.params);
            dact.par_chunks_exact_mut(inner).with_min_len(ROWS).for_each(|row| add(row, bias));
            gelu::with_slope(act, sums, dact, network.config.activation);
        }
        block.fc_out.backward(Some((&mut dact[..], false)), dstream, act, call, tools, key)?;
        gelu::backward(dact, sums);
        block.fc_in.backward(below.then_some((dnormed, false)), dact, normed, call, tools, key)?;
    }
    Ok(())
}
