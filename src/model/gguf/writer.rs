//! Puts the part before the tensors into bytes. Its length depends on names and shapes alone, so that room for it can be
//! left at the beginning and filled at the end, when types, places and checksums are known.

use super::format::{ALIGNMENT, MAGIC, VERSION};
use super::keys;

/// A value to be written.
#[derive(Debug, Clone)]
pub(super) enum Item {
    U32(u32),
    U64(u64),
    F32(f32),
    Text(String),
    Numbers(Vec<u32>),
}

/// A row of the tensor table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    /// Rows first.
    pub(super) shape: Vec<usize>,
    pub(super) number: u32,
    /// From the beginning of the data.
    pub(super) offset: u64,
    pub(super) checksum: u32,
}

/// The header of a file with these values and tensors, filled up to where the first tensor begins.
pub(super) fn header(metadata: &[(String, Item)], table: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((table.len() as u64).to_le_bytes());
    bytes.extend((metadata.len() as u64 + 2).to_le_bytes());
    for (key, item) in metadata {
        value(&mut bytes, key, item);
    }
    let checksums = table.iter().map(|row| row.checksum).collect();
    value(&mut bytes, keys::CHECKSUMS, &Item::Numbers(checksums));
    value(&mut bytes, keys::HEADER_CHECKSUM, &Item::U32(0));
    let checksum_at = bytes.len() - 4;
    for row in table {
        text(&mut bytes, &row.name);
        bytes.extend((row.shape.len() as u32).to_le_bytes());
        for size in row.shape.iter().rev() {
            bytes.extend((*size as u64).to_le_bytes());
        }
        bytes.extend(row.number.to_le_bytes());
        bytes.extend(row.offset.to_le_bytes());
    }
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT as usize), 0);
    let checksum = crc32fast::hash(&bytes);
    bytes[checksum_at..checksum_at + 4].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn value(bytes: &mut Vec<u8>, key: &str, item: &Item) {
    text(bytes, key);
    let mut kind = |number: u32| bytes.extend(number.to_le_bytes());
    match item {
        Item::U32(value) => {
            kind(4);
            bytes.extend(value.to_le_bytes());
        }
        Item::U64(value) => {
            kind(10);
            bytes.extend(value.to_le_bytes());
        }
        Item::F32(value) => {
            kind(6);
            bytes.extend(value.to_le_bytes());
        }
        Item::Text(value) => {
            kind(8);
            text(bytes, value);
        }
        Item::Numbers(values) => {
            kind(9);
            bytes.extend(4u32.to_le_bytes());
            bytes.extend((values.len() as u64).to_le_bytes());
            bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
}
