//! Plain functions from what a person wants, or a thread says, to a new state and what is to be done about it.

use std::path::PathBuf;

use super::desk::{Desk, Effect, save_settings};
use super::{archive, care, cases, clipboard, conflict, documents, drafts, gate, idle, model, prepare, suggest, vault};
use crate::config::Settings;
use crate::ui::action::{Action, BrowseFor, Focus, Modal};
use crate::ui::state::{AppState, OpenCase, TOAST_S, ToastBody};
use crate::worker::protocol::{DownloadEvent, InferenceEvent, StorageCommand, StorageEvent};
use crate::worker::vault_protocol::VaultCommand;

/// What is done when the window opens.
pub fn start(state: &mut AppState, desk: &mut Desk, files: Vec<PathBuf>) -> Vec<Effect> {
    // Nothing is fetched over the network because the program was started.
    let mut effects = model::choose(state, desk, state.settings.model.clone(), true);
    state.vault = gate::at_start(&state.settings, &state.default_folder);
    if state.vault.is_closed() {
        desk.waiting = files;
        return effects;
    }
    effects.extend(cases::new_case(state));
    effects.push(Effect::Storage(StorageCommand::LoadDrafts));
    if !files.is_empty() {
        effects.push(Effect::Storage(StorageCommand::Open { paths: files }));
    }
    effects
}

