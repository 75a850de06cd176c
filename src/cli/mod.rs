//! The command line: the window's engine for scripts and for checks, without a window.

mod args;
mod bench;
mod bench_drafts;
mod bench_plot;
mod bench_train;
mod bench_vault;
mod convert;
mod dataset;
mod download;
mod eval;
mod eval_cases;
mod eval_table;
mod export;
mod import;
mod inspect;
mod predict;
mod progress_line;
mod search;
mod secret;
mod train;
mod vault;

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Serialize;

pub use args::{BenchUi, CommandLine, Subcommands, parse};

use crate::app::BenchPlan;
use crate::config::Settings;
use crate::domain::MAX_FACTS_BYTES;
use crate::error::UserError;
use crate::i18n::{I18n, Lang};
use crate::inference::{Cancel, InferenceError};
use crate::model::ModelError;
use crate::model::gguf::ConvertError;

/// What a shell expects of a program that was stopped by Ctrl+C (128 + SIGINT).
pub const INTERRUPTED: u8 = 130;

/// How a command ended, when it did not end well.
#[derive(Debug)]
enum Failure {
    /// For people.
    User(UserError),
    /// Somebody stopped it.
    Interrupted,
    /// Whoever read the output went away: nobody is there to be told.
    OutputClosed,
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Self {
        Self::User(error)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled => Self::Interrupted,
            error => Self::User(error.into()),
        }
    }
}

impl From<InferenceError> for Failure {
    fn from(error: InferenceError) -> Self {
        match error {
            InferenceError::Model(ModelError::Cancelled) => Self::Interrupted,
            error => Self::User(error.into()),
        }
    }
}

impl From<ConvertError> for Failure {
    fn from(error: ConvertError) -> Self {
        match error {
            ConvertError::Cancelled | ConvertError::Model(ModelError::Cancelled) => Self::Interrupted,
            error => Self::User(error.into()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::OutputClosed;
        }
        Self::User(UserError::new("error-cli-output").technical(error))
    }
}

/// Writes a report as one JSON object, or as the table that people read.
fn tell_report(report: &impl Serialize, json: bool, table: impl FnOnce() -> String) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(report).map_err(io::Error::other)?)?;
    } else {
        out.write_all(table().as_bytes())?;
    }
    Ok(out.flush()?)
}

/// Runs one of the commands that need no window.
pub fn predict(args: &args::Predict, i18n: &I18n) -> ExitCode {
    end(predict::predict(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Prints the logits after the prompt.
pub fn logits(args: &args::Logits, i18n: &I18n) -> ExitCode {
    end(predict::logits(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Brings a model onto this computer.
pub fn download(args: &args::Download, i18n: &I18n) -> ExitCode {
    end(download::download(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Packs a model into one file.
pub fn convert(args: &args::Convert, i18n: &I18n) -> ExitCode {
    end(convert::convert(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Prints what is in a GGUF file.
pub fn inspect(args: &args::Inspect, i18n: &I18n) -> ExitCode {
    end(inspect::inspect(args, i18n), i18n)
}

/// Checks, converts, balances and splits datasets.
pub fn dataset(args: &dataset::DatasetArgs, i18n: &I18n) -> ExitCode {
    end(dataset::dataset(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Measures a model on texts.
pub fn eval(args: &eval::EvalArgs, i18n: &I18n) -> ExitCode {
    end(eval::eval(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Writes cases into a file.
pub fn export(args: &export::Export, i18n: &I18n) -> ExitCode {
    end(export::export(args, i18n), i18n)
}

/// Reads cases out of a file.
pub fn import(args: &import::Import, i18n: &I18n) -> ExitCode {
    end(import::import(args, i18n), i18n)
}

/// Makes, verifies and backs up a vault.
pub fn vault(args: &vault::VaultArgs, i18n: &I18n) -> ExitCode {
    end(vault::vault(args, i18n), i18n)
}

/// Finds cases in a vault.
pub fn search(args: &search::Search, i18n: &I18n) -> ExitCode {
    end(search::search(args, i18n), i18n)
}

/// Measures how fast a model reads and writes, training, or the vault.
pub fn bench(args: &bench::BenchArgs, i18n: &I18n) -> ExitCode {
    end(bench::run(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Trains a model or an adapter.
pub fn train(args: &train::Train, i18n: &I18n) -> ExitCode {
    end(train::run(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// Makes one model of a base and an adapter.
pub fn merge(args: &train::Merge, i18n: &I18n) -> ExitCode {
    end(train::merge(args, i18n, &stop_on_ctrl_c()), i18n)
}

/// As many threads as the computer runs at a time.
fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Measures the window. `began` is when the program started.
///
/// # Errors
/// When there is no display, no such facts, or the output can't be written.
pub fn bench_ui(began: Instant, args: &args::BenchUi) -> Result<(), UserError> {
    if let Some(cases) = args.vault_cases {
        let trial = tempfile::Builder::new().prefix("pag-bert-bench-").tempdir();
        let trial = trial.map_err(|error| UserError::new("error-cli-output").technical(error.kind()))?;
        return crate::app::bench_archive(&bench_vault::trial_vault(trial.path(), cases as usize)?);
    }
    let facts = match &args.facts_file {
        Some(path) => read_facts(path)?,
        None => I18n::new(Lang::Es).tr("example-hechos"),
    };
    let settings = Settings {
        model: args.model.clone().into(),
        quantization: args.quantization.unwrap_or_default(),
        read_while_typing: !args.no_read_ahead,
        without_vault: true,
        ..Settings::default()
    };
    let plan = BenchPlan { facts, type_wpm: args.type_wpm, idle: Duration::from_secs(args.idle_s) };
    crate::app::bench(began, settings, &plan)
}

/// Tells an error on standard error: title, what happened, what to do.
pub fn report(error: &UserError, i18n: &I18n) {
    let text = i18n.error(error);
    let detail = error.detail().map_or_else(String::new, |detail| format!("({detail})\n"));
    let lines = format!("pag-bert: {}\n{} {}\n{detail}", text.title, text.what, text.next);
    io::stderr().write_all(lines.as_bytes()).ok();
}

fn end(result: Result<(), Failure>, i18n: &I18n) -> ExitCode {
    match result {
        Ok(()) | Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(Failure::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(Failure::User(error)) => {
            report(&error, i18n);
            ExitCode::FAILURE
        }
    }
}

/// A flag that Ctrl+C (and SIGTERM) sets; a second one ends the program at once.
fn stop_on_ctrl_c() -> Cancel {
    let cancel = Cancel::default();
    let flag = cancel.clone();
    let set = ctrlc::set_handler(move || {
        if flag.is_cancelled() {
            std::process::exit(i32::from(INTERRUPTED));
        }
        flag.cancel();
    });
    if let Err(error) = set {
        tracing::warn!(%error, "Ctrl+C ends the program without a word");
    }
    cancel
}

/// The facts of a file, or of standard input where the name is `-`.
fn read_facts(path: &Path) -> Result<String, UserError> {
    let unreadable =
        |error: io::Error| UserError::new("error-cli-facts-file").with("file", path.display()).technical(error.kind());
    let limit = MAX_FACTS_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    if bytes.len() > MAX_FACTS_BYTES {
        return Err(UserError::new("error-facts-large").with("kilobytes", format!("> {}", MAX_FACTS_BYTES / 1000)));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| UserError::new("error-cli-facts-utf8").with("file", path.display()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
