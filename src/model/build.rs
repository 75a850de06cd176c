//! From named tensors to layers: names and shapes are checked before any weight is read, then one tensor at a time is
//! read, converted and put on the device, so that memory stays at the model and one tensor.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{DType, Device, Tensor};
use candle_nn::LayerNorm;

use super::attention::Attention;
use super::gptj::{Block, Body, GptJ, Layers, Mlp};
use super::kernels::{BlockFormat, PackedMatrix};
use super::linear::{Linear, LowRank, Weight};
use super::lora::{Adapter, AdapterMode};
use super::packed::{PackedModel, Parts};
use super::progress::{LoadProgress, LoadStage};
use super::quantization::{Quantization, kernel_format, quantize, quantize_packed};
use super::rotary::Rotary;
use super::tensors::{Tensors, all_finite, is_buffer, read_finite};
use super::{Config, ModelError};

/// How tensors become layers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    pub(crate) quantization: Quantization,
    pub(crate) dtype: Option<DType>,
    pub(crate) mode: AdapterMode,
    /// Quantised weights stay in ggml's blocks also where our own kernels could run them.
    pub(crate) in_blocks: bool,
}

impl Options {
    /// The form of our own kernels that weights of `format` take on `device`.
    fn kernel_format(self, format: GgmlDType, device: &Device) -> Option<BlockFormat> {
        kernel_format(format).filter(|_| device.is_cpu() && !self.in_blocks)
    }
}

/// Builds the model from tensors whose embedding has `stored_vocab` rows. Gives the bytes that its weights take too.
#[allow(clippy::too_many_arguments)]
pub(crate) fn build(
    config: Config,
    stored_vocab: usize,
    tensors: &dyn Tensors,
    adapter: Adapter,
    options: Options,
    device: &Device,
    progress: &mut dyn FnMut(LoadProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<(GptJ, u64), ModelError> {
    let shapes = expected_shapes(&config, stored_vocab);
    check_names(&config, &shapes, tensors)?;
    let bytes_total = shapes.keys().map(|name| tensors.bytes(name)).sum();
    let mut builder = Builder {
        config: &config,
        tensors,
        adapter,
        options,
        device: device.clone(),
        progress,
        cancelled,
        bytes_done: 0,
        bytes_total,
        held: 0,
    };
    let wte = builder.embedding()?;
    let blocks = (0..config.n_layer).map(|layer| builder.block(layer)).collect::<Result<Vec<_>, _>>()?;
    let ln_f = builder.norm("transformer.ln_f")?;
    let lm_head = builder.head()?;
    let held = builder.held;
    let all_packed = lm_head.is_packed() && blocks.iter().all(Block::is_packed);
    let body = if all_packed {
        Body::Packed(Box::new(PackedModel::new(Parts { wte, blocks, ln_f, lm_head }, &config)?))
    } else {
        let rotary = Rotary::new(&config, device)?;
        Body::Tensors(Box::new(Layers { wte, blocks, ln_f, lm_head, rotary }))
    };
    Ok((GptJ { device: device.clone(), body, config }, held))
}

/// Refuses a base with a tensor that is missing, extra or of another shape.
pub(crate) fn check(config: &Config, stored_vocab: usize, tensors: &dyn Tensors) -> Result<(), ModelError> {
    check_names(config, &expected_shapes(config, stored_vocab), tensors)
}

fn expected_shapes(config: &Config, stored_vocab: usize) -> BTreeMap<String, Vec<usize>> {
    tensors_of(config, stored_vocab).into_iter().collect()
}

/// Every tensor that the model needs, with its shape in the base's files, in the order in which they are read.
pub(crate) fn tensors_of(config: &Config, stored_vocab: usize) -> Vec<(String, Vec<usize>)> {
    let (width, inner) = (config.n_embd, config.n_inner);
    let mut shapes = Vec::new();
    let mut add = |name: String, shape: &[usize]| shapes.push((name, shape.to_vec()));
    add("transformer.wte.weight".to_owned(), &[stored_vocab, width]);
    for layer in 0..config.n_layer {
        let block = format!("transformer.h.{layer}");
        for part in ["weight", "bias"] {
            add(format!("{block}.ln_1.{part}"), &[width]);
        }
        for module in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            add(format!("{block}.attn.{module}.weight"), &[width, width]);
        }
        add(format!("{block}.mlp.fc_in.weight"), &[inner, width]);
        add(format!("{block}.mlp.fc_in.bias"), &[inner]);
        add(format!("{block}.mlp.fc_out.weight"), &[width, inner]);
        add(format!("{block}.mlp.fc_out.bias"), &[width]);
    }
    for part in ["weight", "bias"] {
        add(format!("transformer.ln_f.{part}"), &[width]);
    }
    add("lm_head.weight".to_owned(), &[stored_vocab, width]);
    add("lm_head.bias".to_owned(), &[stored_vocab]);
    shapes
}

/// Finds what is missing, extra or of another shape before anything is read.
fn check_names(
    config: &Config,
    shapes: &BTreeMap<String, Vec<usize>>,
    tensors: &dyn Tensors,
) -> Result<(), ModelError> {
    let names: BTreeSet<String> = tensors.names().into_iter().collect();
    for (name, expected) in shapes {
        match tensors.shape(name) {
            Some(found) if found == *expected => {}
            Some(found) => {
                return Err(ModelError::TensorShape { name: name.clone(), expected: expected.clone(), found });
            }
            // A tied head has no weight of its own, and its bias may be left out.
            None if config.tie_word_embeddings && name.starts_with("lm_head.") => {}
            None => return Err(ModelError::MissingTensor(name.clone())),
        }
    }
    match names.into_iter().find(|name| !shapes.contains_key(name) && !is_buffer(name)) {
        Some(name) => Err(ModelError::UnexpectedTensor(name)),
        None => Ok(()),
    }
}

/// A weight as it was found.
enum Found {
    Dense(Tensor),
    /// Quantised already, by a converted file.
    Packed {
        weight: Weight,
        rows: usize,
    },
}

impl Found {
    fn rows(&self) -> usize {
        match self {
            Self::Dense(tensor) => tensor.dims()[0],
            Self::Packed { rows, .. } => *rows,
        }
    }
}

/// Turns tensors into layers, one after the other.
struct Builder<'a> {
    config: &'a Config,
    tensors: &'a dyn Tensors,
    adapter: Adapter,
    options: Options,
    device: Device,
    progress: &'a mut dyn FnMut(LoadProgress),
    cancelled: &'a dyn Fn() -> bool,
    bytes_done: u64,
    bytes_total: u64,
    /// Bytes of weights in the model.
    held: u64,
}