/// Carries out one wish.
pub fn apply_action(state: &mut AppState, desk: &mut Desk, action: Action) -> Vec<Effect> {
    if conflict::refuses(state, &action) {
        desk.toast(state, ToastBody::Info("toast-read-only"));
        return Vec::new();
    }
    match action {
        Action::NewCase => cases::new_case(state),
        Action::SelectCase(id) => done(|| archive::select(state, id)),
        Action::OpenStored(id) => vault::open_stored(state, id),
        Action::Unlock => gate::unlock(state),
        Action::Lock => vault::lock(state, desk),
        Action::CloseCase(id) => cases::close(state, desk, &id),
        Action::CaseEdited => cases::edited(state),
        Action::TryExample(text) => try_example(state, text),
        Action::Suggest => suggest::begin(state, desk, suggest::Kind::First),
        Action::Regenerate => suggest::begin(state, desk, suggest::Kind::Another),
        Action::Continue => suggest::begin(state, desk, suggest::Kind::Continue),
        Action::Stop => done(|| suggest::stop(state, desk)),
        Action::Accept { passage } => done(|| suggest::accept(state, passage.as_deref())),
        Action::ConfirmReviewed => done(|| suggest::confirm(state)),
        Action::Discard => done(|| suggest::discard(state)),
        Action::UndoAccept => done(|| suggest::undo(state)),
        Action::Copy(text) => {
            desk.toast(state, clipboard::copied_message(state));
            vec![Effect::Copy(text)]
        }
        Action::Save => cases::save(state),
        Action::SaveAs(format) => cases::ask_where(state, format),
        Action::SaveTo { path, format, overwrite } => cases::save_shown_to(state, path, format, overwrite),
        Action::Open => open(state),
        Action::OpenPaths(paths) => match paths.as_slice() {
            [table] if documents::is_table(table) => documents::import(state, Some(table.clone())),
            _ => vec![Effect::Storage(StorageCommand::Open { paths })],
        },
        Action::Export => documents::export(state),
        Action::ExportNow => documents::export_now(state),
        Action::Import(path) => documents::import(state, path),
        Action::ReadImport(sheet) => documents::read(state, sheet),
        Action::SetImportColumn(at, field) => documents::set_column(state, at, field),
        Action::TakeImport => documents::take(state),
        Action::UndoImport => documents::undo(state, desk),
        Action::Browse(what) => vec![Effect::Dialog(what)],
        Action::ListFolder(path) => vec![Effect::Storage(StorageCommand::ListFolder { path })],
        Action::ChooseModel(choice) => {
            state.modal = None;
            let offline = state.settings.offline;
            model::choose(state, desk, choice, offline)
        }
        Action::CancelLoading => done(|| model::cancel(state, desk)),
        Action::AskPrepare => prepare::ask(state, desk),
        Action::ShowPrepare => done(|| prepare::show(state)),
        Action::Prepare(form) => prepare::begin(state, desk, form),
        Action::SkipPrepare => prepare::skip(state, desk),
        Action::SetSettings(settings) => set_settings(state, desk, *settings),
        Action::ShowModal(modal) => done(|| state.modal = Some(modal)),
        Action::CloseModal => done(|| state.modal = None),
        Action::DismissToast(id) => done(|| state.toasts.retain(|toast| toast.id != id)),
        Action::ToastAction(id) => {
            let toast = state.toasts.iter().position(|toast| toast.id == id).map(|at| state.toasts.remove(at));
            match toast.map(|toast| toast.body) {
                Some(ToastBody::Error { retry: true, .. }) => cases::save(state),
                Some(ToastBody::Offer { action, .. }) => apply_action(state, desk, *action),
                _ => Vec::new(),
            }
        }
        Action::Focus(focus) => {
            if focus == Focus::FindInText {
                state.find_in_text.get_or_insert_default();
            }
            state.case_list_open |= focus == Focus::Search;
            state.focus = Some(focus);
            Vec::new()
        }
        Action::ToggleCaseList => done(|| state.case_list_open = !state.case_list_open),
        Action::SaveAndClose(case) => cases::save_and_close(state, case.as_ref()),
        Action::KeepDraftAndClose(case) => cases::keep_draft_and_close(state, desk, case),
        Action::DiscardAndClose(id) => cases::discard_and_close(state, desk, &id),
        Action::Quit | Action::QuitNow if state.vault.is_closed() => gate::quit(state, desk),
        Action::StayOpen => done(|| care::stay(state, desk)),
        Action::Quit | Action::QuitNow if state.care.closing.is_some() => care::end_at_once(state, desk),
        Action::Quit => {
            if state.cases.iter().any(OpenCase::would_lose) {
                state.modal = Some(Modal::ConfirmClose { case: None });
                return Vec::new();
            }
            cases::quit(state, desk)
        }
        Action::QuitNow => cases::quit(state, desk),
        Action::ChooseVault(way) => gate::choose(state, desk, way),
        Action::LeaveChoice => done(|| gate::leave_choice(state)),
        Action::CreateVault => gate::create(state),
        Action::GoWithoutVault => {
            let mut effects = gate::go_on_without(state);
            effects.extend(gate::enter(state, desk));
            effects
        }
        Action::PrintRecovery => gate::print(state),
        Action::RemovePrinted => gate::remove_printed(state),
        Action::ConfirmRecovery => gate::confirm(state, desk),
        Action::ReopenVault => vec![vault::send(VaultCommand::Reopen)],
        Action::Resolve(resolution) => conflict::resolve(state, desk, resolution),
        Action::SearchVault => archive::search(state),
        Action::ClearFilters => archive::clear_filters(state),
        Action::ReadListAgain => archive::refresh(state),
        Action::ShowRows(rows) => archive::show_rows(state, rows),
        Action::Bin(id) => archive::bin(state, desk, id),
        Action::Unbin(id) => archive::unbin(id),
        Action::AskDelete(id) => archive::ask_delete(id),
        Action::DeleteForGood => archive::delete(state),
        Action::ShowHistory(id) => archive::history(state, id),
        Action::RestoreText(case) => archive::restore(state, *case),
        Action::SetAttachments(names) => archive::set_attachments(state, names),
        Action::LookAtListed => documents::look_at(state),
        Action::ShowVault(page) => care::show(state, page),
        Action::SaveVaultSettings => care::save_settings(state),
        Action::BackUpNow => care::back_up_now(state),
        Action::CheckBackup(path) => care::check_backup(state, path),
        Action::CheckVault => care::check_vault(state),
        Action::StopCare(kind) => done(|| care::stop(state, desk, kind)),
        Action::ShowRestore(file) => care::show_restore(state, file),
        Action::Restore => care::restore(state, desk),
        Action::OpenRestored(folder) => care::open_restored(state, desk, &folder),
        Action::ChangePassphrase => care::change_passphrase(state),
        Action::RenewRecovery => gate::renew(state),
        Action::ShowAudit => care::show_audit(state),
        Action::ReadAudit(line) => care::read_audit(state, line),
    }
}

fn done(what: impl FnOnce()) -> Vec<Effect> {
    what();
    Vec::new()
}

fn try_example(state: &mut AppState, text: String) -> Vec<Effect> {
    state.focus = Some(Focus::Facts);
    if let Some(open) = state.shown_mut()
        && open.case.hechos.trim().is_empty()
    {
        open.case.hechos = text;
        return cases::edited(state);
    }
    Vec::new()
}

fn open(state: &mut AppState) -> Vec<Effect> {
    let folder = state.settings.last_folder.clone().unwrap_or_else(|| state.default_folder.clone());
    state.modal = Some(Modal::Open { folder: folder.display().to_string(), files: Vec::new(), chosen: Vec::new() });
    vec![Effect::Storage(StorageCommand::ListFolder { path: folder })]
}

fn set_settings(state: &mut AppState, desk: &mut Desk, settings: Settings) -> Vec<Effect> {
    let held_otherwise =
        settings.quantization != state.settings.quantization || settings.device != state.settings.device;
    state.settings = settings;
    for open in &mut state.cases {
        open.budget_stale = true;
    }
    let mut effects = vec![save_settings(state)];
    if held_otherwise {
        effects.extend(model::reload(state, desk));
    }
    effects
}

