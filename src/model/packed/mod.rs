//! GPT-J on the processor with packed weights: the blocks of `gptj.rs` with no tensor between them. Products share their
//! input, threads meet seven times a block, and the room for all of it is kept from one token to the next.

mod attention;
mod cache;
mod linear;
mod math;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, Storage, Tensor};

use self::attention::{Head, Rotary};
use self::cache::HeadCache;
pub(crate) use self::cache::PackedCache;
use self::linear::{Linear, LowRank, numbers};
use self::math::{Norm, activate};
use super::config::Activation;
use super::gptj::Block;
use super::kernels::{Activations, BlockFormat, Isa, Job, Pool, product};
use super::linear as layers;
use super::{Config, ModelError};

/// Positions read at once: more would need more room, and compute no faster.
const ROWS_AT_ONCE: usize = 256;
/// Values that one thread takes at a time where each is worked on alone.
const VALUES: usize = 8192;

/// The logits that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    None,
    Last,
    All,
}

/// One block.
#[derive(Debug)]
struct Layer {
    ln_1: Norm,
    q: Linear,
    k: Linear,
    v: Linear,
    out: Linear,
    fc_in: Linear,
    fc_out: Linear,
}

/// A GPT-J whose linear layers are all packed.
#[derive(Debug)]
pub(crate) struct PackedModel {
    pool: Arc<Pool>,
    /// For what nobody waits for.
    background: Arc<Pool>,
    isa: Isa,
    wte: Tensor,
    layers: Vec<Layer>,
    ln_f: Norm,
    head: Linear,
    rotary: Rotary,
    n_embd: usize,
    n_head: usize,
    activation: Activation,
    scratch: Mutex<Scratch>,
}

/// The parts that [`PackedModel::new`] takes over.
pub(crate) struct Parts {
    pub(super) wte: Tensor,
    pub(super) blocks: Vec<Block>,
    pub(super) ln_f: candle_nn::LayerNorm,
    pub(super) lm_head: layers::Linear,
}

/// Quantised rows in the forms that the weights ask for.
#[derive(Debug)]
struct Inputs([Activations; 2]);

impl Default for Inputs {
    fn default() -> Self {
        Self([BlockFormat::Q4, BlockFormat::Q8].map(Activations::new))
    }
}

impl Inputs {
    fn quantise(&mut self, pool: &Pool, x: &[f32], users: &[&Linear]) {
        let columns = users[0].matrix.columns();
        for input in &mut self.0 {
            if users.iter().any(|user| input.fits(user.matrix.format())) {
                input.quantise(pool, x, columns);
            }
        }
    }

    fn job<'a>(&'a self, linear: &'a Linear, y: &'a mut [f32]) -> Job<'a> {
        let x = &self.0[usize::from(linear.matrix.format() == BlockFormat::Q8)];
        Job { matrix: &linear.matrix, x, bias: linear.bias.as_deref(), y }
    }
}

/// Room for one pass, `[rows, width]` each.
#[derive(Debug, Default)]
struct Scratch {
    x: Vec<f32>,
    normed: Vec<f32>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    inner: Vec<f32>,
    attended: Vec<f32>,
    from_attention: Vec<f32>,
    from_mlp: Vec<f32>,
    low: Vec<f32>,
    heads: Vec<Head>,
    of_normed: Inputs,
    of_attended: Inputs,
    of_inner: Inputs,
}

/// What the threads share out between the two rounds of products.
enum Task<'a> {
    Head(usize, &'a mut Head, &'a mut HeadCache),
    Activate(&'a mut [f32]),
}

