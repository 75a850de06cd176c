//! `pag-bert train` and `pag-bert merge`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::args::{ModelName, device};
use super::dataset::{locate, write_faults};
use super::{Failure, download};
use crate::config::DeviceSetting;
use crate::error::UserError;
use crate::hub::Role;
use crate::i18n::I18n;
use crate::inference::Cancel;
use crate::model::{Config, FileSource, ModelError, Tokenizer};
use crate::training::dataset::{self, CheckOptions, Dataset, Labels};
use crate::training::{Data, LossOn, Parts, Progress, Recipe, Schedule, TrainError, TrainEvent, TrainJob, train};

/// From which similarity on texts are told as near duplicates, as in `pag-bert dataset check`.
const NEAR: f64 = 0.8;

/// `pag-bert train`
#[derive(Debug, Args)]
pub struct Train {
    /// `embedded`, a folder, or a repository.
    #[arg(long, value_name = "DIR|REPO|embedded", default_value = "embedded")]
    model: ModelName,
    /// An adapter to go on from.
    #[arg(long, value_name = "DIR|REPO")]
    adapter: Option<ModelName>,
    /// Never ask the network.
    #[arg(long)]
    offline: bool,
    /// Files with splits by their names.
    #[arg(long, value_name = "DIR|FILE|REPO", required_unless_present_any = ["corpus", "recipe"])]
    dataset: Option<PathBuf>,
    /// Files without splits. The demonstration model's stand beside the program's source.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "dataset",
        default_value_if("recipe", "embedded", "assets/corpus")
    )]
    corpus: Option<PathBuf>,
    /// Which outcome a row has.
    #[arg(long, value_name = "given|verdict", default_value = "given")]
    outcome: Labels,
    /// Train although the check found faults.
    #[arg(long)]
    accept_faults: bool,
    /// The run folder.
    #[arg(long, value_name = "DIR", default_value = "entrenamiento")]
    out: PathBuf,
    /// `seed`, `embedded`, or a TOML file.
    #[arg(long, value_name = "seed|embedded|FILE.toml")]
    recipe: Option<String>,
    /// Go on with the run in the folder.
    #[arg(long)]
    resume: bool,
    /// Threads.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Where it runs.
    #[arg(long, value_name = "auto|cpu|cuda|metal", default_value = "auto", value_parser = device)]
    device: DeviceSetting,
    /// What to change of the recipe.
    #[command(flatten)]
    changes: Changes,
}

/// Settings of a recipe that are often changed; all others stand in a TOML file.
#[derive(Debug, Args)]
struct Changes {
    /// All weights.
    #[arg(long)]
    full: bool,
    /// Which tokens count.
    #[arg(long, value_name = "whole|completion", value_parser = loss)]
    loss: Option<LossOn>,
    /// How the frozen base is held.
    #[arg(long, value_name = "none|q8_0|q6k|q4k")]
    quantization: Option<String>,
    /// Samples that are made out of a corpus.
    #[arg(long, value_name = "N")]
    variants: Option<usize>,
    /// Updates.
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// Texts in a batch.
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Batches in an update.
    #[arg(long, value_name = "N")]
    accumulation: Option<usize>,
    /// The highest rate.
    #[arg(long, value_name = "X")]
    learning_rate: Option<f64>,
    /// Updates until it is reached.
    #[arg(long, value_name = "N")]
    warmup: Option<usize>,
    /// How it goes down.
    #[arg(long, value_name = "linear|cosine|constant", value_parser = schedule)]
    schedule: Option<Schedule>,
    /// Validations without a better one.
    #[arg(long, value_name = "N")]
    patience: Option<usize>,
    /// Updates between two validations.
    #[arg(long, value_name = "N")]
    validate_every: Option<usize>,
    /// Updates between two checkpoints.
    #[arg(long, value_name = "N")]
    save_every: Option<usize>,
    /// Of all random numbers.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Whether activations are computed anew.
    #[arg(long, value_name = "true|false")]
    checkpointing: Option<bool>,
}

