//! Texts of a batch, one after the other, without padding.

use std::ops::Range;

use rand::Rng;

use super::sample::Encoded;

/// Several texts as one run of rows.
#[derive(Debug, Default, Clone)]
pub(crate) struct Batch {
    pub(crate) ids: Vec<u32>,
    pub(crate) texts: Vec<Range<usize>>,
    /// Rows whose next token counts, and that token.
    pub(crate) counted: Vec<usize>,
    pub(crate) targets: Vec<u32>,
}

impl Batch {
    pub(crate) fn of<'a>(samples: impl IntoIterator<Item = &'a Encoded>) -> Self {
        let mut batch = Self::default();
        for sample in samples {
            let from = batch.ids.len();
            batch.ids.extend(&sample.ids);
            batch.texts.push(from..batch.ids.len());
            for (at, id) in sample.ids.iter().enumerate().skip(sample.counts_from.max(1)) {
                batch.counted.push(from + at - 1);
                batch.targets.push(*id);
            }
        }
        batch
    }

    /// Puts `id` in the place of a `share` of the tokens of facts that don't count, drawn from `rng`.
    pub(crate) fn hide_facts<'a>(
        &mut self,
        samples: impl IntoIterator<Item = &'a Encoded>,
        share: f64,
        id: u32,
        rng: &mut impl Rng,
    ) {
        for (sample, text) in samples.into_iter().zip(&self.texts) {
            for at in sample.facts.clone() {
                if rng.random_bool(share) {
                    self.ids[text.start + at] = id;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn only_facts_are_hidden_and_others_each_time() {
        let sample = |facts| Encoded { ids: (100..200).collect(), counts_from: 80, facts, cut: 0 };
        let samples = [sample(1..60), sample(0..0), sample(1..60)];
        let whole = Batch::of(&samples);
        let hidden = |seed| {
            let mut batch = whole.clone();
            batch.hide_facts(&samples, 0.3, 7, &mut ChaCha8Rng::seed_from_u64(seed));
            batch
        };
        let batch = hidden(1);
        assert_eq!((&batch.targets, &batch.counted), (&whole.targets, &whole.counted));
        let places: Vec<usize> = (0..300).filter(|at| batch.ids[*at] != whole.ids[*at]).collect();
        assert!(places.iter().all(|at| batch.ids[*at] == 7 && ((1..60).contains(at) || (201..260).contains(at))));
        assert!((20..52).contains(&places.len()), "{} of 118", places.len());
        assert_eq!(hidden(1).ids, batch.ids);
        assert_ne!(hidden(2).ids, batch.ids);
    }
}
