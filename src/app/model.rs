//! Which model is used: choose, download, load, and what to do when that fails.

use super::desk::{Desk, Effect, loading_of, save_settings};
use super::{prepare, suggest};
use crate::config::{ModelChoice, ModelLocation};
use crate::error::UserError;
pub(super) use crate::ui::state::ModelFiles as Files;
use crate::ui::state::{AppState, Loading, LoadingWhat, ToastBody};
use crate::worker::prepare::OfferWhen;
use crate::worker::protocol::{
    DownloadCommand, DownloadEvent, InferenceCommand, InferenceEvent, JobId, LoadStage, ModelNames, ModelSource,
};

/// Downloads what is not here, unless `offline`, and loads it. A load that is under way is given up.
pub(super) fn choose(state: &mut AppState, desk: &mut Desk, choice: ModelChoice, offline: bool) -> Vec<Effect> {
    // What is loaded once more, or without being asked for, is taken as it is.
    let when = if offline { OfferWhen::Never } else { OfferWhen::Worth };
    fetch(state, desk, choice, offline, when)
}

/// As [`choose`], with a say in when preparing the model is offered.
pub(super) fn fetch(
    state: &mut AppState,
    desk: &mut Desk,
    choice: ModelChoice,
    offline: bool,
    when: OfferWhen,
) -> Vec<Effect> {
    state.model.offer = None;
    if let Some(before) = state.model.loading.take() {
        desk.stop(before.job);
    }
    state.model.failed = None;
    let (job, cancel) = desk.new_job();
    let name = name_of(&choice);
    let (what, effect) = match &choice {
        ModelChoice::Embedded => begin_load(state, desk, job, ModelSource::Embedded),
        ModelChoice::Custom { base, adapter } => {
            if when != OfferWhen::Asked
                && let Some(source) = folders(base, adapter.as_ref())
            {
                begin_load(state, desk, job, source)
            } else {
                let what = LoadingWhat::Download {
                    file: String::new(),
                    bytes_done: 0,
                    bytes_total: 0,
                    bytes_per_s: 0.0,
                    paused: false,
                };
                let (base, adapter) = (base.clone(), adapter.clone());
                let offer = Box::new((state.models_folder.clone(), when));
                (what, Effect::Download(DownloadCommand::Start { job, base, adapter, offline, offer, cancel }))
            }
        }
    };
    state.model.loading = Some(Loading { job, choice, name, what, since_s: state.now_s });
    vec![effect]
}

/// Loads the model in use once more, as the settings now are.
pub(super) fn reload(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    choose(state, desk, state.settings.model.clone(), true)
}

fn load(state: &AppState, desk: &mut Desk, job: JobId, source: ModelSource) -> Effect {
    Effect::Inference(InferenceCommand::Load {
        job,
        source,
        quantization: state.settings.quantization,
        device: state.settings.device,
        cancel: desk.cancel_of(job),
    })
}

fn begin_load(state: &AppState, desk: &mut Desk, job: JobId, source: ModelSource) -> (LoadingWhat, Effect) {
    (LoadingWhat::Load { stage: LoadStage::Opening, fraction: 0.0 }, load(state, desk, job, source))
}

/// The folders of a model; none when one of its repositories has to be looked for first.
fn folders(base: &ModelLocation, adapter: Option<&ModelLocation>) -> Option<ModelSource> {
    let folder = |location: &ModelLocation| match location {
        ModelLocation::Folder { path } => Some(path.clone()),
        ModelLocation::Repo { .. } => None,
    };
    let adapter = match adapter {
        Some(location) => Some(folder(location)?),
        None => None,
    };
    Some(ModelSource::Folders { base: folder(base)?, adapter, names: ModelNames::default() })
}

/// The name of a choice, without what would have to be translated: empty for the demonstration model.
fn name_of(choice: &ModelChoice) -> String {
    match choice {
        ModelChoice::Embedded => String::new(),
        ModelChoice::Custom { base: ModelLocation::Repo { repo, .. }, .. } => repo.clone(),
        ModelChoice::Custom { base: ModelLocation::Folder { path }, .. } => crate::files::name_of(path),
    }
}

fn repo_name(location: &ModelLocation) -> Option<String> {
    match location {
        ModelLocation::Folder { .. } => None,
        ModelLocation::Repo { repo, .. } => Some(repo.clone()),
    }
}

/// Loads a model whose files are here.
pub(super) fn load_files(
    state: &mut AppState,
    desk: &mut Desk,
    choice: ModelChoice,
    name: String,
    files: Files,
) -> Vec<Effect> {
    if let Some(before) = state.model.loading.take() {
        desk.stop(before.job);
    }
    state.model.failed = None;
    let (job, _) = desk.new_job();
    let Files { base, adapter, names } = files;
    let (what, effect) = begin_load(state, desk, job, ModelSource::Folders { base, adapter, names });
    state.model.loading = Some(Loading { job, choice, name, what, since_s: state.now_s });
    vec![effect]
}

/// Stops the load, the download or the conversion; what has arrived is kept.
pub(super) fn cancel(state: &mut AppState, desk: &Desk) {
    if let Some(loading) = &state.model.loading {
        desk.stop(loading.job);
        if matches!(loading.what, LoadingWhat::Download { paused: true, .. }) {
            state.model.loading = None;
        }
    }
}

