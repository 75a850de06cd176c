//! What should be known of a dataset before any time is spent on training with it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::DatasetError;
use super::balance::{check_classes, class_of, is_usable};
use super::fault::{Fault, FaultKind, Severity};
use super::labels::{Label, Labels, label, verdict};
use super::near::near_duplicates;
use super::read::Dataset;
use super::row::{Form, Row, Split};
use crate::model::{ModelError, Tokenizer};
use crate::prompt::{AFTER_FACTS, END, OUTCOME_MARKER, START};
use crate::training::sample::{LossOn, Pieces};

/// How strict a check is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CheckOptions {
    /// Which outcome a row has.
    pub labels: Labels,
    /// From which similarity on texts are near duplicates, in (0, 1]; 1 = only the same.
    pub near: f64,
    /// Tokens that a sample may have.
    pub max_tokens: usize,
}

/// What a check found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The files with the form of each.
    pub files: Vec<FileReport>,
    /// All rows that were read.
    pub rows: usize,
    /// Rows with facts, an intervention and an outcome.
    pub usable: usize,
    /// By split (`""` where no file says): rows, and usable rows of each class.
    pub splits: BTreeMap<String, SplitReport>,
    /// What FSG's words say at the start of the results, by verdict; only for the FSG's form.
    pub verdicts: BTreeMap<&'static str, usize>,
    /// Tokens of the samples that can be used.
    pub tokens: Tokens,
    /// How many faults of each kind.
    pub counts: BTreeMap<String, usize>,
    /// Each fault by file and row.
    pub faults: Vec<Fault>,
}

/// A file, in a report.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// As named below the folder.
    pub name: String,
    /// What it is for.
    pub split: Option<Split>,
    /// By its columns.
    pub form: Option<Form>,
    /// Its rows.
    pub rows: usize,
}

/// The rows of a split.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SplitReport {
    /// All of them.
    pub rows: usize,
    /// Those without an intervention.
    pub without_intervention: usize,
    /// Usable ones by outcome.
    pub classes: BTreeMap<&'static str, usize>,
}

/// Lengths of samples in tokens.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tokens {
    /// How many fit.
    pub limit: usize,
    /// Half of the samples have no more.
    pub median: usize,
    /// 95 of 100 have no more.
    pub p95: usize,
    /// The longest.
    pub max: usize,
    /// Samples that are cut at their end.
    pub cut: usize,
}

impl Report {
    /// Whether something was found that makes training fail or its figures wrong.
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity == Severity::Error)
    }
}

/// Checks everything that can be known without training.
///
/// # Errors
/// When the tokenizer fails.
pub fn check(dataset: &Dataset, options: CheckOptions, tokenizer: &Tokenizer) -> Result<Report, ModelError> {
    let mut faults = dataset.faults.clone();
    for row in &dataset.rows {
        faults.extend(row_faults(row, options.labels).into_iter().map(|kind| Fault::at(&row.origin, kind)));
    }
    faults.extend(duplicates(&dataset.rows, options.near));
    let tokens = lengths(&dataset.rows, options, tokenizer, &mut faults)?;
    let splits = splits(&dataset.rows, options.labels);
    faults.extend(class_faults(&splits));
    faults.sort_by(|a, b| (&a.file, a.row).cmp(&(&b.file, b.row)));
    let mut counts = BTreeMap::new();
    for fault in &faults {
        *counts.entry(kind_name(fault)).or_insert(0) += 1;
    }
    let mut verdicts = BTreeMap::new();
    for row in dataset.rows.iter().filter(|row| row.form == Form::Fsg) {
        *verdicts.entry(verdict(&row.resultado).name()).or_insert(0) += 1;
    }
    let files = dataset.files.iter().map(|file| FileReport {
        name: file.name.clone(),
        split: file.split,
        form: file.form,
        rows: file.rows,
    });
    Ok(Report {
        files: files.collect(),
        rows: dataset.rows.len(),
        usable: splits.values().flat_map(|split| split.classes.values()).sum(),
        splits,
        verdicts,
        tokens,
        counts,
        faults,
    })
}

/// The name of a fault's kind, as JSON has it.
fn kind_name(fault: &Fault) -> String {
    let json = serde_json::to_value(&fault.kind).unwrap_or_default();
    json["kind"].as_str().unwrap_or_default().to_owned()
}

