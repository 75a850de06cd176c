//! The vault by behaviour: what is kept, what is found, what survives being killed, damaged or copied.
//!
//! Long forms, for a night or before a release:
//! `PAG_VAULT_KILLS=200 cargo test crash killed` kills it two hundred times (this file, `tests/desk`, and the library's own
//! tests of migrating); `PAG_FUZZ_SECONDS=600 cargo test --release fuzz` changes its files at random for ten minutes each
//! (`tests/documents` too). Tests that need a disk of their own say `SKIPPED` on standard error where they can't have one.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

mod canary;
mod cli;
mod crash;
mod damage;
mod fuzz;
mod passphrases;
mod recipients;
mod store;
mod two_programs;

use std::path::{Path, PathBuf};

use pag_bert::domain::{Case, CaseId};
use pag_bert::vault::{Delay, Kdf, OpenOptions, Passphrase, Secret, Vault, VaultError};

const TYPED: &str = "una frase de paso larga";
/// Cheap: these tests open a vault hundreds of times.
const CHEAP: Kdf = Kdf { memory_kib: 8, passes: 1 };

fn secret(typed: &str) -> Secret {
    Secret::Passphrase(Passphrase::new(typed).unwrap())
}

fn create(dir: &Path) -> (PathBuf, Vault) {
    let folder = dir.join("casos.pagvault");
    let made = Vault::create(&folder, &Passphrase::new(TYPED).unwrap(), CHEAP).unwrap();
    (folder, made.vault)
}

fn open(folder: &Path) -> Result<Vault, VaultError> {
    let delay = Delay { first: std::time::Duration::ZERO, ..Delay::default() };
    Vault::open(folder, &secret(TYPED), OpenOptions { delay, ..OpenOptions::default() })
}

fn case(name: &str, hechos: &str) -> Case {
    let id = CaseId(format!("{name:0>32}"));
    let mut case = Case::new(id, format!("2026-{name:0>3}"), "2026-11-03T10:00:00.000000+01:00".into());
    hechos.clone_into(&mut case.hechos);
    case
}
