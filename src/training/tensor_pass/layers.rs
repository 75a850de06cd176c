//! The network with what is frozen of it on a device, and the linear layers at work.

use std::ops::Range;

use candle_core::quantized::QMatMul;
use candle_core::{DType, Device, Tensor};

use super::dropout::Masks;
use crate::model::ModelError;
use crate::model::linear::Weight;
use crate::training::network::{self, Low, Matrix};

/// A tensor that is trained (by its number) or not.
#[derive(Debug)]
pub(super) enum Values {
    Trained(usize),
    Frozen(Tensor),
}

#[derive(Debug)]
pub(super) struct Norm {
    pub(super) weight: Values,
    pub(super) bias: Values,
}

#[derive(Debug)]
pub(super) struct Linear {
    weight: Matrix,
    bias: Option<Values>,
    pub(super) low: Option<Low>,
    pub(super) input: usize,
}

#[derive(Debug)]
pub(super) struct Block {
    pub(super) ln_1: Norm,
    pub(super) q_proj: Linear,
    pub(super) k_proj: Linear,
    pub(super) v_proj: Linear,
    pub(super) out_proj: Linear,
    pub(super) fc_in: Linear,
    pub(super) fc_out: Linear,
}

impl Values {
    fn new(vector: network::Vector, device: &Device) -> candle_core::Result<Self> {
        Ok(match vector {
            network::Vector::Trained(number) => Self::Trained(number),
            network::Vector::Frozen(values) => {
                let count = values.len();
                Self::Frozen(Tensor::from_vec(values, count, device)?)
            }
        })
    }

    pub(super) fn of<'a>(&'a self, tensors: &'a Tensors) -> &'a Tensor {
        match self {
            Self::Trained(number) => &tensors.params[*number],
            Self::Frozen(tensor) => tensor,
        }
    }

    pub(super) fn trained(&self) -> Option<usize> {
        if let Self::Trained(number) = self { Some(*number) } else { None }
    }
}

impl Norm {
    pub(super) fn new(norm: network::Norm, device: &Device) -> candle_core::Result<Self> {
        Ok(Self { weight: Values::new(norm.weight, device)?, bias: Values::new(norm.bias, device)? })
    }
}

impl Block {
    pub(super) fn new(block: network::Block, device: &Device) -> candle_core::Result<Self> {
        Ok(Self {
            ln_1: Norm::new(block.ln_1, device)?,
            q_proj: Linear::new(block.q_proj, device)?,
            k_proj: Linear::new(block.k_proj, device)?,
            v_proj: Linear::new(block.v_proj, device)?,
            out_proj: Linear::new(block.out_proj, device)?,
            fc_in: Linear::new(block.fc_in, device)?,
            fc_out: Linear::new(block.fc_out, device)?,
        })
    }
}

/// What one call works on: the trained tensors as they were sent, and what is found for them.
#[derive(Debug)]
pub(super) struct Tensors {
    pub(super) params: Vec<Tensor>,
    /// One place for each parameter; none of them where nothing is learnt.
    pub(super) grads: Vec<Option<Tensor>>,
    pub(super) masks: Option<Masks>,
}

impl Tensors {
    /// Adds to the gradient of a parameter.
    pub(super) fn learn(&mut self, number: usize, grad: Tensor) -> candle_core::Result<()> {
        let place = &mut self.grads[number];
        *place = Some(match place.take() {
            Some(sum) => (sum + grad)?,
            None => grad,
        });
        Ok(())
    }

    fn drop_out(&self, low: &Low, xs: Tensor, rows: &Range<usize>) -> candle_core::Result<Tensor> {
        match &self.masks {
            Some(masks) => masks.apply(low.down, xs, rows),
            None => Ok(xs),
        }
    }
}

impl Linear {
    pub(super) fn new(linear: network::Linear, device: &Device) -> candle_core::Result<Self> {
        let bias = linear.bias.map(|bias| Values::new(bias, device)).transpose()?;
        Ok(Self { weight: linear.weight, bias, low: linear.low, input: linear.input })
    }

