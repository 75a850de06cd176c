//! The vault's care at the desk: backups when they are due and at the end, checks, settings, the passphrase, restoring.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::desk::{Desk, Effect};
use super::gate;
use super::vault::{self, send};
use crate::clock;
use crate::error::UserError;
use crate::files::folder_of;
use crate::ui::action::Modal;
use crate::ui::care_state::{AuditView, CareJob, CareState, ClosingBackup, RestoreForm, VaultForm, VaultPage};
use crate::ui::state::{AppState, ToastBody};
use crate::ui::vault_state::{LockedForm, Typed, VaultState};
use crate::vault::{BackupWhen, EXTENSION, Made, Notice, Reader, name_of};
use crate::worker::care::{CareCommand, CareEvent, CareKind, CareTask};
use crate::worker::protocol::JobId;
use crate::worker::vault_protocol::{TypedSecret, VaultCommand, VaultEvent, VaultOperation};

/// So long after an unlock it is looked whether the daily backup is due: whoever has just come wants to work.
const FIRST_BACKUP_S: f64 = 60.0;
/// And so often while the vault stays open.
const NEXT_BACKUP_S: f64 = 4.0 * 3600.0;

/// The vault has just been opened; whoever did has mistyped so many times before.
pub(super) fn opened(state: &mut AppState, mistyped: u64) {
    let next_backup_s = state.vault.can_write().then_some(state.now_s + FIRST_BACKUP_S);
    state.care = CareState { next_backup_s, ..CareState::default() };
    let news = |notice: &&Notice| !matches!(notice, Notice::FailedAttempts(count) if *count <= mistyped);
    let notices = state.vault.open().map(|open| open.info.notices.as_slice()).unwrap_or_default();
    let notices: Vec<Notice> = notices.iter().filter(news).cloned().collect();
    if !notices.is_empty() {
        state.modal = Some(Modal::Notices(notices));
    }
}

/// The key is about to be forgotten: what reads with it ends.
pub(super) fn locked(state: &mut AppState, desk: &Desk) {
    stop_all(state, desk);
    state.care = CareState::default();
}

fn stop_all(state: &AppState, desk: &Desk) {
    state.care.jobs.iter().filter_map(|job| job.id).for_each(|job| desk.stop(job));
}

/// Asks for something, unless its like is under way.
fn ask(state: &mut AppState, task: CareTask) -> Vec<Effect> {
    let kind = task.kind();
    if state.vault.open().is_none() || state.care.job(kind).is_some() {
        return Vec::new();
    }
    state.care.error = None;
    state.care.jobs.push(CareJob { kind, task: Some(task.clone()), id: None, fraction: 0.0 });
    vec![send(VaultCommand::LendReader(task))]
}

/// The backup that is due by the clock.
pub(super) fn due(state: &mut AppState) -> Vec<Effect> {
    let due = state.care.next_backup_s.is_some_and(|at| state.now_s >= at);
    if !due || state.care.closing.is_some() {
        return Vec::new();
    }
    state.care.next_backup_s = Some(state.now_s + NEXT_BACKUP_S);
    let first = !std::mem::replace(&mut state.care.looked_for_backup, true);
    ask(state, CareTask::BackUp(if first { BackupWhen::Opened } else { BackupWhen::Daily }))
}

/// Seconds until [`due`] has something to do.
pub(super) fn next_due_s(state: &AppState) -> Option<f64> {
    let waits = state.care.closing.is_none();
    state.care.next_backup_s.filter(|_| waits).map(|at| (at - state.now_s).max(0.0))
}

/// Ends the program, after the last backup.
pub(super) fn end(state: &mut AppState) -> Vec<Effect> {
    if state.vault.open().is_none() || !state.vault.can_write() {
        return vec![Effect::Quit];
    }
    state.modal = None;
    state.care.closing = Some(ClosingBackup::default());
    // One that is under way is awaited; then it is looked whether anything came after it.
    ask(state, CareTask::BackUp(BackupWhen::Closing))
}

/// Back to the window: the last backup is not made now, and the program goes on.
pub(super) fn stay(state: &mut AppState, desk: &Desk) {
    stop(state, desk, CareKind::BackUp);
    state.care.closing = None;
}

/// Ends the program without the backup that is being made.
pub(super) fn end_at_once(state: &AppState, desk: &Desk) -> Vec<Effect> {
    stop_all(state, desk);
    vec![Effect::Quit]
}

