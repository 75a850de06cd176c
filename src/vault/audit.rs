//! The audit log: who did what to which case and when, as lines that are chained by their hashes.
//!
//! Each line's SHA-256 covers the one before it, so that a line that was changed, removed or put between others no longer
//! fits. How many lines there are and the last hash are kept apart, in the file `audit.head` and in every backup: that is
//! how a log that ends too early is noticed. Whoever has the key can write a whole new chain; the backups, which lie
//! elsewhere, still know the old one.
//!
//! A line never holds text of a case.

use std::path::Path;

use data_encoding::HEXLOWER;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::VaultError;
use crate::domain::CaseId;
use crate::files::write_atomic;
use crate::i18n::I18n;

const FILE: &str = "audit.head";

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal),+ $(,)?) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum AuditKind { $($(#[$doc])* $kind),+ }

        impl AuditKind {
            /// As it is stored.
            pub fn word(self) -> &'static str {
                match self { $(Self::$kind => $word),+ }
            }
        }
    };
}

kinds! {
    /// The vault itself was made.
    NewVault = "new-vault",
    /// A case was saved for the first time.
    Create = "create",
    /// A case was changed.
    Edit = "edit",
    /// Somebody decided on an intervention.
    Accept = "accept",
    /// Cases went out of the vault.
    Export = "export",
    /// Cases came in.
    Import = "import",
    /// An import was taken back.
    UndoImport = "undo-import",
    /// A case went to the bin.
    Bin = "bin",
    /// A case came back from the bin.
    Unbin = "unbin",
    /// A case was deleted for good.
    Delete = "delete",
    /// The vault was opened for writing.
    Unlock = "unlock",
    /// Somebody tried to.
    FailedUnlock = "failed-unlock",
    /// A backup was made.
    Backup = "backup",
    /// The vault was made from a backup.
    Restore = "restore",
    /// Another passphrase was set.
    Passphrase = "passphrase",
    /// Another recovery key was made.
    Recovery = "recovery",
    /// Settings of the vault were changed.
    Settings = "settings",
    /// The tables were brought up to date.
    Migrate = "migrate",
    /// The count that is kept apart was behind the log: a crash, or somebody.
    Behind = "behind",
}

/// A line to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// What was done.
    pub kind: AuditKind,
    /// To which case.
    pub subject: Option<CaseId>,
    /// Numbers, formats, names of files; never text of a case.
    pub detail: String,
}

impl AuditEvent {
    /// Something done to the whole vault.
    pub fn new(kind: AuditKind, detail: impl Into<String>) -> Self {
        Self { kind, subject: None, detail: detail.into() }
    }

    /// Something done to one case.
    pub fn of(kind: AuditKind, subject: &CaseId, detail: impl Into<String>) -> Self {
        Self { kind, subject: Some(subject.clone()), detail: detail.into() }
    }
}

/// A line as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number, from 1.
    pub seq: i64,
    /// When: RFC 3339.
    pub at: String,
    /// What, as [`AuditKind::word`].
    pub kind: String,
    /// The case's id; empty where it was the whole vault.
    pub subject: String,
    /// Numbers, formats, names of files.
    pub detail: String,
    hash: Vec<u8>,
}

impl AuditLine {
    /// The message that says what was done.
    pub fn message(&self) -> &'static str {
        message_of(&self.kind)
    }
}

fn message_of(kind: &str) -> &'static str {
    match kind {
        "new-vault" => "audit-new-vault",
        "create" => "audit-create",
        "edit" => "audit-edit",
        "accept" => "audit-accept",
        "export" => "audit-export",
        "import" => "audit-import",
        "undo-import" => "audit-undo-import",
        "bin" => "audit-bin",
        "unbin" => "audit-unbin",
        "delete" => "audit-delete",
        "unlock" => "audit-unlock",
        "failed-unlock" => "audit-failed-unlock",
        "backup" => "audit-backup",
        "restore" => "audit-restore",
        "passphrase" => "audit-passphrase",
        "recovery" => "audit-recovery",
        "settings" => "audit-settings",
        "migrate" => "audit-migrate",
        "behind" => "audit-behind",
        _ => "audit-other",
    }
}

/// How long the log is, and its last hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Lines.
    pub count: i64,
    /// The last one's hash, in hexadecimal; empty when there is none.
    pub hash: String,
}

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The line is not as it was written.
    Edited {
        /// Its number.
        seq: i64,
        /// The time that it now bears.
        at: String,
        /// The kind that it now bears.
        kind: String,
    },
    /// Lines are gone from between others.
    Removed {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// Lines are gone from the end.
    CutOff {
        /// The first.
        from: i64,
        /// The last that is known to have been.
        to: i64,
    },
    /// Lines that the chain doesn't know stand behind its end.
    Added {
        /// The first.
        from: i64,
        /// The last.
        to: i64,
    },
    /// The chain fits in itself, but it is another than the one whose hash was kept apart.
    Rewritten {
        /// The line at which the kept hash differs.
        seq: i64,
    },
    /// Nothing that is kept apart could be read.
    NoHead,
}

