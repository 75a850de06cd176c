//! Rotary position embedding as GPT-J has it (Su et al. 2021): neighbouring pairs (even, odd) of the first `rotary_dim`
//! dimensions of each head are turned by an angle that grows with the position; the rest passes unchanged.

use candle_core::{Device, Tensor};

use super::Config;

/// Cosines and sines for every position.
#[derive(Debug)]
pub(crate) struct Rotary {
    /// `[n_positions, turned / 2]`
    cos: Tensor,
    sin: Tensor,
    /// Dimensions that the tables cover: the whole head where its width is even.
    turned: usize,
}

impl Rotary {
    /// The tables for `config`. Dimensions beyond `rotary_dim` get an angle of zero, so that a whole head is turned in
    /// one operation without being cut and joined again. A head of odd width can't be paired, and is cut.
    pub(crate) fn new(config: &Config, device: &Device) -> candle_core::Result<Self> {
        let head_dim = config.head_dim();
        let turned = if head_dim.is_multiple_of(2) { head_dim } else { config.rotary_dim };
        let pairs = turned / 2;
        // In f32, as transformers computes them.
        #[allow(clippy::cast_precision_loss)]
        let frequency = |pair: usize| 1.0 / 10_000f32.powf((2 * pair) as f32 / config.rotary_dim as f32);
        let frequencies: Vec<f32> =
            (0..pairs).map(|pair| if 2 * pair < config.rotary_dim { frequency(pair) } else { 0.0 }).collect();
        #[allow(clippy::cast_precision_loss)]
        let angles: Vec<f32> = (0..config.n_positions)
            .flat_map(|position| frequencies.iter().map(move |frequency| position as f32 * frequency))
            .collect();
        let angles = Tensor::from_vec(angles, (config.n_positions, pairs), device)?;
        Ok(Self { cos: angles.cos()?, sin: angles.sin()?, turned })
    }

    /// The turn back, which is the derivative's way through one.
    pub(crate) fn back(&self) -> candle_core::Result<Self> {
        Ok(Self { cos: self.cos.clone(), sin: self.sin.neg()?, turned: self.turned })
    }

    /// Turns `[n_head, rows, head_dim]`, whose first row is at position `start`.
    pub(crate) fn apply(&self, xs: &Tensor, start: usize) -> candle_core::Result<Tensor> {
        let (_, rows, head_dim) = xs.dims3()?;
        let cos = self.cos.narrow(0, start, rows)?;
        let sin = self.sin.narrow(0, start, rows)?;
        let turn =
            |part: &Tensor| candle_nn::rotary_emb::rope_i(&part.contiguous()?.unsqueeze(0)?, &cos, &sin)?.squeeze(0);
        if self.turned == head_dim {
            return turn(xs);
        }
        let rest = xs.narrow(2, self.turned, head_dim - self.turned)?;
        Tensor::cat(&[&turn(&xs.narrow(2, 0, self.turned)?)?, &rest.contiguous()?], 2)
    }
}
