//! `pag-bert eval --dataset`: a model's answers to cases, held against what people wrote.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use super::eval::EvalArgs;
use super::eval_table;
use super::{Failure, dataset::locate, predict};
use crate::domain::{Finish, Outcome, Sampling, clean_facts};
use crate::error::UserError;
use crate::files;
use crate::i18n::I18n;
use crate::inference::{Cancel, CountTokens, Engine, InferenceError, LocalEngine, Request};
use crate::training::dataset::{Dataset, DatasetError, Label, Labels, Row, Split, is_usable, label};
use crate::training::eval::{
    Against, AmbitoClassifier, Answer, ClassifierReport, EvalCase, LabelledCase, Learned, PlotWords, Report, TextLoss,
    ambito_named, cross_validate, reliability,
};
use crate::training::{LossOn, Pieces};

/// What `pag-bert eval` measures of cases.
#[derive(Debug, Args)]
pub struct CaseArgs {
    /// A folder, a file, or a repository.
    #[arg(long, value_name = "DIR|FILE|REPO")]
    pub dataset: Option<PathBuf>,
    /// Which part of it.
    #[arg(long, value_name = "train|test|validation", default_value = "test")]
    pub split: Split,
    /// Which outcome a row has.
    #[arg(long, value_name = "given|verdict", default_value = "given")]
    pub outcome: Labels,
    /// Only so many cases, drawn at random.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// What the model learned from.
    #[arg(long, value_name = "DIR|FILE|REPO", requires = "dataset")]
    pub training: Option<PathBuf>,
    /// What tells an ámbito is learned from.
    #[arg(long, value_name = "DIR|FILE|REPO", requires = "dataset")]
    pub corpus: Option<PathBuf>,
    /// Where the reliability plot goes.
    #[arg(long, value_name = "FILE.svg", requires = "dataset")]
    pub plot: Option<PathBuf>,
    /// At most so many for a case.
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_new_tokens: u32,
    /// Draws of the bootstrap.
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub resamples: u32,
    /// Of the random numbers.
    #[arg(long, value_name = "N", default_value = "0")]
    pub seed: u64,
}

/// What was cut so that it fits the model's window.
#[derive(Default)]
struct Cut {
    texts: usize,
    facts: usize,
}

/// All files are read, and the plot's folder is looked for, before a model is loaded.
pub(super) fn eval(folder: &Path, args: &EvalArgs, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let cases = &args.cases;
    let dataset = read(folder, args, i18n, cancel)?;
    let part = dataset.split(cases.split);
    let usable = |row: &&Row| match label(row, cases.outcome) {
        Label::Is(outcome) if is_usable(row) && clean_facts(&row.hechos).is_ok() => Some(outcome),
        _ => None,
    };
    let mut rows: Vec<(&Row, Outcome)> = part.iter().filter_map(|row| Some((*row, usable(row)?))).collect();
    let left_out = part.len() - rows.len();
    if rows.is_empty() {
        return Err(UserError::from(DatasetError::EmptySplit { split: cases.split.name().to_owned() }).into());
    }
    if let Some(limit) = cases.limit.map(|limit| limit as usize).filter(|limit| *limit < rows.len()) {
        let mut rng = ChaCha8Rng::seed_from_u64(cases.seed);
        let mut places = index::sample(&mut rng, rows.len(), limit).into_vec();
        places.sort_unstable();
        rows = places.into_iter().map(|at| rows[at]).collect();
    }
    let learned = cases.training.as_ref().map(|folder| learned(folder, args, i18n, cancel)).transpose()?;
    let corpus = cases.corpus.as_ref().map(|folder| read(folder, args, i18n, cancel)).transpose()?;
    let labelled = labelled(corpus.as_ref().unwrap_or(&dataset), &rows);
    let classifier = AmbitoClassifier::learn(&labelled);
    let unwritable = |plot: &Path| UserError::new("error-dataset-write").with("folder", plot.display());
    if let Some(plot) = cases.plot.as_ref().filter(|plot| !files::folder_of(plot).is_dir() || plot.is_dir()) {
        return Err(unwritable(plot).into());
    }

    let mut engine = predict::load(&args.model, None, i18n, cancel)?;
    let (mut answers, mut cut) = (Vec::with_capacity(rows.len()), Cut::default());
    let watched = io::stderr().is_terminal();
    for (at, (row, outcome)) in rows.iter().enumerate() {
        if watched {
            let words = [("done", i18n.number(at as u64 + 1).into()), ("total", i18n.number(rows.len() as u64).into())];
            write!(io::stderr(), "\r{}", i18n.tr_args("eval-progress", &words))?;
        }
        let against = Against { learned: learned.as_ref(), classifier: classifier.as_ref() };
        answers.push(answer(&mut engine, row, *outcome, args, against, &mut cut, cancel)?);
    }
    if watched {
        writeln!(io::stderr())?;
    }
    let resamples = cases.resamples as usize;
    let report = Report::of(&answers, resamples, cases.seed);
    let classified =
        classifier.map(|_| ClassifierReport::of(&cross_validate(&labelled, cases.seed), resamples, cases.seed));
    if let Some(plot) = &cases.plot {
        let words = PlotWords {
            title: i18n.tr("eval-plot-title"),
            confidence: i18n.tr("eval-plot-confidence"),
            right: i18n.tr("eval-plot-right"),
            ideal: i18n.tr("eval-plot-ideal"),
        };
        let svg = reliability(&report.outcome.calibration, &words);
        files::write_atomic(plot, svg.as_bytes()).map_err(|error| unwritable(plot).technical(error.kind()))?;
    }
    let mut out = io::stdout().lock();
    if args.json {
        let info = engine.info();
        let mut told = serde_json::to_value(&report).map_err(io::Error::from)?;
        told["classifier"] = serde_json::to_value(classified).map_err(io::Error::from)?;
        told["split"] = cases.split.name().into();
        told["left_out"] = left_out.into();
        told["cut"] = cut.texts.into();
        told["facts_cut"] = cut.facts.into();
        told["model"] = info.name.as_str().into();
        told["adapter"] = info.adapter.as_deref().into();
        told["quantization"] = info.quantization.as_str().into();
        writeln!(out, "{told}")?;
    } else {
        let number = |value: usize| i18n.number(value as u64);
        let words = [("cases", number(report.cases).into()), ("left-out", number(left_out).into())];
        writeln!(out, "{}", i18n.tr_args("eval-cases", &words))?;
        for (id, count) in
            [("eval-cut", cut.texts), ("eval-facts-cut", cut.facts), ("eval-unanswered", report.outcome.unanswered)]
        {
            if count > 0 {
                writeln!(out, "{}", i18n.tr_args(id, &[("count", number(count).into())]))?;
            }
        }
        out.write_all(eval_table::table(&report, classified.as_ref(), i18n).as_bytes())?;
    }
    Ok(out.flush()?)
}

