//! The vault at the desk: opening it, locking it, and what it says of cases.

use secrecy::SecretString;

use super::desk::{self, Desk, Effect};
use super::{care, cases};
use crate::config::Settings;
use crate::domain::CaseId;
use crate::error::UserError;
use crate::ui::state::{AppState, OpenCase, ToastBody};
use crate::ui::vault_state::{LockedForm, OpenVault, VaultState};
use crate::vault::{Draft, Stored};
use crate::worker::protocol::StorageCommand;
use crate::worker::vault_protocol::{TypedSecret, VaultCommand, VaultEvent, VaultInfo, VaultOperation};

/// For the vault.
pub(super) fn send(command: VaultCommand) -> Effect {
    Effect::Storage(StorageCommand::Vault(command))
}

/// Opens the vault with what stands in the form.
pub(super) fn unlock(state: &mut AppState) -> Vec<Effect> {
    let VaultState::Locked(form) = &mut state.vault else { return Vec::new() };
    if form.busy || form.typed.0.is_empty() {
        return Vec::new();
    }
    let typed = SecretString::from(std::mem::take(&mut form.typed).0.as_str());
    let secret = if form.recovery { TypedSecret::Recovery(typed) } else { TypedSecret::Passphrase(typed) };
    (form.busy, form.error, form.offer) = (true, None, None);
    vec![send(VaultCommand::Unlock { folder: form.folder.clone(), secret })]
}

/// Takes everything off the window, keeps what was typed, and forgets the key.
pub(super) fn lock(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    let VaultState::Open(open) = &state.vault else { return Vec::new() };
    let folder = open.info.folder.clone();
    super::suggest::stop(state, desk);
    care::locked(state, desk);
    let mut effects = Vec::new();
    for open in std::mem::take(&mut state.cases) {
        let kept = open.draft_kept.as_ref() == Some(&open.case.modified_at);
        if open.would_lose() && !kept && state.vault.can_write() {
            effects.push(keep_draft(&open));
            // Until the vault has it; where it can't take it, it stands in the window again after the unlock.
            state.held.push(open);
        }
    }
    effects.push(send(VaultCommand::Lock));
    state.vault = VaultState::Locked(Box::new(LockedForm { folder, ..LockedForm::default() }));
    forget(state);
    effects
}

/// What could show something of a case.
fn forget(state: &mut AppState) {
    state.selected = None;
    state.search.clear();
    state.filter_ambito = None;
    state.filter_year = None;
    state.failures.clear();
    state.toasts.clear();
    state.modal = None;
    state.find_in_text = None;
    state.closing = None;
    state.last_import = None;
    state.job = None;
}

/// Keeps the draft of a case in the vault.
pub(super) fn keep_draft(open: &OpenCase) -> Effect {
    send(VaultCommand::KeepDraft { case: Box::new(open.case.clone()), base: open.stored })
}

/// Keeps a case in the vault.
pub(super) fn save(open: &OpenCase) -> Effect {
    send(VaultCommand::Save { case: Box::new(open.case.clone()), base: open.stored })
}

/// What the vault says.
pub(super) fn on_event(state: &mut AppState, desk: &mut Desk, event: VaultEvent) -> Vec<Effect> {
    match event {
        VaultEvent::Created { info, recovery: _ } => opened(state, desk, *info, Vec::new()),
        VaultEvent::Unlocked { info, drafts } => opened(state, desk, *info, drafts),
        VaultEvent::Locked | VaultEvent::DraftDiscarded | VaultEvent::Listed { .. } => Vec::new(),
        VaultEvent::Saved { id, revision, modified_at } => {
            if let Some(open) = state.case_mut(&id) {
                open.stored = revision;
                open.path = None;
            }
            cases::kept(state, desk, &id, &modified_at)
        }
        VaultEvent::Conflict { stored } => conflict(state, desk, &stored),
        VaultEvent::DraftKept { id, modified_at } => {
            state.held.retain(|open| open.case.id != id || open.case.modified_at != modified_at);
            cases::draft_kept(state, desk, &id, modified_at);
            Vec::new()
        }
        VaultEvent::Case { stored } => {
            show(state, *stored);
            Vec::new()
        }
        VaultEvent::Failed { operation, id, error } => failed(state, desk, operation, id.as_ref(), error),
        event => care::on_vault(state, desk, event),
    }
}

