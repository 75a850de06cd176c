//! Twenty steps beside torch and peft, runs that stop and go on, and what a run leaves behind.

#![allow(clippy::unwrap_used, clippy::float_cmp)] // a test that can't go on says so

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Tensor};
use pag_bert::i18n::{I18n, Lang};
use pag_bert::model::FileSource;
use pag_bert::training::{Data, Finished, LossOn, Recipe, Schedule, TrainError, TrainEvent, TrainJob, train};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The job of make_training_fixtures.py of that name.
fn job(name: &str, out: &Path, checkpointing: bool) -> TrainJob {
    let mut recipe = Recipe {
        add_tokens: true,
        steps: 20,
        warmup: 4,
        clip: 1.0,
        shuffle: false,
        checkpointing,
        validate_every: 20,
        save_every: 5,
        patience: 0,
        ..Recipe::default()
    };
    recipe.lora.dropout = 0.0;
    let all = ["q_proj", "k_proj", "v_proj", "out_proj", "fc_in", "fc_out"];
    let base = match name {
        "lora" => {
            (recipe.lora.r, recipe.lora.alpha) = (4, 8.0);
            (recipe.learning_rate, recipe.batch, recipe.accumulation) = (2e-2, 2, 2);
            "seed_like"
        }
        "lora_all" => {
            (recipe.lora.r, recipe.lora.alpha) = (3, 6.0);
            recipe.lora.target_modules = all.map(str::to_owned).to_vec();
            (recipe.learning_rate, recipe.batch, recipe.accumulation) = (5e-3, 3, 1);
            (recipe.schedule, recipe.loss, recipe.adamw.weight_decay) = (Schedule::Cosine, LossOn::Completion, 0.1);
            "quant"
        }
        "full" => {
            (recipe.full, recipe.adamw.weight_decay) = (true, 0.1);
            (recipe.learning_rate, recipe.batch, recipe.accumulation) = (1e-3, 2, 2);
            "seed_like"
        }
        _ => {
            (recipe.full, recipe.schedule) = (true, Schedule::Cosine);
            (recipe.learning_rate, recipe.batch, recipe.accumulation) = (1e-3, 4, 1);
            "tied"
        }
    };
    let start = (!recipe.full).then(|| FileSource::Folder(fixtures().join("training").join(name).join("start")));
    TrainJob {
        base: FileSource::Folder(fixtures().join("gptj").join(base).join("base")),
        base_name: "base".into(),
        start,
        data: Data::read(&fixtures().join("training/data")).unwrap(),
        recipe,
        threads: 2,
        out: out.to_owned(),
        resume: false,
    }
}

fn run(job: &TrainJob) -> Result<Finished, TrainError> {
    train(job, &I18n::new(Lang::Es), &mut |_: &TrainEvent| (), &|| false)
}

fn losses(out: &Path, field: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    text.lines().filter_map(|line| serde_json::from_str::<Value>(line).unwrap()[field].as_f64()).collect()
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn parity(name: &str) {
    let expected = candle_core::safetensors::load(
        fixtures().join("training").join(name).join("expected.safetensors"),
        &Device::Cpu,
    )
    .unwrap();
    for checkpointing in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("run");
        run(&job(name, &out, checkpointing)).unwrap();
        let (ours, theirs) = (losses(&out, "loss"), numbers(&expected["losses"]));
        assert_eq!(ours.len(), 20);
        for (step, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert!((ours - theirs).abs() < 1e-4 * theirs, "{name} {checkpointing} {step}: {ours} {theirs}");
        }
        let (ours, theirs) = (*losses(&out, "validation_loss").last().unwrap(), numbers(&expected["validation"])[0]);
        assert!((ours - theirs).abs() < 1e-4 * theirs, "{name}: {ours} {theirs}");
        let file = if name.starts_with("lora") { "adapter_model.safetensors" } else { "model.safetensors" };
        let written = candle_core::safetensors::load(out.join(file), &Device::Cpu).unwrap();
        assert_eq!(written.len() + 2, expected.len(), "{name}");
        for (tensor, ours) in &written {
            for (ours, theirs) in numbers(ours).iter().zip(numbers(&expected[tensor])) {
                assert!((ours - theirs).abs() < 1e-3, "{name} {tensor}: {ours} {theirs}");
            }
        }
    }
}

#[test]
fn lora_with_accumulation_is_pefts() {
    parity("lora");
}

#[test]
fn lora_on_every_layer_and_the_completion_alone_is_pefts() {
    parity("lora_all");
}

#[test]
fn full_training_with_accumulation_is_torchs() {
    parity("full");
}

#[test]
fn full_training_of_a_shared_embedding_is_torchs() {
    parity("full_tied");
}

#[test]
fn a_run_that_was_stopped_goes_on_with_the_same_losses() {
    let dir = tempfile::tempdir().unwrap();
    let with_dropout = |out: &Path| {
        let mut job = job("lora", out, true);
        job.recipe.lora.dropout = 0.1;
        job.recipe.shuffle = true;
        job
    };
    let (whole, parts) = (dir.path().join("whole"), dir.path().join("parts"));
    run(&with_dropout(&whole)).unwrap();
    let mut job = with_dropout(&parts);
    let done = AtomicUsize::new(0);
    let mut tell = |event: &TrainEvent| {
        if let TrainEvent::Step { step, .. } = event {
            done.store(*step, Ordering::Relaxed);
        }
    };
    let ended = train(&job, &I18n::new(Lang::Es), &mut tell, &|| done.load(Ordering::Relaxed) == 7).unwrap();
    assert!(ended.interrupted && ended.steps == 7, "{ended:?}");
    assert!(!parts.join("run.md").exists());
    job.resume = true;
    // Another recipe is not the run that was begun.
    let mut other = job.clone();
    other.recipe.learning_rate = 1e-3;
    assert!(matches!(run(&other), Err(TrainError::OtherRun { what: "recipe", .. })));
    run(&job).unwrap();
    assert_eq!(losses(&whole, "loss"), losses(&parts, "loss"));
    let read = |out: &Path| std::fs::read(out.join("adapter_model.safetensors")).unwrap();
    assert_eq!(read(&whole), read(&parts));
}

#[test]
fn a_loss_that_is_no_number_names_step_and_batch_and_keeps_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut job = job("full", &out, false);
    (job.recipe.learning_rate, job.recipe.warmup, job.recipe.clip, job.recipe.save_every) = (0.99, 1, 0.0, 1);
    job.recipe.adamw.epsilon = 1e-38;
    job.recipe.adamw.beta2 = 0.0;
    job.recipe.adamw.beta1 = 0.999_999;
    job.recipe.steps = 400;
    match run(&job) {
        Err(TrainError::NotANumber { step, batch }) => {
            assert!(step > 1 && batch.iter().all(|origin| origin.file == "train.jsonl"), "{step} {batch:?}");
            assert!(out.join("checkpoint.safetensors").exists());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_card_tells_data_recipe_losses_and_energy() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut job = job("lora", &out, true);
    job.data.sentiment_labels = true;
    run(&job).unwrap();
    let card = std::fs::read_to_string(out.join("run.md")).unwrap();
    for word in
        [&job.data.files[0].1, "learning_rate = 0.02", "perplexity", "kWh", "kg/kWh", "clasificador de sentimiento"]
    {
        assert!(card.contains(word), "{word}\n{card}");
    }
    assert!(std::fs::read_to_string(out.join("curves.svg")).unwrap().contains("<polyline"));
    assert!(!out.join("checkpoint.safetensors").exists());
}
