//! The sizes of a GPT-J, read from a Hugging Face `config.json` and checked before any weight is read.
//!
//! Defaults and meanings are those of transformers' `GPTJConfig`.

use candle_core::Tensor;
use serde_json::{Map, Value};

use super::ModelError;

const FILE: &str = "config.json";

/// Larger sizes than these are a damaged or hostile file, not a model.
const LARGEST_SIZE: u64 = 1 << 24;

/// The function between the two layers of the MLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// The tanh approximation (Hendrycks and Gimpel 2016), `gelu_new` in transformers.
    GeluNew,
    /// With the error function, `gelu` in transformers.
    Gelu,
}

impl Activation {
    /// Applies the function to every element of `xs`, whatever its shape.
    pub(crate) fn forward(self, xs: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::GeluNew => xs.gelu(),
            Self::Gelu => xs.gelu_erf(),
        }
    }
}

/// The sizes of one GPT-J; every value has been checked against the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Rows of the embedding and of the head. At least the tokenizer's length; GPT-J pads it (50,400 for 50,257).
    pub vocab_size: usize,
    /// Positions in the window.
    pub n_positions: usize,
    /// Width of the residual stream.
    pub n_embd: usize,
    /// Blocks.
    pub n_layer: usize,
    /// Attention heads in a block.
    pub n_head: usize,
    /// Leading dimensions of each head that are rotated; even, at most `head_dim()`.
    pub rotary_dim: usize,
    /// Width of the MLP.
    pub n_inner: usize,
    /// Between the layers of the MLP.
    pub activation: Activation,
    /// Added to the variance in every norm.
    pub layer_norm_epsilon: f64,
    /// The head reuses the embedding.
    pub tie_word_embeddings: bool,
    /// `eos_token_id`, where the file gives one.
    pub eos_token_id: Option<u32>,
}

impl Config {
    /// Reads the bytes of a `config.json`. Keys that GPT-J does not use are ignored.
    ///
    /// # Errors
    /// [`ModelError::Config`] with the field's name for another architecture, a missing or mistyped field, or sizes
    /// that contradict each other.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ModelError> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| ModelError::Damaged { name: FILE.to_owned(), reason: error.to_string() })?;
        let Value::Object(fields) = value else {
            return Err(ModelError::Damaged { name: FILE.to_owned(), reason: "not a JSON object".to_owned() });
        };
        let fields = Fields(&fields);
        fields.check_architecture()?;
        let n_embd = fields.size(&["n_embd", "hidden_size"], None)?;
        let config = Self {
            vocab_size: fields.size(&["vocab_size"], None)?,
            n_positions: fields.size(&["n_positions", "max_position_embeddings"], None)?,
            n_embd,
            n_layer: fields.size(&["n_layer", "num_hidden_layers"], None)?,
            n_head: fields.size(&["n_head", "num_attention_heads"], None)?,
            rotary_dim: fields.rotary_dim()?,
            n_inner: match fields.get("n_inner") {
                None | Some(Value::Null) => 4 * n_embd,
                Some(_) => fields.size(&["n_inner"], None)?,
            },
            activation: fields.activation()?,
            layer_norm_epsilon: fields.epsilon()?,
            tie_word_embeddings: fields.flag("tie_word_embeddings")?,
            eos_token_id: fields.eos_token_id()?,
        };
        config.check()?;
        Ok(config)
    }

    /// Width of one attention head.
    #[must_use]
    pub fn head_dim(&self) -> usize {
        self.n_embd / self.n_head
    }

    /// How many numbers the model holds, biases and norms included.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        let [vocab, width, layers, inner] =
            [self.vocab_size, self.n_embd, self.n_layer, self.n_inner].map(|size| size as u64);
        let block = 4 * width * width + 2 * width * inner + inner + width + 2 * width;
        let head = if self.tie_word_embeddings { vocab } else { vocab * width + vocab };
        vocab * width + layers * block + 2 * width + head
    }

    fn check(&self) -> Result<(), ModelError> {
        if !self.n_embd.is_multiple_of(self.n_head) {
            let reason = format!("{} does not divide n_embd {}", self.n_head, self.n_embd);
            return Err(refuse("n_head", reason));
        }
        if !self.rotary_dim.is_multiple_of(2) {
            return Err(refuse("rotary_dim", format!("{} is odd, rotation needs pairs", self.rotary_dim)));
        }
        if self.rotary_dim > self.head_dim() {
            let reason = format!("{} is more than the {} of a head", self.rotary_dim, self.head_dim());
            return Err(refuse("rotary_dim", reason));
        }
        Ok(())
    }
}

