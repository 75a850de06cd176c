//! Making, opening and locking a vault.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::attempts::{Attempts, Delay};
use super::audit::{self, AuditEvent, AuditKind, Head};
use super::kdf::{Kdf, Key, Passphrase};
use super::keys::{Keys, NewKeys, Secret};
use super::place::{self, DATABASE, Holder, WriteLock};
use super::recovery::RecoveryKey;
use super::{Part, VaultError, backup, restore, schema};
use crate::i18n::I18n;

/// Whether cases can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// They can.
    Write,
    /// Somebody else writes.
    Read(Holder),
    /// Only looking was asked for, or the folder can't be written to.
    ReadOnly,
}

/// What somebody who opens a vault has to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// One copy of the wrapped keys was damaged or missing, and was made anew from the other.
    KeysRepaired,
    /// The log ends before the line that was the last: the newest changes are gone.
    EndLost {
        /// Lines that are there.
        found: i64,
        /// Lines that there were.
        expected: i64,
        /// The newest backup that opens whole.
        backup: Option<PathBuf>,
    },
    /// The tables were of an older version; a backup was made before they were changed.
    Migrated {
        /// From which version.
        from: i64,
        /// The backup.
        backup: PathBuf,
    },
    /// So many attempts with a wrong passphrase since the last time.
    FailedAttempts(u64),
}

impl Notice {
    /// As people are told.
    pub fn in_words(&self, i18n: &I18n) -> String {
        match self {
            Self::KeysRepaired => i18n.tr("cli-vault-repaired"),
            Self::EndLost { found, expected, .. } => {
                let number = |count: &i64| i18n.number(count.unsigned_abs()).into();
                i18n.tr_args("cli-vault-end-lost", &[("found", number(found)), ("expected", number(expected))])
            }
            Self::Migrated { from, backup } => {
                let file = backup.display().to_string();
                i18n.tr_args("cli-vault-migrated", &[("from", (*from).into()), ("file", file.into())])
            }
            Self::FailedAttempts(count) => i18n.tr_args("cli-vault-failed", &[("count", (*count).into())]),
        }
    }
}

/// How to open.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenOptions {
    /// Only look, even if nobody else writes.
    pub read_only: bool,
    /// How the wait grows with failed attempts.
    pub delay: Delay,
}

/// An open vault. Dropping it locks it.
#[derive(Debug)]
pub struct Vault {
    pub(super) folder: PathBuf,
    pub(super) db: Connection,
    pub(super) keys: Keys,
    pub(super) raw: Key,
    access: Access,
    notices: Vec<Notice>,
    // After `db`: the lock is given back when nothing is written any more.
    _lock: Option<WriteLock>,
}

/// A vault that was just made.
#[derive(Debug)]
pub struct Created {
    /// It, open.
    pub vault: Vault,
    /// To be shown once and printed.
    pub recovery: RecoveryKey,
}

/// Another recovery key, before it counts.
#[derive(Debug)]
pub struct NewRecovery {
    /// To be shown once and printed.
    pub key: RecoveryKey,
    keys: Keys,
}

impl Vault {
    /// Makes a vault in a folder that isn't there yet, or is empty. `kdf`: [`Kdf::tuned`] for people.
    pub fn create(folder: &Path, passphrase: &Passphrase, kdf: Kdf) -> Result<Created, VaultError> {
        let new = Keys::generate(passphrase, kdf)?;
        place::check_local(folder)?;
        let was_there = folder.is_dir();
        if folder.symlink_metadata().is_ok() && !was_there || was_there && !is_empty(folder)? {
            return Err(VaultError::Exists);
        }
        place::private_folder(folder)?;
        make(folder, new).inspect_err(|_| {
            // Half a vault is none.
            for name in [super::keys::FILE, super::keys::COPY, DATABASE, "vault.db-wal", "vault.db-shm", "lock"] {
                std::fs::remove_file(folder.join(name)).ok();
            }
            if !was_there {
                std::fs::remove_dir(folder).ok();
            }
        })
    }

