//! From «Proponer» to a suggestion in the case, and what a person does with it.

use super::desk::{Desk, Effect};
use crate::domain::{CaseId, CaseStatus, Finish, Review, Sampling, Suggestion, clean_facts};
use crate::error::UserError;
use crate::inference::{Request, Section, facts_too_long};
use crate::ui::state::{AppState, Job, JobPhase, ToastBody, Undo};
use crate::worker::protocol::{InferenceCommand, InferenceEvent, JobId};

/// Chance for «Otra» where the settings are greedy: enough for another text, not enough for nonsense.
const ANOTHER: Sampling = Sampling {
    temperature: 0.8,
    top_k: None,
    top_p: Some(0.95),
    repetition_penalty: 1.1,
    seed: 0,
    max_new_tokens: 256,
};

/// Which suggestion is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    First,
    Another,
    Continue,
}

/// Begins a suggestion for the shown case, or says why not.
pub(super) fn begin(state: &mut AppState, desk: &mut Desk, kind: Kind) -> Vec<Effect> {
    let Some(open) = state.shown() else { return Vec::new() };
    let id = open.case.id.clone();
    if state.job.is_some() {
        desk.toast(state, ToastBody::Info("toast-busy"));
        return Vec::new();
    }
    let request = match request(state, desk, &id, kind) {
        Ok(request) => request,
        Err(error) => {
            state.failures.insert(id, error);
            return Vec::new();
        }
    };
    state.failures.remove(&id);
    let (job, cancel) = desk.new_job();
    state.job = Some(Job {
        id: job,
        case: id,
        phase: JobPhase::Queued,
        intervention: String::new(),
        outcome: String::new(),
        prompt_tokens: 0,
        tokens: request.continue_from.len(),
        words_per_s: None,
        since_s: state.now_s,
        writing_since_s: None,
        stopping: false,
    });
    if state.model.ready.is_none() {
        desk.toast(state, ToastBody::Info("toast-queued"));
        desk.queued = Some((job, request));
        return Vec::new();
    }
    vec![Effect::Inference(InferenceCommand::Generate { job, request: Box::new(request), cancel })]
}

fn request(state: &mut AppState, desk: &Desk, id: &CaseId, kind: Kind) -> Result<Request, UserError> {
    let mut sampling = state.settings.sampling.clone();
    let (ready, loading) = (state.model.ready.is_some(), state.model.loading.is_some());
    let Some(open) = state.case_mut(id) else { return Err(UserError::new("error-facts-empty")) };
    let facts = clean_facts(&open.case.hechos)?;
    if !ready && !loading {
        return Err(UserError::new("error-model-none"));
    }
    if let Some(counter) = &desk.counter {
        let budget = counter.budget(&open.case.hechos, sampling.max_new_tokens);
        (open.budget, open.budget_stale) = (Some(budget), false);
        if budget.excess() > 0 {
            return Err(facts_too_long(budget.excess(), budget.excess_words(&open.case.hechos)));
        }
    }
    let mut continue_from = Vec::new();
    match (kind, &open.case.propuesta) {
        (Kind::Continue, Some(before)) => {
            continue_from.clone_from(&before.token_ids);
            sampling = before.provenance.sampling.clone();
        }
        (Kind::Another, before) => {
            let last_seed = before.as_ref().map_or(0, |before| before.provenance.sampling.seed);
            if sampling.temperature <= 0.0 {
                sampling = Sampling { max_new_tokens: sampling.max_new_tokens, ..ANOTHER };
            }
            sampling.seed = last_seed + 1;
        }
        _ => (),
    }
    Ok(Request { facts, sampling, continue_from })
}

/// Facts that change are handed over to be read ahead at most so often.
const READ_AHEAD_EVERY_S: f64 = 0.5;

/// Gives the model the shown case's facts to read while they are written.
pub(super) fn read_ahead(state: &AppState, desk: &mut Desk) -> Vec<Effect> {
    if next_read_ahead_s(state, desk).is_none_or(|seconds| seconds > 0.0) {
        return Vec::new();
    }
    let Some(open) = state.shown() else { return Vec::new() };
    desk.ahead = Some((open.case.id.clone(), open.edited_at_s, state.now_s));
    vec![Effect::Inference(InferenceCommand::ReadAhead { facts: open.case.hechos.clone() })]
}

/// Seconds until the facts may be handed over; none when there is nothing new to read.
pub(super) fn next_read_ahead_s(state: &AppState, desk: &Desk) -> Option<f64> {
    let open = state.shown()?;
    let wanted = state.settings.read_while_typing
        && state.model.ready.is_some()
        && state.job.is_none()
        && !open.case.hechos.trim().is_empty()
        && open.budget.is_none_or(|budget| budget.excess() == 0);
    let Some((id, edited_at_s, at_s)) = &desk.ahead else { return wanted.then_some(0.0) };
    let changed = *id != open.case.id || edited_at_s.to_bits() != open.edited_at_s.to_bits();
    (wanted && changed).then(|| (at_s + READ_AHEAD_EVERY_S - state.now_s).max(0.0))
}

/// The model is ready: a suggestion that waited for it begins.
pub(super) fn begin_queued(state: &AppState, desk: &mut Desk) -> Vec<Effect> {
    let Some((job, request)) = desk.queued.take() else { return Vec::new() };
    if state.job.as_ref().is_none_or(|current| current.id != job) {
        return Vec::new();
    }
    let cancel = desk.cancel_of(job);
    vec![Effect::Inference(InferenceCommand::Generate { job, request: Box::new(request), cancel })]
}

