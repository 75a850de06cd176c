//! Two windows on one vault: the second only reads, and no text is written over another.

use pag_bert::app::{Effect, tick};
use pag_bert::ui::action::{Action, Modal, Resolution};
use pag_bert::worker::protocol::StorageCommand;
use pag_bert::worker::vault_protocol::VaultCommand;

use crate::office::{Office, PASSPHRASE};

/// A window whose draft began from a text that another window has saved over since.
fn two_texts() -> Office {
    let mut mine = Office::open();
    mine.bench.type_facts("Lo primero.");
    mine.act(Action::Save);
    mine.bench.type_facts("Lo mío.");
    mine.act(Action::Lock);

    let mut other = mine.beside();
    other.unlock(PASSPHRASE);
    // The draft of the first window is there for the second too, which takes the saved text and changes that.
    assert_eq!(other.bench.case().hechos, "Lo mío.");
    other.bench.type_facts("Lo suyo.");
    other.act(Action::Save);
    other.leave();

    // As if the first had kept its draft only then.
    mine.unlock(PASSPHRASE);
    let stored = mine.look().list(&pag_bert::vault::Query::default()).unwrap().hits[0].row.id.clone();
    mine.act(Action::OpenStored(stored));
    let open = mine.bench.state.shown_mut().unwrap();
    open.stored = 1;
    mine.bench.type_facts("Lo mío.");
    mine.act(Action::Save);
    mine
}

#[test]
fn of_two_texts_a_person_decides_and_neither_is_written_over() {
    let mut office = two_texts();
    let Some(Modal::Conflict { stored }) = &office.bench.state.modal else { panic!("nobody was asked") };
    assert_eq!((stored.case.hechos.as_str(), stored.revision), ("Lo suyo.", 2));
    assert_eq!(office.bench.case().hechos, "Lo mío.");
    assert_eq!(office.look().case(&office.bench.id()).unwrap().case.hechos, "Lo suyo.");

    office.act(Action::Resolve(Resolution::Mine));
    let vault = office.look();
    let id = office.bench.id();
    assert_eq!(vault.case(&id).unwrap().case.hechos, "Lo mío.");
    let earlier: Vec<String> = vault.revisions(&id).unwrap().into_iter().map(|old| old.case.hechos).collect();
    assert_eq!(earlier, ["Lo suyo.", "Lo primero."]);
    assert!(!office.bench.state.shown().unwrap().would_lose());
}

#[test]
fn the_others_text_can_be_taken() {
    let mut office = two_texts();
    office.act(Action::Resolve(Resolution::Theirs));
    let open = office.bench.state.shown().unwrap();
    assert_eq!((open.case.hechos.as_str(), open.stored, open.would_lose()), ("Lo suyo.", 2, false));
    assert!(office.look().drafts().unwrap().is_empty());
    assert_eq!(office.look().case(&office.bench.id()).unwrap().revision, 2);
}

#[test]
fn both_texts_can_stay() {
    let mut office = two_texts();
    let theirs = office.bench.id();
    office.act(Action::Resolve(Resolution::Both));
    let mine = office.bench.id();
    assert_ne!(mine, theirs);
    let vault = office.look();
    assert_eq!(vault.case(&theirs).unwrap().case.hechos, "Lo suyo.");
    let own = vault.case(&mine).unwrap().case;
    assert_eq!(own.hechos, "Lo mío.");
    assert_ne!(own.number, vault.case(&theirs).unwrap().case.number);
    assert!(vault.drafts().unwrap().is_empty());
}

#[test]
fn the_second_window_reads_until_the_first_has_gone() {
    let mut first = Office::open();
    first.bench.type_facts("Unos hechos.");
    first.act(Action::Save);
    let id = first.bench.id();

    let mut second = first.beside();
    second.unlock(PASSPHRASE);
    assert!(second.bench.state.vault.held_by().is_some_and(|holder| holder.process == std::process::id()));
    assert!(!second.bench.state.vault.can_write() && second.bench.state.cases.is_empty());
    second.act(Action::OpenStored(id.clone()));
    assert_eq!(second.bench.case().hechos, "Unos hechos.");
    for action in [Action::NewCase, Action::CaseEdited, Action::Save, Action::Suggest, Action::Import(None)] {
        second.bench.state.toasts.clear();
        let effects = second.bench.act(action.clone());
        assert!(effects.is_empty(), "{action:?}");
        assert_eq!(second.bench.toast_ids(), ["toast-read-only"], "{action:?}");
    }
    assert_eq!(second.bench.state.cases.len(), 1);
    second.act(Action::ReopenVault);
    assert!(!second.bench.state.vault.can_write());

    first.bench.type_facts("Unos hechos, y más.");
    first.act(Action::Save);
    first.leave();
    second.act(Action::ReopenVault);
    assert!(second.bench.state.vault.can_write());
    assert_eq!((second.bench.id(), second.bench.case().hechos.as_str()), (id, "Unos hechos, y más."));
    second.bench.type_facts("Otros hechos.");
    second.act(Action::Save);
    assert_eq!(second.look().case(&second.bench.id()).unwrap().revision, 3);
}

#[test]
fn nothing_is_sent_to_be_kept_by_a_window_that_only_reads() {
    let first = Office::open();
    let mut second = first.beside();
    second.unlock(PASSPHRASE);
    second.bench.state.now_s += 3.0;
    let mut effects = tick(&mut second.bench.state, &mut second.bench.desk);
    effects.extend(second.bench.act(Action::Lock));
    for effect in &effects {
        let writes = matches!(
            effect,
            Effect::Storage(StorageCommand::Vault(VaultCommand::KeepDraft { .. } | VaultCommand::Save { .. }))
        );
        assert!(!writes);
    }
}
