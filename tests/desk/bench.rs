//! A window without a window: its state, and a way to act on it.

use pag_bert::app::{Desk, Effect, apply_action, apply_inference, apply_storage, start};
use pag_bert::domain::{Case, CaseId, Finish, PredictedOutcome, Provenance, Review, Suggestion, Timing};
use pag_bert::inference::{CountTokens, FactsBudget};
use pag_bert::ui::action::Action;
use pag_bert::ui::state::{AppState, ToastBody};
use pag_bert::worker::protocol::{InferenceCommand, InferenceEvent, JobId, StorageCommand, StorageEvent};
use std::path::PathBuf;
use std::sync::Arc;

/// Ten words fit.
struct TenWords;

impl CountTokens for TenWords {
    fn budget(&self, facts: &str, _: usize) -> FactsBudget {
        let ends: Vec<usize> = facts.match_indices(' ').map(|(at, _)| at).collect();
        FactsBudget { tokens: ends.len() + 1, limit: 10, overflow_at: ends.get(9).copied() }
    }
}

pub(crate) struct Bench {
    pub(crate) state: AppState,
    pub(crate) desk: Desk,
}

impl Bench {
    /// A window with a model that is ready.
    pub(crate) fn ready() -> Self {
        let mut bench = Self::starting();
        bench.model_ready();
        bench
    }

    /// A window whose model is being loaded.
    pub(crate) fn starting() -> Self {
        let mut bench = Self { state: AppState::default(), desk: Desk::default() };
        bench.state.default_folder = PathBuf::from("/casos");
        bench.state.settings.without_vault = true;
        start(&mut bench.state, &mut bench.desk, Vec::new());
        bench
    }

    pub(crate) fn model_ready(&mut self) -> Vec<Effect> {
        let job = self.state.model.loading.as_ref().unwrap().job;
        let info = crate::common::model_info("m");
        let event = InferenceEvent::Ready { job, info: Box::new(info), counter: Arc::new(TenWords) };
        apply_inference(&mut self.state, &mut self.desk, event)
    }

    pub(crate) fn act(&mut self, action: Action) -> Vec<Effect> {
        apply_action(&mut self.state, &mut self.desk, action)
    }

    pub(crate) fn type_facts(&mut self, text: &str) {
        text.clone_into(&mut self.state.shown_mut().unwrap().case.hechos);
        self.act(Action::CaseEdited);
    }

    pub(crate) fn case(&self) -> &Case {
        &self.state.shown().unwrap().case
    }

    pub(crate) fn id(&self) -> CaseId {
        self.case().id.clone()
    }

    /// Presses «Proponer» and gives the job's number.
    pub(crate) fn suggest(&mut self) -> JobId {
        let effects = self.act(Action::Suggest);
        let [Effect::Inference(InferenceCommand::Generate { job, .. })] = effects.as_slice() else {
            panic!("no suggestion was asked for: {:?}", self.state.failures);
        };
        *job
    }

    pub(crate) fn tell(&mut self, event: InferenceEvent) -> Vec<Effect> {
        apply_inference(&mut self.state, &mut self.desk, event)
    }

    pub(crate) fn store(&mut self, event: StorageEvent) -> Vec<Effect> {
        apply_storage(&mut self.state, &mut self.desk, event)
    }

    pub(crate) fn finish(&mut self, job: JobId, text: &str) {
        self.tell(InferenceEvent::Finished { job, suggestion: Box::new(suggestion(text)) });
    }

    pub(crate) fn toast_ids(&self) -> Vec<&str> {
        self.state
            .toasts
            .iter()
            .map(|toast| match &toast.body {
                ToastBody::Info(id) | ToastBody::InfoWith(id, _) | ToastBody::InfoBytes(id, _) => *id,
                ToastBody::Offer { message, .. } => *message,
                ToastBody::Error { error, .. } => error.id(),
            })
            .collect()
    }
}

pub(crate) fn suggestion(text: &str) -> Suggestion {
    Suggestion {
        intervention: text.to_owned(),
        outcome: PredictedOutcome::default(),
        finish: Finish::EndOfText,
        raw_text: text.to_owned(),
        token_ids: vec![1, 2, 3],
        prompt_tokens: 5,
        timing: Timing::default(),
        provenance: Provenance::default(),
        review: Review::Unreviewed,
    }
}

pub(crate) fn storage_commands(effects: Vec<Effect>) -> Vec<StorageCommand> {
    let storage = effects.into_iter().filter_map(|effect| match effect {
        Effect::Storage(command) => Some(command),
        _ => None,
    });
    storage.collect()
}
