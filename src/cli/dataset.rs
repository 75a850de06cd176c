//! `pag-bert dataset check | convert | balance | split | generate`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::ModelName;
use super::{Failure, download};
use crate::config::ModelLocation;
use crate::error::UserError;
use crate::hub::Role;
use crate::i18n::I18n;
use crate::inference::Cancel;
use crate::model::{Config, FileSource, ModelError, Tokenizer, embedded};
use crate::training::dataset::{
    self, Balanced, CheckOptions, Dataset, Fault, Format, Generator, Label, Labels, Report, Row, Severity, Shares,
};

/// Faults of one kind that the text lists; `--json` has them all.
const LISTED: usize = 20;

/// `pag-bert dataset`
#[derive(Debug, Args)]
pub struct DatasetArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: DatasetAction,
}

/// What can be done with a dataset.
#[derive(Debug, Subcommand)]
pub enum DatasetAction {
    /// Looks for faults.
    Check(CheckArgs),
    /// Writes it in another form.
    Convert(ConvertArgs),
    /// Makes its classes equally large.
    Balance(BalanceArgs),
    /// Divides it into training, test and validation.
    Split(SplitArgs),
    /// Makes new cases out of those of a corpus.
    Generate(GenerateArgs),
}

/// `pag-bert dataset check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// A folder, a file, or a repository.
    #[arg(value_name = "DIR|FILE|REPO")]
    pub input: PathBuf,
    /// Which outcome a row has.
    #[arg(long, value_name = "given|verdict", default_value = "given")]
    pub outcome: Labels,
    /// The model whose tokens are counted.
    #[arg(long, value_name = "DIR|REPO|embedded", default_value = "embedded")]
    pub model: ModelName,
    /// Tokens that a sample may have; none = the model's window.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(8..))]
    pub max_tokens: Option<u32>,
    /// From which similarity on two texts are nearly the same.
    #[arg(long, value_name = "0–1", default_value = "0.8", value_parser = share)]
    pub near: f64,
    /// Never ask the network.
    #[arg(long)]
    pub offline: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `pag-bert dataset convert`
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// A folder, a file, or a repository.
    #[arg(value_name = "DIR|FILE|REPO")]
    pub input: PathBuf,
    /// Where to.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `pag-bert dataset balance`
#[derive(Debug, Args)]
pub struct BalanceArgs {
    /// A folder, a file, or a repository.
    #[arg(value_name = "DIR|FILE|REPO")]
    pub input: PathBuf,
    /// Of the random numbers.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Where to.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `pag-bert dataset split`
#[derive(Debug, Args)]
pub struct SplitArgs {
    /// A folder, a file, or a repository.
    #[arg(value_name = "DIR|FILE|REPO")]
    pub input: PathBuf,
    /// By what.
    #[arg(long, value_name = "hash|date", default_value = "hash", value_parser = ["hash", "date"])]
    pub by: String,
    /// The share of the test.
    #[arg(long, value_name = "0–1", default_value = "0.1", value_parser = share)]
    pub test: f64,
    /// The share of the validation.
    #[arg(long, value_name = "0–1", default_value = "0.1", value_parser = share)]
    pub validation: f64,
    /// Another seed divides otherwise.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
    /// Where to.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `pag-bert dataset generate`
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// A folder or a file with cases of the corpus's form; what is held out is not used.
    #[arg(long, value_name = "DIR|FILE")]
    pub corpus: PathBuf,
    /// The file that is written; it must not be there.
    #[arg(long, value_name = "FILE.jsonl")]
    pub out: PathBuf,
    /// How many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub cases: u32,
    /// The same seed gives the same cases.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
}

/// Where a dataset is written to, and how.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// The folder; it must hold no dataset.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The files' form.
    #[arg(long, value_name = "parquet|jsonl", default_value = "parquet")]
    pub format: Format,
    /// Which outcome a row has.
    #[arg(long, value_name = "given|verdict", default_value = "given")]
    pub outcome: Labels,
    /// Never ask the network.
    #[arg(long)]
    pub offline: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

/// A share, in [0, 1].
pub(super) fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value| (0.0..=1.0).contains(value)).ok_or_else(|| "0 – 1".to_owned())
}

pub(super) fn dataset(args: &DatasetArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    match &args.action {
        DatasetAction::Check(args) => check(args, i18n, cancel),
        DatasetAction::Convert(args) => convert(args, i18n, cancel),
        DatasetAction::Balance(args) => balance(args, i18n, cancel),
        DatasetAction::Split(args) => split(args, i18n, cancel),
        DatasetAction::Generate(args) => generate(args, i18n),
    }
}

