//! Learning from cases: samples, LoRA and full training on the same model code, run folders.

pub mod bench;
mod error;
mod frozen;
mod network;
mod ops;
mod optimiser;
mod params;
mod pass;
pub mod sample;

pub use error::TrainError;
pub use network::{Lora, MODULES};
pub use optimiser::{AdamW, Schedule};
pub use sample::{Encoded, LossOn, Origin, Pieces, Sample};

/// So many threads for the work of one training.
fn pool(threads: usize) -> Result<rayon::ThreadPool, TrainError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("training-{number}"))
        .build()
        .map_err(|error| TrainError::Threads(error.to_string()))
}

/// The most memory that this process ever held, where the system tells it (`VmHWM`).
pub fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
