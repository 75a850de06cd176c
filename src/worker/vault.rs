//! The open vault on the storage thread: one command, one answer.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::archive;
use super::vault_protocol::{NumberedLine, Survey, TypedSecret, VaultCommand, VaultEvent, VaultInfo, VaultOperation};
use crate::clock;
use crate::domain::{Case, CaseId};
use crate::files::write_atomic_new;
use crate::vault::{
    self, AuditLine, Delay, Kdf, NewRecovery, OpenOptions, Passphrase, RecoveryKey, Secret, Vault, VaultError,
    newest_good_backup,
};

/// The name of the file with the recovery key.
const PRINTED: &str = "clave-de-recuperacion";

/// Where the open vault is kept; nothing while it is locked.
#[derive(Default)]
pub(super) struct Strongroom {
    open: Option<Vault>,
    /// The revisions that the window began from and that it wrote: it may not have heard of the last when it sends the next.
    written: HashMap<CaseId, Range<u64>>,
    /// A recovery key that is going onto paper.
    recovery: Option<NewRecovery>,
}

impl Strongroom {
    /// Does what is asked.
    pub(super) fn answer(&mut self, command: VaultCommand) -> VaultEvent {
        let (operation, id) = subject(&command);
        let unlocked = if let VaultCommand::Unlock { folder, .. } = &command { Some(folder.clone()) } else { None };
        self.try_answer(command).unwrap_or_else(|error| match unlocked {
            Some(folder) => refused(&folder, error),
            None => VaultEvent::Failed { operation, id, error: error.into() },
        })
    }

