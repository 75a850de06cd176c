//! Cases in the window: new, edited, saved, opened, closed; and their drafts.

use std::path::{Path, PathBuf};

use super::desk::{self, Desk, Effect};
use super::{archive, care, clipboard, documents, drafts, gate, vault};
use crate::clock;
use crate::domain::{Case, CaseId, CaseStatus};
use crate::error::UserError;
use crate::ui::action::{Focus, Modal};
use crate::ui::state::{AppState, Closing, OpenCase, ToastBody};
use crate::ui::vault_state::VaultState;
use crate::worker::protocol::{SaveFormat, StorageCommand, StorageEvent, StorageOperation};
use crate::worker::vault_protocol::VaultCommand;

/// So many files that could not be opened are told one by one.
const MAX_FAILURES_TOLD: usize = 3;

/// Begins an empty case; an empty one that is there already is shown instead.
pub(super) fn new_case(state: &mut AppState) -> Vec<Effect> {
    if !state.vault.can_write() {
        return Vec::new();
    }
    state.focus = Some(Focus::Facts);
    if let Some(blank) = state.cases.iter().find(|open| open.case.is_blank() && open.is_new()) {
        state.selected = Some(blank.case.id.clone());
        return Vec::new();
    }
    let case = desk::numbered_case(state);
    state.selected = Some(case.id.clone());
    state.cases.insert(0, OpenCase::new(case));
    state.case_list_open = false;
    archive::leave_clean(state);
    Vec::new()
}

/// The person typed into the shown case.
pub(super) fn edited(state: &mut AppState) -> Vec<Effect> {
    let now_s = state.now_s;
    let Some(open) = state.shown_mut() else { return Vec::new() };
    if open.case.intervencion != open.known_intervencion {
        // Whoever changes the text has read it.
        open.case.intervencion_generada = false;
        open.known_intervencion.clone_from(&open.case.intervencion);
    }
    open.case.status = match (open.case.resultado, open.case.intervencion.trim().is_empty()) {
        (Some(_), _) => CaseStatus::Closed,
        (None, false) => CaseStatus::Accepted,
        (None, true) => CaseStatus::Draft,
    };
    open.touch(now_s);
    let number = open.case.number.clone();
    // A number is taken once something stands in its case, not when the program was only started.
    if take_number(state, &number) {
        return vec![desk::save_settings(state)];
    }
    Vec::new()
}

/// Notes that a number is taken. True when it is the highest so far.
pub(super) fn take_number(state: &mut AppState, number: &str) -> bool {
    let higher = desk::number_order(number) > desk::number_order(&state.settings.last_case_number);
    if higher {
        number.clone_into(&mut state.settings.last_case_number);
    }
    higher
}

/// «Guardar»: into the vault, into the case's file, or ask for one.
pub(super) fn save(state: &mut AppState) -> Vec<Effect> {
    let Some(open) = state.shown() else { return Vec::new() };
    if state.vault.open().is_some() {
        return vec![vault::save(open)];
    }
    match &open.path {
        Some(path) => vec![save_to(open, path.clone(), SaveFormat::Json, true)],
        None => ask_where(state, SaveFormat::Json),
    }
}

/// Asks for folder, name and form.
pub(super) fn ask_where(state: &mut AppState, format: SaveFormat) -> Vec<Effect> {
    let Some(open) = state.shown() else { return Vec::new() };
    let folder = folder_of(state, open).display().to_string();
    state.modal = Some(Modal::Save { folder, name: file_stem(&open.case), format, exists: false });
    Vec::new()
}

/// The file's name without its ending. Without the facts: a name stands in lists that others see.
pub(super) fn file_stem(case: &Case) -> String {
    let stem: String = case
        .number
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    if stem.is_empty() { "caso".to_owned() } else { stem }
}

pub(super) fn folder_of(state: &AppState, open: &OpenCase) -> PathBuf {
    let beside = open.path.as_deref().and_then(Path::parent).map(Path::to_owned);
    beside.or_else(|| state.settings.last_folder.clone()).unwrap_or_else(|| state.default_folder.clone())
}

fn save_to(open: &OpenCase, path: PathBuf, format: SaveFormat, overwrite: bool) -> Effect {
    Effect::Storage(StorageCommand::Save { case: Box::new(open.case.clone()), path, format, overwrite })
}

