//! Who computes losses and gradients: our own operations on the CPU, the tensor library's on any other device.

use candle_core::Device;

use super::TrainError;
use super::autograd::Autograd;
use super::params::{Grads, Params};
use super::pass::{Batch, Pass};
use super::sample::Encoded;

/// One of the two.
#[derive(Debug)]
pub(crate) enum Learner {
    Slices(Box<Pass>),
    Device(Box<Autograd>),
}

impl Learner {
    pub(crate) fn new(
        network: super::network::Network,
        device: &Device,
        threads: usize,
        checkpointing: bool,
    ) -> Result<Self, TrainError> {
        if device.is_cpu() {
            return Ok(Self::Slices(Box::new(Pass::new(network, threads, checkpointing))));
        }
        Ok(Self::Device(Box::new(Autograd::new(network, device)?)))
    }

    /// The loss of every counted token. Where `grads` is given, adds the gradient of `weight` times their sum; `dropout` is
    /// the key of what is dropped, which without gradients is nothing.
    pub(crate) fn losses(
        &mut self,
        params: &Params,
        grads: Option<&mut Grads>,
        samples: &[&Encoded],
        weight: f32,
        dropout: Option<u32>,
    ) -> Result<Vec<f32>, TrainError> {
        match self {
            Self::Slices(pass) => {
                let batch = Batch::of(samples.iter().copied());
                Ok(pass.losses(params, grads, &batch, weight, dropout)?.to_vec())
            }
            Self::Device(autograd) => Ok(autograd.losses(params, grads, samples, weight, dropout)?),
        }
    }
}
