//! GPT-J with a LoRA adapter: configuration, layers, weight files, tokenizer. candle has no GPT-J of its own.

pub mod config;
pub mod error;

pub use config::Config;
pub use error::ModelError;