    fn try_answer(&mut self, command: VaultCommand) -> Result<VaultEvent, VaultError> {
        match command {
            VaultCommand::Create { folder, passphrase } => self.create(&folder, &passphrase),
            VaultCommand::Unlock { folder, secret } => self.unlock(&folder, &secret),
            VaultCommand::Lock => {
                self.close()?;
                Ok(VaultEvent::Locked)
            }
            VaultCommand::Save { case, base } => self.save(&case, base),
            VaultCommand::KeepDraft { case, base } => {
                let base = self.base_now(&case.id, base);
                self.vault()?.keep_draft(&case, base)?;
                Ok(VaultEvent::DraftKept { id: case.id, modified_at: case.modified_at })
            }
            VaultCommand::DiscardDraft { id } => {
                self.vault()?.discard_draft(&id)?;
                Ok(VaultEvent::DraftDiscarded)
            }
            VaultCommand::Read { id } => Ok(VaultEvent::Case { stored: Box::new(self.vault()?.case(&id)?) }),
            VaultCommand::List { ask, query } => {
                let page = self.vault()?.list(&query)?;
                Ok(VaultEvent::Listed { ask, offset: query.offset, page })
            }
            VaultCommand::Reopen => self.reopen(),
            VaultCommand::PrintRecovery { folder, text } => print(&folder, &text),
            VaultCommand::RemovePrinted { path } => match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(VaultError::Io { path, error }),
                _ => Ok(VaultEvent::PrintedRemoved),
            },
            VaultCommand::SetBinned { id, binned } => archive::set_binned(self.vault()?, id, binned),
            VaultCommand::BinContents { id } => {
                let contents = self.vault()?.bin_contents(id.as_ref())?;
                Ok(VaultEvent::BinContents { id, contents })
            }
            VaultCommand::Delete { id } => archive::delete(self.vault()?, id),
            VaultCommand::History { id } => archive::history(self.vault()?, id),
            VaultCommand::Attachments { id } => archive::attachments(self.vault()?, id),
            VaultCommand::SetAttachments { id, names } => archive::set_attachments(self.vault()?, id, &names),
            VaultCommand::Import { cases, source, progress } => {
                archive::import(self.vault()?, &cases, &source, &progress)
            }
            VaultCommand::LastImport => archive::last_import(self.vault()?),
            VaultCommand::UndoImport => archive::undo_import(self.vault()?),
            VaultCommand::LookAt { query } => archive::look_at(self.vault()?, *query),
            VaultCommand::Survey => Ok(VaultEvent::Surveyed(Box::new(survey(self.vault()?)?))),
            VaultCommand::SetSettings(settings) => {
                self.vault()?.set_settings(&settings)?;
                Ok(VaultEvent::SettingsKept(settings))
            }
            VaultCommand::ChangePassphrase { old, new } => change_passphrase(self.vault()?, &old, &new),
            VaultCommand::NewRecovery { passphrase } => {
                let new = self.vault()?.new_recovery(&Passphrase::new(passphrase.expose_secret())?)?;
                let recovery = new.key.printed().as_str().into();
                self.recovery = Some(new);
                Ok(VaultEvent::NewRecovery { recovery })
            }
            VaultCommand::KeepRecovery => {
                let new = self.recovery.as_ref().ok_or(VaultError::ReadOnly)?;
                self.open.as_mut().ok_or(VaultError::ReadOnly)?.keep_recovery(new)?;
                self.recovery = None;
                Ok(VaultEvent::RecoveryKept)
            }
            VaultCommand::ReadAudit { after, limit } => read_audit(self.vault()?, after, limit),
            VaultCommand::LendReader(task) => {
                Ok(VaultEvent::ReaderLent { task, reader: Box::new(self.vault()?.reader()?) })
            }
            VaultCommand::RecordBackup(made) => {
                self.vault()?.record_backup(&made)?;
                Ok(VaultEvent::BackupRecorded)
            }
        }
    }

    /// Forgets the key. Whatever is said of it, nothing can be read afterwards.
    pub(super) fn close(&mut self) -> Result<(), VaultError> {
        self.written.clear();
        self.recovery = None;
        self.open.take().map_or(Ok(()), Vault::close)
    }

    /// The newest revision where the window names one that it has itself written over.
    fn base_now(&self, id: &CaseId, base: u64) -> u64 {
        self.written.get(id).filter(|written| written.contains(&base)).map_or(base, |written| written.end)
    }

    /// The open vault; none while it is locked.
    pub(super) fn opened(&mut self) -> Option<&mut Vault> {
        self.open.as_mut()
    }

    fn vault(&mut self) -> Result<&mut Vault, VaultError> {
        self.open.as_mut().ok_or(VaultError::ReadOnly)
    }

    fn create(&mut self, folder: &Path, passphrase: &SecretString) -> Result<VaultEvent, VaultError> {
        let passphrase = Passphrase::for_new_vault(passphrase.expose_secret())?;
        let created = Vault::create(folder, &passphrase, Kdf::tuned()?)?;
        let recovery = created.recovery.printed().as_str().into();
        let info = Box::new(info(&created.vault)?);
        self.open = Some(created.vault);
        Ok(VaultEvent::Created { info, recovery })
    }

    fn unlock(&mut self, folder: &Path, secret: &TypedSecret) -> Result<VaultEvent, VaultError> {
        // One that is open already would hold the lock for writing.
        self.close()?;
        let secret = secret_of(secret)?;
        let vault = match Vault::open(folder, &secret, OpenOptions::default()) {
            Err(error @ (VaultError::Damaged { .. } | VaultError::OtherKeys | VaultError::AbsurdKdf)) => {
                let backup = newest_good_backup(folder, &secret);
                return Ok(VaultEvent::Damaged { error: error.into(), backup });
            }
            opened => opened?,
        };
        let (info, drafts) = (Box::new(info(&vault)?), vault.drafts()?);
        self.open = Some(vault);
        Ok(VaultEvent::Unlocked { info, drafts })
    }

    fn reopen(&mut self) -> Result<VaultEvent, VaultError> {
        let vault = self.open.take().ok_or(VaultError::ReadOnly)?.reopen()?;
        let (info, drafts) = (Box::new(info(&vault)?), vault.drafts()?);
        self.open = Some(vault);
        Ok(VaultEvent::Reopened { info, drafts })
    }

    fn save(&mut self, case: &Case, base: u64) -> Result<VaultEvent, VaultError> {
        let from = self.base_now(&case.id, base);
        let vault = self.vault()?;
        match vault.save(case, from) {
            Ok(revision) => {
                self.written.entry(case.id.clone()).or_insert(from..revision).end = revision;
                Ok(VaultEvent::Saved { id: case.id.clone(), revision, modified_at: case.modified_at.clone() })
            }
            Err(VaultError::Conflict { stored, .. }) if stored > 0 => {
                Ok(VaultEvent::Conflict { stored: Box::new(vault.case(&case.id)?) })
            }
            Err(error) => Err(error),
        }
    }
}

/// Not opened, and how long nobody may try again.
fn refused(folder: &Path, error: VaultError) -> VaultEvent {
    VaultEvent::Refused { error: error.into(), wait_s: vault::wait_of(folder, Delay::default()).as_secs_f64() }
}

