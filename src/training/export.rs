//! What a training leaves behind: an adapter as PEFT writes it, or a model as transformers does, with the tokenizer that goes
//! with it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::TrainError;
use super::folder::Folder;
use super::network::Lora;
use super::params::Params;
use super::tensors_file::write_params;
use crate::model::{Config, FileSource, ModelError};

/// Writes `adapter_config.json` and `adapter_model.safetensors`.
pub(crate) fn adapter(folder: &Folder, lora: &Lora, base: &str, params: &Params) -> Result<(), TrainError> {
    let config = json!({
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": lora.r,
        "lora_alpha": lora.alpha,
        "lora_dropout": lora.dropout,
        "target_modules": lora.target_modules,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "init_lora_weights": true,
        "layers_to_transform": null,
        "modules_to_save": null,
        "use_rslora": false,
    });
    write_params(&folder.path.join("adapter_model.safetensors"), params, "F32")?;
    folder.put("adapter_config.json", pretty(&config).as_bytes())
}

/// Writes `config.json` and `model.safetensors`; `save_as` is `f32` or `f16`.
pub(crate) fn model(folder: &Folder, base: &FileSource, params: &Params, save_as: &str) -> Result<(), TrainError> {
    let (dtype, name) = if save_as == "f16" { ("F16", "float16") } else { ("F32", "float32") };
    let config = config_json(base, &[("dtype", json!(name)), ("torch_dtype", json!(name))])?;
    write_params(&folder.path.join("model.safetensors"), params, dtype)?;
    folder.put("config.json", config.as_bytes())
}

/// The base's `config.json` with some fields set.
pub(crate) fn config_json(base: &FileSource, fields: &[(&str, Value)]) -> Result<String, TrainError> {
    let mut config: Value = serde_json::from_slice(&base.require("config.json")?)
        .map_err(|error| ModelError::Damaged { name: "config.json".to_owned(), reason: error.to_string() })?;
    config["architectures"] = json!(["GPTJForCausalLM"]);
    for (name, value) in fields {
        config[*name] = value.clone();
    }
    // Still a config that we would read ourselves.
    Config::from_json(config.to_string().as_bytes())?;
    Ok(pretty(&config))
}

/// Writes a file by its name.
pub(crate) type Put<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Result<(), TrainError>;

/// Copies the tokenizer of `sources` (the first that has one) and writes the added tokens beside it and into it, so that our
/// own reader and transformers' find them.
pub(crate) fn tokenizer(
    put: Put<'_>,
    sources: &[&FileSource],
    added: &BTreeMap<String, u32>,
) -> Result<(), TrainError> {
    for source in sources {
        if let Some(bytes) = source.read("tokenizer.json")? {
            put("tokenizer.json", with_added(&bytes, added)?.as_bytes())?;
        }
        let split = source.read("vocab.json")?.zip(source.read("merges.txt")?);
        if let Some((vocab, merges)) = &split {
            put("vocab.json", vocab)?;
            put("merges.txt", merges)?;
        }
        if split.is_some() || source.exists("tokenizer.json") {
            break;
        }
    }
    if added.is_empty() { Ok(()) } else { put("added_tokens.json", pretty(&json!(added)).as_bytes()) }
}

fn with_added(bytes: &[u8], added: &BTreeMap<String, u32>) -> Result<String, TrainError> {
    let damaged = |reason: &str| ModelError::Damaged { name: "tokenizer.json".to_owned(), reason: reason.to_owned() };
    let mut json: Value = serde_json::from_slice(bytes).map_err(|error| damaged(&error.to_string()))?;
    let mut tokens = json["added_tokens"].as_array().cloned().unwrap_or_default();
    let mut by_id: Vec<_> = added.iter().map(|(name, id)| (*id, name)).collect();
    by_id.sort_unstable();
    for (id, name) in by_id {
        if !tokens.iter().any(|token| token["content"] == json!(name)) {
            tokens.push(json!({ "id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": false }));
        }
    }
    json["added_tokens"] = Value::Array(tokens);
    Ok(json.to_string())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
