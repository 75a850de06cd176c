//! `pag-bert bench train`

use std::io::{self, Write};

use clap::Args;

use super::Failure;
use super::args::device;
use crate::config::DeviceSetting;
use crate::error::UserError;
use crate::i18n::I18n;
use crate::training::bench::{BenchJob, bench};

/// `pag-bert bench train`
#[derive(Debug, Args)]
pub struct BenchTrain {
    /// Texts in a batch.
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// Tokens in a text.
    #[arg(long, value_name = "N", default_value = "512", value_parser = clap::value_parser!(u32).range(2..=2048))]
    tokens: u32,
    /// Steps that are timed.
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Threads.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Activations are computed anew.
    #[arg(long)]
    checkpointing: bool,
    /// Where it runs.
    #[arg(long, value_name = "auto|cpu|cuda|metal", default_value = "cpu", value_parser = device)]
    device: DeviceSetting,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &BenchTrain, i18n: &I18n) -> Result<(), Failure> {
    let job = BenchJob {
        batch: args.batch as usize,
        tokens: args.tokens as usize,
        steps: args.steps as usize,
        threads: args.threads.map_or_else(super::all_threads, usize::from),
        checkpointing: args.checkpointing,
        device: args.device.into(),
    };
    let result = bench(job).map_err(UserError::from)?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&result).map_err(io::Error::other)?)?;
    } else {
        let memory = result.peak_bytes.map_or_else(|| "?".to_owned(), |bytes| i18n.bytes(bytes));
        let words = [
            ("speed", (result.tokens_per_s.round() as u64).into()),
            ("memory", memory.into()),
            ("threads", (job.threads as u64).into()),
            ("device", result.device.into()),
        ];
        writeln!(out, "{}", i18n.tr_args("train-bench", &words))?;
    }
    Ok(out.flush()?)
}
