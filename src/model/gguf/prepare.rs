//! What a conversion will write, and what it would save, before it is begun.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use candle_core::DType;

use super::error::ConvertError;
use super::format::TensorType;
use super::{keys, names};
use crate::files;
use crate::model::build::tensors_of;
use crate::model::lora::Adapter;
use crate::model::weights::{Rows, Weights};
use crate::model::{Config, FileSource, ModelError, Quantization, weights_bytes};

/// The type that a tensor becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Exactly(TensorType),
    /// f16; f32 where a number would overflow.
    Half,
}

impl Form {
    /// The type, as far as it is known before the tensor is made.
    pub(super) fn kind(self) -> TensorType {
        match self {
            Self::Exactly(kind) => kind,
            Self::Half => TensorType::F16,
        }
    }
}

/// A tensor of the new file.
#[derive(Debug)]
pub(super) struct Planned {
    /// The source's name for what it is made of.
    pub(super) from: String,
    /// The module whose low-rank change is added.
    pub(super) module: Option<String>,
    /// Its name in the new file.
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) form: Form,
    /// Bytes of it in the source.
    pub(super) source_bytes: u64,
}

impl Planned {
    /// Bytes in the new file, as far as that is known before it is made.
    pub(super) fn bytes(&self) -> u64 {
        let count = self.shape.iter().product::<usize>() as u64;
        self.form.kind().bytes_of(count).unwrap_or_default()
    }
}

/// The tensors of the new file, in the order in which they are loaded. `config` has the vocabulary of an adapter that is
/// merged; an adapter that stays beside the base is empty here.
pub(super) fn plan(
    config: &Config,
    weights: &Weights,
    adapter: &Adapter,
    quantization: Quantization,
) -> Result<Vec<Planned>, ModelError> {
    let mut all = Vec::new();
    let tied = config.tie_word_embeddings && !adapter.replaced.contains_key("lm_head.weight");
    for (name, shape) in tensors_of(config, config.vocab_size) {
        let columns = shape.last().copied().unwrap_or(1);
        let module = name.strip_suffix(".weight").filter(|module| adapter.low_rank.contains_key(*module));
        let mut from = name.clone();
        if name == "lm_head.weight" && tied {
            // A packed head can't be looked up as an embedding: it is written apart.
            if quantization.format_for(columns).is_none() && module.is_none() {
                continue;
            }
            "transformer.wte.weight".clone_into(&mut from);
        }
        let replaced = adapter.replaced.get(&from);
        let Some(found) = replaced.map(|tensor| tensor.dims().to_vec()).or_else(|| own_shape(weights, &from)) else {
            // The bias of a tied head may be left out.
            if config.tie_word_embeddings && name == "lm_head.bias" {
                continue;
            }
            return Err(ModelError::MissingTensor(from));
        };
        if found != shape {
            return Err(ModelError::TensorShape { name: from, expected: shape, found });
        }
        let stored = if replaced.is_some() { DType::F32 } else { weights.dtype(&from).unwrap_or(DType::F32) };
        let form = if shape.len() < 2 {
            Form::Exactly(TensorType::F32)
        } else if name == "transformer.wte.weight" {
            if quantization == Quantization::None { as_stored(stored, false)? } else { Form::Half }
        } else {
            match quantization.format_for(columns).and_then(TensorType::of_format) {
                Some(kind) => Form::Exactly(kind),
                None => as_stored(stored, module.is_some())?,
            }
        };
        let source_bytes = match replaced {
            Some(tensor) => 4 * tensor.elem_count() as u64,
            None => weights.bytes_of(&from),
        };
        let ours = names::to_gguf(&name).ok_or_else(|| ModelError::UnexpectedTensor(name.clone()))?;
        all.push(Planned { module: module.map(str::to_owned), from, name: ours, shape, form, source_bytes });
    }
    Ok(all)
}

fn own_shape(weights: &Weights, name: &str) -> Option<Vec<usize>> {
    weights.shape(name).map(<[usize]>::to_vec)
}

/// Dense weights stay as they are; a sum of half precision is rounded to f16 again, as loading it would.
fn as_stored(dtype: DType, changed: bool) -> Result<Form, ModelError> {
    match TensorType::of_dtype(dtype) {
        Some(TensorType::F16 | TensorType::Bf16) if changed => Ok(Form::Half),
        Some(kind) => Ok(Form::Exactly(kind)),
        None => Err(ModelError::Tensor("a type that is not written".to_owned())),
    }
}

