//! A GPT-J taken apart for training: what of it is trained, what is frozen, and where each stands.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::frozen::values;
use super::ops::attention::Heads;
use super::ops::linear::Dropout;
use super::ops::rotary::Angles;
use super::params::{Params, normal, uniform};
use crate::model::gptj::Layers;
use crate::model::linear::{Linear as ModelLinear, Weight};
use crate::model::lora::MODULES;
use crate::model::{Config, ModelError};

/// A LoRA adapter to be trained (Hu et al. 2021).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lora {
    /// Its rank.
    pub r: usize,
    /// Its change is scaled by alpha / r.
    pub alpha: f64,
    /// The share of inputs that are dropped in training.
    pub dropout: f64,
    /// Names of [`MODULES`].
    pub target_modules: Vec<String>,
}

impl Default for Lora {
    /// As published with the seed.
    fn default() -> Self {
        Self { r: 16, alpha: 32.0, dropout: 0.05, target_modules: vec!["q_proj".into(), "v_proj".into()] }
    }
}

/// A vector that is trained (by its number) or not.
#[derive(Debug)]
pub(crate) enum Vector {
    Trained(usize),
    Frozen(Vec<f32>),
}

impl Vector {
    pub(crate) fn of<'a>(&'a self, params: &'a Params) -> &'a [f32] {
        match self {
            Self::Trained(number) => params.of(*number),
            Self::Frozen(values) => values,
        }
    }

    pub(crate) fn trained(&self) -> Option<usize> {
        if let Self::Trained(number) = self { Some(*number) } else { None }
    }
}

#[derive(Debug)]
pub(crate) enum Matrix {
    Trained(usize),
    Frozen(Weight),
}

#[derive(Debug)]
pub(crate) struct Norm {
    pub(crate) weight: Vector,
    pub(crate) bias: Vector,
}

/// The low-rank change of one layer: numbers of its two tensors.
#[derive(Debug)]
pub(crate) struct Low {
    pub(crate) down: usize,
    pub(crate) up: usize,
    pub(crate) rank: usize,
    pub(crate) scale: f32,
    pub(crate) dropout: f32,
}

impl Low {
    /// Which inputs are dropped in a call of that key: each layer drops its own, and each piece of its rows others. Without
    /// a key none are.
    pub(crate) fn dropped(&self, call: Option<u32>, piece: u32) -> Dropout {
        Dropout {
            share: if call.is_some() { self.dropout } else { 0.0 },
            key: call.unwrap_or(0) ^ (self.down as u32 + 1).wrapping_mul(0x9e37_79b9) ^ piece,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) weight: Matrix,
    pub(crate) bias: Option<Vector>,
    pub(crate) low: Option<Low>,
    pub(crate) input: usize,
    pub(crate) output: usize,
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) ln_1: Norm,
    pub(crate) q_proj: Linear,
    pub(crate) k_proj: Linear,
    pub(crate) v_proj: Linear,
    pub(crate) out_proj: Linear,
    pub(crate) fc_in: Linear,
    pub(crate) fc_out: Linear,
}

/// The embedding: trained, or a table of whatever type.
#[derive(Debug)]
pub(crate) enum Embedding {
    Trained(usize),
    Frozen(Tensor),
}

#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) config: Config,
    pub(crate) heads: Heads,
    pub(crate) angles: Angles,
    pub(crate) wte: Embedding,
    pub(crate) blocks: Vec<Block>,
    pub(crate) ln_f: Norm,
    pub(crate) head: Linear,
    /// The base itself is trained, not an adapter beside it.
    pub(crate) full: bool,
}

impl Network {
    fn around(config: Config, wte: Embedding, blocks: Vec<Block>, ln_f: Norm, head: Linear, full: bool) -> Self {
        let heads = Heads { count: config.n_head, dim: config.head_dim() };
        let angles = Angles::new(config.n_positions, config.rotary_dim);
        Self { config, heads, angles, wte, blocks, ln_f, head, full }
    }

