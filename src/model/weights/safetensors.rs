//! One `.safetensors` file: its header checked, its tensors read one at a time with positioned reads.

use std::collections::BTreeMap;
use std::fs::File;

use candle_core::{DType, Device, Tensor};
use serde::Deserialize;

use crate::files::read_exact_at;
use crate::model::{FileSource, ModelError};

/// The format's own limit for the header.
const MAX_HEADER_BYTES: u64 = 100_000_000;
/// How much of the data goes into the digest, from its middle.
const SAMPLE_BYTES: u64 = 4096;

/// An opened file.
pub(super) struct SafetensorsFile {
    name: String,
    data: Data,
    data_start: u64,
    data_len: u64,
    tensors: BTreeMap<String, StoredTensor>,
}

/// One tensor of the header.
pub(super) struct StoredTensor {
    pub dtype: DType,
    pub shape: Vec<usize>,
    start: u64,
    end: u64,
}

enum Data {
    Disk(File),
    Memory(&'static [u8]),
}

#[derive(Deserialize)]
struct Header {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

impl SafetensorsFile {
    pub(super) fn open(source: &FileSource, name: &str) -> Result<Self, ModelError> {
        let unreadable = |source| ModelError::Unreadable { name: name.to_owned(), source };
        let (data, len) = if let Some(folder) = source.folder() {
            let file = File::open(folder.join(name)).map_err(unreadable)?;
            let len = file.metadata().map_err(unreadable)?.len();
            (Data::Disk(file), len)
        } else {
            let bytes = source.embedded(name).ok_or_else(|| source.missing(name))?;
            (Data::Memory(bytes), bytes.len() as u64)
        };
        let damaged = |reason: &str| ModelError::damaged(name, reason);
        let mut length = [0; 8];
        data.read_at(&mut length, 0).map_err(|_| damaged("shorter than a header"))?;
        let header_len = u64::from_le_bytes(length);
        if header_len > MAX_HEADER_BYTES || header_len > len.saturating_sub(8) {
            return Err(damaged("a header longer than the file"));
        }
        let mut header = vec![0; header_len as usize];
        data.read_at(&mut header, 8).map_err(unreadable)?;
        let data_start = 8 + header_len;
        let data_len = len - data_start;
        let tensors = read_header(name, &header, data_len)?;
        Ok(Self { name: name.to_owned(), data, data_start, data_len, tensors })
    }

    pub(super) fn tensors(&self) -> impl Iterator<Item = (&str, &StoredTensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Tensor, ModelError> {
        let stored = self.tensors.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let mut bytes = vec![0; (stored.end - stored.start) as usize];
        self.read_part(name, &mut bytes, 0)?;
        Ok(Tensor::from_raw_buffer(&bytes, stored.dtype, &stored.shape, &Device::Cpu)?)
    }

    /// Fills `buffer` from `offset` of a tensor's bytes.
    pub(super) fn read_part(&self, name: &str, buffer: &mut [u8], offset: u64) -> Result<(), ModelError> {
        let stored = self.tensors.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        self.data
            .read_at(buffer, self.data_start + stored.start + offset)
            .map_err(|source| ModelError::Unreadable { name: self.name.clone(), source })
    }

    /// A few bytes from the middle of the data, for the digest.
    pub(super) fn sample(&self) -> Result<Vec<u8>, ModelError> {
        let len = SAMPLE_BYTES.min(self.data_len);
        let mut bytes = vec![0; len as usize];
        let at = self.data_start + (self.data_len - len) / 2;
        self.data
            .read_at(&mut bytes, at)
            .map_err(|source| ModelError::Unreadable { name: self.name.clone(), source })?;
        Ok(bytes)
    }
}

fn read_header(name: &str, header: &[u8], data_len: u64) -> Result<BTreeMap<String, StoredTensor>, ModelError> {
    let damaged = |reason: &str| ModelError::damaged(name, reason);
    let fields: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(|_| damaged("the header is no JSON"))?;
    let mut tensors = BTreeMap::new();
    for (tensor, value) in fields.into_iter().filter(|(tensor, _)| tensor != "__metadata__") {
        let entry: Header = serde_json::from_value(value).map_err(|error| damaged(&format!("{tensor}: {error}")))?;
        let dtype = match entry.dtype.as_str() {
            "F32" => DType::F32,
            "F16" => DType::F16,
            "BF16" => DType::BF16,
            "U8" | "BOOL" => DType::U8,
            other => return Err(ModelError::TensorType { name: tensor, found: other.to_owned() }),
        };
        let (start, end) = entry.data_offsets;
        let bytes =
            entry.shape.iter().try_fold(dtype.size_in_bytes() as u64, |bytes, size| bytes.checked_mul(*size as u64));
        if start > end || end > data_len {
            return Err(damaged(&format!("{tensor} lies beyond the end of the file")));
        }
        if bytes != Some(end - start) {
            return Err(damaged(&format!("{tensor} has another size than its shape")));
        }
        tensors.insert(tensor, StoredTensor { dtype, shape: entry.shape, start, end });
    }
    Ok(tensors)
}

impl Data {
    /// Fills `buffer` from `offset`; an error when the file is shorter by now.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        match self {
            Self::Disk(file) => read_exact_at(file, buffer, offset),
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let found = start.checked_add(buffer.len()).and_then(|end| bytes.get(start..end));
                let found = found.ok_or(std::io::ErrorKind::UnexpectedEof)?;
                buffer.copy_from_slice(found);
                Ok(())
            }
        }
    }
}
