//! AdamW (Loshchilov and Hutter 2019) as PyTorch computes it, clipping by the norm of all gradients, and how the learning
//! rate goes up and down as in transformers' `optimization.py`.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::params::{Grads, Params};

/// Elements that one thread takes at a time.
const PIECE: usize = 1 << 14;

/// The optimiser's settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamW {
    /// How slowly the mean gradient forgets.
    pub beta1: f64,
    /// How slowly the mean square forgets.
    pub beta2: f64,
    /// Added to the root of the mean square.
    pub epsilon: f64,
    /// How fast matrices are drawn towards nought.
    pub weight_decay: f64,
}

impl Default for AdamW {
    /// Those of transformers' `TrainingArguments`, which the seed was trained with.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

/// The running means of every trained number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<Vec<f32>>,
    pub(crate) square: Vec<Vec<f32>>,
}

impl Moments {
    pub(crate) fn like(params: &Params) -> Self {
        let zeros = Grads::like(params).all;
        Self { square: zeros.clone(), mean: zeros }
    }
}

impl AdamW {
    /// Moves every parameter against its gradient times `scale`. `step` counts from 1.
    pub(crate) fn step(
        &self,
        params: &mut Params,
        grads: &Grads,
        moments: &mut Moments,
        step: usize,
        rate: f64,
        scale: f32,
    ) {
        let correct = |beta: f64| 1.0 - beta.powi(i32::try_from(step).unwrap_or(i32::MAX));
        let (b1, b2, epsilon) = (self.beta1 as f32, self.beta2 as f32, self.epsilon as f32);
        let size = (rate / correct(self.beta1)) as f32;
        let root = correct(self.beta2).sqrt() as f32;
        let all = params.all.iter_mut().zip(&grads.all).zip(moments.mean.iter_mut().zip(&mut moments.square));
        for ((param, grad), (mean, square)) in all {
            let keep = if param.decays() { (1.0 - rate * self.weight_decay) as f32 } else { 1.0 };
            let values = param.values.par_chunks_mut(PIECE).zip(grad.par_chunks(PIECE));
            let means = mean.par_chunks_mut(PIECE).zip(square.par_chunks_mut(PIECE));
            values.zip(means).for_each(|((values, grad), (mean, square))| {
                for ((value, grad), (mean, square)) in values.iter_mut().zip(grad).zip(mean.iter_mut().zip(square)) {
                    let g = grad * scale;
                    *mean += (1.0 - b1) * (g - *mean);
                    *square = b2 * *square + (1.0 - b2) * g * g;
                    *value = keep * *value - size * *mean / (square.sqrt() / root + epsilon);
                }
            });
        }
    }
}

/// The norm of all gradients together.
pub(crate) fn norm(grads: &Grads) -> f64 {
    // Pieces of a fixed size, joined in order: the same sum on any number of threads.
    let square = |grad: &Vec<f32>| -> f64 {
        let sums: Vec<f64> = grad.par_chunks(PIECE).map(|piece| f64::from(super::ops::dot(piece, piece))).collect();
        sums.iter().sum()
    };
    grads.all.iter().map(square).sum::<f64>().sqrt()
}

/// What gradients of this norm are multiplied by so that they are no longer than `limit`, as `clip_grad_norm_` does.
pub(crate) fn clip(norm: f64, limit: Option<f64>) -> f32 {
    limit.map_or(1.0, |limit| (limit / (norm + 1e-6)).min(1.0)) as f32
}

/// How the learning rate goes down after the warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// In a straight line to nought.
    #[default]
    Linear,
    /// Along half a cosine to nought.
    Cosine,
    /// Not at all.
    Constant,
}

impl Schedule {
    /// The share of the full rate for the update number `step`, from 0: the very first one of a warm-up moves nothing.
    pub fn share(self, step: usize, warmup: usize, steps: usize) -> f64 {
        if step < warmup {
            return step as f64 / warmup as f64;
        }
        let gone = (step - warmup) as f64 / steps.saturating_sub(warmup).max(1) as f64;
        match self {
            Self::Linear => (1.0 - gone).max(0.0),
            Self::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * gone.min(1.0)).cos()),
            Self::Constant => 1.0,
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, clippy::many_single_char_names, clippy::cast_possible_wrap)] // exact numbers, short formulas
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_transformers() {
        // get_linear_schedule_with_warmup and get_cosine_schedule_with_warmup, 100 warm-up steps of 1,000.
        for (step, linear, cosine) in
            [(0, 0.0, 0.0), (50, 0.5, 0.5), (100, 1.0, 1.0), (550, 0.5, 0.5), (1000, 0.0, 0.0)]
        {
            assert!((Schedule::Linear.share(step, 100, 1000) - linear).abs() < 1e-12, "{step}");
            assert!((Schedule::Cosine.share(step, 100, 1000) - cosine).abs() < 1e-12, "{step}");
        }
        assert!((Schedule::Cosine.share(325, 100, 1000) - 0.853_553_39).abs() < 1e-8);
        assert_eq!(Schedule::Linear.share(3, 0, 0), 0.0);
    }

    #[test]
    fn long_gradients_are_shortened_and_short_ones_left() {
        assert!((clip(4.0, Some(1.0)) - 0.25).abs() < 1e-6);
        assert_eq!(clip(0.5, Some(1.0)), 1.0);
        assert_eq!(clip(4.0, None), 1.0);
        assert_eq!(norm(&Grads { all: vec![vec![3.0], vec![0.0, 4.0]] }), 5.0);
    }

    #[test]
    fn two_steps_are_those_of_the_formula_and_biases_do_not_decay() {
        let mut params = Params::default();
        params.add("weight", &[1, 1], vec![1.0]);
        params.add("bias", &[1], vec![1.0]);
        let mut moments = Moments::like(&params);
        let adam = AdamW { weight_decay: 0.1, ..AdamW::default() };
        let (mut m, mut v, mut weight, mut bias) = (0.0f64, 0.0f64, 1.0f64, 1.0f64);
        for (step, g) in [(1, 0.5f64), (2, -0.2)] {
            let grads = Grads { all: vec![vec![g as f32]; 2] };
            adam.step(&mut params, &grads, &mut moments, step, 0.01, 1.0);
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let n = step as i32;
            let moved = 0.01 * (m / (1.0 - 0.9f64.powi(n))) / ((v / (1.0 - 0.999f64.powi(n))).sqrt() + 1e-8);
            weight = weight * (1.0 - 0.001) - moved;
            bias -= moved;
        }
        assert!((f64::from(params.of(0)[0]) - weight).abs() < 1e-6);
        assert!((f64::from(params.of(1)[0]) - bias).abs() < 1e-6);
    }
}
