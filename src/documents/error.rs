//! What can be wrong with a case file. No variant holds text of the file: it may be somebody's case.

use std::io;

use super::MAX_FILE_BYTES;
use crate::error::UserError;

/// Why a file could not be read as a case, or a case not be written as one.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// More than [`MAX_FILE_BYTES`].
    #[error("the file has {bytes} bytes, more than {MAX_FILE_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// Bytes that are no UTF-8.
    #[error("not UTF-8 from byte {at}")]
    NotUtf8 {
        /// Where the first wrong byte is.
        at: usize,
    },
    /// Not JSON, or JSON that ends too early.
    #[error("not JSON at line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of something else.
    #[error("JSON, but of no case")]
    NotACase,
    /// Written by a later version of the program.
    #[error("schema version {version}, newer than {}", super::VERSION)]
    FutureVersion {
        /// The file's.
        version: u64,
    },
    /// A field that every case has is not there.
    #[error("field {field} is missing")]
    MissingField {
        /// Its name in the schema.
        field: String,
    },
    /// A field holds something else than it should.
    #[error("wrong value at line {line}, column {column}")]
    WrongValue {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The case's identifier can't be one.
    #[error("the identifier is not 1 to 64 letters, digits, - or _")]
    WrongId,
    /// A folder.
    #[error("a folder")]
    Folder,
    /// A pipe, a device or the like.
    #[error("not a regular file")]
    NotARegularFile,
    /// No picture, or one that is too large to print.
    #[error("not a PNG or JPEG of a size that can be printed")]
    NotAnImage,
    /// The case could not be put into the form that was asked for.
    #[error("the case could not be encoded")]
    Encode,
    /// The system says no.
    #[error("the file could not be read: {0}")]
    Io(#[from] io::Error),
}

impl From<DocumentError> for UserError {
    /// The messages also want `$file`, the file's name, which whoever knows it puts in.
    fn from(error: DocumentError) -> Self {
        let detail = error.to_string();
        let user = match error {
            DocumentError::TooLarge { bytes } => Self::new("error-case-too-large").with("megabytes", bytes / 1_000_000),
            DocumentError::NotUtf8 { .. } => Self::new("error-case-not-utf8"),
            DocumentError::NotJson { line, .. } => Self::new("error-case-not-json").with("line", line),
            DocumentError::NotACase => Self::new("error-case-not-a-case"),
            DocumentError::FutureVersion { version } => Self::new("error-case-future").with("version", version),
            DocumentError::MissingField { field } => Self::new("error-case-missing-field").with("field", field),
            DocumentError::WrongValue { line, .. } => Self::new("error-case-wrong-value").with("line", line),
            DocumentError::WrongId => Self::new("error-case-wrong-id"),
            DocumentError::Folder => Self::new("error-case-folder"),
            DocumentError::NotAnImage => Self::new("error-letterhead-image"),
            DocumentError::NotARegularFile | DocumentError::Encode => Self::new("error-case-unreadable"),
            DocumentError::Io(error) => match error.kind() {
                io::ErrorKind::NotFound => Self::new("error-case-not-found"),
                io::ErrorKind::PermissionDenied => Self::new("error-case-denied"),
                _ => Self::new("error-case-unreadable"),
            },
        };
        user.technical(detail)
    }
}