    /// Opens a vault; for reading only where another program writes to it, or its folder can't be written to.
    pub fn open(folder: &Path, secret: &Secret, options: OpenOptions) -> Result<Self, VaultError> {
        place::check_local(folder)?;
        let (keys, repair) = Keys::load(folder)?;
        let raw = unlock(folder, &keys, secret, options.delay)?;
        Self::open_with(folder, keys, repair, raw, options)
    }

    /// Opens it anew with the key that is here: for writing, if whoever wrote has gone. An error locks it.
    pub fn reopen(self) -> Result<Self, VaultError> {
        let Self { folder, db, raw, _lock: lock, .. } = self;
        db.close().map_err(|(_, error)| VaultError::from(error))?;
        drop(lock);
        let (keys, repair) = Keys::load(&folder)?;
        Self::open_with(&folder, keys, repair, raw, OpenOptions::default())
    }

    fn open_with(folder: &Path, keys: Keys, repair: bool, raw: Key, options: OpenOptions) -> Result<Self, VaultError> {
        check_head(folder, &keys)?;
        let (lock, access) = if options.read_only { (None, Access::ReadOnly) } else { writer(folder)? };
        let mut notices = Vec::new();
        let db = if lock.is_some() {
            place::sweep(folder);
            if repair {
                keys.save(folder)?;
                notices.push(Notice::KeysRepaired);
            }
            let mut db = schema::connect(&folder.join(DATABASE), &raw, keys.database_salt, flags(true))?;
            migrate(folder, &mut db, &keys, &raw, &mut notices)?;
            schema::prepare_for_writing(&db)?;
            db
        } else {
            let db = schema::connect_for_reading(folder, &raw, keys.database_salt)?;
            let version = schema::version(&db)?;
            if version != schema::VERSION {
                // An older one has to be brought up to date first, by whoever may write.
                return Err(if version > schema::VERSION {
                    VaultError::Newer { version }
                } else {
                    VaultError::ReadOnly
                });
            }
            db
        };
        let mut vault = Self { folder: folder.to_owned(), db, keys, raw, access, notices, _lock: lock };
        vault.greet()?;
        Ok(vault)
    }

    /// Whether cases can be changed.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// What has to be said to whoever opened it.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its name for people: the folder's, without the ending.
    pub fn name(&self) -> String {
        name_of(&self.folder)
    }

    /// The version of its tables.
    pub fn version(&self) -> Result<i64, VaultError> {
        schema::version(&self.db)
    }

    /// Bytes of the database with its log.
    pub fn bytes(&self) -> u64 {
        let size = |name| std::fs::metadata(self.folder.join(name)).map_or(0, |meta| meta.len());
        size(DATABASE) + size("vault.db-wal")
    }

    /// How its passphrase becomes a key.
    pub fn kdf(&self) -> Kdf {
        self.keys.kdf
    }

    /// Another passphrase. The recovery key stays, and so do the old ones of backups that are already made.
    pub fn change_passphrase(&mut self, passphrase: &Passphrase, kdf: Kdf) -> Result<(), VaultError> {
        self.writable()?;
        let mut keys = self.keys.clone();
        keys.set_passphrase(&self.raw, passphrase, kdf)?;
        self.set_keys(keys, AuditKind::Passphrase)
    }

    /// Makes another recovery key, after the passphrase was asked for once more. It counts once it is kept
    /// ([`Vault::keep_recovery`]): until then the one of before opens the vault.
    pub fn new_recovery(&self, passphrase: &Passphrase) -> Result<NewRecovery, VaultError> {
        self.writable()?;
        self.confirm(&Secret::Passphrase(passphrase.clone()))?;
        let mut keys = self.keys.clone();
        let key = keys.set_recovery(&self.raw, passphrase, keys.kdf)?;
        Ok(NewRecovery { key, keys })
    }

