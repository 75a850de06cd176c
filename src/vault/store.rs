//! Cases in the vault: saving, reading, drafts, revisions, the bin.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::audit::{self, AuditEvent, AuditKind, AuditLine, Finding, Head};
use super::record::{self, Record, STORED, Stored, read_stored};
use super::{Part, Vault, VaultError};
use crate::domain::{Case, CaseId, CaseStatus, Review, Suggestion};

/// Text that was typed and is not yet saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The case as it was typed.
    pub case: Case,
    /// The revision that it began from; 0 for a new case.
    pub base: u64,
    /// When it was kept: RFC 3339.
    pub saved_at: String,
}

/// An earlier text of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its number.
    pub revision: u64,
    /// When the next one took its place: RFC 3339.
    pub replaced_at: String,
    /// Which user of the system did, where the office records that.
    pub who: Option<String>,
    /// It.
    pub case: Case,
}

/// A suggestion that was made for a case, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptSuggestion {
    /// It, with its provenance and raw text.
    pub suggestion: Suggestion,
    /// What a person made of its intervention.
    pub kept_text: String,
}

impl Vault {
    /// Runs `act` in a transaction that is on the disk when this returns, and keeps the audit log's new head apart.
    pub(super) fn write<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.writable()?;
        let before = audit::head(&self.db)?;
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = act(&tx)?;
        tx.commit()?;
        let head = audit::head(&self.db)?;
        // What was asked for is on the disk: a head that stays behind is told of at the next unlock.
        if head != before
            && let Err(error) = audit::keep_head(&self.folder, &head)
        {
            tracing::warn!(%error, "the audit log's head can't be kept apart");
        }
        Ok(done)
    }

    /// Saves a case that began from the revision `base` (0 for a new one), and drops its draft. Returns its revision now;
    /// nothing new is written where nothing changed. [`VaultError::Conflict`] when somebody saved it meanwhile.
    pub fn save(&mut self, case: &Case, base: u64) -> Result<u64, VaultError> {
        let record = Record::of(case)?;
        let who = self.who()?;
        self.write(|tx| {
            let revision = put(tx, &record, base, who.as_deref())?;
            tx.execute("DELETE FROM drafts WHERE id = ?1", [&case.id.0])?;
            Ok(revision)
        })
    }

    /// A case, also from the bin.
    pub fn case(&self, id: &CaseId) -> Result<Stored, VaultError> {
        let words = format!("SELECT {STORED} FROM cases JOIN texts USING (row) WHERE id = ?1");
        let mut read = self.db.prepare(&words)?;
        let mut rows = read.query([&id.0])?;
        rows.next()?.map_or(Err(VaultError::NoSuchCase), read_stored)
    }

    /// Earlier texts of a case, the newest first.
    pub fn revisions(&self, id: &CaseId) -> Result<Vec<Revision>, VaultError> {
        let mut read = self.db.prepare(
            "SELECT revisions.revision, replaced_at, who, json FROM revisions JOIN cases ON row = case_row
             WHERE id = ?1 ORDER BY revisions.revision DESC",
        )?;
        let mut rows = read.query([&id.0])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let json: String = row.get(3)?;
            all.push(Revision {
                revision: row.get::<_, i64>(0)?.unsigned_abs(),
                replaced_at: row.get(1)?,
                who: row.get(2)?,
                case: serde_json::from_str(&json).map_err(|_| VaultError::Record)?,
            });
        }
        Ok(all)
    }

    /// All suggestions that were ever saved with a case, the oldest first.
    pub fn suggestions(&self, id: &CaseId) -> Result<Vec<KeptSuggestion>, VaultError> {
        let mut read = self.db.prepare(
            "SELECT suggestion, kept_text FROM suggestions JOIN cases ON row = case_row WHERE cases.id = ?1
             ORDER BY suggestions.id",
        )?;
        let mut rows = read.query([&id.0])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let json: String = row.get(0)?;
            let suggestion = serde_json::from_str(&json).map_err(|_| VaultError::Record)?;
            all.push(KeptSuggestion { suggestion, kept_text: row.get(1)? });
        }
        Ok(all)
    }

    /// Keeps what is being typed.
    pub fn keep_draft(&mut self, case: &Case, base: u64) -> Result<(), VaultError> {
        let json = Record::json(case)?;
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO drafts (id, base, saved_at, json) VALUES (?1, ?2, ?3, ?4)",
                (&case.id.0, base.cast_signed(), crate::clock::now(), json),
            )?;
            Ok(())
        })
    }

    /// Drops a draft; none is well too.
    pub fn discard_draft(&mut self, id: &CaseId) -> Result<(), VaultError> {
        self.write(|tx| {
            tx.execute("DELETE FROM drafts WHERE id = ?1", [&id.0])?;
            Ok(())
        })
    }

    /// All drafts, the oldest first.
    pub fn drafts(&self) -> Result<Vec<Draft>, VaultError> {
        let mut read = self.db.prepare("SELECT base, saved_at, json FROM drafts ORDER BY saved_at, id")?;
        let mut rows = read.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let json: String = row.get(2)?;
            all.push(Draft {
                base: row.get::<_, i64>(0)?.unsigned_abs(),
                saved_at: row.get(1)?,
                case: serde_json::from_str(&json).map_err(|_| VaultError::Record)?,
            });
        }
        Ok(all)
    }

    /// Puts a case into the bin, or takes it out.
    pub fn set_binned(&mut self, id: &CaseId, binned: bool) -> Result<(), VaultError> {
        self.write(|tx| {
            let (row, ..) = record::find(tx, id)?.ok_or(VaultError::NoSuchCase)?;
            let is: bool = tx.query_row("SELECT in_bin FROM cases WHERE row = ?1", [row], |found| found.get(0))?;
            if is == binned {
                return Ok(());
            }
            record::unindex(tx, row)?;
            let at = binned.then(crate::clock::now);
            tx.execute("UPDATE cases SET in_bin = ?2, binned_at = ?3 WHERE row = ?1", (row, binned, at))?;
            record::index(tx, row)?;
            let kind = if binned { AuditKind::Bin } else { AuditKind::Unbin };
            audit::append(tx, &AuditEvent::of(kind, id, ""))
        })
    }

    /// Deletes cases of the bin for good, with their revisions, suggestions, drafts and attachments' names. Where they
    /// stood is overwritten.
    pub fn delete(&mut self, ids: &[CaseId]) -> Result<(), VaultError> {
        self.write(|tx| {
            for id in ids {
                let (row, ..) = record::find(tx, id)?.ok_or(VaultError::NoSuchCase)?;
                let gone = tx.execute("DELETE FROM cases WHERE row = ?1 AND in_bin", [row])?;
                if gone == 0 {
                    return Err(VaultError::NoSuchCase);
                }
                tx.execute("DELETE FROM drafts WHERE id = ?1", [&id.0])?;
                audit::append(tx, &AuditEvent::of(AuditKind::Delete, id, ""))?;
            }
            Ok(())
        })?;
        // The log still holds the pages as they were: into the database with it, and away. A reader elsewhere may keep
        // it for a while; it is encrypted.
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Names of what lies with a case in the office's own folders.
    pub fn attachments(&self, id: &CaseId) -> Result<Vec<String>, VaultError> {
        let mut read = self.db.prepare(
            "SELECT name FROM attachments JOIN cases ON row = case_row WHERE cases.id = ?1 ORDER BY attachments.id",
        )?;
        let names = read.query_map([&id.0], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Sets the names of what lies with a case.
    pub fn set_attachments(&mut self, id: &CaseId, names: &[String]) -> Result<(), VaultError> {
        self.write(|tx| {
            let (row, ..) = record::find(tx, id)?.ok_or(VaultError::NoSuchCase)?;
            tx.execute("DELETE FROM attachments WHERE case_row = ?1", [row])?;
            for name in names {
                tx.execute(
                    "INSERT OR IGNORE INTO attachments (case_row, name, added_at) VALUES (?1, ?2, ?3)",
                    (row, name, crate::clock::now()),
                )?;
            }
            audit::append(tx, &AuditEvent::of(AuditKind::Edit, id, "attachments"))
        })
    }

    /// Adds a line to the audit log: for what other rooms do with cases, such as an export.
    pub fn record(&mut self, event: &AuditEvent) -> Result<(), VaultError> {
        self.write(|tx| audit::append(tx, event))
    }

    /// Lines of the audit log after the one with that number, the oldest first.
    pub fn audit(&self, after: i64, limit: usize) -> Result<Vec<AuditLine>, VaultError> {
        audit::lines(&self.db, after, limit)
    }

    /// The office's number of a case, also from the bin; none where it is gone.
    pub fn number_of(&self, id: &CaseId) -> Result<Option<String>, VaultError> {
        let mut read = self.db.prepare("SELECT number FROM cases WHERE id = ?1")?;
        Ok(read.query_row([&id.0], |row| row.get(0)).optional()?)
    }

    /// How long the audit log is, and its last hash.
    pub fn audit_head(&self) -> Result<Head, VaultError> {
        audit::head(&self.db)
    }

    /// Follows the audit log's chain, and compares it with the head that is kept apart and with those of backups.
    pub fn verify_audit(&self, of_backups: &[Head]) -> Result<Vec<Finding>, VaultError> {
        let mut kept = vec![audit::kept_head(&self.folder)];
        kept.extend(of_backups.iter().cloned().map(Some));
        audit::verify(&self.db, &kept)
    }

    /// Reads every page, its seal and its order; [`VaultError::Damaged`] names what is not as it was written.
    pub fn verify_pages(&self) -> Result<(), VaultError> {
        pages(&self.db)?;
        if self.writable().is_ok() {
            self.db.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)", [])?;
        }
        Ok(())
    }

    /// How many cases there are, in the bin or not.
    pub fn count(&self, binned: bool) -> Result<u64, VaultError> {
        let count: i64 =
            self.db.query_row("SELECT count(*) FROM cases WHERE in_bin = ?1", [binned], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// One digest of all cases with their revisions, the bin included: two vaults with the same hold the same.
    pub fn digest(&self) -> Result<String, VaultError> {
        super::backup::digest(&self.db)
    }

    /// The highest office number of the form `2026-031` that begins with `year`.
    pub fn highest_number(&self, year: &str) -> Result<Option<String>, VaultError> {
        let from = format!("{year}-");
        let mut read = self.db.prepare("SELECT number FROM cases WHERE number >= ?1 AND number < ?2")?;
        let numbers = read.query_map((&from, format!("{year}.")), |row| row.get::<_, String>(0))?;
        let mut highest = None;
        for number in numbers {
            let number = number?;
            let count: Option<u64> = number.strip_prefix(&from).and_then(|digits| digits.parse().ok());
            if count.is_some_and(|count| highest.as_ref().is_none_or(|(other, _)| count > *other)) {
                highest = count.map(|count| (count, number));
            }
        }
        Ok(highest.map(|(_, number)| number))
    }

    /// The name that revisions bear, where the office records one.
    pub(super) fn who(&self) -> Result<Option<String>, VaultError> {
        let user = || std::env::var("USER").or_else(|_| std::env::var("USERNAME")).ok();
        Ok(if self.settings()?.record_user { user() } else { None })
    }
}

/// Reads every page, its seal and its order.
pub(super) fn pages(db: &Connection) -> Result<(), VaultError> {
    let damaged = || VaultError::Damaged { part: Part::Pages };
    let mut read = db.prepare("PRAGMA cipher_integrity_check")?;
    if read.query([])?.next()?.is_some() {
        return Err(damaged());
    }
    let words: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if words == "ok" { Ok(()) } else { Err(damaged()) }
}

/// Writes a case that began from the revision `base`; the old text becomes a revision.
pub(super) fn put(tx: &Transaction<'_>, record: &Record, base: u64, who: Option<&str>) -> Result<u64, VaultError> {
    let case = &record.case;
    let found = record::find(tx, &case.id)?;
    let stored = found.as_ref().map_or(0, |(_, revision, _)| *revision);
    if stored != base {
        return Err(VaultError::Conflict { expected: base, stored });
    }
    let Some((row, revision, digest)) = found else {
        record.write(tx, None, 1)?;
        audit::append(tx, &AuditEvent::of(AuditKind::Create, &case.id, ""))?;
        if is_decided(case) {
            audit::append(tx, &AuditEvent::of(AuditKind::Accept, &case.id, ""))?;
        }
        return Ok(1);
    };
    if digest == record.digest {
        return Ok(revision);
    }
    let old = read_row(tx, row)?.case;
    tx.execute(
        "INSERT INTO revisions (case_row, revision, replaced_at, who, json) VALUES (?1, ?2, ?3, ?4, ?5)",
        (row, revision.cast_signed(), crate::clock::now(), who, Record::json(&old)?),
    )?;
    record.write(tx, Some(row), revision + 1)?;
    audit::append(tx, &AuditEvent::of(AuditKind::Edit, &case.id, format!("{}", revision + 1)))?;
    if is_decided(case) && !is_decided(&old) {
        audit::append(tx, &AuditEvent::of(AuditKind::Accept, &case.id, ""))?;
    }
    Ok(revision + 1)
}

pub(super) fn read_row(tx: &Transaction<'_>, row: i64) -> Result<Stored, VaultError> {
    let words = format!("SELECT {STORED} FROM cases JOIN texts USING (row) WHERE row = ?1");
    let mut read = tx.prepare(&words)?;
    let mut rows = read.query([row])?;
    rows.next()?.map_or(Err(VaultError::NoSuchCase), read_stored)
}

/// An earlier text of a case, from within a transaction.
pub(super) fn read_revision(tx: &Transaction<'_>, row: i64, revision: i64) -> Result<Option<Case>, VaultError> {
    let json: Option<String> = tx
        .query_row("SELECT json FROM revisions WHERE case_row = ?1 AND revision = ?2", (row, revision), |found| {
            found.get(0)
        })
        .optional()?;
    json.map(|json| serde_json::from_str(&json).map_err(|_| VaultError::Record)).transpose()
}

/// A person has decided on the intervention, or on a generated text for it.
fn is_decided(case: &Case) -> bool {
    case.status != CaseStatus::Draft
        || case.propuesta.as_ref().is_some_and(|suggestion| suggestion.review != Review::Unreviewed)
}
