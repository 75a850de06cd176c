//! Element by element: the exponential, the activation, the layer norm, in loops that the compiler turns into wide
//! instructions.

#![allow(clippy::inline_always)] // a call in a loop would keep it from being widened

use candle_core::cpu::erf::erf_f32;

use crate::model::config::Activation;

/// e^x to 2 units in the last place between -87 and 88; outside, the values there.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    // x = n · ln 2 + rest, |rest| ≤ ln 2 / 2; adding and taking away 1.5 · 2^23 rounds to a whole number.
    let shifted = x.mul_add(std::f32::consts::LOG2_E, 12_582_912.0);
    let n = shifted - 12_582_912.0;
    let rest = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, x));
    // The coefficients of Cephes' expf (Moshier 1989).
    let mut sum = 1.987_569_1e-4f32;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum.mul_add(rest, coefficient);
    }
    let fraction = sum.mul_add(rest * rest, rest) + 1.0;
    // 2^n by the bits of its exponent.
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    fraction * power
}

/// Applies the function between the layers of the MLP to `xs`.
pub(super) fn activate(activation: Activation, xs: &mut [f32]) {
    match activation {
        // 0.5 · x · (1 + tanh(u)) is x · σ(2u).
        Activation::GeluNew => {
            for x in xs {
                let u = 0.797_884_6 * (0.044_715 * *x * *x).mul_add(*x, *x);
                *x /= 1.0 + exp(-2.0 * u);
            }
        }
        Activation::Gelu => {
            for x in xs {
                *x = 0.5 * *x * (1.0 + erf_f32(*x * std::f32::consts::FRAC_1_SQRT_2));
            }
        }
    }
}

/// Turns the first `seen` of `scores` into shares that add up to one, and the rest into zeros.
pub(super) fn softmax(scores: &mut [f32], seen: usize) {
    let (seen, hidden) = scores.split_at_mut(seen);
    hidden.fill(0.0);
    let largest = fold(seen, f32::NEG_INFINITY, f32::max, f32::max);
    for x in seen.iter_mut() {
        *x = exp(*x - largest);
    }
    let inverse = 1.0 / sum(seen);
    for x in seen {
        *x *= inverse;
    }
}

/// Combines numbers in 16 lanes, so that the compiler may use wide instructions.
#[inline(always)]
fn fold(xs: &[f32], start: f32, lane: impl Fn(f32, f32) -> f32, join: fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; 16];
    let (chunks, rest) = xs.as_chunks::<16>();
    for chunk in chunks {
        for (sum, x) in lanes.iter_mut().zip(chunk) {
            *sum = lane(*sum, *x);
        }
    }
    for (sum, x) in lanes.iter_mut().zip(rest) {
        *sum = lane(*sum, *x);
    }
    lanes.into_iter().fold(start, join)
}

fn sum(xs: &[f32]) -> f32 {
    fold(xs, 0.0, |sum, x| sum + x, |a, b| a + b)
}

/// A layer norm.
#[derive(Debug)]
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) epsilon: f32,
}

impl Norm {
    /// One row.
    pub(super) fn apply(&self, x: &[f32], y: &mut [f32]) {
        let count = x.len() as f32;
        let mean = sum(x) / count;
        let variance = fold(x, 0.0, |sum, x| (x - mean).mul_add(x - mean, sum), |a, b| a + b) / count;
        let scale = 1.0 / (variance + self.epsilon).sqrt();
        for (((y, x), weight), bias) in y.iter_mut().zip(x).zip(&self.weight).zip(&self.bias) {
            *y = ((x - mean) * scale).mul_add(*weight, *bias);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for at in -8700..=8800 {
            let x = at as f32 / 100.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) - exact).abs() <= 2.5e-7 * exact, "{x}");
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(1e9).is_finite());
    }

    #[test]
    fn the_activations_are_their_definitions() {
        for at in -100..=100 {
            let x = at as f32 / 10.0;
            let exact = f64::from(x);
            let tanh = 0.5 * exact * (1.0 + (0.797_884_560_802_865 * (exact + 0.044_715 * exact.powi(3))).tanh());
            let mut found = [x];
            activate(Activation::GeluNew, &mut found);
            assert!((f64::from(found[0]) - tanh).abs() < 2e-6, "{x}: {} {tanh}", found[0]);
            found = [x];
            activate(Activation::Gelu, &mut found);
            assert!((found[0] - 0.5 * x * (1.0 + erf_f32(x / 2f32.sqrt()))).abs() < 1e-6);
        }
        let mut far = [-1e30, 1e4, f32::MAX];
        activate(Activation::GeluNew, &mut far);
        assert!(far[0].abs() < 1e-6 && far[1] > 9999.0 && far[2] > 1e38, "{far:?}");
    }

    #[test]
    fn shares_add_up_and_hide_what_lies_ahead() {
        let mut scores: Vec<f32> = (0..37).map(|at| (at * 7 % 11) as f32 * 20.0).collect();
        softmax(&mut scores, 30);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(scores[30..].iter().all(|share| *share == 0.0) && scores[3] > 0.1, "{scores:?}");
    }

    #[test]
    fn a_norm_has_its_mean_and_spread() {
        let x: Vec<f32> = (0..50).map(|at| (at * 13 % 17) as f32).collect();
        let norm = Norm { weight: vec![2.0; 50], bias: vec![3.0; 50], epsilon: 1e-5 };
        let mut y = vec![0.0; 50];
        norm.apply(&x, &mut y);
        let mean = y.iter().sum::<f32>() / 50.0;
        let spread = (y.iter().map(|y| (y - mean).powi(2)).sum::<f32>() / 50.0).sqrt();
        assert!((mean - 3.0).abs() < 1e-4 && (spread - 2.0).abs() < 1e-4, "{mean} {spread}");
    }
}
