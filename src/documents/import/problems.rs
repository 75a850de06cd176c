//! What is wrong with a file, by row and column, so that a person can judge it before anything is taken in.

use std::collections::BTreeMap;

use super::limits::MAX_PROBLEMS;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing: it was mended, or read in a way that must be said.
    Note,
    /// It is not as it should be; what was written is kept.
    Warning,
    /// The row can't be a case, so nothing is imported.
    Blocking,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A column that no field takes.
    ColumnUnused,
    /// A program's label (a sentiment, a score): no outcome of a case.
    ColumnOfMachine,
    /// Two columns with one heading.
    HeadingTwice,
    /// Two columns that hold the same in every row; the second is left out.
    ColumnRepeats,
    /// Every date is a 1 January: only the year is known, and only the year is taken.
    OnlyYears,
    /// No column holds facts.
    NoFactsColumn,
    /// Fewer cells than headings.
    RowShort,
    /// More cells than headings; the last ones are left out.
    RowLong,
    /// The row holds nothing.
    RowEmpty,
    /// No facts in the row.
    NoFacts,
    /// More than a case may hold.
    TooLong,
    /// A date that can't be read; what was written is kept.
    DateUnknown,
    /// A date of a century that was not written.
    DateTwoDigits,
    /// A date that is yet to come.
    DateFuture,
    /// A province that there isn't; what was written is kept.
    ProvinciaUnknown,
    /// A field that there isn't; what was written goes into the notes.
    AmbitoUnknown,
    /// A kind that there isn't; what was written goes into the notes.
    TipoUnknown,
    /// A value that is spelt otherwise in the program.
    Respelt,
    /// The outcome was read from the first word of its text.
    OutcomeFromText,
    /// A list of a program, as text; its entries are taken.
    ListAsText,
    /// Letters of another encoding, mended.
    EncodingMended,
    /// Letters that no encoding has; they are shown as �.
    EncodingBroken,
    /// Control characters, left out.
    ControlsRemoved,
    /// Unusual blanks, or blanks at an end, made plain.
    BlanksMended,
    /// A quote that never ends: rows may have run together.
    QuoteOpen,
    /// The apostrophe that keeps a spreadsheet from reckoning, left out.
    GuardRemoved,
    /// A formula: only its last result is taken.
    Formula,
    /// The spreadsheet shows an error there.
    CellError,
    /// A workbook with macros: they are not read.
    Macros,
    /// More than one sheet: only one is read.
    OtherSheets,
    /// A row of ours that was changed so that it can't be read to the letter.
    RowOfOursChanged,
}

