//! A disk that is really full, and one that can't be written to, at saving, drafting, importing, copying and migrating: a
//! clear word, and the old state whole.

use std::path::Path;

use super::{case, filled, secret};
use crate::error::UserError;
use crate::vault::{
    Access, Incoming, Notice, OpenOptions, Query, Reader, Vault, VaultError, VaultSettings, Watch, schema,
};

#[path = "../../../tests/common/small_disk.rs"]
mod small_disk;

use small_disk::{disk, leave, set_read_only};

#[track_caller]
fn full<T>(result: Result<T, VaultError>) {
    match result.map_err(UserError::from) {
        Err(error) => assert_eq!(error.id(), "error-vault-full", "{error}"),
        Ok(_) => panic!("there was room"),
    }
}

/// No piece of what could not be finished lies about.
fn assert_tidy(folder: &Path) {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn opened(folder: &Path) -> Result<Vault, VaultError> {
    Vault::open(folder, &secret(), OpenOptions::default())
}

fn reader(vault: &Vault) -> Reader {
    vault.reader().unwrap()
}

#[test]
fn a_full_disk_at_each_kind_of_work() {
    let Some(disk) = disk() else {
        return small_disk::run("vault::tests::trouble::a_full_disk_at_each_kind_of_work", "4m");
    };
    let (folder, mut vault) = filled(&disk);
    let copies = disk.join("copias");
    std::fs::create_dir(&copies).unwrap();
    let (digest, head) = (vault.digest().unwrap(), vault.audit_head().unwrap());
    let mut long = case(20);
    long.hechos = "Una frase que ocupa sitio. ".repeat(20_000);
    let many: Vec<_> = (100..900).map(|at| Incoming::Add(case(at))).collect();
    let filling = leave(&disk, 60_000);
    full(vault.save(&long, 0));
    full(vault.keep_draft(&long, 0));
    full(vault.import(&many, "a.csv"));
    full(vault.back_up(&copies));
    full(reader(&vault).back_up(&Watch::nobody()));
    assert_eq!((vault.digest().unwrap(), vault.audit_head().unwrap()), (digest, head));
    assert!(vault.drafts().unwrap().is_empty());
    vault.verify_pages().unwrap();
    assert_tidy(&folder);
    assert_tidy(&copies);
    std::fs::remove_file(&filling).unwrap();
    assert_eq!(vault.save(&long, 0).unwrap(), 1, "with room again, all is as before");
    vault.back_up(&copies).unwrap();
    vault.close().unwrap();
    assert_eq!(opened(&folder).unwrap().list(&Query::default()).unwrap().total, 11);
}

/// Wherever the room ends, page by page: a save is whole or was never begun.
#[test]
fn the_disk_ends_at_any_page() {
    let Some(disk) = disk() else {
        return small_disk::run("vault::tests::trouble::the_disk_ends_at_any_page", "4m");
    };
    let (folder, mut vault) = filled(&disk);
    let (mut revision, mut text) = (1, case(3).hechos);
    let (mut saved, mut refused) = (0, 0);
    for room in (0..40).map(|pages| pages * 4096) {
        let filling = leave(&disk, room);
        let mut changed = case(3);
        changed.hechos = format!("{room}: {}", "Otra frase. ".repeat(2_000));
        match vault.save(&changed, revision) {
            Ok(now) => (revision, text, saved) = (now, changed.hechos.clone(), saved + 1),
            Err(error) => {
                assert_eq!(UserError::from(error).id(), "error-vault-full");
                refused += 1;
            }
        }
        let stored = vault.case(&changed.id).unwrap();
        assert_eq!((stored.revision, &stored.case.hechos), (revision, &text));
        std::fs::remove_file(filling).unwrap();
        // As after a power cut: what is on the disk alone counts.
        vault.close().unwrap();
        vault = opened(&folder).unwrap();
        vault.verify_pages().unwrap();
        assert!(vault.verify_audit(&[]).unwrap().is_empty());
        assert_eq!(vault.case(&changed.id).unwrap().case.hechos, text);
    }
    assert!(saved > 2 && refused > 2, "{saved} saved, {refused} refused");
}

#[test]
fn a_full_disk_at_migrating() {
    let Some(disk) = disk() else {
        return small_disk::run("vault::tests::trouble::a_full_disk_at_migrating", "4m");
    };
    let (folder, vault) = filled(&disk);
    let digest = vault.digest().unwrap();
    vault.db.execute_batch("DROP TABLE sketches; PRAGMA user_version = 1").unwrap();
    vault.close().unwrap();
    for room in [0, 8_192, 40_000, 150_000, 250_000] {
        let filling = leave(&disk, room);
        full(opened(&folder));
        std::fs::remove_file(filling).unwrap();
        assert_tidy(&folder);
    }
    let vault = opened(&folder).unwrap();
    assert!(matches!(vault.notices(), [Notice::Migrated { from: 1, .. }]), "{:?}", vault.notices());
    assert_eq!((vault.version().unwrap(), vault.digest().unwrap()), (schema::VERSION, digest));
}

#[test]
fn a_disk_that_cannot_be_written_to() {
    let Some(disk) = disk() else {
        return small_disk::run("vault::tests::trouble::a_disk_that_cannot_be_written_to", "4m");
    };
    let (folder, mut vault) = filled(&disk);
    let digest = vault.digest().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let settings = VaultSettings { backups: Some(elsewhere.path().to_owned()), ..VaultSettings::default() };
    vault.set_settings(&settings).unwrap();
    vault.close().unwrap();
    set_read_only(&disk, true);
    let mut vault = opened(&folder).unwrap();
    assert_eq!(vault.access(), &Access::ReadOnly);
    assert_eq!(vault.digest().unwrap(), digest);
    let refused = |result: Result<(), VaultError>| {
        assert!(matches!(result, Err(VaultError::ReadOnly)), "{result:?}");
    };
    refused(vault.save(&case(20), 0).map(drop));
    refused(vault.keep_draft(&case(20), 0));
    refused(vault.import(&[Incoming::Add(case(21))], "a.csv").map(drop));
    // A copy goes where there is room; one onto the same disk is told apart from a full one.
    reader(&vault).back_up(&Watch::nobody()).unwrap();
    let denied = vault.back_up(&disk.join("copias")).map_err(UserError::from).unwrap_err();
    assert_eq!(denied.id(), "error-vault-denied");
    drop(vault);
    set_read_only(&disk, false);
    assert_eq!(opened(&folder).unwrap().access(), &Access::Write);
    let vault = opened(&folder).unwrap();
    vault.db.execute_batch("DROP TABLE sketches; PRAGMA user_version = 1").unwrap();
    vault.close().unwrap();
    set_read_only(&disk, true);
    assert!(matches!(opened(&folder), Err(VaultError::ReadOnly)), "an older one is not brought up to date here");
    set_read_only(&disk, false);
    assert_eq!(opened(&folder).unwrap().digest().unwrap(), digest);
}