impl PackedModel {
    /// Takes over a model whose linear layers are all packed.
    pub(super) fn new(parts: Parts, config: &Config) -> Result<Self, ModelError> {
        let norm = |norm: &candle_nn::LayerNorm| -> candle_core::Result<Norm> {
            let weight = numbers(norm.weight())?;
            let bias = norm.bias().map(numbers).transpose()?.unwrap_or_else(|| vec![0.0; weight.len()]);
            Ok(Norm { weight, bias, epsilon: config.layer_norm_epsilon as f32 })
        };
        let layer = |Block { ln_1, attn, mlp }: Block| -> candle_core::Result<Layer> {
            Ok(Layer {
                ln_1: norm(&ln_1)?,
                q: Linear::from(attn.q_proj)?,
                k: Linear::from(attn.k_proj)?,
                v: Linear::from(attn.v_proj)?,
                out: Linear::from(attn.out_proj)?,
                fc_in: Linear::from(mlp.fc_in)?,
                fc_out: Linear::from(mlp.fc_out)?,
            })
        };
        Ok(Self {
            pool: Pool::shared(),
            background: Pool::shared_in_background(),
            isa: Isa::detect(),
            wte: parts.wte,
            layers: parts.blocks.into_iter().map(layer).collect::<Result<_, _>>()?,
            ln_f: norm(&parts.ln_f)?,
            head: Linear::from(parts.lm_head)?,
            rotary: Rotary::new(config),
            n_embd: config.n_embd,
            n_head: config.n_head,
            activation: config.activation,
            scratch: Mutex::new(Scratch::default()),
        })
    }

    /// Bytes of weights that one token reads.
    pub(super) fn bytes_per_token(&self) -> u64 {
        let of = |linear: &Linear| linear.matrix.bytes() + linear.beside.as_ref().map_or(0, LowRank::bytes);
        let layer = |layer: &Layer| {
            [&layer.q, &layer.k, &layer.v, &layer.out, &layer.fc_in, &layer.fc_out].map(of).iter().sum::<u64>()
        };
        self.layers.iter().map(layer).sum::<u64>() + of(&self.head)
    }

    /// Reads `ids` after the first `start` positions of `cache`, which has room for them, and gives the logits that are
    /// wanted, `[ids, vocab]` or `[vocab]`.
    pub(super) fn run(
        &self,
        ids: &[u32],
        cache: &mut PackedCache,
        start: usize,
        wanted: Wanted,
    ) -> Result<Vec<f32>, ModelError> {
        self.run_on(ids, cache, start, wanted, &mut || &self.pool)
    }

    /// As [`Self::run`], without logits, on fewer threads that give way to all others, until `hurry` says that somebody waits:
    /// it is asked before each layer.
    pub(super) fn run_in_background(
        &self,
        ids: &[u32],
        cache: &mut PackedCache,
        start: usize,
        hurry: &mut dyn FnMut() -> bool,
    ) -> Result<(), ModelError> {
        let mut pool = || if hurry() { &*self.pool } else { &*self.background };
        self.run_on(ids, cache, start, Wanted::None, &mut pool).map(drop)
    }

