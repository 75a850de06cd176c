//! Training where something is missing: room on the disk, a token, the right base, a folder of its own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test that can't go on says so

#[allow(dead_code)] // other tests set it read-only, too
#[path = "common/small_disk.rs"]
mod small_disk;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use pag_bert::i18n::{I18n, Lang};
use pag_bert::model::{DeviceChoice, FileSource};
use pag_bert::training::dataset::Labels;
use pag_bert::training::{Data, Finished, Parts, Recipe, TrainError, TrainEvent, TrainJob, train};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Twelve steps of LoRA on a small model, with a checkpoint after each.
fn job(out: &Path) -> TrainJob {
    let mut recipe = Recipe { add_tokens: true, steps: 12, warmup: 2, batch: 2, accumulation: 1, ..Recipe::default() };
    (recipe.save_every, recipe.validate_every, recipe.patience) = (1, 4, 0);
    (recipe.lora.r, recipe.lora.alpha) = (4, 8.0);
    TrainJob {
        base: FileSource::Folder(fixtures().join("gptj/seed_like/base")),
        base_name: "base".into(),
        start: None,
        data: Data::read(&fixtures().join("training/data"), Labels::Given, Parts::Named).unwrap(),
        recipe,
        threads: 1,
        device: DeviceChoice::Cpu,
        tensors: false,
        out: out.to_owned(),
        resume: false,
    }
}

fn run(job: &TrainJob) -> Result<Finished, TrainError> {
    train(job, &I18n::new(Lang::Es), &mut |_: &TrainEvent| (), &|| false)
}

/// Stops after so many steps.
fn run_until(job: &TrainJob, last: usize) -> Finished {
    let done = AtomicUsize::new(0);
    let mut tell = |event: &TrainEvent| {
        if let TrainEvent::Step { step, .. } = event {
            done.store(*step, Ordering::Relaxed);
        }
    };
    train(job, &I18n::new(Lang::Es), &mut tell, &|| done.load(Ordering::Relaxed) == last).unwrap()
}

fn read(out: &Path, name: &str) -> Vec<u8> {
    std::fs::read(out.join(name)).unwrap()
}

#[test]
fn a_full_disk_leaves_the_last_checkpoint_and_the_run_goes_on_from_it() {
    let Some(disk) = small_disk::disk() else {
        return small_disk::run("a_full_disk_leaves_the_last_checkpoint_and_the_run_goes_on_from_it", "4m");
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let whole = elsewhere.path().join("whole");
    run(&job(&whole)).unwrap();

    let out = disk.join("run");
    let mut job = job(&out);
    assert!(run_until(&job, 5).interrupted);
    let before = read(&out, "checkpoint.safetensors");
    let filler = small_disk::leave(&disk, before.len() as u64 / 2);
    job.resume = true;
    match run(&job) {
        Err(TrainError::Write { source, .. }) => assert_eq!(source.kind(), io::ErrorKind::StorageFull),
        other => panic!("{other:?}"),
    }
    assert_eq!(read(&out, "checkpoint.safetensors"), before);
    std::fs::remove_file(filler).unwrap();
    run(&job).unwrap();
    assert_eq!(read(&out, "adapter_model.safetensors"), read(&whole, "adapter_model.safetensors"));
}

#[test]
fn what_does_not_fit_together_is_named_before_anything_is_learnt() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut no_end = job(&out);
    no_end.recipe.add_tokens = false;
    let ended = run(&no_end);
    assert!(matches!(ended, Err(TrainError::NoEndToken { .. })), "{ended:?}");
    let mut other_base = job(&out);
    other_base.start = Some(FileSource::Folder(fixtures().join("training/lora_all/start")));
    match run(&other_base) {
        Err(TrainError::Model(error)) => assert!(error.to_string().contains("another base model"), "{error}"),
        other => panic!("{other:?}"),
    }
    let mut nothing = job(&out);
    nothing.resume = true;
    assert!(matches!(run(&nothing), Err(TrainError::NothingToResume(_))));
    // None of them is in the way of the one that is right.
    assert_eq!(run(&job(&out)).unwrap().steps, 12);
}
