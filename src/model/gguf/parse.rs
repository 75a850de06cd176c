//! Reads the part of a GGUF file before its tensors. Every count and length is held against what is left of the file
//! before anything is allocated, so that a hostile or damaged header costs an error and no memory.

use std::collections::HashSet;
use std::io;

use super::format::{ALIGNMENT, MAGIC, TensorType, VERSION, Value};
use super::keys;

/// No text of a header is longer; a tokenizer takes two to nine megabytes.
const MAX_TEXT_BYTES: u64 = 64 << 20;
/// No header is longer.
const MAX_HEADER_BYTES: u64 = 256 << 20;
/// A model of 28 layers has some thirty values and 285 tensors.
const MAX_VALUES: u64 = 1 << 16;
const MAX_TENSORS: u64 = 1 << 17;
const MAX_DIMENSIONS: u32 = 4;
/// Arrays may hold arrays; nobody nests them deeper.
const MAX_DEPTH: u32 = 4;
const MAX_ALIGNMENT: u64 = 1 << 16;
/// Read ahead of the cursor.
const BUFFER_BYTES: usize = 1 << 16;

/// Something of known length whose bytes can be read from any place.
pub(super) trait ReadAt {
    fn len(&self) -> u64;
    /// Fills `buffer` from `offset`, or fails.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let found = start.checked_add(buffer.len()).and_then(|end| self.get(start..end));
        buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Why a header can't be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Damaged(String),
    #[error("{0}")]
    Io(#[from] io::Error),
}

fn damaged<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Damaged(reason.into()))
}

/// What stands before the tensors.
#[derive(Debug)]
pub(super) struct Header {
    /// In the file's order.
    pub(super) metadata: Vec<(String, Value)>,
    pub(super) tensors: Vec<Entry>,
    /// Where the first tensor begins.
    pub(super) data_start: u64,
    /// Where the four bytes of the header's own checksum stand, in a file that has one.
    pub(super) checksum_at: Option<u64>,
}

/// One row of the tensor table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Rows first, as transformers has it; the file holds them the other way round.
    pub(super) shape: Vec<usize>,
    /// ggml's number of the type.
    pub(super) number: u32,
    /// From the beginning of the data.
    pub(super) offset: u64,
    /// Of a type that this program knows.
    pub(super) bytes: Option<u64>,
}

impl Entry {
    pub(super) fn kind(&self) -> Option<TensorType> {
        TensorType::of_number(self.number)
    }
}

impl Header {
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.metadata.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// Reads the header of any GGUF file of version 3.
pub(super) fn read_header(source: &(impl ReadAt + ?Sized)) -> Result<Header, Fault> {
    let mut cursor = Cursor { source, len: source.len(), at: 0, buffer: Vec::new(), buffer_at: 0 };
    if cursor.bytes::<4>()? != MAGIC {
        return damaged("not a GGUF file");
    }
    let version = cursor.u32()?;
    if version != VERSION {
        return damaged(format!("GGUF version {version}, only {VERSION} is read"));
    }
    let (tensors, values) = (cursor.u64()?, cursor.u64()?);
    // A value takes at least 13 bytes, a tensor 24.
    if values > MAX_VALUES || values > cursor.left() / 13 || tensors > MAX_TENSORS || tensors > cursor.left() / 24 {
        return damaged(format!("{values} values and {tensors} tensors can't be in this file"));
    }
    let mut metadata = Vec::new();
    let mut known = HashSet::new();
    let mut checksum_at = None;
    for _ in 0..values {
        let key = cursor.text()?;
        if !known.insert(key.clone()) {
            return damaged(format!("{key} stands twice"));
        }
        let kind = cursor.u32()?;
        if key == keys::HEADER_CHECKSUM && kind == 4 {
            checksum_at = Some(cursor.at);
        }
        metadata.push((key, cursor.value(kind, 0)?));
    }
    let alignment = metadata.iter().find(|(key, _)| key == keys::ALIGNMENT).and_then(|(_, value)| value.unsigned());
    let alignment = alignment.unwrap_or(ALIGNMENT);
    if !alignment.is_power_of_two() || alignment > MAX_ALIGNMENT {
        return damaged(format!("an alignment of {alignment}"));
    }
    let mut table = Vec::new();
    known.clear();
    for _ in 0..tensors {
        let entry = cursor.entry()?;
        if !known.insert(entry.name.clone()) {
            return damaged(format!("tensor {} stands twice", entry.name));
        }
        table.push(entry);
    }
    let data_start = cursor.at.next_multiple_of(alignment);
    let data_len = cursor.len.saturating_sub(data_start);
    for entry in &table {
        if !entry.offset.is_multiple_of(alignment) {
            return damaged(format!("tensor {} begins at {}", entry.name, entry.offset));
        }
        let end = entry.bytes.map_or(Some(entry.offset), |bytes| entry.offset.checked_add(bytes));
        if end.is_none_or(|end| end > data_len) {
            return damaged(format!("tensor {} lies beyond the end of the file", entry.name));
        }
    }
    Ok(Header { metadata, tensors: table, data_start, checksum_at })
}

struct Cursor<'a, S: ?Sized> {
    source: &'a S,
    len: u64,
    at: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl<S: ReadAt + ?Sized> Cursor<'_, S> {
    fn left(&self) -> u64 {
        self.len.min(MAX_HEADER_BYTES).saturating_sub(self.at)
    }

