//! A full disk before the window: it says so, keeps what was typed in sight, and goes on when there is room again.

use pag_bert::documents::Format;
use pag_bert::ui::action::Action;
use pag_bert::vault::Query;

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

/// Letters that no packing makes much smaller.
fn noise(seed: u64, letters: usize) -> String {
    let mut state = seed;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((state >> 40) % 26) as u8)
    };
    (0..letters).map(letter).collect()
}

#[test]
fn an_export_onto_a_full_disk_is_told_and_leaves_nothing() {
    let Some(disk) = disk() else {
        return small_disk::run("trouble::an_export_onto_a_full_disk_is_told_and_leaves_nothing", "3m");
    };
    let mut office = Office::open();
    for seed in 0..12 {
        office.act(Action::NewCase);
        office.bench.type_facts(&noise(seed, 60_000));
        office.act(Action::Save);
    }
    leave(&disk, 150_000);
    for format in Format::ALL {
        let path = disk.join(format!("casos.{}", format.extension()));
        office.bench.state.toasts.clear();
        office.export(Vec::new(), Some(Query::default()), &path, format);
        assert_eq!(office.bench.toast_ids(), ["error-storage-full"], "{format:?}");
        assert!(!path.exists());
        assert_eq!(std::fs::read_dir(&disk).unwrap().count(), 1, "{format:?}: what fills the disk, and nothing else");
    }
    // The vault goes on, and each try stands in its log.
    let look = office.look();
    look.verify_pages().unwrap();
    let tried = look.audit(0, 1_000).unwrap().into_iter().filter(|line| line.kind == "export").count();
    assert_eq!(tried, Format::ALL.len());
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
