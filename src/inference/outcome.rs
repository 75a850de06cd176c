//! How likely the model finds each of the three outcomes, by its own distribution over the label strings.

use super::engine::Cancel;
use super::error::InferenceError;
use crate::domain::{Outcome, Probabilities};
use crate::model::{GptJ, KvCache, ModelError, Tokenizer};
use crate::prompt::label;

/// The ids of the three label strings, in the order of [`Outcome::ALL`].
pub(super) fn labels(tokenizer: &Tokenizer) -> Result<Vec<Vec<u32>>, ModelError> {
    Outcome::ALL.iter().map(|outcome| tokenizer.encode_text(label(*outcome))).collect()
}

/// The probability of each label after what `cache` holds, normalised over the three. `first` are the logits at the last
/// position. None when `cancel` is set. The cache is left at the length that it came with.
pub(super) fn score(
    model: &GptJ,
    cache: &mut KvCache,
    first: &[f32],
    labels: &[Vec<u32>],
    cancel: &Cancel,
) -> Result<Option<Probabilities>, InferenceError> {
    let start = cache.len();
    let mut log_likelihoods = [f64::NEG_INFINITY; 3];
    for (sum, label) in log_likelihoods.iter_mut().zip(labels) {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        let [head, rest @ ..] = label.as_slice() else { continue };
        *sum = log_probability(first, *head);
        if rest.is_empty() {
            continue;
        }
        let logits = model.forward_all(&label[..rest.len()], cache)?;
        cache.truncate(start);
        let rows: Vec<Vec<f32>> = logits.to_vec2().map_err(ModelError::from)?;
        *sum += rows.iter().zip(rest).map(|(row, id)| log_probability(row, *id)).sum::<f64>();
    }
    Ok(Some(Probabilities::from_log_likelihoods(log_likelihoods)))
}

/// The natural logarithm of the probability of one token.
pub(super) fn log_probability(logits: &[f32], id: u32) -> f64 {
    let Some(wanted) = logits.get(id as usize) else { return f64::NEG_INFINITY };
    let max = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|logit| (f64::from(*logit) - max).exp()).sum();
    f64::from(*wanted) - max - sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_of_all_tokens_sum_to_one() {
        let logits = [1.0, -3.5, 0.25, 80.0, 79.0];
        let sum: f64 = (0..5).map(|id| log_probability(&logits, id).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert!((log_probability(&logits, 3).exp() - 1.0 / (1.0 + (-1f64).exp())).abs() < 1e-6);
        assert!(log_probability(&logits, 5).is_infinite());
    }
}
