//! What can go wrong with a model, an adapter or their files. The texts here are English, for logs; the window has its own.
//!
//! No variant carries text that a user typed or that a model wrote.

use std::path::{Path, PathBuf};

use super::Quantization;
use crate::error::UserError;

/// Why a model or adapter can't be loaded or run.
#[allow(missing_docs)]
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    // --- files
    #[error("{name} is missing{}", at(folder.as_deref()))]
    MissingFile { name: String, folder: Option<PathBuf> },
    #[error("{name} can't be read: {source}")]
    Unreadable {
        name: String,
        #[source]
        source: std::io::Error,
    },
    /// Cut off, not of the format that its name says, or a header that can't be true.
    #[error("{name} is damaged: {reason}")]
    Damaged { name: String, reason: String },
    /// A pickle that would run code, which is never done.
    #[error("{name} asks to run {call}, which weights never need")]
    UnsafePickle { name: String, call: String },
    #[error("{name}: {reason}")]
    Tokenizer { name: String, reason: String },

    // --- config.json, adapter_config.json
    /// `field` in the JSON file `name` is missing, of the wrong kind, or can't be true.
    #[error("{name}: {field}: {reason}")]
    Config { name: String, field: String, reason: String },

    // --- tensors
    #[error("tensor {0} is missing")]
    MissingTensor(String),
    #[error("tensor {0} does not belong to this model")]
    UnexpectedTensor(String),
    #[error("tensor {name} has shape {found:?}, expected {expected:?}")]
    TensorShape { name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("tensor {name} has type {found}, which is not one of f32, f16 and bf16")]
    TensorType { name: String, found: String },
    #[error("tensor {0} holds values that are not finite numbers")]
    NotFinite(String),

    /// A converted file that was cut short or changed after it was written.
    #[error("tensor {name} of {file} is damaged: {reason}")]
    TensorDamaged { file: String, name: String, reason: String },
    /// A GGUF file that is no converted model of this program, or not of the kind asked for.
    #[error("{name} can't be used: {reason}")]
    ForeignGguf { name: String, reason: String },

    // --- adapter
    #[error("the adapter was made for another base model: {0}")]
    AdapterForAnotherBase(String),

    // --- running
    #[error("device {device} can't be used: {reason}")]
    Device { device: &'static str, reason: String },
    #[error("out of memory on the device: {0}")]
    OutOfDeviceMemory(String),
    #[error("the model needs {needed} bytes of memory, {available} are free")]
    NotEnoughMemory {
        needed: u64,
        available: u64,
        fits: Option<(Quantization, u64)>,
        /// It is a converted file, whose form can't be chosen any more.
        converted: bool,
    },
    #[error("{asked} positions asked for, the model has {limit}")]
    ContextFull { asked: usize, limit: usize },
    #[error("token {id} is outside the vocabulary of {vocab_size}")]
    TokenOutOfRange { id: u32, vocab_size: usize },
    #[error("no tokens were given")]
    NoTokens,
    #[error("loading was cancelled")]
    Cancelled,
    /// A failure inside the tensor library.
    #[error("{0}")]
    Tensor(String),
}

fn at(folder: Option<&Path>) -> String {
    folder.map_or_else(String::new, |folder| format!(" in {}", folder.display()))
}

impl ModelError {
    pub(crate) fn damaged(name: &str, reason: &str) -> Self {
        Self::Damaged { name: name.to_owned(), reason: reason.to_owned() }
    }

    pub(crate) fn config(name: &str, field: &str, reason: impl Into<String>) -> Self {
        Self::Config { name: name.to_owned(), field: field.to_owned(), reason: reason.into() }
    }
}

impl From<candle_core::Error> for ModelError {
    /// Tells a full GPU from every other failure: the way out differs.
    fn from(error: candle_core::Error) -> Self {
        let text = error.to_string();
        let lower = text.to_lowercase();
        // CUDA's words, then cuBLAS's, then Metal's.
        let full = ["out of memory", "out_of_memory", "alloc_failed", "outofmemory", "failed to create metal resource"];
        if full.iter().any(|words| lower.contains(words)) {
            Self::OutOfDeviceMemory(first_line(&text))
        } else {
            Self::Tensor(first_line(&text))
        }
    }
}

impl From<ModelError> for UserError {
    fn from(error: ModelError) -> Self {
        let said = error.to_string();
        let gigabytes = |bytes: u64| format!("{:.1}", bytes as f64 / 1e9);
        let shown = match error {
            ModelError::MissingFile { name, .. } => Self::new("error-model-file-missing").with("name", name),
            ModelError::Unreadable { name, .. } => Self::new("error-model-file-unreadable").with("name", name),
            ModelError::Damaged { name, .. } => Self::new("error-model-file-damaged").with("name", name),
            ModelError::UnsafePickle { name, .. } => Self::new("error-model-file-unsafe").with("name", name),
            ModelError::Tokenizer { name, .. } => Self::new("error-model-tokenizer").with("name", name),
            ModelError::Config { name, field, .. } => {
                Self::new("error-model-config").with("name", name).with("field", field)
            }
            ModelError::MissingTensor(name)
            | ModelError::UnexpectedTensor(name)
            | ModelError::TensorShape { name, .. }
            | ModelError::TensorType { name, .. } => Self::new("error-model-tensor").with("name", name),
            ModelError::TensorDamaged { file, name, .. } => {
                Self::new("error-model-tensor-damaged").with("file", file).with("name", name)
            }
            ModelError::ForeignGguf { name, .. } => Self::new("error-model-foreign").with("name", name),
            ModelError::NotFinite(name) => Self::new("error-model-not-finite").with("name", name),
            ModelError::AdapterForAnotherBase(_) => Self::new("error-adapter-other-base"),
            ModelError::Device { device, .. } => Self::new("error-model-device").with("device", device),
            ModelError::OutOfDeviceMemory(_) => Self::new("error-model-device-memory"),
            ModelError::NotEnoughMemory { needed, available, fits, converted } => match fits {
                Some((form, bytes)) => {
                    Self::new(if converted { "error-model-memory-converted" } else { "error-model-memory" })
                        .with("needed", gigabytes(needed))
                        .with("available", gigabytes(available))
                        .with("form", form)
                        .with("fits", gigabytes(bytes))
                }
                None => Self::new("error-model-memory-none")
                    .with("needed", gigabytes(needed))
                    .with("available", gigabytes(available)),
            },
            ModelError::ContextFull { asked, limit } => {
                Self::new("error-model-window-full").with("asked", asked).with("limit", limit)
            }
            ModelError::Cancelled => Self::new("error-model-load-cancelled"),
            ModelError::TokenOutOfRange { .. } | ModelError::NoTokens | ModelError::Tensor(_) => {
                Self::new("error-model-internal")
            }
        };
        shown.technical(said)
    }
}

/// candle appends a backtrace where RUST_BACKTRACE is set; a log line needs the message alone.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_gpu_is_told_from_other_failures() {
        let full = candle_core::Error::Msg("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")".into());
        assert!(matches!(ModelError::from(full), ModelError::OutOfDeviceMemory(_)));
        for words in [
            "CublasError(CUBLAS_STATUS_ALLOC_FAILED)",
            "Failed to create metal resource: Buffer",
            "Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)",
        ] {
            let full = candle_core::Error::Msg(words.into());
            assert!(matches!(ModelError::from(full), ModelError::OutOfDeviceMemory(_)), "{words}");
        }
        let other = candle_core::Error::Msg("shape mismatch\n   0: backtrace".into());
        assert!(matches!(ModelError::from(other), ModelError::Tensor(text) if text == "shape mismatch"));
    }
}