impl Finding {
    /// As people are told.
    pub fn in_words(&self, i18n: &I18n) -> String {
        let range = |id, from: i64, to: i64| {
            let number = |line: i64| i18n.number(line.unsigned_abs()).into();
            i18n.tr_args(id, &[("count", (to - from + 1).into()), ("from", number(from)), ("to", number(to))])
        };
        match self {
            Self::Edited { seq, at, kind } => {
                let at = crate::clock::for_people(at);
                let values = [("seq", (*seq).into()), ("at", at.into()), ("kind", i18n.tr(message_of(kind)).into())];
                i18n.tr_args("cli-vault-found-edited", &values)
            }
            Self::Removed { from, to } => range("cli-vault-found-removed", *from, *to),
            Self::CutOff { from, to } => range("cli-vault-found-cut", *from, *to),
            Self::Added { from, to } => range("cli-vault-found-added", *from, *to),
            Self::Rewritten { seq } => i18n.tr_args("cli-vault-found-rewritten", &[("seq", (*seq).into())]),
            Self::NoHead => i18n.tr("cli-vault-found-no-head"),
        }
    }
}

/// Adds a line. The caller commits it together with what it tells of.
pub(super) fn append(db: &Connection, event: &AuditEvent) -> Result<(), VaultError> {
    append_at(db, event, &crate::clock::now())
}

/// As [`append`], for what happened earlier.
pub(super) fn append_at(db: &Connection, event: &AuditEvent, at: &str) -> Result<(), VaultError> {
    let last: Option<(i64, Vec<u8>)> = db
        .query_row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, before) = last.unwrap_or_default();
    let subject = event.subject.as_ref().map_or("", |id| id.0.as_str());
    let kind = event.kind.word();
    let hash = chained(&before, seq + 1, [at, kind, subject, &event.detail]);
    db.execute(
        "INSERT INTO audit (seq, at, kind, subject, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (seq + 1, at, kind, subject, &event.detail, hash.as_slice()),
    )?;
    Ok(())
}

fn chained(before: &[u8], seq: i64, fields: [&str; 4]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"pag-bert audit 1");
    hash.update((before.len() as u64).to_le_bytes());
    hash.update(before);
    hash.update(seq.to_le_bytes());
    for field in fields {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field.as_bytes());
    }
    hash.finalize().into()
}

/// The log's length and last hash, as the database has them.
pub(super) fn head(db: &Connection) -> Result<Head, VaultError> {
    let last = db.query_row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
        Ok(Head { count: row.get(0)?, hash: HEXLOWER.encode(&row.get::<_, Vec<u8>>(1)?) })
    });
    Ok(last.optional()?.unwrap_or_default())
}

/// Writes them where they are kept apart.
pub(super) fn keep_head(folder: &Path, head: &Head) -> Result<(), VaultError> {
    let path = folder.join(FILE);
    let bytes = serde_json::to_vec(head).unwrap_or_default();
    write_atomic(&path, &bytes).map_err(VaultError::io(path))
}

/// What was kept apart; none when it is gone or damaged.
pub(super) fn kept_head(folder: &Path) -> Option<Head> {
    serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()
}

/// The lines from `after` on, oldest first, at most `limit`.
pub(super) fn lines(db: &Connection, after: i64, limit: usize) -> Result<Vec<AuditLine>, VaultError> {
    let mut read =
        db.prepare("SELECT seq, at, kind, subject, detail, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let rows = read.query_map((after, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
        Ok(AuditLine {
            seq: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            subject: row.get(3)?,
            detail: row.get(4)?,
            hash: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Follows the chain, and compares it with the heads that are kept elsewhere.
pub(super) fn verify(db: &Connection, kept: &[Option<Head>]) -> Result<Vec<Finding>, VaultError> {
    let mut findings = Vec::new();
    let known = kept.iter().flatten().map(|head| head.count).max().unwrap_or(0);
    let mut hashes_at: Vec<(&Head, bool)> = kept.iter().flatten().map(|head| (head, false)).collect();
    if kept.first().is_some_and(Option::is_none) {
        findings.push(Finding::NoHead);
    }
    let (mut seq, mut before) = (0, Vec::new());
    loop {
        let lines = lines(db, seq, 1_000)?;
        if lines.is_empty() {
            break;
        }
        for line in lines {
            if line.seq > seq + 1 {
                findings.push(Finding::Removed { from: seq + 1, to: line.seq - 1 });
            } else if line.hash != chained(&before, line.seq, [&line.at, &line.kind, &line.subject, &line.detail]) {
                findings.push(broken(&line, known, findings.last()));
            }
            for (head, met) in hashes_at.iter_mut().filter(|(head, _)| head.count == line.seq) {
                *met = true;
                if head.hash != HEXLOWER.encode(&line.hash) && findings.is_empty() {
                    findings.push(Finding::Rewritten { seq: line.seq });
                }
            }
            (seq, before) = (line.seq, line.hash);
        }
    }
    if seq < known {
        findings.push(Finding::CutOff { from: seq + 1, to: known });
    }
    findings.dedup_by(|next, first| merges(first, next));
    Ok(findings)
}

/// A line that doesn't follow from the one before it.
fn broken(line: &AuditLine, known: i64, last: Option<&Finding>) -> Finding {
    if line.seq > known && known > 0 {
        let from = match last {
            Some(Finding::Added { from, to }) if *to + 1 == line.seq => *from,
            _ => line.seq,
        };
        return Finding::Added { from, to: line.seq };
    }
    Finding::Edited { seq: line.seq, at: line.at.clone(), kind: line.kind.clone() }
}

/// `next` tells the same as `first`, and more.
fn merges(first: &mut Finding, next: &Finding) -> bool {
    match (first, next) {
        (Finding::Added { to, .. }, Finding::Added { to: later, .. }) => {
            *to = *later;
            true
        }
        _ => false,
    }
}
