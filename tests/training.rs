//! Twenty steps beside torch and peft, runs that stop and go on, and what a run leaves behind.
//!
//! `PAG_TEST_DEVICE=cuda` runs what is said to be on tensors on a GPU.

#![allow(clippy::unwrap_used, clippy::float_cmp, clippy::disallowed_methods)] // a test that can't go on says so

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Tensor};
use pag_bert::i18n::{I18n, Lang};
use pag_bert::model::{AdapterMode, DeviceChoice, FileSource, LoadRequest, ModelError, Quantization, load};
use pag_bert::training::dataset::Labels;
use pag_bert::training::{Data, Finished, LossOn, Parts, Recipe, Schedule, TrainError, TrainEvent, TrainJob, train};
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
        data: Data::read(&fixtures().join("training/data"), Labels::Given, Parts::Named).unwrap(),
        recipe,
        threads: 2,
        device: DeviceChoice::Cpu,
        tensors: false,
        out: out.to_owned(),
        resume: false,
    }
}

/// The job on tensors, on the device that is tested.
fn on_tensors(job: TrainJob) -> TrainJob {
    let device = std::env::var("PAG_TEST_DEVICE").map_or(DeviceChoice::Cpu, |text| text.parse().unwrap());
    TrainJob { tensors: true, device, ..job }
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
    for (checkpointing, tensors) in [(false, false), (true, false), (false, true), (true, true)] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("run");
        let job = job(name, &out, checkpointing);
        run(&if tensors { on_tensors(job) } else { job }).unwrap();
        let (ours, theirs) = (losses(&out, "loss"), numbers(&expected["losses"]));
        assert_eq!(ours.len(), 20);
        for (step, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert!((ours - theirs).abs() < 1e-4 * theirs, "{name} {checkpointing} {tensors} {step}: {ours} {theirs}");
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
fn a_run_may_go_on_on_another_device_and_says_on_which_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, parts) = (dir.path().join("whole"), dir.path().join("parts"));
    let with_dropout = |out: &Path| {
        let mut job = job("lora", out, true);
        job.recipe.lora.dropout = 0.1;
        job
    };
    run(&with_dropout(&whole)).unwrap();
    let mut job = with_dropout(&parts);
    let done = AtomicUsize::new(0);
    let mut tell = |event: &TrainEvent| {
        if let TrainEvent::Step { step, .. } = event {
            done.store(*step, Ordering::Relaxed);
        }
    };
    train(&job, &I18n::new(Lang::Es), &mut tell, &|| done.load(Ordering::Relaxed) == 7).unwrap();
    job.resume = true;
    run(&on_tensors(job)).unwrap();
    for (ours, theirs) in losses(&parts, "loss").iter().zip(losses(&whole, "loss")) {
        assert!((ours - theirs).abs() < 1e-4 * theirs, "{ours} {theirs}");
    }
    let lines = std::fs::read_to_string(parts.join("metrics.jsonl")).unwrap();
    let devices = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).unwrap()["device"].as_str().map(str::to_owned));
    let devices: Vec<String> = devices.collect();
    assert!(devices.len() == 20 && devices[..7].iter().all(|device| device == "CPU"), "{devices:?}");
    assert!(std::fs::read_to_string(parts.join("run.md")).unwrap().contains("- Equipo: CPU, "));
    // A card that this build doesn't know, or that is not there, is refused by its name.
    let mut refused = with_dropout(&dir.path().join("refused"));
    refused.device = if cfg!(feature = "metal") { DeviceChoice::Cuda } else { DeviceChoice::Metal };
    for full in [false, true] {
        refused.recipe.full = full;
        refused.start = if full { None } else { refused.start };
        assert!(matches!(run(&refused), Err(TrainError::Model(ModelError::Device { .. }))), "{full}");
    }
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

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
    // No settings of whoever runs the tests.
    command.args(arguments).env("PAG_BERT_HOME", env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// `pag-bert train` of a small model, with enough steps to be killed in the midst of them.
fn long_training(dir: &Path, out: &Path, more: &[&str]) -> Command {
    let recipe = dir.join("recipe.toml");
    let settings = "add_tokens = true\nsteps = 300\nwarmup = 10\nlearning_rate = 0.01\nbatch = 3\naccumulation = 2\n\
        save_every = 7\nvalidate_every = 10\npatience = 0\n[lora]\nr = 4\nalpha = 8.0\ndropout = 0.1\n";
    std::fs::write(&recipe, settings).unwrap();
    let base = fixtures().join("gptj/seed_like/base");
    let data = fixtures().join("training/data");
    let mut command = program(&["train", "--model", text(&base), "--dataset", text(&data), "--accept-faults"]);
    command.args(["--recipe", text(&recipe), "--out", text(out), "--threads", "2"]).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn ended_well(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_one_that_never_was() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, killed) = (dir.path().join("whole"), dir.path().join("killed"));
    ended_well(&long_training(dir.path(), &whole, &[]).output().unwrap());
    let mut resume: &[&str] = &[];
    // At once after what is told first, before a checkpoint is due, and further on each time.
    for lines in [3, 5, 12, 33, 60, 8] {
        let mut child = long_training(dir.path(), &killed, resume).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        for _ in 0..lines {
            told.next().unwrap().unwrap();
        }
        // SIGKILL: it has no time for anything.
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().code(), None, "it ended by itself");
        assert!(!killed.join("run.md").exists());
        resume = &["--resume"];
    }
    ended_well(&long_training(dir.path(), &killed, resume).output().unwrap());
    for (field, count) in [("loss", 300), ("gradient_norm", 300), ("tokens", 300), ("validation_loss", 31)] {
        let (expected, found) = (losses(&whole, field), losses(&killed, field));
        assert_eq!(expected.len(), count, "{field}");
        assert_eq!(expected, found, "{field}");
    }
    let adapter = |out: &Path| std::fs::read(out.join("adapter_model.safetensors")).unwrap();
    assert_eq!(adapter(&whole), adapter(&killed));
    assert!(!killed.join("checkpoint.safetensors").exists() && !killed.join("best.safetensors").exists());
}