/// Writes the recovery key into a file that nobody but its user may read; over none that is there.
fn print(folder: &Path, text: &SecretString) -> Result<VaultEvent, VaultError> {
    let names = (1..100).map(|n| if n == 1 { PRINTED.to_owned() } else { format!("{PRINTED}-{n}") });
    let mut last = io::ErrorKind::AlreadyExists.into();
    for path in names.map(|name| folder.join(name).with_extension("txt")) {
        match write_atomic_new(&path, text.expose_secret().as_bytes()) {
            Ok(()) => return Ok(VaultEvent::Printed { path }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(VaultError::Io { path: folder.to_owned(), error }),
        }
    }
    Err(VaultError::Io { path: folder.to_owned(), error: last })
}

fn info(vault: &Vault) -> Result<VaultInfo, VaultError> {
    Ok(VaultInfo {
        folder: vault.folder().to_owned(),
        name: vault.name(),
        access: vault.access().clone(),
        notices: vault.notices().to_vec(),
        settings: vault.settings()?,
        cases: vault.count(false)?,
        last_number: vault.highest_number(&clock::year().to_string())?,
    })
}

/// What a person typed, as what opens a vault or a backup.
pub(super) fn secret_of(typed: &TypedSecret) -> Result<Secret, VaultError> {
    Ok(match typed {
        TypedSecret::Passphrase(typed) => Secret::Passphrase(Passphrase::new(typed.expose_secret())?),
        TypedSecret::Recovery(typed) => Secret::Recovery(RecoveryKey::parse(typed.expose_secret())?),
    })
}

fn survey(vault: &Vault) -> Result<Survey, VaultError> {
    Ok(Survey {
        cases: vault.count(false)?,
        binned: vault.count(true)?,
        bytes: vault.bytes(),
        lines: vault.audit_head()?.count,
    })
}

fn change_passphrase(vault: &mut Vault, old: &TypedSecret, new: &SecretString) -> Result<VaultEvent, VaultError> {
    vault.confirm(&secret_of(old)?)?;
    vault.change_passphrase(&Passphrase::for_new_vault(new.expose_secret())?, Kdf::tuned()?)?;
    Ok(VaultEvent::PassphraseChanged)
}

fn read_audit(vault: &Vault, after: i64, limit: usize) -> Result<VaultEvent, VaultError> {
    let with_number = |line: AuditLine| {
        let number = if line.subject.is_empty() { None } else { vault.number_of(&CaseId(line.subject.clone()))? };
        Ok(NumberedLine { line, number })
    };
    let lines = vault.audit(after, limit)?.into_iter().map(with_number).collect::<Result<_, VaultError>>()?;
    Ok(VaultEvent::Audit { after, lines, count: vault.audit_head()?.count })
}

pub(super) fn subject(command: &VaultCommand) -> (VaultOperation, Option<CaseId>) {
    match command {
        VaultCommand::Create { .. } => (VaultOperation::Create, None),
        VaultCommand::Unlock { .. } => (VaultOperation::Unlock, None),
        VaultCommand::Lock => (VaultOperation::Lock, None),
        VaultCommand::Save { case, .. } => (VaultOperation::Save, Some(case.id.clone())),
        VaultCommand::KeepDraft { case, .. } => (VaultOperation::Draft, Some(case.id.clone())),
        VaultCommand::DiscardDraft { id } => (VaultOperation::Draft, Some(id.clone())),
        VaultCommand::Read { id } => (VaultOperation::Read, Some(id.clone())),
        VaultCommand::List { .. } => (VaultOperation::List, None),
        VaultCommand::Reopen => (VaultOperation::Reopen, None),
        VaultCommand::PrintRecovery { .. } | VaultCommand::RemovePrinted { .. } => (VaultOperation::Print, None),
        VaultCommand::SetBinned { id, .. } => (VaultOperation::Bin, Some(id.clone())),
        VaultCommand::BinContents { id } | VaultCommand::Delete { id } => (VaultOperation::Bin, id.clone()),
        VaultCommand::History { id } => (VaultOperation::History, Some(id.clone())),
        VaultCommand::Attachments { id } | VaultCommand::SetAttachments { id, .. } => {
            (VaultOperation::Attachments, Some(id.clone()))
        }
        VaultCommand::Import { .. } | VaultCommand::LastImport | VaultCommand::UndoImport => {
            (VaultOperation::Import, None)
        }
        VaultCommand::LookAt { .. } => (VaultOperation::LookAt, None),
        VaultCommand::Survey => (VaultOperation::Survey, None),
        VaultCommand::SetSettings(_) => (VaultOperation::Settings, None),
        VaultCommand::ChangePassphrase { .. } => (VaultOperation::Passphrase, None),
        VaultCommand::NewRecovery { .. } | VaultCommand::KeepRecovery => (VaultOperation::Recovery, None),
        VaultCommand::ReadAudit { .. } => (VaultOperation::Audit, None),
        VaultCommand::LendReader(_) | VaultCommand::RecordBackup(_) => (VaultOperation::Care, None),
    }
}
