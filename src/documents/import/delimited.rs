//! CSV as it comes: commas, semicolons, tabs or bars, quoted or not, in any encoding.

use super::bytes::{Decoded, decode};
use super::error::ImportError;
use super::limits::MAX_COLUMNS;
use super::problems::ProblemKind;
use super::source::{Builder, Form, Origin, Table};

const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records that the separator is judged by.
const JUDGED: usize = 60;

/// Reads a text with separators.
pub(super) fn read(bytes: Vec<u8>) -> Result<Table, ImportError> {
    let Decoded { text, encoding, mended } = decode(&bytes);
    drop(bytes);
    // A file of anything but text is full of these.
    if text.bytes().take(4096).filter(|byte| *byte == 0).count() > 8 {
        return Err(ImportError::UnknownForm);
    }
    // Excel's own first line, `sep=;`, says what parts the cells.
    let (said, body) = match text.split_once('\n') {
        Some((first, rest)) => match first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
            Some([separator]) => (Some(*separator), rest),
            _ => (None, text.as_str()),
        },
        None => (None, text.as_str()),
    };
    let separator = said.unwrap_or_else(|| separator(body));
    let origin = Origin {
        form: Form::Csv,
        encoding: Some(encoding),
        separator: Some(char::from(separator)),
        sheet: None,
        sheets: Vec::new(),
    };
    let mut builder = Builder::new(origin);
    let mut records = reader(body, separator);
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    // The reader fails on UTF-8 alone, and this is UTF-8.
    while let Ok(true) = records.read_record(&mut record) {
        number += 1;
        if record.len() > MAX_COLUMNS && record.iter().skip(MAX_COLUMNS).any(|cell| !cell.is_empty()) {
            return Err(ImportError::TooManyColumns);
        }
        let cells = record.iter().take(MAX_COLUMNS).map(str::to_owned).collect();
        if number == 1 {
            builder.headings(cells)?;
            continue;
        }
        if record.len() < builder.table.headings.len() {
            builder.table.problems.add(ProblemKind::RowShort, Some(number), None, "");
        }
        builder.row(number, cells)?;
    }
    if body.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        builder.table.problems.add(ProblemKind::QuoteOpen, Some(number), None, "");
    }
    for _ in 0..mended {
        builder.table.problems.add(ProblemKind::EncodingMended, None, None, "");
    }
    builder.finish()
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes())
}

/// The separator that parts the first records most alike, and into most cells.
fn separator(text: &str) -> u8 {
    let mut sample = text.len().min(256_000);
    while !text.is_char_boundary(sample) {
        sample -= 1;
    }
    let score = |separator: u8| {
        let mut widths = Vec::new();
        let mut records = reader(&text[..sample], separator);
        let mut record = csv::StringRecord::new();
        while widths.len() < JUDGED && records.read_record(&mut record).unwrap_or(false) {
            widths.push(record.len());
        }
        let Some(&first) = widths.first() else { return (0, 0) };
        let alike = widths.iter().filter(|width| **width == first).count();
        if first < 2 { (0, 0) } else { (alike * 100 / widths.len(), first) }
    };
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| score(*separator));
    best.filter(|separator| score(*separator) > (0, 0)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        read(text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn each_separator_is_found() {
        for separator in [",", ";", "\t", "|"] {
            let text = format!("hechos{separator}provincia\n\"uno{separator} y dos\nmás\"{separator}Jaén\n");
            let table = table(&text);
            assert_eq!(table.headings, ["hechos", "provincia"]);
            assert_eq!(table.rows[0].cells, [format!("uno{separator} y dos\nmás"), "Jaén".into()]);
            assert_eq!(table.origin.separator, separator.chars().next());
        }
        let said = table("sep=|\r\na;b|c\r\n1|2\r\n");
        assert_eq!(said.headings, ["a;b", "c"]);
        assert_eq!(table("hechos\nuno, dos\ntres\n").headings, ["hechos"]);
    }

    #[test]
    fn ragged_and_open_rows_are_told() {
        let table = table("a,b\n1\n1,2,3\n\n,\n\"x,y\n");
        let counts: Vec<(ProblemKind, usize)> =
            table.problems.counts().into_iter().map(|count| (count.kind, count.count)).collect();
        assert!(counts.contains(&(ProblemKind::RowShort, 2)), "{counts:?}");
        assert!(counts.contains(&(ProblemKind::RowLong, 1)));
        assert!(counts.contains(&(ProblemKind::RowEmpty, 1)));
        assert!(counts.contains(&(ProblemKind::QuoteOpen, 1)));
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 3, 5]);
    }
}
