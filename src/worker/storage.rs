//! The storage thread: cases, drafts and settings to and from the disk, so that the window never waits for one and
//! saving never queues behind a generation.
//!
//! Drafts are files in clear, in a folder that only their user may enter (0700, files 0600). Each running program has a
//! folder of its own among the drafts, with a file that it keeps locked; a folder whose lock is free was left behind by a
//! crash or by «conservar como borrador», and its drafts are taken over at the next start.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::drafts::Drafts;
use super::handle::Handle;
use super::protocol::{SaveFormat, StorageCommand, StorageEvent, StorageOperation};
use super::vault::{self, Strongroom};
use super::vault_protocol::VaultEvent;
use super::{export, import};
use crate::config::Settings;
use crate::documents;
use crate::domain::{Case, CaseId};
use crate::error::UserError;
use crate::files::{name_of, write_atomic, write_atomic_new};
use crate::i18n::{I18n, Lang};
use crate::paths::Paths;

/// So many commands can wait; then the window keeps them and tries again.
const COMMANDS: usize = 64;
/// So many files of a folder are listed.
const MAX_LISTED: usize = 2_000;

/// Puts bytes on the disk, whole or not at all: path, bytes, whether a file that is there may be replaced.
pub type Writer = Box<dyn FnMut(&Path, &[u8], bool) -> io::Result<()> + Send>;

/// The thread's end that the window holds.
pub type StorageHandle = Handle<StorageCommand, StorageEvent>;

impl StorageHandle {
    /// Sends the last commands, waits until all is written, and ends the thread.
    pub fn shutdown(self, last: impl IntoIterator<Item = StorageCommand>) {
        self.send_all(last.into_iter().chain([StorageCommand::Shutdown]));
        self.join(None);
    }
}

/// Starts the thread. `wake` is called after each answer.
pub fn spawn(paths: Paths, lang: Lang, wake: impl Fn() + Send + 'static) -> io::Result<StorageHandle> {
    let writer = |path: &Path, bytes: &[u8], overwrite: bool| {
        if overwrite { write_atomic(path, bytes) } else { write_atomic_new(path, bytes) }
    };
    spawn_with(paths, lang, Box::new(writer), wake)
}

/// As [`spawn`], with something else in the disk's place.
pub fn spawn_with(
    paths: Paths,
    lang: Lang,
    writer: Writer,
    wake: impl Fn() + Send + 'static,
) -> io::Result<StorageHandle> {
    Handle::start("storage", COMMANDS, move |inbox, outbox| {
        let drafts = Drafts::new(paths.drafts_dir.clone());
        let mut storage = Storage { drafts, paths, i18n: I18n::new(lang), writer, vault: Strongroom::default() };
        for command in inbox {
            if matches!(command, StorageCommand::Shutdown) {
                break;
            }
            if outbox.send(storage.answer_safely(command)).is_err() {
                // Nobody listens any more, but what was sent still has to be written.
                continue;
            }
            wake();
        }
        storage.drafts.leave();
        if let Err(error) = storage.vault.close() {
            tracing::error!(%error, "the vault was not closed as it should be");
        }
    })
}

struct Storage {
    paths: Paths,
    drafts: Drafts,
    i18n: I18n,
    writer: Writer,
    vault: Strongroom,
}

impl Storage {
    /// One answer for one command, even if a command meets a fault of the program.
    fn answer_safely(&mut self, command: StorageCommand) -> StorageEvent {
        let fault = || UserError::new("error-storage-fault");
        if let StorageCommand::Vault(command) = command {
            let (operation, id) = vault::subject(&command);
            let answer = catch_unwind(AssertUnwindSafe(|| self.vault.answer(command)));
            return StorageEvent::Vault(answer.unwrap_or_else(|_| VaultEvent::Failed {
                operation,
                id,
                error: fault(),
            }));
        }
        let (operation, id) = subject(&command);
        catch_unwind(AssertUnwindSafe(|| self.answer(command))).unwrap_or_else(|_| StorageEvent::Failed {
            operation,
            id,
            error: fault(),
        })
    }

    fn answer(&mut self, command: StorageCommand) -> StorageEvent {
        let (operation, id) = subject(&command);
        let failed = |error| StorageEvent::Failed { operation, id, error };
        match command {
            StorageCommand::Save { case, path, format, overwrite } => self.save(&case, path, format, overwrite),
            StorageCommand::Open { paths } => open(paths),
            StorageCommand::SaveDraft { case, file } => {
                let (id, modified_at) = (case.id.clone(), case.modified_at.clone());
                let writer = &mut self.writer;
                match self.drafts.keep(&case, file.as_deref(), &mut |path, bytes| writer(path, bytes, true)) {
                    Ok(()) => StorageEvent::DraftSaved { id, modified_at },
                    Err(error) => failed(io_error(operation, &error, &self.paths.drafts_dir)),
                }
            }
            StorageCommand::DiscardDraft { id } => match self.drafts.discard(&id) {
                Ok(()) => StorageEvent::DraftDiscarded { id },
                Err(error) => failed(io_error(operation, &error, &self.paths.drafts_dir)),
            },
            StorageCommand::LoadDrafts => match self.drafts.take_over() {
                Ok((cases, failed)) => {
                    let failed = failed.into_iter().map(|(path, error)| file_error(path, error)).collect();
                    StorageEvent::Drafts { cases, failed }
                }
                Err(error) => failed(io_error(operation, &error, &self.paths.drafts_dir)),
            },
            StorageCommand::ListFolder { path } => match list(&path) {
                Ok(files) => StorageEvent::Folder { path, files },
                Err(error) => failed(io_error(operation, &error, &path)),
            },
            StorageCommand::Export(job) => export::export(&job, self.vault.opened(), &self.i18n).unwrap_or_else(failed),
            StorageCommand::PlanImport { path, sheet, read, known } => {
                let vault = self.vault.opened();
                import::plan(path, sheet.as_deref(), read, &known, vault.as_deref()).unwrap_or_else(failed)
            }
            StorageCommand::SaveSettings(settings) => match self.save_settings(&settings) {
                Ok(()) => StorageEvent::SettingsSaved,
                Err(error) => failed(io_error(operation, &error, &self.paths.config_dir)),
            },
            // Handled by the loop, and by `answer_safely`.
            StorageCommand::Shutdown | StorageCommand::Vault(_) => StorageEvent::SettingsSaved,
        }
    }

