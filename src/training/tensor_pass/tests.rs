//! The pass on tensors beside the one on slices: the same losses, and the same gradients.

use std::path::Path;

use candle_core::Device;

use super::super::batch::Batch;
use super::super::gradients::{job, prepared_of, write_model_as};
use super::super::learner::Learner;
use super::super::params::Grads;
use super::super::prepare::Prepared;
use super::super::run::TrainJob;
use super::{Limits, TensorPass};

/// As it was prepared, and with the network moved to tensors on the processor.
fn both(job: &TrainJob, limits: Limits) -> [Prepared; 2] {
    let (slices, mut tensors) = (prepared_of(job), prepared_of(job));
    let Learner::Slices(pass) = tensors.learner else { panic!("prepared for a graphics card") };
    let mut pass = TensorPass::new(pass.network, Device::Cpu, job.recipe.checkpointing).unwrap();
    pass.limits = limits;
    tensors.learner = Learner::Tensors(Box::new(pass));
    [slices, tensors]
}

fn near(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let most = theirs.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    assert!(most > 0.0, "{what}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= 1e-5 * most, "{what}: {ours} {theirs} of {most}");
    }
}

/// Losses and gradients of two batches, the second added to the first, and the losses alone.
fn compare(job: &TrainJob, texts: usize, limits: Limits, what: &str) {
    let found = both(job, limits).map(|mut prepared| {
        let all: Vec<_> = prepared.train.iter().cycle().take(2 * texts).collect();
        let batches = [Batch::of(all[..texts].iter().copied()), Batch::of(all[texts..].iter().copied())];
        let mut grads = Grads::like(&prepared.params);
        let mut losses = Vec::new();
        for (batch, weight, key) in [(&batches[0], 0.5, 7), (&batches[1], 0.25, 8)] {
            let found = prepared.learner.losses(&prepared.params, Some(&mut grads), batch, weight, Some(key));
            losses.extend_from_slice(found.unwrap());
        }
        losses.extend_from_slice(prepared.learner.losses(&prepared.params, None, &batches[0], 1.0, None).unwrap());
        let names: Vec<String> = prepared.params.all.iter().map(|param| param.name.clone()).collect();
        (losses, grads, names)
    });
    let [(their_losses, theirs, names), (our_losses, ours, _)] = found;
    near(&our_losses, &their_losses, &format!("{what}: losses"));
    for ((ours, theirs), name) in ours.all.iter().zip(&theirs.all).zip(names) {
        near(ours, theirs, &format!("{what}: {name}"));
    }
}

fn compare_all(folder: &Path, quantizations: &[&str], full: bool, dropout: f64, limits: Limits, what: &str) {
    for quantization in quantizations {
        for checkpointing in [false, true] {
            let mut job = job(folder, quantization, full, checkpointing);
            job.recipe.lora.dropout = dropout;
            compare(&job, 3, limits, &format!("{what} {quantization} {checkpointing}"));
        }
    }
}

#[test]
fn losses_and_gradients_are_those_of_the_other_pass_in_full_training() {
    for (activation, tied) in [("gelu_new", false), ("gelu", true)] {
        let dir = tempfile::tempdir().unwrap();
        write_model_as(dir.path(), activation, tied, "F32");
        compare_all(dir.path(), &["none"], true, 0.0, Limits::default(), activation);
    }
}

#[test]
fn losses_and_gradients_are_those_of_the_other_pass_over_a_frozen_base_of_any_form() {
    let dir = tempfile::tempdir().unwrap();
    write_model_as(dir.path(), "gelu_new", false, "F32");
    compare_all(dir.path(), &["none", "q8_0", "q4k"], false, 0.05, Limits::default(), "f32");
    let half = tempfile::tempdir().unwrap();
    write_model_as(half.path(), "gelu", true, "F16");
    compare_all(half.path(), &["none"], false, 0.05, Limits::default(), "f16");
}

#[test]
fn they_are_the_same_whatever_is_held_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    write_model_as(dir.path(), "gelu_new", false, "F32");
    let little = Limits { logits: 1, scores: 1 };
    compare_all(dir.path(), &["none"], true, 0.0, little, "full");
    compare_all(dir.path(), &["q8_0"], false, 0.05, little, "lora");
}
