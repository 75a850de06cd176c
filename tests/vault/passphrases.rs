//! Who gets in, and who waits.

use std::time::Duration;

use pag_bert::vault::{
    BackupSecret, Delay, Notice, OpenOptions, Passphrase, RecoveryKey, Secret, Vault, VaultError, restore,
};

use super::{CHEAP, TYPED, case, create, open, secret};

#[test]
fn twenty_wrong_ones_are_refused_counted_and_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, vault) = create(dir.path());
    vault.close().unwrap();
    let delay = Delay { first: Duration::ZERO, ..Delay::default() };
    for i in 0..20 {
        let wrong = Vault::open(&folder, &secret(&format!("{TYPED}{i}")), OpenOptions { delay, read_only: false });
        assert!(matches!(wrong, Err(VaultError::WrongSecret)));
    }
    // With the real waits nobody may try now, not even with the right one.
    let soon = Vault::open(&folder, &secret(TYPED), OpenOptions::default());
    assert!(matches!(soon, Err(VaultError::TooSoon { failures: 20, seconds: 50..=60 })), "{soon:?}");
    let vault = open(&folder).unwrap();
    assert_eq!(vault.notices(), [Notice::FailedAttempts(20)]);
    let failed = vault.audit(0, 1_000).unwrap().iter().filter(|line| line.kind == "failed-unlock").count();
    assert_eq!(failed, 20);
    vault.close().unwrap();
    Vault::open(&folder, &secret(TYPED), OpenOptions::default()).unwrap();
}

#[test]
fn long_ones_and_both_forms_of_an_accent_open() {
    let dir = tempfile::tempdir().unwrap();
    for (at, (made_with, opened_with)) in
        [("ñandú y corazón", "n\u{303}andu\u{301} y corazo\u{301}n"), (&*"ñ".repeat(5_000), &*"n\u{303}".repeat(5_000))]
            .into_iter()
            .enumerate()
    {
        let folder = dir.path().join(format!("{at}.pagvault"));
        Vault::create(&folder, &Passphrase::for_new_vault(made_with).unwrap(), CHEAP).unwrap().vault.close().unwrap();
        Vault::open(&folder, &secret(opened_with), OpenOptions::default()).unwrap();
    }
}

#[test]
fn a_changed_passphrase_and_the_recovery_key() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("casos.pagvault");
    let made = Vault::create(&folder, &Passphrase::new(TYPED).unwrap(), CHEAP).unwrap();
    let printed = made.recovery.printed();
    let mut vault = made.vault;
    vault.save(&case("1", "Hechos"), 0).unwrap();
    let old = vault.back_up(dir.path()).unwrap();
    let before = std::fs::read(folder.join("vault.db")).unwrap();
    vault.change_passphrase(&Passphrase::new("la segunda frase").unwrap(), CHEAP).unwrap();
    assert_eq!(std::fs::read(folder.join("vault.db")).unwrap(), before, "nothing is encrypted anew");
    vault.close().unwrap();
    assert!(matches!(open(&folder), Err(VaultError::WrongSecret)));
    for secret in [secret("la segunda frase"), Secret::Recovery(RecoveryKey::parse(&printed.to_lowercase()).unwrap())] {
        let vault = Vault::open(&folder, &secret, OpenOptions::default()).unwrap();
        assert_eq!(vault.case(&case("1", "").id).unwrap().case.hechos, "Hechos");
    }
    // A backup opens with the passphrase of its day.
    let at = |name: &str| dir.path().join(name);
    let refused = restore(&old, &BackupSecret::Vault(secret("la segunda frase")), &at("no.pagvault"));
    assert!(matches!(refused, Err(VaultError::WrongSecret)) && !at("no.pagvault").exists());
    restore(&old, &BackupSecret::Vault(secret(TYPED)), &at("si.pagvault")).unwrap();
}
