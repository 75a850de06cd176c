//! What is trained: named f32 arrays on the CPU, and their gradients beside them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// One trained tensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    /// As it is called in the file that it will be written to.
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

impl Param {
    /// Biases and norms are not drawn towards nought, as in transformers' `Trainer`.
    pub(crate) fn decays(&self) -> bool {
        self.shape.len() > 1
    }
}

/// All trained tensors, in a fixed order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Params {
    pub(crate) all: Vec<Param>,
}

impl Params {
    /// Adds one and gives its number.
    pub(crate) fn add(&mut self, name: impl Into<String>, shape: &[usize], values: Vec<f32>) -> usize {
        debug_assert_eq!(values.len(), shape.iter().product::<usize>());
        self.all.push(Param { name: name.into(), shape: shape.to_vec(), values });
        self.all.len() - 1
    }

    pub(crate) fn of(&self, number: usize) -> &[f32] {
        &self.all[number].values
    }

    /// How many numbers are trained.
    pub(crate) fn count(&self) -> usize {
        self.all.iter().map(|param| param.values.len()).sum()
    }

    /// The number of the one of that name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|param| param.name == name)
    }
}

/// A gradient for each trained tensor, of its size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grads {
    pub(crate) all: Vec<Vec<f32>>,
}

impl Grads {
    pub(crate) fn like(params: &Params) -> Self {
        Self { all: params.all.iter().map(|param| vec![0.0; param.values.len()]).collect() }
    }

    pub(crate) fn clear(&mut self) {
        self.all.par_iter_mut().for_each(|grad| grad.fill(0.0));
    }

    pub(crate) fn of(&mut self, number: usize) -> &mut [f32] {
        &mut self.all[number]
    }

    /// Two at once; the same number twice is a fault of the caller's and gives nothing.
    pub(crate) fn two(&mut self, a: usize, b: usize) -> Option<(&mut [f32], &mut [f32])> {
        let [a, b] = self.all.get_disjoint_mut([a, b]).ok()?;
        Some((a, b))
    }
}

/// Random numbers for a tensor, by the run's seed and the tensor's name: another tensor more or less changes none of them.
fn rng_for(seed: u64, name: &str) -> ChaCha8Rng {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(name).finalize();
    ChaCha8Rng::from_seed(digest.into())
}

/// Evenly spread between `-limit` and `limit`.
pub(crate) fn uniform(seed: u64, name: &str, count: usize, limit: f32) -> Vec<f32> {
    let mut rng = rng_for(seed, name);
    (0..count).map(|_| rng.random_range(-limit..limit)).collect()
}

/// From a normal distribution around nought (Box and Muller 1958).
pub(crate) fn normal(seed: u64, name: &str, count: usize, deviation: f32) -> Vec<f32> {
    let mut rng = rng_for(seed, name);
    (0..count)
        .map(|_| {
            let (u, v): (f32, f32) = (1.0 - rng.random::<f32>(), rng.random());
            deviation * (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_starts_have_the_spread_that_was_asked_for_and_come_again() {
        let values = normal(1, "a", 40_000, 0.02);
        let mean = values.iter().sum::<f32>() / 40_000.0;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 40_000.0).sqrt();
        assert!(mean.abs() < 5e-4 && (deviation - 0.02).abs() < 4e-4, "{mean} {deviation}");
        assert_eq!(values, normal(1, "a", 40_000, 0.02));
        assert_ne!(values, normal(2, "a", 40_000, 0.02));
        assert_ne!(values, normal(1, "b", 40_000, 0.02));
        let even = uniform(1, "a", 40_000, 0.5);
        assert!(even.iter().all(|v| v.abs() <= 0.5) && even.iter().any(|v| *v > 0.49));
    }
}