/// The rows that a tensor is made of.
pub(super) fn rows<'a>(planned: &Planned, weights: &'a Weights, adapter: &Adapter) -> Result<Rows<'a>, ModelError> {
    match adapter.replaced.get(&planned.from) {
        Some(tensor) => Ok(Rows::of_tensor(tensor.clone())),
        None => weights.rows(&planned.from),
    }
}

/// What converting a model would save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Bytes of the weights on the disk now.
    pub file_before: u64,
    /// Bytes of the converted file.
    pub file_after: u64,
    /// Bytes of memory that the weights take as the file has them.
    pub memory_before: u64,
    /// Bytes of memory that they take when converted.
    pub memory_after: u64,
    /// Bytes free on the disk where the converted file will lie; none where that can't be told.
    pub free: Option<u64>,
}

/// What converting the model of `base` to `quantization`, into a file in `folder`, would save. Reads no weights.
///
/// # Errors
/// When the model's files can't be read, or it is converted already.
pub fn forecast(base: &FileSource, quantization: Quantization, folder: &Path) -> Result<Forecast, ConvertError> {
    if let FileSource::Gguf(file) = base {
        return Err(ConvertError::Converted(file.name().to_owned()));
    }
    let config = Config::from_json(&base.require("config.json")?)?;
    let weights = Weights::open(base)?;
    let planned = plan(&config, &weights, &Adapter::default(), quantization)?;
    let widest = weights.dtype("transformer.wte.weight").map_or(4, |dtype| dtype.size_in_bytes() as u64);
    // The folder is made when the first file is written into it.
    let existing = folder.ancestors().find(|folder| folder.is_dir());
    Ok(Forecast {
        file_before: weights.bytes_total(),
        file_after: planned.iter().map(Planned::bytes).sum(),
        memory_before: weights_bytes(&config, Quantization::None, widest),
        memory_after: weights_bytes(&config, quantization, 2),
        free: existing.and_then(|folder| fs4::available_space(folder).ok()),
    })
}

/// Whether the file `converted` was made of the weights in `folder`.
///
/// # Errors
/// When either can't be read.
pub fn is_made_of(folder: &Path, converted: &Path) -> Result<bool, ConvertError> {
    let file = super::GgufFile::open_own(converted)?;
    let weights = Weights::open(&FileSource::Folder(folder.to_owned()))?;
    Ok(file.text(keys::SOURCE_DIGEST) == Some(weights.digest()?.as_str()))
}

/// Whether every tensor of a file is what was written. Reads all of it.
///
/// # Errors
/// When it can't be read.
pub fn is_whole(converted: &Path) -> Result<bool, ConvertError> {
    let all = super::inspect(converted, true)?;
    Ok(all.tensors.iter().all(|tensor| tensor.whole == Some(true)))
}

/// Removes the weights of a model that was converted into `converted`: files of weights alone, and only when the
/// converted file was made of them. In the cache of downloads, what a name points to goes with it. Gives the bytes freed.
///
/// # Errors
/// When the converted file is not whole, was made of other weights, or a file can't be removed.
pub fn remove_original(folder: &Path, converted: &Path) -> Result<u64, ConvertError> {
    if !is_made_of(folder, converted)? {
        let reason = "the converted file was made of other weights".to_owned();
        return Err(ModelError::ForeignGguf { name: files::name_of(converted), reason }.into());
    }
    let weights = Weights::open(&FileSource::Folder(folder.to_owned()))?;
    if !is_whole(converted)? {
        return Err(ModelError::damaged(&files::name_of(converted), "a tensor's checksum is another").into());
    }
    let mut freed = 0;
    for path in targets(folder, weights.file_names()) {
        let len = std::fs::symlink_metadata(&path).map_or(0, |meta| meta.len());
        match std::fs::remove_file(&path) {
            Ok(()) => freed += len,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(ConvertError::Write { path, source }),
        }
    }
    Ok(freed)
}

/// The files of weights, and what links among them point to inside the same cache entry.
fn targets(folder: &Path, names: Vec<String>) -> BTreeSet<PathBuf> {
    let mut all = BTreeSet::new();
    for name in names {
        let path = folder.join(name);
        let linked = std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink());
        // `snapshots/COMMIT/name` points to `blobs/ETAG` beside `snapshots`.
        if linked
            && let (Ok(target), Some(entry)) = (path.canonicalize(), folder.parent().and_then(Path::parent))
            && entry.join("blobs").canonicalize().is_ok_and(|blobs| files::folder_of(&target) == blobs)
        {
            all.insert(target);
        }
        all.insert(path);
    }
    all
}
