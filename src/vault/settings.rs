//! What an office sets for one vault; kept inside it.

use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent, AuditKind};
use super::{Vault, VaultError};

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

impl Vault {
    /// The settings; the defaults where none were ever set.
    pub fn settings(&self) -> Result<VaultSettings, VaultError> {
        let text: Option<String> = self
            .db
            .query_row("SELECT value FROM settings WHERE key = 'vault'", [], |row| row.get(0))
            .optional()?;
        text.map_or_else(|| Ok(VaultSettings::default()), |text| {
            serde_json::from_str(&text).map_err(|_| VaultError::Record)
        })
    }

    /// Sets them.
    pub fn set_settings(&mut self, settings: &VaultSettings) -> Result<(), VaultError> {
        for recipient in &settings.recipients {
            super::backup::recipient(recipient)?;
        }
        let text = serde_json::to_string(settings).map_err(|_| VaultError::Record)?;
        self.write(|tx| {
            tx.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('vault', ?1)", [&text])?;
            audit::append(tx, &AuditEvent::new(AuditKind::Settings, ""))
        })
    }
}
