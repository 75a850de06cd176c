//! Backups for those whom the office names besides itself: age's own recipients, with age's own tools.

use std::process::Command;

use age::secrecy::ExposeSecret;
use pag_bert::vault::{BackupSecret, VaultError, VaultSettings, backups, restore};

use super::{case, create, open};

#[test]
fn a_recipient_restores_without_the_passphrase_and_nobody_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let (it, other) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    let (_, mut vault) = create(dir.path());
    vault.save(&case("1", "Unos hechos de Ávila."), 0).unwrap();
    let settings = VaultSettings {
        backups: Some(at("copias")),
        recipients: vec![it.to_public().to_string()],
        ..VaultSettings::default()
    };
    vault.set_settings(&settings).unwrap();
    let backup = vault.back_up_and_rotate().unwrap();
    let digest = vault.digest().unwrap();
    vault.close().unwrap();
    let refused = restore(&backup, &BackupSecret::Age(other.to_string()), &at("no.pagvault"));
    assert!(matches!(refused, Err(VaultError::NoKeyForBackup)) && !at("no.pagvault").exists());
    restore(&backup, &BackupSecret::Age(it.to_string()), &at("si.pagvault")).unwrap();
    // The passphrase of the day opens what was restored: the recipient need not know it.
    let restored = open(&at("si.pagvault")).unwrap();
    assert_eq!(restored.digest().unwrap(), digest);
    restored.verify_pages().unwrap();
    assert!(restored.verify_audit(&[]).unwrap().is_empty());

    // Without a recipient, an identity opens nothing.
    let mut vault = open(&at("casos.pagvault")).unwrap();
    vault.set_settings(&VaultSettings { recipients: Vec::new(), ..settings }).unwrap();
    vault.back_up_and_rotate().unwrap();
    let newest = backups(&at("copias"), None).pop().unwrap().path;
    let refused = restore(&newest, &BackupSecret::Age(it.to_string()), &at("no.pagvault"));
    assert!(matches!(refused, Err(VaultError::NoKeyForBackup)));
}

/// The way out for an office that has lost this program: age's own.
#[test]
fn the_program_age_decrypts_it_too() {
    if Command::new("age").arg("--version").output().is_err() {
        #[allow(clippy::explicit_write)] // past the test harness
        std::io::Write::write_all(&mut std::io::stderr(), b"SKIPPED: age is not installed\n").unwrap();
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let it = age::x25519::Identity::generate();
    let (_, mut vault) = create(dir.path());
    vault.save(&case("1", "Unos hechos de Ávila."), 0).unwrap();
    let recipients = vec![it.to_public().to_string()];
    vault.set_settings(&VaultSettings { recipients, ..VaultSettings::default() }).unwrap();
    let backup = vault.back_up_and_rotate().unwrap();
    let identity = dir.path().join("identidad");
    std::fs::write(&identity, it.to_string().expose_secret()).unwrap();
    let ended = Command::new("age").args(["--decrypt", "--identity"]).arg(&identity).arg(&backup).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let end = ended.stdout.iter().position(|byte| *byte == b'\n').unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&ended.stdout[..end]).unwrap();
    assert_eq!(manifest["cases"], 1);
    assert_eq!(manifest["bytes"], ended.stdout.len() - end - 1);
    assert!(!ended.stdout.windows(5).any(|window| window == b"hecho"), "the database in it is encrypted by itself");
}