    /// From now on this recovery key opens the vault, and the one of before opens only the backups of its day.
    pub fn keep_recovery(&mut self, new: &NewRecovery) -> Result<(), VaultError> {
        if !new.keys.follow(&self.keys) {
            // Another passphrase was set meanwhile.
            return Err(VaultError::OtherKeys);
        }
        self.set_keys(new.keys.clone(), AuditKind::Recovery)
    }

    /// The audit log is told first: a line without its change is better than a change without its line.
    fn set_keys(&mut self, keys: Keys, kind: AuditKind) -> Result<(), VaultError> {
        self.record(&AuditEvent::new(kind, ""))?;
        keys.save(&self.folder)?;
        self.keys = keys;
        Ok(())
    }

    /// Whether this opens the vault: asked once more before something that only its people may do. What doesn't counts as a
    /// failed unlock.
    pub fn confirm(&self, secret: &Secret) -> Result<(), VaultError> {
        unlock(&self.folder, &self.keys, secret, Delay::default()).map(drop)
    }

    /// Writes everything into the database itself, and locks. Dropping does the same without a word of what failed.
    pub fn close(self) -> Result<(), VaultError> {
        self.db.close().map_err(|(_, error)| error.into())
    }

    pub(super) fn writable(&self) -> Result<(), VaultError> {
        if self.access == Access::Write { Ok(()) } else { Err(VaultError::ReadOnly) }
    }

    /// The first lines of the audit log after an unlock, and what they find.
    fn greet(&mut self) -> Result<(), VaultError> {
        let attempts = Attempts::load(&self.folder);
        let (found, kept) = (audit::head(&self.db)?, audit::kept_head(&self.folder));
        let expected = kept.as_ref().map_or(0, |head| head.count);
        if found.count < expected {
            let folder = self.settings()?.backup_folder(&self.folder);
            let backup = restore::newest(&folder, &self.folder, &self.keys, &self.raw);
            self.notices.push(Notice::EndLost { found: found.count, expected, backup });
        }
        let failed = attempts.unrecorded.len() as u64 + attempts.more;
        if failed > 0 {
            self.notices.push(Notice::FailedAttempts(failed));
        }
        if self.access != Access::Write {
            return Ok(());
        }
        let unrecorded = attempts.unrecorded.clone();
        self.write(|tx| {
            if let Some(detail) = behind(&found, kept.as_ref()) {
                audit::append(tx, &AuditEvent::new(AuditKind::Behind, detail))?;
            }
            for at in &unrecorded {
                audit::append_at(tx, &AuditEvent::new(AuditKind::FailedUnlock, ""), at)?;
            }
            if attempts.more > 0 {
                let event = AuditEvent::new(AuditKind::FailedUnlock, format!("+{}", attempts.more));
                audit::append(tx, &event)?;
            }
            audit::append(tx, &AuditEvent::new(AuditKind::Unlock, ""))
        })?;
        Attempts::default().save(&self.folder)
    }
}

/// What the log's head says against the one that was kept apart, when they are not the same.
fn behind(found: &Head, kept: Option<&Head>) -> Option<String> {
    match kept {
        Some(kept) if kept == found => None,
        Some(kept) => Some(format!("{} / {}", kept.count, found.count)),
        None if found.count == 0 => None,
        None => Some(format!("- / {}", found.count)),
    }
}

/// The name of a vault for people.
pub fn name_of(folder: &Path) -> String {
    let name = crate::files::name_of(folder);
    name.strip_suffix(&format!(".{}", place::EXTENSION)).unwrap_or(&name).to_owned()
}

/// Whether there is a vault in the folder.
pub fn is_vault(folder: &Path) -> bool {
    folder.join(super::keys::FILE).is_file() || folder.join(super::keys::COPY).is_file()
}

/// How long nobody may try to open the vault in this folder.
pub fn wait_of(folder: &Path, delay: Delay) -> std::time::Duration {
    Attempts::load(folder).wait(delay, crate::clock::unix_ms())
}

