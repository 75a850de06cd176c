//! A fault of a dataset: what, in which file, at which row.

use serde::Serialize;

use super::DatasetError;
use super::row::Origin;

/// What is wrong. `snake_case` in JSON, with its values beside.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FaultKind {
    /// The file can't be opened or read.
    Unreadable,
    /// The file is not what its ending says, or was cut short.
    Broken,
    /// Columns that must be there are not.
    Columns {
        /// What is missing.
        missing: String,
        /// What is there.
        found: String,
    },
    /// Columns that mean nothing here; they are not read.
    OtherColumns {
        /// Their names.
        columns: String,
    },
    /// A line that is no JSON object, or has other keys.
    Line,
    /// A record with more or fewer fields than the heading.
    Fields {
        /// How many it has.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// No facts.
    EmptyText,
    /// No intervention: balancing and training leave the row out.
    EmptyIntervention,
    /// No outcome.
    EmptyOutcome,
    /// An outcome that is none of the three labels.
    UnknownLabel,
    /// A label in another language.
    ForeignLabel {
        /// The label.
        label: String,
    },
    /// FSG's words don't tell the outcome; only where the verdict was asked for.
    NoVerdict,
    /// A marker of the protocol inside a text.
    Marker,
    /// The same facts as another row of the same split.
    Duplicate {
        /// The other row.
        of: String,
    },
    /// The same facts as a row of another split: what is measured there was learned.
    Leak {
        /// The other row.
        of: String,
    },
    /// Nearly the same facts as another row of the same split.
    NearDuplicate {
        /// The other row.
        of: String,
        /// Shared word triples over all word triples of both, in [0, 1].
        similarity: f64,
    },
    /// Nearly the same facts as a row of another split.
    NearLeak {
        /// The other row.
        of: String,
        /// Shared word triples over all word triples of both, in [0, 1].
        similarity: f64,
    },
    /// More tokens than fit: the sample is cut at its end.
    TooLong {
        /// Tokens of the whole sample.
        tokens: usize,
        /// How many fit.
        limit: usize,
    },
    /// Fewer usable rows than classes.
    FewRows {
        /// The split; empty = the whole dataset.
        split: String,
        /// Usable rows.
        rows: usize,
    },
    /// A class without rows.
    ClassMissing {
        /// The split; empty = the whole dataset.
        split: String,
        /// The class.
        class: String,
    },
}

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Training on it would fail, or its figures would be wrong.
    Error,
    /// It can be used; whoever does should know.
    Warning,
}

impl FaultKind {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::OtherColumns { .. }
            | Self::EmptyIntervention
            | Self::NoVerdict
            | Self::Marker
            | Self::Duplicate { .. }
            | Self::NearDuplicate { .. }
            | Self::TooLong { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// The Fluent message that says it, with its values.
    pub fn message(&self) -> (&'static str, Vec<(&'static str, String)>) {
        let percent = |similarity: &f64| format!("{:.0}", 100.0 * similarity);
        match self {
            Self::Unreadable => ("dataset-fault-unreadable", vec![]),
            Self::Broken => ("dataset-fault-broken", vec![]),
            Self::Columns { missing, found } => {
                ("dataset-fault-columns", vec![("missing", missing.clone()), ("found", found.clone())])
            }
            Self::OtherColumns { columns } => ("dataset-fault-other-columns", vec![("columns", columns.clone())]),
            Self::Line => ("dataset-fault-line", vec![]),
            Self::Fields { found, wanted } => {
                ("dataset-fault-fields", vec![("found", found.to_string()), ("wanted", wanted.to_string())])
            }
            Self::EmptyText => ("dataset-fault-empty-text", vec![]),
            Self::EmptyIntervention => ("dataset-fault-empty-intervention", vec![]),
            Self::EmptyOutcome => ("dataset-fault-empty-outcome", vec![]),
            Self::UnknownLabel => ("dataset-fault-unknown-label", vec![]),
            Self::ForeignLabel { label } => ("dataset-fault-foreign-label", vec![("label", label.clone())]),
            Self::NoVerdict => ("dataset-fault-no-verdict", vec![]),
            Self::Marker => ("dataset-fault-marker", vec![]),
            Self::Duplicate { of } => ("dataset-fault-duplicate", vec![("other", of.clone())]),
            Self::Leak { of } => ("dataset-fault-leak", vec![("other", of.clone())]),
            Self::NearDuplicate { of, similarity } => {
                ("dataset-fault-near-duplicate", vec![("other", of.clone()), ("percent", percent(similarity))])
            }
            Self::NearLeak { of, similarity } => {
                ("dataset-fault-near-leak", vec![("other", of.clone()), ("percent", percent(similarity))])
            }
            Self::TooLong { tokens, limit } => {
                ("dataset-fault-too-long", vec![("tokens", tokens.to_string()), ("limit", limit.to_string())])
            }
            Self::FewRows { split, rows } => {
                ("dataset-fault-few-rows", vec![("split", split.clone()), ("rows", rows.to_string())])
            }
            Self::ClassMissing { split, class } => {
                ("dataset-fault-class-missing", vec![("split", split.clone()), ("class", class.clone())])
            }
        }
    }
}

impl From<&DatasetError> for FaultKind {
    fn from(error: &DatasetError) -> Self {
        match error {
            DatasetError::Columns { missing, found, .. } => {
                Self::Columns { missing: missing.clone(), found: found.clone() }
            }
            DatasetError::Broken { .. } => Self::Broken,
            _ => Self::Unreadable,
        }
    }
}

/// A fault and its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// The file; empty for the whole dataset.
    pub file: String,
    /// The row, from 1, as [`Origin`] counts; none for the whole file.
    pub row: Option<usize>,
    /// How much it matters.
    pub severity: Severity,
    /// What.
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl Fault {
    /// A fault of a whole file.
    pub fn of_file(file: &str, kind: FaultKind) -> Self {
        Self { file: file.to_owned(), row: None, severity: kind.severity(), kind }
    }

    /// A fault of a row.
    pub fn of_row(file: &str, row: usize, kind: FaultKind) -> Self {
        Self { row: Some(row), ..Self::of_file(file, kind) }
    }

    /// A fault of a row that was read.
    pub fn at(origin: &Origin, kind: FaultKind) -> Self {
        Self::of_row(&origin.file, origin.row, kind)
    }
}
