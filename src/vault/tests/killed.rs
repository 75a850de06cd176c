//! Killed while its tables are brought up to date: the vault is of the old version or of the new one, and whole.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{case, filled, secret};
use crate::vault::{Incoming, OpenOptions, Vault, backups, schema};

const FOLDER: &str = "PAG_MIGRATE_CHILD";

/// Not a test of its own: the program that is killed.
#[test]
fn child() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        Vault::open(Path::new(&folder), &secret(), OpenOptions::default()).unwrap().close().unwrap();
    }
}

#[test]
fn killed_while_migrating_it_is_whole() {
    let kills: u64 = std::env::var("PAG_VAULT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let dir = tempfile::tempdir().unwrap();
    let (old, mut vault) = filled(dir.path());
    let many: Vec<Incoming> = (100..500).map(|at| Incoming::Add(case(at))).collect();
    vault.import(&many, "lote.csv").unwrap();
    let digest = vault.digest().unwrap();
    vault.db.execute_batch("DROP TABLE sketches; PRAGMA user_version = 1").unwrap();
    vault.close().unwrap();
    let (mut before, mut after) = (0, 0);
    for kill in 0..kills {
        let folder = dir.path().join(format!("{kill}.pagvault"));
        std::fs::create_dir(&folder).unwrap();
        for entry in std::fs::read_dir(&old).unwrap().map(Result::unwrap) {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "vault::tests::killed::child", "--test-threads=1"])
            .env(FOLDER, &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(10 + (kill * 37) % 150));
        child.kill().unwrap();
        child.wait().unwrap();
        let copies = crate::vault::backup_folder_of(&folder);
        for backup in backups(&copies, None) {
            let vault = Vault::open(&folder, &secret(), OpenOptions::default()).unwrap();
            assert_eq!(vault.verify_backup(&backup.path).unwrap().digest, digest);
        }
        let vault = Vault::open(&folder, &secret(), OpenOptions::default()).unwrap();
        if vault.notices().is_empty() {
            after += 1;
        } else {
            before += 1;
        }
        assert_eq!((vault.version().unwrap(), vault.digest().unwrap()), (schema::VERSION, digest.clone()));
        vault.verify_pages().unwrap();
        assert!(vault.verify_audit(&[]).unwrap().is_empty());
        assert_eq!(vault.find_duplicates(&[case(3)]).unwrap().len(), 1, "the new tables are filled");
    }
    assert_eq!(before + after, kills);
}