    /// A frozen base with a fresh adapter beside it, which changes nothing yet.
    pub(crate) fn lora(config: Config, model: Layers, lora: &Lora, seed: u64) -> Result<(Self, Params), ModelError> {
        let mut params = Params::default();
        let mut take = |layer: Option<(usize, &str, &str)>, linear: ModelLinear| -> Result<Linear, ModelError> {
            let (output, input) = dims(&linear)?;
            let bias = linear.bias.as_ref().map(values).transpose()?.map(Vector::Frozen);
            let low = layer.filter(|(_, _, module)| lora.target_modules.iter().any(|target| target == module));
            let low = low.map(|(layer, folder, module)| {
                let name =
                    |side| format!("base_model.model.transformer.h.{layer}.{folder}.{module}.lora_{side}.weight");
                // PEFT's kaiming_uniform with a = √5 comes to 1/√in; the other side starts at nought.
                let start = uniform(seed, &name('A'), lora.r * input, 1.0 / (input as f32).sqrt());
                Low {
                    down: params.add(name('A'), &[lora.r, input], start),
                    up: params.add(name('B'), &[output, lora.r], vec![0.0; output * lora.r]),
                    rank: lora.r,
                    scale: (lora.alpha / lora.r as f64) as f32,
                    dropout: lora.dropout as f32,
                }
            });
            Ok(Linear { weight: Matrix::Frozen(linear.weight), bias, low, input, output })
        };
        let mut blocks = Vec::with_capacity(model.blocks.len());
        for (i, block) in model.blocks.into_iter().enumerate() {
            let (attn, mlp) = (block.attn, block.mlp);
            blocks.push(Block {
                ln_1: norm(&block.ln_1)?,
                q_proj: take(Some((i, "attn", "q_proj")), attn.q_proj)?,
                k_proj: take(Some((i, "attn", "k_proj")), attn.k_proj)?,
                v_proj: take(Some((i, "attn", "v_proj")), attn.v_proj)?,
                out_proj: take(Some((i, "attn", "out_proj")), attn.out_proj)?,
                fc_in: take(Some((i, "mlp", "fc_in")), mlp.fc_in)?,
                fc_out: take(Some((i, "mlp", "fc_out")), mlp.fc_out)?,
            });
        }
        let head = take(None, model.lm_head)?;
        let ln_f = norm(&model.ln_f)?;
        Ok((Self::around(config, Embedding::Frozen(model.wte), blocks, ln_f, head, false), params))
    }

    /// All of a model, to be trained on from where it is.
    pub(crate) fn full(config: Config, model: &Layers) -> Result<(Self, Params), ModelError> {
        let mut tensors = std::collections::BTreeMap::new();
        let mut put = |name: String, tensor: &Tensor| -> Result<(), ModelError> {
            tensors.insert(name, values(tensor)?);
            Ok(())
        };
        put("transformer.wte.weight".to_owned(), &model.wte)?;
        for (i, block) in model.blocks.iter().enumerate() {
            let at = format!("transformer.h.{i}");
            put_norm(&mut put, &format!("{at}.ln_1"), &block.ln_1)?;
            let (attn, mlp) = (&block.attn, &block.mlp);
            let layers = [&attn.q_proj, &attn.k_proj, &attn.v_proj, &attn.out_proj, &mlp.fc_in, &mlp.fc_out];
            for ((module, folder), linear) in MODULES.iter().zip(layers) {
                put_linear(&mut put, &format!("{at}.{folder}.{module}"), linear)?;
            }
        }
        put_norm(&mut put, "transformer.ln_f", &model.ln_f)?;
        put_linear(&mut put, "lm_head", &model.lm_head)?;
        Self::of_tensors(config, &mut |name, _| tensors.remove(name))
    }

    /// All of a model of these sizes, from random numbers as transformers' `_init_weights` draws them.
    pub(crate) fn fresh(config: Config, seed: u64) -> Result<(Self, Params), ModelError> {
        Self::of_tensors(config, &mut |name, count| {
            Some(if name.ends_with("bias") {
                vec![0.0; count]
            } else if name.contains("ln_") {
                vec![1.0; count]
            } else {
                normal(seed, name, count, 0.02)
            })
        })
    }