/// `pag-bert train --recipe embedded` for two steps of each run, on a few cases of the corpus that stand where it looks for them.
fn demonstration(dir: &Path, out: &Path, more: &[&str]) -> Command {
    let corpus = dir.join("assets/corpus");
    std::fs::create_dir_all(&corpus).unwrap();
    let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus/empleo.jsonl");
    let cases: Vec<String> = std::fs::read_to_string(written).unwrap().lines().take(40).map(str::to_owned).collect();
    std::fs::write(corpus.join("empleo.jsonl"), cases.join("\n")).unwrap();
    let mut command = program(&["train", "--recipe", "embedded", "--out", text(out)]);
    command.current_dir(dir);
    command.args(["--accept-faults", "--steps", "2", "--batch", "1", "--variants", "12", "--threads", "2"]).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_demonstration_model_is_a_base_and_then_an_adapter_of_it_and_comes_out_the_same_again() {
    let dir = tempfile::tempdir().unwrap();
    let (first, again) = (dir.path().join("first"), dir.path().join("again"));
    for out in [&first, &again] {
        ended_well(&demonstration(dir.path(), out, &[]).output().unwrap());
    }
    for (part, weights) in [("base", "model.safetensors"), ("adapter", "adapter_model.safetensors")] {
        let read = |out: &Path, name: &str| std::fs::read(out.join(part).join(name)).unwrap();
        assert_eq!(read(&first, weights), read(&again, weights), "{part}");
        let digest = |out: &Path| {
            let card = String::from_utf8(read(out, "run.md")).unwrap();
            card.lines().find(|line| line.contains("Huella de las pérdidas")).unwrap().to_owned()
        };
        assert_eq!(digest(&first), digest(&again), "{part}");
        assert_eq!(losses(&first.join(part), "loss").len(), 2);
    }
    let prompt = [1, 2, 3];
    let (base, adapter) = (first.join("base"), first.join("adapter"));
    assert_eq!(logits(&base, Some(&adapter), &prompt).len(), logits(&base, None, &prompt).len());
    // What is finished is left as it is; what was not begun is made.
    std::fs::remove_dir_all(again.join("adapter")).unwrap();
    let untouched = std::fs::metadata(again.join("base/run.md")).unwrap().modified().unwrap();
    ended_well(&demonstration(dir.path(), &again, &["--resume"]).output().unwrap());
    assert_eq!(std::fs::metadata(again.join("base/run.md")).unwrap().modified().unwrap(), untouched);
    let weights = |out: &Path| std::fs::read(out.join("adapter/adapter_model.safetensors")).unwrap();
    assert_eq!(weights(&first), weights(&again));
}

/// The logits of every position.
fn logits(base: &Path, adapter: Option<&Path>, ids: &[u32]) -> Vec<f64> {
    let request = LoadRequest {
        base: FileSource::Folder(base.to_owned()),
        adapter: adapter.map(|folder| FileSource::Folder(folder.to_owned())),
        adapter_mode: AdapterMode::Beside,
        quantization: Quantization::None,
        device: DeviceChoice::Cpu,
        dtype: None,
        name: "base".into(),
        adapter_name: None,
        demonstration: false,
    };
    let model = load(&request, &mut |_| (), &|| false).unwrap().model;
    numbers(&model.forward_all(ids, &mut model.new_cache().unwrap()).unwrap())
}

#[test]
fn a_merged_model_says_what_base_and_adapter_say_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["lora", "lora_all"] {
        let (adapter, merged) = (dir.path().join(name), dir.path().join(format!("{name}_merged")));
        let job = job(name, &adapter, false);
        run(&job).unwrap();
        let FileSource::Folder(base) = &job.base else { unreachable!() };
        let said =
            program(&["merge", "--model", text(base), "--adapter", text(&adapter), "--out", text(&merged)]).output();
        ended_well(&said.unwrap());
        let ids: Vec<u32> = (5..45).collect();
        let far = |a: &[f64], b: &[f64]| a.iter().zip(b).fold(0.0f64, |most, (a, b)| most.max((a - b).abs()));
        let beside = logits(base, Some(&adapter), &ids);
        assert!(far(&beside, &logits(base, None, &ids)) > 0.1, "{name}: it has learnt something");
        let found = logits(&merged, None, &ids);
        assert_eq!(found.len(), beside.len());
        // Where the base is in f16, so is what is merged.
        let most = beside.iter().fold(0.0f64, |most, v| most.max(v.abs()));
        let tolerance = if name == "lora" { 1e-4 } else { 5e-3 * most };
        assert!(far(&beside, &found) < tolerance, "{name}: {} of {most}", far(&beside, &found));
        // What is there is not written over.
        let again =
            program(&["merge", "--model", text(base), "--adapter", text(&adapter), "--out", text(&merged)]).output();
        assert_eq!(again.unwrap().status.code(), Some(1));
    }
}