/// Writes the shown case into a file.
pub(super) fn save_shown_to(state: &AppState, path: PathBuf, format: SaveFormat, overwrite: bool) -> Vec<Effect> {
    state.shown().map(|open| save_to(open, path, format, overwrite)).into_iter().collect()
}

/// Takes a case out of the window; asks first when something would be lost.
pub(super) fn close(state: &mut AppState, desk: &mut Desk, id: &CaseId) -> Vec<Effect> {
    let Some(open) = state.case(id) else { return Vec::new() };
    if open.would_lose() {
        state.modal = Some(Modal::ConfirmClose { case: Some(id.clone()) });
        return Vec::new();
    }
    remove(state, desk, id);
    discard_draft(state, id)
}

/// Takes a case out of the window, whatever would be lost. Its draft stays as it is.
pub(super) fn remove(state: &mut AppState, desk: &mut Desk, id: &CaseId) {
    if state.job.as_ref().is_some_and(|job| job.case == *id) {
        super::suggest::stop(state, desk);
    }
    let at = state.cases.iter().position(|open| open.case.id == *id);
    state.cases.retain(|open| open.case.id != *id);
    state.failures.remove(id);
    if state.selected.as_ref() == Some(id) {
        let next = at.and_then(|at| state.cases.get(at.min(state.cases.len().saturating_sub(1))));
        state.selected = next.map(|open| open.case.id.clone());
    }
    if state.cases.is_empty() {
        new_case(state);
    }
}

/// Saves one case, or all that would be lost, and closes them (or the program) once that is done.
pub(super) fn save_and_close(state: &mut AppState, case: Option<&CaseId>) -> Vec<Effect> {
    state.modal = None;
    let chosen = |open: &&OpenCase| case.map_or_else(|| open.would_lose(), |id| open.case.id == *id);
    let mut taken: Vec<PathBuf> = Vec::new();
    let mut effects = Vec::new();
    let mut waiting = Vec::new();
    for open in state.cases.iter().filter(chosen) {
        waiting.push(open.case.id.clone());
        if state.vault.open().is_some() {
            effects.push(vault::save(open));
            continue;
        }
        let (path, overwrite) = match &open.path {
            Some(path) => (path.clone(), true),
            None => (free_name(&folder_of(state, open), &file_stem(&open.case), &taken), false),
        };
        taken.push(path.clone());
        effects.push(save_to(open, path, SaveFormat::Json, overwrite));
    }
    state.closing = Some(Closing { waiting, quit: case.is_none() });
    effects
}

/// A name in the folder that none of `taken` has. One that is on the disk is told by the storage thread.
fn free_name(folder: &Path, stem: &str, taken: &[PathBuf]) -> PathBuf {
    let names = (1..).map(|n| if n == 1 { format!("{stem}.json") } else { format!("{stem}-{n}.json") });
    names.map(|name| folder.join(name)).find(|path| !taken.contains(path)).unwrap_or_else(|| folder.join("caso.json"))
}

/// Leaves the drafts on the disk, up to date, and closes.
pub(super) fn keep_draft_and_close(state: &mut AppState, desk: &mut Desk, case: Option<CaseId>) -> Vec<Effect> {
    state.modal = None;
    let Some(id) = case else { return quit(state, desk) };
    let mut effects = Vec::new();
    if let Some(open) = state.case(&id) {
        effects.push(draft(&state.vault, open));
    }
    remove(state, desk, &id);
    effects
}

/// Keeps what is typed, where it is kept.
pub(super) fn draft(vault: &VaultState, open: &OpenCase) -> Effect {
    if vault.open().is_some() {
        return vault::keep_draft(open);
    }
    Effect::Storage(StorageCommand::SaveDraft { case: Box::new(open.case.clone()), file: open.path.clone() })
}

/// A case was saved or thrown away: its draft goes, and with a vault also one that lay in clear from before.
pub(super) fn discard_draft(state: &AppState, id: &CaseId) -> Vec<Effect> {
    let mut effects = vec![Effect::Storage(StorageCommand::DiscardDraft { id: id.clone() })];
    if state.vault.open().is_some() && state.vault.can_write() {
        effects.push(vault::send(VaultCommand::DiscardDraft { id: id.clone() }));
    }
    effects
}

/// Throws a case and its draft away.
pub(super) fn discard_and_close(state: &mut AppState, desk: &mut Desk, id: &CaseId) -> Vec<Effect> {
    state.modal = None;
    remove(state, desk, id);
    discard_draft(state, id)
}

