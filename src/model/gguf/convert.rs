//! From a model's folder to one file.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::adapter::{text_of, write_adapter};
use super::error::ConvertError;
use super::format::TensorType;
use super::keys;
use super::pack::{Packed, Target, Work, pack};
use super::prepare::{Planned, plan, rows};
use super::writer::Item;
use super::writing::{Content, Put, write};
use crate::files::name_of;
use crate::model::lora::{Adapter, AdapterMode};
use crate::model::weights::Weights;
use crate::model::{Config, FileSource, ModelError, Quantization, Tokenizer};

/// What to convert, and into what.
#[derive(Debug, Clone)]
pub struct ConvertRequest {
    /// The model's files.
    pub base: FileSource,
    /// The adapter's files.
    pub adapter: Option<FileSource>,
    /// Whether the adapter goes into the weights or into a file of its own, [`Self::adapter_out`].
    pub adapter_mode: AdapterMode,
    /// The form of the linear layers.
    pub quantization: Quantization,
    /// The new file.
    pub out: PathBuf,
    /// Replace files that are there.
    pub overwrite: bool,
    /// The model's name, as shown.
    pub name: String,
    /// The adapter's name, as shown.
    pub adapter_name: Option<String>,
    /// The licence, where it is known; else it is looked for in the model's README.
    pub licence: Option<String>,
}

impl ConvertRequest {
    /// Where an adapter goes that stays beside the base.
    pub fn adapter_out(&self) -> PathBuf {
        self.out.with_extension("adapter.gguf")
    }
}

/// How far a conversion has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvertProgress {
    /// Bytes of the source that are in the new file.
    pub bytes_done: u64,
    /// Bytes of the source.
    pub bytes_total: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The model.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// The adapter beside it.
    pub adapter: Option<PathBuf>,
    /// Tensors that were there from a conversion that was stopped.
    pub resumed: usize,
}

