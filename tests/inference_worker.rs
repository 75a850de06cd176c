//! The inference thread: one job at a time, text joined, late and faulty jobs harmless, the old model kept until the new.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops where something fails

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use pag_bert::config::{DeviceSetting, QuantizationChoice};
use pag_bert::domain::{Finish, ModelInfo, PredictedOutcome, Provenance, Review, Sampling, Suggestion, Timing};
use pag_bert::error::UserError;
use pag_bert::inference::{Cancel, CountTokens, Engine, FactsBudget, Progress, Request, Section};
use pag_bert::model::ModelError;
use pag_bert::worker::inference::{InferenceHandle, LoadEngine, LoadJob, spawn};
use pag_bert::worker::load::load_local;
use pag_bert::worker::protocol::{InferenceCommand, InferenceEvent, JobId, LoadStage, ModelNames, ModelSource};

mod common;

/// An engine that does what the facts say: `panic`, `fail`, or writes a letter for each message that it gets.
struct Puppet {
    info: ModelInfo,
    strings: Receiver<&'static str>,
}

struct NoCount;

impl CountTokens for NoCount {
    fn budget(&self, _: &str, _: usize) -> FactsBudget {
        FactsBudget::default()
    }
}

impl Engine for Puppet {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn counter(&self) -> Arc<dyn CountTokens> {
        Arc::new(NoCount)
    }