fn read(folder: &Path, args: &EvalArgs, i18n: &I18n, cancel: &Cancel) -> Result<Dataset, Failure> {
    let folder = locate(folder, args.model.offline, i18n, cancel)?;
    Ok(Dataset::read_whole(&folder).map_err(UserError::from)?)
}

/// The runs of words of every text of the cases that are for training.
fn learned(folder: &Path, args: &EvalArgs, i18n: &I18n, cancel: &Cancel) -> Result<Learned, Failure> {
    let dataset = read(folder, args, i18n, cancel)?;
    let mut learned = Learned::default();
    for row in dataset.split(Split::Train) {
        for text in [&row.hechos, &row.intervencion, &row.detalle] {
            learned.add(text);
        }
    }
    Ok(learned)
}

/// The cases of a dataset that name their ámbito, without those that are measured: whoever had read them would know more of
/// them than of others.
fn labelled(dataset: &Dataset, measured: &[(&Row, Outcome)]) -> Vec<LabelledCase> {
    let measured: HashSet<String> = measured.iter().map(|(row, _)| row.key()).collect();
    let others = dataset.rows.iter().filter(|row| is_usable(row) && !measured.contains(&row.key()));
    others.filter_map(LabelledCase::of).collect()
}

/// Greedy, as the seed decodes.
fn answer(
    engine: &mut LocalEngine,
    row: &Row,
    outcome: Outcome,
    args: &EvalArgs,
    against: Against,
    cut: &mut Cut,
    cancel: &Cancel,
) -> Result<Answer, Failure> {
    let window = engine.info().n_positions;
    let encoded = row.sample(outcome).encode(engine.tokenizer(), Pieces::Whole, LossOn::Whole, window);
    let encoded = encoded.map_err(|error| UserError::from(InferenceError::from(error)))?;
    cut.texts += usize::from(encoded.cut > 0);
    let losses = engine.losses_of(&encoded.ids, cancel).map_err(UserError::from)?;
    let max_new_tokens = args.cases.max_new_tokens as usize;
    let (facts, shortened) = fitting(&row.hechos, engine.counter().as_ref(), max_new_tokens);
    cut.facts += usize::from(shortened);
    let sampling = Sampling { max_new_tokens, ..Sampling::default() };
    let request = Request { facts, sampling, continue_from: Vec::new() };
    let suggestion = engine.generate(&request, cancel, &mut |_| ())?;
    if cancel.is_cancelled() || suggestion.finish == Finish::Cancelled {
        return Err(Failure::Interrupted);
    }
    let loss = TextLoss::of(&losses, encoded.ids.len());
    // All of the facts: what was cut off of them is no invention of the model's.
    let case =
        EvalCase { facts: &row.hechos, intervention: &row.intervencion, outcome, ambito: ambito_named(&row.ambito) };
    Ok(Answer::of(suggestion, loss, &case, against))
}

/// The facts without what doesn't fit the window at their end, and whether something was cut off.
fn fitting(facts: &str, counter: &dyn CountTokens, max_new_tokens: usize) -> (String, bool) {
    let mut facts = facts.to_owned();
    let mut cut = false;
    loop {
        let budget = counter.budget(&facts, max_new_tokens);
        if budget.excess() == 0 || facts.is_empty() {
            return (facts, cut);
        }
        // At least one letter goes each time, whatever the place that was told.
        let last = facts.char_indices().next_back().map_or(0, |(at, _)| at);
        facts.truncate(budget.overflow_at.filter(|at| facts.is_char_boundary(*at)).unwrap_or(last).min(last));
        facts.truncate(facts.trim_end().len());
        cut = true;
    }
}