/// «Copia ahora», and «Volver a intentarlo» of the last one.
pub(super) fn back_up_now(state: &mut AppState) -> Vec<Effect> {
    let when = match &mut state.care.closing {
        Some(closing) => {
            closing.error = None;
            BackupWhen::Closing
        }
        None => BackupWhen::Now,
    };
    ask(state, CareTask::BackUp(when))
}

/// «Comprobar» one backup.
pub(super) fn check_backup(state: &mut AppState, path: PathBuf) -> Vec<Effect> {
    state.care.checked.remove(&path);
    ask(state, CareTask::CheckBackup(path))
}

/// «Comprobar la caja».
pub(super) fn check_vault(state: &mut AppState) -> Vec<Effect> {
    state.care.checkup = None;
    ask(state, CareTask::CheckVault)
}

/// Ends what is under way.
pub(super) fn stop(state: &AppState, desk: &Desk, kind: CareKind) {
    if let Some(job) = state.care.job(kind).and_then(|job| job.id) {
        desk.stop(job);
    }
}

/// Opens the vault's dialog.
pub(super) fn show(state: &mut AppState, page: VaultPage) -> Vec<Effect> {
    let Some(open) = state.vault.open() else { return Vec::new() };
    let form = VaultForm::new(page, &open.info.settings);
    state.modal = Some(Modal::Vault(Box::new(form)));
    state.care.error = None;
    let mut effects = vec![send(VaultCommand::Survey)];
    effects.extend(ask(state, CareTask::ListBackups));
    effects
}

/// Opens the audit log.
pub(super) fn show_audit(state: &mut AppState) -> Vec<Effect> {
    state.modal = Some(Modal::Audit);
    state.care.audit = AuditView::default();
    // Only to hear how long it is: the list asks for what it shows.
    vec![send(VaultCommand::ReadAudit { after: i64::MAX, limit: 0 })]
}

/// The list shows the line of that number: it is read with those around it.
pub(super) fn read_audit(state: &mut AppState, line: i64) -> Vec<Effect> {
    let after = AuditView::part_of(line);
    if !state.care.audit.asked.insert(after) {
        return Vec::new();
    }
    vec![send(VaultCommand::ReadAudit { after, limit: AuditView::PART as usize })]
}

/// Keeps the settings of the dialog.
pub(super) fn save_settings(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::Vault(form)) = &state.modal else { return Vec::new() };
    if form.wrong_recipient().is_some() {
        return Vec::new();
    }
    let wanted = form.wanted();
    state.care.error = None;
    vec![send(VaultCommand::SetSettings(Box::new(wanted)))]
}

/// Sets the passphrase of the dialog. What was typed into cases goes first: this takes a moment.
pub(super) fn change_passphrase(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::Passphrase(form)) = &mut state.modal else { return Vec::new() };
    if !form.is_ready() {
        return Vec::new();
    }
    let old = SecretString::from(form.old.0.as_str());
    let old = if form.recovery { TypedSecret::Recovery(old) } else { TypedSecret::Passphrase(old) };
    let command = VaultCommand::ChangePassphrase { old, new: SecretString::from(form.new.0.as_str()) };
    (form.busy, form.error) = (true, None);
    vault::after_drafts(state, command)
}

/// Opens the dialog that makes a new vault from a backup.
pub(super) fn show_restore(state: &mut AppState, file: Option<PathBuf>) -> Vec<Effect> {
    let vault = match &state.vault {
        VaultState::Open(open) => Some(open.info.folder.clone()),
        VaultState::Locked(form) => Some(form.folder.clone()),
        _ => None,
    };
    let base = vault.as_deref().map_or_else(|| state.default_folder.clone(), |vault| folder_of(vault).to_owned());
    let name = vault.as_deref().map_or_else(|| "casos".to_owned(), name_of);
    let folder = base.join(format!("{name}-restaurada-{}.{EXTENSION}", clock::for_file_names()));
    let file = file.map(|file| file.display().to_string()).unwrap_or_default();
    let folder = folder.display().to_string();
    state.modal = Some(Modal::Restore(RestoreForm { file, folder, ..RestoreForm::default() }));
    Vec::new()
}

/// Makes it.
pub(super) fn restore(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    let Some(Modal::Restore(form)) = &mut state.modal else { return Vec::new() };
    if !form.is_ready() || state.care.job(CareKind::Restore).is_some() {
        return Vec::new();
    }
    let secret = gate::typed_secret(&mut form.typed, form.recovery);
    form.error = None;
    let (file, folder) = (PathBuf::from(form.file.trim()), PathBuf::from(form.folder.trim()));
    let (job, cancel) = desk.new_job();
    state.care.jobs.push(CareJob { kind: CareKind::Restore, task: None, id: Some(job), fraction: 0.0 });
    vec![Effect::Care(CareCommand::Restore { job, file, secret, folder, cancel })]
}

