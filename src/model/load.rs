//! From the files of a model and its adapter to a model ready to run, with progress in bytes and a way to stop.

use candle_core::Tensor;

use super::build::{Options, build};
use super::device::{self, ChosenDevice, DeviceChoice};
use super::gguf::GgufTensors;
use super::gptj::{GptJ, Layers};
use super::lora::{Adapter, AdapterMode};
use super::memory;
use super::progress::{LoadProgress, LoadStage};
use super::quantization::{Quantization, WeightType};
use super::source::FileSource;
use super::tensors::Tensors;
use super::tokenizer::Tokenizer;
use super::weights::Weights;
use super::{Config, ModelError};
use crate::domain::ModelInfo;

/// What to load, and how.
#[derive(Debug, Clone)]
pub struct LoadRequest {
    /// Where the model's files are.
    pub base: FileSource,
    /// Where the adapter's files are.
    pub adapter: Option<FileSource>,
    /// Whether the adapter is kept apart or added to the weights.
    pub adapter_mode: AdapterMode,
    /// The form of the linear layers.
    pub quantization: Quantization,
    /// The processor.
    pub device: DeviceChoice,
    /// The type of dense weights; `None` keeps the stored one. bf16 becomes f16 on the CPU, which has no fast product for it.
    pub dtype: Option<WeightType>,
    /// The model's name, as shown.
    pub name: String,
    /// The adapter's name, as shown.
    pub adapter_name: Option<String>,
    /// It is the embedded demonstration model.
    pub demonstration: bool,
}

/// A model ready to run.
#[derive(Debug)]
pub struct Loaded {
    /// The model.
    pub model: GptJ,
    /// The tokenizer that goes with it.
    pub tokenizer: Tokenizer,
    /// What to show of it.
    pub info: ModelInfo,
}

impl Tensors for Weights {
    fn names(&self) -> Vec<String> {
        self.names().map(str::to_owned).collect()
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.shape(name).map(<[usize]>::to_vec)
    }

    fn tensor(&self, name: &str) -> Result<Tensor, ModelError> {
        self.tensor(name)
    }

    fn bytes(&self, name: &str) -> u64 {
        self.bytes_of(name)
    }
}

/// The weights of the base: as they were published, or converted.
enum Base {
    Published(Weights),
    Converted(GgufTensors),
}

/// An adapter whose tensors can be read.
struct OpenedAdapter {
    tensors: Box<dyn Tensors>,
    digest: String,
}

impl Base {
    fn open(source: &FileSource) -> Result<Self, ModelError> {
        match source {
            FileSource::Gguf(file) => Ok(Self::Converted(GgufTensors::of_model(file.clone())?)),
            _ => Ok(Self::Published(Weights::open(source)?)),
        }
    }

    fn tensors(&self) -> &dyn Tensors {
        match self {
            Self::Published(weights) => weights,
            Self::Converted(tensors) => tensors,
        }
    }

    /// Packed weights stay in the form that they have; dense ones take the form that is asked for.
    fn quantization(&self, asked: Quantization) -> Result<Quantization, ModelError> {
        match self {
            Self::Published(_) => Ok(asked),
            Self::Converted(tensors) => match tensors.quantization()? {
                Quantization::None => Ok(asked),
                packed => Ok(packed),
            },
        }
    }

    /// Whether its form was settled when it was converted.
    fn is_packed(&self) -> Result<bool, ModelError> {
        match self {
            Self::Published(_) => Ok(false),
            Self::Converted(tensors) => Ok(tensors.quantization()? != Quantization::None),
        }
    }

    /// The digest of the weights as they were published.
    fn digest(&self) -> Result<String, ModelError> {
        match self {
            Self::Published(weights) => weights.digest(),
            Self::Converted(tensors) => Ok(tensors.source_digest().to_owned()),
        }
    }

    /// The name that a converted file gives its model.
    fn name(&self) -> Option<&str> {
        match self {
            Self::Published(_) => None,
            Self::Converted(tensors) => tensors.name().filter(|name| !name.is_empty()),
        }
    }

    /// A converted file remembers that it was made of the embedded model.
    fn is_demonstration(&self) -> bool {
        match self {
            Self::Published(_) => false,
            Self::Converted(tensors) => tensors.is_demonstration(),
        }
    }

    /// Name and digest of the adapter that was merged into a converted file.
    fn merged(&self) -> Option<(&str, &str)> {
        match self {
            Self::Published(_) => None,
            Self::Converted(tensors) => tensors.adapter(),
        }
    }

    fn refuse_merged(&self) -> Result<(), ModelError> {
        let Some((name, _)) = self.merged() else { return Ok(()) };
        Err(ModelError::AdapterForAnotherBase(format!("it holds the adapter {name} already")))
    }

