//! A file, read but not yet understood: a table, or cases to the letter.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::super::{DocumentError, json};
use super::error::ImportError;
use super::limits::{MAX_CELLS, MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS};
use super::problems::{ProblemKind, Problems};
use super::{delimited, sheet};
use crate::domain::Case;

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text with separators.
    Csv,
    /// Excel.
    Xlsx,
    /// JSON of this program, or a list of objects.
    Json,
}

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its kind.
    pub form: Form,
    /// Of a text: the encoding.
    pub encoding: Option<&'static str>,
    /// Of a CSV: what parts the cells.
    pub separator: Option<char>,
    /// Of a workbook: the sheet that was read.
    pub sheet: Option<String>,
    /// Of a workbook: all sheets.
    pub sheets: Vec<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// As a spreadsheet counts; the headings are row 1.
    pub number: u64,
    /// As many as there are headings, or fewer.
    pub cells: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it comes from.
    pub origin: Origin,
    /// The first row.
    pub headings: Vec<String>,
    /// The others.
    pub rows: Vec<Row>,
    /// What was wrong while it was read.
    pub(super) problems: Problems,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Rows, whose columns are yet to be understood.
    Table(Table),
    /// Cases of this program, to the letter.
    Cases(Vec<Case>),
}

/// Reads a file; of a workbook, the sheet of that name, or the first that holds something.
pub fn read(path: &Path, sheet: Option<&str>) -> Result<Source, ImportError> {
    let meta = std::fs::metadata(path)?;
    if meta.is_dir() {
        return Err(DocumentError::Folder.into());
    }
    if !meta.is_file() {
        return Err(DocumentError::NotARegularFile.into());
    }
    if meta.len() > MAX_FILE_BYTES {
        return Err(DocumentError::TooLarge { bytes: meta.len() }.into());
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    // The file may grow while it is read.
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    read_bytes(bytes, sheet)
}

/// As [`read`], of a file in memory.
pub fn read_bytes(bytes: Vec<u8>, sheet: Option<&str>) -> Result<Source, ImportError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(DocumentError::TooLarge { bytes: bytes.len() as u64 }.into());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return sheet::read(bytes, sheet).map(Source::Table);
    }
    // A compound file: Excel before 2007, or a workbook behind a password.
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(ImportError::OldWorkbook);
    }
    if [b"%PDF".as_slice(), b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"{\\rtf", b"MZ\x90"]
        .iter()
        .any(|magic| bytes.starts_with(magic))
    {
        return Err(ImportError::UnknownForm);
    }
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(ImportError::Empty),
        Some(b'{') => Ok(Source::Cases(json::from_json_many(&bytes)?)),
        Some(b'[') if looks_like_objects(start) => objects(start).map(Source::Table),
        Some(_) => delimited::read(bytes).map(Source::Table),
    }
}

fn looks_like_objects(bytes: &[u8]) -> bool {
    let mut signs = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
    signs.next() == Some(&b'[') && matches!(signs.next(), Some(b'{' | b']'))
}

/// A list of flat objects, as programs write tables; each key is a column.
fn objects(bytes: &[u8]) -> Result<Table, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|error| DocumentError::NotUtf8 { at: error.valid_up_to() })?;
    let list: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            DocumentError::NotACase
        } else {
            DocumentError::NotJson { line: error.line(), column: error.column() }
        }
    })?;
    let origin = Origin { form: Form::Json, encoding: Some("UTF-8"), separator: None, sheet: None, sheets: Vec::new() };
    let mut builder = Builder::new(origin);
    let mut headings: Vec<String> = Vec::new();
    for key in list.iter().flat_map(serde_json::Map::keys) {
        if !headings.contains(key) {
            headings.push(key.clone());
        }
        if headings.len() > MAX_COLUMNS {
            return Err(ImportError::TooManyColumns);
        }
    }
    builder.headings(headings.clone())?;
    for (at, object) in list.iter().enumerate() {
        let cells = headings.iter().map(|key| match object.get(key) {
            None | Some(serde_json::Value::Null) => String::new(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        });
        builder.row(at as u64 + 2, cells.collect())?;
    }
    builder.finish()
}

/// A table in the making, which stops where a limit is passed.
pub(super) struct Builder {
    pub(super) table: Table,
    cells: usize,
}

impl Builder {
    pub(super) fn new(origin: Origin) -> Self {
        let table = Table { origin, headings: Vec::new(), rows: Vec::new(), problems: Problems::default() };
        Self { table, cells: 0 }
    }

    /// The first row. Empty headings at its end count for nothing.
    pub(super) fn headings(&mut self, mut headings: Vec<String>) -> Result<(), ImportError> {
        while headings.last().is_some_and(|heading| heading.trim().is_empty()) {
            headings.pop();
        }
        if headings.len() > MAX_COLUMNS {
            return Err(ImportError::TooManyColumns);
        }
        self.table.headings = headings.into_iter().map(|heading| heading.trim().to_owned()).collect();
        Ok(())
    }

    /// One more row. Empty cells at its end count for nothing; cells beyond the headings are told and left out.
    pub(super) fn row(&mut self, number: u64, mut cells: Vec<String>) -> Result<(), ImportError> {
        while cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        let width = self.table.headings.len();
        if cells.len() > width {
            self.table.problems.add(ProblemKind::RowLong, Some(number), None, "");
            cells.truncate(width);
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            self.table.problems.add(ProblemKind::RowEmpty, Some(number), None, "");
            return Ok(());
        }
        self.cells += cells.len();
        if self.table.rows.len() + 1 >= MAX_ROWS {
            return Err(ImportError::TooManyRows);
        }
        if self.cells > MAX_CELLS {
            return Err(ImportError::TooManyCells);
        }
        cells.shrink_to_fit();
        self.table.rows.push(Row { number, cells });
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Table, ImportError> {
        if self.table.headings.is_empty() || self.table.rows.is_empty() {
            return Err(ImportError::Empty);
        }
        Ok(self.table)
    }
}
