//! A model of any size with weights that were never trained: what speed and memory are measured with where nothing was
//! downloaded. Each weight is made when it is read, so that only one is held beside the model; or all are made once, into a
//! file that is loaded as a converted model is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use candle_core::quantized::GgmlDType;
use candle_core::{DType, Device, Tensor};

use sha2::{Digest, Sha256};

use super::build::{Options, build, tensors_of};
use super::gguf::{ConvertError, GgufFile, GgufTensors, RandomWeights, write_random};
use super::gptj::GptJ;
use super::kernels::{PackedMatrix, Pool};
use super::linear::LowRank;
use super::lora::Adapter;
use super::quantization::Quantization;
use super::tensors::Tensors;
use super::{Config, ModelError};

/// Rows of a weight that one thread makes before it rearranges them.
const ROWS_AT_ONCE: usize = 64;
/// Bytes of other weights that one thread makes at a time.
const BYTES_AT_ONCE: usize = 1 << 20;

/// Numbers that are the same in every run (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone, Copy)]
struct Numbers(u64);

impl Numbers {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    /// Those from the one on that fills the byte `at`, a multiple of eight.
    fn at_byte(self, at: usize) -> Self {
        Self(self.0.wrapping_add(Self::STEP.wrapping_mul(at as u64 / 8)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for eight in bytes.chunks_mut(8) {
            eight.copy_from_slice(&self.next().to_le_bytes()[..eight.len()]);
        }
    }
}

/// Half-precision numbers as they stand in blocks, with a standard deviation of about 0.02 for the weights.
fn set_scales(format: GgmlDType, block: &mut [u8]) {
    const TWO_TO_MINUS_12: u16 = 0x0c00;
    const TWO_TO_MINUS_13: u16 = 0x0800;
    /// 7.5 · 2^-13: as much as the middle of what four bits hold.
    const MIDDLE: u16 = 0x1380;
    const TWO_TO_MINUS_16: u16 = 0x0100;
    match format {
        GgmlDType::Q4K => {
            block[..2].copy_from_slice(&TWO_TO_MINUS_13.to_le_bytes());
            block[2..4].copy_from_slice(&MIDDLE.to_le_bytes());
        }
        GgmlDType::Q6K => block[208..].copy_from_slice(&TWO_TO_MINUS_16.to_le_bytes()),
        _ => block[..2].copy_from_slice(&TWO_TO_MINUS_12.to_le_bytes()),
    }
}

/// The tensors of a model that is in no file.
struct RandomTensors {
    shapes: BTreeMap<String, Vec<usize>>,
    quantization: Quantization,
    seed: u64,
}

impl RandomTensors {
    /// The same for the same name, in whatever order tensors are read.
    fn numbers(&self, name: &str) -> Numbers {
        let of_name = |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Numbers(name.bytes().fold(self.seed ^ 0xcbf2_9ce4_8422_2325, of_name))
    }

    /// The blocks that a layer's weight is held in. Rows of the embedding are looked up, so it has none.
    fn format(&self, name: &str) -> Option<GgmlDType> {
        match self.shapes.get(name)?.as_slice() {
            [_, columns] if !name.ends_with("wte.weight") => self.quantization.format_for(*columns),
            _ => None,
        }
    }
}

impl Tensors for RandomTensors {
    fn names(&self) -> Vec<String> {
        self.shapes.keys().cloned().collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.shapes.get(name).cloned()
    }

    fn bytes(&self, name: &str) -> u64 {
        let count: usize = self.shapes.get(name).map_or(0, |shape| shape.iter().product());
        match self.format(name) {
            Some(format) => (count / format.block_size() * format.type_size()) as u64,
            None => 2 * count as u64,
        }
    }

    fn tensor(&self, name: &str) -> Result<Tensor, ModelError> {
        let shape = self.shape(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        if shape.len() == 1 {
            let norm = name.contains(".ln_") && name.ends_with(".weight");
            return Ok(if norm {
                Tensor::ones(shape, DType::F32, &Device::Cpu)?
            } else {
                Tensor::zeros(shape, DType::F32, &Device::Cpu)?
            });
        }
        let mut bytes = vec![0; 2 * shape.iter().product::<usize>()];
        let numbers = self.numbers(name);
        let mut parts: Vec<&mut [u8]> = bytes.chunks_mut(BYTES_AT_ONCE).collect();
        Pool::shared().each(&mut parts, &|at, part| {
            numbers.at_byte(at * BYTES_AT_ONCE).fill(part);
            // Half-precision numbers of any sign between 2^-6 and 2^-5.
            for half in part.as_chunks_mut::<2>().0 {
                *half = ((u16::from_le_bytes(*half) & 0x83ff) | 0x2400).to_le_bytes();
            }
        });
        Ok(Tensor::from_raw_buffer(&bytes, DType::F16, &shape, &Device::Cpu)?)
    }

    fn block_format(&self, name: &str) -> Option<GgmlDType> {
        self.format(name)
    }

    fn blocks(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        let format = self.format(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let mut blocks = vec![0; self.bytes(name) as usize];
        fill_blocks(&mut self.numbers(name), format, &mut blocks);
        Ok(blocks)
    }

    fn pack_into(&self, name: &str, matrix: &mut PackedMatrix) -> Result<(), ModelError> {
        let format = self.format(name).ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
        let numbers = self.numbers(name);
        let (rows, row_bytes) = (matrix.rows(), matrix.row_bytes());
        Pool::shared().each(&mut matrix.parts(ROWS_AT_ONCE), &|at, part| {
            let first = at * ROWS_AT_ONCE;
            let mut blocks = vec![0; ROWS_AT_ONCE.min(rows - first) * row_bytes];
            fill_blocks(&mut numbers.at_byte(first * row_bytes), format, &mut blocks);
            part.repack(&blocks);
        });
        Ok(())
    }
}

fn fill_blocks(numbers: &mut Numbers, format: GgmlDType, blocks: &mut [u8]) {
    numbers.fill(blocks);
    for block in blocks.chunks_exact_mut(format.type_size()) {
        set_scales(format, block);
    }
}

/// Pairs of `rank` beside the queries and values of every layer, as the seed's adapter has them.
fn adapter(config: &Config, rank: usize, seed: u64) -> Result<Adapter, ModelError> {
    let mut adapter = Adapter::default();
    if rank == 0 {
        return Ok(adapter);
    }
    let mut numbers = Numbers(seed ^ 0x10ca);
    let mut matrix = |rows: usize, columns: usize| {
        let mut next = || ((numbers.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * 0.02;
        Tensor::from_vec((0..rows * columns).map(|_| next()).collect::<Vec<_>>(), (rows, columns), &Device::Cpu)
    };
    for layer in 0..config.n_layer {
        for module in ["q_proj", "v_proj"] {
            let pair = LowRank { down: matrix(rank, config.n_embd)?, up: matrix(config.n_embd, rank)? };
            adapter.low_rank.insert(format!("transformer.h.{layer}.attn.{module}"), pair);
            adapter.parameters += 2 * (rank * config.n_embd) as u64;
        }
    }
    Ok(adapter)
}

/// Random weights: what they are made of.
#[derive(Debug, Clone)]
pub struct RandomModel {
    name: String,
    config_json: String,
    config: Config,
    quantization: Quantization,
    seed: u64,
}

impl RandomModel {
    /// Of the sizes in `config_json`, a model's `config.json`, of which `layers` may take the place of the number of layers. The
    /// same seed gives the same weights. `name` is a file's name, or part of one.
    ///
    /// # Errors
    /// When these are no sizes of a GPT-J.
    pub fn new(
        name: &str,
        config_json: &[u8],
        layers: Option<usize>,
        quantization: Quantization,
        seed: u64,
    ) -> Result<Self, ModelError> {
        let mut json: serde_json::Value =
            serde_json::from_slice(config_json).map_err(|error| ModelError::damaged(name, &error.to_string()))?;
        if let Some(layers) = layers {
            json["n_layer"] = layers.into();
        }
        let config_json = json.to_string();
        let config = Config::from_json(config_json.as_bytes())?;
        Ok(Self { name: name.to_owned(), config_json, config, quantization, seed })
    }

    fn tensors(&self) -> RandomTensors {
        let shapes = tensors_of(&self.config, self.config.vocab_size).into_iter().collect();
        RandomTensors { shapes, quantization: self.quantization, seed: self.seed }
    }

    /// Makes the model on the processor, and gives the bytes that its weights take too. `rank` is that of the adapter beside
    /// it, 0 for none.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] when `cancelled` says so.
    pub fn make(&self, rank: usize, cancelled: &dyn Fn() -> bool) -> Result<(GptJ, u64), ModelError> {
        self.build(&self.tensors(), rank, cancelled)
    }

    /// Writes the weights into a file in `folder`, unless they stand there: named by sizes, layers, form and seed. What else has
    /// that name, or was cut short, is written anew. Gives the file, and whether it was written.
    ///
    /// # Errors
    /// [`ConvertError`]: there is no room for it, or it can't be written.
    pub fn keep_in(&self, folder: &Path, cancelled: &dyn Fn() -> bool) -> Result<(PathBuf, bool), ConvertError> {
        let digest = self.digest();
        let Self { name, config, quantization, seed, .. } = self;
        let file = format!("{name}-{}-{quantization}-{seed}-{}.gguf", config.n_layer, &digest[..8]);
        let path = folder.join(file);
        if self.opened(&path).is_ok() {
            return Ok((path, false));
        }
        let tensors = self.tensors();
        let weights = RandomWeights {
            name,
            config,
            config_json: &self.config_json,
            quantization: *quantization,
            tensors: &tensors,
            digest: &digest,
        };
        write_random(&weights, &path, cancelled)?;
        Ok((path, true))
    }

    /// Loads the model of a file of [`Self::keep_in`], as [`Self::make`] makes it.
    ///
    /// # Errors
    /// When the file has not these weights, or was changed.
    pub fn load(&self, path: &Path, rank: usize, cancelled: &dyn Fn() -> bool) -> Result<(GptJ, u64), ModelError> {
        self.build(&self.opened(path)?, rank, cancelled)
    }

    fn opened(&self, path: &Path) -> Result<GgufTensors, ModelError> {
        let tensors = GgufTensors::of_model(GgufFile::open_own(path)?)?;
        if tensors.source_digest() == self.digest() {
            return Ok(tensors);
        }
        Err(ModelError::damaged(&crate::files::name_of(path), "other random weights"))
    }

    /// Names the weights: everything that they depend on.
    fn digest(&self) -> String {
        let made_of = format!("{} {} {}", self.config_json, self.quantization, self.seed);
        data_encoding::HEXLOWER.encode(&Sha256::digest(made_of)[..16])
    }

    fn build(
        &self,
        tensors: &dyn Tensors,
        rank: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(GptJ, u64), ModelError> {
        let (config, vocab) = (self.config.clone(), self.config.vocab_size);
        let adapter = adapter(&config, rank, self.seed)?;
        let options = Options { quantization: self.quantization, ..Options::default() };
        build(config, vocab, tensors, adapter, options, &Device::Cpu, &mut |_| (), cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    const SIZES: &[u8] = br#"{"model_type": "gptj", "n_embd": 256, "n_layer": 9, "n_head": 4, "n_positions": 128,
        "vocab_size": 301, "rotary_dim": 32}"#;

    fn random(quantization: Quantization, seed: u64) -> RandomModel {
        RandomModel::new("small", SIZES, Some(2), quantization, seed).unwrap()
    }

    fn logits_of(model: &GptJ) -> Vec<f32> {
        model.forward(&[1, 2, 3], &mut model.new_cache().unwrap()).unwrap()
    }

    fn logits(quantization: Quantization, rank: usize, seed: u64) -> Vec<f32> {
        let random = random(quantization, seed);
        let made = random.make(rank, &|| false).unwrap();
        assert_eq!(made.1, super::super::weights_bytes(&random.config, quantization, 2), "{quantization}");
        logits_of(&made.0)
    }

    #[test]
    fn a_seed_gives_the_same_finite_logits_in_every_form() {
        for quantization in Quantization::ALL {
            let found = logits(quantization, 4, 1);
            assert!(found.iter().all(|logit| logit.is_finite()), "{quantization}");
            let spread = found.iter().fold(f32::MIN, |a, b| a.max(*b)) - found.iter().fold(f32::MAX, |a, b| a.min(*b));
            assert!(spread > 0.1 && spread < 100.0, "{quantization} {spread}");
            assert_eq!(found, logits(quantization, 4, 1));
            assert_ne!(found, logits(quantization, 4, 2));
            assert_ne!(found, logits(quantization, 0, 1));
        }
    }

    #[test]
    fn it_can_be_stopped() {
        let stopped = random(Quantization::Q4K, 1).make(0, &|| true);
        assert!(matches!(stopped, Err(ModelError::Cancelled)));
    }

    #[test]
    fn a_file_holds_the_same_weights_and_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        for quantization in Quantization::ALL {
            let random = random(quantization, 1);
            let (path, written) = random.keep_in(folder.path(), &|| false).unwrap();
            assert!(written);
            assert_eq!(
                logits_of(&random.load(&path, 4, &|| false).unwrap().0),
                logits(quantization, 4, 1),
                "{quantization}"
            );
            let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
            assert_eq!(random.keep_in(folder.path(), &|| false).unwrap(), (path.clone(), false));
            assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), modified);
        }
        // Other layers and other seeds are other files; nothing else is left there.
        let others =
            [random(Quantization::Q4K, 2), RandomModel::new("small", SIZES, Some(1), Quantization::Q4K, 1).unwrap()];
        for other in &others {
            assert!(other.keep_in(folder.path(), &|| false).unwrap().1);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), Quantization::ALL.len() + others.len());
    }

    #[test]
    fn a_file_that_was_cut_is_written_anew_and_one_that_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let random = random(Quantization::Q8_0, 1);
        let (path, _) = random.keep_in(folder.path(), &|| false).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for left in [0, 100, bytes.len() / 2, bytes.len() - 64] {
            files::write_atomic(&path, &bytes[..left]).unwrap();
            assert_eq!(random.keep_in(folder.path(), &|| false).unwrap(), (path.clone(), true), "{left}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        files::write_atomic(&path, &changed).unwrap();
        assert!(matches!(random.load(&path, 0, &|| false), Err(ModelError::TensorDamaged { .. })));
    }

    #[test]
    fn a_file_that_was_stopped_is_not_there_and_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let random = random(Quantization::Q6K, 1);
        let mut left = 5;
        let looked = std::cell::RefCell::new(&mut left);
        let stopped = random.keep_in(folder.path(), &|| {
            let mut left = looked.borrow_mut();
            **left -= 1;
            **left == 0
        });
        assert!(matches!(stopped, Err(ConvertError::Cancelled)));
        let names = || -> Vec<String> {
            std::fs::read_dir(folder.path()).unwrap().map(|entry| files::name_of(&entry.unwrap().path())).collect()
        };
        assert!(names().iter().all(|name| name.starts_with('.')), "{:?}", names());
        let (path, _) = random.keep_in(folder.path(), &|| false).unwrap();
        assert_eq!(names(), [files::name_of(&path)]);
        assert_eq!(logits_of(&random.load(&path, 0, &|| false).unwrap().0), logits(Quantization::Q6K, 0, 1));
    }

    #[test]
    fn a_disk_without_room_is_told_before_anything_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let sizes = br#"{"model_type": "gptj", "n_embd": 1048576, "n_layer": 100, "n_head": 16384, "n_positions": 128,
            "vocab_size": 301, "rotary_dim": 32}"#;
        let huge = RandomModel::new("huge", sizes, None, Quantization::Q8_0, 1).unwrap();
        let full = huge.keep_in(folder.path(), &|| panic!("nothing is made"));
        assert!(matches!(full, Err(ConvertError::NoSpace { needed, available, .. }) if needed > available), "{full:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
