//! GPT-J with a LoRA adapter: configuration, layers, weight files, tokenizer. candle has no GPT-J of its own.

mod attention;
mod build;
mod cache;
pub mod config;
pub mod device;
pub mod embedded;
pub mod error;
mod gptj;
pub(crate) mod kernels;
pub(crate) mod linear;
pub mod load;
pub(crate) mod lora;
mod memory;
mod progress;
mod quantization;
mod rotary;
mod source;
mod stream;
pub(crate) mod tensors;
mod tokenizer;
mod weights;

pub use cache::KvCache;
pub use config::Config;
pub use device::DeviceChoice;
pub use error::ModelError;
pub use gptj::GptJ;
pub use load::{LoadRequest, Loaded, load};
pub use lora::AdapterMode;
pub use memory::{available_bytes, total_bytes, weights_bytes};
pub use progress::{LoadProgress, LoadStage};
pub use quantization::{Quantization, WeightType};
pub use source::FileSource;
pub use stream::StreamDecoder;
pub use tokenizer::Tokenizer;
pub use weights::Weights;
