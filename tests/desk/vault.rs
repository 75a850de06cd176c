//! The vault at the desk: unlocking, drafts, saving, locking.

use pag_bert::ui::action::Action;
use pag_bert::ui::vault_state::VaultState;

use crate::office::{Office, PASSPHRASE};

#[test]
fn what_is_typed_comes_back_after_a_lock_and_what_is_saved_stands_in_the_vault() {
    let mut office = Office::open();
    office.bench.type_facts("Unos hechos.");
    office.wait_s(1.0);
    assert_eq!(office.look().drafts().unwrap().len(), 1, "a draft is kept within a second");
    office.bench.type_facts("Unos hechos, y más.");
    office.act(Action::Lock);
    assert!(office.bench.state.cases.is_empty() && office.bench.state.selected.is_none());
    assert!(office.bench.state.held.is_empty(), "the vault has it: {:?}", office.bench.state.held.len());
    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.case().hechos, "Unos hechos, y más.");
    office.act(Action::Save);
    let vault = office.look();
    assert_eq!((vault.count(false).unwrap(), vault.drafts().unwrap().len()), (1, 0));
    let open = office.bench.state.shown().unwrap();
    assert!(!open.would_lose() && open.stored == 1);
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_is_told() {
    let mut office = Office::locked();
    office.unlock("otra cosa distinta");
    let VaultState::Locked(form) = &office.bench.state.vault else { panic!() };
    assert_eq!(form.error.as_ref().unwrap().id(), "error-vault-wrong");
    assert!(form.typed.0.is_empty() && !form.busy);
}
