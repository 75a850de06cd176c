//! Where a model's tensors come from, and what is looked at before one is used.

use candle_core::quantized::GgmlDType;
use candle_core::{CpuStorage, DType, Storage, Tensor};
use rayon::prelude::*;

use super::ModelError;
use super::kernels::PackedMatrix;

/// Named tensors that can be read one by one: the files of a model, or a map in a test.
pub(crate) trait Tensors {
    fn names(&self) -> Vec<String>;
    fn shape(&self, name: &str) -> Option<Vec<usize>>;
    /// On the CPU, in the stored type.
    fn tensor(&self, name: &str) -> Result<Tensor, ModelError>;
    /// Bytes as stored, 0 when there is none of that name.
    fn bytes(&self, name: &str) -> u64;
    /// The format of the blocks in which a converted file has it; none where its numbers stand one by one.
    fn block_format(&self, _name: &str) -> Option<GgmlDType> {
        None
    }
    /// Whether a head that is tied to the embedding is written apart, as a converted file does where it is packed.
    fn head_apart(&self) -> bool {
        false
    }
    /// The blocks of a weight that is stored in them, row by row.
    fn blocks(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        Err(ModelError::MissingTensor(name.to_owned()))
    }
    /// Fills `matrix` from a weight that is stored in blocks, with a few rows in hand.
    fn pack_into(&self, name: &str, _matrix: &mut PackedMatrix) -> Result<(), ModelError> {
        Err(ModelError::MissingTensor(name.to_owned()))
    }
}

/// Constants that older versions of transformers saved with the weights: the causal mask, its value, the angles.
pub(crate) fn is_buffer(name: &str) -> bool {
    [".attn.bias", ".attn.masked_bias", ".attn.embed_positions"].iter().any(|end| name.ends_with(end))
}

/// Reads one tensor and refuses NaN and infinity.
pub(crate) fn read_finite(tensors: &dyn Tensors, name: &str) -> Result<Tensor, ModelError> {
    let tensor = tensors.tensor(name)?;
    match tensor.dtype() {
        DType::F32 | DType::F16 | DType::BF16 => {}
        other => return Err(ModelError::TensorType { name: name.to_owned(), found: other.as_str().to_owned() }),
    }
    if all_finite(&tensor) { Ok(tensor) } else { Err(ModelError::NotFinite(name.to_owned())) }
}

/// Whether every value of a tensor on the CPU is a number. Looks at blocks, so that the loop is vectorised, on all threads.
pub(crate) fn all_finite(tensor: &Tensor) -> bool {
    fn check<T: Copy + Sync>(values: &[T], finite: impl Fn(T) -> bool + Sync) -> bool {
        let blocks = values.par_chunks(4096).with_min_len(64);
        blocks.all(|block| block.iter().fold(true, |all, value| all & finite(*value)))
    }
    let (storage, _) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(CpuStorage::F32(values)) => check(values, f32::is_finite),
        Storage::Cpu(CpuStorage::F16(values)) => check(values, |value| value.to_bits() & 0x7c00 != 0x7c00),
        Storage::Cpu(CpuStorage::BF16(values)) => check(values, |value| value.to_bits() & 0x7f80 != 0x7f80),
        _ => true,
    }
}
