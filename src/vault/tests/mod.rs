//! What needs a look behind the vault's door: an audit log that somebody altered, tables of another version, a full disk.

mod killed;
mod trouble;

use std::path::{Path, PathBuf};

use super::{Finding, Kdf, Notice, OpenOptions, Part, Passphrase, Query, Secret, Vault, VaultError};
use crate::domain::{Case, CaseId};

const TYPED: &str = "una frase de paso larga";

fn secret() -> Secret {
    Secret::Passphrase(Passphrase::new(TYPED).unwrap())
}

fn case(at: usize) -> Case {
    let mut case = Case::new(CaseId(format!("{at:032x}")), format!("2026-{at:03}"), crate::clock::now());
    case.hechos = format!("Hechos del caso {at}.");
    case
}

fn filled(dir: &Path) -> (PathBuf, Vault) {
    let folder = dir.join("casos.pagvault");
    let kdf = Kdf { memory_kib: 8, passes: 1 };
    let mut vault = Vault::create(&folder, &Passphrase::new(TYPED).unwrap(), kdf).unwrap().vault;
    for at in 0..10 {
        vault.save(&case(at), 0).unwrap();
    }
    (folder, vault)
}

/// Alters the log by SQL, as somebody who has the key could; what verifying then finds.
fn found(sql: &str) -> Vec<Finding> {
    let dir = tempfile::tempdir().unwrap();
    let (_, vault) = filled(dir.path());
    assert_eq!(vault.verify_audit(&[]).unwrap(), []);
    vault.db.execute_batch(sql).unwrap();
    vault.verify_audit(&[]).unwrap()
}

#[test]
fn altered_lines_of_the_audit_log_are_found_and_named() {
    assert_eq!(found("DELETE FROM audit WHERE seq = 4"), [Finding::Removed { from: 4, to: 4 }]);
    assert_eq!(found("DELETE FROM audit WHERE seq > 8"), [Finding::CutOff { from: 9, to: 11 }]);
    let edited = found("UPDATE audit SET kind = 'export' WHERE seq = 5");
    assert!(matches!(&edited[..], [Finding::Edited { seq: 5, kind, .. }] if kind == "export"), "{edited:?}");
    for change in ["subject = 'x'", "at = '2020-01-01'", "detail = 'x'"] {
        let edited = found(&format!("UPDATE audit SET {change} WHERE seq = 11"));
        assert!(matches!(&edited[..], [Finding::Edited { seq: 11, .. }]), "{change}: {edited:?}");
    }
    let row = "SELECT seq + 1, at, kind, subject, detail, hash FROM audit WHERE seq = 11";
    assert_eq!(found(&format!("INSERT INTO audit {row}")), [Finding::Added { from: 12, to: 12 }]);
}

#[test]
fn a_log_that_was_written_anew_does_not_fit_the_head_of_a_backup() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut vault) = filled(dir.path());
    let backup = vault.back_up(dir.path()).unwrap();
    let head = vault.verify_backup(&backup).unwrap().audit;
    // All lines once more, with a right chain and a right head beside them, one of them told otherwise.
    let lines = vault.audit(0, 100).unwrap();
    vault.db.execute_batch("DELETE FROM audit").unwrap();
    for line in &lines {
        let kind = if line.seq == 3 { super::AuditKind::Export } else { super::AuditKind::Create };
        super::audit::append_at(&vault.db, &super::AuditEvent::new(kind, ""), &line.at).unwrap();
    }
    super::audit::keep_head(&folder, &vault.audit_head().unwrap()).unwrap();
    assert_eq!(vault.verify_audit(&[]).unwrap(), []);
    assert_eq!(vault.verify_audit(&[head]).unwrap(), [Finding::Rewritten { seq: 11 }]);
}

#[test]
fn an_older_vault_is_backed_up_and_brought_up_to_date_and_a_newer_one_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, vault) = filled(dir.path());
    let digest = vault.digest().unwrap();
    vault.db.execute_batch("DROP TABLE sketches; PRAGMA user_version = 1").unwrap();
    vault.close().unwrap();
    let vault = Vault::open(&folder, &secret(), OpenOptions::default()).unwrap();
    let [Notice::Migrated { from: 1, backup }] = vault.notices() else { panic!("{:?}", vault.notices()) };
    assert_eq!(vault.version().unwrap(), super::schema::VERSION);
    assert_eq!(vault.digest().unwrap(), digest);
    assert_eq!(vault.find_duplicates(&[case(3)]).unwrap().len(), 1);
    let manifest = vault.verify_backup(backup).unwrap();
    assert_eq!((manifest.tables, &manifest.digest), (1, &digest));
    vault.db.execute_batch("PRAGMA user_version = 99").unwrap();
    vault.close().unwrap();
    for read_only in [false, true] {
        let options = OpenOptions { read_only, ..OpenOptions::default() };
        let refused = Vault::open(&folder, &secret(), options);
        assert!(matches!(refused, Err(VaultError::Newer { version: 99 })), "{refused:?}");
    }
}

/// SQLite's own limit stands for the disk's end: it fails a write at the same place and in the same way.
#[test]
fn a_full_disk_leaves_the_old_state_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mut vault) = filled(dir.path());
    let (digest, head) = (vault.digest().unwrap(), vault.audit_head().unwrap());
    let pages: i64 = vault.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let limit = |vault: &Vault, pages: i64| {
        vault.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    };
    limit(&vault, pages + 2);
    let full = |error: VaultError| {
        let is = matches!(&error, VaultError::Io { error, .. } if error.kind() == std::io::ErrorKind::StorageFull);
        assert!(is, "{error:?}");
        assert_eq!(crate::error::UserError::from(error).id(), "error-vault-full");
    };
    let mut long = case(20);
    long.hechos = "Una frase que ocupa sitio. ".repeat(2_000);
    full(vault.save(&long, 0).unwrap_err());
    full(vault.keep_draft(&long, 0).unwrap_err());
    let many: Vec<_> = (100..900).map(|at| super::Incoming::Add(case(at))).collect();
    full(vault.import(&many, "a.csv").unwrap_err());
    assert_eq!((vault.digest().unwrap(), vault.audit_head().unwrap()), (digest, head));
    vault.verify_pages().unwrap();
    limit(&vault, 1_000_000);
    assert_eq!(vault.save(&long, 0).unwrap(), 1);
    assert_eq!(vault.list(&Query::default()).unwrap().total, 11);
}

#[test]
fn keys_of_another_vault_are_told_from_damage() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, vault) = filled(dir.path());
    vault.close().unwrap();
    let other = tempfile::tempdir().unwrap();
    let (elsewhere, vault) = filled(other.path());
    vault.close().unwrap();
    for name in ["keys", "keys.copy"] {
        std::fs::copy(elsewhere.join(name), folder.join(name)).unwrap();
    }
    let opened = Vault::open(&folder, &secret(), OpenOptions::default());
    assert!(matches!(opened, Err(VaultError::OtherKeys)), "{opened:?}");
    assert!(!matches!(opened, Err(VaultError::Damaged { part: Part::Keys })));
}
