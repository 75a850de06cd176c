//! Cases as CSV (RFC 4180): UTF-8 with a byte order mark, since spreadsheets take a file without one for Windows-1252.

use super::DocumentError;
use super::table::{COLUMNS, guard, row};
use crate::domain::Case;

/// The file's bytes.
pub(super) fn write(cases: &[Case]) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(&mut bytes);
    writer.write_record(COLUMNS).map_err(|_| DocumentError::Encode)?;
    for case in cases {
        let cells = row(case)?.map(|cell| guard(&cell));
        writer.write_record(cells).map_err(|_| DocumentError::Encode)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}
