//! `pag-bert eval`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::args::ModelArgs;
use super::eval_cases::{self, CaseArgs};
use super::eval_table;
use super::{Failure, predict};
use crate::error::UserError;
use crate::i18n::I18n;
use crate::inference::{Cancel, Engine};
use crate::training::eval::metrics::resamples;
use crate::training::eval::{LossReport, TextError, TextLoss, read_texts};

/// `pag-bert eval`
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// `{"text": …}` lines.
    #[arg(long, value_name = "FILE.jsonl", required_unless_present = "dataset", conflicts_with = "dataset")]
    pub texts: Option<PathBuf>,
    /// A JSON line for each text.
    #[arg(long, requires = "texts")]
    pub per_text: bool,
    /// Cases that are answered, and held against what people wrote.
    #[command(flatten)]
    pub cases: CaseArgs,
    /// Which model.
    #[command(flatten)]
    pub model: ModelArgs,
    /// One JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn eval(args: &EvalArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    match (&args.texts, &args.cases.dataset) {
        (Some(path), _) => texts(path, args, i18n, cancel),
        (None, Some(folder)) => eval_cases::eval(folder, args, i18n, cancel),
        // The command line is refused before.
        (None, None) => Err(UserError::new("error-eval-none").with("file", "—").into()),
    }
}

/// Everything about the file is found out before a model is loaded.
fn texts(path: &Path, args: &EvalArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let file = path.display().to_string();
    let unreadable =
        |error: io::Error| UserError::new("error-dataset-unreadable").with("file", &file).technical(error.kind());
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let texts = read_texts(&text).map_err(|error| match error {
        TextError::Line(line) => UserError::new("error-eval-line").with("file", &file).with("line", line),
        TextError::None => UserError::new("error-eval-none").with("file", &file),
    })?;
    let mut engine = predict::load(&args.model, None, i18n, cancel)?;
    let window = engine.info().n_positions;
    let mut out = io::stdout().lock();
    let (mut measured, mut cut) = (Vec::with_capacity(texts.len()), 0usize);
    for text in &texts {
        let (tokens, losses) = engine.token_losses(&text.0, cancel).map_err(UserError::from)?;
        if cancel.is_cancelled() {
            return Err(Failure::Interrupted);
        }
        cut += usize::from(tokens > window);
        let loss = TextLoss::of(&losses, tokens.min(window));
        if args.per_text {
            writeln!(out, "{}", serde_json::to_string(&loss).map_err(io::Error::from)?)?;
        }
        measured.push(loss);
    }
    let draws = resamples(measured.len(), args.cases.resamples as usize, args.cases.seed);
    let losses = LossReport::of(&measured, &draws);
    let losses = losses.ok_or_else(|| UserError::new("error-eval-none").with("file", &file))?;
    if args.per_text {
        if cut > 0 {
            writeln!(io::stderr(), "{}", i18n.tr_args("eval-cut", &[("count", i18n.number(cut as u64).into())]))?;
        }
    } else if args.json {
        let info = engine.info();
        let told = json!({ "losses": losses, "cut": cut, "model": info.name, "adapter": info.adapter, "quantization": info.quantization });
        writeln!(out, "{told}")?;
    } else {
        let number = |value: usize| i18n.number(value as u64);
        let all = &losses.all;
        let words = [("texts", number(all.texts).into()), ("tokens", number(all.predicted_tokens).into())];
        writeln!(out, "{}", i18n.tr_args("eval-texts", &words))?;
        out.write_all(eval_table::losses(&losses, i18n).as_bytes())?;
        if cut > 0 {
            writeln!(out, "{}", i18n.tr_args("eval-cut", &[("count", number(cut).into())]))?;
        }
    }
    Ok(out.flush()?)
}
