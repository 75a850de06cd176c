//! `pag-bert bench`: how fast a model reads and writes here, held against the memory of this computer.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::{ModelArgs, ModelName};
use super::bench_drafts::{self, BenchDrafts};
use super::bench_plot::{Bar, Panel, picture};
use super::bench_train::{self, BenchTrain};
use super::bench_vault::{self, BenchVault};
use super::{Failure, predict, tell_report};
use crate::config::{DeviceSetting, ModelLocation, QuantizationChoice};
use crate::error::UserError;
use crate::files;
use crate::i18n::I18n;
use crate::inference::Cancel;
use crate::inference::bench::{self, BenchJob, BenchResult, Growth, Spread};
use crate::model::{GptJ, RandomModel, forget_cached, use_threads};

/// The name of the shape of the seed's base.
const GPT_J: &str = "gpt-j-6b";
const GPT_J_6B: &[u8] = br#"{"model_type": "gptj", "n_embd": 4096, "n_layer": 28, "n_head": 16, "n_positions": 2048,
    "rotary_dim": 64, "vocab_size": 50400}"#;
/// Of the random numbers.
const SEED: u64 = 20_260_101;

/// `pag-bert bench`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    /// Something else than how a model reads and writes.
    #[command(subcommand)]
    other: Option<OtherBench>,
    #[command(flatten)]
    model: ModelBench,
}

/// What is measured instead.
#[derive(Debug, Subcommand)]
enum OtherBench {
    /// Drafts.
    Drafts(BenchDrafts),
    /// Training.
    Train(BenchTrain),
    /// The vault.
    Vault(BenchVault),
}

/// How a model reads and writes.
#[derive(Debug, Args)]
struct ModelBench {
    /// Random weights of this shape.
    #[arg(long, value_name = "gpt-j-6b|CONFIG.json", default_value = "gpt-j-6b", conflicts_with = "model")]
    shape: PathBuf,
    /// Only so many layers of the shape.
    #[arg(long, value_name = "N", conflicts_with = "model", value_parser = clap::value_parser!(u16).range(1..))]
    layers: Option<u16>,
    /// The rank of the random adapter; 0 = none.
    #[arg(long, value_name = "R", default_value = "16", conflicts_with = "model",
        value_parser = clap::value_parser!(u16).range(..=1024))]
    rank: u16,
    /// The random weights are kept in a file of this folder, and loaded from it.
    #[arg(long, value_name = "DIR", conflicts_with = "model")]
    cache: Option<PathBuf>,
    /// A real model instead.
    #[arg(long, value_name = "FILE|DIR|REPO|embedded")]
    model: Option<ModelName>,
    /// Its adapter.
    #[arg(long, value_name = "FILE|DIR|REPO", requires = "model")]
    adapter: Option<ModelName>,
    /// How weights are held.
    #[arg(long, value_name = "q8_0|q6k|q4k|none", value_parser = super::args::quantization)]
    quantization: Option<QuantizationChoice>,
    /// Tokens of the prompt.
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u32).range(1..))]
    prompt: u32,
    /// Tokens that are written.
    #[arg(long, value_name = "N", default_value = "32", value_parser = clap::value_parser!(u32).range(1..))]
    generate: u32,
    /// Threads.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// How often it is measured.
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// Only the prompt of that length.
    #[arg(long)]
    no_growth: bool,
    /// A picture of the growth with the prompt's length, as SVG.
    #[arg(long, value_name = "FILE.svg", conflicts_with = "no_growth")]
    plot: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// What is written.
#[derive(Debug, Serialize)]
struct Report {
    /// The shape's name, or the model's.
    model: String,
    random_weights: bool,
    layers: usize,
    parameters: u64,
    quantization: String,
    adapter: bool,
    /// Bytes of all weights in memory, where they were made here.
    weights_bytes: Option<u64>,
    /// Seconds in which random weights were made: in memory, or into their file; none where that was there.
    made_s: Option<f64>,
    /// Seconds to load from a file: first from the disk, then again.
    load_s: Vec<f64>,
    #[serde(flatten)]
    measured: BenchResult,
}

/// A model to be measured, and what is told of it.
struct Subject {
    model: GptJ,
    name: String,
    quantization: String,
    adapter: bool,
    weights_bytes: Option<u64>,
    made_s: Option<f64>,
    load_s: Vec<f64>,
}

pub(super) fn run(args: &BenchArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    match &args.other {
        Some(OtherBench::Drafts(args)) => bench_drafts::run(args, i18n, cancel),
        Some(OtherBench::Train(args)) => bench_train::run(args, i18n),
        Some(OtherBench::Vault(args)) => bench_vault::run(args, i18n, cancel),
        None => model(&args.model, i18n, cancel),
    }
}