/// Ends the program: drafts of what is in no file are brought up to date, those of saved cases go.
pub(super) fn quit(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    let mut effects: Vec<Effect> = state
        .cases
        .iter()
        .flat_map(|open| {
            if open.would_lose() {
                return vec![draft(&state.vault, open)];
            }
            discard_draft(state, &open.case.id)
        })
        .collect();
    effects.extend(clipboard::clear(desk));
    effects.push(desk::save_settings(state));
    effects.extend(care::end(state));
    effects
}

/// What the storage thread says.
pub(super) fn on_event(state: &mut AppState, desk: &mut Desk, event: StorageEvent) -> Vec<Effect> {
    let Some(event) = gate::hold_back(state, desk, event) else { return Vec::new() };
    match event {
        StorageEvent::Saved { id, path, format, modified_at } => saved(state, desk, &id, path, format, &modified_at),
        StorageEvent::Exists { id, path, format } => {
            exists(state, &id, &path, format);
            Vec::new()
        }
        StorageEvent::Opened { cases, failed } => opened(state, desk, cases, failed),
        StorageEvent::DraftSaved { id, modified_at } => {
            let in_vault = state.vault.open().is_some();
            match state.case_mut(&id) {
                // Sent before the vault was open, which has none yet.
                Some(open) if in_vault => open.in_clear = Some(id),
                _ => draft_kept(state, desk, &id, modified_at),
            }
            Vec::new()
        }
        StorageEvent::DraftDiscarded { .. } => Vec::new(),
        StorageEvent::SettingsSaved => {
            works_again(state, desk);
            Vec::new()
        }
        StorageEvent::Drafts { cases, failed } => drafts::recovered(state, desk, cases, failed),
        StorageEvent::Folder { path, files } => {
            if let Some(Modal::Open { folder, files: listed, chosen }) = &mut state.modal
                && Path::new(folder.as_str()) == path
            {
                chosen.retain(|file| files.contains(file));
                *listed = files;
            }
            Vec::new()
        }
        StorageEvent::Exported { path, written } => documents::exported(state, desk, &path, written),
        StorageEvent::ExportExists { path } => {
            documents::export_exists(state, &path);
            Vec::new()
        }
        StorageEvent::ImportPlanned { path, source, plan, numbers } => {
            documents::planned(state, &path, (source, plan), numbers);
            Vec::new()
        }
        StorageEvent::Vault(event) => vault::on_event(state, desk, event),
        StorageEvent::Failed { operation, id, error } => {
            failed(state, desk, operation, id.as_ref(), error);
            Vec::new()
        }
    }
}

/// A draft is on the disk.
pub(super) fn draft_kept(state: &mut AppState, desk: &mut Desk, id: &CaseId, modified_at: String) {
    let now_s = state.now_s;
    if let Some(open) = state.case_mut(id) {
        open.draft_sent = None;
        open.unsaved_since_s = (open.case.modified_at != modified_at).then_some(now_s);
        open.draft_kept = Some(modified_at);
    }
    works_again(state, desk);
}

fn works_again(state: &mut AppState, desk: &mut Desk) {
    if state.storage_trouble.take().is_some() {
        desk.toast(state, ToastBody::Info("toast-storage-works"));
    }
}

fn saved(
    state: &mut AppState,
    desk: &mut Desk,
    id: &CaseId,
    path: PathBuf,
    format: SaveFormat,
    modified_at: &str,
) -> Vec<Effect> {
    if matches!(state.modal, Some(Modal::Save { .. })) {
        state.modal = None;
    }
    state.settings.last_folder = path.parent().map(Path::to_owned);
    let mut effects = vec![desk::save_settings(state)];
    if format != SaveFormat::Json {
        desk.toast(state, ToastBody::InfoWith("toast-exported", path.display().to_string()));
        return effects;
    }
    if let Some(open) = state.case_mut(id) {
        open.path = Some(path);
    }
    effects.extend(kept(state, desk, id, modified_at));
    effects
}

