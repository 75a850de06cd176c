//! «Preparar para este equipo»: offered, taken up, put off, stopped.

use pag_bert::app::{Effect, apply_download};
use pag_bert::config::{ModelChoice, ModelLocation, QuantizationChoice};
use pag_bert::error::UserError;
use pag_bert::ui::action::{Action, Modal};
use pag_bert::ui::state::LoadingWhat;
use pag_bert::worker::prepare::{OfferWhen, PrepareJob, PrepareOffer, Prepared, PreparedForm};
use pag_bert::worker::protocol::{
    DownloadCommand, DownloadEvent, InferenceCommand, JobId, ModelSource, StorageCommand,
};

use crate::bench::{Bench, storage_commands};

const GB: u64 = 1_000_000_000;

fn adapter() -> ModelLocation {
    ModelLocation::Repo { repo: "c/d".into(), revision: None }
}

fn repo() -> ModelChoice {
    ModelChoice::Custom { base: ModelLocation::Repo { repo: "a/b".into(), revision: None }, adapter: Some(adapter()) }
}

fn offer() -> PrepareOffer {
    let form = |quantization, gigabytes| PreparedForm {
        quantization,
        file_bytes: gigabytes * GB,
        memory_bytes: gigabytes * GB,
    };
    PrepareOffer {
        file_bytes: 12 * GB,
        memory_bytes: 12 * GB,
        free_bytes: Some(50 * GB),
        forms: vec![
            form(QuantizationChoice::Q8_0, 7),
            form(QuantizationChoice::Q6k, 5),
            form(QuantizationChoice::Q4k, 4),
        ],
    }
}

fn told(bench: &mut Bench, event: DownloadEvent) -> Vec<Effect> {
    apply_download(&mut bench.state, &mut bench.desk, event)
}

/// A large model was chosen and has come.
fn offered(bench: &mut Bench) -> Vec<Effect> {
    bench.state.models_folder = "/modelos".into();
    let effects = bench.act(Action::ChooseModel(repo()));
    let [Effect::Download(DownloadCommand::Start { job, offer: when, .. })] = &effects[..] else { panic!() };
    assert_eq!(**when, ("/modelos".into(), OfferWhen::Worth));
    let done = DownloadEvent::Done {
        job: *job,
        base: "/cache/x".into(),
        adapter: Some("/cache/y".into()),
        offer: Some(Box::new(offer())),
    };
    told(bench, done)
}

/// Presses «Preparar» in the open dialog.
fn begin(bench: &mut Bench) -> (JobId, PrepareJob, pag_bert::inference::Cancel) {
    let Some(Modal::Prepare(form)) = bench.state.modal.clone() else { panic!("no dialog") };
    let mut effects = bench.act(Action::Prepare(form));
    let Some(Effect::Download(DownloadCommand::Prepare { job, what, cancel })) = effects.pop() else { panic!() };
    (job, *what, cancel)
}

/// The folders that are loaded, with the names shown.
fn loaded(effects: &[Effect]) -> (String, String, String) {
    let [Effect::Inference(InferenceCommand::Load { source: ModelSource::Folders { base, adapter, names }, .. })] =
        effects
    else {
        panic!("nothing is loaded")
    };
    let text = |path: &std::path::Path| path.display().to_string();
    (text(base), adapter.as_deref().map(text).unwrap_or_default(), names.base.clone().unwrap_or_default())
}

#[test]
fn a_large_model_is_prepared_and_then_is_the_model_of_the_next_start() {
    let mut bench = Bench::ready();
    assert!(offered(&mut bench).is_empty(), "it is loaded before anybody said how");
    let (job, what, _) = begin(&mut bench);
    let expected = PrepareJob {
        base: "/cache/x".into(),
        name: "a/b".into(),
        quantization: QuantizationChoice::Q8_0,
        out: "/modelos/a-b-q8_0.gguf".into(),
        remove_original: false,
    };
    assert_eq!(what, expected);
    assert!(bench.state.modal.is_none() && bench.state.model.ready.is_some(), "work can't go on meanwhile");
    told(&mut bench, DownloadEvent::Preparing { job, bytes_done: 3, bytes_total: 12, bytes_per_s: 1.0 });
    let loading = bench.state.model.loading.clone().unwrap();
    assert!(matches!(loading.what, LoadingWhat::Prepare { bytes_done: 3, bytes_total: 12, .. }));

    let path = "/modelos/a-b-q8_0.gguf";
    let prepared = Prepared { path: path.into(), freed_bytes: Some(12 * GB), kept_because: None };
    let effects = told(&mut bench, DownloadEvent::Prepared { job, prepared: Box::new(prepared) });
    assert_eq!(loaded(&effects), (path.into(), "/cache/y".into(), "a/b".into()));
    assert!(bench.toast_ids().contains(&"toast-original-removed"));
    assert_eq!(bench.state.settings.model, ModelChoice::Embedded);
    let sent = storage_commands(bench.model_ready());
    let wanted = ModelChoice::Custom { base: ModelLocation::Folder { path: path.into() }, adapter: Some(adapter()) };
    assert!(matches!(&sent[..], [StorageCommand::SaveSettings(settings)] if settings.model == wanted));
    assert!(bench.state.model.offer.is_none());
}

