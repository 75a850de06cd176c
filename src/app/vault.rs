//! The vault at the desk: opening it, locking it, and what it says of cases.

use secrecy::ExposeSecret;

use super::desk::{self, Desk, Effect};
use super::{archive, care, cases, clipboard, conflict, documents, drafts, gate};
use crate::domain::CaseId;
use crate::error::UserError;
use crate::ui::archive_state::ArchiveState;
use crate::ui::state::{AppState, OpenCase, ToastBody};
use crate::ui::vault_state::{LockedForm, OpenVault, VaultState};
use crate::vault::{Draft, Stored};
use crate::worker::protocol::{InferenceCommand, StorageCommand};
use crate::worker::vault_protocol::{VaultCommand, VaultEvent, VaultInfo, VaultOperation};

/// For the vault.
pub(super) fn send(command: VaultCommand) -> Effect {
    Effect::Storage(StorageCommand::Vault(command))
}

/// Takes everything off the window, keeps what was typed, and forgets the key.
pub(super) fn lock(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    if let VaultState::Recovery(form) = &mut state.vault {
        // Its key must not stay in sight; the vault is empty.
        form.asked = true;
    }
    let VaultState::Open(open) = &state.vault else { return Vec::new() };
    let mut form = LockedForm::of(open.info.folder.clone());
    form.shown = state.shown().filter(|open| open.stored > 0 || open.would_lose()).map(|open| open.case.id.clone());
    super::suggest::stop(state, desk);
    (desk.queued, desk.ahead) = (None, None);
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
    effects.push(Effect::Inference(InferenceCommand::Forget));
    effects.extend(clipboard::clear(desk));
    state.vault = VaultState::Locked(Box::new(form));
    desk.locking = true;
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
    state.archive = ArchiveState::default();
}

/// Keeps the draft of a case in the vault.
pub(super) fn keep_draft(open: &OpenCase) -> Effect {
    send(VaultCommand::KeepDraft { case: Box::new(open.case.clone()), base: open.stored })
}

/// For the vault, once it has all that was typed.
pub(super) fn after_drafts(state: &AppState, command: VaultCommand) -> Vec<Effect> {
    let unkept = |open: &&OpenCase| open.unsaved_since_s.is_some() && open.would_lose();
    let drafts = state.cases.iter().filter(unkept).map(keep_draft);
    drafts.chain([send(command)]).collect()
}

/// Keeps a case in the vault.
pub(super) fn save(open: &OpenCase) -> Effect {
    send(VaultCommand::Save { case: Box::new(open.case.clone()), base: open.stored })
}

/// What the vault says.
pub(super) fn on_event(state: &mut AppState, desk: &mut Desk, event: VaultEvent) -> Vec<Effect> {
    match event {
        VaultEvent::Created { info, recovery } => gate::created(state, *info, recovery.expose_secret()),
        VaultEvent::Unlocked { info, drafts } => opened(state, desk, *info, drafts),
        VaultEvent::Locked => {
            desk.locking = false;
            Vec::new()
        }
        VaultEvent::Saved { id, revision, modified_at } => saved(state, desk, &id, revision, &modified_at),
        VaultEvent::Conflict { stored } => conflict::ask(state, *stored),
        VaultEvent::DraftKept { id, modified_at } => {
            state.held.retain(|open| open.case.id != id || open.case.modified_at != modified_at);
            cases::draft_kept(state, desk, &id, modified_at);
            no_longer_in_clear(state, &id)
        }
        VaultEvent::Case { stored } => {
            show(state, *stored);
            Vec::new()
        }
        VaultEvent::DraftDiscarded => Vec::new(),
        VaultEvent::Failed { operation, id, error } => failed(state, desk, operation, id.as_ref(), error),
        VaultEvent::Refused { error, wait_s } => {
            gate::refused(state, error, wait_s);
            Vec::new()
        }
        VaultEvent::Reopened { info, drafts } => reopened(state, desk, *info, drafts),
        VaultEvent::Printed { path } => {
            gate::printed(state, Ok(Some(path)));
            Vec::new()
        }
        VaultEvent::PrintedRemoved => {
            gate::printed(state, Ok(None));
            Vec::new()
        }
        VaultEvent::NewRecovery { recovery } => {
            gate::renewed(state, recovery.expose_secret());
            Vec::new()
        }
        VaultEvent::Imported { done, last_number } => documents::imported(state, desk, &done, last_number),
        VaultEvent::Outgoing { query, outgoing } => {
            documents::looked_at(state, &query, *outgoing);
            Vec::new()
        }
        event @ (VaultEvent::Listed { .. }
        | VaultEvent::Binned { .. }
        | VaultEvent::BinContents { .. }
        | VaultEvent::Deleted { .. }
        | VaultEvent::History { .. }
        | VaultEvent::Attachments { .. }
        | VaultEvent::LastImport(_)
        | VaultEvent::ImportUndone(_)) => archive::on_event(state, desk, event),
        event => care::on_vault(state, desk, event),
    }
}

/// A case is in the vault. A file that it was opened from stays, and that is said.
fn saved(state: &mut AppState, desk: &mut Desk, id: &CaseId, revision: u64, modified_at: &str) -> Vec<Effect> {
    let mut effects = no_longer_in_clear(state, id);
    let file = state.case_mut(id).and_then(|open| {
        open.stored = revision;
        open.path.take()
    });
    effects.extend(cases::kept(state, desk, id, modified_at));
    effects.extend(archive::saved(state));
    if let Some(file) = file {
        desk.toast(state, ToastBody::InfoWith("toast-file-stays", crate::files::name_of(&file)));
    }
    effects
}

