//! Bytes that are not as they were written: found, named, and never shown as text of a case.

use std::path::{Path, PathBuf};

use pag_bert::vault::{
    BackupSecret, Notice, OpenOptions, Part, Query, Rotation, Vault, VaultError, VaultSettings, backups,
    newest_good_backup, restore,
};

use super::{TYPED, case, create, open, secret};

const TEXT: &str = "La agencia pidió una nómina que a otras personas no les pide.";

fn filled(dir: &Path) -> (PathBuf, Vault) {
    let (folder, mut vault) = create(dir);
    for i in 0..60 {
        vault.save(&case(&i.to_string(), &format!("{i}: {}", TEXT.repeat(8))), 0).unwrap();
    }
    (folder, vault)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

/// Reads everything; what can be read must be what was written.
fn read_all(folder: &Path) -> Result<(), VaultError> {
    let vault = Vault::open(folder, &secret(TYPED), OpenOptions { read_only: true, ..OpenOptions::default() })?;
    let mut result = Ok(());
    for hit in vault.list(&Query { limit: 100, ..Query::default() })?.hits {
        match vault.case(&hit.row.id) {
            Ok(stored) => assert!(stored.case.hechos.ends_with(&TEXT.repeat(8)), "wrong text was shown"),
            Err(error) => result = Err(error),
        }
    }
    result.and_then(|()| vault.verify_pages())
}

#[test]
fn a_flipped_byte_of_the_database_is_found_and_a_good_backup_offered() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut vault) = filled(dir.path());
    let backup = vault.back_up_and_rotate().unwrap();
    vault.close().unwrap();
    read_all(&folder).unwrap();
    let database = folder.join("vault.db");
    let whole = std::fs::read(&database).unwrap();
    assert!(whole.len() > 20 * 4096);
    for at in (0..whole.len()).step_by(whole.len() / 60).chain([0, 15, 16, 99, 4095, whole.len() - 1]) {
        flip(&database, at);
        let found = read_all(&folder);
        let part = if at < 16 { Part::Head } else { Part::Pages };
        assert!(matches!(found, Err(VaultError::Damaged { part: p }) if p == part), "byte {at}: {found:?}");
        std::fs::write(&database, &whole).unwrap();
    }
    flip(&database, 5);
    assert_eq!(newest_good_backup(&folder, &secret(TYPED)), Some(backup.clone()));
    assert_eq!(newest_good_backup(&folder, &secret("otra frase distinta")), None);
    flip(&backup, 3_000);
    assert_eq!(newest_good_backup(&folder, &secret(TYPED)), None);
}

#[test]
fn a_flipped_byte_of_the_log_loses_its_end_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut vault) = filled(dir.path());
    let backup = vault.back_up_and_rotate().unwrap();
    // As a power cut leaves it: the log is not yet in the database.
    let copy = dir.path().join("copia.pagvault");
    std::fs::create_dir(&copy).unwrap();
    for name in ["vault.db", "vault.db-wal", "keys", "keys.copy", "audit.head"] {
        std::fs::copy(folder.join(name), copy.join(name)).unwrap();
    }
    let log = std::fs::read(copy.join("vault.db-wal")).unwrap();
    assert!(log.len() > 40_000);
    let whole: Vec<(&str, Vec<u8>)> = ["vault.db", "vault.db-wal", "keys", "keys.copy", "audit.head"]
        .map(|name| (name, std::fs::read(copy.join(name)).unwrap()))
        .into();
    drop(vault);
    // The log's own header (its mark, its salt, its sum), a page's header within it, pages near its beginning and its end.
    for at in [0, 9, 17, 25, 33, 45, 60, 2_000, log.len() / 2, log.len() - 20_000, log.len() - 4_130, log.len() - 1] {
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        for (name, bytes) in &whole {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        flip(&folder.join("vault.db-wal"), at);
        let vault = open(&folder).unwrap();
        let Some(Notice::EndLost { found, expected, backup: offered }) = vault.notices().first() else {
            panic!("byte {at}: {:?}", vault.notices());
        };
        assert!(found < expected);
        assert_eq!(offered.as_ref(), Some(&backup));
        vault.verify_pages().unwrap();
        drop(vault);
        read_all(&folder).unwrap();
    }
}

