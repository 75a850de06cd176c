//! An adapter as a small file of its own, so that one converted base serves several.

use std::path::Path;

use candle_core::DType;

use super::error::ConvertError;
use super::format::{ALIGNMENT, TensorType};
use super::pack::dense_bytes;
use super::writer::{Item, Row, header};
use super::{keys, names};
use crate::files::{write_atomic, write_atomic_new};
use crate::model::lora::{Part, part_of};
use crate::model::tensors::{Tensors, read_finite};
use crate::model::weights::Weights;
use crate::model::{FileSource, ModelError};

/// Small files of an adapter that are kept with it.
const SMALL_FILES: [&str; 5] =
    ["adapter_config.json", "added_tokens.json", "tokenizer.json", "vocab.json", "merges.txt"];

/// Writes the adapter of `source` for a base of the digest `base` to `out`. Gives the bytes written.
pub(super) fn write_adapter(
    source: &FileSource,
    name: &str,
    base: &str,
    out: &Path,
    overwrite: bool,
) -> Result<u64, ConvertError> {
    let weights = Weights::open_adapter(source)?;
    let mut metadata = vec![
        (keys::ARCHITECTURE.to_owned(), Item::Text(keys::GPTJ.to_owned())),
        (keys::TYPE.to_owned(), Item::Text("adapter".to_owned())),
        (keys::ADAPTER_TYPE.to_owned(), Item::Text("lora".to_owned())),
        (keys::NAME.to_owned(), Item::Text(name.to_owned())),
        (keys::FORMAT.to_owned(), Item::U32(keys::FORMAT_VERSION as u32)),
        (keys::SOURCE_DIGEST.to_owned(), Item::Text(base.to_owned())),
        (keys::ADAPTER_NAME.to_owned(), Item::Text(name.to_owned())),
        (keys::ADAPTER_DIGEST.to_owned(), Item::Text(weights.digest()?)),
    ];
    let config = source.require("adapter_config.json")?;
    let alpha = serde_json::from_slice::<serde_json::Value>(&config).ok();
    if let Some(alpha) = alpha.and_then(|config| config["lora_alpha"].as_f64()) {
        metadata.push((keys::LORA_ALPHA.to_owned(), Item::F32(alpha as f32)));
    }
    for file in SMALL_FILES {
        if let Some(bytes) = source.read(file)? {
            metadata.push((keys::of_file(file), Item::Text(text_of(file, bytes)?)));
        }
    }
    let (mut table, mut data) = (Vec::new(), Vec::new());
    for theirs in Tensors::names(&weights) {
        let ours = match part_of(&theirs) {
            Some(Part::Low { module, side }) => names::low_rank_to_gguf(&module, side),
            Some(Part::Whole(name)) => names::to_gguf(&name),
            None => None,
        };
        let ours = ours.ok_or_else(|| ModelError::UnexpectedTensor(theirs.clone()))?;
        let tensor = read_finite(&weights, &theirs)?.to_dtype(DType::F32)?;
        let bytes = dense_bytes(&tensor)?;
        let (number, offset) = (TensorType::F32.number(), data.len() as u64);
        let checksum = crc32fast::hash(&bytes);
        table.push(Row { name: ours, shape: tensor.dims().to_vec(), number, offset, checksum });
        data.extend(bytes);
        data.resize(data.len().next_multiple_of(ALIGNMENT as usize), 0);
    }
    let mut all = header(&metadata, &table);
    all.extend(data);
    let written = if overwrite { write_atomic(out, &all) } else { write_atomic_new(out, &all) };
    written.map_err(|source| ConvertError::write(out, all.len() as u64, source))?;
    Ok(all.len() as u64)
}

/// The text of a small file.
pub(super) fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, ModelError> {
    String::from_utf8(bytes).map_err(|_| ModelError::damaged(name, "not UTF-8"))
}
