//! Cases as an Excel workbook. Every cell is a text, never a formula, and keeps being one when it is edited (Excel's quote
//! prefix, the apostrophe that it does not show).

use rust_xlsxwriter::{DocProperties, Format, FormatAlign, Workbook};

use super::DocumentError;
use super::table::{COLUMNS, is_risky, row};
use crate::domain::Case;

/// Excel's limit for a cell, in UTF-16 units.
const MAX_CELL: usize = 32_767;

/// The heading of the column that goes on where a cell ended: `hechos`, `hechos (2)`, …
pub(super) fn continued(heading: &str, part: usize) -> String {
    if part == 0 { heading.to_owned() } else { format!("{heading} ({})", part + 1) }
}

/// The file's bytes.
pub(super) fn write(cases: &[Case]) -> Result<Vec<u8>, DocumentError> {
    let encode = |_| DocumentError::Encode;
    let rows = cases.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    // How many columns each field takes: more than one where a text is longer than a cell may be.
    let parts: Vec<usize> =
        (0..COLUMNS.len()).map(|at| rows.iter().map(|row| pieces(&row[at]).len()).max().unwrap_or(1)).collect();
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_title("Casos").set_author("pag-bert"));
    let sheet = book.add_worksheet();
    sheet.set_name("Casos").map_err(encode)?;
    let heading = Format::new().set_bold().set_align(FormatAlign::Top);
    let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_num_format("@");
    let quoted = plain.clone().set_quote_prefix();
    let mut column = 0_u16;
    for (at, name) in COLUMNS.iter().enumerate() {
        for part in 0..parts[at] {
            let width = match *name {
                "hechos" | "intervencion" | "resultado_texto" => 60.0,
                "propuesta" | "id" | "creado" | "modificado" | "version" => 12.0,
                _ => 20.0,
            };
            sheet.set_column_width(column, width).map_err(encode)?;
            sheet.write_string_with_format(0, column, continued(name, part), &heading).map_err(encode)?;
            for (line, row) in rows.iter().enumerate() {
                let Some(piece) = pieces(&row[at]).get(part).copied().filter(|piece| !piece.is_empty()) else {
                    continue;
                };
                let format = if is_risky(piece) { &quoted } else { &plain };
                let line = u32::try_from(line + 1).map_err(|_| DocumentError::Encode)?;
                sheet.write_string_with_format(line, column, piece, format).map_err(encode)?;
            }
            column += 1;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(encode)?;
    book.save_to_buffer().map_err(encode)
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
