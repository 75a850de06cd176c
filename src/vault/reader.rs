//! A second connection to an open vault, for what takes long: another thread reads while the first goes on writing.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};
use secrecy::{ExposeSecret, SecretBox};

use super::audit::{self, Finding};
use super::backup::{self, Made, Manifest, Own, Source, Watch};
use super::kdf::Key;
use super::keys::Keys;
use super::rotation::{BackupFile, backups, rotate};
use super::{Vault, VaultError, VaultSettings, name_of, restore, schema, store};

/// Audit lines of these kinds tell of nothing that a backup would keep.
const NO_CHANGES: &str = "'unlock', 'failed-unlock', 'backup', 'behind', 'export'";

/// What another thread needs to read an open vault. It holds the key until it is dropped.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    keys: Keys,
    raw: Key,
    settings: VaultSettings,
}

/// Why a backup is asked for, and with that, when it is not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupWhen {
    /// Somebody wants one: always.
    Now,
    /// The newest is older than a day.
    Daily,
    /// The vault was opened not long ago: as [`BackupWhen::Daily`], or the newest lacks something of an earlier time, since
    /// the last one could not be made.
    Opened,
    /// The vault is being closed: something changed since the newest, or that is not of today.
    Closing,
}

/// Up to when something may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changed {
    ByNow,
    BeforeUnlock,
}

/// What verifying a backup found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupState {
    /// It opens whole, with so many cases.
    Good {
        /// Cases, those of the bin too.
        cases: u64,
    },
    /// It is of another vault, or of other keys.
    OtherKeys,
    /// It is not as it was written.
    Damaged,
}

/// A backup that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBackup {
    /// Its file.
    pub path: PathBuf,
    /// What was found.
    pub state: BackupState,
}

/// What a check of a whole vault found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// When: RFC 3339.
    pub at: String,
    /// Every page is as it was written.
    pub pages: bool,
    /// Lines of the audit log.
    pub lines: i64,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// The backups, the oldest first.
    pub backups: Vec<CheckedBackup>,
}

impl Checkup {
    /// The newest backup that opens whole.
    pub fn newest_good(&self) -> Option<&Path> {
        let good = |backup: &&CheckedBackup| matches!(backup.state, BackupState::Good { .. });
        self.backups.iter().rev().find(good).map(|backup| backup.path.as_path())
    }

    /// Nothing is wrong.
    pub fn is_good(&self) -> bool {
        let damaged = self.backups.iter().any(|backup| backup.state == BackupState::Damaged);
        self.pages && self.findings.is_empty() && !damaged
    }
}

impl Vault {
    /// What another thread needs to read this vault.
    pub fn reader(&self) -> Result<Reader, VaultError> {
        let raw = SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(self.raw.expose_secret()));
        Ok(Reader { folder: self.folder.clone(), keys: self.keys.clone(), raw, settings: self.settings()? })
    }
}

impl Reader {
    /// Where backups go.
    pub fn backup_folder(&self) -> PathBuf {
        self.settings.backup_folder(&self.folder)
    }

    /// The backups of this vault, the oldest first.
    pub fn backups(&self) -> Vec<BackupFile> {
        backups(&self.backup_folder(), Some(&name_of(&self.folder)))
    }

    /// Whether a backup is needed.
    pub fn is_due(&self, when: BackupWhen) -> Result<bool, VaultError> {
        let Some(newest) = self.backups().pop() else { return Ok(true) };
        let now = jiff::ZonedDateTime::now().datetime();
        // One whose clock was ahead doesn't keep the next one away for ever.
        let is_old = newest.made_at > now || now.duration_since(newest.made_at).as_hours() >= 24;
        Ok(match when {
            BackupWhen::Now => true,
            BackupWhen::Daily => is_old,
            BackupWhen::Opened => is_old || self.changed_since(&newest.path, Changed::BeforeUnlock)?,
            BackupWhen::Closing => {
                newest.made_at.date() != now.date() || self.changed_since(&newest.path, Changed::ByNow)?
            }
        })
    }

