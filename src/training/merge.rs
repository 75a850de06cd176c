//! A base and its adapter as one model: Hugging Face's files, written a tensor at a time.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{DType, Tensor};
use serde_json::json;

use super::TrainError;
use super::export::{config_json, tokenizer};
use super::frozen::values;
use super::tensors_file::{Entry, put, write};
use crate::files;
use crate::model::lora::Adapter;
use crate::model::tensors::read_finite;
use crate::model::{Config, FileSource, ModelError, Tokenizer, Weights};

/// Writes `config.json`, `model.safetensors` and the tokenizer to `out`, each weight in the type that the base has it in.
///
/// # Errors
/// When the adapter is another base's, a file can't be read, or `out` holds a model already or can't be written.
pub fn merge(
    base: &FileSource,
    adapter: &FileSource,
    out: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<(), TrainError> {
    let mut config = Config::from_json(&base.require("config.json")?)?;
    let weights = Weights::open(base)?;
    let adapter_weights = Weights::open_adapter(adapter)?;
    let changes = Adapter::read(&adapter.require("adapter_config.json")?, &adapter_weights, &mut config)?;
    let words = Tokenizer::load(base, Some(adapter))?;
    if out.join("model.safetensors").exists() || out.join("config.json").exists() {
        return Err(TrainError::NotEmpty(out.to_owned()));
    }
    std::fs::create_dir_all(out).map_err(|source| TrainError::Write { path: out.to_owned(), source })?;

    // A head that shares the embedding gets weights of its own when the adapter changes one of the two alone.
    let own_head = |name: &str| changes.low_rank.contains_key("lm_head") || changes.replaced.contains_key(name);
    let untied = config.tie_word_embeddings && own_head("lm_head.weight");
    let sources = sources(&config, &weights, &changes, untied)?;
    let metadata = BTreeMap::from([("format".to_owned(), "pt".to_owned())]);
    let entries: Vec<Entry> = sources.iter().map(|(_, entry)| entry.clone()).collect();
    write(&out.join("model.safetensors"), &metadata, &entries, &mut |number, to| {
        if cancelled() {
            return Err(TrainError::Stopped);
        }
        let (stored, entry) = &sources[number];
        let tensor = match changes.replaced.get(&entry.name) {
            Some(tensor) => tensor.clone(),
            None => read_finite(&weights, stored)?,
        };
        let module = entry.name.strip_suffix(".weight").unwrap_or_default();
        let merged: Tensor = match changes.low_rank.get(module) {
            Some(low) => (tensor.to_dtype(DType::F32)? + low.up.matmul(&low.down)?)?,
            None => tensor,
        };
        put(&values(&merged)?, entry.dtype, to)
    })?;
    let fields = [
        ("vocab_size", json!(config.vocab_size)),
        ("tie_word_embeddings", json!(config.tie_word_embeddings && !untied)),
    ];
    let mut put_file = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        files::write_atomic(&path, bytes).map_err(|source| TrainError::Write { path, source })
    };
    tokenizer(&mut put_file, &[base, adapter], words.added())?;
    // Last: without it the folder is no model yet.
    put_file("config.json", config_json(base, &fields)?.as_bytes())
}

/// Each tensor of the merged model with the name that the base has it under.
fn sources(
    config: &Config,
    weights: &Weights,
    changes: &Adapter,
    untied: bool,
) -> Result<Vec<(String, Entry)>, TrainError> {
    let mut names: Vec<(String, String)> = weights.names().map(|name| (name.to_owned(), name.to_owned())).collect();
    if untied && weights.shape("lm_head.weight").is_none() {
        names.push(("transformer.wte.weight".to_owned(), "lm_head.weight".to_owned()));
    }
    for name in changes.replaced.keys().filter(|name| weights.shape(name).is_none()) {
        if !names.iter().any(|(_, known)| known == name) {
            names.push((name.clone(), name.clone()));
        }
    }
    let mut all = Vec::with_capacity(names.len());
    for (stored, name) in names {
        let mut shape = match (changes.replaced.get(&name), weights.shape(&stored)) {
            (Some(tensor), _) => tensor.dims().to_vec(),
            (None, Some(shape)) => shape.to_vec(),
            (None, None) => return Err(ModelError::MissingTensor(stored).into()),
        };
        let dtype = match weights.dtype(&stored) {
            Some(DType::F16) => "F16",
            Some(DType::BF16) => "BF16",
            _ => "F32",
        };
        // An adapter may bring an embedding of another size, never a head without it: `Adapter::read` sees to it.
        if matches!(name.as_str(), "transformer.wte.weight" | "lm_head.weight" | "lm_head.bias") {
            if shape[0] != config.vocab_size {
                let reason = format!("{name} has {} rows, the vocabulary {}", shape[0], config.vocab_size);
                return Err(ModelError::AdapterForAnotherBase(reason).into());
            }
            shape[0] = config.vocab_size;
        }
        all.push((stored, Entry { name, shape, dtype }));
    }
    // transformers wants a head of its own to have a bias.
    if untied && !all.iter().any(|(_, entry)| entry.name == "lm_head.bias") {
        return Err(ModelError::MissingTensor("lm_head.bias".to_owned()).into());
    }
    Ok(all)
}
