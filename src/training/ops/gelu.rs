//! The activation between the layers of the MLP, in both forms that GPT-J's configs know, and its derivative.

use rayon::prelude::*;

use super::{ROWS, add, exp};
use crate::model::config::Activation;

/// Elements that one thread takes at a time.
const PIECE: usize = 1 << 14;

const ROOT: f32 = 0.797_884_6; // √(2/π)
const CUBIC: f32 = 0.044_715;

/// Value and slope at `x` of the tanh form: x · σ(2u), u = √(2/π)(x + 0.044_715 x³).
#[inline(always)]
#[allow(clippy::inline_always)]
fn tanh_form(x: f32) -> (f32, f32) {
    let square = x * x;
    let u = 2.0 * ROOT * x * CUBIC.mul_add(square, 1.0);
    let sigma = 1.0 / (1.0 + exp(-u));
    let slope = 2.0 * ROOT * (3.0 * CUBIC).mul_add(square, 1.0);
    (x * sigma, sigma + x * sigma * (1.0 - sigma) * slope)
}

/// Value and slope at `x` with the error function, by Abramowitz and Stegun 7.1.26 (1.5e-7).
#[inline(always)]
#[allow(clippy::inline_always, clippy::excessive_precision)]
fn erf_form(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / 0.327_591_1_f32.mul_add(z, 1.0);
    let bell = exp(-z * z);
    let mut p = 1.061_405_429_f32;
    p = p.mul_add(t, -1.453_152_027);
    p = p.mul_add(t, 1.421_413_741);
    p = p.mul_add(t, -0.284_496_736);
    p = p.mul_add(t, 0.254_829_592);
    let erf = (1.0 - p * t * bell).copysign(x);
    let share = 0.5 * (1.0 + erf);
    // 1/√(2π)
    (x * share, share + x * bell * 0.398_942_28)
}

/// Adds `bias` to every row of `xs`, in place, and puts the activation of the sum into `ys`.
pub(crate) fn forward(ys: &mut [f32], xs: &mut [f32], bias: &[f32], activation: Activation) {
    let width = bias.len();
    ys.par_chunks_mut(ROWS * width).zip(xs.par_chunks_mut(ROWS * width)).for_each(|(ys, xs)| {
        for (y, x) in ys.chunks_exact_mut(width).zip(xs.chunks_exact_mut(width)) {
            add(x, bias);
            match activation {
                Activation::GeluNew => y.iter_mut().zip(x).for_each(|(y, x)| *y = tanh_form(*x).0),
                Activation::Gelu => y.iter_mut().zip(x).for_each(|(y, x)| *y = erf_form(*x).0),
            }
        }
    });
}

/// The activation of `xs`, which hold the bias already, into `ys`, and its slope into `slopes`.
pub(crate) fn with_slope(ys: &mut [f32], slopes: &mut [f32], xs: &[f32], activation: Activation) {
    let parts = (ys.par_chunks_mut(PIECE), slopes.par_chunks_mut(PIECE), xs.par_chunks(PIECE)).into_par_iter();
    parts.for_each(|(ys, slopes, xs)| {
        let all = ys.iter_mut().zip(slopes).zip(xs);
        match activation {
            Activation::GeluNew => all.for_each(|((y, slope), x)| (*y, *slope) = tanh_form(*x)),
            Activation::Gelu => all.for_each(|((y, slope), x)| (*y, *slope) = erf_form(*x)),
        }
    });
}

/// `dxs *= slopes`
pub(crate) fn backward(dxs: &mut [f32], slopes: &[f32]) {
    dxs.par_chunks_mut(PIECE).zip(slopes.par_chunks(PIECE)).for_each(|(dxs, slopes)| {
        dxs.iter_mut().zip(slopes).for_each(|(dx, slope)| *dx *= slope);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_formulas_and_slopes_those_of_the_values() {
        for i in -80..=80 {
            let x = f64::from(i) * 0.1;
            let tanh = 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))).tanh());
            assert!((f64::from(tanh_form(x as f32).0) - tanh).abs() < 2e-6, "{x}");
            for form in [tanh_form, erf_form] {
                let near = |h: f64| f64::from(form((x + h) as f32).0);
                let slope = (near(1e-2) - near(-1e-2)) / 2e-2;
                assert!((f64::from(form(x as f32).1) - slope).abs() < 2e-4, "{x}");
            }
        }
        // From a table of the normal distribution.
        assert!((erf_form(1.0).0 - 0.841_344_7).abs() < 1e-6 && (erf_form(-2.0).0 + 2.0 * 0.022_750_13).abs() < 1e-6);
    }
}
