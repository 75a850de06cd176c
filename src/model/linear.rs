//! The one type behind which every linear layer lies: dense or quantised weights, a bias, and a LoRA adapter beside them.

use candle_core::quantized::QMatMul;
use candle_core::{DType, Module, Tensor};

use super::kernels::{Activations, Isa, Job, PackedMatrix, Pool, product};

/// The weights of a layer, `[out, in]`.
#[derive(Debug, Clone)]
pub(crate) enum Weight {
    /// f32, f16 or bf16.
    Dense(Tensor),
    Quantized(QMatMul),
    /// In the form that our own kernels read.
    Packed(PackedMatrix),
}

impl Weight {
    /// `xs · Wᵀ` for f32 `[rows, in]`, giving f32 `[rows, out]`.
    fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Dense(weight) if weight.dtype() == DType::F32 => xs.matmul(&weight.t()?),
            Self::Dense(weight) => xs.to_dtype(weight.dtype())?.matmul(&weight.t()?)?.to_dtype(DType::F32),
            Self::Quantized(weight) => weight.forward(xs),
            Self::Packed(weight) => {
                let pool = Pool::shared();
                let mut inputs = Activations::new(weight.format());
                inputs.quantise(&pool, &xs.flatten_all()?.to_vec1::<f32>()?, weight.columns());
                let mut y = vec![0.0; inputs.rows() * weight.rows()];
                product(&pool, Isa::detect(), &mut [Job { matrix: weight, x: &inputs, bias: None, y: &mut y }]);
                Tensor::from_vec(y, (inputs.rows(), weight.rows()), xs.device())
            }
        }
    }

    /// Bytes held in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes = match self {
            Self::Dense(weight) => weight.elem_count() * weight.dtype().size_in_bytes(),
            Self::Quantized(QMatMul::QTensor(weight)) => weight.storage_size_in_bytes(),
            Self::Quantized(QMatMul::Tensor(weight) | QMatMul::TensorF16(weight)) => {
                weight.elem_count() * weight.dtype().size_in_bytes()
            }
            Self::Packed(weight) => return weight.bytes(),
        };
        bytes as u64
    }
}

/// A low-rank change of a weight: `ΔW = up · down`, the scaling already in `up` (Hu et al. 2021, section 4.1).
#[derive(Debug, Clone)]
pub(crate) struct LowRank {
    /// `[r, in]`, f32.
    pub(crate) down: Tensor,
    /// `[out, r]`, f32.
    pub(crate) up: Tensor,
}

impl LowRank {
    fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        xs.matmul(&self.down.t()?)?.matmul(&self.up.t()?)
    }
}

/// `y = x · Wᵀ + b`, and `+ x · downᵀ · upᵀ` where an adapter is beside it.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub(crate) weight: Weight,
    /// `[out]`, f32.
    pub(crate) bias: Option<Tensor>,
    pub(crate) beside: Option<LowRank>,
}

impl Linear {
    pub(crate) fn is_packed(&self) -> bool {
        matches!(self.weight, Weight::Packed(_))
    }

    /// f32 `[rows, in]` to f32 `[rows, out]`, whatever the type of the weights.
    pub(crate) fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        let mut ys = self.weight.forward(xs)?;
        if let Some(low_rank) = &self.beside {
            ys = (ys + low_rank.forward(xs)?)?;
        }
        match &self.bias {
            Some(bias) => ys.broadcast_add(bias),
            None => Ok(ys),
        }
    }
}
