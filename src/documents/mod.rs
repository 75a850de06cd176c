//! A case as a file: JSON (lossless, with a versioned schema), and Markdown or plain text in the FSG's printed form.

mod error;
mod json;
mod text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use error::DocumentError;
pub use json::{Document, SCHEMA, VERSION, from_json, to_json};
pub use text::{to_markdown, to_text};

/// A larger file is no case; it is refused before it is read.
pub const MAX_FILE_BYTES: u64 = 50_000_000;

/// Reads a case file, checking everything that can be wrong with it on the way. A file that is too large, or no regular
/// file, is refused without being read.
pub fn read_file(path: &Path) -> Result<Document, DocumentError> {
    let meta = std::fs::metadata(path)?;
    if meta.is_dir() {
        return Err(DocumentError::Folder);
    }
    if !meta.is_file() {
        return Err(DocumentError::NotARegularFile);
    }
    if meta.len() > MAX_FILE_BYTES {
        return Err(DocumentError::TooLarge { bytes: meta.len() });
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    // The file may grow while it is read.
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    from_json(&bytes)
}