/// Converts a model. `progress` is told after every few megabytes, `cancelled` asked as often.
///
/// # Errors
/// [`ConvertError`]; what was finished by then is kept for the next attempt.
pub fn convert(
    request: &ConvertRequest,
    progress: &mut dyn FnMut(ConvertProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Converted, ConvertError> {
    let beside = request.adapter.as_ref().filter(|_| request.adapter_mode == AdapterMode::Beside);
    let adapter_name = request.adapter_name.clone().unwrap_or_default();
    if let FileSource::Gguf(file) = &request.base {
        // A converted base takes no harm from one more adapter beside it.
        let Some(adapter) = beside else { return Err(ConvertError::Converted(name_of(file.path()))) };
        let base = file.text(keys::SOURCE_DIGEST).unwrap_or_default();
        let bytes = write_adapter(adapter, &adapter_name, base, &request.out, request.overwrite)?;
        return Ok(Converted { path: request.out.clone(), bytes, adapter: None, resumed: 0 });
    }
    if !request.overwrite {
        let wanted = std::iter::once(request.out.clone()).chain(beside.map(|_| request.adapter_out()));
        if let Some(path) = wanted.into_iter().find(|path| path.exists()) {
            return Err(ConvertError::Exists(path));
        }
    }
    let source = Source::open(request)?;
    let (bytes, resumed) = write(&source, &request.out, request.overwrite, progress, cancelled)?;
    let adapter = match beside {
        None => None,
        Some(adapter) => {
            let out = request.adapter_out();
            write_adapter(adapter, &adapter_name, &source.digest, &out, request.overwrite)?;
            Some(out)
        }
    };
    Ok(Converted { path: request.out.clone(), bytes, adapter, resumed })
}

/// What is converted.
struct Source<'a> {
    request: &'a ConvertRequest,
    weights: Weights,
    digest: String,
    /// Empty when it stays beside the base.
    adapter: Adapter,
    plan: Vec<Planned>,
    metadata: Vec<(String, Item)>,
}

impl<'a> Source<'a> {
    fn open(request: &'a ConvertRequest) -> Result<Self, ConvertError> {
        let base = &request.base;
        let config_json = base.require("config.json")?;
        let mut config = Config::from_json(&config_json)?;
        let stored_vocab = config.vocab_size;
        let weights = Weights::open(base)?;
        crate::model::build::check(&config, stored_vocab, &weights)?;
        let digest = weights.digest()?;
        let merged = request.adapter.as_ref().filter(|_| request.adapter_mode == AdapterMode::Merged);
        let mut adapter_digest = None;
        let mut adapter = Adapter::default();
        if let Some(source) = &request.adapter {
            // One that stays beside is read all the same: a wrong one is better refused before an hour's work.
            let mut with_adapter = config.clone();
            let tensors = Weights::open_adapter(source)?;
            let found = Adapter::read(&source.require("adapter_config.json")?, &tensors, &mut with_adapter)?;
            if merged.is_some() {
                adapter_digest = Some(tensors.digest()?);
                adapter = found;
                config = with_adapter;
            }
        }
        let plan = plan(&config, &weights, &adapter, request.quantization)?;
        let mut metadata = described(&request.name, request.quantization, &config, &digest);
        if let Some(licence) = request.licence.clone().or_else(|| licence_of(base)) {
            metadata.push((keys::LICENCE.to_owned(), Item::Text(licence)));
        }
        if matches!(base, FileSource::Embedded(_)) {
            metadata.push((keys::DEMONSTRATION.to_owned(), Item::U32(1)));
        }
        if let Some(adapter_digest) = adapter_digest {
            let name = request.adapter_name.clone().unwrap_or_default();
            metadata.push((keys::ADAPTER_NAME.to_owned(), Item::Text(name)));
            metadata.push((keys::ADAPTER_DIGEST.to_owned(), Item::Text(adapter_digest)));
        }
        let config_json =
            with_vocabulary(&config_json, (config.vocab_size != stored_vocab).then_some(config.vocab_size));
        metadata.push((keys::of_file("config.json"), Item::Text(text_of("config.json", config_json)?)));
        small_files(&mut metadata, base, merged)?;
        Ok(Self { request, weights, digest, adapter, plan, metadata })
    }
}

/// The model in the specification's words.
pub(super) fn described(name: &str, quantization: Quantization, config: &Config, digest: &str) -> Vec<(String, Item)> {
    let of_gptj = |key: &str| format!("{}.{key}", keys::GPTJ);
    let size = |size: usize| Item::U32(size as u32);
    // llama.cpp's numbers for the form that most tensors have.
    let file_type = match quantization {
        Quantization::None => 1,
        Quantization::Q8_0 => 7,
        Quantization::Q4K => 14,
        Quantization::Q6K => 18,
    };
    let mut all = vec![
        (keys::ARCHITECTURE.to_owned(), Item::Text(keys::GPTJ.to_owned())),
        (keys::TYPE.to_owned(), Item::Text("model".to_owned())),
        (keys::NAME.to_owned(), Item::Text(name.to_owned())),
        (keys::FILE_TYPE.to_owned(), Item::U32(file_type)),
        (keys::QUANTIZATION_VERSION.to_owned(), Item::U32(2)),
        (of_gptj("context_length"), size(config.n_positions)),
        (of_gptj("embedding_length"), size(config.n_embd)),
        (of_gptj("block_count"), size(config.n_layer)),
        (of_gptj("feed_forward_length"), size(config.n_inner)),
        (of_gptj("attention.head_count"), size(config.n_head)),
        (of_gptj("attention.layer_norm_epsilon"), Item::F32(config.layer_norm_epsilon as f32)),
        (of_gptj("rope.dimension_count"), size(config.rotary_dim)),
        (of_gptj("vocab_size"), size(config.vocab_size)),
        (keys::FORMAT.to_owned(), Item::U32(keys::FORMAT_VERSION as u32)),
        (keys::QUANTIZATION.to_owned(), Item::Text(quantization.to_string())),
        (keys::SOURCE_DIGEST.to_owned(), Item::Text(digest.to_owned())),
    ];
    all.push((keys::PARAMETERS.to_owned(), Item::U64(config.parameters())));
    if let Some(id) = config.eos_token_id {
        all.push((keys::EOS.to_owned(), Item::U32(id)));
    }
    all
}

/// The licence that the head of a model's README names.
fn licence_of(base: &FileSource) -> Option<String> {
    let readme = String::from_utf8(base.read("README.md").ok()??).ok()?;
    let head = readme.strip_prefix("---")?.split("\n---").next()?;
    let licence = head.lines().find_map(|line| line.strip_prefix("license:"))?.trim();
    (!licence.is_empty()).then(|| licence.to_owned())
}

/// The configuration, with the number of rows that a merged adapter brought.
fn with_vocabulary(config_json: &[u8], rows: Option<usize>) -> Vec<u8> {
    let parsed = rows.and_then(|rows| Some((rows, serde_json::from_slice::<serde_json::Value>(config_json).ok()?)));
    let Some((rows, mut config)) = parsed else { return config_json.to_vec() };
    config["vocab_size"] = rows.into();
    config.to_string().into_bytes()
}

/// The tokenizer's files, and the added tokens of base and merged adapter together.
fn small_files(
    metadata: &mut Vec<(String, Item)>,
    base: &FileSource,
    merged: Option<&FileSource>,
) -> Result<(), ConvertError> {
    let tokenizer = Tokenizer::load(base, merged)?;
    let has = |source: &FileSource, names: &[&str]| names.iter().all(|name| source.exists(name));
    let sets: [&[&str]; 2] = [&["tokenizer.json"], &["vocab.json", "merges.txt"]];
    let found = [Some(base), merged].into_iter().flatten();
    let found = found.flat_map(|source| sets.map(|set| (source, set))).find(|(source, set)| has(source, set));
    if let Some((source, set)) = found {
        for name in set {
            metadata.push((keys::of_file(name), Item::Text(text_of(name, source.require(name)?)?)));
        }
    }
    let added = serde_json::to_string(tokenizer.added()).unwrap_or_default();
    metadata.push((keys::of_file("added_tokens.json"), Item::Text(added)));
    Ok(())
}

impl Content for Source<'_> {
    fn metadata(&self) -> &[(String, Item)] {
        &self.metadata
    }

    fn plan(&self) -> &[Planned] {
        &self.plan
    }

    /// The source and its files' times, the form, the header.
    fn fingerprint(&self, header: &[u8]) -> Result<String, ConvertError> {
        let mut hash = Sha256::new();
        hash.update(format!("{} {} {}\n", keys::FORMAT_VERSION, self.request.quantization, header.len()));
        hash.update(&self.digest);
        for name in self.weights.file_names() {
            if let Some(folder) = self.request.base.folder() {
                let meta = std::fs::metadata(folder.join(&name));
                let meta = meta.map_err(|source| ModelError::Unreadable { name: name.clone(), source })?;
                hash.update(format!("{name} {} {:?}\n", meta.len(), meta.modified().ok()));
            }
        }
        hash.update(header);
        let digest = hash.finalize();
        Ok(data_encoding::HEXLOWER.encode(&digest[..16]))
    }

    fn put(
        &self,
        planned: &Planned,
        target: &Target<'_>,
        tell: &mut dyn FnMut(u64),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Put, ConvertError> {
        let low_rank = planned.module.as_ref().and_then(|module| self.adapter.low_rank.get(module));
        let rows = rows(planned, &self.weights, &self.adapter)?;
        let mut work = Work { name: &planned.from, rows, low_rank: low_rank.cloned(), kind: planned.form.kind() };
        let mut packed = pack(&work, target, tell, cancelled)?;
        if matches!(packed, Packed::Overflow) {
            work.kind = TensorType::F32;
            packed = pack(&work, target, tell, cancelled)?;
        }
        let Packed::Whole { bytes, checksum } = packed else {
            return Err(ModelError::NotFinite(planned.from.clone()).into());
        };
        Ok(Put { number: work.kind.number(), bytes, checksum })
    }
}
