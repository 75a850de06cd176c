//! How fast this computer trains, on a model of a fixed shape from random numbers:
//! `tests/reference/bench_training_torch.py` does the same in PyTorch.

use std::time::Instant;

use serde::Serialize;

use super::TrainError;
use super::batch::Batch;
use super::learner::Learner;
use super::network::Network;
use super::optimiser::{self, AdamW, Moments};
use super::params::Grads;
use super::sample::Encoded;
use crate::model::device::{self, ChosenDevice};
use crate::model::{Config, DeviceChoice};

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct BenchJob {
    /// Texts in a batch.
    pub batch: usize,
    /// Tokens in a text.
    pub tokens: usize,
    /// Steps that are timed, after one that is not.
    pub steps: usize,
    /// Threads.
    pub threads: usize,
    /// Activations are computed anew on the way back.
    pub checkpointing: bool,
    /// Where it runs.
    pub device: DeviceChoice,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct BenchResult {
    /// Numbers that were trained.
    pub parameters: usize,
    /// Texts in a batch.
    pub batch: usize,
    /// Tokens in a text.
    pub tokens: usize,
    /// Threads.
    pub threads: usize,
    /// Activations were computed anew.
    pub checkpointing: bool,
    /// Where it ran.
    pub device: &'static str,
    /// Tokens a second, over all timed steps.
    pub tokens_per_s: f64,
    /// Seconds of each timed step.
    pub step_s: Vec<f64>,
    /// Most memory that the process ever held, in bytes; none where the system does not tell.
    pub peak_bytes: Option<u64>,
    /// The last loss: a sign that something was learnt.
    pub loss: f64,
}

/// The shape of the model: 6.8 million parameters.
const CONFIG: &[u8] = br#"{"model_type": "gptj", "n_embd": 256, "n_layer": 6, "n_head": 4, "n_positions": 2048,
    "rotary_dim": 32, "vocab_size": 4096}"#;

/// Trains on random tokens.
///
/// # Errors
/// When the threads can't be started, or the device that was asked for by name can't be used.
pub fn bench(job: BenchJob) -> Result<BenchResult, TrainError> {
    let pool = super::pool(job.threads)?;
    let config = Config::from_json(CONFIG)?;
    let (network, mut params) = Network::fresh(config, 0)?;
    let (mut grads, mut moments) = (Grads::like(&params), Moments::like(&params));
    let ChosenDevice { device, name, .. } = device::open(job.device)?;
    let mut learner = Learner::new(network, device, job.threads, job.checkpointing, false)?;
    let mut state = 1u64;
    let texts: Vec<Encoded> = (0..job.batch)
        .map(|_| {
            let ids = (0..job.tokens).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((state >> 33) % 4096) as u32
            });
            Encoded { ids: ids.collect(), counts_from: 1, facts: 0..0, cut: 0 }
        })
        .collect();
    let batch = Batch::of(&texts);
    let (mut step_s, mut last) = (Vec::new(), 0.0);
    for step in 0..=job.steps {
        let began = Instant::now();
        last = pool.install(|| -> Result<f64, TrainError> {
            grads.clear();
            let weight = 1.0 / batch.targets.len() as f32;
            let losses = learner.losses(&params, Some(&mut grads), &batch, weight, None)?;
            let mean = losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / losses.len() as f64;
            let scale = optimiser::clip(optimiser::norm(&grads), Some(1.0));
            AdamW::default().step(&mut params, &grads, &mut moments, step + 1, 1e-3, scale);
            Ok(mean)
        })?;
        if step > 0 {
            step_s.push(began.elapsed().as_secs_f64());
        }
    }
    let tokens = (job.batch * job.tokens * job.steps) as f64;
    Ok(BenchResult {
        parameters: params.count(),
        batch: job.batch,
        tokens: job.tokens,
        threads: job.threads,
        checkpointing: job.checkpointing,
        device: name,
        tokens_per_s: tokens / step_s.iter().sum::<f64>(),
        step_s,
        peak_bytes: crate::model::peak_bytes(),
        loss: last,
    })
}