impl Builder<'_> {
    /// A tensor of the base's, or the one that the adapter puts in its place.
    fn read(&mut self, name: &str) -> Result<Tensor, ModelError> {
        if (self.cancelled)() {
            return Err(ModelError::Cancelled);
        }
        let tensor = match self.adapter.replaced.get(name) {
            Some(tensor) => tensor.clone(),
            None => read_finite(self.tensors, name)?,
        };
        self.tell(name);
        Ok(tensor)
    }

    /// The weight of a linear layer: in blocks where a converted file holds it so and the adapter has no other.
    fn read_weight(&mut self, name: &str) -> Result<Found, ModelError> {
        let stored = self.tensors.block_format(name).filter(|_| !self.adapter.replaced.contains_key(name));
        let Some(format) = stored else { return Ok(Found::Dense(self.read(name)?)) };
        if (self.cancelled)() {
            return Err(ModelError::Cancelled);
        }
        let shape = self.tensors.shape(name).unwrap_or_default();
        let &[rows, columns] = shape.as_slice() else {
            return Err(ModelError::MissingTensor(name.to_owned()));
        };
        let weight = if let Some(packed) = self.options.kernel_format(format, &self.device) {
            let mut matrix = PackedMatrix::zeroed(packed, rows, columns);
            self.tensors.pack_into(name, &mut matrix)?;
            Weight::Packed(matrix)
        } else {
            let storage = QStorage::from_data(self.tensors.blocks(name)?.into(), &self.device, format)?;
            Weight::Quantized(QMatMul::from_qtensor(QTensor::new(storage, (rows, columns))?)?)
        };
        self.tell(name);
        Ok(Found::Packed { weight, rows })
    }

    fn tell(&mut self, name: &str) {
        self.bytes_done = (self.bytes_done + self.tensors.bytes(name)).min(self.bytes_total);
        let (bytes_done, bytes_total) = (self.bytes_done, self.bytes_total);
        (self.progress)(LoadProgress { stage: LoadStage::Weights, bytes_done, bytes_total });
    }

    /// On the device in the type that dense weights have there. f16 that would overflow stays f32.
    fn dense(&mut self, tensor: &Tensor, wanted: Option<DType>) -> Result<Tensor, ModelError> {
        let mut dtype = wanted.unwrap_or_else(|| tensor.dtype());
        if self.device.is_cpu() && dtype == DType::BF16 {
            dtype = DType::F16;
        }
        let mut converted = tensor.to_dtype(dtype)?;
        if dtype == DType::F16 && tensor.dtype() != dtype && !all_finite(&converted) {
            converted = tensor.to_dtype(DType::F32)?;
        }
        self.held += (converted.elem_count() * converted.dtype().size_in_bytes()) as u64;
        Ok(converted.to_device(&self.device)?)
    }

    fn vector(&mut self, name: &str) -> Result<Tensor, ModelError> {
        let tensor = self.read(name)?;
        self.dense(&tensor, Some(DType::F32))
    }

    fn norm(&mut self, name: &str) -> Result<LayerNorm, ModelError> {
        let weight = self.vector(&format!("{name}.weight"))?;
        let bias = self.vector(&format!("{name}.bias"))?;
        Ok(LayerNorm::new(weight, bias, self.config.layer_norm_epsilon))
    }

    /// Rows are looked up, not multiplied: half precision is enough beside quantised layers.
    fn embedding(&mut self) -> Result<Tensor, ModelError> {
        let tensor = self.read("transformer.wte.weight")?;
        self.check_rows("transformer.wte.weight", tensor.dims()[0])?;
        let wanted = match self.options.quantization {
            Quantization::None => self.options.dtype,
            _ => Some(self.options.dtype.unwrap_or(DType::F16)),
        };
        self.dense(&tensor, wanted)
    }

    fn weight(&mut self, mut tensor: Tensor, low_rank: Option<&LowRank>) -> Result<Weight, ModelError> {
        let stored = tensor.dtype();
        if let Some(low_rank) = low_rank {
            tensor = (tensor.to_dtype(DType::F32)? + low_rank.up.matmul(&low_rank.down)?)?;
        }
        let columns = tensor.dim(1)?;
        let Some(format) = self.options.quantization.format_for(columns) else {
            return Ok(Weight::Dense(self.dense(&tensor, Some(self.options.dtype.unwrap_or(stored)))?));
        };
        let weight = if let Some(packed) = self.options.kernel_format(format, &self.device) {
            Weight::Packed(quantize_packed(&tensor, format, packed, self.cancelled)?)
        } else {
            let packed = quantize(&tensor, format, &self.device, self.cancelled)?;
            Weight::Quantized(QMatMul::from_qtensor(packed)?)
        };
        self.held += weight.bytes();
        Ok(weight)
    }

    /// A linear layer from its weight. What is packed already can't be added to: the adapter stays beside it.
    fn linear_from(&mut self, module: &str, found: Found, bias: Option<Tensor>) -> Result<Linear, ModelError> {
        let (weight, beside) = match (found, self.options.mode) {
            (Found::Packed { weight, .. }, _) => {
                self.held += weight.bytes();
                (weight, self.adapter.take(module, &self.device)?)
            }
            (Found::Dense(tensor), AdapterMode::Beside) => {
                let beside = self.adapter.take(module, &self.device)?;
                (self.weight(tensor, None)?, beside)
            }
            (Found::Dense(tensor), AdapterMode::Merged) => {
                let low_rank = self.adapter.take(module, &Device::Cpu)?;
                (self.weight(tensor, low_rank.as_ref())?, None)
            }
        };
        Ok(Linear { weight, bias, beside })
    }

    fn linear(&mut self, module: &str, with_bias: bool) -> Result<Linear, ModelError> {
        let found = self.read_weight(&format!("{module}.weight"))?;
        let bias = if with_bias { Some(self.vector(&format!("{module}.bias"))?) } else { None };
        self.linear_from(module, found, bias)
    }

    fn block(&mut self, layer: usize) -> Result<Block, ModelError> {
        let block = format!("transformer.h.{layer}");
        let ln_1 = self.norm(&format!("{block}.ln_1"))?;
        let attn = Attention {
            q_proj: self.linear(&format!("{block}.attn.q_proj"), false)?,
            k_proj: self.linear(&format!("{block}.attn.k_proj"), false)?,
            v_proj: self.linear(&format!("{block}.attn.v_proj"), false)?,
            out_proj: self.linear(&format!("{block}.attn.out_proj"), false)?,
            n_head: self.config.n_head,
            head_dim: self.config.head_dim(),
        };
        let mlp = Mlp {
            fc_in: self.linear(&format!("{block}.mlp.fc_in"), true)?,
            fc_out: self.linear(&format!("{block}.mlp.fc_out"), true)?,
            activation: self.config.activation,
        };
        Ok(Block { ln_1, attn, mlp })
    }

    /// The head's rows follow the embedding's: an adapter that resized the vocabulary may bring one without the other.
    fn head(&mut self) -> Result<Linear, ModelError> {
        let replaced = |name: &str| self.adapter.replaced.contains_key(name);
        let own = !self.config.tie_word_embeddings
            || replaced("lm_head.weight")
            || (self.tensors.head_apart() && !replaced("transformer.wte.weight"));
        let found = self.read_weight(if own { "lm_head.weight" } else { "transformer.wte.weight" })?;
        self.check_rows("lm_head.weight", found.rows())?;
        let has_bias =
            self.adapter.replaced.contains_key("lm_head.bias") || self.tensors.shape("lm_head.bias").is_some();
        let bias = if has_bias { Some(self.vector("lm_head.bias")?) } else { None };
        if let Some(bias) = &bias {
            self.check_rows("lm_head.bias", bias.dims()[0])?;
        }
        self.linear_from("lm_head", found, bias)
    }

    fn check_rows(&self, name: &str, rows: usize) -> Result<(), ModelError> {
        if rows == self.config.vocab_size {
            return Ok(());
        }
        let reason = format!("{name} has {rows} rows, the vocabulary {}", self.config.vocab_size);
        Err(ModelError::AdapterForAnotherBase(reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::path::{Path, PathBuf};

    struct Map(HashMap<String, Tensor>);

    impl Tensors for Map {
        fn names(&self) -> Vec<String> {
            self.0.keys().cloned().collect()
        }

        fn shape(&self, name: &str) -> Option<Vec<usize>> {
            self.0.get(name).map(|tensor| tensor.dims().to_vec())
        }

        fn bytes(&self, name: &str) -> u64 {
            self.0.get(name).map_or(0, |tensor| 4 * tensor.elem_count() as u64)
        }

        fn tensor(&self, name: &str) -> Result<Tensor, ModelError> {
            self.0.get(name).cloned().ok_or_else(|| ModelError::MissingTensor(name.to_owned()))
        }
    }

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gptj").join(name)
    }

    fn tensors(path: &str) -> Map {
        Map(candle_core::safetensors::load(fixture(path), &Device::Cpu).unwrap())
    }

    fn config(name: &str) -> Config {
        Config::from_json(&std::fs::read(fixture(name).join("base/config.json")).unwrap()).unwrap()
    }

    fn build_from(config: Config, map: &Map, options: Options) -> Result<(GptJ, u64), ModelError> {
        let vocab = config.vocab_size;
        build(config, vocab, map, Adapter::default(), options, &Device::Cpu, &mut |_| (), &|| false)
    }

    #[test]
    fn logits_are_those_of_transformers() {
        let (model, _) =
            build_from(config("seed_like"), &tensors("seed_like/base/model.safetensors"), Options::default()).unwrap();
        let expected = tensors("seed_like/expected.safetensors");
        let ids: Vec<u32> = expected.0["ids"].to_dtype(DType::U32).unwrap().to_vec1().unwrap();
        let logits = model.forward_all(&ids, &mut model.new_cache().unwrap()).unwrap();
        let logits = logits.narrow(0, ids.len() - 20, 20).unwrap();
        let far = (logits - &expected.0["base.logits"]).unwrap().abs().unwrap().max_all().unwrap();
        assert!(far.to_scalar::<f32>().unwrap() < 1e-4, "{far}");
    }

    fn seed_like() -> (Config, Map) {
        (config("seed_like"), tensors("seed_like/base/model.safetensors"))
    }

    fn error_of(config: Config, map: &Map) -> ModelError {
        build_from(config, map, Options::default()).err().unwrap()
    }

    #[test]
    fn a_missing_an_extra_and_a_wrongly_shaped_tensor_are_named() {
        let name = "transformer.h.1.mlp.fc_in.bias";
        let (config, mut map) = seed_like();
        let tensor = map.0.remove(name).unwrap();
        assert!(matches!(error_of(config.clone(), &map), ModelError::MissingTensor(missing) if missing == name));

        map.0.insert(name.to_owned(), tensor.narrow(0, 0, 3).unwrap());
        let refused = error_of(config.clone(), &map);
        assert!(
            matches!(&refused, ModelError::TensorShape { name: found, expected, found: shape }
                if found == name && expected == &[144] && shape == &[3]),
            "{refused}"
        );

        map.0.insert(name.to_owned(), tensor.clone());
        map.0.insert("transformer.h.2.ln_1.bias".to_owned(), tensor);
        assert!(
            matches!(error_of(config, &map), ModelError::UnexpectedTensor(extra) if extra == "transformer.h.2.ln_1.bias")
        );
    }

    #[test]
    fn mask_buffers_are_ignored() {
        let (config, mut map) = seed_like();
        let mask = Tensor::ones((1, 1, 128, 128), DType::U8, &Device::Cpu).unwrap();
        map.0.insert("transformer.h.0.attn.bias".to_owned(), mask);
        let value = Tensor::new(-1e9f32, &Device::Cpu).unwrap();
        map.0.insert("transformer.h.0.attn.masked_bias".to_owned(), value);
        assert!(build_from(config, &map, Options::default()).is_ok());
    }

    #[test]
    fn a_single_value_that_is_no_number_is_refused() {
        let name = "transformer.h.0.attn.k_proj.weight";
        for bad in [f32::NAN, f32::INFINITY] {
            for dtype in [DType::F32, DType::F16, DType::BF16] {
                let (config, mut map) = seed_like();
                let mut values: Vec<f32> = map.0[name].flatten_all().unwrap().to_vec1().unwrap();
                values[700] = bad;
                let tensor = Tensor::from_vec(values, (36, 36), &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
                map.0.insert(name.to_owned(), tensor);
                assert!(matches!(error_of(config, &map), ModelError::NotFinite(found) if found == name));
            }
        }
    }

    fn layers(model: &GptJ) -> &Layers {
        let Body::Tensors(layers) = &model.body else { panic!("packed") };
        layers
    }

    #[test]
    fn quantised_layers_on_the_processor_are_packed() {
        let map = tensors("quant/base/model.safetensors");
        for quantization in Quantization::ALL {
            let options = Options { quantization, ..Options::default() };
            let (model, _) = build_from(config("quant"), &map, options).unwrap();
            assert_eq!(matches!(model.body, Body::Packed(_)), quantization != Quantization::None);
        }
    }

    #[test]
    fn a_weight_too_large_for_half_precision_stays_whole() {
        let (config, mut map) = seed_like();
        let name = "transformer.h.0.mlp.fc_in.weight";
        let large = (&map.0[name] * 1e6).unwrap();
        map.0.insert(name.to_owned(), large);
        let options = Options { dtype: Some(DType::F16), ..Options::default() };
        let (model, _) = build_from(config, &map, options).unwrap();
        let Weight::Dense(weight) = &layers(&model).blocks[0].mlp.fc_in.weight else { panic!("not dense") };
        assert_eq!(weight.dtype(), DType::F32);
        let Weight::Dense(weight) = &layers(&model).blocks[0].mlp.fc_out.weight else { panic!("not dense") };
        assert_eq!(weight.dtype(), DType::F16);
    }

    #[test]
    fn brain_floats_are_kept_in_half_precision_on_the_cpu() {
        let map = tensors("bfloat/base/model.safetensors");
        let (model, held) = build_from(config("bfloat"), &map, Options::default()).unwrap();
        assert_eq!(layers(&model).wte.dtype(), DType::F16);
        assert_eq!(held, super::super::weights_bytes(&model.config, Quantization::None, 2));
    }

    #[test]
    fn quantised_layers_take_what_was_foretold() {
        let map = tensors("quant/base/model.safetensors");
        for quantization in Quantization::ALL {
            let options = Options { quantization, ..Options::default() };
            let (model, held) = build_from(config("quant"), &map, options).unwrap();
            assert_eq!(held, super::super::weights_bytes(&model.config, quantization, 2), "{quantization}");
        }
    }
}
