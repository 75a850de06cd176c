//! Excel workbooks. Before the reader sees one, its parts are unpacked to nothing and counted, so that a ZIP bomb, a part
//! that promises a billion texts, or a cell in the last of a million rows costs no more than it may.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor, Read};

use calamine::{Data, DataRef, ExcelDateTime, Reader, SheetType, Xlsx, XlsxError};
use quick_xml::events::Event;
use zip::ZipArchive;

use super::error::ImportError;
use super::limits::{
    MAX_CELLS, MAX_COLUMNS, MAX_PARTS, MAX_PROBLEMS, MAX_ROWS, MAX_SMALL_PART_BYTES, MAX_UNPACKED_BYTES,
};
use super::problems::ProblemKind;
use super::source::{Builder, Form, Origin, Table};

/// Reads a sheet: the one of that name, or the first that holds something. The reader is another's, and a file that makes
/// it panic is a broken one.
pub(super) fn read(bytes: Vec<u8>, wanted: Option<&str>) -> Result<Table, ImportError> {
    let checked = check(&bytes)?;
    let read = std::panic::AssertUnwindSafe(|| table(bytes, checked, wanted));
    std::panic::catch_unwind(read).unwrap_or(Err(ImportError::BrokenWorkbook))
}

fn table(bytes: Vec<u8>, checked: Checked, wanted: Option<&str>) -> Result<Table, ImportError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| fault(&error))?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let candidates: Vec<String> = match wanted {
        Some(name) if sheets.iter().any(|sheet| sheet == name) => vec![name.to_owned()],
        Some(_) => return Err(ImportError::NoSuchSheet),
        None => sheets.clone(),
    };
    let mut found = None;
    for name in candidates {
        let rows = cells(&mut book, &name)?;
        if !rows.is_empty() {
            found = Some((name, rows));
            break;
        }
    }
    let (name, rows) = found.ok_or(ImportError::Empty)?;
    let origin =
        Origin { form: Form::Xlsx, encoding: None, separator: None, sheet: Some(name), sheets: sheets.clone() };
    let mut builder = Builder::new(origin);
    if checked.macros {
        builder.table.problems.add(ProblemKind::Macros, None, None, "");
    }
    if sheets.len() > 1 && wanted.is_none() {
        builder.table.problems.add(ProblemKind::OtherSheets, None, None, "");
    }
    let mut rows = rows.into_iter();
    let (_, headings) = rows.next().ok_or(ImportError::Empty)?;
    builder.headings(dense(headings).into_iter().map(|cell| cell.text).collect())?;
    for (row, cells) in rows {
        // As the spreadsheet shows it, whatever row the headings are in.
        let (number, row) = (u64::from(row) + 1, dense(cells));
        for (at, cell) in row.iter().enumerate().filter(|(_, cell)| cell.error) {
            let heading = builder.table.headings.get(at).cloned();
            builder.table.problems.add(ProblemKind::CellError, Some(number), heading.as_deref(), &cell.text);
        }
        let texts = row.into_iter().map(|cell| if cell.error { String::new() } else { cell.text });
        builder.row(number, texts.collect())?;
    }
    for (row, column) in checked.formulas {
        // Of several sheets, it is not known here which file is which.
        let one = sheets.len() == 1;
        let heading = builder.table.headings.get(column as usize).filter(|_| one).cloned();
        let number = one.then_some(u64::from(row) + 1);
        builder.table.problems.add(ProblemKind::Formula, number, heading.as_deref(), "");
    }
    builder.finish()
}

#[derive(Debug, Default)]
struct Cell {
    text: String,
    error: bool,
}

/// Cells by row and column: a sheet may have two cells a million rows apart.
type Sparse = BTreeMap<u32, BTreeMap<u32, Cell>>;

fn cells(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Result<Sparse, ImportError> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(|error| fault(&error))?;
    let mut rows = Sparse::new();
    let mut count = 0;
    while let Some(cell) = reader.next_cell().map_err(|error| fault(&error))? {
        let (row, column) = cell.get_position();
        let cell = match cell.get_value() {
            DataRef::Empty => continue,
            DataRef::Error(error) => Cell { text: error.to_string(), error: true },
            value => Cell { text: text(value), error: false },
        };
        if cell.text.is_empty() {
            continue;
        }
        count += 1;
        if count > MAX_CELLS {
            return Err(ImportError::TooManyCells);
        }
        if column as usize >= MAX_COLUMNS {
            return Err(ImportError::TooManyColumns);
        }
        rows.entry(row).or_default().insert(column, cell);
        if rows.len() > MAX_ROWS {
            return Err(ImportError::TooManyRows);
        }
    }
    Ok(rows)
}

fn dense(row: BTreeMap<u32, Cell>) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (column, cell) in row {
        cells.resize_with(column as usize, Cell::default);
        cells.push(cell);
    }
    cells
}

/// A value as its cell shows it. Dates are ISO 8601.
fn text(value: &DataRef<'_>) -> String {
    match Data::from(value.clone()) {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(yes) => if yes { "sí" } else { "no" }.to_owned(),
        Data::DateTime(time) => date(&time),
        Data::Error(_) | Data::Empty => String::new(),
    }
}

