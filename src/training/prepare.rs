//! All that can be found out before any time is spent: recipe, tokens, samples, whether a run can go on; then the model.

use candle_core::Device;
use sha2::{Digest, Sha256};

use super::TrainError;
use super::checkpoint::OriginDigests;
use super::learner::Learner;
use super::network::Network;
use super::params::Params;
use super::run::TrainJob;
use super::sample::{Encoded, LossOn, Sample};
use crate::domain::Fallback;
use crate::model::device::{self, ChosenDevice};
use crate::model::load::{digest_for_training, load_for_training};
use crate::model::lora::Adapter;
use crate::model::{
    AdapterMode, Config, DeviceChoice, LoadRequest, ModelError, Quantization, Tokenizer, WeightType, Weights,
};
use crate::prompt::{END, START};

/// A training that is ready to begin.
pub(crate) struct Prepared {
    pub(crate) learner: Learner,
    pub(crate) params: Params,
    pub(crate) train: Vec<Encoded>,
    pub(crate) validation: Vec<Encoded>,
    /// Samples that were cut to the window, and tokens that fell off.
    pub(crate) cut: (usize, usize),
    pub(crate) origin: OriginDigests,
    pub(crate) tokenizer: Tokenizer,
    /// What the card says of the base.
    pub(crate) base: BaseFacts,
}

/// The base, for the card.
#[derive(Debug, Clone, Default)]
pub(crate) struct BaseFacts {
    pub(crate) parameters: u64,
    pub(crate) digest: String,
    /// Where it is trained, in words.
    pub(crate) device: String,
    /// Set when a graphics card should have been used and can't be.
    pub(crate) fallback: Option<Fallback>,
}

impl BaseFacts {
    /// Of a model that is trained whole.
    fn on(chosen: ChosenDevice, parameters: u64, digest: String) -> (Self, Device) {
        let ChosenDevice { device, name, fallback } = chosen;
        (Self { parameters, digest, device: name.to_owned(), fallback }, device)
    }
}