    fn of_tensors(
        config: Config,
        values: &mut dyn FnMut(&str, usize) -> Option<Vec<f32>>,
    ) -> Result<(Self, Params), ModelError> {
        let mut params = Params::default();
        let (width, inner, vocab) = (config.n_embd, config.n_inner, config.vocab_size);
        let mut tensor = |name: &str, shape: &[usize]| -> Result<usize, ModelError> {
            let count = shape.iter().product();
            let values = values(name, count).filter(|values| values.len() == count);
            let values = values.ok_or_else(|| ModelError::MissingTensor(name.to_owned()))?;
            Ok(params.add(name, shape, values))
        };
        let wte = tensor("transformer.wte.weight", &[vocab, width])?;
        let mut blocks = Vec::with_capacity(config.n_layer);
        for i in 0..config.n_layer {
            let at = format!("transformer.h.{i}");
            let ln_1 = trained_norm(&mut tensor, &format!("{at}.ln_1"), width)?;
            let mut linear = |name: &str, output: usize, input: usize, bias: bool| -> Result<Linear, ModelError> {
                let weight = Matrix::Trained(tensor(&format!("{at}.{name}.weight"), &[output, input])?);
                let bias = if bias { Some(tensor(&format!("{at}.{name}.bias"), &[output])?) } else { None };
                Ok(Linear { weight, bias: bias.map(Vector::Trained), low: None, input, output })
            };
            blocks.push(Block {
                ln_1,
                q_proj: linear("attn.q_proj", width, width, false)?,
                k_proj: linear("attn.k_proj", width, width, false)?,
                v_proj: linear("attn.v_proj", width, width, false)?,
                out_proj: linear("attn.out_proj", width, width, false)?,
                fc_in: linear("mlp.fc_in", inner, width, true)?,
                fc_out: linear("mlp.fc_out", width, inner, true)?,
            });
        }
        let ln_f = trained_norm(&mut tensor, "transformer.ln_f", width)?;
        let weight = if config.tie_word_embeddings { wte } else { tensor("lm_head.weight", &[vocab, width])? };
        // A tied head may come without a bias.
        let bias = match tensor("lm_head.bias", &[vocab]) {
            Ok(bias) => Some(Vector::Trained(bias)),
            Err(_) if config.tie_word_embeddings => None,
            Err(error) => return Err(error),
        };
        let head = Linear { weight: Matrix::Trained(weight), bias, low: None, input: width, output: vocab };
        Ok((Self::around(config, Embedding::Trained(wte), blocks, ln_f, head, true), params))
    }
}

type Tensor1<'a> = &'a mut dyn FnMut(&str, &[usize]) -> Result<usize, ModelError>;
type Put<'a> = &'a mut dyn FnMut(String, &Tensor) -> Result<(), ModelError>;

fn trained_norm(tensor: Tensor1<'_>, name: &str, width: usize) -> Result<Norm, ModelError> {
    let weight = Vector::Trained(tensor(&format!("{name}.weight"), &[width])?);
    Ok(Norm { weight, bias: Vector::Trained(tensor(&format!("{name}.bias"), &[width])?) })
}

fn norm(norm: &candle_nn::LayerNorm) -> Result<Norm, ModelError> {
    let bias = norm.bias().ok_or_else(|| ModelError::MissingTensor("ln.bias".to_owned()))?;
    Ok(Norm { weight: Vector::Frozen(values(norm.weight())?), bias: Vector::Frozen(values(bias)?) })
}

fn put_norm(put: Put<'_>, name: &str, norm: &candle_nn::LayerNorm) -> Result<(), ModelError> {
    put(format!("{name}.weight"), norm.weight())?;
    norm.bias().map_or(Ok(()), |bias| put(format!("{name}.bias"), bias))
}

fn put_linear(put: Put<'_>, name: &str, linear: &ModelLinear) -> Result<(), ModelError> {
    let Weight::Dense(weight) = &linear.weight else {
        return Err(ModelError::Tensor("quantised weights can't be trained themselves".to_owned()));
    };
    put(format!("{name}.weight"), weight)?;
    linear.bias.as_ref().map_or(Ok(()), |bias| put(format!("{name}.bias"), bias))
}

fn dims(linear: &ModelLinear) -> Result<(usize, usize), ModelError> {
    use candle_core::quantized::QMatMul;
    Ok(match &linear.weight {
        Weight::Dense(weight) | Weight::Quantized(QMatMul::Tensor(weight) | QMatMul::TensorF16(weight)) => {
            weight.dims2()?
        }
        Weight::Quantized(QMatMul::QTensor(weight)) => weight.shape().dims2()?,
        Weight::Packed(weight) => (weight.rows(), weight.columns()),
    })
}
