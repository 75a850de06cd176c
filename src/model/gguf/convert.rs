//! From a model's folder to one file. The partial file and its journal lie beside the new file until it is whole, so that
//! a conversion that was stopped goes on where it was, and nobody meets half a file under the new name.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::adapter::{text_of, write_adapter};
use super::error::ConvertError;
use super::format::{ALIGNMENT, TensorType};
use super::journal::{Done, Journal};
use super::pack::{Packed, Target, Work, pack};
use super::prepare::{Form, Planned, plan, rows};
use super::writer::{Item, Row, header};
use super::{GgufFile, keys};
use crate::files::{folder_of, name_of, put_in_place, read_exact_at, write_all_at};
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
    let mut writing = Writing::begin(request, &source)?;
    writing.tensors(&source, progress, cancelled)?;
    let (bytes, resumed) = writing.finish(request, &source)?;
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
struct Source {
    weights: Weights,
    digest: String,
    /// Empty when it stays beside the base.
    adapter: Adapter,
    plan: Vec<Planned>,
    metadata: Vec<(String, Item)>,
}

impl Source {
    fn open(request: &ConvertRequest) -> Result<Self, ConvertError> {
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
        let mut metadata = described(request, &config, &digest);
        metadata.push((keys::PARAMETERS.to_owned(), Item::U64(config.parameters())));
        if let Some(adapter_digest) = adapter_digest {
            let name = request.adapter_name.clone().unwrap_or_default();
            metadata.push((keys::ADAPTER_NAME.to_owned(), Item::Text(name)));
            metadata.push((keys::ADAPTER_DIGEST.to_owned(), Item::Text(adapter_digest)));
        }
        let config_json =
            with_vocabulary(&config_json, (config.vocab_size != stored_vocab).then_some(config.vocab_size));
        metadata.push((keys::of_file("config.json"), Item::Text(text_of("config.json", config_json)?)));
        small_files(&mut metadata, base, merged)?;
        Ok(Self { weights, digest, adapter, plan, metadata })
    }

    fn bytes(&self) -> u64 {
        self.plan.iter().map(|planned| planned.source_bytes).sum()
    }
}

