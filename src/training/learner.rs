//! The two ways through a network and back, behind one call.

use candle_core::Device;

use super::batch::Batch;
use super::network::Network;
use super::params::{Grads, Params};
use super::pass::Pass;
use super::tensor_pass::TensorPass;
use crate::model::ModelError;

/// A network that can be learnt with.
#[derive(Debug)]
pub(crate) enum Learner {
    /// On the processor, with this program's own operations.
    Slices(Box<Pass>),
    /// On a device of candle's, with its tensors.
    Tensors(Box<TensorPass>),
}

impl Learner {
    /// The fast way for a network whose frozen weights are on `device`; with `tensors` that of the graphics cards on the
    /// processor too.
    pub(crate) fn new(
        network: Network,
        device: Device,
        threads: usize,
        checkpointing: bool,
        tensors: bool,
    ) -> Result<Self, ModelError> {
        Ok(if device.is_cpu() && !tensors {
            Self::Slices(Box::new(Pass::new(network, threads, checkpointing)))
        } else {
            Self::Tensors(Box::new(TensorPass::new(network, device, checkpointing)?))
        })
    }

    /// The loss of every counted token of `batch`. Where `grads` is given, adds the gradient of `weight` times their sum.
    /// `dropout` is the random key of this call's dropout; none drops nothing.
    pub(crate) fn losses(
        &mut self,
        params: &Params,
        grads: Option<&mut Grads>,
        batch: &Batch,
        weight: f32,
        dropout: Option<u32>,
    ) -> Result<&[f32], ModelError> {
        match self {
            Self::Slices(pass) => pass.losses(params, grads, batch, weight, dropout),
            Self::Tensors(pass) => pass.losses(params, grads, batch, weight, dropout),
        }
    }
}
