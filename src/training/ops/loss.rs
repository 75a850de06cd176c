//! Cross-entropy of rows of logits, turned into its own derivative in place.

use rayon::prelude::*;

use super::{exp, max};

/// The loss of each row of `logits` `[rows, vocab]` against its target, into `losses`. Where `weight` is given the logits
/// become the derivative of `weight` times the sum of the losses.
pub(crate) fn cross_entropy(losses: &mut [f32], logits: &mut [f32], targets: &[u32], weight: Option<f32>) {
    let vocab = logits.len() / targets.len().max(1);
    let rows = (logits.par_chunks_exact_mut(vocab), losses.par_iter_mut(), targets.par_iter()).into_par_iter();
    rows.with_min_len(8).for_each(|(logits, loss, target)| {
        let top = max(logits);
        let at_target = logits[*target as usize];
        // Sixteen sums in f32, joined in f64: a vocabulary has tens of thousands of terms.
        let mut lanes = [0.0; 16];
        let (whole, rest) = logits.as_chunks_mut::<16>();
        for chunk in whole {
            for (lane, logit) in lanes.iter_mut().zip(chunk) {
                *logit = exp(*logit - top);
                *lane += *logit;
            }
        }
        let mut total = 0.0;
        for logit in rest {
            *logit = exp(*logit - top);
            total += f64::from(*logit);
        }
        total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        *loss = (total.ln() - f64::from(at_target - top)) as f32;
        if let Some(weight) = weight {
            let share = (f64::from(weight) / total) as f32;
            for logit in logits.iter_mut() {
                *logit *= share;
            }
            logits[*target as usize] -= weight;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivative_is_the_slope_of_the_loss() {
        let logits: Vec<f32> = (0..2 * 19).map(|i| ((i * 7) % 13) as f32 * 0.3 - 1.0).collect();
        let targets = [4, 18];
        let loss = |logits: &[f32]| {
            let mut losses = [0.0; 2];
            cross_entropy(&mut losses, &mut logits.to_vec(), &targets, None);
            0.5 * losses.iter().map(|loss| f64::from(*loss)).sum::<f64>()
        };
        let (mut slopes, mut losses) = (logits.clone(), [0.0; 2]);
        cross_entropy(&mut losses, &mut slopes, &targets, Some(0.5));
        for i in 0..logits.len() {
            let at = |h: f32| {
                let mut moved = logits.clone();
                moved[i] += h;
                loss(&moved)
            };
            assert!((f64::from(slopes[i]) - (at(0.01) - at(-0.01)) / 0.02).abs() < 1e-4, "{i}");
        }
    }

    #[test]
    fn a_logit_that_is_no_number_gives_a_loss_that_is_none() {
        let mut losses = [0.0];
        cross_entropy(&mut losses, &mut [0.0, f32::NAN, 1.0], &[0], None);
        assert!(losses[0].is_nan());
    }
}