    /// Opens an adapter for this base. A converted one knows which weights it is for.
    fn open_adapter(&self, source: &FileSource) -> Result<OpenedAdapter, ModelError> {
        self.refuse_merged()?;
        let FileSource::Gguf(file) = source else {
            let weights = Weights::open_adapter(source)?;
            return Ok(OpenedAdapter { digest: weights.digest()?, tensors: Box::new(weights) });
        };
        let tensors = GgufTensors::of_adapter(file.clone())?;
        let (wanted, found) = (tensors.source_digest(), self.digest()?);
        if wanted != found {
            return Err(ModelError::AdapterForAnotherBase(format!("made for {wanted}, the base is {found}")));
        }
        let digest = tensors.adapter().map(|(_, digest)| digest.to_owned()).unwrap_or_default();
        Ok(OpenedAdapter { tensors: Box::new(tensors), digest })
    }
}

/// Loads a model and its adapter. `progress` is told after every tensor, `cancelled` asked before every one.
///
/// # Errors
/// [`ModelError`], which names the file, field or tensor at fault; [`ModelError::Cancelled`] when asked to stop.
pub fn load(
    request: &LoadRequest,
    progress: &mut dyn FnMut(LoadProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Loaded, ModelError> {
    load_as(request, false, progress, cancelled)
}

/// As [`load`], with quantised weights left in ggml's blocks: training reads the numbers that they stand for.
pub(crate) fn load_for_training(
    request: &LoadRequest,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Config, Layers, ModelInfo), ModelError> {
    let Loaded { model, info, .. } = load_as(request, true, &mut |_| (), cancelled)?;
    let (config, layers) = model.into_layers()?;
    Ok((config, layers, info))
}

/// The digest of the weights that a training begins with, as they were published.
///
/// # Errors
/// When they can't be read, or were converted together with an adapter: another one would be for none that there is.
pub(crate) fn digest_for_training(source: &FileSource) -> Result<String, ModelError> {
    let base = Base::open(source)?;
    base.refuse_merged()?;
    base.digest()
}

fn load_as(
    request: &LoadRequest,
    in_blocks: bool,
    progress: &mut dyn FnMut(LoadProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<Loaded, ModelError> {
    progress(LoadProgress { stage: LoadStage::Opening, bytes_done: 0, bytes_total: 0 });
    if let FileSource::Gguf(file) = &request.base {
        // What is no model is told by that, not by a part that it lacks.
        GgufTensors::of_model(file.clone())?;
    }
    let mut config = Config::from_json(&request.base.require("config.json")?)?;
    let stored_vocab = config.vocab_size;
    let chosen = device::open(request.device)?;
    let tokenizer = Tokenizer::load(&request.base, request.adapter.as_ref())?;
    let base = Base::open(&request.base)?;
    let (mut adapter_name, mut adapter_digest) = (request.adapter_name.clone(), None);
    let adapter = match &request.adapter {
        None => {
            if let Some((name, digest)) = base.merged() {
                (adapter_name, adapter_digest) = (Some(name.to_owned()), Some(digest.to_owned()));
            }
            Adapter::default()
        }
        Some(source) => {
            let opened = base.open_adapter(source)?;
            adapter_digest = Some(opened.digest);
            Adapter::read(&source.require("adapter_config.json")?, opened.tensors.as_ref(), &mut config)?
        }
    };
    if tokenizer.vocab_size() > config.vocab_size {
        let reason = format!("{} tokens, the model has {}", tokenizer.vocab_size(), config.vocab_size);
        return Err(ModelError::Tokenizer { name: "tokenizer.json".to_owned(), reason });
    }
    let options = Options {
        quantization: base.quantization(request.quantization)?,
        dtype: request.dtype.map(WeightType::dtype),
        mode: request.adapter_mode,
        in_blocks,
    };
    if chosen.device.is_cpu() {
        let dense_bytes = match options.dtype {
            Some(dtype) => dtype.size_in_bytes() as u64,
            None => base.tensors().bytes("transformer.wte.weight") / (stored_vocab * config.n_embd) as u64,
        };
        // A converted file with dense weights still takes the form that is asked for.
        let packed = base.is_packed()?;
        memory::check(&config, options.quantization, dense_bytes, memory::available_bytes(), packed)?;
    }
    let parameters = config.parameters() + adapter.parameters;
    let (model, weights_bytes) =
        build(config, stored_vocab, base.tensors(), adapter, options, &chosen.device, progress, cancelled)?;
    let ChosenDevice { name: device, fallback, .. } = chosen;
    let info = ModelInfo {
        name: base.name().unwrap_or(&request.name).to_owned(),
        digest: base.digest()?,
        adapter: adapter_name,
        adapter_digest,
        quantization: options.quantization.to_string(),
        device: device.to_owned(),
        fallback,
        parameters,
        weights_bytes,
        n_positions: model.config.n_positions,
        demonstration: request.demonstration || base.is_demonstration(),
    };
    Ok(Loaded { model, tokenizer, info })
}
