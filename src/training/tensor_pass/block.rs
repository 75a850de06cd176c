//! One block, forwards and backwards.

use std::ops::Range;

use candle_core::Tensor;

use super::attention::{Layout, TextQkv, joined};
use super::layers::{Block, Tensors};
use super::math::{Normed, with_slope};
use crate::model::ModelError;
use crate::model::config::Activation;
use crate::training::pass::MLP_ROWS_FROZEN;

/// What is the same for every block.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    pub(super) layout: Layout<'a>,
    pub(super) activation: Activation,
    pub(super) epsilon: f64,
}

/// What the backward pass begins with. Where activations are checkpointed, it is the input alone.
#[derive(Debug)]
pub(super) struct Kept {
    input: Tensor,
    wide: Option<Wide>,
}

/// What can be computed anew.
#[derive(Debug)]
struct Wide {
    texts: Vec<TextQkv>,
    /// The MLP's inner sums, a piece of the rows each.
    inner: Vec<Tensor>,
}

/// How much is kept on the way forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Nothing,
    Input,
    Wide,
}

/// Rows that the MLP takes at a time: as many as the other pass takes where a weight is frozen, since each piece drops other
/// inputs.
fn pieces(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(MLP_ROWS_FROZEN).map(move |first| first..(first + MLP_ROWS_FROZEN).min(rows))
}

fn part(xs: &Tensor, rows: &Range<usize>) -> candle_core::Result<Tensor> {
    xs.narrow(0, rows.start, rows.len())
}

impl Block {
    /// `xs + attn(ln(xs)) + mlp(ln(xs))`
    pub(super) fn forward(
        &self,
        xs: Tensor,
        shared: &Shared,
        tensors: &Tensors,
        keep: Keep,
    ) -> Result<(Tensor, Option<Kept>), ModelError> {
        let rows = 0..xs.dim(0)?;
        let normed =
            Normed::of(&xs, shared.epsilon)?.forward(self.ln_1.weight.of(tensors), self.ln_1.bias.of(tensors))?;
        let texts = self.project(&normed, shared, tensors)?;
        let mixed = shared.layout.forward(&texts)?;
        let attended = self.out_proj.forward(&mixed, &self.out_proj.weight(tensors)?, tensors, &rows)?;
        drop(mixed);
        let (weight_in, weight_out) = (self.fc_in.weight(tensors)?, self.fc_out.weight(tensors)?);
        let (mut inner, mut outer) = (Vec::new(), Vec::new());
        for rows in pieces(rows.len()) {
            let sums = self.fc_in.forward(&part(&normed, &rows)?, &weight_in, tensors, &rows)?;
            let active = shared.activation.forward(&sums)?;
            outer.push(self.fc_out.forward(&active, &weight_out, tensors, &rows)?);
            if keep == Keep::Wide {
                inner.push(sums);
            }
        }
        let ys = ((&xs + attended)? + joined(&outer, 0)?)?;
        let kept = (keep != Keep::Nothing)
            .then(|| Kept { input: xs, wide: (keep == Keep::Wide).then_some(Wide { texts, inner }) });
        Ok((ys, kept))
    }

    fn project(&self, normed: &Tensor, shared: &Shared, tensors: &Tensors) -> Result<Vec<TextQkv>, ModelError> {
        let rows = 0..normed.dim(0)?;
        let q = self.q_proj.forward(normed, &self.q_proj.weight(tensors)?, tensors, &rows)?;
        let k = self.k_proj.forward(normed, &self.k_proj.weight(tensors)?, tensors, &rows)?;
        let v = self.v_proj.forward(normed, &self.v_proj.weight(tensors)?, tensors, &rows)?;
        Ok(shared.layout.split(&q, &k, &v)?)
    }

    /// From the derivative of the block's result to that of its input, where `below` something is to be learnt of it.
    pub(super) fn backward(
        &self,
        dys: &Tensor,
        kept: Kept,
        shared: &Shared,
        tensors: &mut Tensors,
        below: bool,
    ) -> Result<Option<Tensor>, ModelError> {
        let rows = 0..dys.dim(0)?;
        let normed = Normed::of(&kept.input, shared.epsilon)?;
        let ys = normed.forward(self.ln_1.weight.of(tensors), self.ln_1.bias.of(tensors))?;
        let (texts, inner) = match kept.wide {
            Some(Wide { texts, inner }) => (texts, Some(inner)),
            None => (self.project(&ys, shared, tensors)?, None),
        };
        let mut dnormed = self.mlp_backward(dys, &ys, inner.as_deref(), shared, tensors, below)?;
        drop(inner);
        if self.out_proj.learns() {
            self.out_proj.learn(dys, &shared.layout.forward(&texts)?, tensors, &rows)?;
        }
        let dmixed = self.out_proj.backward(dys, &self.out_proj.weight(tensors)?, tensors, &rows)?;
        let dqkv = shared.layout.backward(&texts, &dmixed)?;
        drop(texts);
        for (linear, dys) in [&self.q_proj, &self.k_proj, &self.v_proj].into_iter().zip(&dqkv) {
            linear.learn(dys, &ys, tensors, &rows)?;
            if let Some(sum) = dnormed.take() {
                dnormed = Some((sum + linear.backward(dys, &linear.weight(tensors)?, tensors, &rows)?)?);
            }
        }
        let Some(dnormed) = dnormed else { return Ok(None) };
        if let (Some(weight), Some(bias)) = (self.ln_1.weight.trained(), self.ln_1.bias.trained()) {
            let (dweight, dbias) = normed.learnt(&dnormed)?;
            tensors.learn(weight, dweight)?;
            tensors.learn(bias, dbias)?;
        }
        Ok(Some((dys + normed.backward(&dnormed, self.ln_1.weight.of(tensors))?)?))
    }

    /// The MLP's part of [`Block::backward`], to the derivative of `normed`.
    fn mlp_backward(
        &self,
        dys: &Tensor,
        normed: &Tensor,
        inner: Option<&[Tensor]>,
        shared: &Shared,
        tensors: &mut Tensors,
        below: bool,
    ) -> Result<Option<Tensor>, ModelError> {
        if !below && !self.fc_in.learns() && !self.fc_out.learns() {
            return Ok(None);
        }
        let (weight_in, weight_out) = (self.fc_in.weight(tensors)?, self.fc_out.weight(tensors)?);
        let mut dnormed = Vec::new();
        for (number, rows) in pieces(normed.dim(0)?).enumerate() {
            let (normed, dys) = (part(normed, &rows)?, part(dys, &rows)?);
            let sums = match inner {
                Some(inner) => inner[number].clone(),
                None => self.fc_in.forward(&normed, &weight_in, tensors, &rows)?,
            };
            let (active, slope) = with_slope(&sums, shared.activation)?;
            self.fc_out.learn(&dys, &active, tensors, &rows)?;
            let dsums = (self.fc_out.backward(&dys, &weight_out, tensors, &rows)? * slope)?;
            self.fc_in.learn(&dsums, &normed, tensors, &rows)?;
            if below {
                dnormed.push(self.fc_in.backward(&dsums, &weight_in, tensors, &rows)?);
            }
        }
        if below { Ok(Some(joined(&dnormed, 0)?)) } else { Ok(None) }
    }
}
