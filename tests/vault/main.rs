//! The vault by behaviour: what is kept, what is found, what survives being killed, damaged or copied.
//!
//! `PAG_VAULT_KILLS=200 cargo test --test vault crash` kills it two hundred times instead of twelve.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

mod canary;
mod cli;
mod crash;
mod damage;
mod passphrases;
mod store;

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