/// The folder or file of a dataset; one in a repository is downloaded when it is not here.
pub(super) fn locate(input: &Path, offline: bool, i18n: &I18n, cancel: &Cancel) -> Result<PathBuf, Failure> {
    let named = input.to_str().and_then(|text| text.parse().ok());
    match named {
        Some(ModelName::At(location @ ModelLocation::Repo { .. })) => {
            download::folder(&location, Role::Dataset, offline, i18n, cancel)
        }
        _ => Ok(input.to_owned()),
    }
}

/// The tokenizer of a model and how many tokens its window has. Weights are not needed, so none are fetched.
fn tokenizer(args: &CheckArgs, i18n: &I18n, cancel: &Cancel) -> Result<(Tokenizer, usize), Failure> {
    let (base, adapter) = match &args.model {
        ModelName::Embedded => (embedded::base(), Some(embedded::adapter())),
        ModelName::At(location) => {
            (FileSource::Folder(download::folder(location, Role::Base, true, i18n, cancel)?), None)
        }
    };
    let failed = |error: ModelError| Failure::User(error.into());
    let config = base.require("config.json").and_then(|json| Config::from_json(&json)).map_err(failed)?;
    let tokenizer = Tokenizer::load(&base, adapter.as_ref()).map_err(failed)?;
    Ok((tokenizer, config.n_positions))
}

fn check(args: &CheckArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let folder = locate(&args.input, args.offline, i18n, cancel)?;
    let dataset = Dataset::read(&folder).map_err(UserError::from)?;
    let (tokenizer, window) = tokenizer(args, i18n, cancel)?;
    let max_tokens = args.max_tokens.map_or(window, |tokens| tokens as usize);
    let options = CheckOptions { labels: args.outcome, near: args.near, max_tokens };
    let report = dataset::check(&dataset, options, &tokenizer).map_err(UserError::from)?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report).map_err(io::Error::from)?)?;
    } else {
        write_report(&report, i18n, &mut out)?;
    }
    out.flush()?;
    if report.has_errors() { Err(UserError::new("error-dataset-faults").into()) } else { Ok(()) }
}

fn write_report(report: &Report, i18n: &I18n, out: &mut impl Write) -> Result<(), Failure> {
    let number = |value: usize| i18n.number(value as u64);
    for file in &report.files {
        let form = file.form.map_or_else(|| "—".to_owned(), |form| format!("{form:?}").to_lowercase());
        let split = file.split.map_or("—", dataset::Split::name);
        writeln!(out, "{}  {split}  {form}  {}", file.name, number(file.rows))?;
    }
    let words = [("rows", number(report.rows).into()), ("usable", number(report.usable).into())];
    writeln!(out, "{}", i18n.tr_args("dataset-rows", &words))?;
    for (name, split) in &report.splits {
        let name = if name.is_empty() { "—" } else { name };
        let classes: Vec<String> =
            split.classes.iter().map(|(class, rows)| format!("{class} {}", number(*rows))).collect();
        let words = [
            ("split", name.into()),
            ("rows", number(split.rows).into()),
            ("classes", classes.join(" · ").into()),
            ("without", number(split.without_intervention).into()),
        ];
        writeln!(out, "{}", i18n.tr_args("dataset-split", &words))?;
    }
    let tokens = &report.tokens;
    let words = [
        ("median", number(tokens.median).into()),
        ("p95", number(tokens.p95).into()),
        ("max", number(tokens.max).into()),
        ("limit", number(tokens.limit).into()),
        ("cut", number(tokens.cut).into()),
    ];
    writeln!(out, "{}", i18n.tr_args("dataset-tokens", &words))?;
    for (verdict, rows) in &report.verdicts {
        let words = [("verdict", (*verdict).into()), ("rows", number(*rows).into())];
        writeln!(out, "{}", i18n.tr_args("dataset-verdict", &words))?;
    }
    write_faults(&report.faults, i18n, out)
}

/// The faults, those that matter most first; of each kind so many.
pub(super) fn write_faults(faults: &[Fault], i18n: &I18n, out: &mut impl Write) -> Result<(), Failure> {
    let mut shown = std::collections::HashMap::new();
    for severity in [Severity::Error, Severity::Warning] {
        for fault in faults.iter().filter(|fault| fault.severity == severity) {
            let (id, values) = fault.kind.message();
            let count = shown.entry(id).or_insert(0usize);
            *count += 1;
            if *count > LISTED {
                continue;
            }
            let values: Vec<_> = values.into_iter().map(|(name, value)| (name, value.into())).collect();
            let place = match fault.row {
                Some(row) => format!("{}:{row}: ", fault.file),
                None if fault.file.is_empty() => String::new(),
                None => format!("{}: ", fault.file),
            };
            let mark = i18n.tr(if severity == Severity::Error { "dataset-error" } else { "dataset-warning" });
            writeln!(out, "{mark} {place}{}", i18n.tr_args(id, &values))?;
        }
    }
    let left: usize = shown.values().map(|count| count.saturating_sub(LISTED)).sum();
    if left > 0 {
        writeln!(out, "{}", i18n.tr_args("dataset-more", &[("count", i18n.number(left as u64).into())]))?;
    }
    Ok(())
}

