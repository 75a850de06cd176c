//! What the window shows of the vault's care: backups, checks, settings, the passphrase, the audit log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::vault_state::{RecoveryForm, Typed};
use crate::error::UserError;
use crate::vault::{BackupState, BackupWhen, Checkup, LEAST_LETTERS, Rotation, VaultSettings, is_recipient};
use crate::worker::care::{BackupRow, CareKind, CareTask};
use crate::worker::protocol::JobId;
use crate::worker::vault_protocol::{NumberedLine, Survey};

/// What is known and under way of an open vault's care; nothing of it outlives a lock.
#[derive(Debug, Clone, Default)]
pub struct CareState {
    /// What is under way, one of each kind.
    pub jobs: Vec<CareJob>,
    /// What is in the vault.
    pub survey: Option<Survey>,
    /// Where the backups are.
    pub backup_folder: PathBuf,
    /// The backups, the newest first; none until they were listed.
    pub backups: Option<Vec<BackupRow>>,
    /// What was found of single ones.
    pub checked: BTreeMap<PathBuf, BackupState>,
    /// What the last check of all found.
    pub checkup: Option<Box<Checkup>>,
    /// Why what was asked for in a dialog could not be done.
    pub error: Option<UserError>,
    /// The audit log, as far as it was looked at.
    pub audit: AuditView,
    /// The program is ending, and makes its last backup.
    pub closing: Option<ClosingBackup>,
    /// It was looked once since the unlock.
    pub looked_for_backup: bool,
    /// When it is next looked whether a backup is due, in `AppState::now_s`.
    pub next_backup_s: Option<f64>,
}

/// Something under way.
#[derive(Debug, Clone, PartialEq)]
pub struct CareJob {
    /// What.
    pub kind: CareKind,
    /// In detail; none where no open vault is needed.
    pub task: Option<CareTask>,
    /// Its number, once the care thread has it.
    pub id: Option<JobId>,
    /// How far it is, in [0, 1].
    pub fraction: f32,
}

/// The last backup before the program ends.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClosingBackup {
    /// Why it could not be made.
    pub error: Option<UserError>,
}

/// The lines of the audit log that were read, by number.
#[derive(Debug, Clone, Default)]
pub struct AuditView {
    /// The number of the last line; none until it is known.
    pub count: Option<i64>,
    /// Lines.
    pub lines: BTreeMap<i64, NumberedLine>,
    /// Parts of it that were asked for, by the number of the line before them.
    pub asked: BTreeSet<i64>,
    /// Parts of it that have come.
    pub read: BTreeSet<i64>,
}

impl AuditView {
    /// So many lines are read at a time.
    pub const PART: i64 = 200;

    /// The part that a line is in: the number of the line before it.
    pub fn part_of(line: i64) -> i64 {
        (line - 1).div_euclid(Self::PART) * Self::PART
    }

    /// The line's part has come.
    pub fn is_read(&self, line: i64) -> bool {
        self.read.contains(&Self::part_of(line))
    }
}

impl CareState {
    /// The work of that kind that is under way.
    pub fn job(&self, kind: CareKind) -> Option<&CareJob> {
        self.jobs.iter().find(|job| job.kind == kind)
    }

    /// A backup that is under way, and why it is made.
    pub fn backing_up(&self) -> Option<BackupWhen> {
        self.jobs.iter().find_map(|job| match job.task {
            Some(CareTask::BackUp(when)) => Some(when),
            _ => None,
        })
    }
}

/// A page of the vault's dialog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VaultPage {
    /// What it is and what is in it.
    #[default]
    Data,
    /// Its backups.
    Backups,
    /// What the office sets.
    Settings,
}

/// What the vault's dialog holds while it is open.
#[derive(Debug, Clone, PartialEq)]
pub struct VaultForm {
    /// The page shown.
    pub page: VaultPage,
    /// The settings, as they are being changed.
    pub settings: VaultSettings,
    /// The folder for backups, as text that can be edited; empty = beside the vault.
    pub backup_folder: String,
    /// Recipients of backups, one a line.
    pub recipients: String,
}

