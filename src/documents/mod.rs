//! Cases as files, out and in: JSON (lossless, with a versioned schema); DOCX, PDF, ODT, Markdown and plain text in the
//! FSG's printed form; tables (CSV, XLSX), out without loss and in from whatever an office has.

mod csv;
mod docx;
mod error;
mod export;
pub mod import;
mod json;
mod letterhead;
mod odt;
mod page;
mod pdf;
mod preview;
mod table;
mod text;
mod xlsx;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use error::DocumentError;
pub use export::{Cases, Contents, ExportOptions, Exported, Format, Target, export, write};
pub use json::{Document, SCHEMA, VERSION, from_json, from_json_many, to_json, to_json_many};
pub use letterhead::{ImageKind, LetterImage, Letterhead};
pub use page::{Block, PrintOptions, unreviewed};
pub use preview::{PREVIEW_CASES, Preview, preview};
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
