//! Gradients of whole models: finite and not nought for everything that is trained, those of the loss, and through a
//! quantised base those of the numbers that it stands for.

use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

use super::batch::Batch;
use super::data::{Data, Parts};
use super::dataset::Labels;
use super::learner::Learner;
use super::network::{Linear, Matrix, Network};
use super::ops::linear::Frozen;
use super::params::{Grads, Params, normal};
use super::prepare::{Prepared, prepare};
use super::recipe::Recipe;
use super::run::TrainJob;
use super::tensors_file::write_params;
use crate::model::linear::Weight;
use crate::model::lora::MODULES;
use crate::model::{Config, DeviceChoice, FileSource};

const WIDTH: usize = 256;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)
}

/// A model as wide as a block of 4-bit numbers is long.
fn write_model(folder: &Path) -> Params {
    write_model_as(folder, "gelu_new", false, "F32")
}

pub(super) fn write_model_as(folder: &Path, activation: &str, tied: bool, dtype: &'static str) -> Params {
    let config = serde_json::json!({ "model_type": "gptj", "architectures": ["GPTJForCausalLM"], "n_embd": WIDTH,
        "n_layer": 2, "n_head": 4, "n_positions": 64, "rotary_dim": 16, "vocab_size": 264,
        "activation_function": activation, "layer_norm_epsilon": 1e-5, "tie_word_embeddings": tied });
    let config = config.to_string();
    let (_, mut params) = Network::fresh(Config::from_json(config.as_bytes()).unwrap(), 7).unwrap();
    // Larger than at the start of a training, so that attention is not even.
    params.all.iter_mut().filter(|param| param.decays()).flat_map(|param| &mut param.values).for_each(|v| *v *= 3.0);
    write_params(&folder.join("model.safetensors"), &params, dtype).unwrap();
    crate::files::write_atomic(&folder.join("config.json"), config.as_bytes()).unwrap();
    let words = std::fs::read(fixture("gptj/seed_like/base/tokenizer.json")).unwrap();
    crate::files::write_atomic(&folder.join("tokenizer.json"), &words).unwrap();
    params
}

fn prepared(folder: &Path, quantization: &str, full: bool, checkpointing: bool) -> Prepared {
    prepared_of(&job(folder, quantization, full, checkpointing))
}

pub(super) fn job(folder: &Path, quantization: &str, full: bool, checkpointing: bool) -> TrainJob {
    let mut recipe = Recipe { full, checkpointing, add_tokens: true, ..Recipe::default() };
    recipe.quantization = quantization.to_owned();
    (recipe.lora.r, recipe.lora.dropout) = (3, 0.0);
    recipe.lora.target_modules = MODULES.map(|(name, _)| name.to_owned()).to_vec();
    TrainJob {
        base: FileSource::Folder(folder.to_owned()),
        base_name: "base".into(),
        start: None,
        data: Data::read(&fixture("training/data"), Labels::Given, Parts::Named).unwrap(),
        recipe,
        threads: 2,
        device: DeviceChoice::Cpu,
        tensors: false,
        out: folder.join("run"),
        resume: false,
    }
}

pub(super) fn prepared_of(job: &TrainJob) -> Prepared {
    let mut prepared = prepare(job, None, &|| false).unwrap();
    // A fresh adapter's other side is nought, and so would be the gradient of the first.
    for param in prepared.params.all.iter_mut().filter(|param| param.name.contains("lora_B")) {
        param.values = normal(3, &param.name, param.values.len(), 0.05);
    }
    prepared
}

/// A few samples: each tensor's slope costs two passes over them, and the kernels are slow in a debug build.
fn batch(prepared: &Prepared) -> Batch {
    Batch::of(&prepared.train[..3])
}

fn loss(prepared: &mut Prepared, params: &Params) -> f64 {
    let batch = batch(prepared);
    let losses = prepared.learner.losses(params, None, &batch, 1.0, None).unwrap();
    losses.iter().map(|loss| f64::from(*loss)).sum()
}

fn gradients(prepared: &mut Prepared) -> Grads {
    let mut grads = Grads::like(&prepared.params);
    let batch = batch(prepared);
    prepared.learner.losses(&prepared.params, Some(&mut grads), &batch, 1.0, None).unwrap();
    grads
}

