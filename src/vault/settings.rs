//! What an office sets for one vault; kept inside it.

use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent, AuditKind};
use super::{Vault, VaultError};
use crate::files::write_atomic;

/// In the vault's folder: where its backups go, unless that is where they go by themselves.
const BACKUPS: &str = "backups";

/// How many backups stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rotation {
    /// The last one of each of so many days.
    pub days: u32,
    /// The last one of each of so many weeks.
    pub weeks: u32,
    /// The last one of each of so many months.
    pub months: u32,
}

impl Default for Rotation {
    fn default() -> Self {
        Self { days: 7, weeks: 4, months: 12 }
    }
}

/// What an office sets for one vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultSettings {
    /// Whether revisions say which user of the system made them.
    pub record_user: bool,
    /// Where backups go; none = into `copias` beside the vault's folder.
    pub backups: Option<PathBuf>,
    /// How many of them stay.
    pub rotation: Rotation,
    /// `age` recipients that can open backups besides the vault's own keys.
    pub recipients: Vec<String>,
    /// The vault locks itself after so many minutes without a key or a click; 0 = never.
    pub lock_after_minutes: u32,
    /// Copied case text leaves the clipboard after so many seconds; 0 = never.
    pub clear_clipboard_seconds: u32,
}

impl Default for VaultSettings {
    fn default() -> Self {
        Self {
            record_user: false,
            backups: None,
            rotation: Rotation::default(),
            recipients: Vec::new(),
            lock_after_minutes: 10,
            clear_clipboard_seconds: 60,
        }
    }
}

impl VaultSettings {
    /// Where backups go.
    pub fn backup_folder(&self, vault: &Path) -> PathBuf {
        self.backups.clone().unwrap_or_else(|| {
            let beside = vault.parent().unwrap_or(Path::new("."));
            beside.join(format!("{}-copias", super::name_of(vault)))
        })
    }
}

/// Where backups of a vault go, as far as that can be told without opening it.
pub fn backup_folder_of(vault: &Path) -> PathBuf {
    let noted = std::fs::read_to_string(vault.join(BACKUPS)).ok().map(|text| PathBuf::from(text.trim_end()));
    let backups = noted.filter(|folder| !folder.as_os_str().is_empty());
    VaultSettings { backups, ..VaultSettings::default() }.backup_folder(vault)
}

/// Notes in clear where backups go, for the day on which the database can't be opened.
fn note_backups(vault: &Path, folder: Option<&Path>) -> Result<(), VaultError> {
    let path = vault.join(BACKUPS);
    match folder.and_then(Path::to_str) {
        Some(folder) => write_atomic(&path, folder.as_bytes()).map_err(VaultError::io(path)),
        None => match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(VaultError::Io { path, error }),
            _ => Ok(()),
        },
    }
}

impl Vault {
    /// The settings; the defaults where none were ever set.
    pub fn settings(&self) -> Result<VaultSettings, VaultError> {
        let text: Option<String> =
            self.db.query_row("SELECT value FROM settings WHERE key = 'vault'", [], |row| row.get(0)).optional()?;
        text.map_or_else(
            || Ok(VaultSettings::default()),
            |text| serde_json::from_str(&text).map_err(|_| VaultError::Record),
        )
    }

    /// Sets them.
    pub fn set_settings(&mut self, settings: &VaultSettings) -> Result<(), VaultError> {
        for recipient in &settings.recipients {
            super::backup::recipient(recipient)?;
        }
        let text = serde_json::to_string(settings).map_err(|_| VaultError::Record)?;
        note_backups(&self.folder, settings.backups.as_deref())?;
        self.write(|tx| {
            tx.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('vault', ?1)", [&text])?;
            audit::append(tx, &AuditEvent::new(AuditKind::Settings, ""))
        })
    }
}
