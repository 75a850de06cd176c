//! LoRA adapters as PEFT saves them (Hu et al. 2021): low-rank changes of linear layers, and embeddings of their own.
//!
//! What would change the result and is not supported is refused by name; every other unknown key of the config is ignored.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Device, Tensor};
use serde_json::Value;

use super::linear::LowRank;
use super::tensors::{Tensors, read_finite};
use super::{Config, ModelError};

const FILE: &str = "adapter_config.json";

/// The linear layers of a block that an adapter may change, and the folder of the block that each lies in.
pub const MODULES: [(&str, &str); 6] = [
    ("q_proj", "attn"),
    ("k_proj", "attn"),
    ("v_proj", "attn"),
    ("out_proj", "attn"),
    ("fc_in", "mlp"),
    ("fc_out", "mlp"),
];

/// How an adapter is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AdapterMode {
    /// Kept apart and added to each result: works beside quantised weights, without rounding.
    #[default]
    Beside,
    /// Added to the weights at load: no cost afterwards.
    Merged,
}

/// `adapter_config.json`, as far as it matters.
#[derive(Debug, Clone, PartialEq)]
struct AdapterConfig {
    alpha: f64,
    /// Scale by the root of the rank (Kalajdzievski 2023).
    rank_stabilised: bool,
    /// The plain names among `target_modules`; a pattern gives none.
    targets: Vec<String>,
    /// The layers adapted; `None` means all.
    layers: Option<Vec<usize>>,
}

impl AdapterConfig {
    fn from_json(bytes: &[u8]) -> Result<Self, ModelError> {
        let fields: Value = serde_json::from_slice(bytes)
            .map_err(|error| ModelError::Damaged { name: FILE.to_owned(), reason: error.to_string() })?;
        let refuse = |field: &str, reason: String| Err(ModelError::config(FILE, field, reason));
        match fields["peft_type"].as_str() {
            None | Some("LORA") => {}
            Some(other) => return refuse("peft_type", format!("{other:?} is not LORA")),
        }
        match fields["bias"].as_str() {
            None | Some("none") => {}
            Some(other) => return refuse("bias", format!("{other:?} is not supported, only \"none\"")),
        }
        // Each of these computes something else than W + BA.
        for field in [
            "use_dora",
            "lora_bias",
            "use_qalora",
            "use_bdlora",
            "alpha_pattern",
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens",
        ] {
            if is_set(&fields[field]) {
                return refuse(field, "not supported".to_owned());
            }
        }
        // These start by changing the base's own weights, which the adapter's files do not hold.
        if let Some(start) = fields["init_lora_weights"].as_str()
            && ["pissa", "olora", "corda", "loftq"].iter().any(|name| start.starts_with(name))
        {
            return refuse("init_lora_weights", format!("{start:?} is not supported"));
        }
        let Some(alpha) = fields["lora_alpha"].as_f64().filter(|alpha| alpha.is_finite()) else {
            return refuse("lora_alpha", "missing or not a number".to_owned());
        };
        let names = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let layers = match &fields["layers_to_transform"] {
            Value::Null => None,
            Value::Array(layers) => Some(layers.iter().filter_map(Value::as_u64).map(|layer| layer as usize).collect()),
            layer => Some(layer.as_u64().map(|layer| layer as usize).into_iter().collect()),
        };
        Ok(Self {
            alpha,
            rank_stabilised: fields["use_rslora"].as_bool().unwrap_or(false),
            targets: names(&fields["target_modules"]),
            layers,
        })
    }

    fn scaling(&self, rank: usize) -> f64 {
        let rank = rank as f64;
        self.alpha / if self.rank_stabilised { rank.sqrt() } else { rank }
    }
}

/// Neither null, false, nor empty.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(items) => !items.is_empty(),
        _ => true,
    }
}

/// An adapter checked against the base that it is for, on the CPU in f32.
#[derive(Debug, Default)]
pub(crate) struct Adapter {
    /// By the name of the base's module, such as `transformer.h.0.attn.q_proj`.
    pub(crate) low_rank: BTreeMap<String, LowRank>,
    /// Tensors that take the place of the base's: embedding, head and the head's bias.
    pub(crate) replaced: BTreeMap<String, Tensor>,
    /// How many numbers it holds.
    pub(crate) parameters: u64,
}

