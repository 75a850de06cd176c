//! Parquet as a table of texts: the few columns that a dataset has, without arrow.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;

/// Names and rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Reads all columns as text; numbers and booleans as they are written, nulls as nothing.
///
/// # Errors
/// Why it is no parquet file, or not a whole one. The words hold no text of a row.
pub(super) fn read(file: File) -> Result<Table, String> {
    // The reader panics on some damaged files; that is the file's fault, not a reason to end the program.
    catch_unwind(AssertUnwindSafe(|| read_table(file))).unwrap_or_else(|_| Err("damaged".to_owned()))
}

fn read_table(file: File) -> Result<Table, String> {
    let reader = SerializedFileReader::new(file).map_err(|error| error.to_string())?;
    let schema = reader.metadata().file_metadata().schema_descr().root_schema_ptr();
    let names = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None).map_err(|error| error.to_string())? {
        let row = row.map_err(|_| format!("damaged after row {}", rows.len()))?;
        rows.push(row.get_column_iter().map(|(_, field)| text_of(field)).collect());
    }
    Ok(Table { names, rows })
}

fn text_of(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        // Writers that don't mark texts as texts.
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        other => other.to_string(),
    }
}

/// A table as the bytes of a parquet file: every column an UTF-8 text, compressed.
///
/// # Errors
/// What the writer said.
pub(super) fn write(table: &Table) -> Result<Vec<u8>, String> {
    let columns: Vec<String> = table.names.iter().map(|name| format!("REQUIRED BYTE_ARRAY {name} (UTF8);")).collect();
    let columns = columns.join("\n");
    let said = |error: parquet::errors::ParquetError| error.to_string();
    let schema = Arc::new(parse_message_type(&format!("message schema {{\n{columns}}}")).map_err(said)?);
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).map_err(said)?;
    let mut group = writer.next_row_group().map_err(said)?;
    let mut at = 0;
    while let Some(mut column) = group.next_column().map_err(said)? {
        let values: Vec<ByteArray> =
            table.rows.iter().map(|row| ByteArray::from(row.get(at).map_or("", String::as_str))).collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).map_err(said)?;
        column.close().map_err(said)?;
        at += 1;
    }
    group.close().map_err(said)?;
    writer.into_inner().map_err(said)
}
