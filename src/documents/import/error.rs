//! Why a file can't be imported at all. No variant holds text of the file.

use std::io;

use super::super::DocumentError;
use super::limits::{MAX_CELLS, MAX_COLUMNS, MAX_PARTS, MAX_ROWS};
use crate::error::UserError;

/// Why a file can't be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It can't be read, or is a JSON that is none of ours.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Nothing in it.
    #[error("no rows")]
    Empty,
    /// It is no table and no JSON: a picture, a program, a document.
    #[error("neither a table nor JSON")]
    UnknownForm,
    /// An Excel file of before 2007, or one with a password.
    #[error("an old or a protected Excel file")]
    OldWorkbook,
    /// A workbook that can't be read to its end.
    #[error("a broken workbook")]
    BrokenWorkbook,
    /// A workbook without a sheet of that name.
    #[error("no such sheet")]
    NoSuchSheet,
    /// It unpacks to more than it may.
    #[error("unpacks to more than {limit} bytes")]
    TooLargeUnpacked {
        /// What it may.
        limit: u64,
    },
    /// More than [`MAX_PARTS`].
    #[error("more than {MAX_PARTS} files in it")]
    TooManyParts,
    /// More than [`MAX_ROWS`].
    #[error("more than {MAX_ROWS} rows")]
    TooManyRows,
    /// More than [`MAX_COLUMNS`].
    #[error("more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// More than [`MAX_CELLS`].
    #[error("more than {MAX_CELLS} cells")]
    TooManyCells,
    /// A mapping that names a column or a field that there isn't.
    #[error("the mapping names {name}, which there is not")]
    WrongMapping {
        /// As it was given.
        name: String,
    },
    /// Rows that can't become cases, and an import goes in whole or not at all.
    #[error("{rows} rows can't be imported")]
    Blocked {
        /// How many.
        rows: usize,
        /// The first, from 1, the headings being the first.
        first: u64,
    },
}

impl From<io::Error> for ImportError {
    fn from(error: io::Error) -> Self {
        Self::Document(error.into())
    }
}

impl From<ImportError> for UserError {
    /// The messages also want `$file`, the file's name, which whoever knows it puts in.
    fn from(error: ImportError) -> Self {
        let detail = error.to_string();
        let user = match error {
            ImportError::Document(error) => return error.into(),
            ImportError::Empty => Self::new("error-import-empty"),
            ImportError::UnknownForm => Self::new("error-import-form"),
            ImportError::OldWorkbook => Self::new("error-import-old-workbook"),
            ImportError::BrokenWorkbook => Self::new("error-import-broken-workbook"),
            ImportError::NoSuchSheet => Self::new("error-import-sheet"),
            ImportError::TooLargeUnpacked { .. } | ImportError::TooManyParts => Self::new("error-import-unpacked"),
            ImportError::TooManyRows | ImportError::TooManyColumns | ImportError::TooManyCells => {
                Self::new("error-import-too-many").with("rows", MAX_ROWS).with("columns", MAX_COLUMNS)
            }
            ImportError::WrongMapping { name } => Self::new("error-import-mapping").with("name", name),
            ImportError::Blocked { rows, first } => {
                Self::new("error-import-blocked").with("rows", rows).with("first", first)
            }
        };
        user.technical(detail)
    }
}