impl VaultForm {
    /// The dialog on that page, with the settings as they are.
    pub fn new(page: VaultPage, settings: &VaultSettings) -> Self {
        let folder = settings.backups.as_ref().map(|folder| folder.display().to_string());
        Self {
            page,
            settings: settings.clone(),
            backup_folder: folder.unwrap_or_default(),
            recipients: settings.recipients.join("\n"),
        }
    }

    /// The settings as they would be kept.
    pub fn wanted(&self) -> VaultSettings {
        let folder = self.backup_folder.trim();
        let lines = self.recipients.lines().map(str::trim).filter(|line| !line.is_empty());
        VaultSettings {
            backups: (!folder.is_empty()).then(|| PathBuf::from(folder)),
            recipients: lines.map(str::to_owned).collect(),
            ..self.settings.clone()
        }
    }

    /// The first line, from 1, that names no recipient.
    pub fn wrong_recipient(&self) -> Option<usize> {
        let wrong = |line: &str| !line.trim().is_empty() && !is_recipient(line);
        self.recipients.lines().position(wrong).map(|at| at + 1)
    }

    /// The rotation, to change it.
    pub fn rotation(&mut self) -> &mut Rotation {
        &mut self.settings.rotation
    }
}

/// Another passphrase, while it is being typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PassphraseForm {
    /// The one of now, or the recovery key.
    pub old: Typed,
    /// It is the recovery key.
    pub recovery: bool,
    /// The one from now on.
    pub new: Typed,
    /// The same again.
    pub again: Typed,
    /// How hard the new one is to guess, from 0 to 4.
    pub strength: u8,
    /// It is being set.
    pub busy: bool,
    /// Why it could not be.
    pub error: Option<UserError>,
}

impl PassphraseForm {
    /// The second time it was typed otherwise.
    pub fn differs(&self) -> bool {
        !self.again.0.is_empty() && self.new != self.again
    }

    /// All is typed.
    pub fn is_ready(&self) -> bool {
        let long_enough = self.new.0.chars().count() >= LEAST_LETTERS;
        !self.busy && !self.old.0.is_empty() && long_enough && self.new == self.again
    }
}

/// Another recovery key, while it is being made and going onto paper.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecoveryRenewal {
    /// The passphrase, asked for once more.
    pub typed: Typed,
    /// The key is being made.
    pub busy: bool,
    /// Why it could not be made or kept.
    pub error: Option<UserError>,
    /// The key, once it is made.
    pub paper: Option<Box<RecoveryForm>>,
}

/// A vault that is to be made from a backup.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RestoreForm {
    /// The backup, as text that can be edited.
    pub file: String,
    /// The new vault's folder, as text that can be edited.
    pub folder: String,
    /// What opened the vault on the backup's day.
    pub typed: Typed,
    /// It is the recovery key.
    pub recovery: bool,
    /// Why it could not be made.
    pub error: Option<UserError>,
    /// It was made: its folder, and how many cases are in it.
    pub done: Option<(PathBuf, u64)>,
}

impl RestoreForm {
    /// All is said.
    pub fn is_ready(&self) -> bool {
        !self.file.trim().is_empty() && !self.folder.trim().is_empty() && !self.typed.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_what_stands_in_the_fields() {
        let mut form = VaultForm::new(VaultPage::Settings, &VaultSettings::default());
        assert_eq!(form.wanted(), VaultSettings::default());
        form.backup_folder = " /copias ".into();
        let one = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
        form.recipients = format!("\n{one}\n");
        let wanted = form.wanted();
        assert_eq!((wanted.backups, wanted.recipients), (Some("/copias".into()), vec![one.to_owned()]));
        assert_eq!(form.wrong_recipient(), None);
        form.recipients.push_str("\nage1otra");
        assert_eq!(form.wrong_recipient(), Some(4));
    }

    #[test]
    fn a_passphrase_is_typed_twice_and_long_enough() {
        let typed = |text: &str| Typed(text.to_owned());
        let mut form = PassphraseForm { old: typed("la de antes"), new: typed("la de ahora"), ..Default::default() };
        assert!(!form.is_ready() && !form.differs());
        form.again = typed("la de ahorra");
        assert!(!form.is_ready() && form.differs());
        form.again = typed("la de ahora");
        assert!(form.is_ready());
        (form.new, form.again) = (typed("corta"), typed("corta"));
        assert!(!form.is_ready());
    }
}
