//! Cases as an Excel workbook. Every cell is a text, never a formula, and keeps being one when it is edited (Excel's quote
//! prefix, the apostrophe that it does not show).

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::DocumentError;
use super::export::{Contents, FileMaker, Target};
use super::table::{COLUMNS, is_risky, row};
use crate::domain::Case;

/// Excel's limit for a cell, in UTF-16 units.
const MAX_CELL: usize = 32_767;

/// The heading of the column that goes on where a cell ended: `hechos`, `hechos (2)`, …
pub(super) fn continued(heading: &str, part: usize) -> String {
    if part == 0 { heading.to_owned() } else { format!("{heading} ({})", part + 1) }
}

/// A file in the making.
pub(super) struct Xlsx<'a> {
    out: &'a mut dyn Target,
    book: Workbook,
    sheet: Worksheet,
    plain: Format,
    quoted: Format,
    /// How many columns each field takes.
    columns: [usize; COLUMNS.len()],
    /// The last row that is written.
    row: u32,
    /// Where the rows wait.
    scratch: Option<PathBuf>,
}

impl<'a> Xlsx<'a> {
    /// Writes the headings. With a `scratch` folder the rows lie in a file without a name there until the end, else in
    /// memory.
    pub(super) fn begin(
        out: &'a mut dyn Target,
        contents: &Contents,
        scratch: Option<&Path>,
    ) -> Result<Self, DocumentError> {
        let mut book = Workbook::new();
        book.set_properties(&DocProperties::new().set_title("Casos").set_author("pag-bert"));
        let mut sheet = match scratch {
            Some(folder) => {
                book.set_tempdir(folder).map_err(written)?;
                book.new_worksheet_with_constant_memory().map_err(written)?
            }
            None => Worksheet::new(),
        };
        sheet.set_name("Casos").map_err(written)?;
        sheet.set_freeze_panes(1, 0).map_err(written)?;
        let heading = Format::new().set_bold().set_align(FormatAlign::Top);
        let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_num_format("@");
        let quoted = plain.clone().set_quote_prefix();
        let mut column = 0_u16;
        for (name, parts) in COLUMNS.iter().zip(contents.columns) {
            for part in 0..parts {
                let width = match *name {
                    "hechos" | "intervencion" | "resultado_texto" => 60.0,
                    "propuesta" | "id" | "creado" | "modificado" | "version" => 12.0,
                    _ => 20.0,
                };
                sheet.set_column_width(column, width).map_err(written)?;
                sheet.write_string_with_format(0, column, continued(name, part), &heading).map_err(written)?;
                column += 1;
            }
        }
        let scratch = scratch.map(Path::to_owned);
        Ok(Self { out, book, sheet, plain, quoted, columns: contents.columns, row: 0, scratch })
    }
}

impl FileMaker for Xlsx<'_> {
    fn add(&mut self, case: &Case) -> Result<(), DocumentError> {
        self.row += 1;
        let mut column = 0_u16;
        for (cell, parts) in row(case)?.iter().zip(self.columns) {
            let pieces = pieces(cell);
            if pieces.len() > parts {
                // There is no column for its end.
                return Err(DocumentError::Encode);
            }
            for (piece, at) in pieces.into_iter().zip(column..).filter(|(piece, _)| !piece.is_empty()) {
                let format = if is_risky(piece) { &self.quoted } else { &self.plain };
                let (sheet, row) = (&mut self.sheet, self.row);
                let wrote = catch_unwind(AssertUnwindSafe(|| {
                    sheet.write_string_with_format(row, at, piece, format).map(drop).map_err(written)
                }));
                wrote.unwrap_or_else(|_| Err(disk_fault(self.scratch.as_deref())))?;
            }
            column += parts as u16;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<usize, DocumentError> {
        self.book.push_worksheet(self.sheet);
        let (book, out) = (&mut self.book, &mut *self.out);
        let wrote = catch_unwind(AssertUnwindSafe(|| book.save_to_writer(out).map_err(written)));
        wrote.unwrap_or_else(|_| Err(disk_fault(self.scratch.as_deref())))?;
        Ok(0)
    }
}

/// How many columns each field of a case takes: more than one where a text is longer than a cell may be.
pub(super) fn columns_of(case: &Case) -> Result<[usize; COLUMNS.len()], DocumentError> {
    Ok(row(case)?.map(|cell| pieces(&cell).len()))
}

/// The crate panics where it can't write a row (and nowhere else on this way): what the disk says is asked of it anew.
fn disk_fault(scratch: Option<&Path>) -> DocumentError {
    let asked = scratch.map(|folder| tempfile::tempfile_in(folder)?.write_all(&vec![0; 1 << 20]));
    match asked {
        Some(Err(error)) => DocumentError::Io(error),
        // There is room again, or there was another fault.
        Some(Ok(())) => DocumentError::Io(io::ErrorKind::Other.into()),
        None => DocumentError::Encode,
    }
}

/// What the disk says, which a person can do something about.
fn written(error: XlsxError) -> DocumentError {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => DocumentError::Io(error),
        _ => DocumentError::Encode,
    }
}

/// A text in pieces that fit into a cell, parted between letters.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut units) = (0, 0);
    for (at, c) in text.char_indices() {
        if units + c.len_utf16() > MAX_CELL {
            pieces.push(&text[start..at]);
            (start, units) = (at, 0);
        }
        units += c.len_utf16();
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_parted_between_letters() {
        assert_eq!(pieces(""), [""]);
        let text = "🙂".repeat(20_000);
        let parts = pieces(&text);
        assert_eq!(parts.concat(), text);
        assert!(parts.iter().all(|part| part.encode_utf16().count() <= MAX_CELL));
        assert_eq!(parts.len(), 2);
    }
}
