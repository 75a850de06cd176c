//! What is in a GGUF file, whoever wrote it.

use std::path::Path;

use super::format::{TensorType, Value, foreign_name};
use super::{GgufFile, keys};
use crate::model::ModelError;

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The file's name.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Written by this program, and the header is as it was written.
    pub own: bool,
    /// Every value of the metadata, in the file's order.
    pub metadata: Vec<(String, Value)>,
    /// Every tensor, in the file's order.
    pub tensors: Vec<TensorLine>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorLine {
    /// Its name in the file.
    pub name: String,
    /// ggml's name of its type.
    pub kind: String,
    /// Rows first.
    pub shape: Vec<usize>,
    /// Bytes in the file; none for a type that this program does not know.
    pub bytes: Option<u64>,
    /// Whether it is what was written; none where it was not looked at, or the file has no checksums.
    pub whole: Option<bool>,
}

/// Lists a file; with `check`, every tensor is read and held against its checksum.
///
/// # Errors
/// When it can't be read or is no GGUF file.
pub fn inspect(path: &Path, check: bool) -> Result<Inspection, ModelError> {
    let file = GgufFile::open(path)?;
    let own = match GgufFile::open_own(path) {
        Ok(_) => true,
        Err(error @ ModelError::Damaged { .. }) if file.value(keys::FORMAT).is_some() => return Err(error),
        Err(_) => false,
    };
    let mut tensors = Vec::new();
    for (at, entry) in file.header().tensors.iter().enumerate() {
        let kind = entry.kind().map(TensorType::name).or_else(|| foreign_name(entry.number));
        let whole = (check && file.has_checksums()).then(|| file.verify(at).is_ok());
        tensors.push(TensorLine {
            name: entry.name.clone(),
            kind: kind.map_or_else(|| entry.number.to_string(), str::to_owned),
            shape: entry.shape.clone(),
            bytes: entry.bytes,
            whole,
        });
    }
    let metadata = file.header().metadata.clone();
    Ok(Inspection { name: file.name().to_owned(), bytes: file.len(), own, metadata, tensors })
}