#[test]
fn a_damaged_copy_of_the_keys_is_mended_and_two_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, vault) = filled(dir.path());
    vault.close().unwrap();
    flip(&folder.join("keys"), 300);
    let vault = open(&folder).unwrap();
    assert_eq!(vault.notices(), [Notice::KeysRepaired]);
    vault.close().unwrap();
    assert!(open(&folder).unwrap().notices().is_empty());
    flip(&folder.join("keys"), 300);
    flip(&folder.join("keys.copy"), 40);
    assert!(matches!(open(&folder), Err(VaultError::Damaged { part: Part::Keys })));
}

#[test]
fn a_flipped_byte_of_a_backup_is_found_and_nothing_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mut vault) = filled(dir.path());
    let backup = vault.back_up(&dir.path().join("copias")).unwrap();
    let whole = std::fs::read(&backup).unwrap();
    let new = dir.path().join("nueva.pagvault");
    for at in (0..whole.len()).step_by(whole.len() / 25).chain([1, 30, 200, 700, 1_000, whole.len() - 1]) {
        flip(&backup, at);
        assert!(vault.verify_backup(&backup).is_err(), "byte {at}");
        let restored = restore(&backup, &BackupSecret::Vault(secret(TYPED)), &new);
        assert!(restored.is_err() && !new.exists(), "byte {at}");
        std::fs::write(&backup, &whole).unwrap();
    }
    std::fs::write(&backup, &whole[..whole.len() - 70_000]).unwrap();
    assert!(matches!(vault.verify_backup(&backup), Err(VaultError::Damaged { part: Part::BackupBody })));
}

#[test]
fn each_backup_of_a_rotation_gives_the_same_cases_back() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut vault) = filled(dir.path());
    let copies = dir.path().join("copias");
    let rotation = Rotation::default();
    assert_eq!((rotation.days, rotation.weeks, rotation.months), (7, 4, 12));
    vault.set_settings(&VaultSettings { backups: Some(copies.clone()), rotation, ..VaultSettings::default() }).unwrap();
    // Every tenth day of more than a year, and each of the last nine.
    let last = jiff::civil::date(2026, 2, 4);
    let days = (1..=40).rev().map(|tens| 8 + 10 * tens).chain((0..9).rev());
    let mut digests = Vec::new();
    for (revision, ago) in days.enumerate() {
        vault.save(&case("90", &format!("Hace {ago} días")), revision as u64).unwrap();
        let made = vault.back_up(&copies).unwrap();
        // As if it had been made on that day.
        let day = last.saturating_sub(jiff::Span::new().days(ago));
        let named = copies.join(format!("casos-{}-184207.pagcopia", day.strftime("%Y%m%d")));
        std::fs::rename(made, &named).unwrap();
        digests.push((named, vault.digest().unwrap()));
    }
    let gone = pag_bert::vault::rotate(&copies, "casos", rotation);
    let kept = backups(&copies, Some("casos"));
    // Seven days, among which two weeks and two months end; two more weeks, and ten more months.
    assert_eq!((kept.len(), kept.len() + gone.len()), (19, digests.len()), "{kept:?}");
    for (at, found) in kept.into_iter().enumerate() {
        let wanted = &digests.iter().find(|(path, _)| *path == found.path).unwrap().1;
        let new = dir.path().join(format!("{at}.pagvault"));
        let manifest = restore(&found.path, &BackupSecret::Vault(secret(TYPED)), &new).unwrap();
        let restored = open(&new).unwrap();
        assert_eq!((&manifest.digest, &restored.digest().unwrap()), (wanted, wanted));
        restored.verify_pages().unwrap();
        assert!(restored.verify_audit(&[manifest.audit]).unwrap().is_empty());
        let again = restore(&found.path, &BackupSecret::Vault(secret(TYPED)), &new);
        assert!(matches!(again, Err(VaultError::Exists)), "never over another");
    }
    assert!(folder.exists());
}
