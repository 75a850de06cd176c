//! The packed model computes what candle's tensors compute with the same packed weights, however a text is fed.

use candle_core::quantized::GgmlDType;
use candle_core::{DType, Device, Tensor};
use candle_nn::LayerNorm;

use super::{PackedModel, Parts};
use crate::model::attention::Attention;
use crate::model::config::Activation;
use crate::model::gptj::{Block, Body, GptJ, Layers, Mlp};
use crate::model::linear::{Linear, LowRank, Weight};
use crate::model::quantization::{kernel_format, quantize_packed};
use crate::model::rotary::Rotary;
use crate::model::{Config, ModelError};

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn tensor(&mut self, shape: &[usize], size: f32) -> Tensor {
        let count = shape.iter().product::<usize>();
        let mut next = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
        };
        Tensor::from_vec((0..count).map(|_| next()).collect(), shape, &Device::Cpu).unwrap()
    }

    fn norm(&mut self, width: usize) -> LayerNorm {
        let weight = (self.tensor(&[width], 0.3) + 1.0).unwrap();
        LayerNorm::new(weight, self.tensor(&[width], 0.2), 1e-5)
    }

    fn linear(&mut self, format: GgmlDType, out: usize, width: usize, bias: bool, rank: Option<usize>) -> Linear {
        let weight = self.tensor(&[out, width], 1.7 / (width as f32).sqrt());
        let packed = quantize_packed(&weight, format, kernel_format(format).unwrap(), &|| false).unwrap();
        let beside =
            rank.map(|rank| LowRank { down: self.tensor(&[rank, width], 0.1), up: self.tensor(&[out, rank], 0.3) });
        Linear { weight: Weight::Packed(packed), bias: bias.then(|| self.tensor(&[out], 0.2)), beside }
    }
}

fn config(n_head: usize, rotary_dim: usize, activation: Activation) -> Config {
    let json = format!(
        r#"{{"model_type": "gptj", "n_embd": 256, "n_layer": 2, "n_head": {n_head}, "n_positions": 600, "vocab_size": 301,
            "rotary_dim": {rotary_dim}, "n_inner": 512}}"#
    );
    Config { activation, ..Config::from_json(json.as_bytes()).unwrap() }
}

/// Mixed formats, as a converted file may have them; the adapter on some layers, as the seed's is.
fn parts(config: &Config, formats: [GgmlDType; 3]) -> Parts {
    let [attention, mlp, head] = formats;
    let mut numbers = Numbers(5);
    let (width, inner) = (config.n_embd, config.n_inner);
    let wte = numbers.tensor(&[config.vocab_size, width], 1.0).to_dtype(DType::F16).unwrap();
    let blocks = (0..config.n_layer)
        .map(|_| Block {
            ln_1: numbers.norm(width),
            attn: Attention {
                q_proj: numbers.linear(attention, width, width, false, Some(5)),
                k_proj: numbers.linear(attention, width, width, false, None),
                v_proj: numbers.linear(mlp, width, width, false, Some(3)),
                out_proj: numbers.linear(attention, width, width, false, Some(4)),
                n_head: config.n_head,
                head_dim: config.head_dim(),
            },
            mlp: Mlp {
                fc_in: numbers.linear(mlp, inner, width, true, Some(2)),
                fc_out: numbers.linear(mlp, width, inner, true, Some(7)),
                activation: config.activation,
            },
        })
        .collect();
    Parts {
        wte,
        blocks,
        ln_f: numbers.norm(width),
        lm_head: numbers.linear(head, config.vocab_size, width, true, Some(2)),
    }
}

fn both(config: &Config, formats: [GgmlDType; 3]) -> [GptJ; 2] {
    let Parts { wte, blocks, ln_f, lm_head } = parts(config, formats);
    let rotary = Rotary::new(config, &Device::Cpu).unwrap();
    let tensors = Body::Tensors(Box::new(Layers { wte, blocks, ln_f, lm_head, rotary }));
    let packed = Body::Packed(Box::new(PackedModel::new(parts(config, formats), config).unwrap()));
    [tensors, packed].map(|body| GptJ { config: config.clone(), device: Device::Cpu, body })
}

fn ids(count: u32) -> Vec<u32> {
    (0..count).map(|at| at * 37 % 301).collect()
}

fn logits(model: &GptJ, ids: &[u32], piece: usize) -> Vec<Vec<f32>> {
    let mut cache = model.new_cache().unwrap();
    ids.chunks(piece).flat_map(|ids| model.forward_all(ids, &mut cache).unwrap().to_vec2::<f32>().unwrap()).collect()
}

/// Root mean square of the difference, as a share of that of the first.
fn far(left: &[Vec<f32>], right: &[Vec<f32>]) -> f64 {
    let square = |values: &mut dyn Iterator<Item = f32>| values.map(|x| f64::from(x * x)).sum::<f64>();
    let pairs = left.iter().flatten().zip(right.iter().flatten());
    assert_eq!(left.len(), right.len());
    (square(&mut pairs.map(|(a, b)| a - b)) / square(&mut left.iter().flatten().copied())).sqrt()
}