    fn generate(
        &mut self,
        request: &Request,
        cancel: &Cancel,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Suggestion, UserError> {
        on_progress(Progress::Started { prompt_tokens: 3 });
        let mut text = String::new();
        match request.facts.as_str() {
            "panic" => panic!("told to"),
            "fail" => return Err(UserError::new("error-facts-empty")),
            _ => {
                for (at, delta) in self.strings.iter().enumerate() {
                    text.push_str(delta);
                    let section = Section::Intervention;
                    on_progress(Progress::Text { section, delta: delta.to_owned(), tokens: at + 1 });
                    if cancel.is_cancelled() || delta.ends_with('.') {
                        break;
                    }
                }
            }
        }
        Ok(Suggestion {
            intervention: text.clone(),
            outcome: PredictedOutcome::default(),
            finish: if cancel.is_cancelled() { Finish::Cancelled } else { Finish::EndOfText },
            raw_text: text,
            token_ids: Vec::new(),
            prompt_tokens: 3,
            timing: Timing::default(),
            provenance: Provenance { model: self.info.name.clone(), ..Provenance::default() },
            review: Review::Unreviewed,
        })
    }
}

/// The memory holds no second model, until the first has gone.
static FULL: AtomicBool = AtomicBool::new(true);
/// Lets `stubborn` come to its end.
static RELEASED: AtomicBool = AtomicBool::new(false);

/// A thread whose models are puppets: a model called `broken` can't be loaded, `slow` takes until it is cancelled,
/// `stubborn` does not care, `large` does not fit beside another.
fn puppets() -> (InferenceHandle, Sender<&'static str>, Arc<AtomicUsize>) {
    let (strings_in, strings) = unbounded();
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = woken.clone();
    let load: Arc<LoadEngine> =
        Arc::new(move |job: &LoadJob, cancel: &Cancel, tell: &mut dyn FnMut(LoadStage, f32)| {
            let ModelSource::Folders { base, .. } = &job.source else { panic!("no puppet is embedded") };
            tell(LoadStage::Weights, 0.5);
            match base.to_str().unwrap() {
                "broken" => return Err(ModelError::MissingTensor("transformer.wte.weight".to_owned())),
                "panics" => panic!("told to"),
                "large" if FULL.swap(false, Ordering::SeqCst) => {
                    return Err(ModelError::NotEnoughMemory { needed: 2, available: 1, fits: None, converted: false });
                }
                "stubborn" => {
                    while !RELEASED.load(Ordering::SeqCst) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                "slow" => {
                    while !cancel.is_cancelled() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    return Err(ModelError::Cancelled);
                }
                _ => (),
            }
            let engine: Box<dyn Engine> =
                Box::new(Puppet { info: common::model_info(base.to_str().unwrap()), strings: strings.clone() });
            Ok(engine)
        });
    let woken_by = move || {
        counter.fetch_add(1, Ordering::SeqCst);
    };
    (spawn(load, woken_by).unwrap(), strings_in, woken)
}

fn load(name: &str, job: u64) -> InferenceCommand {
    InferenceCommand::Load {
        job: JobId(job),
        source: ModelSource::Folders { base: PathBuf::from(name), adapter: None, names: ModelNames::default() },
        quantization: QuantizationChoice::None,
        device: DeviceSetting::Cpu,
        cancel: Cancel::default(),
    }
}

fn generate(facts: &str, job: u64, cancel: &Cancel) -> InferenceCommand {
    let request = Request { facts: facts.to_owned(), sampling: Sampling::default(), continue_from: Vec::new() };
    InferenceCommand::Generate { job: JobId(job), request: Box::new(request), cancel: cancel.clone() }
}

fn next(handle: &InferenceHandle) -> InferenceEvent {
    handle.events().recv_timeout(Duration::from_mins(1)).expect("an event")
}

/// The next event of a kind; those before it are let go.
fn wait_for<T>(handle: &InferenceHandle, mut pick: impl FnMut(InferenceEvent) -> Option<T>) -> T {
    loop {
        if let Some(found) = pick(next(handle)) {
            return found;
        }
    }
}

fn ready(handle: &InferenceHandle) -> (JobId, String) {
    wait_for(handle, |event| match event {
        InferenceEvent::Ready { job, info, .. } => Some((job, info.name)),
        _ => None,
    })
}

fn failed(handle: &InferenceHandle) -> (JobId, &'static str) {
    wait_for(handle, |event| match event {
        InferenceEvent::Failed { job, error } => Some((job, error.id())),
        _ => None,
    })
}

fn finished(handle: &InferenceHandle) -> (JobId, Suggestion) {
    wait_for(handle, |event| match event {
        InferenceEvent::Finished { job, suggestion } => Some((job, *suggestion)),
        _ => None,
    })
}

#[test]
fn text_comes_in_pieces_that_make_up_the_whole_and_wakes_the_window() {
    let (handle, strings, woken) = puppets();
    handle.try_send(load("a", 1)).unwrap();
    assert_eq!(ready(&handle), (JobId(1), "a".to_owned()));
    handle.try_send(generate("ok", 2, &Cancel::default())).unwrap();
    for _ in 0..500 {
        strings.send("x").unwrap();
    }
    strings.send("end.").unwrap();
    let (mut text, mut pieces, mut tokens_told) = (String::new(), 0, 0);
    let suggestion = wait_for(&handle, |event| match event {
        InferenceEvent::Text { job, delta, tokens, .. } => {
            assert_eq!(job, JobId(2));
            text.push_str(&delta);
            pieces += 1;
            tokens_told = tokens;
            None
        }
        InferenceEvent::Finished { suggestion, .. } => Some(suggestion),
        _ => None,
    });
    assert_eq!(text, suggestion.intervention);
    assert_eq!(tokens_told, 501);
    assert!(pieces < 250, "{pieces} pieces of 501");
    assert!(woken.load(Ordering::SeqCst) > pieces);
    handle.shutdown();
}

#[test]
fn a_job_that_panics_is_told_and_the_model_is_made_anew() {
    let (handle, strings, _) = puppets();
    handle.try_send(load("a", 1)).unwrap();
    ready(&handle);
    handle.try_send(generate("panic", 2, &Cancel::default())).unwrap();
    assert_eq!(failed(&handle), (JobId(2), "error-model-crashed"));
    assert_eq!(ready(&handle), (JobId(1), "a".to_owned()));
    handle.try_send(generate("ok", 3, &Cancel::default())).unwrap();
    strings.send("again.").unwrap();
    assert_eq!(finished(&handle).1.intervention, "again.");
}

#[test]
fn a_model_that_cannot_be_loaded_leaves_the_old_one_in_use() {
    let (handle, strings, _) = puppets();
    handle.try_send(generate("ok", 1, &Cancel::default())).unwrap();
    assert_eq!(failed(&handle), (JobId(1), "error-model-none"));
    handle.try_send(load("a", 2)).unwrap();
    ready(&handle);
    for (name, id) in [("broken", "error-model-tensor"), ("panics", "error-model-internal")] {
        handle.try_send(load(name, 3)).unwrap();
        let (error, keeps_old) = wait_for(&handle, |event| match event {
            InferenceEvent::LoadFailed { error, keeps_old, .. } => Some((error, keeps_old)),
            _ => None,
        });
        assert_eq!((error.id(), keeps_old), (id, true));
    }
    handle.try_send(generate("ok", 4, &Cancel::default())).unwrap();
    strings.send("still.").unwrap();
    assert_eq!(finished(&handle).1.provenance.model, "a");
}

#[test]
fn the_old_model_writes_while_the_new_one_is_loaded_and_a_second_load_replaces_the_first() {
    let (handle, strings, _) = puppets();
    handle.try_send(load("a", 1)).unwrap();
    ready(&handle);
    handle.try_send(load("slow", 2)).unwrap();
    wait_for(&handle, |event| matches!(event, InferenceEvent::Loading { job: JobId(2), .. }).then_some(()));
    handle.try_send(generate("ok", 3, &Cancel::default())).unwrap();
    strings.send("first.").unwrap();
    assert_eq!(finished(&handle).1.provenance.model, "a");
    handle.try_send(load("b", 4)).unwrap();
    assert_eq!(ready(&handle), (JobId(4), "b".to_owned()));
    handle.try_send(generate("ok", 5, &Cancel::default())).unwrap();
    strings.send("second.").unwrap();
    assert_eq!(finished(&handle).1.provenance.model, "b");
}

#[test]
fn a_failure_and_a_stop_end_one_job_and_not_the_next() {
    let (handle, strings, _) = puppets();
    handle.try_send(load("a", 1)).unwrap();
    ready(&handle);
    handle.try_send(generate("fail", 2, &Cancel::default())).unwrap();
    assert_eq!(failed(&handle), (JobId(2), "error-facts-empty"));
    let cancel = Cancel::default();
    cancel.cancel();
    strings.send("x").unwrap();
    handle.try_send(generate("ok", 3, &cancel)).unwrap();
    assert_eq!(finished(&handle).1.finish, Finish::Cancelled);
    strings.send("y.").unwrap();
    handle.try_send(generate("ok", 4, &Cancel::default())).unwrap();
    assert_eq!(finished(&handle).1.finish, Finish::EndOfText);
}

#[test]
fn more_commands_than_it_holds_come_back_instead_of_blocking() {
    let (handle, strings, _) = puppets();
    handle.try_send(load("a", 1)).unwrap();
    ready(&handle);
    let sent = (2..40).take_while(|job| handle.try_send(generate("ok", *job, &Cancel::default())).is_ok()).count();
    assert!((8..20).contains(&sent), "{sent}");
    for _ in 0..sent {
        strings.send(".").unwrap();
    }
    handle.shutdown();
}

#[test]
fn the_embedded_model_loads_and_writes_on_the_thread() {
    let handle = spawn(Arc::new(load_local), || ()).unwrap();
    let command = InferenceCommand::Load {
        job: JobId(1),
        source: ModelSource::Embedded,
        quantization: QuantizationChoice::Q8_0,
        device: DeviceSetting::Auto,
        cancel: Cancel::default(),
    };
    handle.try_send(command).unwrap();
    assert_eq!(ready(&handle).0, JobId(1));
    handle.try_send(generate("Una mujer gitana pidió trabajo.", 2, &Cancel::default())).unwrap();
    let (job, suggestion) = finished(&handle);
    assert_eq!(job, JobId(2));
    assert!(!suggestion.intervention.is_empty() && suggestion.provenance.demonstration);
}

#[test]
fn a_model_that_does_not_fit_beside_the_old_one_takes_its_place() {
    let (handle, strings, _) = puppets();
    handle.try_send(load("a", 1)).unwrap();
    ready(&handle);
    handle.try_send(load("large", 2)).unwrap();
    let mut failed = false;
    let name = wait_for(&handle, |event| {
        failed |= matches!(event, InferenceEvent::LoadFailed { .. });
        match event {
            InferenceEvent::Ready { info, .. } => Some(info.name),
            InferenceEvent::LoadFailed { .. } => Some(String::new()),
            _ => None,
        }
    });
    assert_eq!((name.as_str(), failed), ("large", false));
    strings.send("ok.").unwrap();
    handle.try_send(generate("ok", 3, &Cancel::default())).unwrap();
    assert_eq!(finished(&handle).1.provenance.model, "large");
}

#[test]
fn a_load_that_was_replaced_and_ends_late_is_not_taken() {
    let (handle, strings, _) = puppets();
    handle.try_send(load("stubborn", 1)).unwrap();
    wait_for(&handle, |event| matches!(event, InferenceEvent::Loading { job: JobId(1), .. }).then_some(()));
    handle.try_send(load("slow", 2)).unwrap();
    wait_for(&handle, |event| matches!(event, InferenceEvent::Loading { job: JobId(2), .. }).then_some(()));
    // The first ends while the second is under way.
    RELEASED.store(true, Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(50));
    handle.try_send(load("b", 3)).unwrap();
    assert_eq!(ready(&handle), (JobId(3), "b".to_owned()));
    strings.send("ok.").unwrap();
    handle.try_send(generate("ok", 4, &Cancel::default())).unwrap();
    assert_eq!(finished(&handle).1.provenance.model, "b");
}

/// Reads ahead a letter a block, and tells of each.
struct Reader {
    info: ModelInfo,
    read: usize,
    /// 0: it was told to forget; [`BEGUN`]: a long block began.
    told: Sender<(usize, bool)>,
    step: Receiver<()>,
}

const BEGUN: usize = 1000;

impl Engine for Reader {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn counter(&self) -> Arc<dyn CountTokens> {
        Arc::new(NoCount)
    }

    fn read_ahead(&mut self, facts: &str, settled: bool, hurry: &mut dyn FnMut() -> bool) -> Result<bool, UserError> {
        self.step.recv().ok();
        if facts == "long block" {
            self.told.send((BEGUN, settled)).ok();
            while !hurry() && self.step.try_recv().is_err() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        self.read = facts.len().min(self.read + 1);
        self.told.send((self.read, settled)).ok();
        assert_ne!(facts, "panic", "told to");
        Ok(self.read < facts.len() && !settled)
    }

    fn forget(&mut self) {
        self.read = 0;
        self.told.send((0, false)).ok();
    }

    fn generate(&mut self, _: &Request, _: &Cancel, _: &mut dyn FnMut(Progress)) -> Result<Suggestion, UserError> {
        Err(UserError::new("error-facts-empty"))
    }
}

fn reader() -> (InferenceHandle, Receiver<(usize, bool)>, Sender<()>) {
    let ((told, heard), (go, step)) = (unbounded(), unbounded());
    let make: Arc<LoadEngine> = Arc::new(move |_: &LoadJob, _: &Cancel, _: &mut dyn FnMut(LoadStage, f32)| {
        let info = common::model_info("reader");
        Ok(Box::new(Reader { info, read: 0, told: told.clone(), step: step.clone() }) as Box<dyn Engine>)
    });
    let handle = spawn(make, || ()).unwrap();
    handle.try_send(load("reader", 1)).unwrap();
    ready(&handle);
    (handle, heard, go)
}

fn ahead(facts: &str) -> InferenceCommand {
    InferenceCommand::ReadAhead { facts: facts.to_owned() }
}

const SOON: Duration = Duration::from_secs(20);

#[test]
fn typed_facts_are_read_block_by_block_and_to_the_end_once_the_typing_pauses() {
    let (handle, heard, go) = reader();
    handle.try_send(ahead("abc")).unwrap();
    for _ in 0..4 {
        go.send(()).unwrap();
    }
    let told: Vec<_> = (0..4).map(|_| heard.recv_timeout(SOON).unwrap()).collect();
    assert_eq!(told, [(1, false), (2, false), (3, false), (3, true)]);
    // Then there is nothing left to read.
    go.send(()).unwrap();
    assert!(heard.recv_timeout(Duration::from_millis(100)).is_err());
    handle.shutdown();
}

#[test]
fn a_suggestion_comes_before_the_next_block_and_ends_the_reading() {
    let (handle, heard, go) = reader();
    handle.try_send(ahead("abcdef")).unwrap();
    go.send(()).unwrap();
    assert_eq!(heard.recv_timeout(SOON).unwrap(), (1, false));
    handle.try_send(generate("x", 2, &Cancel::default())).unwrap();
    // The block that may have begun meanwhile ends; no other begins.
    for _ in 0..6 {
        go.send(()).unwrap();
    }
    assert_eq!(failed(&handle).0, JobId(2));
    std::thread::sleep(Duration::from_millis(100));
    assert!(heard.try_iter().count() <= 1);
    handle.shutdown();
}

#[test]
fn a_block_makes_haste_for_a_suggestion_and_not_for_further_words() {
    let (handle, heard, go) = reader();
    handle.try_send(ahead("long block")).unwrap();
    go.send(()).unwrap();
    assert_eq!(heard.recv_timeout(SOON).unwrap(), (BEGUN, false));
    handle.try_send(ahead("further")).unwrap();
    assert!(heard.recv_timeout(Duration::from_millis(100)).is_err());
    handle.try_send(generate("x", 2, &Cancel::default())).unwrap();
    assert_eq!(heard.recv_timeout(SOON).unwrap(), (1, false));
    assert_eq!(failed(&handle).0, JobId(2));
    handle.shutdown();
}

#[test]
fn words_that_come_while_others_are_read_are_read_next() {
    let (handle, heard, go) = reader();
    handle.try_send(ahead("long block")).unwrap();
    go.send(()).unwrap();
    assert_eq!(heard.recv_timeout(SOON).unwrap(), (BEGUN, false));
    handle.try_send(ahead("abc")).unwrap();
    // The end of the long block, then two of the new words.
    for _ in 0..3 {
        go.send(()).unwrap();
    }
    let told: Vec<_> = (0..3).map(|_| heard.recv_timeout(SOON).unwrap()).collect();
    assert_eq!(told, [(1, false), (2, false), (3, false)]);
    handle.shutdown();
}

#[test]
fn what_is_to_be_forgotten_is_read_no_further() {
    let (handle, heard, go) = reader();
    handle.try_send(ahead("abcdef")).unwrap();
    go.send(()).unwrap();
    assert_eq!(heard.recv_timeout(SOON).unwrap(), (1, false));
    handle.try_send(InferenceCommand::Forget).unwrap();
    for _ in 0..6 {
        go.send(()).unwrap();
    }
    let told: Vec<usize> =
        std::iter::from_fn(|| heard.recv_timeout(Duration::from_millis(200)).ok()).map(|t| t.0).collect();
    // The block that may have begun meanwhile ends; no other begins.
    assert!(told == [0] || told == [2, 0], "{told:?}");
    handle.shutdown();
}

#[test]
fn a_panic_while_reading_ahead_costs_no_more_than_a_new_load() {
    let (handle, heard, go) = reader();
    handle.try_send(ahead("panic")).unwrap();
    go.send(()).unwrap();
    heard.recv_timeout(SOON).unwrap();
    assert_eq!(ready(&handle).0, JobId(1));
    handle.shutdown();
}