    /// Its weight as f32 `[out, in]`; a frozen one in fewer bits is unpacked for it, the whole of it, and lives as long as
    /// the caller keeps it.
    pub(super) fn weight(&self, tensors: &Tensors) -> Result<Tensor, ModelError> {
        match &self.weight {
            Matrix::Trained(number) => Ok(tensors.params[*number].clone()),
            Matrix::Frozen(Weight::Dense(weight)) => Ok(weight.to_dtype(DType::F32)?.contiguous()?),
            Matrix::Frozen(Weight::Quantized(QMatMul::QTensor(weight))) => Ok(weight.dequantize(&weight.device())?),
            Matrix::Frozen(Weight::Quantized(QMatMul::Tensor(weight) | QMatMul::TensorF16(weight))) => {
                Ok(weight.to_dtype(DType::F32)?.contiguous()?)
            }
            Matrix::Frozen(Weight::Packed(_)) => {
                Err(ModelError::Tensor("a frozen weight in the kernels' own form".to_owned()))
            }
        }
    }

    /// Whether anything of it is trained.
    pub(super) fn learns(&self) -> bool {
        self.low.is_some()
            || matches!(self.weight, Matrix::Trained(_))
            || self.bias.as_ref().is_some_and(|bias| bias.trained().is_some())
    }

    /// `[n, in]`, which are `rows` of the batch, to `[n, out]`.
    pub(super) fn forward(
        &self,
        xs: &Tensor,
        weight: &Tensor,
        tensors: &Tensors,
        rows: &Range<usize>,
    ) -> candle_core::Result<Tensor> {
        let mut ys = xs.matmul(&weight.t()?)?;
        if let Some(low) = &self.low {
            let narrow = tensors.drop_out(low, xs.clone(), rows)?.matmul(&tensors.params[low.down].t()?)?;
            ys = (ys + (narrow.matmul(&tensors.params[low.up].t()?)? * f64::from(low.scale))?)?;
        }
        match &self.bias {
            Some(bias) => ys.broadcast_add(bias.of(tensors)),
            None => Ok(ys),
        }
    }

    /// Adds the gradients of weight, bias and low-rank change.
    pub(super) fn learn(
        &self,
        dys: &Tensor,
        xs: &Tensor,
        tensors: &mut Tensors,
        rows: &Range<usize>,
    ) -> candle_core::Result<()> {
        if let Matrix::Trained(number) = self.weight {
            tensors.learn(number, dys.t()?.matmul(xs)?)?;
        }
        if let Some(number) = self.bias.as_ref().and_then(Values::trained) {
            tensors.learn(number, dys.sum(0)?)?;
        }
        if let Some(low) = &self.low {
            let seen = tensors.drop_out(low, xs.clone(), rows)?;
            let narrow = seen.matmul(&tensors.params[low.down].t()?)?;
            tensors.learn(low.up, (dys.t()?.matmul(&narrow)? * f64::from(low.scale))?)?;
            tensors.learn(low.down, low_backward(low, dys, tensors)?.t()?.matmul(&seen)?)?;
        }
        Ok(())
    }

    /// The derivative of its input, `[n, in]`.
    pub(super) fn backward(
        &self,
        dys: &Tensor,
        weight: &Tensor,
        tensors: &Tensors,
        rows: &Range<usize>,
    ) -> candle_core::Result<Tensor> {
        let dxs = dys.matmul(weight)?;
        let Some(low) = &self.low else { return Ok(dxs) };
        let beside = low_backward(low, dys, tensors)?.matmul(&tensors.params[low.down])?;
        dxs + tensors.drop_out(low, beside, rows)?
    }
}

/// The derivative between the two tensors of a low-rank change, `[n, rank]`.
fn low_backward(low: &Low, dys: &Tensor, tensors: &Tensors) -> candle_core::Result<Tensor> {
    dys.matmul(&tensors.params[low.up])? * f64::from(low.scale)
}
