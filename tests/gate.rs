//! The drawn window before a vault: nothing of a case is in it while it is locked, neither on the screen, nor for a screen
//! reader, nor in what the fields keep; and everything can be done by keyboard.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

use std::time::Duration;

use egui::text_edit::TextEditState;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use pag_bert::app::{Desk, Effect, apply_action, apply_storage, start};
use pag_bert::domain::{Case, CaseId};
use pag_bert::i18n::Lang;
use pag_bert::paths::Paths;
use pag_bert::ui::action::Action;
use pag_bert::ui::state::AppState;
use pag_bert::ui::vault_state::VaultState;
use pag_bert::vault::{Kdf, Passphrase, Vault};
use pag_bert::worker::storage::{self, StorageHandle};

mod common;
#[path = "common/drawn.rs"]
mod drawn;

use drawn::{Asked, drawn};

const PASSPHRASE: &str = "mula pozo lienzo avispa";
/// In no other word of the program.
const CANARY: &str = "Guacamayo";
const ID: &str = "c1";

/// A drawn window with the real storage thread behind it.
struct Office {
    harness: Harness<'static, AppState>,
    asked: Asked,
    desk: Desk,
    storage: StorageHandle,
    home: tempfile::TempDir,
    quit: bool,
}

impl Office {
    /// The program's first start in an empty home.
    fn first_start() -> Self {
        Self::on(tempfile::tempdir().unwrap(), false)
    }

    /// A locked vault with one case in it.
    fn locked() -> Self {
        let home = tempfile::tempdir().unwrap();
        let cheap = Kdf { memory_kib: 8, passes: 1 };
        let folder = home.path().join("casos.pagvault");
        let mut vault = Vault::create(&folder, &Passphrase::new(PASSPHRASE).unwrap(), cheap).unwrap().vault;
        let mut case = Case::new(CaseId(ID.into()), "2026-031".into(), "2026-11-03T10:00:00+01:00".into());
        case.hechos = format!("{CANARY} en los hechos.");
        case.intervencion = format!("{CANARY} en la intervención.");
        vault.save(&case, 0).unwrap();
        vault.close().unwrap();
        Self::on(home, true)
    }

    fn on(home: tempfile::TempDir, has_vault: bool) -> Self {
        let storage = storage::spawn(Paths::under(&home.path().join("program")), Lang::Es, || ()).unwrap();
        let mut state = AppState { default_folder: home.path().to_owned(), ..AppState::default() };
        state.settings.vault = has_vault.then(|| home.path().join("casos.pagvault"));
        let mut desk = Desk::default();
        let begun = start(&mut state, &mut desk, Vec::new());
        let (harness, asked) = drawn(state, 1280.0, 800.0);
        let mut office = Self { harness, asked, desk, storage, home, quit: false };
        office.carry_out(begun);
        office.settle();
        office
    }

