//! Writes rows as the original's five columns, one file for each split, and what else is known of a case behind them.

use std::path::Path;

use serde_json::Value;

use super::DatasetError;
use super::labels::{Label, Labels, label};
use super::parquet_file::{self, Table};
use super::row::{Row, Split};
use crate::files::{name_of, write_atomic_new};
use crate::prompt;

/// How files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `train.parquet`, …
    Parquet,
    /// `train.jsonl`, …
    Jsonl,
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "parquet" => Ok(Self::Parquet),
            "jsonl" => Ok(Self::Jsonl),
            _ => Err("parquet, jsonl".to_owned()),
        }
    }
}

/// The original's columns, in its order.
const COLUMNS: [&str; 5] = ["sintetico", "text", "intervencion", "tipo_discriminacion", "resultado"];
/// Columns that are written where any row has something in them.
type Extra = (&'static str, fn(&Row) -> &str);
const EXTRA: [Extra; 4] = [
    ("detalle_resultado", |row| &row.detalle),
    ("ambito", |row| &row.ambito),
    ("provincia", |row| &row.provincia),
    ("fecha", |row| &row.fecha),
];

/// The rows as a table. The outcome is the label where there is one, else what the file had: nothing is lost by
/// converting. Whoever wants only labelled rows leaves the others out before.
fn table(rows: &[&Row], labels: Labels) -> Table {
    let extra: Vec<&Extra> = EXTRA.iter().filter(|(_, of)| rows.iter().any(|row| !of(row).is_empty())).collect();
    let names = COLUMNS.iter().copied().chain(extra.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
    let line = |row: &&Row| {
        let outcome = match label(row, labels) {
            Label::Is(outcome) => prompt::label(outcome).to_owned(),
            _ => row.resultado.clone(),
        };
        let made_up = if row.sintetico == Some(true) { "1" } else { "0" };
        let mut values =
            vec![made_up.to_owned(), row.hechos.clone(), row.intervencion.clone(), row.tipo.clone(), outcome];
        values.extend(extra.iter().map(|(_, of)| of(row).to_owned()));
        values
    };
    Table { names, rows: rows.iter().map(line).collect() }
}

/// A table as JSONL, with the columns in their order.
fn jsonl(table: &Table) -> Vec<u8> {
    let mut text = String::new();
    for row in &table.rows {
        let fields: Vec<String> = table
            .names
            .iter()
            .zip(row)
            .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), Value::from(value.as_str())))
            .collect();
        text.extend(["{", &fields.join(", "), "}\n"]);
    }
    text.into_bytes()
}

/// Writes one file for each split into `folder`, which is made where it is not there; gives their names and rows. Rows
/// without a split go into `all`. Each file is whole or not there at all; none is written over another.
///
/// # Errors
/// [`DatasetError::Taken`] where the folder holds files of a dataset, [`DatasetError::Write`].
pub fn write(
    folder: &Path,
    rows: &[&Row],
    format: Format,
    labels: Labels,
) -> Result<Vec<(String, usize)>, DatasetError> {
    let failed = |reason: String| DatasetError::Write { folder: folder.display().to_string(), reason };
    std::fs::create_dir_all(folder).map_err(|error| failed(error.kind().to_string()))?;
    refuse_taken(folder)?;
    let mut written = Vec::new();
    for split in [Some(Split::Train), Some(Split::Test), Some(Split::Validation), None] {
        let own: Vec<&Row> = rows.iter().copied().filter(|row| row.split == split).collect();
        if own.is_empty() {
            continue;
        }
        let table = table(&own, labels);
        let (ending, bytes) = match format {
            Format::Parquet => ("parquet", parquet_file::write(&table).map_err(failed)?),
            Format::Jsonl => ("jsonl", jsonl(&table)),
        };
        let name = format!("{}.{ending}", split.map_or("all", Split::name));
        write_atomic_new(&folder.join(&name), &bytes).map_err(|error| failed(error.kind().to_string()))?;
        written.push((name, own.len()));
    }
    Ok(written)
}

/// Writes generated rows as one JSONL file with the FSG's names for its columns, whole or not at all and never over another.
///
/// # Errors
/// [`DatasetError::Taken`], [`DatasetError::Write`].
pub fn write_cases(path: &Path, rows: &[Row]) -> Result<(), DatasetError> {
    let names = ["hechos", "intervencion", "resultado", "ambito", "tipo", "provincia", "sintetico"];
    let line = |row: &Row| {
        let texts = [&row.hechos, &row.intervencion, &row.resultado, &row.ambito, &row.tipo, &row.provincia];
        texts.into_iter().cloned().chain(["1".to_owned()]).collect()
    };
    let table = Table { names: names.map(str::to_owned).to_vec(), rows: rows.iter().map(line).collect() };
    let folder = path.parent().unwrap_or(Path::new("")).display().to_string();
    write_atomic_new(path, &jsonl(&table)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => DatasetError::Taken { folder, file: name_of(path) },
        kind => DatasetError::Write { folder, reason: kind.to_string() },
    })
}

/// A second dataset in the same folder would be read as one with the first.
fn refuse_taken(folder: &Path) -> Result<(), DatasetError> {
    let there = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut taken = there.filter(|path| {
        let ending = path.extension().unwrap_or_default();
        ["parquet", "jsonl", "csv", "ndjson"].iter().any(|known| ending == *known)
    });
    match taken.next() {
        Some(file) => Err(DatasetError::Taken { folder: folder.display().to_string(), file: name_of(&file) }),
        None => Ok(()),
    }
}
