//! Reads the tensors of a model or an adapter, one at a time, from any of the layouts that Hugging Face uses.
//!
//! Files are never mapped into memory: one that is cut short or deleted while in use gives an error, not a signal, and
//! no more memory is taken than the one tensor needs. Pickles are read without running what they ask for.

mod pickle;
mod rows;
mod safetensors;

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Tensor};
use sha2::{Digest, Sha256};

use self::pickle::PickleFile;
pub(crate) use self::rows::Rows;
use self::safetensors::SafetensorsFile;
use super::tensors::is_buffer;
use super::{FileSource, ModelError};

/// All tensors of one model or adapter, by name.
pub struct Weights {
    files: Vec<WeightFile>,
    entries: BTreeMap<String, Entry>,
    names: Vec<String>,
}

enum WeightFile {
    Safetensors(SafetensorsFile),
    Pickle(PickleFile),
}

struct Entry {
    file: usize,
    shape: Vec<usize>,
    dtype: DType,
}

impl Weights {
    /// The weights of a base model: `model.safetensors`, its shards, `pytorch_model.bin`, or its shards, in this order.
    pub fn open(source: &FileSource) -> Result<Self, ModelError> {
        Self::open_named(source, "model", "pytorch_model")
    }

    /// The weights of an adapter: `adapter_model.safetensors` or `adapter_model.bin`.
    pub fn open_adapter(source: &FileSource) -> Result<Self, ModelError> {
        Self::open_named(source, "adapter_model", "adapter_model")
    }

    fn open_named(source: &FileSource, safetensors: &str, pickle: &str) -> Result<Self, ModelError> {
        for stem in [format!("{safetensors}.safetensors"), format!("{pickle}.bin")] {
            if source.exists(&stem) {
                return Self::from_files(source, &[stem], None);
            }
            let index = format!("{stem}.index.json");
            if let Some(bytes) = source.read(&index)? {
                let map = read_index(&index, &bytes)?;
                let mut names: Vec<String> = map.values().cloned().collect();
                names.sort();
                names.dedup();
                return Self::from_files(source, &names, Some((&index, &map)));
            }
        }
        Err(source.missing(&format!("{safetensors}.safetensors")))
    }

    fn from_files(
        source: &FileSource,
        names: &[String],
        index: Option<(&str, &BTreeMap<String, String>)>,
    ) -> Result<Self, ModelError> {
        let mut weights = Self { files: Vec::new(), entries: BTreeMap::new(), names: names.to_vec() };
        for name in names {
            weights.add_file(source, name)?;
        }
        if let Some((index, map)) = index {
            weights.names.push(index.to_owned());
            for tensor in map.keys() {
                if !weights.entries.contains_key(tensor) && !is_buffer(tensor) {
                    return Err(ModelError::damaged(index, &format!("names {tensor}, which no shard holds")));
                }
            }
        }
        if weights.entries.is_empty() {
            return Err(ModelError::damaged(&names.join(", "), "no weights in it"));
        }
        Ok(weights)
    }

    fn add_file(&mut self, source: &FileSource, name: &str) -> Result<(), ModelError> {
        if !source.exists(name) {
            return Err(source.missing(name));
        }
        let file = self.files.len();
        let opened = if Path::new(name).extension().is_some_and(|extension| extension == "safetensors") {
            WeightFile::Safetensors(SafetensorsFile::open(source, name)?)
        } else {
            WeightFile::Pickle(PickleFile::open(source, name)?)
        };
        let found: Vec<(String, Vec<usize>, DType)> = match &opened {
            WeightFile::Safetensors(file) => {
                file.tensors().map(|(name, tensor)| (name.to_owned(), tensor.shape.clone(), tensor.dtype)).collect()
            }
            WeightFile::Pickle(file) => file.tensors(),
        };
        for (tensor, shape, dtype) in found {
            if is_buffer(&tensor) {
                continue;
            }
            if !matches!(dtype, DType::F32 | DType::F16 | DType::BF16) {
                return Err(ModelError::TensorType { name: tensor, found: format!("{dtype:?}") });
            }
            if self.entries.insert(tensor.clone(), Entry { file, shape, dtype }).is_some() {
                return Err(ModelError::damaged(name, &format!("{tensor} stands in two files")));
            }
        }
        self.files.push(opened);
        Ok(())
    }

    /// The names of all tensors but mask buffers, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The shape of a tensor, when there is one of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.entries.get(name).map(|entry| entry.shape.as_slice())
    }

    /// The stored type of a tensor, when there is one of that name.
    pub fn dtype(&self, name: &str) -> Option<DType> {
        self.entries.get(name).map(|entry| entry.dtype)
    }

    /// The names of the files that it is read from, an index among them.
    pub(crate) fn file_names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Bytes of one tensor as it is stored; 0 when there is none.
    pub fn bytes_of(&self, name: &str) -> u64 {
        self.entries
            .get(name)
            .map_or(0, |entry| entry.shape.iter().product::<usize>() as u64 * entry.dtype.size_in_bytes() as u64)
    }

    /// Bytes of all tensors as they are stored.
    pub fn bytes_total(&self) -> u64 {
        self.names().map(|name| self.bytes_of(name)).sum()
    }

    /// A tensor, on the CPU and as it is stored.
    ///
    /// # Errors
    /// [`ModelError::MissingTensor`], or that the file can't be read any more.
    pub fn tensor(&self, name: &str) -> Result<Tensor, ModelError> {
        let entry = self.entries.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        match &self.files[entry.file] {
            WeightFile::Safetensors(file) => file.tensor(name),
            WeightFile::Pickle(file) => file.tensor(name),
        }
    }

    /// A tensor's rows, to be read some at a time by several threads. A vector is one row.
    ///
    /// # Errors
    /// As [`Self::tensor`].
    pub(crate) fn rows(&self, name: &str) -> Result<Rows<'_>, ModelError> {
        let entry = self.entries.get(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        match &self.files[entry.file] {
            WeightFile::Safetensors(file) => Ok(Rows::stored(file, name, &entry.shape, entry.dtype)),
            WeightFile::Pickle(file) => file.rows(name, &entry.shape, entry.dtype),
        }
    }

    /// A name for this set of weights, in 16 hexadecimal digits: SHA-256 over every tensor's name, shape and type, and a
    /// sample from the middle of each file. All of 24 GB would take minutes at every start.
    ///
    /// # Errors
    /// When a file can't be read any more.
    pub fn digest(&self) -> Result<String, ModelError> {
        let mut hash = Sha256::new();
        for (name, entry) in &self.entries {
            hash.update(format!("{name} {:?} {:?}\n", entry.shape, entry.dtype));
        }
        for file in &self.files {
            hash.update(match file {
                WeightFile::Safetensors(file) => file.sample()?,
                WeightFile::Pickle(file) => file.sample()?,
            });
        }
        let digest = hash.finalize();
        let first: [u8; 8] = std::array::from_fn(|i| digest[i]);
        Ok(format!("{:016x}", u64::from_be_bytes(first)))
    }
}

fn read_index(name: &str, bytes: &[u8]) -> Result<BTreeMap<String, String>, ModelError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let index: Index = serde_json::from_slice(bytes).map_err(|error| ModelError::damaged(name, &error.to_string()))?;
    // A shard's name is a file beside the index, never a way out of the folder.
    if let Some(shard) = index.weight_map.values().find(|shard| shard.contains(['/', '\\']) || shard.starts_with('.')) {
        return Err(ModelError::damaged(name, &format!("{shard:?} is no file name")));
    }
    Ok(index.weight_map)
}
