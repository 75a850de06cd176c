//! Two who want to change one case: the second window only reads, and where two texts have come of it, a person decides.

use super::desk::{self, Desk, Effect};
use super::{cases, vault};
use crate::clock;
use crate::domain::Case;
use crate::ui::action::{Action, Modal, Resolution};
use crate::ui::state::{AppState, OpenCase, ToastBody};
use crate::vault::Stored;
use crate::worker::vault_protocol::VaultCommand;

/// Whether the action would change a case of a vault that is open for reading only.
pub(super) fn refuses(state: &AppState, action: &Action) -> bool {
    state.vault.open().is_some()
        && !state.vault.can_write()
        && matches!(
            action,
            Action::NewCase
                | Action::CaseEdited
                | Action::TryExample(_)
                | Action::Suggest
                | Action::Regenerate
                | Action::Continue
                | Action::Accept { .. }
                | Action::ConfirmReviewed
                | Action::Discard
                | Action::UndoAccept
                | Action::Save
                | Action::Open
                | Action::OpenPaths(_)
                | Action::Import(_)
                | Action::TakeImport
                | Action::UndoImport
                | Action::Bin(_)
                | Action::Unbin(_)
                | Action::AskDelete(_)
                | Action::DeleteForGood
                | Action::RestoreText(_)
                | Action::SetAttachments(_)
                | Action::Resolve(_)
        )
}

/// Both say the same, whenever they were saved.
pub(super) fn is_same_text(one: &Case, other: &Case) -> bool {
    *one == Case { modified_at: one.modified_at.clone(), ..other.clone() }
}

/// Somebody has saved the case meanwhile: the person sees both texts. Where they say the same there is nothing to ask.
pub(super) fn ask(state: &mut AppState, stored: Stored) -> Vec<Effect> {
    state.closing = None;
    let Some(open) = state.case_mut(&stored.case.id) else { return Vec::new() };
    if is_same_text(&open.case, &stored.case) {
        open.stored = stored.revision;
        return vec![vault::save(open)];
    }
    state.selected = Some(stored.case.id.clone());
    state.modal = Some(Modal::Conflict { stored: Box::new(stored) });
    Vec::new()
}

/// Does what the person has decided.
pub(super) fn resolve(state: &mut AppState, desk: &mut Desk, resolution: Resolution) -> Vec<Effect> {
    let Some(Modal::Conflict { stored }) = state.modal.take() else { return Vec::new() };
    let id = stored.case.id.clone();
    match resolution {
        Resolution::Mine => {
            let Some(open) = state.case_mut(&id) else { return Vec::new() };
            open.stored = stored.revision;
            vec![vault::save(open)]
        }
        Resolution::Theirs => {
            super::suggest::stop(state, desk);
            if let Some(open) = state.case_mut(&id) {
                *open = OpenCase { stored: stored.revision, ..OpenCase::new(stored.case) };
            }
            desk.toast(state, ToastBody::Info("toast-theirs"));
            cases::discard_draft(state, &id)
        }
        Resolution::Both => {
            let own = desk::numbered_case(state);
            let now_s = state.now_s;
            super::suggest::stop(state, desk);
            let Some(open) = state.case_mut(&id) else { return Vec::new() };
            (open.case.id, open.case.number) = (own.id.clone(), own.number.clone());
            open.case.modified_at = clock::now();
            (open.stored, open.path, open.draft_kept, open.draft_sent) = (0, None, None, None);
            open.unsaved_since_s = Some(now_s);
            cases::take_number(state, &own.number);
            state.selected = Some(own.id.clone());
            let mut effects: Vec<Effect> = state.case(&own.id).map(vault::save).into_iter().collect();
            effects.push(vault::send(VaultCommand::DiscardDraft { id }));
            effects.push(desk::save_settings(state));
            effects
        }
    }
}