fn date(time: &ExcelDateTime) -> String {
    // Before 1900 and far ahead there are only numbers.
    if time.is_duration() || !(1.0..2_958_466.0).contains(&time.as_f64()) {
        return time.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

/// Nothing of the error is passed on: it may quote the file.
fn fault(error: &XlsxError) -> ImportError {
    match error {
        XlsxError::Password => ImportError::OldWorkbook,
        _ => ImportError::BrokenWorkbook,
    }
}

/// What is known of a workbook before its reader sees it.
#[derive(Debug, Default)]
struct Checked {
    macros: bool,
    /// Rows and columns of cells with a formula, from 0; their last results are read as values.
    formulas: Vec<(u32, u32)>,
}

/// Unpacks every part to nothing, and counts.
fn check(bytes: &[u8]) -> Result<Checked, ImportError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ImportError::BrokenWorkbook)?;
    if archive.len() > MAX_PARTS {
        return Err(ImportError::TooManyParts);
    }
    let mut checked = Checked::default();
    let mut is_workbook = false;
    let mut total = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| ImportError::BrokenWorkbook)?;
        let name = part.name().map_err(|_| ImportError::BrokenWorkbook)?.to_lowercase().replace('\\', "/");
        checked.macros |= name.ends_with("vbaproject.bin");
        is_workbook |= name.ends_with("workbook.xml");
        // Pictures and the like are not unpacked by anyone.
        if !matches!(name.rsplit('.').next(), Some("xml" | "rels")) {
            continue;
        }
        let large = name.contains("worksheets/") || name.ends_with("sharedstrings.xml");
        let limit = if large { MAX_UNPACKED_BYTES } else { MAX_SMALL_PART_BYTES };
        total += measure(part, limit, &mut checked)?;
        if total > MAX_UNPACKED_BYTES {
            return Err(ImportError::TooLargeUnpacked { limit: MAX_UNPACKED_BYTES });
        }
    }
    // Other things are ZIP files too: ODS, DOCX, archives.
    if is_workbook { Ok(checked) } else { Err(ImportError::UnknownForm) }
}

/// The size of a part, in bytes. The reader makes room for as many shared texts as a part promises (`uniqueCount`), and
/// holds each in some 24 bytes more than it has letters, so both are counted first. It also makes room for as many shared
/// formulas as the highest number of one, which is why formulas are looked for here and not by it.
fn measure(part: impl Read, limit: u64, checked: &mut Checked) -> Result<u64, ImportError> {
    let mut counted = Counted { inner: part.take(limit + 1), bytes: 0, stretch: 0 };
    let mut xml = quick_xml::Reader::from_reader(BufReader::new(&mut counted));
    let mut buffer = Vec::new();
    let mut texts = 0;
    let mut cell = (0, 0);
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer) {
            Ok(Event::Start(tag) | Event::Empty(tag)) => match tag.local_name().as_ref() {
                b"sst" if promised(&tag) > MAX_CELLS as u64 => return Err(ImportError::TooManyCells),
                b"si" if texts == MAX_CELLS => return Err(ImportError::TooManyCells),
                b"si" => texts += 1,
                b"row" if !in_sheet(row(&tag), 0) => return Err(ImportError::BrokenWorkbook),
                b"c" => {
                    cell = position(&tag);
                    if !in_sheet(cell.0, cell.1) {
                        return Err(ImportError::BrokenWorkbook);
                    }
                }
                b"f" if checked.formulas.len() < MAX_PROBLEMS => checked.formulas.push(cell),
                _ => {}
            },
            // What is cut off at the limit is no longer XML.
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    drop(xml);
    std::io::copy(&mut counted, &mut std::io::sink()).map_err(|_| ImportError::BrokenWorkbook)?;
    if counted.bytes > limit {
        return Err(ImportError::TooLargeUnpacked { limit });
    }
    Ok(counted.bytes)
}

/// Whether Excel has such a row and column, from 0: the reader reckons with them unchecked.
fn in_sheet(row: u32, column: u32) -> bool {
    row < 1_048_576 && column < 16_384
}

/// The number of a row, from 0.
fn row(tag: &quick_xml::events::BytesStart<'_>) -> u32 {
    let number = tag.try_get_attribute("r").ok().flatten();
    let digits = number.as_ref().map_or(&b""[..], |attribute| attribute.value.as_ref());
    let digits = digits.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0_u32, |sum, byte| sum.saturating_mul(10).saturating_add(u32::from(byte - b'0'))).saturating_sub(1)
}

/// Row and column of a cell, from 0, out of its name (`C7`).
fn position(tag: &quick_xml::events::BytesStart<'_>) -> (u32, u32) {
    let name = tag.try_get_attribute("r").ok().flatten();
    let name = name.as_ref().map_or(&b""[..], |attribute| attribute.value.as_ref());
    let letters = name.iter().take_while(|byte| byte.is_ascii_uppercase());
    let column = letters.fold(0_u32, |sum, byte| sum.saturating_mul(26).saturating_add(u32::from(byte - b'A') + 1));
    let digits = name.iter().skip_while(|byte| byte.is_ascii_uppercase()).take_while(|byte| byte.is_ascii_digit());
    let row = digits.fold(0_u32, |sum, byte| sum.saturating_mul(10).saturating_add(u32::from(byte - b'0')));
    (row.saturating_sub(1), column.saturating_sub(1))
}

fn promised(tag: &quick_xml::events::BytesStart<'_>) -> u64 {
    let value = tag.try_get_attribute("uniqueCount").ok().flatten();
    value.and_then(|attribute| std::str::from_utf8(&attribute.value).ok()?.trim().parse().ok()).unwrap_or(0)
}

/// The longest stretch without a tag, in bytes: Excel's own cells end at 32,767 letters.
const MAX_STRETCH: u64 = 2_000_000;

/// A reader that knows how much went through it.
struct Counted<R> {
    inner: R,
    bytes: u64,
    stretch: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes += read as u64;
        let piece = &buffer[..read];
        // A text without a tag in it is held whole, and more than once.
        match piece.iter().rposition(|byte| *byte == b'<') {
            Some(at) => self.stretch = (read - at) as u64,
            None => self.stretch += read as u64,
        }
        if self.stretch > MAX_STRETCH {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        Ok(read)
    }
}