/// What differs is the cache's 8 bits and the order of sums, which the rounding of activations to int8 makes larger: less
/// than this share of the logits' size. Without one of the adapter's pairs it is 11.6 %.
const BOUND: f64 = 0.02;

#[test]
fn logits_are_those_of_the_tensors() {
    use GgmlDType::{Q4K, Q6K, Q8_0};
    let cases = [
        (4, 32, Activation::GeluNew, [Q4K, Q4K, Q4K]),
        (2, 128, Activation::Gelu, [Q8_0, Q8_0, Q8_0]),
        (16, 6, Activation::GeluNew, [Q6K, Q8_0, Q6K]),
        (8, 32, Activation::GeluNew, [Q4K, Q6K, Q8_0]),
    ];
    for (n_head, rotary_dim, activation, formats) in cases {
        let config = config(n_head, rotary_dim, activation);
        let [tensors, packed] = both(&config, formats);
        let ids = ids(300);
        let expected = logits(&tensors, &ids, 300);
        for piece in [300, 64, 7] {
            let far = far(&expected, &logits(&packed, &ids, piece));
            assert!(far < BOUND, "{n_head} {formats:?} fed by {piece}: {far}");
        }
        let far = far(&expected[..40], &logits(&packed, &ids[..40], 1));
        assert!(far < BOUND, "{n_head} {formats:?} one by one: {far}");
    }
}

#[test]
fn the_bits_do_not_depend_on_how_a_text_is_fed() {
    let config = config(4, 32, Activation::GeluNew);
    let [_, packed] = both(&config, [GgmlDType::Q4K, GgmlDType::Q6K, GgmlDType::Q8_0]);
    let ids = ids(290);
    let at_once = logits(&packed, &ids, 290);
    for piece in [1, 5, 64] {
        assert!(logits(&packed, &ids, piece) == at_once, "fed by {piece}");
    }
}

#[test]
fn the_bits_do_not_depend_on_which_threads_read() {
    let config = config(4, 32, Activation::GeluNew);
    let [_, packed] = both(&config, [GgmlDType::Q4K, GgmlDType::Q6K, GgmlDType::Q8_0]);
    let ids = ids(60);
    let expected = packed.forward(&ids, &mut packed.new_cache().unwrap()).unwrap();
    // Nobody waits; somebody from the second layer on; somebody from the beginning.
    for patience in [usize::MAX, 1, 0] {
        let mut cache = packed.new_cache().unwrap();
        let mut asked = 0;
        let mut hurry = || {
            asked += 1;
            asked > patience
        };
        packed.prefill_in_background(&ids[..59], &mut cache, &mut hurry).unwrap();
        assert_eq!(asked, config.n_layer, "asked before each layer");
        assert_eq!(cache.len(), 59);
        assert!(packed.forward(&ids[59..], &mut cache).unwrap() == expected, "{patience}");
    }
}

#[test]
fn a_text_longer_than_a_pass_and_a_page_is_read_in_parts() {
    let config = config(4, 32, Activation::GeluNew);
    let [tensors, packed] = both(&config, [GgmlDType::Q8_0; 3]);
    let ids = ids(600);
    let mut cache = packed.new_cache().unwrap();
    let last = packed.forward(&ids, &mut cache).unwrap();
    assert_eq!(cache.len(), 600);
    let expected = logits(&tensors, &ids, 100);
    assert!(far(&expected[599..], &[last]) < BOUND);
    let full = packed.forward(&[1], &mut cache);
    assert!(matches!(full, Err(ModelError::ContextFull { asked: 601, limit: 600 })));
}

#[test]
fn a_cache_cut_back_goes_on_as_if_the_rest_had_not_been() {
    let config = config(4, 32, Activation::GeluNew);
    let [_, packed] = both(&config, [GgmlDType::Q4K; 3]);
    let ids = ids(280);
    let mut cache = packed.new_cache().unwrap();
    packed.prefill(&ids[..270], &mut cache).unwrap();
    let straight = packed.forward(&ids[270..], &mut cache).unwrap();
    cache.truncate(270);
    packed.prefill(&[9, 9, 9, 9, 9, 9, 9], &mut cache).unwrap();
    cache.truncate(270);
    assert_eq!(packed.forward(&ids[270..], &mut cache).unwrap(), straight);
    assert!(cache.bytes() > 0);
}

#[test]
fn a_cache_of_another_kind_of_model_is_refused() {
    let config = config(4, 32, Activation::GeluNew);
    let [tensors, packed] = both(&config, [GgmlDType::Q4K; 3]);
    assert!(tensors.forward(&[1], &mut packed.new_cache().unwrap()).is_err());
    assert!(packed.forward(&[1], &mut tensors.new_cache().unwrap()).is_err());
}