fn refuse(field: &str, reason: impl Into<String>) -> ModelError {
    ModelError::config(FILE, field, reason)
}

/// The fields of one `config.json`, with errors that name them.
struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn check_architecture(&self) -> Result<(), ModelError> {
        match self.get("model_type") {
            Some(Value::String(kind)) if kind == "gptj" => {}
            Some(Value::String(kind)) => return Err(refuse("model_type", format!("{kind:?} is not gptj"))),
            Some(_) => return Err(refuse("model_type", "not a text")),
            None => return Err(refuse("model_type", "missing, so this may not be a GPT-J")),
        }
        // The base of a classifier is a GPT-J as well, but has no head that writes text.
        let Some(Value::Array(names)) = self.get("architectures") else {
            return Ok(());
        };
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        if names.is_empty() || names.contains(&"GPTJForCausalLM") {
            Ok(())
        } else {
            Err(refuse("architectures", format!("{names:?} does not hold GPTJForCausalLM")))
        }
    }

    /// A size of at least one, under the first of its `names` that is there.
    fn size(&self, names: &[&str], default: Option<usize>) -> Result<usize, ModelError> {
        let Some((name, value)) = names.iter().find_map(|name| Some((*name, self.get(name)?))) else {
            return default.ok_or_else(|| refuse(names[0], "missing"));
        };
        match value.as_u64() {
            Some(0) => Err(refuse(name, "0 is too small")),
            Some(size) if size <= LARGEST_SIZE => {
                usize::try_from(size).map_err(|_| refuse(name, format!("{size} is too large")))
            }
            Some(size) => Err(refuse(name, format!("{size} is too large"))),
            None => Err(refuse(name, format!("{value} is not a whole number"))),
        }
    }

    /// Missing means 64, as in transformers. `null` would rotate all of `n_embd` there, which no checkpoint uses and
    /// which does not fit a head.
    fn rotary_dim(&self) -> Result<usize, ModelError> {
        if self.get("rotary_dim") == Some(&Value::Null) {
            return Err(refuse("rotary_dim", "null is not supported"));
        }
        self.size(&["rotary_dim"], Some(64))
    }

    fn activation(&self) -> Result<Activation, ModelError> {
        match self.get("activation_function") {
            None => Ok(Activation::GeluNew),
            Some(Value::String(name)) if name == "gelu_new" => Ok(Activation::GeluNew),
            Some(Value::String(name)) if name == "gelu" => Ok(Activation::Gelu),
            Some(other) => Err(refuse("activation_function", format!("{other} is neither gelu_new nor gelu"))),
        }
    }

    fn epsilon(&self) -> Result<f64, ModelError> {
        let name = "layer_norm_epsilon";
        match self.get(name) {
            None => Ok(1e-5),
            Some(value) => match value.as_f64() {
                Some(epsilon) if epsilon > 0.0 && epsilon < 1.0 => Ok(epsilon),
                _ => Err(refuse(name, format!("{value} is not between 0 and 1"))),
            },
        }
    }

    fn flag(&self, name: &str) -> Result<bool, ModelError> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(refuse(name, format!("{other} is neither true nor false"))),
        }
    }

    /// One id, or the first of several.
    fn eos_token_id(&self) -> Result<Option<u32>, ModelError> {
        let name = "eos_token_id";
        let id = match self.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(ids)) => ids.first().and_then(Value::as_u64),
            Some(id) => id.as_u64(),
        };
        let id = id.and_then(|id| u32::try_from(id).ok());
        id.map(Some).ok_or_else(|| refuse(name, "not a token id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seed() -> Value {
        json!({
            "model_type": "gptj", "architectures": ["GPTJForCausalLM"], "n_embd": 4096, "n_layer": 28, "n_head": 16,
            "rotary_dim": 64, "n_inner": null, "n_positions": 2048, "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-5, "vocab_size": 50400, "tie_word_embeddings": false, "eos_token_id": 50256,
            "summary_type": "cls_index"
        })
    }

    fn read(value: &Value) -> Result<Config, ModelError> {
        Config::from_json(value.to_string().as_bytes())
    }

    /// The seed's config with one field changed, and the field that the refusal names.
    fn refused_field(field: &str, value: Value) -> String {
        let mut config = seed();
        config[field] = value;
        match read(&config) {
            Err(ModelError::Config { field, .. }) => field,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn the_seeds_config_gives_the_count_of_its_tensors() {
        let config = read(&seed()).unwrap();
        assert_eq!(config.n_inner, 16_384);
        assert_eq!(config.head_dim(), 256);
        assert_eq!(config.eos_token_id, Some(50_256));
        // What the shapes of transformers' GPTJForCausalLM sum up to; the model card's 6,053,381,344 counts otherwise.
        assert_eq!(config.parameters(), 6_050_882_784);
    }

    #[test]
    fn missing_fields_take_the_defaults_of_transformers() {
        let mut config = seed();
        let fields = config.as_object_mut().unwrap();
        for name in ["rotary_dim", "n_inner", "activation_function", "layer_norm_epsilon", "tie_word_embeddings"] {
            fields.remove(name);
        }
        assert_eq!(read(&config).unwrap(), read(&seed()).unwrap());
    }

    #[test]
    fn a_set_inner_width_and_plain_gelu_are_taken() {
        let mut config = seed();
        config["n_inner"] = json!(100);
        config["activation_function"] = json!("gelu");
        let config = read(&config).unwrap();
        assert_eq!((config.n_inner, config.activation), (100, Activation::Gelu));
    }

    #[test]
    fn what_cannot_be_true_is_refused_with_the_fields_name() {
        for (field, value) in [
            ("model_type", json!("gpt2")),
            ("architectures", json!(["GPTJForSequenceClassification"])),
            ("n_embd", json!(0)),
            ("n_embd", json!("4096")),
            ("n_embd", json!(-1)),
            ("n_layer", json!(1.5)),
            ("n_head", json!(3)),
            ("rotary_dim", json!(null)),
            ("rotary_dim", json!(63)),
            ("rotary_dim", json!(258)),
            ("n_positions", json!(u64::MAX)),
            ("vocab_size", json!(null)),
            ("activation_function", json!("relu")),
            ("layer_norm_epsilon", json!(-1e-5)),
            ("tie_word_embeddings", json!("yes")),
            ("eos_token_id", json!("</s>")),
        ] {
            assert_eq!(refused_field(field, value.clone()), field, "{value}");
        }
    }

    #[test]
    fn every_required_size_is_named_when_missing() {
        for name in ["model_type", "n_embd", "n_layer", "n_head", "n_positions", "vocab_size"] {
            let mut config = seed();
            config.as_object_mut().unwrap().remove(name);
            assert!(matches!(read(&config), Err(ModelError::Config { field, .. }) if field == name));
        }
    }

    #[test]
    fn what_is_no_json_object_is_damaged() {
        for bytes in [&b"{"[..], b"[]", b"\xff\xfe", b""] {
            assert!(matches!(Config::from_json(bytes), Err(ModelError::Damaged { .. })));
        }
    }
}