    /// Whether anything was written that the backup doesn't have.
    fn changed_since(&self, backup: &Path, changed: Changed) -> Result<bool, VaultError> {
        let db = self.connect()?;
        let name = crate::files::name_of(backup);
        let line: Option<(String, String)> = db
            .query_row(
                "SELECT at, detail FROM audit WHERE kind = 'backup' AND substr(detail, 1, length(?1)) = ?1
                 ORDER BY seq DESC LIMIT 1",
                [&name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let reached: Option<i64> =
            line.as_ref().and_then(|(_, detail)| detail.rsplit_once(" (")?.1.strip_suffix(')')?.parse().ok());
        let (Some((at, _)), Some(reached)) = (line, reached) else { return Ok(true) };
        let before = match changed {
            Changed::ByNow => i64::MAX,
            Changed::BeforeUnlock => {
                db.query_row("SELECT max(seq) FROM audit WHERE kind = 'unlock'", [], |row| row.get(0))?
            }
        };
        let words =
            format!("SELECT EXISTS (SELECT 1 FROM audit WHERE seq > ?1 AND seq < ?2 AND kind NOT IN ({NO_CHANGES}))");
        if db.query_row(&words, [reached, before], |row| row.get(0))? {
            return Ok(true);
        }
        if changed == Changed::BeforeUnlock {
            // A draft is somebody's work of now, or it came back and will be saved.
            return Ok(false);
        }
        let at = crate::clock::unix_ms_of(&at);
        let mut drafts = db.prepare("SELECT saved_at FROM drafts")?;
        let drafts = drafts.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(drafts.iter().any(|saved_at| crate::clock::unix_ms_of(saved_at) > at))
    }

    /// Makes a backup where the settings say, opens it again, and lets old ones go. The audit log is told by whoever
    /// writes to the vault: [`Vault::record_backup`].
    pub fn back_up(&self, watch: &Watch<'_>) -> Result<Made, VaultError> {
        let (folder, name) = (self.backup_folder(), name_of(&self.folder));
        let db = self.connect()?;
        let source = Source { folder: &self.folder, db: &db, keys: &self.keys, raw: &self.raw };
        let made = backup::write(&source, &folder, &name, &self.settings.recipients, watch)?;
        rotate(&folder, &name, self.settings.rotation);
        Ok(made)
    }

    /// Opens a backup with the vault's own key; every byte of it is checked.
    pub fn verify_backup(&self, file: &Path, watch: &Watch<'_>) -> Result<Manifest, VaultError> {
        let keys = self.keys.to_text();
        restore::check(file, &Own { keys: &keys, raw: &self.raw }, &self.folder, watch)
    }

    /// Reads every page, follows the audit log, and opens every backup.
    pub fn check(&self, watch: &Watch<'_>) -> Result<Checkup, VaultError> {
        let db = self.connect()?;
        watch.done(0, 1)?;
        let pages = match store::pages(&db) {
            Ok(()) => true,
            Err(VaultError::Damaged { .. }) => false,
            Err(error) => return Err(error),
        };
        let watch = watch.part(0.3, 1.0);
        let (mut checked, mut kept) = (Vec::new(), vec![audit::kept_head(&self.folder)]);
        let all = self.backups();
        for (at, BackupFile { path, .. }) in all.iter().enumerate() {
            let share = |at: usize| at as f32 / all.len() as f32;
            let state = match self.verify_backup(path, &watch.part(share(at), share(at + 1))) {
                Ok(manifest) => {
                    kept.push(Some(manifest.audit));
                    BackupState::Good { cases: manifest.cases }
                }
                Err(VaultError::Stopped) => return Err(VaultError::Stopped),
                Err(VaultError::NoKeyForBackup) => BackupState::OtherKeys,
                Err(_) => BackupState::Damaged,
            };
            checked.push(CheckedBackup { path: path.clone(), state });
        }
        // A damaged page may be one of those that hold the log.
        let (findings, lines) = match (audit::verify(&db, &kept), audit::head(&db)) {
            (Ok(findings), Ok(head)) => (findings, head.count),
            (Err(VaultError::Damaged { .. }), _) | (_, Err(VaultError::Damaged { .. })) if !pages => (Vec::new(), 0),
            (findings, head) => (findings?, head?.count),
        };
        Ok(Checkup { at: crate::clock::now(), pages, lines, findings, backups: checked })
    }

    fn connect(&self) -> Result<Connection, VaultError> {
        schema::connect_for_reading(&self.folder, &self.raw, self.keys.database_salt)
    }
}