    /// `pool` gives the threads for each layer.
    fn run_on<'a>(
        &'a self,
        ids: &[u32],
        cache: &mut PackedCache,
        start: usize,
        wanted: Wanted,
        pool: &mut dyn FnMut() -> &'a Pool,
    ) -> Result<Vec<f32>, ModelError> {
        let scratch = &mut *self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut logits = Vec::new();
        let blocks = ids.chunks(ROWS_AT_ONCE);
        let last = blocks.len().saturating_sub(1);
        for (at, ids) in blocks.enumerate() {
            self.embed(ids, &mut scratch.x)?;
            for (layer, cache) in self.layers.iter().zip(&mut cache.layers) {
                self.block(pool(), layer, cache, scratch, start + at * ROWS_AT_ONCE);
            }
            match wanted {
                Wanted::All => self.head(scratch, ids.len(), &mut logits),
                Wanted::Last if at == last => self.head(scratch, 1, &mut logits),
                Wanted::None | Wanted::Last => (),
            }
        }
        Ok(logits)
    }

    /// Rows of the embedding.
    fn embed(&self, ids: &[u32], x: &mut Vec<f32>) -> Result<(), ModelError> {
        let (storage, layout) = self.wte.storage_and_layout();
        let (Storage::Cpu(storage), Some((first, _))) = (&*storage, layout.contiguous_offsets()) else {
            return Err(candle_core::Error::Msg("the embedding is not in memory".to_owned()).into());
        };
        x.clear();
        for id in ids {
            let row = first + *id as usize * self.n_embd..first + (*id as usize + 1) * self.n_embd;
            match storage {
                CpuStorage::F32(values) => x.extend_from_slice(&values[row]),
                CpuStorage::F16(values) => x.extend(values[row].iter().map(|value| value.to_f32())),
                CpuStorage::BF16(values) => x.extend(values[row].iter().map(|value| value.to_f32())),
                _ => {
                    let message = format!("an embedding of {:?}", self.wte.dtype());
                    return Err(candle_core::Error::Msg(message).into());
                }
            }
        }
        Ok(())
    }

    /// The norm of each row of `x`.
    fn norm(&self, pool: &Pool, norm: &Norm, x: &[f32], normed: &mut Vec<f32>) {
        normed.resize(x.len(), 0.0);
        let width = self.n_embd;
        if x.len() == width {
            norm.apply(x, normed);
            return;
        }
        let mut rows: Vec<_> = x.chunks_exact(width).zip(normed.chunks_exact_mut(width)).collect();
        pool.each(&mut rows, &|_, (x, y)| norm.apply(x, y));
    }

    /// `x + attn(ln(x)) + mlp(ln(x))`
    fn block(&self, pool: &Pool, layer: &Layer, cache: &mut [HeadCache], scratch: &mut Scratch, start: usize) {
        let width = self.n_embd;
        let rows = scratch.x.len() / width;
        self.norm(pool, &layer.ln_1, &scratch.x, &mut scratch.normed);
        let Scratch { normed, q, k, v, inner, low, of_normed, .. } = scratch;
        of_normed.quantise(pool, normed, &[&layer.q, &layer.k, &layer.v, &layer.fc_in]);
        for y in [&mut *q, k, v] {
            y.resize(rows * width, 0.0);
        }
        inner.resize(rows * layer.fc_in.matrix.rows(), 0.0);
        product(
            pool,
            self.isa,
            &mut [
                of_normed.job(&layer.q, q),
                of_normed.job(&layer.k, k),
                of_normed.job(&layer.v, v),
                of_normed.job(&layer.fc_in, inner),
            ],
        );
        let beside = [(&layer.q, &mut *q), (&layer.k, k), (&layer.v, v), (&layer.fc_in, inner)];
        Self::beside(pool, beside.map(|(linear, y)| (linear, normed.as_slice(), y.as_mut_slice())), low, rows);
        self.between(pool, cache, scratch, start);

        let Scratch { x, inner, attended, from_attention, from_mlp, low, of_attended, of_inner, .. } = scratch;
        of_attended.quantise(pool, attended, &[&layer.out]);
        of_inner.quantise(pool, inner, &[&layer.fc_out]);
        from_attention.resize(rows * width, 0.0);
        from_mlp.resize(rows * width, 0.0);
        product(
            pool,
            self.isa,
            &mut [of_inner.job(&layer.fc_out, from_mlp), of_attended.job(&layer.out, from_attention)],
        );
        let beside = [(&layer.fc_out, inner.as_slice(), from_mlp.as_mut_slice())];
        Self::beside(pool, beside, low, rows);
        Self::beside(pool, [(&layer.out, attended.as_slice(), from_attention.as_mut_slice())], low, rows);
        for ((x, attention), mlp) in x.iter_mut().zip(from_attention).zip(from_mlp) {
            *x += *attention + *mlp;
        }
    }

    /// Attention of each head and the activation of the MLP, shared out together.
    fn between(&self, pool: &Pool, cache: &mut [HeadCache], scratch: &mut Scratch, start: usize) {
        let (width, head_dim) = (self.n_embd, self.n_embd / self.n_head);
        let Scratch { q, k, v, inner, attended, heads, .. } = scratch;
        heads.resize_with(self.n_head, Head::default);
        let of_heads = heads.iter_mut().zip(cache).enumerate().map(|(at, (head, cache))| Task::Head(at, head, cache));
        let mut tasks: Vec<Task> = of_heads.chain(inner.chunks_mut(VALUES).map(Task::Activate)).collect();
        pool.each(&mut tasks, &|_, task| match task {
            Task::Head(at, head, cache) => {
                head.take([&*q, k, v], width, *at * head_dim, head_dim);
                head.attend(self.isa, cache, &self.rotary, start, head_dim);
            }
            Task::Activate(values) => activate(self.activation, values),
        });
        attended.resize(q.len(), 0.0);
        for (at, head) in heads.iter().enumerate() {
            for (row, out) in attended.chunks_exact_mut(width).zip(head.out.chunks_exact(head_dim)) {
                row[at * head_dim..(at + 1) * head_dim].copy_from_slice(out);
            }
        }
    }

    /// Adds what the adapter adds to each product `(layer, x, y)`.
    fn beside<const N: usize>(
        pool: &Pool,
        products: [(&Linear, &[f32], &mut [f32]); N],
        low: &mut Vec<f32>,
        rows: usize,
    ) {
        let mut pairs: Vec<_> =
            products.into_iter().filter_map(|(linear, x, y)| linear.beside.as_ref().map(|pair| (pair, x, y))).collect();
        if pairs.is_empty() {
            return;
        }
        low.resize(pairs.iter().map(|(pair, ..)| rows * pair.rank()).sum(), 0.0);
        // One row is cut along the columns, several between the rows.
        let pieces = 2 * pool.threads();
        let share = |width: usize| if rows == 1 { width.div_ceil(pieces) } else { rows.div_ceil(pieces) * width };
        let columns = |at: usize, len: usize, width: usize| if rows == 1 { at..at + len } else { 0..width };

        let mut downs = Vec::new();
        let mut rest = low.as_mut_slice();
        for (pair, x, _) in &pairs {
            let (own, next) = std::mem::take(&mut rest).split_at_mut(rows * pair.rank());
            rest = next;
            let share = share(pair.rank());
            downs.extend(own.chunks_mut(share).enumerate().map(|(at, y)| (*pair, *x, at * share, y)));
        }
        pool.each(&mut downs, &|_, (pair, x, at, y)| {
            let rank = pair.rank();
            let x = if rows == 1 { x } else { &x[*at / rank * pair.width()..][..y.len() / rank * pair.width()] };
            pair.down(x, columns(*at, y.len(), rank), y);
        });

        let mut ups = Vec::new();
        let mut from = 0;
        for (pair, _, y) in &mut pairs {
            let (width, rank) = (y.len() / rows, pair.rank());
            let (low, share) = (&low[from..from + rows * rank], share(width));
            from += rows * rank;
            ups.extend(y.chunks_mut(share).enumerate().map(|(at, y)| (*pair, low, at * share, width, y)));
        }
        pool.each(&mut ups, &|_, (pair, low, at, width, y)| {
            let rank = pair.rank();
            let low = if rows == 1 { low } else { &low[*at / *width * rank..][..y.len() / *width * rank] };
            pair.add_up(low, columns(*at, y.len(), *width), y);
        });
    }

    /// Appends the logits of the last `rows` rows.
    fn head(&self, scratch: &mut Scratch, rows: usize, logits: &mut Vec<f32>) {
        let pool = &*self.pool;
        let Scratch { x, normed, low, of_normed, .. } = scratch;
        self.norm(pool, &self.ln_f, &x[x.len() - rows * self.n_embd..], normed);
        of_normed.quantise(pool, normed, &[&self.head]);
        let before = logits.len();
        logits.resize(before + rows * self.head.matrix.rows(), 0.0);
        product(pool, self.isa, &mut [of_normed.job(&self.head, &mut logits[before..])]);
        Self::beside(pool, [(&self.head, normed.as_slice(), &mut logits[before..])], low, rows);
    }
}
