//! What the window asks of the vault, and what it answers. An open vault lives on the storage thread.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::domain::{Case, CaseId};
use crate::error::UserError;
use crate::vault::{Access, Draft, Notice, Page, Query, Stored, VaultSettings};

/// What a person typed to open a vault.
#[derive(Debug)]
pub enum TypedSecret {
    /// The passphrase.
    Passphrase(SecretString),
    /// The printed recovery key.
    Recovery(SecretString),
}

/// To the vault.
pub enum VaultCommand {
    /// Make a vault in a folder that isn't there yet, or is empty, and keep it open.
    Create {
        /// Which folder.
        folder: PathBuf,
        /// What opens it from now on.
        passphrase: SecretString,
    },
    /// Open a vault.
    Unlock {
        /// Which folder.
        folder: PathBuf,
        /// With what.
        secret: TypedSecret,
    },
    /// Forget the key. Everything sent before is written first.
    Lock,
    /// Keep a case that began from the revision `base`; 0 for a new one.
    Save {
        /// Which case, as it is now.
        case: Box<Case>,
        /// What it began from.
        base: u64,
    },
    /// Keep what is being typed.
    KeepDraft {
        /// Which case, as it is now.
        case: Box<Case>,
        /// What it began from.
        base: u64,
    },
    /// A case was saved or thrown away: its draft goes.
    DiscardDraft {
        /// Which case's.
        id: CaseId,
    },
    /// Read a whole case.
    Read {
        /// Which.
        id: CaseId,
    },
    /// Read a page of a list.
    List {
        /// Tells this question from a later one.
        ask: u64,
        /// What is wanted.
        query: Query,
    },
    /// Open the vault anew with the key that is here: for writing, if whoever wrote has gone.
    Reopen,
    /// Write the recovery key into a file in clear, to be printed.
    PrintRecovery {
        /// The folder.
        folder: PathBuf,
        /// The file's text.
        text: SecretString,
    },
    /// Remove such a file.
    RemovePrinted {
        /// Which.
        path: PathBuf,
    },
}

/// What is to be known of a vault that has just been opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultInfo {
    /// Its folder.
    pub folder: PathBuf,
    /// Its name for people.
    pub name: String,
    /// Whether cases can be changed.
    pub access: Access,
    /// What has to be said to whoever opened it.
    pub notices: Vec<Notice>,
    /// What the office has set.
    pub settings: VaultSettings,
    /// Cases in it, without the bin.
    pub cases: u64,
    /// The highest office number of this year.
    pub last_number: Option<String>,
}

/// What a command to the vault was about, for what is done when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultOperation {
    /// Making one.
    Create,
    /// Opening one.
    Unlock,
    /// Forgetting the key.
    Lock,
    /// Keeping a case.
    Save,
    /// Keeping what is being typed.
    Draft,
    /// Reading a case.
    Read,
    /// Reading a list.
    List,
    /// Opening it anew, for writing.
    Reopen,
    /// Writing or removing the recovery key's file.
    Print,
}

/// From the vault.
pub enum VaultEvent {
    /// A vault was made and is open.
    Created {
        /// What it is.
        info: Box<VaultInfo>,
        /// To be shown once and printed.
        recovery: SecretString,
    },
    /// A vault is open.
    Unlocked {
        /// What it is.
        info: Box<VaultInfo>,
        /// What was typed and not saved, the oldest first.
        drafts: Vec<Draft>,
    },
    /// The key is forgotten.
    Locked,
    /// A case is on the disk.
    Saved {
        /// Which case.
        id: CaseId,
        /// Its revision now.
        revision: u64,
        /// The `modified_at` that was saved: the case may have changed since.
        modified_at: String,
    },
    /// Somebody has saved the case meanwhile: nothing was written.
    Conflict {
        /// What stands in the vault.
        stored: Box<Stored>,
    },
    /// A draft is on the disk.
    DraftKept {
        /// Which case's.
        id: CaseId,
        /// The `modified_at` that was kept.
        modified_at: String,
    },
    /// A draft is gone.
    DraftDiscarded,
    /// A whole case.
    Case {
        /// It.
        stored: Box<Stored>,
    },
    /// A page of a list.
    Listed {
        /// Of which question.
        ask: u64,
        /// How many were passed over.
        offset: usize,
        /// It.
        page: Page,
    },
    /// Something could not be done; nothing was lost.
    Failed {
        /// What.
        operation: VaultOperation,
        /// Of which case.
        id: Option<CaseId>,
        /// Why.
        error: UserError,
    },
    /// The vault was not opened.
    Refused {
        /// Why.
        error: UserError,
        /// Nobody may try again for so many seconds.
        wait_s: f64,
    },
    /// The vault was opened anew.
    Reopened {
        /// What it is now.
        info: Box<VaultInfo>,
        /// What was typed and not saved, the oldest first.
        drafts: Vec<Draft>,
    },
    /// The recovery key is in a file.
    Printed {
        /// Which.
        path: PathBuf,
    },
    /// That file is gone.
    PrintedRemoved,
}