impl Adapter {
    /// Reads an adapter for a base of the sizes in `base`, whose vocabulary becomes that of the adapter's embedding.
    ///
    /// # Errors
    /// [`ModelError::AdapterForAnotherBase`] where shapes or layers differ, [`ModelError::UnexpectedTensor`] for what is
    /// no part of a GPT-J, [`ModelError::Config`] for what the config asks and is not supported.
    pub(crate) fn read(config: &[u8], tensors: &dyn Tensors, base: &mut Config) -> Result<Self, ModelError> {
        let config = AdapterConfig::from_json(config)?;
        let mut adapter = Self::default();
        let mut pairs: BTreeMap<String, BTreeMap<char, Tensor>> = BTreeMap::new();
        for name in tensors.names() {
            let tensor = read_finite(tensors, &name)?.to_dtype(DType::F32)?;
            adapter.parameters += tensor.elem_count() as u64;
            match part_of(&name) {
                Some(Part::Low { module, side }) => {
                    pairs.entry(module).or_default().insert(side, tensor);
                }
                Some(Part::Whole(target)) => {
                    adapter.replaced.insert(target, tensor);
                }
                None => return Err(ModelError::UnexpectedTensor(name)),
            }
        }
        adapter.take_vocabulary(base)?;
        for (module, mut sides) in pairs {
            let (Some(down), Some(up)) = (sides.remove(&'A'), sides.remove(&'B')) else {
                return Err(ModelError::MissingTensor(format!("{module}.lora_A or lora_B")));
            };
            let low_rank = fit(&module, down, &up, base, &config)?;
            adapter.low_rank.insert(module, low_rank);
        }
        adapter.check_complete(&config, base)?;
        Ok(adapter)
    }

    /// Moves what stays beside the base to its device.
    pub(crate) fn take(&mut self, module: &str, device: &Device) -> Result<Option<LowRank>, ModelError> {
        let Some(low_rank) = self.low_rank.remove(module) else { return Ok(None) };
        Ok(Some(LowRank { down: low_rank.down.to_device(device)?, up: low_rank.up.to_device(device)? }))
    }

    /// An embedding that was resized for added tokens sets the size of the vocabulary, and must agree with the head.
    fn take_vocabulary(&self, base: &mut Config) -> Result<(), ModelError> {
        let mut rows = BTreeSet::new();
        for (name, tensor) in &self.replaced {
            let is_bias = name == "lm_head.bias";
            let width_fits = if is_bias { tensor.rank() == 1 } else { tensor.dims().get(1) == Some(&base.n_embd) };
            if !width_fits {
                let reason = format!("{name} has shape {:?}, the base has a width of {}", tensor.dims(), base.n_embd);
                return Err(ModelError::AdapterForAnotherBase(reason));
            }
            rows.insert(tensor.dims()[0]);
        }
        if rows.len() > 1 {
            let reason = "embedding and head have different numbers of rows";
            return Err(ModelError::Damaged { name: "the adapter".to_owned(), reason: reason.to_owned() });
        }
        if let Some(rows) = rows.pop_first() {
            base.vocab_size = rows;
        }
        Ok(())
    }

    /// Every module that the config names must be there in every layer: an adapter for fewer layers would run, and
    /// silently do half of its work.
    fn check_complete(&self, config: &AdapterConfig, base: &Config) -> Result<(), ModelError> {
        if self.low_rank.is_empty() && self.replaced.is_empty() {
            return Err(ModelError::MissingTensor("lora_A, lora_B".to_owned()));
        }
        for (module, folder) in MODULES {
            if !config.targets.iter().any(|target| target.rsplit('.').next() == Some(module)) {
                continue;
            }
            // A full path names one layer alone: its tensors have been checked by themselves.
            if !config.targets.iter().any(|target| target == module) {
                continue;
            }
            let layers = config.layers.clone().unwrap_or_else(|| (0..base.n_layer).collect());
            for layer in layers {
                let name = format!("transformer.h.{layer}.{folder}.{module}");
                if !self.low_rank.contains_key(&name) {
                    let reason = format!("it has nothing for {name}, the base has {} layers", base.n_layer);
                    return Err(ModelError::AdapterForAnotherBase(reason));
                }
            }
        }
        Ok(())
    }
}

/// Where a tensor of an adapter belongs.
pub(crate) enum Part {
    /// One side of a low-rank pair.
    Low { module: String, side: char },
    /// A tensor of the base's, whole.
    Whole(String),
}

/// Reads a name as PEFT writes it; older versions put the adapter's own name, `default`, before `weight`.
pub(crate) fn part_of(name: &str) -> Option<Part> {
    let name = name.strip_prefix("base_model.model.")?;
    for (marker, side) in [(".lora_A.", 'A'), (".lora_B.", 'B')] {
        if let Some((module, end)) = name.split_once(marker) {
            return matches!(end, "weight" | "default.weight").then(|| Part::Low { module: module.to_owned(), side });
        }
    }
    let name = name.replace(".modules_to_save.default.", ".").replace(".modules_to_save.", ".");
    ["transformer.wte.weight", "lm_head.weight", "lm_head.bias"].contains(&name.as_str()).then_some(Part::Whole(name))
}

