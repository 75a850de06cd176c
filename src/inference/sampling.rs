//! Chooses the next token from the logits: greedy as the seed decodes, or drawn with the usual filters, in the order and
//! with the meaning that transformers gives them.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::domain::Sampling;

/// Chooses tokens; the same seed and logits give the same tokens on every machine.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
    rng: ChaCha8Rng,
}

/// The logits hold no number that could be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the model's output holds no finite number")]
pub struct NoChoice;

impl Sampler {
    /// A sampler that draws from `sampling`'s seed.
    pub fn new(sampling: &Sampling) -> Self {
        Self { sampling: sampling.clone(), rng: ChaCha8Rng::seed_from_u64(sampling.seed) }
    }

    /// Leaves out the draws of `tokens` tokens that were chosen before.
    pub fn skip(&mut self, tokens: usize) {
        if self.sampling.temperature > 0.0 {
            for _ in 0..tokens {
                self.rng.random::<f64>();
            }
        }
    }

    /// The next token. `context` holds all tokens before it, for the repetition penalty. The logits are changed in place.
    ///
    /// # Errors
    /// [`NoChoice`] when a logit is NaN or none is finite.
    pub fn next(&mut self, logits: &mut [f32], context: &[u32]) -> Result<u32, NoChoice> {
        if logits.iter().any(|logit| logit.is_nan()) || !logits.iter().any(|logit| logit.is_finite()) {
            return Err(NoChoice);
        }
        penalise_repetition(logits, context, self.sampling.repetition_penalty);
        if self.sampling.temperature <= 0.0 {
            return Ok(argmax(logits));
        }
        let candidates = self.candidates(logits);
        let total: f64 = candidates.iter().map(|(_, weight)| weight).sum();
        let mut left = self.rng.random::<f64>() * total;
        for (id, weight) in &candidates {
            left -= weight;
            if left < 0.0 {
                return Ok(*id);
            }
        }
        candidates.last().map(|(id, _)| *id).ok_or(NoChoice)
    }

    /// The tokens that may be drawn and their weights, the likeliest first.
    fn candidates(&self, logits: &[f32]) -> Vec<(u32, f64)> {
        let mut order: Vec<u32> = (0..logits.len() as u32).collect();
        order.sort_by(|a, b| logits[*b as usize].total_cmp(&logits[*a as usize]).then(a.cmp(b)));
        if let Some(k) = self.sampling.top_k {
            order.truncate(k.max(1));
        }
        let max = f64::from(logits[order[0] as usize]);
        let weight = |id: u32| ((f64::from(logits[id as usize]) - max) / self.sampling.temperature).exp();
        let mut candidates: Vec<(u32, f64)> = order.into_iter().map(|id| (id, weight(id))).collect();
        if let Some(p) = self.sampling.top_p.filter(|p| *p < 1.0) {
            let total: f64 = candidates.iter().map(|(_, weight)| weight).sum();
            let mut sum = 0.0;
            let keep = candidates.iter().take_while(|(_, weight)| {
                let before = sum;
                sum += weight / total;
                before < p
            });
            let keep = keep.count().max(1);
            candidates.truncate(keep);
        }
        candidates
    }
}

/// The largest logit's token; the lowest id among equals, as torch has it.
fn argmax(logits: &[f32]) -> u32 {
    let mut best = 0;
    for (id, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = id;
        }
    }
    best as u32
}

/// Divides the logits of tokens that stand in `context` by the penalty, or multiplies them where they are negative
/// (Keskar et al. 2019, as `RepetitionPenaltyLogitsProcessor` does).
fn penalise_repetition(logits: &mut [f32], context: &[u32], penalty: f32) {
    if (penalty - 1.0).abs() < f32::EPSILON {
        return;
    }
    let mut seen: Vec<u32> = context.to_vec();
    seen.sort_unstable();
    seen.dedup();
    for id in seen {
        if let Some(logit) = logits.get_mut(id as usize) {
            *logit = if *logit < 0.0 { *logit * penalty } else { *logit / penalty };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(sampling: &Sampling, logits: &[f32], count: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling);
        (0..count).map(|_| sampler.next(&mut logits.to_vec(), &[]).unwrap()).collect()
    }

    #[test]
    fn greedy_takes_the_first_of_the_best() {
        let greedy = Sampling::default();
        assert_eq!(drawn(&greedy, &[0.0, 2.0, 2.0, 1.0], 3), [1, 1, 1]);
    }

    #[test]
    fn a_seed_gives_the_same_draws_and_another_gives_others() {
        let sampling = Sampling { temperature: 1.0, seed: 7, ..Sampling::default() };
        let logits: Vec<f32> = (0..50).map(|i| (i % 7) as f32 * 0.1).collect();
        assert_eq!(drawn(&sampling, &logits, 40), drawn(&sampling, &logits, 40));
        assert_ne!(drawn(&sampling, &logits, 40), drawn(&Sampling { seed: 8, ..sampling }, &logits, 40));
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let sampling = Sampling { temperature: 1.0, ..Sampling::default() };
        let logits = [0.7f32.ln(), 0.2f32.ln(), 0.1f32.ln()];
        let draws = drawn(&sampling, &logits, 20_000);
        for (id, expected) in [(0, 0.7), (1, 0.2), (2, 0.1)] {
            let share = draws.iter().filter(|drawn| **drawn == id).count() as f64 / 20_000.0;
            assert!((share - expected).abs() < 0.015, "{id}: {share}");
        }
    }

    #[test]
    fn filters_leave_only_what_they_say() {
        let logits = [0.5f32.ln(), 0.3f32.ln(), 0.15f32.ln(), 0.05f32.ln()];
        let base = Sampling { temperature: 1.0, ..Sampling::default() };
        let top_k = drawn(&Sampling { top_k: Some(2), ..base.clone() }, &logits, 500);
        assert!(top_k.iter().all(|id| *id < 2) && top_k.contains(&1));
        let top_p = drawn(&Sampling { top_p: Some(0.85), ..base.clone() }, &logits, 500);
        assert!(top_p.iter().all(|id| *id < 3) && top_p.contains(&2));
        assert!(drawn(&Sampling { top_p: Some(0.1), ..base.clone() }, &logits, 50).iter().all(|id| *id == 0));
        let cold = drawn(&Sampling { temperature: 0.05, ..base }, &logits, 200);
        assert!(cold.iter().filter(|id| **id == 0).count() > 195);
    }

    #[test]
    fn repeated_tokens_become_less_likely_on_both_sides_of_zero() {
        let mut logits = [2.0, -2.0, 1.9];
        penalise_repetition(&mut logits, &[0, 1, 1, 99], 2.0);
        assert!(logits.iter().zip([1.0, -4.0, 1.9]).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{logits:?}");
    }

    #[test]
    fn logits_that_are_no_numbers_are_refused() {
        let mut sampler = Sampler::new(&Sampling::default());
        assert_eq!(sampler.next(&mut [0.0, f32::NAN], &[]), Err(NoChoice));
        assert_eq!(sampler.next(&mut [f32::NEG_INFINITY; 2], &[]), Err(NoChoice));
    }
}
