//! A converted file as the builder of a model sees it: tensors under transformers' names, packed ones as they are.

use std::sync::Arc;

use candle_core::quantized::GgmlDType;
use candle_core::{DType, Device, Tensor};
use half::vec::HalfBitsVecExt as _;
use half::{bf16, f16};

use super::format::TensorType;
use super::{GgufFile, keys, names};
use crate::model::kernels::{PackedMatrix, advise_huge_pages};
use crate::model::tensors::Tensors;
use crate::model::{ModelError, Quantization};

/// In the hands of one thread: what fits into a core's own cache, so that it is read, checked and put in place in one go.
const PART_BYTES: usize = 1 << 18;

/// The tensors of a converted model, or of a converted adapter.
pub(crate) struct GgufTensors {
    file: Arc<GgufFile>,
    adapter: bool,
}

impl GgufTensors {
    /// Of a model.
    pub(crate) fn of_model(file: Arc<GgufFile>) -> Result<Self, ModelError> {
        if file.text(keys::TYPE) != Some("model") {
            let reason = "an adapter, not a model".to_owned();
            return Err(ModelError::ForeignGguf { name: file.name().to_owned(), reason });
        }
        Ok(Self::new(file, false))
    }

    /// Of an adapter.
    pub(crate) fn of_adapter(file: Arc<GgufFile>) -> Result<Self, ModelError> {
        if file.text(keys::TYPE) != Some("adapter") {
            let reason = "a model, not an adapter".to_owned();
            return Err(ModelError::ForeignGguf { name: file.name().to_owned(), reason });
        }
        Ok(Self::new(file, true))
    }

    fn new(file: Arc<GgufFile>, adapter: bool) -> Self {
        Self { file, adapter }
    }

    /// The form of its linear layers.
    pub(crate) fn quantization(&self) -> Result<Quantization, ModelError> {
        let text = self.file.text(keys::QUANTIZATION).unwrap_or_default();
        text.parse().map_err(|reason: String| ModelError::damaged(self.file.name(), &reason))
    }

    /// The digest of the weights that it was made of.
    pub(crate) fn source_digest(&self) -> &str {
        self.file.text(keys::SOURCE_DIGEST).unwrap_or_default()
    }

    /// Name and digest of the adapter that was merged into it, or that it is.
    pub(crate) fn adapter(&self) -> Option<(&str, &str)> {
        let digest = self.file.text(keys::ADAPTER_DIGEST)?;
        Some((self.file.text(keys::ADAPTER_NAME).unwrap_or_default(), digest))
    }

    /// The name that people know the original by.
    pub(crate) fn name(&self) -> Option<&str> {
        self.file.text(keys::NAME)
    }

    /// Whether it was made of the embedded model.
    pub(crate) fn is_demonstration(&self) -> bool {
        self.file.value(keys::DEMONSTRATION).is_some()
    }

    fn ours(&self, name: &str) -> Option<String> {
        if !self.adapter {
            return names::to_gguf(name);
        }
        let name = name.strip_prefix("base_model.model.")?;
        for (marker, side) in [(".lora_A.weight", 'A'), (".lora_B.weight", 'B')] {
            if let Some(module) = name.strip_suffix(marker) {
                return names::low_rank_to_gguf(module, side);
            }
        }
        names::to_gguf(name)
    }

    fn at(&self, name: &str) -> Option<usize> {
        Some(self.file.entry(&self.ours(name)?)?.0)
    }

    fn require(&self, name: &str) -> Result<(usize, TensorType, &[usize]), ModelError> {
        let at = self.at(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let entry = &self.file.header().tensors[at];
        let foreign = || ModelError::TensorType { name: name.to_owned(), found: entry.number.to_string() };
        Ok((at, entry.kind().ok_or_else(foreign)?, &entry.shape))
    }

    /// `T` is a type whose zeros come from the system untouched: each page is first written by the thread that fills it.
    fn numbers<T: Copy + Default + Send, const N: usize>(
        &self,
        at: usize,
        count: usize,
        from: impl Fn([u8; N]) -> T + Sync,
    ) -> Result<Vec<T>, ModelError> {
        let mut numbers = vec![T::default(); count];
        advise_huge_pages(&numbers);
        let mut parts: Vec<&mut [T]> = numbers.chunks_mut(PART_BYTES / N).collect();
        self.file.read_parts(at, &mut parts, PART_BYTES, &|part, bytes| {
            for (number, bytes) in part.iter_mut().zip(bytes.as_chunks::<N>().0) {
                *number = from(*bytes);
            }
        })?;
        Ok(numbers)
    }
}

impl Tensors for GgufTensors {
    fn names(&self) -> Vec<String> {
        let theirs = |name: &str| if self.adapter { names::adapter_from_gguf(name) } else { names::from_gguf(name) };
        // A name that is no GPT-J's is refused by the builder under its own.
        let entries = self.file.header().tensors.iter();
        entries.map(|entry| theirs(&entry.name).unwrap_or_else(|| entry.name.clone())).collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        Some(self.file.header().tensors[self.at(name)?].shape.clone())
    }

    fn bytes(&self, name: &str) -> u64 {
        self.at(name).and_then(|at| self.file.header().tensors[at].bytes).unwrap_or(0)
    }

    fn tensor(&self, name: &str) -> Result<Tensor, ModelError> {
        let (at, kind, shape) = self.require(name)?;
        let count = shape.iter().product();
        let bits = || self.numbers(at, count, u16::from_le_bytes);
        let tensor = match kind.dtype() {
            Some(DType::F32) => Tensor::from_vec(self.numbers(at, count, f32::from_le_bytes)?, shape, &Device::Cpu),
            Some(DType::F16) => Tensor::from_vec(bits()?.reinterpret_into::<f16>(), shape, &Device::Cpu),
            Some(DType::BF16) => Tensor::from_vec(bits()?.reinterpret_into::<bf16>(), shape, &Device::Cpu),
            _ => return Err(ModelError::TensorType { name: name.to_owned(), found: kind.name().to_owned() }),
        };
        Ok(tensor?)
    }

    fn block_format(&self, name: &str) -> Option<GgmlDType> {
        let (_, kind, _) = self.require(name).ok()?;
        kind.dtype().is_none().then(|| kind.format())
    }

    fn head_apart(&self) -> bool {
        self.at("lm_head.weight").is_some()
    }

    fn blocks(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        let (at, ..) = self.require(name)?;
        let mut bytes = vec![0; self.bytes(name) as usize];
        let mut parts: Vec<&mut [u8]> = bytes.chunks_mut(PART_BYTES).collect();
        self.file.read_parts(at, &mut parts, PART_BYTES, &|part, bytes| part.copy_from_slice(bytes))?;
        Ok(bytes)
    }

    fn pack_into(&self, name: &str, matrix: &mut PackedMatrix) -> Result<(), ModelError> {
        let (at, ..) = self.require(name)?;
        if self.bytes(name) != (matrix.rows() * matrix.row_bytes()) as u64 {
            return Err(ModelError::damaged(self.file.name(), &format!("{name} has no whole rows of blocks")));
        }
        let rows = (PART_BYTES / matrix.row_bytes()).next_multiple_of(16);
        let bytes_each = rows * matrix.row_bytes();
        self.file.read_parts(at, &mut matrix.parts(rows), bytes_each, &|part, bytes| part.repack(bytes))
    }
}
