//! A desk whose storage thread is the real one, with a vault in a folder of the test's own.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pag_bert::app::{Effect, apply_care, apply_storage, tick};
use pag_bert::documents::{Format, PrintOptions};
use pag_bert::domain::Case;
use pag_bert::i18n::Lang;
use pag_bert::paths::Paths;
use pag_bert::ui::action::Action;
use pag_bert::ui::vault_state::{LockedForm, Typed, VaultState};
use pag_bert::vault::{Kdf, Passphrase, Query, Vault};
use pag_bert::worker::care;
use pag_bert::worker::protocol::{ExportJob, StorageCommand};
use pag_bert::worker::storage::{self, StorageHandle};

use crate::bench::Bench;

pub(crate) const PASSPHRASE: &str = "cuatro palabras al azar";

/// Quick to derive; for tests alone.
pub(crate) const CHEAP: Kdf = Kdf { memory_kib: 8, passes: 1 };

pub(crate) struct Office {
    pub(crate) bench: Bench,
    pub(crate) home: Arc<tempfile::TempDir>,
    /// The program has ended.
    pub(crate) ended: bool,
    storage: Option<StorageHandle>,
}

impl Office {
    /// A locked vault, and a window that asks for its passphrase.
    pub(crate) fn locked() -> Self {
        let home = tempfile::tempdir().unwrap();
        make_vault(home.path());
        Self::again(Arc::new(home))
    }

    /// As [`Self::open`], with its folder on that disk.
    pub(crate) fn open_on(disk: &Path) -> Self {
        let home = tempfile::tempdir_in(disk).unwrap();
        make_vault(home.path());
        let mut office = Self::again(Arc::new(home));
        office.unlock(PASSPHRASE);
        office
    }

    /// Exports as the dialog does once it is confirmed: those cases, or all that the question finds.
    pub(crate) fn export(&mut self, cases: Vec<Case>, query: Option<Query>, path: &Path, format: Format) {
        let job = ExportJob {
            cases,
            query,
            path: path.to_owned(),
            format,
            print: PrintOptions::default(),
            letterhead: String::new(),
            letterhead_image: None,
            overwrite: false,
        };
        self.carry_out(vec![Effect::Storage(StorageCommand::Export(Box::new(job)))]);
    }

    /// A window on somebody else's folder, which stays when the window is gone.
    pub(crate) fn at_home(home: &Path) -> Self {
        let mut office = Self::again(Arc::new(tempfile::tempdir().unwrap()));
        let storage = storage::spawn(Paths::under(home), Lang::Es, || ()).unwrap();
        office.storage.replace(storage).unwrap().shutdown([]);
        office.bench.state.vault = VaultState::Locked(Box::new(LockedForm::of(vault_in(home))));
        office
    }

    /// Another window on what stands in that folder.
    pub(crate) fn again(home: Arc<tempfile::TempDir>) -> Self {
        let vault = vault_in(home.path());
        Self::on(&vault, home)
    }

    /// A second window, while this one is there.
    pub(crate) fn beside(&self) -> Self {
        Self::on(&self.vault(), self.home.clone())
    }

    /// Another window on a vault, with a home of its own.
    pub(crate) fn at(vault: &Path) -> Self {
        Self::on(vault, Arc::new(tempfile::tempdir().unwrap()))
    }

    fn on(vault: &Path, home: Arc<tempfile::TempDir>) -> Self {
        let storage = storage::spawn(Paths::under(home.path()), Lang::Es, || ()).unwrap();
        let mut bench = Bench::ready();
        bench.state.cases.clear();
        bench.state.vault = VaultState::Locked(Box::new(LockedForm::of(vault.to_owned())));
        Self { bench, home, ended: false, storage: Some(storage) }
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
            let (mut sent, mut cared_for) = (0, Vec::new());
            for effect in waiting.drain(..) {
                match effect {
                    Effect::Storage(command) => {
                        assert!(storage.try_send(command).is_ok(), "the thread takes what it is given");
                        sent += 1;
                    }
                    Effect::Care(command) => cared_for.push(command),
                    Effect::Quit => self.ended = true,
                    _ => {}
                }
            }
            for _ in 0..sent {
                let event = storage.events().recv_timeout(Duration::from_mins(1)).unwrap();
                waiting.extend(apply_storage(&mut self.bench.state, &mut self.bench.desk, event));
            }
            // What the care thread does, done here and now.
            let told = RefCell::new(Vec::new());
            for command in cared_for {
                care::answer(command, &|event| told.borrow_mut().push(event));
            }
            for event in told.into_inner() {
                waiting.extend(apply_care(&mut self.bench.state, &mut self.bench.desk, event));
            }
        }
    }

    /// The window is gone; its folder stays.
    pub(crate) fn leave(mut self) -> Arc<tempfile::TempDir> {
        self.storage.take().unwrap().shutdown([]);
        self.home.clone()
    }

    /// The vault, opened beside the window for looking.
    pub(crate) fn look(&self) -> Vault {
        self.open_with(pag_bert::vault::OpenOptions { read_only: true, ..Default::default() })
    }

    /// The vault, while the window has it locked.
    pub(crate) fn open_alone(&self) -> Vault {
        self.open_with(pag_bert::vault::OpenOptions::default())
    }

    fn open_with(&self, options: pag_bert::vault::OpenOptions) -> Vault {
        let secret = pag_bert::vault::Secret::Passphrase(Passphrase::new(PASSPHRASE).unwrap());
        Vault::open(&self.vault(), &secret, options).unwrap()
    }
}

fn make_vault(home: &Path) {
    let passphrase = Passphrase::for_new_vault(PASSPHRASE).unwrap();
    Vault::create(&vault_in(home), &passphrase, CHEAP).unwrap().vault.close().unwrap();
}

pub(crate) fn vault_in(home: &Path) -> PathBuf {
    home.join("casos.pagvault")
}
