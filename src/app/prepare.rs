//! «Preparar para este equipo»: offered when a large model has come, or when a person asks for it.

use super::desk::{Desk, Effect};
use super::model;
use crate::config::{ModelChoice, ModelLocation, QuantizationChoice};
use crate::ui::action::{Modal, PrepareForm};
use crate::ui::state::{AppState, Loading, LoadingWhat, Offered, ToastBody};
use crate::worker::prepare::{OfferWhen, PrepareJob, PrepareOffer, Prepared};
use crate::worker::protocol::{DownloadCommand, JobId};

/// Nobody who has typed within this time is interrupted by a dialog; the offer waits at the window's foot.
const TYPING_S: f64 = 5.0;
/// Memory that the rest of the computer is left, where a form is proposed.
const REST_BYTES: u64 = 2_000_000_000;

/// Looks what preparing the model in use would save.
pub(super) fn ask(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    if state.model.offer.is_some() {
        show(state);
        return Vec::new();
    }
    let choice = state.settings.model.clone();
    model::fetch(state, desk, choice, true, OfferWhen::Asked)
}

/// The files of a model have come, and preparing it is worth it.
pub(super) fn offered(state: &mut AppState, loading: Loading, files: model::Files, offer: PrepareOffer) {
    state.model.offer = Some(Box::new(Offered { choice: loading.choice, name: loading.name, files, offer }));
    let typing = state.shown().is_some_and(|open| state.now_s - open.edited_at_s < TYPING_S);
    if state.modal.is_none() && !typing {
        show(state);
    }
}

/// Opens the dialog, with the form that suits this computer.
pub(super) fn show(state: &mut AppState) {
    let Some(offered) = &state.model.offer else { return };
    let quantization = proposed(state, &offered.offer);
    state.modal = Some(Modal::Prepare(PrepareForm { quantization, remove_original: false }));
}

/// The form of the settings where it fits into this computer beside all else, or the largest that does, or the smallest.
fn proposed(state: &AppState, offer: &PrepareOffer) -> QuantizationChoice {
    let total = state.memory.total_bytes;
    let fits = |bytes: u64| total == 0 || bytes + REST_BYTES <= total;
    let wanted = offer.forms.iter().find(|form| form.quantization == state.settings.quantization);
    let wanted = wanted.into_iter().chain(&offer.forms).find(|form| fits(form.memory_bytes));
    wanted.or(offer.forms.last()).map_or(QuantizationChoice::Q4k, |form| form.quantization)
}

/// Begins, as the dialog says.
pub(super) fn begin(state: &mut AppState, desk: &mut Desk, form: PrepareForm) -> Vec<Effect> {
    let Some(offered) = state.model.offer.clone() else { return Vec::new() };
    state.modal = None;
    if let Some(before) = state.model.loading.take() {
        desk.stop(before.job);
    }
    let (job, cancel) = desk.new_job();
    let form_name = match form.quantization {
        QuantizationChoice::None => "none",
        QuantizationChoice::Q8_0 => "q8_0",
        QuantizationChoice::Q6k => "q6k",
        QuantizationChoice::Q4k => "q4k",
    };
    let file = format!("{}-{form_name}.gguf", file_stem(&offered.name));
    let what = LoadingWhat::Prepare { bytes_done: 0, bytes_total: 0, bytes_per_s: 0.0 };
    state.model.loading =
        Some(Loading { job, choice: offered.choice, name: offered.name.clone(), what, since_s: state.now_s });
    let what = PrepareJob {
        base: offered.files.base,
        name: offered.name,
        quantization: form.quantization,
        out: state.models_folder.join(file),
        remove_original: form.remove_original,
    };
    vec![Effect::Download(DownloadCommand::Prepare { job, what: Box::new(what), cancel })]
}

/// A repository's name as a file's: letters, digits and what joins them.
fn file_stem(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let stem: String = name.trim_start_matches('.').chars().map(safe).collect();
    if stem.is_empty() { "modelo".to_owned() } else { stem }
}

/// Loads the model as it came; one that is in use already stays so.
pub(super) fn skip(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    if matches!(state.modal, Some(Modal::Prepare(_))) {
        state.modal = None;
    }
    let Some(offered) = state.model.offer.take() else { return Vec::new() };
    if offered.choice == state.settings.model && state.model.ready.as_ref().is_some_and(|ready| !ready.demonstration) {
        return Vec::new();
    }
    model::load_files(state, desk, offered.choice, offered.name, offered.files)
}

/// The new file is whole: from now on it is the model.
pub(super) fn prepared(state: &mut AppState, desk: &mut Desk, job: JobId, prepared: Prepared) -> Vec<Effect> {
    desk.ended(job);
    if state.model.loading.take_if(|loading| loading.job == job).is_none() {
        return Vec::new();
    }
    let Some(offered) = state.model.offer.take() else { return Vec::new() };
    match (prepared.freed_bytes, prepared.kept_because) {
        (_, Some(error)) => desk.toast(state, ToastBody::Error { error, retry: false }),
        (Some(bytes), None) => desk.toast(state, ToastBody::InfoBytes("toast-original-removed", bytes)),
        (None, None) => {}
    }
    let adapter = match offered.choice {
        ModelChoice::Custom { adapter, .. } => adapter,
        ModelChoice::Embedded => None,
    };
    let choice = ModelChoice::Custom { base: ModelLocation::Folder { path: prepared.path.clone() }, adapter };
    let files = model::Files { base: prepared.path, ..offered.files };
    model::load_files(state, desk, choice, offered.name, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_gives_a_file_name_that_stays_in_its_folder() {
        assert_eq!(file_stem("bertin-project/bertin-gpt-j-6B"), "bertin-project-bertin-gpt-j-6B");
        assert_eq!(file_stem("../../x"), "-..-x");
        assert_eq!(file_stem(""), "modelo");
    }
}