/// Asks the running suggestion to end.
pub(super) fn stop(state: &mut AppState, desk: &mut Desk) {
    let Some(job) = &mut state.job else { return };
    desk.stop(job.id);
    job.stopping = true;
    if desk.queued.take_if(|(queued, _)| *queued == job.id).is_some() {
        // Nobody works on it yet, so nobody will say that it has ended.
        desk.ended(job.id);
        state.job = None;
    }
}

/// Words of the running suggestion; those of any other job are late and ignored.
pub(super) fn on_event(state: &mut AppState, desk: &mut Desk, event: InferenceEvent) {
    let now_s = state.now_s;
    match event {
        InferenceEvent::Started { job, prompt_tokens } => {
            if let Some(current) = current(state, job) {
                current.prompt_tokens = prompt_tokens;
                current.phase = JobPhase::Reading { fraction: 0.0 };
            }
        }
        InferenceEvent::Prefill { job, done, total } => {
            if let Some(current) = current(state, job) {
                current.phase = JobPhase::Reading { fraction: done as f32 / total.max(1) as f32 };
            }
        }
        InferenceEvent::Text { job, section, delta, tokens } => {
            if let Some(current) = current(state, job) {
                current.phase = JobPhase::Writing;
                current.tokens = tokens;
                match section {
                    Section::Intervention => current.intervention.push_str(&delta),
                    Section::Outcome => current.outcome.push_str(&delta),
                }
                let since_s = *current.writing_since_s.get_or_insert(now_s);
                let words = current.intervention.split_whitespace().count() as f64;
                // Before a second has passed the figure would only dance.
                current.words_per_s = (now_s - since_s > 1.0).then(|| words / (now_s - since_s));
            }
        }
        InferenceEvent::Finished { job, suggestion } => {
            desk.ended(job);
            if let Some(current) = state.job.take_if(|current| current.id == job) {
                keep(state, &current.case, *suggestion);
            }
        }
        InferenceEvent::Failed { job, error } => {
            desk.ended(job);
            if let Some(current) = state.job.take_if(|current| current.id == job) {
                state.failures.insert(current.case, error);
            }
        }
        InferenceEvent::Loading { .. } | InferenceEvent::Ready { .. } | InferenceEvent::LoadFailed { .. } => (),
    }
}

fn current(state: &mut AppState, job: JobId) -> Option<&mut Job> {
    state.job.as_mut().filter(|current| current.id == job)
}

/// Puts a finished suggestion beside its case. One that was stopped before its first word leaves the one before.
fn keep(state: &mut AppState, id: &CaseId, suggestion: Suggestion) {
    let now_s = state.now_s;
    let Some(open) = state.case_mut(id) else { return };
    if suggestion.finish == Finish::Cancelled && suggestion.token_ids.is_empty() {
        return;
    }
    open.case.propuesta = Some(suggestion);
    open.touch(now_s);
}

/// Takes the suggestion, or a passage of it, into the case.
pub(super) fn accept(state: &mut AppState, passage: Option<&str>) {
    let now_s = state.now_s;
    let Some(open) = state.shown_mut() else { return };
    let before = Box::new(open.case.clone());
    let Some(suggestion) = &mut open.case.propuesta else { return };
    let text = passage.unwrap_or(&suggestion.intervention).trim().to_owned();
    if text.is_empty() {
        return;
    }
    let generated = suggestion.review != Review::Edited;
    if suggestion.review == Review::Unreviewed {
        suggestion.review = Review::Accepted;
    }
    let intervencion = &mut open.case.intervencion;
    if intervencion.trim().is_empty() {
        *intervencion = text;
    } else {
        intervencion.truncate(intervencion.trim_end().len());
        intervencion.push_str("\n\n");
        intervencion.push_str(&text);
    }
    open.known_intervencion.clone_from(intervencion);
    open.case.intervencion_generada |= generated;
    if open.case.status == CaseStatus::Draft {
        open.case.status = CaseStatus::Accepted;
    }
    open.undo = Some(Undo::Suggestion(before));
    open.touch(now_s);
}

/// Throws the suggestion away.
pub(super) fn discard(state: &mut AppState) {
    let now_s = state.now_s;
    if let Some(id) = state.selected.clone() {
        state.failures.remove(&id);
    }
    let Some(open) = state.shown_mut() else { return };
    if open.case.propuesta.is_some() {
        open.undo = Some(Undo::Suggestion(Box::new(open.case.clone())));
        open.case.propuesta = None;
        open.touch(now_s);
    }
}

/// Takes back the last «Usar» or «Descartar»; what was typed since into other fields stays. A text that was changed for
/// another version of it changes places with that, so that nothing typed into either is lost.
pub(super) fn undo(state: &mut AppState) {
    let now_s = state.now_s;
    let Some(open) = state.shown_mut() else { return };
    match open.undo.take() {
        Some(Undo::Suggestion(before)) => {
            open.case.intervencion = before.intervencion;
            open.case.intervencion_generada = before.intervencion_generada;
            open.case.propuesta = before.propuesta;
            open.case.status = before.status;
        }
        Some(Undo::Text(mut other)) => {
            std::mem::swap(&mut open.case, &mut *other);
            open.undo = Some(Undo::Text(other));
        }
        None => return,
    }
    open.known_intervencion.clone_from(&open.case.intervencion);
    open.touch(now_s);
}

/// A person stands by the generated passage.
pub(super) fn confirm(state: &mut AppState) {
    let now_s = state.now_s;
    if let Some(open) = state.shown_mut() {
        open.case.intervencion_generada = false;
        open.touch(now_s);
    }
}
