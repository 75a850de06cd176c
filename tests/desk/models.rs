//! Models: downloaded, loaded, failed.

use pag_bert::app::{Desk, Effect, apply_download, start};
use pag_bert::config::{ModelChoice, ModelLocation, Settings};
use pag_bert::error::UserError;
use pag_bert::ui::action::Action;
use pag_bert::ui::state::{AppState, LoadingWhat};
use pag_bert::worker::protocol::{
    DownloadCommand, DownloadEvent, InferenceCommand, InferenceEvent, LoadStage, ModelSource, StorageCommand,
};

use crate::bench::{Bench, storage_commands};

fn repo() -> ModelChoice {
    let base = ModelLocation::Repo { repo: "a/b".into(), revision: None };
    ModelChoice::Custom { base, adapter: None }
}

#[test]
fn a_repository_is_downloaded_then_loaded_and_becomes_the_model_of_the_next_start_only_then() {
    let mut bench = Bench::ready();
    let effects = bench.act(Action::ChooseModel(repo()));
    let [Effect::Download(DownloadCommand::Start { job, .. })] = &effects[..] else { panic!() };
    let progress = DownloadEvent::Progress {
        job: *job,
        file: "model.safetensors".into(),
        bytes_done: 5,
        bytes_total: 10,
        bytes_per_s: 1.0,
    };
    apply_download(&mut bench.state, &mut bench.desk, progress);
    assert!(matches!(bench.state.model.loading.as_ref().unwrap().what, LoadingWhat::Download { bytes_done: 5, .. }));
    let done = DownloadEvent::Done { job: *job, base: "/cache/x".into(), adapter: None, offer: None };
    let effects = apply_download(&mut bench.state, &mut bench.desk, done);
    let [Effect::Inference(InferenceCommand::Load { source: ModelSource::Folders { base, names, .. }, .. })] =
        &effects[..]
    else {
        panic!()
    };
    assert_eq!((base.to_str(), names.base.as_deref()), (Some("/cache/x"), Some("a/b")));
    bench.tell(InferenceEvent::Loading { job: *job, stage: LoadStage::Weights, fraction: 0.3 });
    assert_eq!(bench.state.settings.model, ModelChoice::Embedded);
    let sent = storage_commands(bench.model_ready());
    assert!(matches!(&sent[..], [StorageCommand::SaveSettings(settings)] if settings.model == repo()));
}

#[test]
fn a_model_that_fails_is_said_and_the_demonstration_model_steps_in_when_there_is_no_other() {
    let mut bench = Bench { state: AppState::default(), desk: Desk::default() };
    bench.state.settings = Settings { model: repo(), ..Settings::default() };
    let effects = start(&mut bench.state, &mut bench.desk, Vec::new());
    // Starting the program fetches nothing.
    let download = effects.iter().find_map(|effect| match effect {
        Effect::Download(DownloadCommand::Start { job, offline, .. }) => Some((*job, *offline)),
        _ => None,
    });
    let (job, offline) = download.unwrap();
    assert!(offline);
    let failed = DownloadEvent::Failed { job, error: UserError::new("error-model-file-missing") };
    let effects = apply_download(&mut bench.state, &mut bench.desk, failed);
    assert!(matches!(&effects[..], [Effect::Inference(InferenceCommand::Load { source: ModelSource::Embedded, .. })]));
    assert!(bench.toast_ids().contains(&"error-model-file-missing"));
    bench.model_ready();
    assert_eq!(bench.state.settings.model, ModelChoice::Embedded);
}

#[test]
fn a_paused_download_can_go_on_and_a_stopped_load_is_no_error() {
    let mut bench = Bench::ready();
    let effects = bench.act(Action::ChooseModel(repo()));
    let [Effect::Download(DownloadCommand::Start { job, cancel, .. })] = &effects[..] else { panic!() };
    bench.act(Action::CancelLoading);
    assert!(cancel.is_cancelled());
    apply_download(&mut bench.state, &mut bench.desk, DownloadEvent::Paused { job: *job });
    assert!(matches!(bench.state.model.loading.as_ref().unwrap().what, LoadingWhat::Download { paused: true, .. }));
    let effects = bench.act(Action::ChooseModel(repo()));
    assert!(
        matches!(&effects[..], [Effect::Download(DownloadCommand::Start { cancel, .. })] if !cancel.is_cancelled())
    );

    let mut bench = Bench::ready();
    let folder = ModelLocation::Folder { path: "/m".into() };
    bench.act(Action::ChooseModel(ModelChoice::Custom { base: folder, adapter: None }));
    let job = bench.state.model.loading.as_ref().unwrap().job;
    let error = UserError::new("error-model-load-cancelled");
    bench.tell(InferenceEvent::LoadFailed { job, error, keeps_old: true });
    assert!(bench.state.model.loading.is_none() && bench.state.toasts.is_empty() && bench.state.model.ready.is_some());
}