fn model(args: &ModelBench, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    if let Some(threads) = args.threads {
        use_threads(threads.into());
    }
    let subject = match &args.model {
        Some(model) => real(model, args, i18n, cancel)?,
        None => random(args, cancel)?,
    };
    let job = BenchJob {
        prompt: args.prompt as usize,
        generate: args.generate as usize,
        repeat: args.repeat as usize,
        growth: !args.no_growth,
        buffer: bench::BUFFER,
    };
    let measured = bench::bench(&subject.model, job, cancel)?;
    let config = subject.model.config();
    let report = Report {
        random_weights: args.model.is_none(),
        layers: config.n_layer,
        parameters: config.parameters(),
        model: subject.name,
        quantization: subject.quantization,
        adapter: subject.adapter,
        weights_bytes: subject.weights_bytes,
        made_s: subject.made_s,
        load_s: subject.load_s,
        measured,
    };
    if let Some(path) = &args.plot {
        files::write_atomic(path, plot(&report, i18n).as_bytes())?;
    }
    tell_report(&report, args.json, || table(&report, i18n))
}

fn random(args: &ModelBench, cancel: &Cancel) -> Result<Subject, Failure> {
    let quantization = args.quantization.unwrap_or(QuantizationChoice::Q8_0).into();
    let name = args.shape.file_stem().unwrap_or_default().to_string_lossy();
    let layers = args.layers.map(usize::from);
    let random = RandomModel::new(&name, &shape(&args.shape)?, layers, quantization, SEED)?;
    let cancelled = || cancel.is_cancelled();
    let rank = args.rank.into();
    let began = Instant::now();
    let mut load_s = Vec::new();
    let ((model, bytes), made_s) = match &args.cache {
        None => (random.make(rank, &cancelled)?, Some(began.elapsed().as_secs_f64())),
        Some(folder) => {
            let (path, written) = random.keep_in(folder, &cancelled)?;
            let made_s = written.then(|| began.elapsed().as_secs_f64());
            (twice(&path, &mut load_s, || Ok(random.load(&path, rank, &cancelled)?))?, made_s)
        }
    };
    Ok(Subject {
        model,
        name: args.shape.display().to_string(),
        quantization: quantization.to_string(),
        adapter: args.rank > 0,
        weights_bytes: Some(bytes),
        made_s,
        load_s,
    })
}

fn real(model: &ModelName, args: &ModelBench, i18n: &I18n, cancel: &Cancel) -> Result<Subject, Failure> {
    let chosen = ModelArgs {
        model: model.clone(),
        adapter: args.adapter.clone(),
        quantization: args.quantization,
        device: DeviceSetting::Cpu,
        offline: false,
    };
    let mut load_s = Vec::new();
    let path = match model {
        ModelName::At(ModelLocation::Folder { path }) => path,
        _ => Path::new(""),
    };
    let engine = twice(path, &mut load_s, || predict::load(&chosen, None, i18n, cancel))?;
    let info = crate::inference::Engine::info(&engine).clone();
    Ok(Subject {
        model: engine.into_model(),
        name: info.name,
        quantization: info.quantization,
        adapter: info.adapter.is_some(),
        weights_bytes: None,
        made_s: None,
        load_s,
    })
}

/// Loads twice, and notes the seconds: from the disk, then from what the system kept of the files at `path`.
fn twice<T>(path: &Path, load_s: &mut Vec<f64>, load: impl Fn() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut timed = || {
        let began = Instant::now();
        let loaded = load()?;
        load_s.push(began.elapsed().as_secs_f64());
        Ok::<_, Failure>(loaded)
    };
    forget_cached(path);
    drop(timed()?);
    timed()
}

/// The sizes of a shape, as in a model's `config.json`.
fn shape(named: &Path) -> Result<Vec<u8>, Failure> {
    if named == Path::new(GPT_J) {
        return Ok(GPT_J_6B.to_vec());
    }
    let read = std::fs::read(named);
    let failed = |error: io::Error| {
        UserError::new("error-cli-bench-shape").with("file", named.display()).technical(error.kind())
    };
    Ok(read.map_err(failed)?)
}

/// What was measured, in one line.
fn subject(report: &Report, i18n: &I18n) -> String {
    let BenchResult { threads, kernels, .. } = &report.measured;
    let words = [
        ("model", report.model.as_str().into()),
        ("layers", (report.layers as u64).into()),
        ("form", report.quantization.as_str().into()),
        ("threads", (*threads as u64).into()),
        ("kernels", kernels.as_str().into()),
    ];
    i18n.tr_args("bench-subject", &words)
}

