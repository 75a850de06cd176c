//! Learning from cases: samples, LoRA and full training on the same model code, run folders.

pub mod dataset;
pub mod eval;
pub mod sample;

pub use sample::{Encoded, LossOn, Origin, Pieces, Sample};
