//! The open vault on the storage thread: one command, one answer.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::vault_protocol::{NumberedLine, Survey, TypedSecret, VaultCommand, VaultEvent, VaultInfo, VaultOperation};
use crate::clock;
use crate::domain::{Case, CaseId};
use crate::vault::{
    AuditLine, Kdf, OpenOptions, Passphrase, RecoveryKey, Secret, Vault, VaultError, newest_good_backup,
};

/// Where the open vault is kept; nothing while it is locked.
#[derive(Default)]
pub(super) struct Strongroom {
    open: Option<Vault>,
}

impl Strongroom {
    /// Does what is asked.
    pub(super) fn answer(&mut self, command: VaultCommand) -> VaultEvent {
        let (operation, id) = subject(&command);
        self.try_answer(command).unwrap_or_else(|error| VaultEvent::Failed { operation, id, error: error.into() })
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
            VaultCommand::Survey => Ok(VaultEvent::Surveyed(Box::new(survey(self.vault()?)?))),
            VaultCommand::SetSettings(settings) => {
                self.vault()?.set_settings(&settings)?;
                Ok(VaultEvent::SettingsKept(settings))
            }
            VaultCommand::ChangePassphrase { old, new } => change_passphrase(self.vault()?, &old, &new),
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
        self.open.take().map_or(Ok(()), Vault::close)
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

    fn save(&mut self, case: &Case, base: u64) -> Result<VaultEvent, VaultError> {
        let vault = self.vault()?;
        match vault.save(case, base) {
            Ok(revision) => {
                Ok(VaultEvent::Saved { id: case.id.clone(), revision, modified_at: case.modified_at.clone() })
            }
            Err(VaultError::Conflict { stored, .. }) if stored > 0 => {
                Ok(VaultEvent::Conflict { stored: Box::new(vault.case(&case.id)?) })
            }
            Err(error) => Err(error),
        }
    }
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

fn change_passphrase(vault: &mut Vault, old: &SecretString, new: &SecretString) -> Result<VaultEvent, VaultError> {
    vault.confirm(&Secret::Passphrase(Passphrase::new(old.expose_secret())?))?;
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
        VaultCommand::Survey => (VaultOperation::Survey, None),
        VaultCommand::SetSettings(_) => (VaultOperation::Settings, None),
        VaultCommand::ChangePassphrase { .. } => (VaultOperation::Passphrase, None),
        VaultCommand::ReadAudit { .. } => (VaultOperation::Audit, None),
        VaultCommand::LendReader(_) | VaultCommand::RecordBackup(_) => (VaultOperation::Care, None),
    }
}
