//! The pass on tensors beside the one on slices: the same losses, and the same gradients.
//!
//! `PAG_TEST_DEVICE=cuda` has the tensors on a GPU.

use std::path::Path;

use super::super::batch::Batch;
use super::super::gradients::{job, prepared_of, write_model_as};
use super::super::learner::Learner;
use super::super::params::Grads;
use super::super::pass::MLP_ROWS_FROZEN;
use super::super::prepare::Prepared;
use super::super::run::TrainJob;
use super::super::sample::Encoded;
use super::Limits;
use crate::model::DeviceChoice;

/// Where the tensors are.
fn device() -> DeviceChoice {
    std::env::var("PAG_TEST_DEVICE").map_or(DeviceChoice::Cpu, |text| text.parse().unwrap())
}

/// Prepared for slices, and for tensors.
fn both(job: &TrainJob, limits: Limits) -> [Prepared; 2] {
    let slices = prepared_of(job);
    let mut tensors = prepared_of(&TrainJob { tensors: true, device: device(), ..job.clone() });
    let Learner::Tensors(pass) = &mut tensors.learner else { panic!("tensors were asked for") };
    pass.limits = limits;
    [slices, tensors]
}

/// To a hundred-thousandth of the largest; a graphics card sums in an order of its own.
fn near(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let most = theirs.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    assert!(most > 0.0, "{what}");
    let tolerance = most * if device() == DeviceChoice::Cpu { 1e-5 } else { 1e-4 };
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((ours - theirs).abs() <= tolerance, "{what}: {ours} {theirs} of {most}");
    }
}

/// So many, of odd lengths: of four tiles where tiles are small, of three, and of one and a single row.
fn texts(prepared: &Prepared, count: usize) -> Vec<Encoded> {
    let all = prepared.train.iter().cycle().zip([63, 41, 17].into_iter().cycle()).take(count);
    let all: Vec<Encoded> =
        all.map(|(text, length)| Encoded { ids: text.ids[..length].to_vec(), ..text.clone() }).collect();
    assert_eq!(all.len(), count);
    all
}

/// Losses and gradients of two batches, the second added to the first, and the losses alone.
fn compare(job: &TrainJob, count: usize, limits: Limits, what: &str) {
    let found = both(job, limits).map(|mut prepared| {
        let all = texts(&prepared, 2 * count);
        let batches = [Batch::of(&all[..count]), Batch::of(&all[count..])];
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

#[test]
fn each_piece_of_the_mlps_rows_drops_what_the_other_pass_drops() {
    let dir = tempfile::tempdir().unwrap();
    write_model_as(dir.path(), "gelu_new", false, "F32");
    for checkpointing in [false, true] {
        let mut job = job(dir.path(), "none", false, checkpointing);
        job.recipe.lora.dropout = 0.05;
        let rows: usize = texts(&prepared_of(&job), 60).iter().map(|text| text.ids.len()).sum();
        assert!(rows > MLP_ROWS_FROZEN, "{rows}");
        compare(&job, 60, Limits::default(), "pieces");
    }
}