fn read(input: &Path, output: &OutputArgs, i18n: &I18n, cancel: &Cancel) -> Result<Dataset, Failure> {
    let folder = locate(input, output.offline, i18n, cancel)?;
    Ok(Dataset::read_whole(&folder).map_err(UserError::from)?)
}

/// Rows whose outcome is not among the three are left out where the verdict is asked for; the original's labels stay as
/// they are. Gives how many were left out.
fn without_outcome_left_out(rows: &mut Vec<Row>, labels: Labels) -> usize {
    let before = rows.len();
    if labels == Labels::Verdict {
        rows.retain(|row| matches!(dataset::label(row, labels), Label::Is(_)));
    }
    before - rows.len()
}

/// Writes the rows and tells what was written.
fn write_out(
    rows: &[&Row],
    output: &OutputArgs,
    mut told: serde_json::Value,
    left_out: usize,
    i18n: &I18n,
) -> Result<(), Failure> {
    let files = dataset::write(&output.out, rows, output.format, output.outcome).map_err(UserError::from)?;
    let mut out = io::stdout().lock();
    if output.json {
        told["files"] = files.iter().map(|(name, rows)| json!({ "name": name, "rows": rows })).collect();
        told["left_out"] = left_out.into();
        writeln!(out, "{told}")?;
    } else {
        for (name, rows) in &files {
            let path = output.out.join(name);
            let words = [("file", path.display().to_string().into()), ("rows", i18n.number(*rows as u64).into())];
            writeln!(out, "{}", i18n.tr_args("dataset-written", &words))?;
        }
        if left_out > 0 {
            writeln!(out, "{}", i18n.tr_args("dataset-left-out", &[("count", i18n.number(left_out as u64).into())]))?;
        }
    }
    Ok(out.flush()?)
}

fn convert(args: &ConvertArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let mut dataset = read(&args.input, &args.output, i18n, cancel)?;
    let left_out = without_outcome_left_out(&mut dataset.rows, args.output.outcome) + dataset.faulty_lines();
    let rows: Vec<&Row> = dataset.rows.iter().collect();
    write_out(&rows, &args.output, json!({}), left_out, i18n)
}

fn balance(args: &BalanceArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let dataset = read(&args.input, &args.output, i18n, cancel)?;
    let balanced = dataset::balance(&dataset.rows, args.output.outcome, args.seed);
    let (rows, done): (_, Balanced) = balanced.map_err(UserError::from)?;
    let left_out = dataset.rows.len() - rows.len() + dataset.faulty_lines();
    write_out(&rows, &args.output, json!({ "balance": done }), left_out, i18n)
}

fn split(args: &SplitArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let mut dataset = read(&args.input, &args.output, i18n, cancel)?;
    let mut left_out = without_outcome_left_out(&mut dataset.rows, args.output.outcome) + dataset.faulty_lines();
    let shares = Shares { test: args.test, validation: args.validation };
    let told = if args.by == "date" {
        let before = dataset.rows.len();
        let done = dataset::by_date(&mut dataset.rows, shares).map_err(UserError::from)?;
        left_out += before - dataset.rows.len();
        json!({ "by_date": done })
    } else {
        dataset::by_hash(&mut dataset.rows, shares, args.seed).map_err(UserError::from)?;
        json!({})
    };
    let rows: Vec<&Row> = dataset.rows.iter().collect();
    write_out(&rows, &args.output, told, left_out, i18n)
}

fn generate(args: &GenerateArgs, i18n: &I18n) -> Result<(), Failure> {
    let corpus = Dataset::read_whole(&args.corpus).map_err(UserError::from)?;
    let generator = Generator::new(&corpus.rows, args.seed).map_err(UserError::from)?;
    let rows: Vec<Row> = generator.take(args.cases as usize).collect();
    dataset::write_cases(&args.out, &rows).map_err(UserError::from)?;
    let words = [("file", args.out.display().to_string().into()), ("rows", i18n.number(u64::from(args.cases)).into())];
    writeln!(io::stdout(), "{}", i18n.tr_args("dataset-written", &words))?;
    Ok(())
}
