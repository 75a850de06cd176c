//! What can go wrong with a conversion. The texts here are English, for logs; the window has its own.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::UserError;
use crate::files::name_of;
use crate::model::ModelError;

/// Why a model can't be converted.
#[allow(missing_docs)]
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    #[error("another conversion writes {}", .0.display())]
    Busy(PathBuf),
    #[error("{needed} bytes are needed in {}, {available} are free", .folder.display())]
    NoSpace { folder: PathBuf, needed: u64, available: u64 },
    #[error("{} can't be written: {source}", .path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{0} is converted already")]
    Converted(String),
    #[error("the conversion was stopped")]
    Cancelled,
}

impl ConvertError {
    /// A failed write; a full disk is told by itself.
    pub(super) fn write(path: &Path, needed: u64, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { folder: crate::files::folder_of(path).to_owned(), needed, available: 0 }
            }
            io::ErrorKind::AlreadyExists => Self::Exists(path.to_owned()),
            _ => Self::Write { path: path.to_owned(), source },
        }
    }
}

impl From<candle_core::Error> for ConvertError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}

impl From<ConvertError> for UserError {
    fn from(error: ConvertError) -> Self {
        let said = error.to_string();
        let gigabytes = |bytes: u64| format!("{:.1}", bytes as f64 / 1e9);
        let shown = match error {
            ConvertError::Model(ModelError::Cancelled) | ConvertError::Cancelled => {
                Self::new("error-convert-cancelled")
            }
            ConvertError::Model(error) => return error.into(),
            ConvertError::Exists(path) => Self::new("error-convert-exists").with("file", path.display()),
            ConvertError::Busy(path) => Self::new("error-convert-busy").with("file", path.display()),
            ConvertError::NoSpace { folder, needed, available } => Self::new("error-convert-space")
                .with("folder", folder.display())
                .with("needed", gigabytes(needed))
                .with("available", gigabytes(available)),
            ConvertError::Write { path, .. } => {
                let folder = crate::files::folder_of(&path).display().to_string();
                Self::new("error-convert-write").with("file", name_of(&path)).with("folder", folder)
            }
            ConvertError::Converted(name) => Self::new("error-convert-converted").with("name", name),
        };
        shown.technical(said)
    }
}
