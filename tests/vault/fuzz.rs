//! The vault's header (its file of wrapped keys), its small files, its database's first page and its backups, changed at
//! random: each is opened, or refused with a word, and never a panic, nor much memory.
//!
//! `PAG_FUZZ_SECONDS=600 cargo test --release --test vault fuzz` is the long form.

use std::path::Path;

use rand::Rng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

use pag_bert::vault::{BackupSecret, VaultError, restore};

use super::{case, create, open, secret};

#[path = "../common/fuzz.rs"]
mod common;

const WORDS: &[&[u8]] = &[
    b"\"schema\":",
    b"\"version\":2",
    b"\"generation\":18446744073709551615",
    b"\"memory_kib\":1048577",
    b"\"memory_kib\":4294967295",
    b"\"passes\":0",
    b"\"passes\":4294967295",
    b"null",
    b"{}",
    b"[[[[",
    b"\n",
    b"\0",
    b"sha256 ",
    "ñ".as_bytes(),
    b"\xff",
];

/// A vault in `dir` as it was made; small files are put back from here.
struct Whole {
    folder: std::path::PathBuf,
    files: Vec<(&'static str, Vec<u8>)>,
}

impl Whole {
    fn new(dir: &Path) -> Self {
        let (folder, mut vault) = create(dir);
        vault.save(&case("1", "Unos hechos."), 0).unwrap();
        vault.close().unwrap();
        let names = ["keys", "keys.copy", "audit.head", "vault.db"];
        let files = names.map(|name| (name, std::fs::read(folder.join(name)).unwrap())).to_vec();
        Self { folder, files }
    }

    fn file(&self, name: &str) -> &[u8] {
        &self.files.iter().find(|(known, _)| *known == name).unwrap().1
    }

    fn put_back(&self) {
        for (name, bytes) in &self.files {
            std::fs::write(self.folder.join(name), bytes).unwrap();
        }
        for name in ["attempts", "vault.db-wal", "vault.db-shm"] {
            std::fs::remove_file(self.folder.join(name)).ok();
        }
    }
}

/// What opens is what was written.
fn look(folder: &Path) -> Result<(), VaultError> {
    let vault = open(folder)?;
    let stored = vault.case(&case("1", "").id)?;
    assert_eq!(stored.case.hechos, "Unos hechos.");
    Ok(())
}

/// As somebody would write it who knows the form: with a checksum that fits.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(line));
    [line, format!("\nsha256 {digest}\n").as_bytes()].concat()
}

#[test]
fn a_changed_header_is_opened_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let whole = Whole::new(dir.path());
    let (mut opened, mut refused) = (0, 0);
    common::alone("fuzz::a_changed_header_is_opened_or_refused", |rng: &mut StdRng| {
        whole.put_back();
        let mut keys = common::changed(rng, whole.file("keys"), WORDS);
        if rng.random_bool(0.7) {
            keys = sealed(&keys);
        }
        std::fs::write(whole.folder.join("keys"), &keys).unwrap();
        // Half of the time there is a good copy beside it.
        if rng.random_bool(0.5) {
            std::fs::write(whole.folder.join("keys.copy"), &keys).unwrap();
        }
        for name in ["audit.head", "attempts"] {
            if rng.random_bool(0.2) {
                let bytes = common::changed(rng, whole.file("audit.head"), WORDS);
                std::fs::write(whole.folder.join(name), bytes).unwrap();
            }
        }
        if look(&whole.folder).is_ok() { opened += 1 } else { refused += 1 }
    });
    println!("{opened} opened, {refused} refused");
}

#[test]
fn a_changed_first_page_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let whole = Whole::new(dir.path());
    common::alone("fuzz::a_changed_first_page_is_refused", |rng: &mut StdRng| {
        whole.put_back();
        let database = whole.file("vault.db");
        let page = common::changed(rng, &database[..4096], WORDS);
        let bytes = [&page[..], &database[4096..]].concat();
        let same = bytes == database;
        std::fs::write(whole.folder.join("vault.db"), bytes).unwrap();
        assert!(same || look(&whole.folder).is_err());
    });
}

#[test]
fn a_changed_backup_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mut vault) = create(dir.path());
    vault.save(&case("1", "Unos hechos."), 0).unwrap();
    let backup = vault.back_up(&dir.path().join("copias")).unwrap();
    let whole = std::fs::read(&backup).unwrap();
    let new = dir.path().join("nueva.pagvault");
    common::alone("fuzz::a_changed_backup_is_refused", |rng: &mut StdRng| {
        // The header, with the wrapped keys, is where a reader could be led astray.
        let head = rng.random_range(200..2_000);
        let bytes = [&common::changed(rng, &whole[..head], WORDS)[..], &whole[head..]].concat();
        let same = bytes == whole;
        std::fs::write(&backup, bytes).unwrap();
        let restored = restore(&backup, &BackupSecret::Vault(secret(super::TYPED)), &new);
        assert!(same || restored.is_err() && !new.exists());
        std::fs::remove_dir_all(&new).ok();
    });
}
