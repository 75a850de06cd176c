//! A model of any size with weights that were never trained: what speed and memory are measured with where nothing was
//! downloaded. Each weight is made when it is read, so that only one is held beside the model.

use std::collections::BTreeMap;

use candle_core::quantized::GgmlDType;
use candle_core::{DType, Device, Tensor};

use super::build::{Options, build, tensors_of};
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

/// A model of the sizes in `config` on the processor, and the bytes that its weights take. `rank` is that of the adapter
/// beside it, 0 for none. The same seed gives the same weights.
///
/// # Errors
/// [`ModelError::Cancelled`] when `cancelled` says so.
pub fn random_model(
    config: Config,
    quantization: Quantization,
    rank: usize,
    seed: u64,
    cancelled: &dyn Fn() -> bool,
) -> Result<(GptJ, u64), ModelError> {
    let vocab = config.vocab_size;
    let shapes = tensors_of(&config, vocab).into_iter().collect();
    let tensors = RandomTensors { shapes, quantization, seed };
    let adapter = adapter(&config, rank, seed)?;
    let options = Options { quantization, ..Options::default() };
    build(config, vocab, &tensors, adapter, options, &Device::Cpu, &mut |_| (), cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let json = r#"{"model_type": "gptj", "n_embd": 256, "n_layer": 2, "n_head": 4, "n_positions": 128,
            "vocab_size": 301, "rotary_dim": 32}"#;
        Config::from_json(json.as_bytes()).unwrap()
    }

    fn logits(quantization: Quantization, rank: usize, seed: u64) -> Vec<f32> {
        let (model, held) = random_model(config(), quantization, rank, seed, &|| false).unwrap();
        assert_eq!(held, super::super::weights_bytes(&config(), quantization, 2), "{quantization}");
        model.forward(&[1, 2, 3], &mut model.new_cache().unwrap()).unwrap()
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
        let stopped = random_model(config(), Quantization::Q4K, 0, 1, &|| true);
        assert!(matches!(stopped, Err(ModelError::Cancelled)));
    }
}