#[test]
fn the_form_proposed_is_the_one_of_the_settings_where_memory_allows_it() {
    for (gigabytes, wanted) in [
        (32, QuantizationChoice::Q8_0),
        (8, QuantizationChoice::Q6k),
        (6, QuantizationChoice::Q4k),
        (2, QuantizationChoice::Q4k),
    ] {
        let mut bench = Bench::ready();
        bench.state.memory.total_bytes = gigabytes * GB;
        offered(&mut bench);
        let Some(Modal::Prepare(form)) = &bench.state.modal else { panic!() };
        assert_eq!((form.quantization, form.remove_original), (wanted, false), "{gigabytes} GB");
    }
}

#[test]
fn whoever_types_or_has_a_dialog_open_is_not_interrupted() {
    let mut bench = Bench::ready();
    bench.state.now_s = 100.0;
    bench.type_facts("Una familia");
    bench.state.now_s = 102.0;
    offered(&mut bench);
    assert!(bench.state.modal.is_none() && bench.state.model.offer.is_some());
    bench.act(Action::ShowPrepare);
    assert!(matches!(bench.state.modal, Some(Modal::Prepare(_))));

    let mut bench = Bench::ready();
    let effects = bench.act(Action::ChooseModel(repo()));
    let [Effect::Download(DownloadCommand::Start { job, .. })] = &effects[..] else { panic!() };
    bench.act(Action::ShowModal(Modal::Settings));
    let done = DownloadEvent::Done { job: *job, base: "/x".into(), adapter: None, offer: Some(Box::new(offer())) };
    told(&mut bench, done);
    assert!(matches!(bench.state.modal, Some(Modal::Settings)) && bench.state.model.offer.is_some());
}

#[test]
fn putting_it_off_keeps_the_offer_and_doing_without_loads_the_model_as_it_came() {
    let mut bench = Bench::ready();
    offered(&mut bench);
    assert!(bench.act(Action::CloseModal).is_empty());
    assert!(bench.state.model.offer.is_some());
    let effects = bench.act(Action::SkipPrepare);
    assert_eq!(loaded(&effects), ("/cache/x".into(), "/cache/y".into(), "a/b".into()));
    bench.model_ready();
    assert_eq!(bench.state.settings.model, repo());
    assert!(bench.state.model.offer.is_none());
}

#[test]
fn a_stopped_or_failed_preparation_leaves_the_model_in_use_and_can_be_begun_again() {
    for (id, toast) in
        [("error-convert-cancelled", "toast-prepare-stopped"), ("error-convert-space", "error-convert-space")]
    {
        let mut bench = Bench::ready();
        offered(&mut bench);
        let (job, _, cancel) = begin(&mut bench);
        bench.act(Action::CancelLoading);
        assert!(cancel.is_cancelled());
        let effects = told(&mut bench, DownloadEvent::Failed { job, error: UserError::new(id) });
        assert!(effects.is_empty() && bench.state.model.ready.is_some() && bench.state.model.failed.is_none());
        assert_eq!(bench.toast_ids(), [toast]);
        bench.act(Action::ShowPrepare);
        let (_, _, cancel) = begin(&mut bench);
        assert!(!cancel.is_cancelled());
    }
}

#[test]
fn another_model_chosen_meanwhile_is_the_one_that_counts() {
    let mut bench = Bench::ready();
    offered(&mut bench);
    let (job, _, cancel) = begin(&mut bench);
    bench.act(Action::ChooseModel(ModelChoice::Embedded));
    assert!(cancel.is_cancelled() && bench.state.model.offer.is_none());
    let prepared = Prepared { path: "/modelos/x.gguf".into(), freed_bytes: None, kept_because: None };
    assert!(told(&mut bench, DownloadEvent::Prepared { job, prepared: Box::new(prepared) }).is_empty());
    bench.model_ready();
    assert_eq!(bench.state.settings.model, ModelChoice::Embedded);
}

#[test]
fn the_model_in_use_can_be_prepared_from_the_menu_and_stays_in_use_when_it_is_not() {
    let mut bench = Bench::ready();
    bench.state.settings.model = repo();
    let effects = bench.act(Action::AskPrepare);
    let [Effect::Download(DownloadCommand::Start { job, offer: when, offline: true, .. })] = &effects[..] else {
        panic!()
    };
    assert_eq!(when.1, OfferWhen::Asked);
    let done = DownloadEvent::Done { job: *job, base: "/x".into(), adapter: None, offer: Some(Box::new(offer())) };
    told(&mut bench, done);
    assert!(bench.act(Action::SkipPrepare).is_empty());
    assert!(bench.state.modal.is_none() && bench.state.model.loading.is_none());
    // Starting the program offers nothing.
    let offline = bench.state.settings.clone();
    let effects = bench.act(Action::SetSettings(Box::new(pag_bert::config::Settings {
        quantization: QuantizationChoice::Q4k,
        ..offline
    })));
    let started = effects.iter().find_map(|effect| match effect {
        Effect::Download(DownloadCommand::Start { offer, .. }) => Some(offer.1),
        _ => None,
    });
    assert_eq!(started, Some(OfferWhen::Never));
}
