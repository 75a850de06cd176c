//! What can go wrong with a vault, and how people are told.

use std::io;
use std::path::PathBuf;

use crate::error::UserError;

/// The part of a vault or of a backup that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Both copies of the wrapped keys.
    Keys,
    /// The first bytes of the database: its salt.
    Head,
    /// The database's pages.
    Pages,
    /// The changes that were not yet in the database itself: its last ones are gone.
    Log,
    /// The header of a backup, which holds its keys.
    BackupHead,
    /// The content of a backup.
    BackupBody,
}

/// Why something can't be done with a vault. No variant holds text of a case.
#[allow(missing_docs)]
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("no vault in this folder")]
    NotAVault,
    #[error("something is there already")]
    Exists,
    #[error("wrong passphrase or recovery key")]
    WrongSecret,
    #[error("empty passphrase")]
    PassphraseEmpty,
    #[error("passphrase of {bytes} bytes")]
    PassphraseLong { bytes: usize },
    #[error("passphrase shorter than {least} letters")]
    PassphraseShort { least: usize },
    #[error("recovery key: group {group} is mistyped")]
    RecoveryMistyped { group: usize },
    #[error("recovery key: {found} letters instead of {wanted}")]
    RecoveryLength { found: usize, wanted: usize },
    #[error("wait {seconds} s after {failures} failed attempts")]
    TooSoon { seconds: u64, failures: u32 },
    #[error("parameters of the key derivation are absurd")]
    AbsurdKdf,
    #[error("made by a later version ({version})")]
    Newer { version: i64 },
    #[error("damaged: {part:?}")]
    Damaged { part: Part },
    #[error("the keys belong to another database")]
    OtherKeys,
    #[error("on a network file system ({kind})")]
    Network { kind: String },
    #[error("open for reading only")]
    ReadOnly,
    #[error("in use by another program")]
    InUse,
    #[error("no such case")]
    NoSuchCase,
    #[error("the case was changed meanwhile (revision {stored}, not {expected})")]
    Conflict { expected: u64, stored: u64 },
    #[error("this import can't be undone: {reason}")]
    NoUndo { reason: &'static str },
    #[error("the backup was made of another vault, or with other keys")]
    NoKeyForBackup,
    #[error("the backup did not open again as it was written")]
    BackupUnverified,
    #[error("not an age recipient")]
    Recipient,
    #[error("{error} ({})", path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error("database: {code:?}")]
    Database { code: Option<i32> },
    #[error("no random numbers from the system")]
    Random,
    #[error("a stored case can't be read")]
    Record,
    #[error("stopped by a person")]
    Stopped,
}

impl VaultError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}

impl From<rusqlite::Error> for VaultError {
    /// By code alone: SQLite's words may quote a value.
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let rusqlite::Error::SqliteFailure(cause, _) = &error else {
            return match error {
                rusqlite::Error::QueryReturnedNoRows => Self::NoSuchCase,
                _ => Self::Record,
            };
        };
        // The second: the log's index could not grow.
        if cause.code == ErrorCode::DiskFull || cause.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE {
            return Self::Io { path: PathBuf::new(), error: io::Error::from(io::ErrorKind::StorageFull) };
        }
        match cause.code {
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Self::Damaged { part: Part::Pages },
            ErrorCode::ReadOnly => Self::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::InUse,
            _ => Self::Database { code: Some(cause.extended_code) },
        }
    }
}

impl From<VaultError> for UserError {
    fn from(error: VaultError) -> Self {
        let detail = error.to_string();
        let user = match error {
            VaultError::NotAVault => Self::new("error-vault-none"),
            VaultError::Exists => Self::new("error-vault-exists"),
            VaultError::WrongSecret => return Self::new("error-vault-wrong"),
            VaultError::PassphraseEmpty => return Self::new("error-vault-empty"),
            VaultError::PassphraseLong { .. } => Self::new("error-vault-long"),
            VaultError::PassphraseShort { least } => return Self::new("error-vault-short").with("least", least),
            VaultError::RecoveryMistyped { group } => {
                return Self::new("error-vault-recovery-group").with("group", group);
            }
            VaultError::RecoveryLength { found, wanted } => {
                return Self::new("error-vault-recovery-length").with("found", found).with("wanted", wanted);
            }
            VaultError::TooSoon { seconds, failures } => {
                return Self::new("error-vault-too-soon").with("seconds", seconds).with("failures", failures);
            }
            VaultError::AbsurdKdf => Self::new("error-vault-kdf"),
            VaultError::Newer { version } => Self::new("error-vault-newer").with("version", version),
            VaultError::Damaged { part } => damaged(part),
            VaultError::OtherKeys => Self::new("error-vault-other-keys"),
            VaultError::Network { kind } => return Self::new("error-vault-network").with("kind", kind),
            VaultError::ReadOnly => Self::new("error-vault-read-only"),
            VaultError::InUse => Self::new("error-vault-in-use"),
            VaultError::NoSuchCase => Self::new("error-vault-no-case"),
            VaultError::Conflict { .. } => Self::new("error-vault-conflict"),
            VaultError::NoUndo { .. } => Self::new("error-vault-no-undo"),
            VaultError::NoKeyForBackup => Self::new("error-vault-backup-key"),
            VaultError::BackupUnverified => Self::new("error-vault-backup-unverified"),
            VaultError::Recipient => Self::new("error-vault-recipient"),
            VaultError::Stopped => return Self::new("error-vault-stopped"),
            VaultError::Io { path, error } => return io_error(&path, &error),
            VaultError::Database { .. } | VaultError::Random | VaultError::Record => Self::new("error-vault-fault"),
        };
        user.technical(detail)
    }
}

fn damaged(part: Part) -> UserError {
    UserError::new(match part {
        Part::Keys => "error-vault-damaged-keys",
        Part::Head | Part::Pages => "error-vault-damaged",
        Part::Log => "error-vault-damaged-log",
        Part::BackupHead | Part::BackupBody => "error-vault-backup-damaged",
    })
}

fn io_error(path: &std::path::Path, error: &io::Error) -> UserError {
    let id = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "error-vault-full",
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => "error-vault-denied",
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "error-vault-no-folder",
        _ => "error-vault-io",
    };
    UserError::new(id).with("file", crate::files::name_of(path)).technical(error.kind())
}
