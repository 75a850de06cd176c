//! Which samples come when: every one once an epoch, in an order that seed and epoch decide, so that a step's number says
//! which they are.

use rand::seq::SliceRandom;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The order of the samples.
#[derive(Debug)]
pub(crate) struct Order {
    count: usize,
    seed: u64,
    shuffle: bool,
    /// The epoch whose order lies in `samples`.
    epoch: Option<usize>,
    samples: Vec<usize>,
}

impl Order {
    pub(crate) fn new(count: usize, seed: u64, shuffle: bool) -> Self {
        Self { count, seed, shuffle, epoch: None, samples: (0..count).collect() }
    }

    /// The sample that is the `number`th of all that are ever drawn.
    pub(crate) fn nth(&mut self, number: usize) -> usize {
        let epoch = number / self.count;
        if self.shuffle && self.epoch != Some(epoch) {
            self.samples = (0..self.count).collect();
            self.samples.shuffle(&mut rng(self.seed, 0, epoch as u64));
            self.epoch = Some(epoch);
        }
        self.samples[number % self.count]
    }

    /// The samples of one batch.
    pub(crate) fn batch(&mut self, number: usize, size: usize) -> Vec<usize> {
        (number * size..(number + 1) * size).map(|at| self.nth(at)).collect()
    }
}

/// The key of the dropout in batch `number`.
pub(crate) fn dropout_key(seed: u64, number: usize) -> u32 {
    rng(seed, 1, number as u64).next_u32()
}

/// What is drawn of the facts that batch `number` hides.
pub(crate) fn hiding(seed: u64, number: usize) -> impl Rng {
    rng(seed, 2, number as u64)
}

fn rng(seed: u64, purpose: u8, number: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&number.to_le_bytes());
    key[16] = purpose;
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_comes_once_an_epoch_in_an_order_that_does_not_depend_on_the_start() {
        let mut order = Order::new(10, 3, true);
        let first: Vec<usize> = (0..30).map(|number| order.nth(number)).collect();
        for epoch in first.chunks(10) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        }
        assert_ne!(first[..10], first[10..20]);
        let mut again = Order::new(10, 3, true);
        assert_eq!((17..30).map(|number| again.nth(number)).collect::<Vec<_>>(), first[17..]);
        assert_eq!(again.batch(1, 4), first[4..8]);
        assert_ne!((0..10).map(|number| Order::new(10, 4, true).nth(number)).collect::<Vec<_>>(), first[..10]);
        assert_eq!(Order::new(3, 0, false).batch(1, 4), [1, 2, 0, 1]);
        assert_ne!(dropout_key(1, 2), dropout_key(1, 3));
    }
}