/// From now on the restored vault is the one that is asked for: closes the other.
pub(super) fn open_restored(state: &mut AppState, desk: &mut Desk, folder: &Path) -> Vec<Effect> {
    let mut effects = vault::lock(state, desk);
    state.modal = None;
    state.settings.vault = Some(folder.to_owned());
    state.vault = VaultState::Locked(Box::new(LockedForm::of(folder.to_owned())));
    effects.push(super::desk::save_settings(state));
    effects
}

/// What the storage thread says of the vault's care.
pub(super) fn on_vault(state: &mut AppState, desk: &mut Desk, event: VaultEvent) -> Vec<Effect> {
    match event {
        VaultEvent::Damaged { error, backup } => {
            if let VaultState::Locked(form) = &mut state.vault {
                (form.busy, form.error, form.offer) = (false, Some(error), backup);
            }
        }
        VaultEvent::Surveyed(survey) => state.care.survey = Some(*survey),
        VaultEvent::SettingsKept(settings) => {
            if let VaultState::Open(open) = &mut state.vault {
                open.info.settings = *settings;
            }
            desk.toast(state, ToastBody::Info("toast-vault-settings"));
            // They may say another folder.
            return ask(state, CareTask::ListBackups);
        }
        VaultEvent::PassphraseChanged => {
            if matches!(state.modal, Some(Modal::Passphrase(_))) {
                state.modal = None;
            }
            desk.toast(state, ToastBody::Info("toast-passphrase-changed"));
            // The backups of before ask for the old one.
            return ask(state, CareTask::BackUp(BackupWhen::Now));
        }
        VaultEvent::RecoveryKept => {
            if matches!(state.modal, Some(Modal::Recovery(_))) {
                state.modal = None;
            }
            desk.toast(state, ToastBody::Info("toast-recovery-kept"));
            // The backups of before ask for the old one.
            return ask(state, CareTask::BackUp(BackupWhen::Now));
        }
        VaultEvent::Audit { after, lines, count } => {
            let audit = &mut state.care.audit;
            audit.read.insert(after);
            audit.count = Some(count);
            audit.lines.extend(lines.into_iter().map(|line| (line.line.seq, line)));
        }
        VaultEvent::ReaderLent { task, reader } => return lent(state, desk, task, reader),
        _ => {}
    }
    Vec::new()
}

fn lent(state: &mut AppState, desk: &mut Desk, task: CareTask, reader: Box<Reader>) -> Vec<Effect> {
    // Locked meanwhile: the reader goes, and its key with it.
    let Some(job) = state.care.jobs.iter_mut().find(|job| job.kind == task.kind() && job.id.is_none()) else {
        return Vec::new();
    };
    let (id, cancel) = desk.new_job();
    job.id = Some(id);
    vec![Effect::Care(CareCommand::Task { job: id, task, reader, cancel })]
}

/// What the storage thread could not do for the vault's care.
pub(super) fn vault_failed(
    state: &mut AppState,
    desk: &mut Desk,
    operation: VaultOperation,
    error: UserError,
) -> Vec<Effect> {
    match (operation, &mut state.modal) {
        (VaultOperation::Passphrase, Some(Modal::Passphrase(form))) => {
            (form.busy, form.error) = (false, Some(error));
            form.old = Typed::default();
        }
        (VaultOperation::Recovery, Some(Modal::Recovery(renewal))) => {
            (renewal.busy, renewal.error) = (false, Some(error));
        }
        (VaultOperation::Care, _) => {
            let waits_for_reader = state.care.jobs.iter().position(|job| job.id.is_none());
            let Some(at) = waits_for_reader else {
                // The log's line about a backup that is there.
                tracing::warn!(error = error.id(), "the audit log was not told of a backup");
                return Vec::new();
            };
            let job = state.care.jobs.remove(at);
            return failed(state, desk, &job, error);
        }
        (_, Some(Modal::Vault(_) | Modal::Audit)) => state.care.error = Some(error),
        _ => desk.toast(state, ToastBody::Error { error, retry: false }),
    }
    Vec::new()
}

