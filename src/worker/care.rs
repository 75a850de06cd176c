//! The care thread: backups, checks and restoring. They take long, and no draft waits for them: each reads the vault over a
//! connection of its own, while the storage thread goes on writing.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use super::handle::Handle;
use super::protocol::JobId;
use super::vault::secret_of;
use super::vault_protocol::TypedSecret;
use crate::clock;
use crate::error::UserError;
use crate::inference::Cancel;
use crate::vault::{BackupSecret, BackupState, BackupWhen, Checkup, Made, Reader, VaultError, Watch, restore_watched};

/// So many commands can wait; more means that the thread is busy.
const COMMANDS: usize = 16;
/// So long is waited at the end for what was cancelled.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is done with an open vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CareTask {
    /// Make a backup, if one is needed.
    BackUp(BackupWhen),
    /// List the backups.
    ListBackups,
    /// Open a backup.
    CheckBackup(PathBuf),
    /// Read every page, the audit log and every backup.
    CheckVault,
}

/// A kind of work, of which one is under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CareKind {
    /// A backup.
    BackUp,
    /// The list of backups.
    ListBackups,
    /// Opening a backup.
    CheckBackup,
    /// Checking all.
    CheckVault,
    /// Making a vault from a backup.
    Restore,
}

impl CareTask {
    /// Its kind.
    pub fn kind(&self) -> CareKind {
        match self {
            Self::BackUp(_) => CareKind::BackUp,
            Self::ListBackups => CareKind::ListBackups,
            Self::CheckBackup(_) => CareKind::CheckBackup,
            Self::CheckVault => CareKind::CheckVault,
        }
    }
}

/// To the care thread.
#[derive(Debug)]
pub enum CareCommand {
    /// Something with the open vault.
    Task {
        /// Tells this job from another.
        job: JobId,
        /// What.
        task: CareTask,
        /// Reads the vault.
        reader: Box<Reader>,
        /// Ends it.
        cancel: Cancel,
    },
    /// Make a vault from a backup.
    Restore {
        /// Tells this job from another.
        job: JobId,
        /// The backup.
        file: PathBuf,
        /// What opened the vault on the backup's day.
        secret: TypedSecret,
        /// The new vault's folder, which isn't there yet.
        folder: PathBuf,
        /// Ends it.
        cancel: Cancel,
    },
    /// End the thread.
    Shutdown,
}

/// A backup in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRow {
    /// Its file.
    pub path: PathBuf,
    /// When it was made: `03/11/2026 10:42`.
    pub made_at: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// From the care thread.
#[derive(Debug)]
pub enum CareEvent {
    /// How far a job is.
    Progress {
        /// Which.
        job: JobId,
        /// In [0, 1].
        fraction: f32,
    },
    /// A backup was made and opened again; the audit log doesn't know of it yet.
    BackedUp {
        /// Which job.
        job: JobId,
        /// It.
        made: Box<Made>,
    },
    /// No backup was needed.
    NotDue {
        /// Which job.
        job: JobId,
    },
    /// The backups.
    Backups {
        /// Which job.
        job: JobId,
        /// Their folder.
        folder: PathBuf,
        /// They, the newest first.
        rows: Vec<BackupRow>,
    },
    /// A backup was looked at.
    BackupChecked {
        /// Which job.
        job: JobId,
        /// Its file.
        path: PathBuf,
        /// What was found.
        state: BackupState,
    },
    /// The vault was checked.
    VaultChecked {
        /// Which job.
        job: JobId,
        /// What was found.
        checkup: Box<Checkup>,
    },
    /// A vault was made from a backup.
    Restored {
        /// Which job.
        job: JobId,
        /// Its folder.
        folder: PathBuf,
        /// Cases in it, those of the bin too.
        cases: u64,
    },
    /// Something could not be done; the vault is as it was.
    Failed {
        /// Which job.
        job: JobId,
        /// Why.
        error: UserError,
    },
}