fn opened(state: &mut AppState, desk: &mut Desk, info: VaultInfo, drafts: Vec<Draft>) -> Vec<Effect> {
    if let Some(number) = &info.last_number {
        cases::take_number(state, number);
    }
    state.settings.vault = Some(info.folder.clone());
    let mistyped = if let VaultState::Locked(form) = &state.vault { form.mistyped } else { 0 };
    state.vault = VaultState::Open(Box::new(OpenVault { info }));
    care::opened(state, mistyped);
    let held = std::mem::take(&mut state.held);
    for draft in drafts {
        if held.iter().any(|open| open.case.id == draft.case.id) {
            continue;
        }
        let draft_kept = Some(draft.case.modified_at.clone());
        let open =
            OpenCase { stored: draft.base, dirty: true, draft_kept, recovered: true, ..OpenCase::new(draft.case) };
        cases::put_first(state, open);
    }
    let now_s = state.now_s;
    for open in held {
        cases::put_first(state, OpenCase { unsaved_since_s: Some(now_s), draft_sent: None, ..open });
    }
    let mut effects = vec![desk::save_settings(state)];
    if state.cases.is_empty() {
        effects.extend(cases::new_case(state));
    }
    // Drafts in clear, from before there was a vault, move into it.
    effects.push(Effect::Storage(StorageCommand::LoadDrafts));
    let paths = std::mem::take(&mut desk.waiting);
    if !paths.is_empty() {
        effects.push(Effect::Storage(StorageCommand::Open { paths }));
    }
    effects
}

/// Puts a stored case into the window; what was typed there and is in no file stays.
pub(super) fn show(state: &mut AppState, stored: Stored) {
    let id = stored.case.id.clone();
    if !state.case(&id).is_some_and(OpenCase::would_lose) {
        state.cases.retain(|open| open.case.id != id);
        let open = OpenCase { stored: stored.revision, ..OpenCase::new(stored.case) };
        cases::put_first(state, open);
    }
    cases::drop_blank(state, &id);
    state.selected = Some(id);
}

/// Two texts of one case: the person's stays in the window as it is, to be saved as a case of its own or thrown away.
fn conflict(state: &mut AppState, desk: &mut Desk, stored: &Stored) -> Vec<Effect> {
    state.closing = None;
    state.selected = Some(stored.case.id.clone());
    desk.toast(state, ToastBody::Error { error: UserError::new("error-vault-conflict"), retry: false });
    Vec::new()
}

fn failed(
    state: &mut AppState,
    desk: &mut Desk,
    operation: VaultOperation,
    id: Option<&CaseId>,
    error: UserError,
) -> Vec<Effect> {
    match (operation, &mut state.vault) {
        (VaultOperation::Create, VaultState::Choosing(form)) => (form.busy, form.error) = (false, Some(error)),
        (VaultOperation::Unlock, VaultState::Locked(form)) => {
            form.mistyped += u64::from(error.id() == "error-vault-wrong");
            (form.busy, form.error) = (false, Some(error));
        }
        (VaultOperation::Draft, _) => cases::draft_failed(state, id, error),
        (VaultOperation::Save, _) => cases::save_failed(state, desk, id, error),
        _ => return care::vault_failed(state, desk, operation, error),
    }
    Vec::new()
}

/// What the window begins with: the vault of the last time asks for its passphrase.
pub(super) fn at_start(settings: &Settings) -> VaultState {
    match &settings.vault {
        Some(folder) => VaultState::Locked(Box::new(LockedForm { folder: folder.clone(), ..LockedForm::default() })),
        None if settings.without_vault => VaultState::Without,
        None => VaultState::Choosing(Box::default()),
    }
}

/// Shows a case of the vault; one that is in the window already is not read again.
pub(super) fn open_stored(state: &mut AppState, id: CaseId) -> Vec<Effect> {
    if state.case(&id).is_some() {
        state.selected = Some(id);
        return Vec::new();
    }
    vec![send(VaultCommand::Read { id })]
}