/// What the care thread says.
pub fn apply_care(state: &mut AppState, desk: &mut Desk, event: CareEvent) -> Vec<Effect> {
    if let CareEvent::Progress { job, fraction } = event {
        if let Some(job) = state.care.jobs.iter_mut().find(|known| known.id == Some(job)) {
            job.fraction = fraction;
        }
        return Vec::new();
    }
    let Some(job) = take_job(state, desk, id_of(&event)) else { return Vec::new() };
    match event {
        CareEvent::BackedUp { made, .. } => return backed_up(state, desk, &job, made),
        CareEvent::NotDue { .. } => return went_well(state, &job),
        CareEvent::Backups { folder, rows, .. } => {
            (state.care.backup_folder, state.care.backups) = (folder, Some(rows));
        }
        CareEvent::BackupChecked { path, state: found, .. } => {
            state.care.checked.insert(path, found);
        }
        CareEvent::VaultChecked { checkup, .. } => {
            let found = checkup.backups.iter().map(|backup| (backup.path.clone(), backup.state));
            state.care.checked.extend(found);
            state.care.checkup = Some(checkup);
        }
        CareEvent::Restored { folder, cases, .. } => {
            if let Some(Modal::Restore(form)) = &mut state.modal {
                form.done = Some((folder, cases));
            }
        }
        CareEvent::Failed { error, .. } => return failed(state, desk, &job, error),
        CareEvent::Progress { .. } => {}
    }
    Vec::new()
}

fn id_of(event: &CareEvent) -> JobId {
    match event {
        CareEvent::Progress { job, .. }
        | CareEvent::BackedUp { job, .. }
        | CareEvent::NotDue { job }
        | CareEvent::Backups { job, .. }
        | CareEvent::BackupChecked { job, .. }
        | CareEvent::VaultChecked { job, .. }
        | CareEvent::Restored { job, .. }
        | CareEvent::Failed { job, .. } => *job,
    }
}

/// The job that has ended; none where the vault was locked meanwhile.
fn take_job(state: &mut AppState, desk: &mut Desk, id: JobId) -> Option<CareJob> {
    desk.ended(id);
    let at = state.care.jobs.iter().position(|job| job.id == Some(id))?;
    Some(state.care.jobs.remove(at))
}

fn backed_up(state: &mut AppState, desk: &mut Desk, job: &CareJob, made: Box<Made>) -> Vec<Effect> {
    if job.task == Some(CareTask::BackUp(BackupWhen::Now)) {
        desk.toast(state, ToastBody::Info("toast-backed-up"));
    }
    let mut effects = Vec::new();
    if state.vault.can_write() {
        effects.push(send(VaultCommand::RecordBackup(made)));
    }
    effects.extend(went_well(state, job));
    if matches!(state.modal, Some(Modal::Vault(_))) {
        effects.extend(ask(state, CareTask::ListBackups));
    }
    effects
}

/// A backup was made or not needed: the end of the program that waits for it comes.
fn went_well(state: &mut AppState, job: &CareJob) -> Vec<Effect> {
    if state.care.closing.is_none() {
        return Vec::new();
    }
    match job.task {
        Some(CareTask::BackUp(BackupWhen::Closing)) => vec![Effect::Quit],
        Some(CareTask::BackUp(_)) => ask(state, CareTask::BackUp(BackupWhen::Closing)),
        _ => Vec::new(),
    }
}

fn failed(state: &mut AppState, desk: &mut Desk, job: &CareJob, error: UserError) -> Vec<Effect> {
    let stopped = error.id() == "error-vault-stopped";
    match (job.kind, &mut state.care.closing, &mut state.modal) {
        (CareKind::Restore, _, Some(Modal::Restore(form))) => form.error = Some(error),
        // A person stopped it, or it was of no use any more.
        _ if stopped => {}
        (CareKind::BackUp, Some(closing), _) => closing.error = Some(backup_error(&error)),
        (CareKind::BackUp, None, Some(Modal::Vault(_))) => state.care.error = Some(backup_error(&error)),
        (CareKind::BackUp, None, _) => {
            desk.toast(state, ToastBody::Error { error: backup_error(&error), retry: false });
        }
        (_, _, Some(Modal::Vault(_) | Modal::Audit)) => state.care.error = Some(error),
        _ => desk.toast(state, ToastBody::Error { error, retry: false }),
    }
    Vec::new()
}

/// The same in the words of a backup: the vault itself is safe, whatever became of its copy.
fn backup_error(error: &UserError) -> UserError {
    let reason = match error.id() {
        "error-vault-full" => "full",
        "error-vault-denied" => "denied",
        "error-vault-no-folder" => "folder",
        "error-vault-backup-unverified" | "error-vault-backup-damaged" => "unverified",
        _ => "other",
    };
    UserError::new("error-backup").with("reason", reason).technical(error)
}
