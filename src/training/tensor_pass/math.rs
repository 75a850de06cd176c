//! What stands between the products, each with its derivative, in operations that candle has for every device. Its own
//! fused ones have no derivative, and no gradient is asked of candle: trained tensors are no variables of its.

use candle_core::{D, Tensor};

use crate::model::config::Activation;

type Result<T> = candle_core::Result<T>;

const ROOT: f64 = 0.797_884_560_802_865_4; // √(2/π)
const CUBIC: f64 = 0.044_715;
const INVERSE_ROOT_TAU: f64 = 0.398_942_280_401_432_7; // 1/√(2π)

/// Rows of mean nought and deviation one, and one over the deviation that each had.
#[derive(Debug)]
pub(super) struct Normed {
    /// `[rows, width]`
    pub(super) rows: Tensor,
    /// `[rows, 1]`
    scale: Tensor,
}

impl Normed {
    pub(super) fn of(xs: &Tensor, epsilon: f64) -> Result<Self> {
        let centred = xs.broadcast_sub(&xs.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let scale = (variance + epsilon)?.sqrt()?.recip()?;
        Ok(Self { rows: centred.broadcast_mul(&scale)?, scale })
    }

    /// `rows · weight + bias`
    pub(super) fn forward(&self, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
        self.rows.broadcast_mul(weight)?.broadcast_add(bias)
    }

    /// The derivative of what was normed, from that of the result.
    pub(super) fn backward(&self, dys: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let drows = dys.broadcast_mul(weight)?;
        let level = drows.mean_keepdim(D::Minus1)?;
        let along = (&drows * &self.rows)?.mean_keepdim(D::Minus1)?;
        let straight = (drows.broadcast_sub(&level)? - self.rows.broadcast_mul(&along)?)?;
        straight.broadcast_mul(&self.scale)
    }

    /// The derivatives of weight and bias.
    pub(super) fn learnt(&self, dys: &Tensor) -> Result<(Tensor, Tensor)> {
        Ok(((dys * &self.rows)?.sum(0)?, dys.sum(0)?))
    }
}

/// The activation of `xs` and its slope there.
pub(super) fn with_slope(xs: &Tensor, activation: Activation) -> Result<(Tensor, Tensor)> {
    match activation {
        Activation::GeluNew => {
            let squares = xs.sqr()?;
            let tanh = (xs * squares.affine(ROOT * CUBIC, ROOT)?)?.tanh()?;
            let share = tanh.affine(0.5, 0.5)?;
            let steepness = (tanh.sqr()?.affine(-0.5, 0.5)? * squares.affine(3.0 * ROOT * CUBIC, ROOT)?)?;
            Ok(((xs * &share)?, (share + (xs * steepness)?)?))
        }
        Activation::Gelu => {
            let share = (xs * std::f64::consts::FRAC_1_SQRT_2)?.erf()?.affine(0.5, 0.5)?;
            let bell = (xs.sqr()? * -0.5)?.exp()?;
            Ok(((xs * &share)?, (share + (xs * (bell * INVERSE_ROOT_TAU)?)?)?))
        }
    }
}

/// The cross-entropy of each row of `logits` `[rows, vocab]` with its target `[rows, 1]`, `[rows]`, and where `weight` is
/// given the derivative of `weight` times their sum.
pub(super) fn cross_entropy(
    logits: &Tensor,
    targets: &Tensor,
    weight: Option<f32>,
) -> Result<(Tensor, Option<Tensor>)> {
    let below = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?)?;
    let shares = below.exp()?;
    let total = shares.sum_keepdim(D::Minus1)?;
    let losses = (total.log()? - below.gather(targets, D::Minus1)?)?.squeeze(1)?;
    let Some(weight) = weight else { return Ok((losses, None)) };
    let dlogits = shares.broadcast_mul(&(total.recip()? * f64::from(weight))?)?;
    // Each row has one target: nothing is added twice, in whatever order.
    let at_targets = Tensor::full(-weight, targets.shape(), targets.device())?;
    dlogits.scatter_add_set(targets, &at_targets, D::Minus1)?;
    Ok((losses, Some(dlogits)))
}
