//! Reads a dataset from a folder or from one file: parquet, CSV or JSONL, each row with its place.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::DatasetError;
use super::columns::Columns;
use super::fault::{Fault, FaultKind};
use super::parquet_file;
use super::row::{Form, Row, Split};
use crate::files::name_of;

/// A dataset's folders lie this deep at most (Hugging Face puts files into `data/`).
const MAX_DEPTH: usize = 3;

/// A file of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// As named below the dataset's folder.
    pub name: String,
    /// What it is for, by its name.
    pub split: Option<Split>,
    /// Told by its columns; none where it could not be read.
    pub form: Option<Form>,
    /// Its rows, faulty lines left out.
    pub rows: usize,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// In the order of the files' names and of the rows in them.
    pub rows: Vec<Row>,
    /// The files, in the order of their names.
    pub files: Vec<FileInfo>,
    /// What could not be read: whole files and single lines.
    pub faults: Vec<Fault>,
    /// The first file that could not be read, with the reason.
    broken: Option<DatasetError>,
}

impl Dataset {
    /// Reads a folder or a file. What can't be read is among the faults; the rest is there.
    ///
    /// # Errors
    /// [`DatasetError::NoFiles`] where no file is a dataset's, [`DatasetError::Unreadable`] for the folder itself.
    pub fn read(path: &Path) -> Result<Self, DatasetError> {
        let (root, files) = files_of(path)?;
        let mut dataset = Self::default();
        for file in files {
            let name = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            let split = Split::of_file(&name);
            let before = dataset.rows.len();
            let mut info = FileInfo { name: name.clone(), split, form: None, rows: 0 };
            match read_file(&file, &name, split, &mut dataset) {
                Ok(form) => info.form = form,
                Err(error) => {
                    dataset.rows.truncate(before);
                    dataset.faults.push(Fault::of_file(&name, FaultKind::from(&error)));
                    dataset.broken.get_or_insert(error);
                }
            }
            info.rows = dataset.rows.len() - before;
            dataset.files.push(info);
        }
        Ok(dataset)
    }

    /// As [`Self::read`], for whoever needs all of it: a file that can't be read, and a dataset without rows, are errors.
    ///
    /// # Errors
    /// [`DatasetError`]
    pub fn read_whole(path: &Path) -> Result<Self, DatasetError> {
        let mut dataset = Self::read(path)?;
        if let Some(error) = dataset.broken.take() {
            return Err(error);
        }
        if dataset.rows.is_empty() {
            return Err(DatasetError::NoRows { folder: path.display().to_string() });
        }
        Ok(dataset)
    }

    /// Lines and records that could not be read in files that could.
    pub fn faulty_lines(&self) -> usize {
        self.faults.iter().filter(|fault| matches!(fault.kind, FaultKind::Line | FaultKind::Fields { .. })).count()
    }