/// The sizes `(out, in)` of a linear layer of the base; `None` for what GPT-J does not have.
fn sizes_of(module: &str, base: &Config) -> Option<(Option<usize>, usize, usize)> {
    if module == "lm_head" {
        return Some((None, base.vocab_size, base.n_embd));
    }
    let (layer, rest) = module.strip_prefix("transformer.h.")?.split_once('.')?;
    let layer = layer.parse().ok()?;
    let (_, name) = MODULES
        .iter()
        .map(|(name, folder)| (folder, name))
        .find(|(folder, name)| rest.split_once('.') == Some((folder, name)))?;
    let (rows, columns) = match *name {
        "fc_in" => (base.n_inner, base.n_embd),
        "fc_out" => (base.n_embd, base.n_inner),
        _ => (base.n_embd, base.n_embd),
    };
    Some((Some(layer), rows, columns))
}

/// Checks a pair against its layer and puts the scaling into it.
fn fit(module: &str, down: Tensor, up: &Tensor, base: &Config, config: &AdapterConfig) -> Result<LowRank, ModelError> {
    let Some((layer, rows, columns)) = sizes_of(module, base) else {
        return Err(ModelError::UnexpectedTensor(format!("{module}.lora_A")));
    };
    if let Some(layer) = layer.filter(|layer| *layer >= base.n_layer) {
        let reason = format!("it changes layer {layer}, the base has {}", base.n_layer);
        return Err(ModelError::AdapterForAnotherBase(reason));
    }
    let rank = down.dims().first().copied().unwrap_or(0);
    if rank == 0 || down.dims() != [rank, columns] || up.dims() != [rows, rank] {
        let reason = format!(
            "{module} is [{rows}, {columns}] in the base, the adapter has {:?} and {:?}",
            up.dims(),
            down.dims()
        );
        return Err(ModelError::AdapterForAnotherBase(reason));
    }
    Ok(LowRank { down, up: (up * config.scaling(rank))? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seeds_config() -> Value {
        json!({
            "peft_type": "LORA", "r": 16, "lora_alpha": 32, "lora_dropout": 0.05, "bias": "none",
            "target_modules": ["q_proj", "v_proj"], "fan_in_fan_out": false, "enable_lora": null, "merge_weights": false
        })
    }

    fn read(config: &Value) -> Result<AdapterConfig, ModelError> {
        AdapterConfig::from_json(config.to_string().as_bytes())
    }

    #[test]
    fn the_seeds_config_scales_by_two_and_its_old_keys_are_ignored() {
        let config = read(&seeds_config()).unwrap();
        assert!((config.scaling(16) - 2.0).abs() < 1e-12);
        assert_eq!(config.targets, ["q_proj", "v_proj"]);
        let mut config = seeds_config();
        config["use_rslora"] = json!(true);
        assert!((read(&config).unwrap().scaling(16) - 8.0).abs() < 1e-12);
    }

    #[test]
    fn what_would_change_the_result_is_refused_by_name() {
        for (field, value) in [
            ("peft_type", json!("IA3")),
            ("bias", json!("all")),
            ("use_dora", json!(true)),
            ("alpha_pattern", json!({"q_proj": 8})),
            ("trainable_token_indices", json!([257])),
            ("init_lora_weights", json!("pissa_niter_4")),
            ("lora_alpha", json!(null)),
            ("layer_replication", json!([[0, 2]])),
        ] {
            let mut config = seeds_config();
            config[field] = value;
            assert!(matches!(read(&config), Err(ModelError::Config { field: named, .. }) if named == field), "{field}");
        }
        for harmless in [json!(true), json!("gaussian"), json!(false)] {
            let mut config = seeds_config();
            config["init_lora_weights"] = harmless;
            assert!(read(&config).is_ok());
        }
    }

    #[test]
    fn names_of_all_versions_are_understood() {
        let module = |name: &str| match part_of(name) {
            Some(Part::Low { module, side }) => format!("{module} {side}"),
            Some(Part::Whole(name)) => name,
            None => "unknown".to_owned(),
        };
        let q = "base_model.model.transformer.h.3.attn.q_proj";
        assert_eq!(module(&format!("{q}.lora_A.weight")), "transformer.h.3.attn.q_proj A");
        assert_eq!(module(&format!("{q}.lora_B.default.weight")), "transformer.h.3.attn.q_proj B");
        assert_eq!(module("base_model.model.lm_head.modules_to_save.default.weight"), "lm_head.weight");
        assert_eq!(module("base_model.model.transformer.wte.weight"), "transformer.wte.weight");
        assert_eq!(module("base_model.model.transformer.wte.lora_embedding_A"), "unknown");
        assert_eq!(module(&format!("{q}.lora_magnitude_vector")), "unknown");
    }
}
