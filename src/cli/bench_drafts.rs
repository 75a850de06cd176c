//! `pag-bert bench drafts`: what drafts gain on real texts.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::args::ModelArgs;
use super::dataset::locate;
use super::{Failure, predict, tell_report};
use crate::domain::{Sampling, clean_facts};
use crate::error::UserError;
use crate::i18n::I18n;
use crate::inference::bench::block_seconds;
use crate::inference::{BlockSeconds, Cancel, DraftGain, Drafting, Engine, LocalEngine, Request, Written, replay};
use crate::training::dataset::{Dataset, DatasetError, Row, Split, is_usable};

/// `pag-bert bench drafts`
#[derive(Debug, Args)]
pub struct BenchDrafts {
    /// A folder, a file, or a repository.
    #[arg(long, value_name = "DIR|FILE|REPO")]
    dataset: PathBuf,
    /// Which part of it.
    #[arg(long, value_name = "train|test|validation", default_value = "test")]
    split: Split,
    /// The model writes for so many cases.
    #[arg(long, value_name = "N", default_value = "0")]
    write: u32,
    /// Which model.
    #[command(flatten)]
    model: ModelArgs,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// How drafts were used, and what came of it.
#[derive(Debug, Serialize)]
struct Use {
    /// `never`, `pays`, `always`.
    how: &'static str,
    /// Looked up in the facts alone, or in earlier texts too.
    earlier_texts: bool,
    #[serde(flatten)]
    gain: DraftGain,
    /// Where a model wrote.
    tokens_per_s: Option<f64>,
}

/// What is written.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    /// Seconds for a block of 1, 2, … tokens.
    block_s: BlockSeconds,
    people_cases: usize,
    people: Vec<Use>,
    model_cases: usize,
    model_writes: Vec<Use>,
}

const USES: [(&str, Drafting); 3] =
    [("never", Drafting::Never), ("pays", Drafting::WherePays), ("always", Drafting::Always)];

pub(super) fn run(args: &BenchDrafts, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let folder = locate(&args.dataset, args.model.offline, i18n, cancel)?;
    let dataset = Dataset::read_whole(&folder).map_err(UserError::from)?;
    let part = dataset.split(args.split);
    let rows: Vec<&Row> = part.into_iter().filter(|row| is_usable(row) && clean_facts(&row.hechos).is_ok()).collect();
    if rows.is_empty() {
        return Err(UserError::from(DatasetError::EmptySplit { split: args.split.name().to_owned() }).into());
    }
    let mut engine = predict::load(&args.model, None, i18n, cancel)?;
    let block_s = block_seconds(engine.model(), cancel)?;
    let written = rows.iter().map(|row| Written::of(&row.hechos, &row.intervencion, engine.tokenizer()));
    let written = written.collect::<Result<Vec<_>, _>>()?;
    let mut people = Vec::new();
    for earlier_texts in [false, true] {
        for (how, drafting) in USES.into_iter().skip(1) {
            let gain = replay(&written, drafting, earlier_texts, &block_s);
            people.push(Use { how, earlier_texts, gain, tokens_per_s: None });
        }
    }
    let asked = &rows[..rows.len().min(args.write as usize)];
    let model_writes = if asked.is_empty() { Vec::new() } else { write(&mut engine, asked, cancel)? };
    let report = Report {
        model: engine.info().name.clone(),
        block_s,
        people_cases: rows.len(),
        people,
        model_cases: asked.len(),
        model_writes,
    };
    tell_report(&report, args.json, || table(&report, i18n))
}

/// The model writes for the cases without drafts and with them, as greedily as the seed decodes.
fn write(engine: &mut LocalEngine, rows: &[&Row], cancel: &Cancel) -> Result<Vec<Use>, Failure> {
    let mut uses: Vec<Use> = Vec::new();
    for (how, drafting) in USES {
        engine.use_drafts(drafting);
        let (mut tokens, mut seconds) = (0, 0.0);
        for row in rows {
            let request =
                Request { facts: row.hechos.clone(), sampling: Sampling::default(), continue_from: Vec::new() };
            let suggestion = engine.generate(&request, cancel, &mut |_| ())?;
            if cancel.is_cancelled() {
                return Err(Failure::Interrupted);
            }
            let further = suggestion.token_ids.len().saturating_sub(1);
            if suggestion.timing.tokens_per_s > 0.0 {
                tokens += further;
                seconds += further as f64 / suggestion.timing.tokens_per_s;
            }
        }
        let counts = engine.draft_counts();
        let rate = tokens as f64 / f64::max(seconds, f64::MIN_POSITIVE);
        let plain = uses.first().and_then(|plain| plain.tokens_per_s).unwrap_or(rate);
        let gain = DraftGain {
            tokens,
            passes: counts.blocks,
            drafted: counts.drafted,
            accepted: counts.accepted,
            speedup: rate / plain,
        };
        uses.push(Use { how, earlier_texts: true, gain, tokens_per_s: Some(rate) });
    }
    Ok(uses)
}

/// The same for people.
fn table(report: &Report, i18n: &I18n) -> String {
    let mut text = String::new();
    let mut part = |title: &str, cases: usize, uses: &[Use]| {
        if cases == 0 {
            return;
        }
        writeln!(text, "{}", i18n.tr_args(title, &[("cases", i18n.number(cases as u64).into())])).ok();
        for Use { how, earlier_texts, gain, tokens_per_s } in uses {
            let number = |value: usize| i18n.number(value as u64);
            let mut words = vec![
                ("tokens", number(gain.tokens).into()),
                ("passes", number(gain.passes).into()),
                ("drafted", number(gain.drafted).into()),
                ("hits", i18n.decimal(gain.hit_rate() * 100.0, 1).into()),
                ("saved", i18n.decimal(gain.passes_saved() * 100.0, 1).into()),
                ("times", i18n.decimal(gain.speedup, 2).into()),
            ];
            let how = i18n.tr_args("bench-drafts-how", &[("how", (*how).into())]);
            if let Some(rate) = tokens_per_s {
                words.push(("rate", i18n.decimal(*rate, 1).into()));
                writeln!(text, "  {how}: {}", i18n.tr_args("bench-drafts-speed", &words)).ok();
            } else {
                let memory = if *earlier_texts { "all" } else { "facts" };
                let memory = i18n.tr_args("bench-drafts-memory", &[("memory", memory.into())]);
                writeln!(text, "  {how}{memory}: {}", i18n.tr_args("bench-drafts-gain", &words)).ok();
            }
        }
    };
    part("bench-drafts-people", report.people_cases, &report.people);
    part("bench-drafts-model", report.model_cases, &report.model_writes);
    text
}