impl ProblemKind {
    /// For machines.
    pub fn code(self) -> &'static str {
        match self {
            Self::ColumnUnused => "column-unused",
            Self::ColumnOfMachine => "column-of-machine",
            Self::HeadingTwice => "heading-twice",
            Self::ColumnRepeats => "column-repeats",
            Self::OnlyYears => "only-years",
            Self::NoFactsColumn => "no-facts-column",
            Self::RowShort => "row-short",
            Self::RowLong => "row-long",
            Self::RowEmpty => "row-empty",
            Self::NoFacts => "no-facts",
            Self::TooLong => "too-long",
            Self::DateUnknown => "date-unknown",
            Self::DateTwoDigits => "date-two-digits",
            Self::DateFuture => "date-future",
            Self::ProvinciaUnknown => "provincia-unknown",
            Self::AmbitoUnknown => "ambito-unknown",
            Self::TipoUnknown => "tipo-unknown",
            Self::Respelt => "respelt",
            Self::OutcomeFromText => "outcome-from-text",
            Self::ListAsText => "list-as-text",
            Self::EncodingMended => "encoding-mended",
            Self::EncodingBroken => "encoding-broken",
            Self::ControlsRemoved => "controls-removed",
            Self::BlanksMended => "blanks-mended",
            Self::QuoteOpen => "quote-open",
            Self::GuardRemoved => "guard-removed",
            Self::Formula => "formula",
            Self::CellError => "cell-error",
            Self::Macros => "macros",
            Self::OtherSheets => "other-sheets",
            Self::RowOfOursChanged => "row-of-ours-changed",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::TooLong | Self::NoFactsColumn | Self::RowOfOursChanged => Severity::Blocking,
            Self::ColumnOfMachine
            | Self::OnlyYears
            | Self::RowEmpty
            | Self::Respelt
            | Self::OutcomeFromText
            | Self::ListAsText
            | Self::EncodingMended
            | Self::ControlsRemoved
            | Self::BlanksMended
            | Self::GuardRemoved
            | Self::Macros => Severity::Note,
            _ => Severity::Warning,
        }
    }

    /// The Fluent message that says it; it wants `$value`.
    pub fn message(self) -> &'static str {
        match self {
            Self::ColumnUnused => "problem-column-unused",
            Self::ColumnOfMachine => "problem-column-of-machine",
            Self::HeadingTwice => "problem-heading-twice",
            Self::ColumnRepeats => "problem-column-repeats",
            Self::OnlyYears => "problem-only-years",
            Self::NoFactsColumn => "problem-no-facts-column",
            Self::RowShort => "problem-row-short",
            Self::RowLong => "problem-row-long",
            Self::RowEmpty => "problem-row-empty",
            Self::NoFacts => "problem-no-facts",
            Self::TooLong => "problem-too-long",
            Self::DateUnknown => "problem-date-unknown",
            Self::DateTwoDigits => "problem-date-two-digits",
            Self::DateFuture => "problem-date-future",
            Self::ProvinciaUnknown => "problem-provincia-unknown",
            Self::AmbitoUnknown => "problem-ambito-unknown",
            Self::TipoUnknown => "problem-tipo-unknown",
            Self::Respelt => "problem-respelt",
            Self::OutcomeFromText => "problem-outcome-from-text",
            Self::ListAsText => "problem-list-as-text",
            Self::EncodingMended => "problem-encoding-mended",
            Self::EncodingBroken => "problem-encoding-broken",
            Self::ControlsRemoved => "problem-controls-removed",
            Self::BlanksMended => "problem-blanks-mended",
            Self::QuoteOpen => "problem-quote-open",
            Self::GuardRemoved => "problem-guard-removed",
            Self::Formula => "problem-formula",
            Self::CellError => "problem-cell-error",
            Self::Macros => "problem-macros",
            Self::OtherSheets => "problem-other-sheets",
            Self::RowOfOursChanged => "problem-row-of-ours-changed",
        }
    }
}

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// As a spreadsheet counts: the headings are row 1. None where it is about a column, or the file.
    pub row: Option<u64>,
    /// The heading of its column. None where it is about a row, or the file.
    pub column: Option<String>,
    /// What.
    pub kind: ProblemKind,
    /// The value, where one is short and part of the matter (a date, a province); never a text of a case.
    pub value: String,
}

/// How often something is wrong, and where first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What.
    pub kind: ProblemKind,
    /// Its column.
    pub column: Option<String>,
    /// How often.
    pub count: usize,
    /// The first rows.
    pub rows: Vec<u64>,
    /// The first different values.
    pub values: Vec<String>,
}

/// All problems of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Problems {
    pub(super) list: Vec<Problem>,
    counts: BTreeMap<(ProblemKind, Option<String>), Count>,
    /// Rows that can't be cases, in order.
    pub(super) blocked: Vec<u64>,
}

/// Of a value, in letters.
const MAX_VALUE: usize = 60;
/// Rows and values that a [`Count`] shows.
const SHOWN: usize = 8;

impl Problems {
    pub(super) fn add(&mut self, kind: ProblemKind, row: Option<u64>, column: Option<&str>, value: &str) {
        let short = |text: &str| -> String {
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            if text.chars().count() <= MAX_VALUE {
                text
            } else {
                format!("{}…", text.chars().take(MAX_VALUE).collect::<String>())
            }
        };
        let column = column.map(short);
        let value = short(value);
        let count = self.counts.entry((kind, column.clone())).or_insert_with(|| Count {
            kind,
            column: column.clone(),
            count: 0,
            rows: Vec::new(),
            values: Vec::new(),
        });
        count.count += 1;
        if count.rows.len() < SHOWN {
            count.rows.extend(row);
        }
        if !value.is_empty() && count.values.len() < SHOWN && !count.values.contains(&value) {
            count.values.push(value.clone());
        }
        if kind.severity() == Severity::Blocking
            && let Some(row) = row
            && self.blocked.last() != Some(&row)
        {
            self.blocked.push(row);
        }
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem { row, column, kind, value });
        }
    }

    /// The worst first.
    pub(super) fn counts(&self) -> Vec<Count> {
        let mut counts: Vec<Count> = self.counts.values().cloned().collect();
        counts.sort_by_key(|count| std::cmp::Reverse(count.kind.severity()));
        counts
    }
}