/// The database's key, or a longer wait.
fn unlock(folder: &Path, keys: &Keys, secret: &Secret, delay: Delay) -> Result<Key, VaultError> {
    let mut attempts = Attempts::load(folder);
    let wait = attempts.wait(delay, crate::clock::unix_ms());
    if !wait.is_zero() {
        return Err(VaultError::TooSoon { seconds: wait.as_secs_f64().ceil() as u64, failures: attempts.failures });
    }
    let opened = keys.open(secret);
    match &opened {
        Err(VaultError::WrongSecret) => {
            attempts.fail(crate::clock::unix_ms(), crate::clock::now());
            if let Err(error) = attempts.save(folder) {
                tracing::warn!(%error, "a failed unlock can't be noted");
            }
        }
        Ok(_) if attempts.failures > 0 => {
            attempts.failures = 0;
            // A folder that can't be written to keeps it, and the wait is over soon.
            attempts.save(folder).ok();
        }
        _ => {}
    }
    opened
}

/// The database must be the one that the keys were made for.
fn check_head(folder: &Path, keys: &Keys) -> Result<(), VaultError> {
    use std::io::Read;
    let path = folder.join(DATABASE);
    let mut file = std::fs::File::open(&path).map_err(VaultError::io(&path))?;
    let mut salt = [0; 16];
    let damaged = |part| Err(VaultError::Damaged { part });
    if file.read_exact(&mut salt).is_err() {
        return damaged(Part::Head);
    }
    let equal = salt.iter().zip(keys.database_salt.0).filter(|(found, wanted)| **found == *wanted).count();
    match equal {
        16 => Ok(()),
        // A few bits of the same one, against bytes that have nothing to do with it.
        8.. => damaged(Part::Head),
        _ => Err(VaultError::OtherKeys),
    }
}

/// The writer's lock, if it can be had.
fn writer(folder: &Path) -> Result<(Option<WriteLock>, Access), VaultError> {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    match place::lock(folder) {
        Ok(Ok(lock)) => Ok((Some(lock), Access::Write)),
        Ok(Err(holder)) => Ok((None, Access::Read(holder))),
        Err(VaultError::Io { error, .. }) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem) => {
            Ok((None, Access::ReadOnly))
        }
        Err(error) => Err(error),
    }
}

/// Brings the tables up to date, after a backup.
fn migrate(
    folder: &Path,
    db: &mut Connection,
    keys: &Keys,
    raw: &Key,
    notices: &mut Vec<Notice>,
) -> Result<(), VaultError> {
    let from = schema::version(db)?;
    if from == schema::VERSION {
        return Ok(());
    }
    if from > schema::VERSION {
        return Err(VaultError::Newer { version: from });
    }
    let backup = backup::before_migration(folder, db, keys, raw, from)?;
    schema::migrate(db, from)?;
    audit::append(db, &AuditEvent::new(AuditKind::Migrate, format!("{from} → {}", schema::VERSION)))?;
    notices.push(Notice::Migrated { from, backup });
    Ok(())
}

fn make(folder: &Path, new: NewKeys) -> Result<Created, VaultError> {
    let NewKeys { keys, raw, recovery } = new;
    let lock = place::lock(folder)?.map_err(|_| VaultError::InUse)?;
    let mut db =
        schema::connect(&folder.join(DATABASE), &raw, keys.database_salt, flags(true) | OpenFlags::SQLITE_OPEN_CREATE)?;
    schema::migrate(&mut db, 0)?;
    schema::prepare_for_writing(&db)?;
    // The keys last: a folder without them is not taken for a vault.
    keys.save(folder)?;
    let mut vault = Vault {
        folder: folder.to_owned(),
        db,
        keys,
        raw,
        access: Access::Write,
        notices: Vec::new(),
        _lock: Some(lock),
    };
    vault.record(&AuditEvent::new(AuditKind::NewVault, ""))?;
    Ok(Created { vault, recovery })
}

pub(super) fn flags(write: bool) -> OpenFlags {
    let access = if write { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn is_empty(folder: &Path) -> Result<bool, VaultError> {
    Ok(std::fs::read_dir(folder).map_err(VaultError::io(folder))?.next().is_none())
}
