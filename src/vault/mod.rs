//! The encrypted case vault: a SQLCipher database whose key a passphrase or a printed recovery key opens.
//!
//! `place.rs` draws what lies in its folder and why it is one; `keys.rs` how its key is kept; `schema.rs` its tables;
//! `store.rs`, `search.rs` and `import.rs` what is done with cases; `audit.rs` and `backup.rs` what is kept of that.
//!
//! Nothing here runs by itself: whoever opens a vault calls it, from one thread at a time.

mod attempts;
mod audit;
mod backup;
mod bin;
mod duplicates;
mod error;
mod import;
mod kdf;
mod keys;
mod open;
mod place;
mod query;
mod reader;
mod record;
mod recovery;
mod restore;
mod rotation;
mod schema;
mod search;
mod settings;
mod store;
mod strength;
#[cfg(test)]
mod tests;
mod words;

pub use attempts::Delay;
pub use audit::{AuditEvent, AuditKind, AuditLine, Finding, Head};
pub use backup::{EXTENSION as BACKUP_EXTENSION, Made, Manifest, Watch, is_recipient};
pub use bin::BinContents;
pub use error::{Part, VaultError};
pub use import::{Duplicate, Imported, Incoming, Twin, Undone};
pub use kdf::{Kdf, LEAST_LETTERS, Passphrase};
pub use keys::Secret;
pub use open::{Access, Created, NewRecovery, Notice, OpenOptions, Vault, is_vault, name_of, wait_of};
pub use place::{EXTENSION, Holder};
pub use query::{Filters, Query};
pub use reader::{BackupState, BackupWhen, CheckedBackup, Checkup, Reader};
pub use record::{CaseRow, Stored};
pub use recovery::RecoveryKey;
pub use restore::{BackupSecret, newest_good_backup, restore, restore_watched};
pub use rotation::{BackupFile, backups, rotate};
pub use search::{Excerpt, Hit, Page, marks};
pub use settings::{Rotation, VaultSettings, backup_folder_of};
pub use store::{Draft, KeptSuggestion, Revision};
pub use strength::{STRONG, strength};

use crate::domain::CaseId;

/// An id for a new case: 16 random bytes in hexadecimal.
pub fn new_id() -> Result<CaseId, VaultError> {
    Ok(CaseId(data_encoding::HEXLOWER.encode(&kdf::random::<16>()?)))
}
