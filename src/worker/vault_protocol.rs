//! What the window asks of the vault, and what it answers. An open vault lives on the storage thread.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::SecretString;

use super::care::CareTask;
use crate::domain::{Case, CaseId};
use crate::error::UserError;
use crate::vault::{
    Access, AuditLine, BinContents, Draft, Imported, Incoming, KeptSuggestion, Made, Notice, Page, Query, Reader,
    Revision, Stored, Undone, VaultSettings,
};

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
        query: Box<Query>,
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
    /// Put a case into the bin, or take it out.
    SetBinned {
        /// Which.
        id: CaseId,
        /// Into it.
        binned: bool,
    },
    /// Look what would go for good.
    BinContents {
        /// With one case of the bin; none = with all.
        id: Option<CaseId>,
    },
    /// Delete for good.
    Delete {
        /// One case of the bin; none = all.
        id: Option<CaseId>,
    },
    /// Read the earlier texts of a case, and the suggestions that were made for it.
    History {
        /// Of which case.
        id: CaseId,
    },
    /// Read the names of what lies with a case.
    Attachments {
        /// Of which case.
        id: CaseId,
    },
    /// Set them.
    SetAttachments {
        /// Of which case.
        id: CaseId,
        /// All of them.
        names: Vec<String>,
    },
    /// Take cases in: all or none.
    Import {
        /// Which.
        cases: Vec<Incoming>,
        /// The file's name.
        source: String,
        /// How far it is.
        progress: Progress,
    },
    /// Which import could be taken back.
    LastImport,
    /// Take it back.
    UndoImport,
    /// Look at what an export would take out.
    LookAt {
        /// Which cases; place and number of rows don't count.
        query: Box<Query>,
    },
    /// Count what is in it.
    Survey,
    /// Keep what the office has set.
    SetSettings(Box<VaultSettings>),
    /// Set another passphrase.
    ChangePassphrase {
        /// What opens it now, asked for once more.
        old: TypedSecret,
        /// The one from now on.
        new: SecretString,
    },
    /// Make another recovery key. The one of before counts until [`VaultCommand::KeepRecovery`].
    NewRecovery {
        /// The passphrase, asked for once more.
        passphrase: SecretString,
    },
    /// The new recovery key is on paper: from now on it counts.
    KeepRecovery,
    /// Read lines of the audit log.
    ReadAudit {
        /// Those after the one with this number.
        after: i64,
        /// So many at most.
        limit: usize,
    },
    /// Give the care thread what it needs to read the vault.
    LendReader(CareTask),
    /// Tell the audit log of a backup.
    RecordBackup(Box<Made>),
}

/// How many cases of an import are written, for whoever waits for it.
#[derive(Clone, Default)]
pub struct Progress(Arc<AtomicUsize>);

impl Progress {
    /// So many.
    pub fn written(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// So many, now.
    pub fn set(&self, written: usize) {
        self.0.store(written, Ordering::Relaxed);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.written()).finish()
    }
}

impl PartialEq for Progress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The cases that an export would take out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outgoing {
    /// How many.
    pub total: u64,
    /// Generated passages among them that nobody has reviewed: without and with the model's proposals.
    pub unreviewed: [usize; 2],
    /// The first of them.
    pub first: Vec<Case>,
}

/// An import that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptImport {
    /// When it was done: RFC 3339.
    pub at: String,
    /// The file's name.
    pub source: String,
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
    /// The bin.
    Bin,
    /// Earlier texts of a case.
    History,
    /// Names of what lies with a case.
    Attachments,
    /// Taking cases in, or out again.
    Import,
    /// Looking at what would go out.
    LookAt,
    /// Counting what is in it.
    Survey,
    /// Keeping the settings.
    Settings,
    /// Setting another passphrase.
    Passphrase,
    /// Making another recovery key.
    Recovery,
    /// Reading the audit log.
    Audit,
    /// Lending the care thread what it needs.
    Care,
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
    /// A case went into the bin, or came out.
    Binned {
        /// Which.
        id: CaseId,
        /// Into it.
        binned: bool,
    },
    /// What would go for good.
    BinContents {
        /// With which case; none = with all.
        id: Option<CaseId>,
        /// It.
        contents: BinContents,
    },
    /// Cases are gone.
    Deleted {
        /// Which.
        ids: Vec<CaseId>,
    },
    /// Earlier texts and suggestions.
    History {
        /// Of which case.
        id: CaseId,
        /// The newest first.
        revisions: Vec<Revision>,
        /// The oldest first.
        suggestions: Vec<KeptSuggestion>,
    },
    /// Names of what lies with a case.
    Attachments {
        /// Which case.
        id: CaseId,
        /// All of them.
        names: Vec<String>,
    },
    /// Cases have come in.
    Imported {
        /// How many.
        done: Imported,
        /// The highest office number of this year.
        last_number: Option<String>,
    },
    /// The import that could be taken back.
    LastImport(Option<KeptImport>),
    /// It was taken back.
    ImportUndone(Undone),
    /// What an export would take out.
    Outgoing {
        /// Of which question.
        query: Query,
        /// It.
        outgoing: Box<Outgoing>,
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
    /// It can't be opened, because it is not as it was written; nothing was changed.
    Damaged {
        /// What is not.
        error: UserError,
        /// The newest backup that opens whole.
        backup: Option<PathBuf>,
    },
    /// What is in it.
    Surveyed(Box<Survey>),
    /// The settings are kept.
    SettingsKept(Box<VaultSettings>),
    /// Another passphrase opens it from now on.
    PassphraseChanged,
    /// Another recovery key, which does not count yet.
    NewRecovery {
        /// To be shown once and printed.
        recovery: SecretString,
    },
    /// It counts from now on.
    RecoveryKept,
    /// Lines of the audit log.
    Audit {
        /// Those after the one with this number.
        after: i64,
        /// They, the oldest first.
        lines: Vec<NumberedLine>,
        /// The number of the last line that there is.
        count: i64,
    },
    /// For the care thread.
    ReaderLent {
        /// What for.
        task: CareTask,
        /// It.
        reader: Box<Reader>,
    },
    /// The audit log knows of the backup.
    BackupRecorded,
}

/// What is in a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Cases, without the bin.
    pub cases: u64,
    /// Cases in the bin.
    pub binned: u64,
    /// Bytes of the database with its log.
    pub bytes: u64,
    /// Lines of the audit log.
    pub lines: i64,
}

/// A line of the audit log, with what an office calls its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedLine {
    /// It.
    pub line: AuditLine,
    /// The case's number; none where it was the whole vault, or the case is gone.
    pub number: Option<String>,
}
