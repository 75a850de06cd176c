//! Cases as CSV (RFC 4180): UTF-8 with a byte order mark, since spreadsheets take a file without one for Windows-1252.

use super::DocumentError;
use super::export::{FileMaker, Target};
use super::table::{COLUMNS, guard, row};
use crate::domain::Case;

/// A file in the making.
pub(super) struct Csv<'a>(::csv::Writer<&'a mut dyn Target>);

impl<'a> Csv<'a> {
    /// Writes the headings.
    pub(super) fn begin(out: &'a mut dyn Target) -> Result<Self, DocumentError> {
        out.write_all(b"\xef\xbb\xbf")?;
        let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
        writer.write_record(COLUMNS).map_err(written)?;
        Ok(Self(writer))
    }
}

impl FileMaker for Csv<'_> {
    fn add(&mut self, case: &Case) -> Result<(), DocumentError> {
        self.0.write_record(row(case)?.map(|cell| guard(&cell))).map_err(written)
    }

    fn finish(mut self: Box<Self>) -> Result<usize, DocumentError> {
        self.0.flush()?;
        Ok(0)
    }
}

/// What the disk says, which a person can do something about.
fn written(error: ::csv::Error) -> DocumentError {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => DocumentError::Io(error),
        _ => DocumentError::Encode,
    }
}