    /// The rows of one split; all rows where no file's name says what it is for.
    pub fn split(&self, split: Split) -> Vec<&Row> {
        let named = self.rows.iter().any(|row| row.split.is_some());
        self.rows.iter().filter(|row| !named || row.split == Some(split)).collect()
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> DatasetError {
    DatasetError::Unreadable { file: path.display().to_string(), reason: error.kind().to_string() }
}

/// The folder that names are below, and the dataset's files in the order of their names.
fn files_of(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), DatasetError> {
    let meta = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let mut files = Vec::new();
    let root = if meta.is_dir() {
        collect(path, 1, &mut files)?;
        path.to_owned()
    } else {
        if is_data(path) {
            files.push(path.to_owned());
        }
        path.parent().map(Path::to_owned).unwrap_or_default()
    };
    if files.is_empty() {
        return Err(DatasetError::NoFiles { folder: path.display().to_string() });
    }
    files.sort();
    Ok((root, files))
}

fn collect(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), DatasetError> {
    for entry in std::fs::read_dir(dir).map_err(|error| unreadable(dir, &error))? {
        let path = entry.map_err(|error| unreadable(dir, &error))?.path();
        if name_of(&path).starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < MAX_DEPTH {
                collect(&path, depth + 1, files)?;
            }
        } else if is_data(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn is_data(path: &Path) -> bool {
    matches!(ending(path).as_str(), "parquet" | "csv" | "jsonl" | "ndjson")
}

fn read_file(
    path: &Path,
    name: &str,
    split: Option<Split>,
    dataset: &mut Dataset,
) -> Result<Option<Form>, DatasetError> {
    let kind = ending(path);
    if kind == "parquet" {
        let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
        let table = parquet_file::read(file).map_err(|reason| broken(name, reason))?;
        return add_table(&table.names, &table.rows, split, name, dataset).map(Some);
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| broken(name, "not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if kind == "csv" { read_csv(text, name, split, dataset) } else { read_jsonl(text, name, split, dataset) }
}

fn broken(name: &str, reason: impl std::fmt::Display) -> DatasetError {
    DatasetError::Broken { file: name.to_owned(), reason: reason.to_string() }
}

fn note_unknown(columns: &Columns, name: &str, dataset: &mut Dataset) {
    if !columns.unknown.is_empty() {
        dataset.faults.push(Fault::of_file(name, FaultKind::OtherColumns { columns: columns.unknown.join(", ") }));
    }
}

fn add_table(
    names: &[String],
    rows: &[Vec<String>],
    split: Option<Split>,
    name: &str,
    dataset: &mut Dataset,
) -> Result<Form, DatasetError> {
    let columns = Columns::of(name, names)?;
    note_unknown(&columns, name, dataset);
    for (at, values) in rows.iter().enumerate() {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        dataset.rows.push(columns.row(&values, split, name, at + 1));
    }
    Ok(columns.form())
}

/// The sign between the columns: whichever of comma, semicolon and tab the heading has most of.
fn delimiter(text: &str) -> u8 {
    let heading = text.lines().next().unwrap_or_default();
    let count = |sign: &u8| heading.bytes().filter(|byte| byte == sign).count();
    // The last of equals wins: the comma.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn read_csv(text: &str, name: &str, split: Option<Split>, dataset: &mut Dataset) -> Result<Option<Form>, DatasetError> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| broken(name, csv_reason(&error)))?;
    let names: Vec<String> = headings.iter().map(str::to_owned).collect();
    let columns = Columns::of(name, &names)?;
    note_unknown(&columns, name, dataset);
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|error| broken(name, csv_reason(&error)))?;
        if record.len() != names.len() {
            let kind = FaultKind::Fields { found: record.len(), wanted: names.len() };
            dataset.faults.push(Fault::of_row(name, at + 1, kind));
            continue;
        }
        let values: Vec<&str> = record.iter().collect();
        dataset.rows.push(columns.row(&values, split, name, at + 1));
    }
    Ok(Some(columns.form()))
}

fn csv_reason(error: &csv::Error) -> String {
    // Only the place: the words of the error could hold what the row holds.
    error.position().map_or_else(|| "CSV".to_owned(), |at| format!("CSV, line {}", at.line()))
}

fn read_jsonl(
    text: &str,
    name: &str,
    split: Option<Split>,
    dataset: &mut Dataset,
) -> Result<Option<Form>, DatasetError> {
    let mut form = None;
    let mut known: Option<(Vec<String>, Columns)> = None;
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Ok(Value::Object(object)) = serde_json::from_str(line) else {
            dataset.faults.push(Fault::of_row(name, at + 1, FaultKind::Line));
            continue;
        };
        let names: Vec<String> = object.keys().cloned().collect();
        // Objects of one file mostly have the same keys; where one has others, they are read anew.
        if known.as_ref().is_none_or(|(before, _)| *before != names) {
            match Columns::of(name, &names) {
                Ok(columns) => {
                    if form.is_none() {
                        note_unknown(&columns, name, dataset);
                        form = Some(columns.form());
                    }
                    known = Some((names, columns));
                }
                // A first line of another form means another file; a later one is that line's own fault.
                Err(error) if form.is_none() => return Err(error),
                Err(_) => {
                    dataset.faults.push(Fault::of_row(name, at + 1, FaultKind::Line));
                    continue;
                }
            }
        }
        let Some((_, columns)) = &known else { continue };
        let values: Vec<String> = object.values().map(text_of).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        dataset.rows.push(columns.row(&values, split, name, at + 1));
    }
    Ok(form)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