/// How reading, writing and memory grow with the prompt.
fn plot(report: &Report, i18n: &I18n) -> String {
    let BenchResult { growth, bandwidth_gb_per_s, bytes_per_token, .. } = &report.measured;
    let panel = |title: &str, digits: usize, value: &dyn Fn(&Growth) -> Option<f64>| {
        let bar = |one| {
            let value = value(one)?;
            Some(Bar { prompt: one.prompt, value, shown: i18n.decimal(value, digits) })
        };
        Panel { title: i18n.tr(title), bars: growth.iter().filter_map(bar).collect(), limit: None }
    };
    let limit = bytes_per_token.map(|bytes| {
        let rate = bandwidth_gb_per_s.median * 1e9 / bytes as f64;
        (rate, i18n.tr_args("bench-plot-limit", &[("rate", i18n.decimal(rate, 1).into())]))
    });
    let panels = [
        panel("bench-prompt-rate", 0, &|one| Some(one.tokens_per_s)),
        Panel { limit, ..panel("bench-decode", 1, &|one| Some(one.decode_tokens_per_s)) },
        panel("bench-plot-memory", 2, &|one| one.peak_bytes.map(|bytes| bytes as f64 / 1e9)),
    ];
    picture(&subject(report, i18n), &i18n.tr("bench-plot-axis"), &panels)
}

/// The same for people.
fn table(report: &Report, i18n: &I18n) -> String {
    let measured = &report.measured;
    let mut text = String::new();
    writeln!(text, "{}", subject(report, i18n)).ok();
    let mut line = |id: &str, value: String| {
        writeln!(text, "{:<38} {value}", i18n.tr(id)).ok();
    };
    let spread = |Spread { min, median, max }: Spread, factor: f64, digits: usize| {
        let shown = |value: f64| i18n.decimal(value * factor, digits);
        format!("{:>9}   ({} – {})", shown(median), shown(min), shown(max))
    };
    let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), |bytes| i18n.bytes(bytes));
    let loads: Vec<String> = report.load_s.iter().map(|seconds| i18n.decimal(*seconds, 2)).collect();
    if let Some(seconds) = report.made_s {
        line("bench-made", format!("{:>9}", i18n.decimal(seconds, 2)));
    }
    if !loads.is_empty() {
        line("bench-load", format!("{:>9}", loads.join(" · ")));
    }
    line("bench-bandwidth", spread(measured.bandwidth_gb_per_s, 1.0, 1));
    line("bench-prompt", spread(measured.prompt_s, 1.0, 2));
    line("bench-prompt-rate", spread(measured.prompt_tokens_per_s, 1.0, 0));
    line("bench-decode", spread(measured.decode_tokens_per_s, 1.0, 1));
    if let (Some(gb), Some(share)) = (measured.decode_gb_per_s, measured.share) {
        line("bench-weights", spread(gb, 1.0, 1));
        line("bench-share", spread(share, 100.0, 0));
    }
    if let Some(share) = measured.share_of_sustained {
        line("bench-sustained", spread(measured.sustained_gb_per_s, 1.0, 1));
        line("bench-share-of-sustained", spread(share, 100.0, 0));
    }
    line("bench-peak", format!("{:>9}", bytes(measured.peak_bytes)));
    for one in &measured.growth {
        let words = [
            ("tokens", (one.prompt as u64).into()),
            ("seconds", i18n.decimal(one.seconds, 2).into()),
            ("rate", i18n.decimal(one.tokens_per_s, 0).into()),
            ("writing", i18n.decimal(one.decode_tokens_per_s, 1).into()),
            ("cache", i18n.bytes(one.cache_bytes).into()),
        ];
        writeln!(text, "{}", i18n.tr_args("bench-growth", &words)).ok();
    }
    for block in measured.blocks.iter().filter(|block| block.tokens > 1) {
        let words = [("tokens", (block.tokens as u64).into()), ("times", i18n.decimal(block.by_one, 2).into())];
        writeln!(text, "{}", i18n.tr_args("bench-block", &words)).ok();
    }
    if let Some(late) = &measured.late {
        let words = [
            ("early", (late.early_position as u64).into()),
            ("first", i18n.decimal(late.early_tokens_per_s, 1).into()),
            ("late", (late.late_position as u64).into()),
            ("second", i18n.decimal(late.late_tokens_per_s, 1).into()),
        ];
        writeln!(text, "{}", i18n.tr_args("bench-late", &words)).ok();
    }
    text
}