    /// Draws until nothing more is asked for.
    fn settle(&mut self) {
        loop {
            self.harness.run_steps(3);
            let asked = self.asked.take();
            if asked.is_empty() {
                return;
            }
            for action in asked {
                let effects = apply_action(self.harness.state_mut(), &mut self.desk, action);
                self.carry_out(effects);
            }
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut waiting = effects;
        while !waiting.is_empty() {
            let mut sent = 0;
            for effect in waiting.drain(..) {
                match effect {
                    Effect::Storage(command) => {
                        assert!(self.storage.try_send(command).is_ok());
                        sent += 1;
                    }
                    Effect::Quit => self.quit = true,
                    _ => (),
                }
            }
            for _ in 0..sent {
                let event = self.storage.events().recv_timeout(Duration::from_mins(2)).unwrap();
                waiting.extend(apply_storage(self.harness.state_mut(), &mut self.desk, event));
            }
        }
    }

    fn act(&mut self, action: Action) {
        self.asked.borrow_mut().push(action);
        // Carried out between two frames, as the window does it.
        let asked = self.asked.take();
        for action in asked {
            let effects = apply_action(self.harness.state_mut(), &mut self.desk, action);
            self.carry_out(effects);
        }
        self.settle();
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.settle();
    }

    fn shows(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }

    fn unlock(&mut self) {
        self.type_text(PASSPHRASE);
        self.keys(Modifiers::NONE, Key::Enter);
    }

    /// Whether a screen reader or the screen says it.
    fn tells(&self, words: &str) -> bool {
        let mut nodes = vec![self.harness.root()];
        let mut heard = String::new();
        while let Some(node) = nodes.pop() {
            let said = node.accesskit_node();
            for text in [said.label(), said.value(), said.description(), said.placeholder().map(str::to_owned)] {
                heard.push_str(&text.unwrap_or_default());
                heard.push('\n');
            }
            nodes.extend(node.children());
        }
        let painted = format!("{:?}", self.harness.output().shapes);
        heard.contains(words) || painted.contains(words)
    }

    /// Fields that egui remembers, with what was typed into them.
    fn remembered_fields(&self) -> usize {
        self.harness.ctx.data(egui::util::IdTypeMap::count::<TextEditState>)
    }

    /// Whether the passphrase's field has kept what was typed into it before.
    fn can_undo_the_secret(&self) -> bool {
        let id = egui::Id::unique(("secret", "vault-passphrase"));
        let state = TextEditState::load(&self.harness.ctx, id).unwrap();
        format!("{:?}", state.undoer()) != format!("{:?}", TextEditState::default().undoer())
    }
}

#[test]
fn nothing_of_a_case_is_left_in_the_locked_window_and_it_comes_back() {
    let mut office = Office::locked();
    assert!(!office.tells(CANARY));
    office.unlock();
    office.act(Action::OpenStored(CaseId(ID.into())));
    assert!(office.tells(CANARY));
    office.harness.state_mut().search = CANARY.into();
    office.harness.state_mut().find_in_text = Some(CANARY.into());
    office.act(Action::Export);
    assert!(office.harness.state().modal.is_some() && office.remembered_fields() > 3);

    office.keys(Modifiers::COMMAND, Key::L);
    assert!(matches!(office.harness.state().vault, VaultState::Locked(_)));
    office.harness.run_steps(2);
    assert!(!office.tells(CANARY) && !office.tells("2026-031"));
    assert_eq!(office.remembered_fields(), 1, "the passphrase's field alone");
    assert!(office.harness.query_by_label("CASOS 1").is_none());
    let state = format!("{:?}", office.harness.state());
    assert!(!state.contains(CANARY), "{state}");

    office.unlock();
    office.harness.run_steps(2);
    assert!(office.tells(CANARY), "the case that was shown is shown again");
    assert!(office.harness.state().search.is_empty());
}

#[test]
fn a_passphrase_is_kept_nowhere() {
    let mut office = Office::locked();
    office.type_text("mula pozo");
    office.type_text(" lienzo");
    assert!(!office.can_undo_the_secret());
    assert!(!office.tells("mula") && !format!("{:?}", office.harness.state()).contains("mula"));
    office.keys(Modifiers::COMMAND, Key::Z);
    office.type_text(" avispa");
    office.keys(Modifiers::NONE, Key::Enter);
    assert!(office.harness.state().vault.open().is_some());
    assert!(!office.tells("mula"));
}

#[test]
fn a_wrong_passphrase_is_told_and_the_cursor_waits_in_the_field() {
    let mut office = Office::locked();
    office.type_text("otra cosa distinta");
    office.keys(Modifiers::NONE, Key::Enter);
    assert!(office.shows("La contraseña no abre la caja"));
    office.unlock();
    assert!(office.harness.state().vault.open().is_some());
}

#[test]
fn the_first_vault_is_made_by_keyboard_alone() {
    let mut office = Office::first_start();
    assert!(office.shows("Dónde guardar los casos"));
    office.type_text(PASSPHRASE);
    assert!(office.shows("de adivinar"));
    office.keys(Modifiers::NONE, Key::Enter);
    office.type_text(PASSPHRASE);
    office.keys(Modifiers::NONE, Key::Enter);
    let VaultState::Recovery(form) = &office.harness.state().vault else { panic!("no vault was made") };
    let group = form.groups().nth(form.group).unwrap().to_owned();
    assert!(office.shows(&group), "the key is shown");
    office.keys(Modifiers::NONE, Key::Enter);
    assert!(!office.tells(&group), "and hidden while it is asked for");
    office.type_text(&group.to_lowercase());
    office.keys(Modifiers::NONE, Key::Enter);
    assert!(office.harness.state().vault.can_write());
    assert!(office.home.path().join("casos.pagvault").is_dir());
    office.type_text("Unos hechos.");
    assert_eq!(office.harness.state().cases[0].case.hechos, "Unos hechos.");
}

#[test]
fn before_the_vault_the_program_can_be_left_and_shown_larger() {
    let mut office = Office::locked();
    office.keys(Modifiers::COMMAND, Key::Plus);
    assert!(office.harness.state().settings.scale > 1.0);
    for key in [Key::N, Key::S, Key::K, Key::O] {
        office.keys(Modifiers::COMMAND, key);
        assert!(office.harness.state().cases.is_empty() && office.harness.state().modal.is_none());
    }
    office.keys(Modifiers::COMMAND, Key::Q);
    assert!(office.quit);
}
