//! The cases of the vault at the desk: the list and its search, the bin, earlier texts, and what lies with a case.

use std::ops::Range;

use super::cases;
use super::desk::{Desk, Effect};
use super::vault::send;
use crate::domain::{Case, CaseId};
use crate::error::UserError;
use crate::ui::action::{Action, Modal};
use crate::ui::archive_state::{ArchiveState, HistoryForm};
use crate::ui::state::{AppState, OpenCase, ToastBody, Undo};
use crate::vault::{KeptSuggestion, Revision, Undone};
use crate::worker::vault_protocol::{VaultCommand, VaultEvent, VaultOperation};

/// A vault has just been opened.
pub(super) fn begin(state: &mut AppState) -> Vec<Effect> {
    state.archive = ArchiveState::default();
    let mut effects = fetch(state);
    effects.push(send(VaultCommand::LastImport));
    let with_case = state.cases.iter().filter(|open| open.stored > 0);
    effects.extend(with_case.map(|open| send(VaultCommand::Attachments { id: open.case.id.clone() })));
    effects
}

/// Something else is searched for.
pub(super) fn search(state: &mut AppState) -> Vec<Effect> {
    state.archive.read_dates();
    state.archive.begin_search();
    fetch(state)
}

/// All filters off.
pub(super) fn clear_filters(state: &mut AppState) -> Vec<Effect> {
    state.archive.clear_filters();
    search(state)
}

/// The vault has changed.
pub(super) fn refresh(state: &mut AppState) -> Vec<Effect> {
    state.archive.begin_change();
    fetch(state)
}

/// These rows are in view.
pub(super) fn show_rows(state: &mut AppState, rows: Range<usize>) -> Vec<Effect> {
    state.archive.set_view(rows);
    fetch(state)
}

/// Asks for what is in view and not here yet.
fn fetch(state: &mut AppState) -> Vec<Effect> {
    let mut effects = Vec::new();
    if state.vault.open().is_some() {
        while let Some((ask, query)) = state.archive.next_question(&state.search) {
            effects.push(send(VaultCommand::List { ask, query: Box::new(query) }));
        }
    }
    effects
}

/// Stored cases that nobody has changed leave the window once another is shown: they are read again when they are wanted.
pub(super) fn leave_clean(state: &mut AppState) {
    if state.vault.open().is_none() {
        return;
    }
    let AppState { cases, selected, job, failures, .. } = state;
    cases.retain(|open| {
        let id = &open.case.id;
        let busy = job.as_ref().is_some_and(|job| job.case == *id) || open.draft_sent.is_some();
        open.stored == 0 || open.dirty || busy || selected.as_ref() == Some(id)
    });
    failures.retain(|id, _| cases.iter().any(|open| open.case.id == *id));
}

/// The vault has changed under the shown case, perhaps: where nobody has changed it here, it is read again.
pub(super) fn read_shown_again(state: &mut AppState) -> Vec<Effect> {
    let Some(shown) = state.selected.take() else { return Vec::new() };
    leave_clean(state);
    if state.case(&shown).is_some() {
        state.selected = Some(shown);
        return Vec::new();
    }
    super::vault::open_stored(state, shown)
}

/// Shows a case of the window.
pub(super) fn select(state: &mut AppState, id: CaseId) {
    state.selected = Some(id);
    state.case_list_open = false;
    state.find_in_text = None;
    leave_clean(state);
}

/// Puts a case into the bin.
pub(super) fn bin(state: &mut AppState, desk: &mut Desk, id: CaseId) -> Vec<Effect> {
    if state.case(&id).is_some_and(|open| open.stored == 0 || open.would_lose()) {
        desk.toast(state, ToastBody::Info("toast-bin-unsaved"));
        return Vec::new();
    }
    vec![send(VaultCommand::SetBinned { id, binned: true })]
}

/// Takes it out again.
pub(super) fn unbin(id: CaseId) -> Vec<Effect> {
    vec![send(VaultCommand::SetBinned { id, binned: false })]
}

/// Asks what would go for good, before anybody is asked whether it shall.
pub(super) fn ask_delete(id: Option<CaseId>) -> Vec<Effect> {
    vec![send(VaultCommand::BinContents { id })]
}

/// Deletes what the open question names.
pub(super) fn delete(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::ConfirmDelete { id, .. }) = state.modal.take() else { return Vec::new() };
    vec![send(VaultCommand::Delete { id })]
}

/// Shows the earlier texts of the shown case.
pub(super) fn history(state: &mut AppState, id: CaseId) -> Vec<Effect> {
    state.modal = Some(Modal::History(Box::new(HistoryForm { id: Some(id.clone()), ..HistoryForm::default() })));
    vec![send(VaultCommand::History { id })]
}