    fn need(&self, bytes: u64) -> Result<(), Fault> {
        if bytes <= self.left() { Ok(()) } else { damaged("the header ends too early or is too long") }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Fault> {
        self.need(bytes)?;
        self.at += bytes;
        Ok(())
    }

    fn fill(&mut self, target: &mut [u8]) -> Result<(), Fault> {
        let bytes = target.len() as u64;
        self.need(bytes)?;
        let buffered = self.at >= self.buffer_at && self.at + bytes <= self.buffer_at + self.buffer.len() as u64;
        if target.len() >= BUFFER_BYTES {
            self.source.read_at(target, self.at)?;
        } else {
            if !buffered {
                self.buffer.resize(BUFFER_BYTES.min((self.len - self.at) as usize), 0);
                self.source.read_at(&mut self.buffer, self.at)?;
                self.buffer_at = self.at;
            }
            let start = (self.at - self.buffer_at) as usize;
            target.copy_from_slice(&self.buffer[start..start + target.len()]);
        }
        self.at += bytes;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn text(&mut self) -> Result<String, Fault> {
        let len = self.u64()?;
        if len > MAX_TEXT_BYTES {
            return damaged("a text too long for a header");
        }
        self.need(len)?;
        let mut bytes = vec![0; len as usize];
        self.fill(&mut bytes)?;
        String::from_utf8(bytes).or_else(|_| damaged("a text that is not UTF-8"))
    }

    fn value(&mut self, kind: u32, depth: u32) -> Result<Value, Fault> {
        Ok(match kind {
            0 => Value::Unsigned(u64::from(self.bytes::<1>()?[0])),
            1 => Value::Signed(i64::from(i8::from_le_bytes(self.bytes()?))),
            2 => Value::Unsigned(u64::from(u16::from_le_bytes(self.bytes()?))),
            3 => Value::Signed(i64::from(i16::from_le_bytes(self.bytes()?))),
            4 => Value::Unsigned(u64::from(self.u32()?)),
            5 => Value::Signed(i64::from(i32::from_le_bytes(self.bytes()?))),
            6 => Value::Float(f64::from(f32::from_le_bytes(self.bytes()?))),
            7 => match self.bytes::<1>()?[0] {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                other => return damaged(format!("{other} is neither true nor false")),
            },
            8 => Value::Text(self.text()?),
            9 => self.array(depth)?,
            10 => Value::Unsigned(self.u64()?),
            11 => Value::Signed(i64::from_le_bytes(self.bytes()?)),
            12 => Value::Float(f64::from_le_bytes(self.bytes()?)),
            other => return damaged(format!("values of type {other} are not known")),
        })
    }

    fn array(&mut self, depth: u32) -> Result<Value, Fault> {
        if depth == MAX_DEPTH {
            return damaged("arrays nested too deeply");
        }
        let (kind, count) = (self.u32()?, self.u64()?);
        let width = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 | 10..=12 => 8,
            9 => 12,
            other => return damaged(format!("values of type {other} are not known")),
        };
        if count > self.left() / width {
            return damaged(format!("an array of {count} can't be in this file"));
        }
        match kind {
            4 if count <= MAX_TENSORS => {
                let numbers = (0..count).map(|_| self.u32()).collect::<Result<_, _>>()?;
                return Ok(Value::Numbers(numbers));
            }
            8 => {
                for _ in 0..count {
                    let len = self.u64()?;
                    self.skip(len)?;
                }
            }
            9 => {
                for _ in 0..count {
                    self.array(depth + 1)?;
                }
            }
            _ => self.skip(count * width)?,
        }
        Ok(Value::Array(count))
    }

    fn entry(&mut self) -> Result<Entry, Fault> {
        let name = self.text()?;
        let dimensions = self.u32()?;
        if dimensions > MAX_DIMENSIONS {
            return damaged(format!("tensor {name} has {dimensions} dimensions"));
        }
        let mut shape = Vec::new();
        let mut count = Some(1u64);
        for _ in 0..dimensions {
            let size = self.u64()?;
            count = count.and_then(|count| count.checked_mul(size));
            shape.push(usize::try_from(size).or_else(|_| damaged(format!("tensor {name} is too large")))?);
        }
        shape.reverse();
        let (number, offset) = (self.u32()?, self.u64()?);
        let Some(count) = count else { return damaged(format!("tensor {name} is too large")) };
        let bytes = match TensorType::of_number(number) {
            None => None,
            Some(kind) => match kind.bytes_of(count) {
                Some(bytes) => Some(bytes),
                None => return damaged(format!("tensor {name} is no whole number of blocks")),
            },
        };
        Ok(Entry { name, shape, number, offset, bytes })
    }
}