/// The vault has what lay in clear: that goes, also where the case has left the window meanwhile.
fn no_longer_in_clear(state: &mut AppState, id: &CaseId) -> Vec<Effect> {
    let name = state.case_mut(id).map_or_else(|| Some(id.clone()), |open| open.in_clear.take());
    name.map(|id| Effect::Storage(StorageCommand::DiscardDraft { id })).into_iter().collect()
}

/// A vault is open: what was typed comes back, and what lay in clear moves into it.
pub(super) fn opened(state: &mut AppState, desk: &mut Desk, info: VaultInfo, drafts: Vec<Draft>) -> Vec<Effect> {
    if let Some(number) = &info.last_number {
        cases::take_number(state, number);
    }
    let now_s = state.now_s;
    let folder = info.folder.clone();
    let before = std::mem::replace(&mut state.vault, VaultState::Open(Box::new(OpenVault { info })));
    let (shown, mistyped) = match before {
        VaultState::Locked(form) if form.folder == folder => (form.shown, form.mistyped),
        _ => (None, 0),
    };
    care::opened(state, mistyped);
    state.settings.vault = Some(folder);
    state.settings.without_vault = false;
    state.input_at_s = now_s;
    for open in &mut state.cases {
        let unsaved_since_s = open.would_lose().then_some(now_s);
        (open.in_clear, open.draft_kept, open.draft_sent) = (Some(open.case.id.clone()), None, None);
        open.unsaved_since_s = unsaved_since_s;
    }
    let held = std::mem::take(&mut state.held);
    put_drafts(state, drafts, &held);
    gate::tell_held(state, desk, held.len());
    for open in held {
        cases::put_first(state, OpenCase { unsaved_since_s: Some(now_s), draft_sent: None, ..open });
    }
    let mut effects = vec![desk::save_settings(state)];
    effects.extend(gate::enter(state, desk));
    effects.extend(archive::begin(state));
    if let Some(id) = shown {
        effects.extend(open_stored(state, id));
    }
    if state.vault.can_write() {
        // Drafts in clear, from before there was a vault, move into it.
        effects.push(Effect::Storage(StorageCommand::LoadDrafts));
    }
    effects
}

/// The vault was opened anew: what stands in the window may be old by now.
fn reopened(state: &mut AppState, desk: &mut Desk, info: VaultInfo, drafts: Vec<Draft>) -> Vec<Effect> {
    let VaultState::Open(open) = &mut state.vault else { return Vec::new() };
    open.info = info;
    if !state.vault.can_write() {
        desk.toast(state, ToastBody::Info("toast-still-read-only"));
        return Vec::new();
    }
    let shown = state.shown().filter(|open| open.stored > 0).map(|open| open.case.id.clone());
    state.cases.clear();
    state.selected = None;
    put_drafts(state, drafts, &[]);
    let mut effects = gate::enter(state, desk);
    effects.extend(archive::begin(state));
    if let Some(id) = shown {
        effects.extend(open_stored(state, id));
    }
    effects.push(Effect::Storage(StorageCommand::LoadDrafts));
    effects
}

/// Drafts of the vault, but for cases of which something newer is here.
fn put_drafts(state: &mut AppState, drafts: Vec<Draft>, held: &[OpenCase]) {
    for draft in drafts {
        if held.iter().any(|open| open.case.id == draft.case.id) {
            continue;
        }
        let draft_kept = Some(draft.case.modified_at.clone());
        let open =
            OpenCase { stored: draft.base, dirty: true, draft_kept, recovered: true, ..OpenCase::new(draft.case) };
        cases::put_first(state, open);
    }
}

/// Puts a stored case into the window; what was typed there and is in no file stays.
pub(super) fn show(state: &mut AppState, stored: Stored) {
    // Locked meanwhile: nothing of a case may come back.
    if state.vault.open().is_none() {
        return;
    }
    let id = stored.case.id.clone();
    if !state.case(&id).is_some_and(OpenCase::would_lose) {
        state.cases.retain(|open| open.case.id != id);
        let binned = stored.binned_at.is_some();
        let open = OpenCase { stored: stored.revision, binned, ..OpenCase::new(stored.case) };
        cases::put_first(state, open);
    }
    cases::drop_blank(state, &id);
    state.selected = Some(id);
    state.case_list_open = false;
    state.find_in_text = None;
    archive::leave_clean(state);
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
        (VaultOperation::Print, _) => gate::printed(state, Err(error)),
        (VaultOperation::Draft, _) => drafts::failed(state, id, error),
        (VaultOperation::Save, _) => {
            if error.id() == "error-vault-conflict"
                && let Some(open) = id.and_then(|id| state.case_mut(id))
            {
                // It was deleted for good meanwhile: saved again, it is a new one.
                open.stored = 0;
            }
            cases::save_failed(state, desk, id, error);
        }
        (VaultOperation::Reopen, _) => {
            // The vault is closed by now.
            let effects = lock(state, desk);
            gate::refused(state, error, 0.0);
            return effects;
        }
        (VaultOperation::Lock, _) => desk.locking = false,
        (VaultOperation::Import | VaultOperation::LookAt, _) => documents::vault_failed(state, desk, error),
        (VaultOperation::List | VaultOperation::Bin | VaultOperation::History | VaultOperation::Attachments, _) => {
            archive::failed(state, desk, operation, error);
        }
        _ => return care::vault_failed(state, desk, operation, error),
    }
    Vec::new()
}

/// Shows a case of the vault; one that is in the window already is not read again.
pub(super) fn open_stored(state: &mut AppState, id: CaseId) -> Vec<Effect> {
    if state.case(&id).is_some() {
        archive::select(state, id);
        return Vec::new();
    }
    vec![send(VaultCommand::Read { id: id.clone() }), send(VaultCommand::Attachments { id })]
}