/// Along each tensor's gradient the loss rises by its length.
fn check(prepared: &mut Prepared, what: &str) {
    let grads = gradients(prepared);
    for (number, grad) in grads.all.iter().enumerate() {
        let name = prepared.params.all[number].name.clone();
        assert!(grad.iter().all(|g| g.is_finite()), "{what} {name}");
        let length = grad.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        assert!(length > 1e-4, "{what} {name}: {length}");
        let reach = 0.02;
        let mut along = |sign: f64| {
            let mut moved = prepared.params.clone();
            for (value, g) in moved.all[number].values.iter_mut().zip(grad) {
                *value += (sign * reach / length * f64::from(*g)) as f32;
            }
            loss(prepared, &moved)
        };
        let rise = (along(1.0) - along(-1.0)) / (2.0 * reach);
        assert!((rise - length).abs() < 0.01 * length + 1e-3, "{what} {name}: {rise} {length}");
    }
}

#[test]
fn every_trained_tensor_has_a_gradient_and_it_is_the_losss() {
    let dir = tempfile::tempdir().unwrap();
    write_model(dir.path());
    for (quantization, full) in [("none", true), ("none", false), ("q8_0", false), ("q4k", false)] {
        for checkpointing in [false, true] {
            let what = format!("{quantization} {full} {checkpointing}");
            let mut prepared = prepared(dir.path(), quantization, full, checkpointing);
            assert_eq!(prepared.params.all.len(), if full { 25 } else { 24 }, "{what}");
            check(&mut prepared, &what);
        }
    }
}

fn network_of(prepared: &mut Prepared) -> &mut Network {
    match &mut prepared.learner {
        Learner::Slices(pass) => &mut pass.network,
        Learner::Tensors(_) => panic!("prepared for a graphics card"),
    }
}

/// The frozen matrices of a network, each made dense; gives how far each is from `from`, in shares of its length.
fn make_dense(network: &mut Network, from: &Params) -> Vec<f64> {
    let mut distances = Vec::new();
    let mut dense = |name: String, linear: &mut Linear| {
        let Matrix::Frozen(weight) = &linear.weight else { panic!("{name} is trained") };
        let mut rows = Vec::new();
        weight.pieces(&mut Vec::new(), &mut |_, piece| rows.extend_from_slice(piece)).unwrap();
        let before = from.of(from.find(&name).unwrap());
        let square = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>();
        let apart = square(&mut rows.iter().zip(before).map(|(a, b)| a - b)) / square(&mut before.iter().copied());
        distances.push(apart.sqrt());
        let rows = Tensor::from_vec(rows, (linear.output, linear.input), &Device::Cpu).unwrap();
        linear.weight = Matrix::Frozen(Weight::Dense(rows));
    };
    for (i, block) in network.blocks.iter_mut().enumerate() {
        let layers = [
            &mut block.q_proj,
            &mut block.k_proj,
            &mut block.v_proj,
            &mut block.out_proj,
            &mut block.fc_in,
            &mut block.fc_out,
        ];
        for ((module, folder), linear) in MODULES.iter().zip(layers) {
            dense(format!("transformer.h.{i}.{folder}.{module}.weight"), linear);
        }
    }
    distances
}

#[test]
fn gradients_through_a_quantised_base_are_those_of_the_numbers_it_stands_for() {
    let dir = tempfile::tempdir().unwrap();
    let params = write_model(dir.path());
    // How far 8 and 4 bits are from the numbers that they were made of.
    for (quantization, rounding) in [("q8_0", 0.002..0.02), ("q4k", 0.03..0.2)] {
        let mut packed = prepared(dir.path(), quantization, false, true);
        let mut dense = prepared(dir.path(), quantization, false, true);
        let distances = make_dense(network_of(&mut dense), &params);
        assert!(distances.iter().all(|distance| rounding.contains(distance)), "{quantization}: {distances:?}");
        let (ours, theirs) = (gradients(&mut packed), gradients(&mut dense));
        for (number, (ours, theirs)) in ours.all.iter().zip(&theirs.all).enumerate() {
            let most = theirs.iter().fold(0.0f32, |most, g| most.max(g.abs()));
            for (a, b) in ours.iter().zip(theirs) {
                assert!((a - b).abs() <= 1e-5 * most, "{quantization} {}: {a} {b}", packed.params.all[number].name);
            }
        }
    }
}
