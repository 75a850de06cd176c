//! What can be wrong with a dataset as a whole. Faults of single rows are in `fault.rs`.

use crate::error::UserError;

/// Why a dataset can't be used. Files are named as they stand below the dataset's folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// No file in the folder is a dataset's.
    #[error("no .parquet, .csv or .jsonl file")]
    NoFiles {
        /// The folder, or the file.
        folder: String,
    },
    /// A file does not let itself be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// Which one.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// A file is not what its ending says, or was cut short.
    #[error("{file}: {reason}")]
    Broken {
        /// Which one.
        file: String,
        /// What its reader said; no text of a case.
        reason: String,
    },
    /// Columns that must be there are not.
    #[error("{file}: no column {missing}; there are {found}")]
    Columns {
        /// Which one.
        file: String,
        /// What is missing.
        missing: String,
        /// What is there.
        found: String,
    },
    /// There are files, and not one row in them.
    #[error("no rows")]
    NoRows {
        /// The folder, or the file.
        folder: String,
    },
    /// Nothing is left for the split that was asked for.
    #[error("the split {split} has no usable rows")]
    EmptySplit {
        /// `train`, `test` or `validation`.
        split: String,
    },
    /// Not even one row for each class.
    #[error("{rows} rows for {classes} classes")]
    FewRows {
        /// The split; empty = all.
        split: String,
        /// Usable rows.
        rows: usize,
        /// Classes.
        classes: usize,
    },
    /// A class has no rows.
    #[error("no row of class {class} in {split}")]
    ClassMissing {
        /// Which one.
        class: String,
        /// Where.
        split: String,
    },
    /// The rows can't be ordered by date so that the test is later.
    #[error("{distinct} distinct dates")]
    Dates {
        /// How many different dates there are.
        distinct: usize,
    },
    /// Shares that leave nothing to train on.
    #[error("shares of the splits")]
    Shares,
    /// The folder that is to be written to holds a dataset already.
    #[error("{folder} holds {file} already")]
    Taken {
        /// The folder.
        folder: String,
        /// A file in it.
        file: String,
    },
    /// Writing failed.
    #[error("{folder}: {reason}")]
    Write {
        /// Where to.
        folder: String,
        /// What the system said.
        reason: String,
    },
}

impl From<DatasetError> for UserError {
    fn from(error: DatasetError) -> Self {
        let said = error.to_string();
        match error {
            DatasetError::NoFiles { folder } => Self::new("error-dataset-files").with("folder", folder),
            DatasetError::Unreadable { file, .. } => {
                Self::new("error-dataset-unreadable").with("file", file).technical(said)
            }
            DatasetError::Broken { file, .. } => Self::new("error-dataset-broken").with("file", file).technical(said),
            DatasetError::Columns { file, missing, found } => {
                Self::new("error-dataset-columns").with("file", file).with("missing", missing).with("found", found)
            }
            DatasetError::NoRows { folder } => Self::new("error-dataset-rows").with("folder", folder),
            DatasetError::EmptySplit { split } => Self::new("error-dataset-split").with("split", split),
            DatasetError::FewRows { rows, classes, .. } => {
                Self::new("error-dataset-few").with("rows", rows).with("classes", classes).technical(said)
            }
            DatasetError::ClassMissing { class, split } => {
                Self::new("error-dataset-class").with("class", class).with("split", split)
            }
            DatasetError::Dates { distinct } => Self::new("error-dataset-dates").with("distinct", distinct),
            DatasetError::Shares => Self::new("error-dataset-shares"),
            DatasetError::Taken { folder, file } => {
                Self::new("error-dataset-taken").with("folder", folder).with("file", file)
            }
            DatasetError::Write { folder, .. } => {
                Self::new("error-dataset-write").with("folder", folder).technical(said)
            }
        }
    }
}
