//! A converted file as the builder of a model sees it: tensors under transformers' names, packed ones as they are.

use std::cell::{RefCell, RefMut};
use std::sync::Arc;

use candle_core::quantized::GgmlDType;
use candle_core::{Device, Tensor};

use super::format::TensorType;
use super::{GgufFile, keys, names};
use crate::model::tensors::Tensors;
use crate::model::{ModelError, Quantization};

/// The tensors of a converted model, or of a converted adapter.
pub(crate) struct GgufTensors {
    file: Arc<GgufFile>,
    adapter: bool,
    threads: usize,
    /// The bytes of one tensor, taken again for the next.
    bytes: RefCell<Vec<u8>>,
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
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { file, adapter, threads, bytes: RefCell::default() }
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

    fn read(&self, at: usize, bytes: &mut Vec<u8>) -> Result<TensorType, ModelError> {
        self.file.read(at, bytes, self.threads)
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
        let at = self.at(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let mut bytes = self.bytes.borrow_mut();
        let kind = self.read(at, &mut bytes)?;
        let Some(dtype) = kind.dtype() else {
            let found = kind.name().to_owned();
            return Err(ModelError::TensorType { name: name.to_owned(), found });
        };
        let shape = &self.file.header().tensors[at].shape;
        Ok(Tensor::from_raw_buffer(&bytes, dtype, shape, &Device::Cpu)?)
    }

    fn is_packed(&self, name: &str) -> bool {
        let kind = self.at(name).and_then(|at| self.file.header().tensors[at].kind());
        kind.is_some_and(|kind| kind.dtype().is_none())
    }

    fn head_apart(&self) -> bool {
        self.at("lm_head.weight").is_some()
    }

    fn blocks(&self, name: &str) -> Result<(GgmlDType, RefMut<'_, Vec<u8>>), ModelError> {
        let at = self.at(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let mut bytes = self.bytes.borrow_mut();
        let kind = self.read(at, &mut bytes)?;
        Ok((kind.format(), bytes))
    }
}
