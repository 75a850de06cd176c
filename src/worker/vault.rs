//! The open vault on the storage thread: one command, one answer.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::archive;
use super::vault_protocol::{TypedSecret, VaultCommand, VaultEvent, VaultInfo, VaultOperation};
use crate::clock;
use crate::domain::{Case, CaseId};
use crate::vault::{Kdf, OpenOptions, Passphrase, RecoveryKey, Secret, Vault, VaultError};

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
            VaultCommand::Unlock { folder, secret } => self.unlock(&folder, secret),
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
        }
    }

    /// Forgets the key. Whatever is said of it, nothing can be read afterwards.
    pub(super) fn close(&mut self) -> Result<(), VaultError> {
        self.open.take().map_or(Ok(()), Vault::close)
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

    fn unlock(&mut self, folder: &Path, secret: TypedSecret) -> Result<VaultEvent, VaultError> {
        // One that is open already would hold the lock for writing.
        self.close()?;
        let secret = match secret {
            TypedSecret::Passphrase(typed) => Secret::Passphrase(Passphrase::new(typed.expose_secret())?),
            TypedSecret::Recovery(typed) => Secret::Recovery(RecoveryKey::parse(typed.expose_secret())?),
        };
        let vault = Vault::open(folder, &secret, OpenOptions::default())?;
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
    }
}