/// Puts an earlier text into its case, as an edit that can be taken back.
pub(super) fn restore(state: &mut AppState, earlier: Case) -> Vec<Effect> {
    let Some(open) = state.case_mut(&earlier.id) else { return Vec::new() };
    let now = open.case.clone();
    let case = Case { number: now.number.clone(), created_at: now.created_at.clone(), ..earlier };
    open.known_intervencion.clone_from(&case.intervencion);
    open.case = case;
    open.undo = Some(Undo::Text(Box::new(now)));
    state.selected = Some(open.case.id.clone());
    state.modal = None;
    cases::edited(state)
}

/// Other names of what lies with the shown case. They are kept at once: no draft holds them.
pub(super) fn set_attachments(state: &mut AppState, names: Vec<String>) -> Vec<Effect> {
    let Some(open) = state.shown_mut().filter(|open| open.stored > 0) else { return Vec::new() };
    open.attachments.clone_from(&names);
    vec![send(VaultCommand::SetAttachments { id: open.case.id.clone(), names })]
}

/// A case is in the vault.
pub(super) fn saved(state: &mut AppState) -> Vec<Effect> {
    leave_clean(state);
    refresh(state)
}

/// What the vault says.
pub(super) fn on_event(state: &mut AppState, desk: &mut Desk, event: VaultEvent) -> Vec<Effect> {
    if state.vault.open().is_none() {
        // Locked meanwhile: nothing of a case may come back.
        return Vec::new();
    }
    match event {
        VaultEvent::Listed { ask, page, .. } => {
            state.archive.answered(ask, page);
            fetch(state)
        }
        VaultEvent::Binned { id, binned } => binned_now(state, desk, &id, binned),
        VaultEvent::BinContents { id, contents } => {
            if contents.cases > 0 {
                state.modal = Some(Modal::ConfirmDelete { id, contents });
            }
            Vec::new()
        }
        VaultEvent::Deleted { ids } => {
            take_away(state, desk, |open| ids.contains(&open.case.id));
            desk.toast(state, ToastBody::InfoWith("toast-deleted", ids.len().to_string()));
            refresh(state)
        }
        VaultEvent::History { id, revisions, suggestions } => {
            read_history(state, &id, revisions, suggestions);
            Vec::new()
        }
        VaultEvent::Attachments { id, names } => {
            if let Some(open) = state.case_mut(&id) {
                open.attachments = names;
            }
            Vec::new()
        }
        VaultEvent::LastImport(kept) => {
            state.archive.last_import = kept;
            Vec::new()
        }
        VaultEvent::ImportUndone(undone) => undone_now(state, desk, &undone),
        _ => Vec::new(),
    }
}

fn binned_now(state: &mut AppState, desk: &mut Desk, id: &CaseId, binned: bool) -> Vec<Effect> {
    if binned {
        // A click beside it must not be dear.
        let undo = Box::new(Action::Unbin(id.clone()));
        desk.toast(state, ToastBody::Offer { message: "toast-binned", button: "bin-take-out", action: undo });
        take_away(state, desk, |open| open.case.id == *id);
    } else {
        state.toasts.retain(|toast| !matches!(toast.body, ToastBody::Offer { .. }));
        desk.toast(state, ToastBody::Info("toast-unbinned"));
        if let Some(open) = state.case_mut(id) {
            open.binned = false;
        }
    }
    refresh(state)
}

/// Takes stored cases out of the window.
fn take_away(state: &mut AppState, desk: &mut Desk, gone: impl Fn(&OpenCase) -> bool) {
    let ids: Vec<CaseId> = state.cases.iter().filter(|open| gone(open)).map(|open| open.case.id.clone()).collect();
    for id in &ids {
        cases::remove(state, desk, id);
    }
}

fn read_history(state: &mut AppState, id: &CaseId, revisions: Vec<Revision>, suggestions: Vec<KeptSuggestion>) {
    let Some(Modal::History(form)) = &mut state.modal else { return };
    if form.id.as_ref() == Some(id) {
        form.suggestions_shown = revisions.is_empty() && !suggestions.is_empty();
        form.revisions = Some(revisions);
        form.suggestions = suggestions.into_iter().rev().collect();
    }
}

/// An import was taken back: what is in the window and unchanged may be gone, or as it was before.
fn undone_now(state: &mut AppState, desk: &mut Desk, undone: &Undone) -> Vec<Effect> {
    if matches!(state.modal, Some(Modal::Import(_) | Modal::UndoImport)) {
        state.modal = None;
    }
    take_away(state, desk, |open| open.stored > 0 && !open.dirty);
    desk.toast(state, ToastBody::Info("toast-import-undone"));
    if !undone.kept.is_empty() {
        desk.toast(state, ToastBody::InfoWith("toast-import-kept", undone.kept.len().to_string()));
    }
    let mut effects = refresh(state);
    effects.push(send(VaultCommand::LastImport));
    effects
}

/// Something could not be done.
pub(super) fn failed(state: &mut AppState, desk: &mut Desk, operation: VaultOperation, error: UserError) {
    match operation {
        VaultOperation::List => state.archive.failed(),
        VaultOperation::History => state.modal = None,
        _ => {}
    }
    desk.toast(state, ToastBody::Error { error, retry: false });
}