/// The model in the specification's words.
fn described(request: &ConvertRequest, config: &Config, digest: &str) -> Vec<(String, Item)> {
    let of_gptj = |key: &str| format!("{}.{key}", keys::GPTJ);
    let size = |size: usize| Item::U32(size as u32);
    // llama.cpp's numbers for the form that most tensors have.
    let file_type = match request.quantization {
        Quantization::None => 1,
        Quantization::Q8_0 => 7,
        Quantization::Q4K => 14,
        Quantization::Q6K => 18,
    };
    let mut all = vec![
        (keys::ARCHITECTURE.to_owned(), Item::Text(keys::GPTJ.to_owned())),
        (keys::TYPE.to_owned(), Item::Text("model".to_owned())),
        (keys::NAME.to_owned(), Item::Text(request.name.clone())),
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
        (keys::QUANTIZATION.to_owned(), Item::Text(request.quantization.to_string())),
        (keys::SOURCE_DIGEST.to_owned(), Item::Text(digest.to_owned())),
    ];
    if let Some(licence) = request.licence.clone().or_else(|| licence_of(&request.base)) {
        all.push((keys::LICENCE.to_owned(), Item::Text(licence)));
    }
    if matches!(request.base, FileSource::Embedded(_)) {
        all.push((keys::DEMONSTRATION.to_owned(), Item::U32(1)));
    }
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

/// The file while it is written.
struct Writing {
    file: File,
    partial: PathBuf,
    journal_path: PathBuf,
    journal: Journal,
    /// Finished tensors.
    table: Vec<Row>,
    resumed: usize,
    data_start: u64,
    /// Where the next tensor begins, from the beginning of the data.
    end: u64,
    needed: u64,
}

impl Writing {
    fn begin(request: &ConvertRequest, source: &Source) -> Result<Self, ConvertError> {
        let (partial, journal_path) = beside(&request.out);
        let folder = folder_of(&request.out);
        std::fs::create_dir_all(folder).map_err(|error| ConvertError::write(&request.out, 0, error))?;
        let data_start = header(&source.metadata, &placeholders(&source.plan)).len() as u64;
        let needed = data_start + source.plan.iter().map(Planned::bytes).sum::<u64>();
        let write = |error: io::Error| match error.kind() {
            io::ErrorKind::WouldBlock => ConvertError::Busy(request.out.clone()),
            _ => ConvertError::write(&request.out, needed, error),
        };
        let fingerprint = fingerprint(request, source, data_start)?;
        let (journal, done) = Journal::open(&journal_path, &fingerprint).map_err(write)?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&partial);
        let file = file.map_err(write)?;
        let mut writing =
            Self { file, partial, journal_path, journal, table: Vec::new(), resumed: 0, data_start, end: 0, needed };
        writing.check_space(folder)?;
        writing.take_up(source, &done);
        Ok(writing)
    }

    fn check_space(&self, folder: &Path) -> Result<(), ConvertError> {
        let here = allocated(&self.file);
        let needed = self.needed.saturating_sub(here);
        match fs4::available_space(folder) {
            Ok(available) if available < needed => {
                if here == 0 {
                    std::fs::remove_file(&self.partial).ok();
                    std::fs::remove_file(&self.journal_path).ok();
                }
                Err(ConvertError::NoSpace { folder: folder.to_owned(), needed, available })
            }
            _ => Ok(()),
        }
    }

    /// Believes what the journal says as far as the partial file bears it out.
    fn take_up(&mut self, source: &Source, done: &[Done]) {
        for (done, planned) in done.iter().zip(&source.plan) {
            let starts_here = done.name == planned.name && done.offset == self.end;
            if !starts_here || self.checksum(done.offset, done.bytes).ok() != Some(done.checksum) {
                break;
            }
            self.push(planned, done.clone());
            self.resumed += 1;
        }
    }

    fn checksum(&self, offset: u64, bytes: u64) -> io::Result<u32> {
        let mut hash = crc32fast::Hasher::new();
        let mut piece = vec![0; 1 << 20];
        let mut at = 0;
        while at < bytes {
            let len = piece.len().min((bytes - at) as usize);
            read_exact_at(&self.file, &mut piece[..len], self.data_start + offset + at)?;
            hash.update(&piece[..len]);
            at += len as u64;
        }
        Ok(hash.finalize())
    }

    fn push(&mut self, planned: &Planned, done: Done) {
        self.end = (done.offset + done.bytes).next_multiple_of(ALIGNMENT);
        let (name, shape) = (done.name, planned.shape.clone());
        self.table.push(Row { name, shape, number: done.number, offset: done.offset, checksum: done.checksum });
    }

    fn tensors(
        &mut self,
        source: &Source,
        progress: &mut dyn FnMut(ConvertProgress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), ConvertError> {
        let bytes_total = source.bytes();
        let begun = self.table.len();
        let mut bytes_done: u64 = source.plan[..begun].iter().map(|planned| planned.source_bytes).sum();
        progress(ConvertProgress { bytes_done, bytes_total });
        for planned in &source.plan[begun..] {
            if cancelled() {
                return Err(ConvertError::Cancelled);
            }
            let mut here = 0;
            let mut tell = |bytes| {
                here += bytes;
                let bytes_done = bytes_done + here.min(planned.source_bytes);
                progress(ConvertProgress { bytes_done, bytes_total });
            };
            let done = self.tensor(source, planned, &mut tell, cancelled)?;
            self.journal.add(&done).map_err(|error| ConvertError::write(&self.journal_path, self.needed, error))?;
            self.push(planned, done);
            bytes_done += planned.source_bytes;
        }
        progress(ConvertProgress { bytes_done, bytes_total });
        Ok(())
    }

    fn tensor(
        &self,
        source: &Source,
        planned: &Planned,
        tell: &mut dyn FnMut(u64),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Done, ConvertError> {
        let low_rank = planned.module.as_ref().and_then(|module| source.adapter.low_rank.get(module));
        let kind = match planned.form {
            Form::Exactly(kind) => kind,
            Form::Half => TensorType::F16,
        };
        let rows = rows(planned, &source.weights, &source.adapter)?;
        let mut work = Work { name: &planned.from, rows, low_rank: low_rank.cloned(), kind };
        let offset = self.data_start + self.end;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let target = Target { file: &self.file, path: &self.partial, offset, threads };
        let mut packed = pack(&work, &target, tell, cancelled)?;
        if matches!(packed, Packed::Overflow) {
            work.kind = TensorType::F32;
            packed = pack(&work, &target, tell, cancelled)?;
        }
        let Packed::Whole { bytes, checksum } = packed else {
            return Err(ModelError::NotFinite(planned.from.clone()).into());
        };
        Ok(Done { name: planned.name.clone(), number: work.kind.number(), offset: self.end, bytes, checksum })
    }

    /// Puts the header before the tensors and gives the file its name.
    fn finish(self, request: &ConvertRequest, source: &Source) -> Result<(u64, usize), ConvertError> {
        let failed = |error| ConvertError::write(&request.out, self.needed, error);
        let bytes = self.data_start + self.end;
        self.file.set_len(bytes).map_err(failed)?;
        write_all_at(&self.file, &header(&source.metadata, &self.table), 0).map_err(failed)?;
        // What was written is read as a loader will read it, before it takes the name of a file that was good.
        GgufFile::open_own(&self.partial)?;
        put_in_place(&self.partial, &request.out, request.overwrite).map_err(failed)?;
        if let Err(error) = std::fs::remove_file(&self.journal_path) {
            tracing::warn!(%error, "the journal of a finished conversion can't be removed");
        }
        Ok((bytes, self.resumed))
    }
}

/// The names of the partial file and of its journal.
fn beside(out: &Path) -> (PathBuf, PathBuf) {
    let name = name_of(out);
    (out.with_file_name(format!(".{name}.part")), out.with_file_name(format!(".{name}.part.journal")))
}

/// The tensors before they are made: a header of them is as long as the real one.
fn placeholders(plan: &[Planned]) -> Vec<Row> {
    let row = |planned: &Planned| Row {
        name: planned.name.clone(),
        shape: planned.shape.clone(),
        number: 0,
        offset: 0,
        checksum: 0,
    };
    plan.iter().map(row).collect()
}

/// Bytes that the partial file has on the disk already; its length may promise more.
fn allocated(file: &File) -> u64 {
    let Ok(meta) = file.metadata() else { return 0 };
    #[cfg(unix)]
    let bytes = meta.len().min(std::os::unix::fs::MetadataExt::blocks(&meta) * 512);
    #[cfg(not(unix))]
    let bytes = meta.len();
    bytes
}

/// Everything that must be the same for a conversion to go on: the source and its files' times, the form, the header.
fn fingerprint(request: &ConvertRequest, source: &Source, data_start: u64) -> Result<String, ConvertError> {
    let mut hash = Sha256::new();
    hash.update(format!("{} {} {}\n", keys::FORMAT_VERSION, request.quantization, data_start));
    hash.update(&source.digest);
    for name in source.weights.file_names() {
        if let Some(folder) = request.base.folder() {
            let meta = std::fs::metadata(folder.join(&name));
            let meta = meta.map_err(|source| ModelError::Unreadable { name: name.clone(), source })?;
            hash.update(format!("{name} {} {:?}\n", meta.len(), meta.modified().ok()));
        }
    }
    hash.update(header(&source.metadata, &placeholders(&source.plan)));
    let digest = hash.finalize();
    Ok(data_encoding::HEXLOWER.encode(&digest[..16]))
}