#[test]
fn an_adapter_is_trained_over_a_converted_file_as_over_what_it_was_made_of() {
    let dir = tempfile::tempdir().unwrap();
    let mut original = job("lora_all", &dir.path().join("original"), false);
    original.recipe.quantization = "q8_0".to_owned();
    run(&original).unwrap();
    let FileSource::Folder(base) = original.base.clone() else { unreachable!() };
    let convert = |out: &Path, more: &[&str]| {
        let arguments = ["convert", "--model", text(&base), "--quantization", "q8_0", "--out", text(out)];
        ended_well(&program(&[&arguments, more].concat()).output().unwrap());
        FileSource::at(out).unwrap()
    };
    let converted = convert(&dir.path().join("base.gguf"), &[]);
    let job = TrainJob { base: converted, out: dir.path().join("converted"), ..original.clone() };
    run(&job).unwrap();
    assert_eq!(losses(&job.out, "loss"), losses(&original.out, "loss"));
    // One with an adapter in it is the base of no other.
    let merged =
        convert(&dir.path().join("merged.gguf"), &["--adapter", text(&original.out), "--adapter-mode", "merge"]);
    let refused = run(&TrainJob { base: merged, start: None, out: dir.path().join("refused"), ..original });
    assert!(matches!(&refused, Err(TrainError::Model(error)) if error.to_string().contains("adapter")), "{refused:?}");
}

#[test]
fn a_dataset_with_faults_is_refused_by_file_and_row_before_anything_begins() {
    let dir = tempfile::tempdir().unwrap();
    let (data, out) = (dir.path().join("data"), dir.path().join("run"));
    std::fs::create_dir(&data).unwrap();
    let rows = "text,intervencion,resultado\nuno,a,Positivo\ndos,b,Negativo\ntres,c,Neutro\nSECRETO,d,good\n";
    std::fs::write(data.join("train.csv"), rows).unwrap();
    let base = fixtures().join("gptj/seed_like/base");
    let train = |more: &[&str]| {
        let mut command = program(&["train", "--model", text(&base), "--dataset", text(&data), "--out", text(&out)]);
        command.args(["--recipe", "seed", "--quantization", "none", "--steps", "2", "--warmup", "1"]).args(more);
        command.output().unwrap()
    };
    let refused = train(&[]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("train.csv:4: ") && !said.contains("SECRETO") && !out.exists(), "{said}");
    ended_well(&train(&["--accept-faults"]));
    let card = std::fs::read_to_string(out.join("run.md")).unwrap();
    assert!(card.contains("train.csv"), "{card}");
}

#[test]
fn the_measurement_of_training_tells_what_it_measured() {
    let arguments = ["bench", "train", "--batch", "1", "--tokens", "16", "--steps", "1", "--threads", "1", "--json"];
    let output = program(&[&arguments[..], &["--checkpointing"]].concat()).output().unwrap();
    ended_well(&output);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!((6_700_000..6_900_000).contains(&told["parameters"].as_u64().unwrap()), "{told}");
    assert!(told["tokens_per_s"].as_f64().unwrap() > 0.0 && told["checkpointing"] == true, "{told}");
    assert_eq!(told["device"], "CPU");
    // What belongs to the measurement of a model is none of training's.
    assert_eq!(program(&["bench", "--layers", "1", "train"]).output().unwrap().status.code(), Some(2));
}