/// What the inference thread says of loads.
pub(super) fn on_event(state: &mut AppState, desk: &mut Desk, event: InferenceEvent) -> Vec<Effect> {
    match event {
        InferenceEvent::Loading { job, stage, fraction } => {
            if let Some(loading) = loading_of(state, job) {
                loading.what = LoadingWhat::Load { stage, fraction };
            }
            Vec::new()
        }
        InferenceEvent::Ready { job, info, counter } => {
            desk.ended(job);
            desk.counter = Some(counter);
            desk.ahead = None;
            for open in &mut state.cases {
                open.budget_stale = true;
            }
            let mut effects = Vec::new();
            if let Some(loading) = state.model.loading.take_if(|loading| loading.job == job)
                && loading.choice != state.settings.model
            {
                // Kept only now: a model that can't be loaded is not tried again at every start.
                state.settings.model = loading.choice;
                effects.push(save_settings(state));
                desk.toast(state, ToastBody::InfoWith("toast-model-ready", info.name.clone()));
            }
            state.model.failed = None;
            state.model.ready = Some(*info);
            effects.extend(suggest::begin_queued(state, desk));
            effects
        }
        InferenceEvent::LoadFailed { job, error, keeps_old } => {
            desk.ended(job);
            if !keeps_old {
                state.model.ready = None;
                desk.counter = None;
            }
            match state.model.loading.take_if(|loading| loading.job == job) {
                Some(loading) => failed(state, desk, error, &loading.choice),
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// What the download thread says.
pub(super) fn on_download(state: &mut AppState, desk: &mut Desk, event: DownloadEvent) -> Vec<Effect> {
    match event {
        DownloadEvent::Progress { job, file, bytes_done, bytes_total, bytes_per_s } => {
            if let Some(loading) = loading_of(state, job) {
                loading.what = LoadingWhat::Download { file, bytes_done, bytes_total, bytes_per_s, paused: false };
            }
            Vec::new()
        }
        DownloadEvent::Done { job, base, adapter, offer } => {
            let Some(loading) = loading_of(state, job) else { return Vec::new() };
            loading.what = LoadingWhat::Load { stage: LoadStage::Opening, fraction: 0.0 };
            let ModelChoice::Custom { base: base_location, adapter: adapter_location } = &loading.choice else {
                return Vec::new();
            };
            let names =
                ModelNames { base: repo_name(base_location), adapter: adapter_location.as_ref().and_then(repo_name) };
            if let Some(offer) = offer {
                desk.ended(job);
                let Some(loading) = state.model.loading.take() else { return Vec::new() };
                prepare::offered(state, loading, Files { base, adapter, names }, *offer);
                return Vec::new();
            }
            vec![load(state, desk, job, ModelSource::Folders { base, adapter, names })]
        }
        DownloadEvent::Paused { job } => {
            desk.ended(job);
            if let Some(loading) = loading_of(state, job)
                && let LoadingWhat::Download { paused, .. } = &mut loading.what
            {
                *paused = true;
                desk.toast(state, ToastBody::Info("toast-download-paused"));
            }
            Vec::new()
        }
        DownloadEvent::Preparing { job, bytes_done, bytes_total, bytes_per_s } => {
            if let Some(loading) = loading_of(state, job) {
                loading.what = LoadingWhat::Prepare { bytes_done, bytes_total, bytes_per_s };
            }
            Vec::new()
        }
        DownloadEvent::Prepared { job, prepared } => prepare::prepared(state, desk, job, *prepared),
        DownloadEvent::Failed { job, error } => {
            desk.ended(job);
            match state.model.loading.take_if(|loading| loading.job == job) {
                Some(Loading { what: LoadingWhat::Prepare { .. }, .. }) => {
                    // The offer stays: what was done is kept, and the model in use was not touched.
                    let body = if error.id() == "error-convert-cancelled" {
                        ToastBody::Info("toast-prepare-stopped")
                    } else {
                        ToastBody::Error { error, retry: false }
                    };
                    desk.toast(state, body);
                    Vec::new()
                }
                Some(loading) => failed(state, desk, error, &loading.choice),
                None => Vec::new(),
            }
        }
    }
}

/// Says why; without any model, the demonstration model is better than none.
fn failed(state: &mut AppState, desk: &mut Desk, error: UserError, choice: &ModelChoice) -> Vec<Effect> {
    let stopped = error.id() == "error-model-load-cancelled";
    if !stopped {
        state.model.failed = Some(error.clone());
        desk.toast(state, ToastBody::Error { error, retry: false });
    }
    if state.model.ready.is_some() {
        return Vec::new();
    }
    if *choice == ModelChoice::Embedded {
        // Nobody will begin what waits for a model.
        if let Some((job, _)) = desk.queued.take()
            && let Some(waiting) = state.job.take_if(|current| current.id == job)
        {
            state.failures.insert(waiting.case, UserError::new("error-model-none"));
        }
        return Vec::new();
    }
    let failed = state.model.failed.clone();
    let effects = choose(state, desk, ModelChoice::Embedded, true);
    state.model.failed = failed;
    effects
}
