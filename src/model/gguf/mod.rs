//! Converted models: one GGUF file with packed weights, configuration, tokenizer, and a checksum for each tensor.
//!
//! The format is GGUF version 3 (<https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>), names and keys those of
//! llama.cpp's GPT-J, so that other programs can list and read it. What they have no key for stands under `pag_bert.`.
//! A file is read with positioned reads and never mapped: one that is cut or replaced while open gives an error.

mod adapter;
mod convert;
mod error;
mod file;
mod format;
mod inspect;
mod journal;
mod keys;
mod names;
mod pack;
mod parse;
mod prepare;
mod random;
mod tensor_map;
mod writer;
mod writing;

pub use convert::{ConvertProgress, ConvertRequest, Converted, convert};
pub use error::ConvertError;
pub use file::GgufFile;
pub use format::Value;
pub use inspect::{Inspection, TensorLine, inspect};
pub use prepare::{Forecast, forecast, is_made_of, is_whole, remove_original};
pub(crate) use random::{RandomWeights, write_random};
pub(crate) use tensor_map::GgufTensors;
