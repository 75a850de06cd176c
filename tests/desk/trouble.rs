//! A full disk before the window: it says so, keeps what was typed in sight, and goes on when there is room again.

use pag_bert::ui::action::Action;

use crate::office::{Office, PASSPHRASE};

#[path = "../common/small_disk.rs"]
mod small_disk;

use small_disk::{disk, leave, set_read_only};

#[test]
fn a_full_disk_takes_nothing_out_of_the_window() {
    let Some(disk) = disk() else {
        return small_disk::run("trouble::a_full_disk_takes_nothing_out_of_the_window", "5m");
    };
    let mut office = Office::open_on(&disk);
    office.bench.type_facts("Unos hechos.");
    office.act(Action::Save);
    let filling = leave(&disk, 20_000);
    let long = "Una frase que ocupa sitio. ".repeat(10_000);
    office.bench.type_facts(&long);
    office.wait_s(1.0);
    assert_eq!(office.bench.state.storage_trouble.as_ref().unwrap().id(), "error-vault-full", "the draft");
    office.act(Action::Save);
    assert!(office.bench.toast_ids().contains(&"error-vault-full"));
    assert_eq!(office.bench.case().hechos, long);
    assert!(office.bench.state.shown().unwrap().would_lose());
    // On the way out: asked first, and then the backup says its own word. The draft is the window's alone.
    office.act(Action::Quit);
    assert!(!office.ended && office.bench.state.modal.is_some());
    office.act(Action::CloseModal);
    std::fs::remove_file(&filling).unwrap();
    office.wait_s(10.0);
    assert!(office.bench.state.storage_trouble.is_none(), "it works again");
    office.act(Action::Save);
    assert!(!office.bench.state.shown().unwrap().would_lose());
    let stored = office.look().case(&office.bench.id()).unwrap();
    assert_eq!((stored.revision, stored.case.hechos), (2, long));
    leave(&disk, 8_192);
    office.act(Action::Quit);
    let error = office.bench.state.care.closing.as_ref().unwrap().error.as_ref().unwrap();
    assert_eq!(error.args()[0], ("reason", "full".to_owned()));
}

#[test]
fn on_a_disk_that_cannot_be_written_to_cases_can_be_read() {
    let Some(disk) = disk() else {
        return small_disk::run("trouble::on_a_disk_that_cannot_be_written_to_cases_can_be_read", "5m");
    };
    let mut office = Office::open_on(&disk);
    office.bench.type_facts("Unos hechos.");
    office.act(Action::Save);
    let id = office.bench.id();
    office.act(Action::Lock);
    set_read_only(&disk, true);
    office.unlock(PASSPHRASE);
    assert!(office.bench.state.vault.open().is_some() && !office.bench.state.vault.can_write());
    office.act(Action::OpenStored(id));
    office.bench.type_facts("Unos hechos, y más.");
    office.act(Action::Save);
    assert!(office.bench.toast_ids().contains(&"toast-read-only"));
    assert_eq!(office.bench.case().hechos, "Unos hechos, y más.");
    set_read_only(&disk, false);
}
