//! Learning from cases: samples, LoRA and full training on the same model code, run folders.

mod batch;
pub mod bench;
mod card;
mod card_power;
mod checkpoint;
pub mod data;
pub mod dataset;
pub mod energy;
mod error;
pub mod eval;
mod export;
mod folder;
mod frozen;
#[cfg(test)]
mod gradients;
mod learner;
pub mod merge;
mod network;
mod ops;
mod optimiser;
mod order;
mod params;
mod pass;
mod prepare;
pub mod recipe;
pub mod run;
pub mod sample;
pub(crate) mod svg;
mod tensor_pass;
mod tensors_file;

pub use data::{Data, Parts};
pub use error::TrainError;
pub use folder::Progress;
pub use merge::merge;
pub use network::Lora;
pub use optimiser::{AdamW, Schedule};
pub use recipe::Recipe;
pub use run::{Finished, TrainEvent, TrainJob, train};
pub use sample::{Encoded, LossOn, Origin, Pieces, Sample};

/// So many threads for the work of one training.
fn pool(threads: usize) -> Result<rayon::ThreadPool, TrainError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("training-{number}"))
        .build()
        .map_err(|error| TrainError::Threads(error.to_string()))
}