/// The thread's end that the window holds.
pub type CareHandle = Handle<CareCommand, CareEvent>;

impl CareHandle {
    /// Ends the thread, once what is under way has ended: whoever wants that soon cancels it first. A disk or a network
    /// that doesn't answer keeps nobody in. What was being written then has no backup's name yet.
    pub fn shutdown(self) {
        self.try_send(CareCommand::Shutdown).ok();
        self.join(Some(PATIENCE));
    }
}

/// Starts the thread. `wake` is called after each answer.
pub fn spawn(wake: impl Fn() + Send + 'static) -> io::Result<CareHandle> {
    Handle::start("care", COMMANDS, move |inbox, outbox| {
        for command in inbox {
            if matches!(command, CareCommand::Shutdown) {
                break;
            }
            answer(command, &|event| {
                outbox.send(event).ok();
                wake();
            });
        }
    })
}

/// Does what is asked; `tell` hears of its progress and, last, of its end.
pub fn answer(command: CareCommand, tell: &dyn Fn(CareEvent)) {
    let (job, cancel) = match &command {
        CareCommand::Task { job, cancel, .. } | CareCommand::Restore { job, cancel, .. } => (*job, cancel.clone()),
        CareCommand::Shutdown => return,
    };
    let told = std::cell::Cell::new(-1.0_f32);
    let watched = |fraction: f32| {
        // In steps that can be seen.
        if fraction - told.get() >= 0.01 {
            told.set(fraction);
            tell(CareEvent::Progress { job, fraction });
        }
        !cancel.is_cancelled()
    };
    let done = catch_unwind(AssertUnwindSafe(|| run(command, &Watch::new(&watched))));
    tell(match done {
        Ok(Ok(event)) => event,
        Ok(Err(error)) => CareEvent::Failed { job, error: error.into() },
        Err(_) => CareEvent::Failed { job, error: UserError::new("error-storage-fault") },
    });
}

fn run(command: CareCommand, watch: &Watch<'_>) -> Result<CareEvent, VaultError> {
    match command {
        CareCommand::Task { job, task, reader, .. } => run_task(job, task, &reader, watch),
        CareCommand::Restore { job, file, secret, folder, .. } => {
            let secret = BackupSecret::Vault(secret_of(&secret)?);
            let manifest = restore_watched(&file, &secret, &folder, watch)?;
            Ok(CareEvent::Restored { job, folder, cases: manifest.cases })
        }
        CareCommand::Shutdown => Err(VaultError::Stopped),
    }
}

fn run_task(job: JobId, task: CareTask, reader: &Reader, watch: &Watch<'_>) -> Result<CareEvent, VaultError> {
    Ok(match task {
        CareTask::BackUp(when) if !reader.is_due(when)? => CareEvent::NotDue { job },
        CareTask::BackUp(_) => CareEvent::BackedUp { job, made: Box::new(reader.back_up(watch)?) },
        CareTask::ListBackups => CareEvent::Backups { job, folder: reader.backup_folder(), rows: rows(reader) },
        CareTask::CheckBackup(path) => {
            let state = match reader.verify_backup(&path, watch) {
                Ok(manifest) => BackupState::Good { cases: manifest.cases },
                Err(VaultError::NoKeyForBackup) => BackupState::OtherKeys,
                Err(VaultError::Damaged { .. }) => BackupState::Damaged,
                Err(error) => return Err(error),
            };
            CareEvent::BackupChecked { job, path, state }
        }
        CareTask::CheckVault => CareEvent::VaultChecked { job, checkup: Box::new(reader.check(watch)?) },
    })
}

fn rows(reader: &Reader) -> Vec<BackupRow> {
    let row = |found: crate::vault::BackupFile| BackupRow {
        made_at: clock::for_people(&found.made_at.to_string()),
        bytes: std::fs::metadata(&found.path).map_or(0, |meta| meta.len()),
        path: found.path,
    };
    reader.backups().into_iter().rev().map(row).collect()
}