pub(crate) fn prepare(
    job: &TrainJob,
    before: Option<&OriginDigests>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Prepared, TrainError> {
    let recipe = &job.recipe;
    recipe.check()?;
    let config = Config::from_json(&job.base.require("config.json")?)?;
    let tokenizer = with_tokens(Tokenizer::load(&job.base, job.start.as_ref())?, &config, recipe.add_tokens)?;
    let window = if recipe.window == 0 { config.n_positions } else { recipe.window.min(config.n_positions) };
    let mut cut = (0, 0);
    let train = encode(job, &job.data.train, recipe.facts_share, &tokenizer, window, &mut cut)?;
    let validation = encode(job, &job.data.validation, 0.0, &tokenizer, window, &mut cut)?;
    if train.is_empty() {
        return Err(TrainError::NoSamples(job.out.clone()));
    }
    let origin = digests(job)?;
    if let Some(what) = before.and_then(|before| before.difference(&origin)) {
        return Err(TrainError::OtherRun { folder: job.out.clone(), what });
    }
    let (network, params, base, device) = network(job, config, cancelled)?;
    let learner = Learner::new(network, device, job.threads, recipe.checkpointing, job.tensors)?;
    Ok(Prepared { learner, params, train, validation, cut, origin, tokenizer, base })
}

/// `<SH>` and `<EH>` must be tokens of their own: without an end the model would never learn to stop.
fn with_tokens(mut tokenizer: Tokenizer, config: &Config, add: bool) -> Result<Tokenizer, TrainError> {
    for token in [START, END] {
        if tokenizer.token_id(token).is_some() {
            continue;
        }
        if !add {
            return Err(TrainError::NoEndToken { token });
        }
        if tokenizer.vocab_size() >= config.vocab_size {
            return Err(TrainError::NoFreeRow { token });
        }
        tokenizer = tokenizer.with_added(token);
    }
    Ok(tokenizer)
}

fn encode(
    job: &TrainJob,
    samples: &[Sample],
    facts_share: f64,
    tokenizer: &Tokenizer,
    window: usize,
    cut: &mut (usize, usize),
) -> Result<Vec<Encoded>, TrainError> {
    samples
        .iter()
        .enumerate()
        .map(|(number, sample)| {
            let loss = if facts_count(number, facts_share) { LossOn::Whole } else { job.recipe.loss };
            let encoded = sample.encode(tokenizer, job.recipe.pieces, loss, window)?;
            if encoded.targets() == 0 {
                return Err(TrainError::NothingToLearn { origin: sample.origin.clone(), window });
            }
            cut.0 += usize::from(encoded.cut > 0);
            cut.1 += encoded.cut;
            Ok(encoded)
        })
        .collect()
}

/// Whether the facts of a sample count, so that of the first n samples `share` do, for every n.
fn facts_count(number: usize, share: f64) -> bool {
    (share * (number + 1) as f64).floor() > (share * number as f64).floor()
}

fn digests(job: &TrainJob) -> Result<OriginDigests, TrainError> {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(&Sha256::digest(bytes));
    let mut model = hex(&job.base.require("config.json")?);
    if !job.recipe.fresh {
        model += &digest_for_training(&job.base)?;
    }
    if let Some(start) = &job.start {
        model += &Weights::open_adapter(start)?.digest()?;
    }
    // How fast or where it runs is no part of it.
    Ok(OriginDigests {
        recipe: hex(job.recipe.to_toml().as_bytes()),
        data: job.data.digest(),
        model: hex(model.as_bytes()),
    })
}

fn network(
    job: &TrainJob,
    config: Config,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Network, Params, BaseFacts, Device), TrainError> {
    let recipe = &job.recipe;
    if recipe.fresh {
        let (network, params) = Network::fresh(config, recipe.seed)?;
        let (base, device) = BaseFacts::on(device::open(job.device)?, params.count() as u64, String::new());
        return Ok((network, params, base, device));
    }
    let request = LoadRequest {
        base: job.base.clone(),
        adapter: None,
        adapter_mode: AdapterMode::Beside,
        quantization: if recipe.full { Quantization::None } else { recipe.quantization()? },
        // What is trained is kept on the host and sent at each step: of a whole model nothing stays on the device.
        device: if recipe.full { DeviceChoice::Cpu } else { job.device },
        dtype: recipe.full.then_some(WeightType::F32),
        name: job.base_name.clone(),
        adapter_name: None,
        demonstration: false,
    };
    let (own, layers, info) = load_for_training(&request, cancelled).map_err(|error| match error {
        ModelError::Cancelled => TrainError::Stopped,
        error => error.into(),
    })?;
    let (network, mut params, base, device) = if recipe.full {
        let (network, params) = Network::full(own, &layers)?;
        let (base, device) = BaseFacts::on(device::open(job.device)?, config.parameters(), info.digest);
        (network, params, base, device)
    } else {
        let (digest, fallback) = (info.digest, info.fallback);
        let base = BaseFacts { parameters: config.parameters(), digest, device: info.device, fallback };
        let device = layers.wte.device().clone();
        let (network, params) = Network::lora(own, layers, &recipe.lora, recipe.seed)?;
        (network, params, base, device)
    };
    if let Some(start) = &job.start {
        begin_from(start, recipe, config, &mut params)?;
    }
    Ok((network, params, base, device))
}

/// Puts an adapter's numbers where the fresh ones are.
fn begin_from(
    start: &crate::model::FileSource,
    recipe: &super::recipe::Recipe,
    mut config: Config,
    params: &mut Params,
) -> Result<(), TrainError> {
    let weights = Weights::open_adapter(start)?;
    let adapter_config = start.require("adapter_config.json")?;
    // Refuses what another base's adapter is, by the reader that inference uses.
    let read = Adapter::read(&adapter_config, &weights, &mut config)?;
    let fields: serde_json::Value = serde_json::from_slice(&adapter_config).unwrap_or_default();
    let same =
        fields["r"].as_u64() == Some(recipe.lora.r as u64) && fields["lora_alpha"].as_f64() == Some(recipe.lora.alpha);
    if recipe.full || !same || !read.replaced.is_empty() || fields["use_rslora"] == true {
        let reason = "r, alpha or what it changes differs from the recipe".to_owned();
        return Err(ModelError::AdapterForAnotherBase(reason).into());
    }
    let names: Vec<String> = weights.names().map(str::to_owned).collect();
    for name in &names {
        let number = params.find(&name.replace(".default.weight", ".weight"));
        let number = number.ok_or_else(|| ModelError::UnexpectedTensor(name.clone()))?;
        params.all[number].values = super::frozen::values(&weights.tensor(name)?)?;
    }
    if names.len() != params.all.len() {
        return Err(ModelError::MissingTensor("lora_A, lora_B".to_owned()).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_samples_whose_facts_count_is_spread_evenly() {
        let counted = |share, first, last| (first..last).filter(|number| facts_count(*number, share)).count();
        assert_eq!((counted(0.0, 0, 1000), counted(1.0, 0, 1000), counted(0.35, 0, 1000)), (0, 1000, 350));
        assert!((0..100).all(|ten| (3..=4).contains(&counted(0.35, 10 * ten, 10 * ten + 10))));
    }
}