fn row_faults(row: &Row, labels: Labels) -> Vec<FaultKind> {
    let mut faults = Vec::new();
    if row.hechos.is_empty() {
        faults.push(FaultKind::EmptyText);
    }
    if row.intervencion.is_empty() {
        faults.push(FaultKind::EmptyIntervention);
    }
    match label(row, labels) {
        Label::Is(_) => {}
        Label::Empty => faults.push(FaultKind::EmptyOutcome),
        Label::Foreign(label) => faults.push(FaultKind::ForeignLabel { label }),
        Label::Unknown => faults.push(FaultKind::UnknownLabel),
        Label::NoVerdict(_) => faults.push(FaultKind::NoVerdict),
    }
    let markers = [START, END, AFTER_FACTS.trim(), OUTCOME_MARKER];
    if markers.iter().any(|marker| row.hechos.contains(marker) || row.intervencion.contains(marker)) {
        faults.push(FaultKind::Marker);
    }
    faults
}

/// The number of a split, for comparing.
fn group(row: &Row) -> usize {
    row.split.map_or(0, |split| split as usize + 1)
}

/// Rows with the facts of another: the same, or nearly so.
pub(super) fn duplicates(rows: &[Row], near: f64) -> Vec<Fault> {
    let keys: Vec<String> = rows.iter().map(Row::key).collect();
    let groups: Vec<usize> = rows.iter().map(group).collect();
    let mut faults = Vec::new();
    // The first row with these facts in each split.
    let mut seen: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut same = vec![false; rows.len()];
    for (at, key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
        let earlier = seen.entry(key).or_default();
        let other_split = earlier.iter().find(|of| groups[**of] != groups[at]);
        let own_split = earlier.iter().find(|of| groups[**of] == groups[at]);
        if let Some(of) = other_split.or(own_split) {
            let of = rows[*of].origin.to_string();
            let kind = if other_split.is_some() { FaultKind::Leak { of } } else { FaultKind::Duplicate { of } };
            faults.push(Fault::at(&rows[at].origin, kind));
            same[at] = true;
        }
        if own_split.is_none() {
            earlier.push(at);
        }
    }
    // What is the same is told already.
    let distinct: Vec<String> =
        keys.iter().zip(&same).map(|(key, same)| if *same { String::new() } else { key.clone() }).collect();
    for found in near_duplicates(&distinct, &groups, near) {
        let (of, similarity) = (rows[found.of].origin.to_string(), found.similarity);
        let kind = if groups[found.of] == groups[found.at] {
            FaultKind::NearDuplicate { of, similarity }
        } else {
            FaultKind::NearLeak { of, similarity }
        };
        faults.push(Fault::at(&rows[found.at].origin, kind));
    }
    faults
}

fn lengths(
    rows: &[Row],
    options: CheckOptions,
    tokenizer: &Tokenizer,
    faults: &mut Vec<Fault>,
) -> Result<Tokens, ModelError> {
    let mut lengths = Vec::new();
    let mut cut = 0;
    for row in rows.iter().filter(|row| is_usable(row)) {
        let Label::Is(outcome) = label(row, options.labels) else { continue };
        let tokens = row.sample(outcome).encode(tokenizer, Pieces::Whole, LossOn::Whole, usize::MAX)?.ids.len();
        if tokens > options.max_tokens {
            cut += 1;
            faults.push(Fault::at(&row.origin, FaultKind::TooLong { tokens, limit: options.max_tokens }));
        }
        lengths.push(tokens);
    }
    lengths.sort_unstable();
    let at = |share: f64| {
        let place = (share * lengths.len() as f64).ceil() as usize;
        lengths.get(place.saturating_sub(1)).copied().unwrap_or(0)
    };
    Ok(Tokens { limit: options.max_tokens, median: at(0.5), p95: at(0.95), max: at(1.0), cut })
}

fn splits(rows: &[Row], labels: Labels) -> BTreeMap<String, SplitReport> {
    use crate::domain::Outcome;
    let mut splits: BTreeMap<String, SplitReport> = BTreeMap::new();
    for row in rows {
        let split = splits.entry(row.split.map_or("", Split::name).to_owned()).or_default();
        split.rows += 1;
        split.without_intervention += usize::from(row.intervencion.is_empty());
        for outcome in Outcome::ALL {
            split.classes.entry(outcome.word()).or_insert(0);
        }
        if let Label::Is(outcome) = label(row, labels)
            && is_usable(row)
        {
            *split.classes.entry(outcome.word()).or_insert(0) += 1;
        }
    }
    splits
}

fn class_faults(splits: &BTreeMap<String, SplitReport>) -> Vec<Fault> {
    use crate::domain::Outcome;
    let mut faults = Vec::new();
    for (name, split) in splits {
        let mut counts = [0; 3];
        for outcome in Outcome::ALL {
            counts[class_of(outcome)] = split.classes.get(outcome.word()).copied().unwrap_or(0);
        }
        let kind = match check_classes(name, &counts) {
            Err(DatasetError::FewRows { split, rows, .. }) => FaultKind::FewRows { split, rows },
            Err(DatasetError::ClassMissing { split, class }) => FaultKind::ClassMissing { split, class },
            _ => continue,
        };
        faults.push(Fault::of_file("", kind));
    }
    faults
}
