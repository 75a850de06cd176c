//! What an export would look like, for looking at before anything is written: the printed form in its blocks, the first rows
//! of a table, or the first lines of a text.

use super::export::Format;
use super::page::{Block, PrintOptions, blocks};
use super::{DocumentError, json, table, text};
use crate::domain::Case;
use crate::i18n::I18n;

/// So many cases are shown.
pub const PREVIEW_CASES: usize = 5;
/// So much of a text is shown, in letters.
const MAX_LETTERS: usize = 6_000;
/// So much of a cell is shown, in letters.
const MAX_CELL_LETTERS: usize = 60;

/// The beginning of a file, before it takes its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preview {
    /// Pages.
    Printed(Vec<Block>),
    /// Headings and rows, each cell cut short.
    Table {
        /// The names of the columns.
        headings: Vec<&'static str>,
        /// The first cases.
        rows: Vec<Vec<String>>,
    },
    /// As it stands in the file.
    Text(String),
}

/// What the first [`PREVIEW_CASES`] cases look like in that form.
pub fn preview(cases: &[Case], format: Format, options: PrintOptions, i18n: &I18n) -> Result<Preview, DocumentError> {
    let first = &cases[..cases.len().min(PREVIEW_CASES)];
    Ok(match format {
        Format::Docx | Format::Pdf | Format::Odt => {
            let position = |at: usize| (cases.len() > 1).then_some(at + 1);
            let all = first.iter().enumerate().flat_map(|(at, case)| blocks(case, position(at), options, i18n));
            Preview::Printed(all.collect())
        }
        Format::Markdown => Preview::Text(cut(&text::markdown(first, options, i18n), MAX_LETTERS)),
        Format::Text => Preview::Text(cut(&text::text(first, options, i18n), MAX_LETTERS)),
        Format::Csv | Format::Xlsx => {
            let rows = first.iter().map(|case| {
                let cells = table::row(case)?;
                Ok(cells.iter().map(|cell| cut(&super::page::one_line(cell), MAX_CELL_LETTERS)).collect())
            });
            Preview::Table { headings: table::COLUMNS.to_vec(), rows: rows.collect::<Result<_, DocumentError>>()? }
        }
        Format::Json => {
            let bytes = match first {
                [case] => json::to_json(case, None)?,
                cases => json::to_json_many(cases)?,
            };
            Preview::Text(cut(&String::from_utf8_lossy(&bytes), MAX_LETTERS))
        }
    })
}

/// The beginning of a text, with a sign that there is more.
fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CaseId;
    use crate::i18n::Lang;

    fn cases(count: usize) -> Vec<Case> {
        let case = |at: usize| {
            let mut case = Case::new(CaseId(at.to_string()), String::new(), String::new());
            case.hechos = format!("Hechos {at}. {}", "Se repite. ".repeat(200));
            case.intervencion = "Se llamó.".into();
            case.intervencion_generada = true;
            case
        };
        (1..=count).map(case).collect()
    }

    #[test]
    fn only_the_first_cases_are_shown_and_the_mark_is_among_them() {
        let es = I18n::new(Lang::Es);
        let options = PrintOptions::default();
        let Preview::Printed(blocks) = preview(&cases(9), Format::Pdf, options, &es).unwrap() else { panic!() };
        let titles = blocks.iter().filter(|block| matches!(block, Block::Title(_))).count();
        let notices = blocks.iter().filter(|block| matches!(block, Block::Notice(_))).count();
        assert_eq!((titles, notices), (PREVIEW_CASES, PREVIEW_CASES));
        let without = PrintOptions { marks: false, ..options };
        let Preview::Printed(blocks) = preview(&cases(9), Format::Pdf, without, &es).unwrap() else { panic!() };
        assert!(!blocks.iter().any(|block| matches!(block, Block::Notice(_))));
    }

    #[test]
    fn every_form_has_one_and_none_is_long() {
        let es = I18n::new(Lang::Es);
        for format in Format::ALL {
            match preview(&cases(9), format, PrintOptions::default(), &es).unwrap() {
                Preview::Printed(blocks) => assert!(!blocks.is_empty()),
                Preview::Table { headings, rows } => {
                    assert_eq!((headings.len(), rows.len()), (20, PREVIEW_CASES));
                    assert!(rows.iter().flatten().all(|cell| cell.chars().count() <= MAX_CELL_LETTERS + 1));
                }
                Preview::Text(text) => assert!((10..=MAX_LETTERS + 1).contains(&text.chars().count())),
            }
        }
    }
}
