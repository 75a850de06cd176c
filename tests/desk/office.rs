//! A desk whose storage thread is the real one, with a vault in a folder of the test's own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pag_bert::app::{Effect, apply_storage, tick};
use pag_bert::i18n::Lang;
use pag_bert::paths::Paths;
use pag_bert::ui::action::Action;
use pag_bert::ui::vault_state::{LockedForm, Typed, VaultState};
use pag_bert::vault::{Kdf, Passphrase, Vault};
use pag_bert::worker::storage::{self, StorageHandle};

use crate::bench::Bench;

pub(crate) const PASSPHRASE: &str = "cuatro palabras al azar";

/// Quick to derive; for tests alone.
pub(crate) const CHEAP: Kdf = Kdf { memory_kib: 8, passes: 1 };

pub(crate) struct Office {
    pub(crate) bench: Bench,
    pub(crate) home: tempfile::TempDir,
    storage: Option<StorageHandle>,
}

impl Office {
    /// A locked vault, and a window that asks for its passphrase.
    pub(crate) fn locked() -> Self {
        let home = tempfile::tempdir().unwrap();
        let passphrase = Passphrase::for_new_vault(PASSPHRASE).unwrap();
        Vault::create(&vault_in(home.path()), &passphrase, CHEAP).unwrap().vault.close().unwrap();
        Self::again(home)
    }

    /// Another window on what stands in that folder.
    pub(crate) fn again(home: tempfile::TempDir) -> Self {
        let vault = vault_in(home.path());
        Self::on(&vault, home)
    }

    /// Another window on a vault, with a home of its own.
    pub(crate) fn at(vault: &Path) -> Self {
        Self::on(vault, tempfile::tempdir().unwrap())
    }

    fn on(vault: &Path, home: tempfile::TempDir) -> Self {
        let storage = storage::spawn(Paths::under(home.path()), Lang::Es, || ()).unwrap();
        let mut bench = Bench::ready();
        bench.state.cases.clear();
        let form = LockedForm { folder: vault.to_owned(), ..LockedForm::default() };
        bench.state.vault = VaultState::Locked(Box::new(form));
        Self { bench, home, storage: Some(storage) }
    }

    /// The same, open.
    pub(crate) fn open() -> Self {
        let mut office = Self::locked();
        office.unlock(PASSPHRASE);
        assert!(office.bench.state.vault.open().is_some());
        office
    }

    pub(crate) fn vault(&self) -> PathBuf {
        vault_in(self.home.path())
    }

    pub(crate) fn unlock(&mut self, passphrase: &str) {
        if let VaultState::Locked(form) = &mut self.bench.state.vault {
            form.typed = Typed(passphrase.to_owned());
        }
        self.act(Action::Unlock);
    }

    /// Does what a person could ask for, and waits until the thread has answered all that comes of it.
    pub(crate) fn act(&mut self, action: Action) {
        let effects = self.bench.act(action);
        self.carry_out(effects);
    }

    /// Lets so many seconds go by.
    pub(crate) fn wait_s(&mut self, seconds: f64) {
        self.bench.state.now_s += seconds;
        let effects = tick(&mut self.bench.state, &mut self.bench.desk);
        self.carry_out(effects);
    }

    pub(crate) fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut waiting: Vec<Effect> = effects;
        let storage = self.storage.as_ref().unwrap();
        while !waiting.is_empty() {
            let mut sent = 0;
            for effect in waiting.drain(..) {
                if let Effect::Storage(command) = effect {
                    assert!(storage.try_send(command).is_ok(), "the thread takes what it is given");
                    sent += 1;
                }
            }
            for _ in 0..sent {
                let event = storage.events().recv_timeout(Duration::from_mins(1)).unwrap();
                waiting.extend(apply_storage(&mut self.bench.state, &mut self.bench.desk, event));
            }
        }
    }

    /// The window is gone; its folder stays.
    pub(crate) fn leave(mut self) -> tempfile::TempDir {
        self.storage.take().unwrap().shutdown([]);
        self.home
    }

    /// The vault, opened beside the window for looking.
    pub(crate) fn look(&self) -> Vault {
        let secret = pag_bert::vault::Secret::Passphrase(Passphrase::new(PASSPHRASE).unwrap());
        let options = pag_bert::vault::OpenOptions { read_only: true, ..Default::default() };
        Vault::open(&self.vault(), &secret, options).unwrap()
    }
}

pub(crate) fn vault_in(home: &Path) -> PathBuf {
    home.join("casos.pagvault")
}