/// What a person picked in a system dialog.
pub fn apply_dialog(state: &mut AppState, what: BrowseFor, paths: Vec<PathBuf>) -> Vec<Effect> {
    let Some(first) = paths.first().cloned() else { return Vec::new() };
    let text = first.display().to_string();
    match (what, &mut state.modal) {
        (BrowseFor::Cases, _) => return vec![Effect::Storage(StorageCommand::Open { paths })],
        (BrowseFor::SaveFolder, Some(Modal::Save { folder, exists, .. })) => {
            *folder = text;
            *exists = false;
        }
        (BrowseFor::SaveFolder, Some(Modal::Export(form))) => {
            form.folder = text;
            form.exists = false;
        }
        (BrowseFor::LetterheadImage, Some(Modal::Export(form))) => form.letterhead_image = text,
        (BrowseFor::ImportFile, Some(Modal::Import(_))) => return documents::import(state, Some(first)),
        (BrowseFor::BackupFolder, Some(Modal::Vault(form))) => form.backup_folder = text,
        (BrowseFor::BackupFile, Some(Modal::Restore(form))) => form.file = text,
        (BrowseFor::ModelFolder, Some(Modal::Model(form))) => form.folder = text,
        (BrowseFor::AdapterFolder, Some(Modal::Model(form))) => form.adapter_folder = text,
        (BrowseFor::NewVault | BrowseFor::Vault | BrowseFor::PrintFolder, _) => gate::picked(state, what, &first),
        _ => (),
    }
    Vec::new()
}

/// What the inference thread says.
pub fn apply_inference(state: &mut AppState, desk: &mut Desk, event: InferenceEvent) -> Vec<Effect> {
    match event {
        InferenceEvent::Loading { .. } | InferenceEvent::Ready { .. } | InferenceEvent::LoadFailed { .. } => {
            model::on_event(state, desk, event)
        }
        _ => done(|| suggest::on_event(state, desk, event)),
    }
}

/// What the storage thread says.
pub fn apply_storage(state: &mut AppState, desk: &mut Desk, event: StorageEvent) -> Vec<Effect> {
    cases::on_event(state, desk, event)
}

/// What the download thread says.
pub fn apply_download(state: &mut AppState, desk: &mut Desk, event: DownloadEvent) -> Vec<Effect> {
    model::on_download(state, desk, event)
}

/// What is due by the clock: drafts, messages that have been read, the share of the window that the facts take.
pub fn tick(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    let now_s = state.now_s;
    state.toasts.retain(|toast| toast.stays() || now_s - toast.since_s < TOAST_S);
    let max_new_tokens = state.settings.sampling.max_new_tokens;
    if let (Some(open), Some(counter)) = (state.shown_mut(), &desk.counter)
        && open.budget_stale
        && count_due_s(open, now_s) <= 0.0
    {
        open.budget = Some(counter.budget(&open.case.hechos, max_new_tokens));
        open.budget_stale = false;
    }
    let mut effects = suggest::read_ahead(state, desk);
    effects.extend(drafts::due(state));
    effects.extend(clipboard::due(state, desk));
    effects.extend(idle::lock_if_idle(state, desk));
    effects.extend(care::due(state));
    effects
}

/// Seconds until the tokens of a case's facts may be counted. A report is counted at every letter, which takes about a
/// millisecond; a pasted document, where it would be felt, once the typing pauses.
fn count_due_s(open: &OpenCase, now_s: f64) -> f64 {
    const LONG_BYTES: usize = 8_000;
    const PAUSE_S: f64 = 0.3;
    if open.case.hechos.len() < LONG_BYTES { 0.0 } else { open.edited_at_s + PAUSE_S - now_s }
}

/// Seconds until [`tick`] has something to do by the clock alone; none when it has not.
pub fn next_tick_s(state: &AppState, desk: &Desk) -> Option<f64> {
    let toasts = state.toasts.iter().filter(|toast| !toast.stays());
    let toasts = toasts.map(|toast| (toast.since_s + TOAST_S - state.now_s).max(0.0));
    let count = state.shown().filter(|open| open.budget_stale && state.model.ready.is_some());
    let count = count.map(|open| count_due_s(open, state.now_s).max(0.0));
    toasts
        .chain(drafts::next_s(state))
        .chain(count)
        .chain(care::next_due_s(state))
        .chain(suggest::next_read_ahead_s(state, desk))
        .chain(gate::next_tick_s(state))
        .chain(clipboard::next_s(state, desk))
        .chain(idle::due_in_s(state))
        .reduce(f64::min)
}