impl Changes {
    fn apply(&self, recipe: &mut Recipe) {
        fn set<T: Clone>(to: &mut T, from: Option<&T>) {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        recipe.full |= self.full;
        set(&mut recipe.loss, self.loss.as_ref());
        set(&mut recipe.quantization, self.quantization.as_ref());
        set(&mut recipe.variants, self.variants.as_ref());
        set(&mut recipe.steps, self.steps.as_ref());
        set(&mut recipe.batch, self.batch.as_ref());
        set(&mut recipe.accumulation, self.accumulation.as_ref());
        set(&mut recipe.learning_rate, self.learning_rate.as_ref());
        set(&mut recipe.warmup, self.warmup.as_ref());
        set(&mut recipe.schedule, self.schedule.as_ref());
        set(&mut recipe.patience, self.patience.as_ref());
        set(&mut recipe.validate_every, self.validate_every.as_ref());
        set(&mut recipe.save_every, self.save_every.as_ref());
        set(&mut recipe.seed, self.seed.as_ref());
        set(&mut recipe.checkpointing, self.checkpointing.as_ref());
    }
}

/// `pag-bert merge`
#[derive(Debug, Args)]
pub struct Merge {
    /// `embedded`, a folder, or a repository.
    #[arg(long, value_name = "DIR|REPO|embedded", default_value = "embedded")]
    model: ModelName,
    /// A folder or a repository.
    #[arg(long, value_name = "DIR|REPO|embedded")]
    adapter: ModelName,
    /// Never ask the network.
    #[arg(long)]
    offline: bool,
    /// Where the merged model goes.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn loss(text: &str) -> Result<LossOn, String> {
    match text {
        "whole" => Ok(LossOn::Whole),
        "completion" => Ok(LossOn::Completion),
        _ => Err("whole, completion".to_owned()),
    }
}

fn schedule(text: &str) -> Result<Schedule, String> {
    match text {
        "linear" => Ok(Schedule::Linear),
        "cosine" => Ok(Schedule::Cosine),
        "constant" => Ok(Schedule::Constant),
        _ => Err("linear, cosine, constant".to_owned()),
    }
}

/// The files of a model or an adapter, and what it is called.
fn files(
    name: &ModelName,
    role: Role,
    offline: bool,
    i18n: &I18n,
    cancel: &Cancel,
) -> Result<(FileSource, String), Failure> {
    let (source, shown) = download::model(name, role, offline, i18n, cancel)?;
    // What other programs read is not in the words of this one's window.
    Ok((source, if matches!(name, ModelName::At(_)) { shown } else { "embedded".to_owned() }))
}

fn failure(error: TrainError) -> Failure {
    match error {
        TrainError::Stopped => Failure::Interrupted,
        error => Failure::User(error.into()),
    }
}

/// Tells the faults of a dataset, and refuses one whose training would fail or whose figures would be wrong.
fn check(
    dataset: &Dataset,
    mut options: CheckOptions,
    (base, start): (&FileSource, Option<&FileSource>),
    accept: bool,
    i18n: &I18n,
) -> Result<(), Failure> {
    let failed = |error: ModelError| Failure::User(error.into());
    let config = base.require("config.json").and_then(|json| Config::from_json(&json)).map_err(failed)?;
    let tokenizer = Tokenizer::load(base, start).map_err(failed)?;
    if options.max_tokens == 0 || options.max_tokens > config.n_positions {
        options.max_tokens = config.n_positions;
    }
    let report = dataset::check(dataset, options, &tokenizer).map_err(failed)?;
    write_faults(&report.faults, i18n, &mut io::stderr().lock())?;
    if report.has_errors() && !accept { Err(UserError::new("error-train-faults").into()) } else { Ok(()) }
}

pub(super) fn run(args: &Train, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let runs = args.recipe.as_deref().map_or_else(|| Ok(vec![("", Recipe::default())]), Recipe::runs);
    let mut runs = runs.map_err(failure)?;
    for (_, recipe) in &mut runs {
        args.changes.apply(recipe);
        recipe.check().map_err(failure)?;
    }
    let (path, parts) = match (&args.dataset, &args.corpus) {
        (Some(path), _) => (locate(path, args.offline, i18n, cancel)?, Parts::Named),
        (None, Some(path)) => (path.clone(), Parts::Digest),
        (None, None) => return Err(UserError::new("error-train-no-samples").with("folder", "—").into()),
    };
    let dataset = Dataset::read_whole(&path).map_err(UserError::from)?;
    let (mut base, mut base_name) = files(&args.model, Role::Base, args.offline, i18n, cancel)?;
    let start = args.adapter.as_ref().map(|name| files(name, Role::Adapter, args.offline, i18n, cancel)).transpose()?;
    let start = start.map(|(source, _)| source);
    let window = runs.iter().map(|(_, recipe)| recipe.window).min().unwrap_or_default();
    let mut options = CheckOptions { labels: args.outcome, near: NEAR, max_tokens: window };
    if parts == Parts::Digest {
        // A corpus is made of variants.
        options.near = 1.0;
    }
    check(&dataset, options, (&base, start.as_ref()), args.accept_faults, i18n)?;
    for (name, recipe) in runs {
        let data = if recipe.variants > 0 {
            Data::varied(&dataset, &path, recipe.variants, recipe.seed)
        } else {
            Data::of(&dataset, &path, args.outcome, parts)
        };
        let data = data.map_err(failure)?;
        if data.left_out > 0 {
            let words = [("count", i18n.number(data.left_out as u64).into())];
            writeln!(io::stderr(), "{}", i18n.tr_args("dataset-left-out", &words))?;
        }
        let out = if name.is_empty() { args.out.clone() } else { args.out.join(name) };
        let progress = if name.is_empty() || !args.resume { None } else { Some(Progress::of(&out)) };
        if progress != Some(Progress::Finished) {
            let job = TrainJob {
                base: base.clone(),
                base_name: base_name.clone(),
                start: start.clone(),
                data,
                recipe,
                threads: args.threads.map_or_else(super::all_threads, usize::from),
                device: args.device.into(),
                tensors: false,
                out: out.clone(),
                resume: args.resume && progress != Some(Progress::Untouched),
            };
            one(&job, i18n, cancel)?;
        }
        // What comes next is trained on it.
        (base, base_name) = (FileSource::Folder(out), name.to_owned());
    }
    Ok(())
}

/// Trains, and tells how it goes and how it ended.
fn one(job: &TrainJob, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let mut tell = |event: &TrainEvent| {
        if let TrainEvent::Ready { fallback: Some(fallback), .. } = event {
            writeln!(io::stderr(), "{}", super::predict::fallback_words(fallback, i18n)).ok();
        }
        writeln!(io::stderr(), "{}", words(event, i18n)).ok();
    };
    let ended = train(job, i18n, &mut tell, &|| cancel.is_cancelled()).map_err(failure)?;
    let folder = job.out.display().to_string();
    let words = [("steps", (ended.steps as u64).into()), ("folder", folder.into())];
    if ended.interrupted {
        writeln!(io::stderr(), "{}", i18n.tr_args("train-interrupted", &words))?;
        return Err(Failure::Interrupted);
    }
    let message = if ended.early { "train-early" } else { "train-done" };
    writeln!(io::stdout(), "{}", i18n.tr_args(message, &words))?;
    Ok(())
}

fn words(event: &TrainEvent, i18n: &I18n) -> String {
    let count = |number: usize| (number as u64).into();
    match event {
        TrainEvent::Ready { samples, cut, parameters, device, .. } => i18n.tr_args(
            "train-ready",
            &[
                ("train", count(samples.0)),
                ("validation", count(samples.1)),
                ("cut", count(cut.0)),
                ("tokens", count(cut.1)),
                ("parameters", count(*parameters)),
                ("device", device.as_str().into()),
            ],
        ),
        TrainEvent::Resumed(step) => i18n.tr_args("train-resumed", &[("step", count(*step))]),
        TrainEvent::Step { step, steps, loss, tokens_per_s, left_s } => i18n.tr_args(
            "train-step",
            &[
                ("step", count(*step)),
                ("steps", count(*steps)),
                ("loss", format!("{loss:.4}").into()),
                ("speed", (tokens_per_s.round() as u64).into()),
                ("minutes", ((left_s / 60.0).ceil() as u64).into()),
            ],
        ),
        TrainEvent::Validated { step, loss, .. } => i18n.tr_args(
            "train-validated",
            &[
                ("step", count(*step)),
                ("loss", format!("{loss:.4}").into()),
                ("perplexity", format!("{:.2}", loss.exp()).into()),
            ],
        ),
    }
}

pub(super) fn merge(args: &Merge, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let (base, _) = files(&args.model, Role::Base, args.offline, i18n, cancel)?;
    let (adapter, _) = files(&args.adapter, Role::Adapter, args.offline, i18n, cancel)?;
    crate::training::merge(&base, &adapter, &args.out, &|| cancel.is_cancelled()).map_err(failure)?;
    let words = [("folder", args.out.display().to_string().into())];
    writeln!(io::stdout(), "{}", i18n.tr_args("merge-done", &words))?;
    Ok(())
}