    fn save(&mut self, case: &Case, path: PathBuf, format: SaveFormat, overwrite: bool) -> StorageEvent {
        let id = case.id.clone();
        let bytes = match format {
            SaveFormat::Json => documents::to_json(case, None),
            SaveFormat::Markdown => Ok(documents::to_markdown(case, &self.i18n).into_bytes()),
            SaveFormat::Text => Ok(documents::to_text(case, &self.i18n).into_bytes()),
        };
        let written = match bytes {
            Ok(bytes) if path.is_dir() => {
                drop(bytes);
                Err(io::Error::from(io::ErrorKind::IsADirectory))
            }
            Ok(bytes) => (self.writer)(&path, &bytes, overwrite),
            Err(error) => Err(io::Error::other(error)),
        };
        match written {
            Ok(()) => StorageEvent::Saved { id, path, format, modified_at: case.modified_at.clone() },
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => StorageEvent::Exists { id, path, format },
            Err(error) => {
                let error = io_error(StorageOperation::Save, &error, &path);
                StorageEvent::Failed { operation: StorageOperation::Save, id: Some(id), error }
            }
        }
    }

    fn save_settings(&mut self, settings: &Settings) -> io::Result<()> {
        if settings.lang != self.i18n.lang() {
            self.i18n = I18n::new(settings.lang);
        }
        std::fs::create_dir_all(&self.paths.config_dir)?;
        let bytes = serde_json::to_vec_pretty(settings)?;
        (self.writer)(&self.paths.config_dir.join(Settings::FILE), &bytes, true)
    }
}

fn subject(command: &StorageCommand) -> (StorageOperation, Option<CaseId>) {
    match command {
        StorageCommand::Save { case, .. } => (StorageOperation::Save, Some(case.id.clone())),
        StorageCommand::SaveDraft { case, .. } => (StorageOperation::Draft, Some(case.id.clone())),
        StorageCommand::DiscardDraft { id } => (StorageOperation::Draft, Some(id.clone())),
        StorageCommand::LoadDrafts => (StorageOperation::Draft, None),
        StorageCommand::Open { .. } | StorageCommand::ListFolder { .. } => (StorageOperation::Open, None),
        StorageCommand::Export(_) => (StorageOperation::Export, None),
        StorageCommand::PlanImport { .. } => (StorageOperation::Import, None),
        StorageCommand::SaveSettings(_) | StorageCommand::Shutdown | StorageCommand::Vault(_) => {
            (StorageOperation::Settings, None)
        }
    }
}

fn open(paths: Vec<PathBuf>) -> StorageEvent {
    let mut cases = Vec::new();
    let mut failed = Vec::new();
    for path in paths {
        // An absolute name stays right wherever the program is later.
        let path = std::path::absolute(&path).unwrap_or(path);
        match documents::read_file(&path) {
            Ok(document) => cases.push((path, document.case)),
            Err(error) => failed.push(file_error(path, error)),
        }
    }
    StorageEvent::Opened { cases, failed }
}

fn file_error(path: PathBuf, error: documents::DocumentError) -> (PathBuf, UserError) {
    let error = UserError::from(error).with("file", name_of(&path));
    (path, error)
}

/// The case files of a folder, newest first.
fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: HashMap<PathBuf, std::time::SystemTime> = HashMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if json
            && !hidden
            && let Ok(meta) = std::fs::metadata(&path)
            && meta.is_file()
        {
            files.insert(path, meta.modified().unwrap_or(std::time::UNIX_EPOCH));
        }
    }
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    files.truncate(MAX_LISTED);
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// What the system says, as something that a person can act on. The messages choose their title by `$operation`.
pub(super) fn io_error(operation: StorageOperation, error: &io::Error, path: &Path) -> UserError {
    let id = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "error-storage-full",
        io::ErrorKind::ReadOnlyFilesystem => "error-storage-read-only",
        io::ErrorKind::PermissionDenied => "error-storage-denied",
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "error-storage-no-folder",
        io::ErrorKind::IsADirectory => "error-storage-is-folder",
        io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => "error-storage-bad-name",
        io::ErrorKind::FileTooLarge => "error-storage-too-large",
        _ => "error-storage-other",
    };
    let operation = match operation {
        StorageOperation::Save => "save",
        StorageOperation::Open => "open",
        StorageOperation::Draft => "draft",
        StorageOperation::Settings => "settings",
        StorageOperation::Export => "export",
        StorageOperation::Import => "import",
    };
    // The kind alone: some systems put the file's name, which a person chose, into the whole message.
    UserError::new(id).with("operation", operation).with("file", name_of(path)).technical(error.kind())
}