/// A case is on the disk for good, as it was at `modified_at`.
pub(super) fn kept(state: &mut AppState, desk: &mut Desk, id: &CaseId, modified_at: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.saved_at = Some(clock::time_of_day());
    desk.toast(state, ToastBody::Info("toast-saved"));
    let in_vault = state.vault.open().is_some();
    if let Some(open) = state.case_mut(id) {
        open.recovered = false;
        if open.case.modified_at == modified_at {
            (open.dirty, open.unsaved_since_s, open.draft_kept) = (false, None, None);
            // The vault drops the draft with the save itself.
            if !in_vault {
                effects.push(Effect::Storage(StorageCommand::DiscardDraft { id: id.clone() }));
            }
        }
    }
    if let Some(closing) = &mut state.closing {
        closing.waiting.retain(|waiting| waiting != id);
        let (all, quits) = (closing.waiting.is_empty(), closing.quit);
        if all {
            state.closing = None;
        }
        if !quits {
            remove(state, desk, id);
        } else if all {
            effects.extend(quit(state, desk));
        }
    }
    effects
}

/// The name is taken: asks, in the modal that was open or in a new one.
fn exists(state: &mut AppState, id: &CaseId, path: &Path, format: SaveFormat) {
    state.closing = None;
    state.selected = Some(id.clone());
    let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    state.modal = Some(Modal::Save { folder, name, format, exists: true });
}

fn opened(
    state: &mut AppState,
    desk: &mut Desk,
    cases: Vec<(PathBuf, Case)>,
    failed: Vec<(PathBuf, UserError)>,
) -> Vec<Effect> {
    if matches!(state.modal, Some(Modal::Open { .. })) && !cases.is_empty() {
        state.modal = None;
    }
    let mut first = None;
    for (path, case) in cases {
        let id = case.id.clone();
        take_number(state, &case.number);
        state.settings.last_folder = path.parent().map(Path::to_owned);
        first.get_or_insert_with(|| id.clone());
        match state.case_mut(&id) {
            Some(open) if open.would_lose() => {
                desk.toast(state, ToastBody::Info("toast-already-open"));
            }
            Some(open) => *open = OpenCase { path: Some(path), ..OpenCase::new(case) },
            None => state.cases.push(OpenCase { path: Some(path), ..OpenCase::new(case) }),
        }
    }
    if let Some(first) = first {
        drop_blank(state, &first);
        state.selected = Some(first);
        state.search.clear();
    }
    tell_failed(state, desk, failed);
    Vec::new()
}

/// Shows a case as the first of the window.
pub(super) fn put_first(state: &mut AppState, open: OpenCase) {
    let id = open.case.id.clone();
    state.cases.insert(0, open);
    drop_blank(state, &id);
    state.selected = Some(id);
}

/// Gives an empty case, which nobody has seen a use for yet, the next free number.
pub(super) fn renumber_blank(state: &mut AppState) {
    let last = state.settings.last_case_number.clone();
    for open in state.cases.iter_mut().filter(|open| open.case.is_blank() && open.is_new()) {
        open.case.number = desk::next_number(&last, clock::year());
    }
}

/// An empty case makes room for those that came.
pub(super) fn drop_blank(state: &mut AppState, but: &CaseId) {
    state.cases.retain(|open| !open.case.is_blank() || !open.is_new() || open.case.id == *but);
}

/// Tells of files that could not be opened.
pub(super) fn tell_failed(state: &mut AppState, desk: &mut Desk, failed: Vec<(PathBuf, UserError)>) {
    let more = failed.len().saturating_sub(MAX_FAILURES_TOLD);
    for (_, error) in failed.into_iter().take(MAX_FAILURES_TOLD) {
        desk.toast(state, ToastBody::Error { error, retry: false });
    }
    if more > 0 {
        desk.toast(state, ToastBody::InfoWith("toast-more-failed", more.to_string()));
    }
}

fn failed(state: &mut AppState, desk: &mut Desk, operation: StorageOperation, id: Option<&CaseId>, error: UserError) {
    match operation {
        StorageOperation::Draft | StorageOperation::Settings => drafts::failed(state, id, error),
        StorageOperation::Save => save_failed(state, desk, id, error),
        StorageOperation::Open => desk.toast(state, ToastBody::Error { error, retry: false }),
        StorageOperation::Export | StorageOperation::Import => documents::failed(state, desk, operation, error),
    }
}

/// A case could not be kept.
pub(super) fn save_failed(state: &mut AppState, desk: &mut Desk, id: Option<&CaseId>, error: UserError) {
    state.closing = None;
    if let Some(id) = id {
        state.selected = Some(id.clone());
    }
    desk.toast(state, ToastBody::Error { error, retry: true });
}
