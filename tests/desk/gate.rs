//! The way into the vault and out of it: the first choice, attempts, locking by itself, drafts in clear, what is copied.

use pag_bert::app::{Effect, Leaving, leaving, tick};
use pag_bert::domain::{Case, CaseId};
use pag_bert::error::UserError;
use pag_bert::ui::action::Action;
use pag_bert::ui::vault_state::{ChooseWay, Typed, VaultState};
use pag_bert::worker::protocol::{InferenceCommand, StorageCommand, StorageEvent};
use pag_bert::worker::vault_protocol::{VaultEvent, VaultOperation};

use crate::bench::{Bench, storage_commands};
use crate::office::{Office, PASSPHRASE};

fn quits(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Quit))
}

#[test]
fn the_first_start_makes_a_vault_whose_recovery_key_is_on_paper() {
    let mut office = Office::locked();
    let folder = office.home.path().join("nueva.pagvault");
    office.bench.state.vault = VaultState::Choosing(Box::default());
    let VaultState::Choosing(form) = &mut office.bench.state.vault else { unreachable!() };
    form.folder = folder.display().to_string();
    form.typed = Typed("corta".into());
    form.again = form.typed.clone();
    assert!(!form.is_ready(), "too short");
    form.typed = Typed("cinco palabras que no van juntas".into());
    assert!(!form.is_ready(), "not the same");
    form.again = form.typed.clone();
    office.act(Action::CreateVault);

    let VaultState::Recovery(form) = &mut office.bench.state.vault else { panic!("no key was shown") };
    let key = form.key.0.clone();
    let group = key.split('-').nth(form.group).unwrap().to_lowercase();
    form.typed = Typed("AAAAA".into());
    office.act(Action::ConfirmRecovery);
    let VaultState::Recovery(form) = &mut office.bench.state.vault else { panic!("a wrong group was taken") };
    assert!(form.wrong && form.typed.0.is_empty());
    assert!(office.bench.state.cases.is_empty(), "nothing may be used yet");
    let VaultState::Recovery(form) = &mut office.bench.state.vault else { unreachable!() };
    form.typed = Typed(group);
    office.act(Action::ConfirmRecovery);
    assert!(office.bench.state.vault.can_write() && office.bench.state.cases.len() == 1);
    assert_eq!(office.bench.state.settings.vault.as_deref(), Some(folder.as_path()));

    // The printed key opens it.
    office.act(Action::Lock);
    let VaultState::Locked(form) = &mut office.bench.state.vault else { panic!() };
    (form.recovery, form.typed) = (true, Typed(key.replace('-', " ").to_lowercase()));
    office.act(Action::Unlock);
    assert!(office.bench.state.vault.open().is_some());
}

#[test]
fn the_recovery_key_goes_into_a_file_only_when_asked_and_out_again() {
    let mut office = Office::locked();
    office.bench.state.vault = VaultState::Choosing(Box::default());
    let VaultState::Choosing(form) = &mut office.bench.state.vault else { unreachable!() };
    form.folder = office.home.path().join("nueva.pagvault").display().to_string();
    (form.typed, form.again) = (Typed("cinco palabras".into()), Typed("cinco palabras".into()));
    office.act(Action::CreateVault);
    let printed = office.home.path().join("clave-de-recuperacion.txt");
    assert!(!printed.exists());
    let home = office.home.path().display().to_string();
    let VaultState::Recovery(form) = &mut office.bench.state.vault else { panic!() };
    (form.print_into, form.print_words) = (Some(home), "Clave.".into());
    let key = form.key.0.clone();
    office.act(Action::PrintRecovery);
    assert_eq!(std::fs::read_to_string(&printed).unwrap(), format!("Clave.\n\n{key}\n"));
    office.act(Action::RemovePrinted);
    assert!(!printed.exists());
    let VaultState::Recovery(form) = &office.bench.state.vault else { panic!() };
    assert!(form.printed.is_none() && form.error.is_none());
}

#[test]
fn after_wrong_attempts_the_wait_is_counted_down() {
    let mut office = Office::locked();
    for _ in 0..3 {
        office.unlock("otra cosa distinta");
    }
    let VaultState::Locked(form) = &mut office.bench.state.vault else { panic!() };
    assert_eq!(form.error.as_ref().unwrap().id(), "error-vault-wrong");
    assert_eq!(form.wait_s(office.bench.state.now_s), 1);
    form.typed = Typed(PASSPHRASE.into());
    assert!(office.bench.act(Action::Unlock).is_empty(), "it is too soon");
    office.bench.state.now_s += 1.1;
    // As if that second had gone by outside too.
    std::fs::remove_file(office.vault().join("attempts")).unwrap();
    office.act(Action::Unlock);
    assert!(office.bench.state.vault.open().is_some());
}

#[test]
fn it_locks_by_itself_when_nobody_is_there_and_not_while_a_suggestion_is_written() {
    let mut office = Office::open();
    office.bench.type_facts("Unos hechos.");
    office.wait_s(599.0);
    assert!(office.bench.state.vault.open().is_some());
    // A key was pressed.
    office.bench.state.input_at_s = office.bench.state.now_s;
    office.wait_s(500.0);
    let job = office.bench.suggest();
    office.wait_s(5_000.0);
    assert!(office.bench.state.vault.open().is_some(), "somebody waits for the suggestion");
    office.bench.finish(job, "Se informó.");
    office.wait_s(599.0);
    assert!(office.bench.state.vault.open().is_some());
    office.wait_s(2.0);
    assert!(office.bench.state.vault.is_closed() && office.bench.state.cases.is_empty());
    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.case().hechos, "Unos hechos.");
}

#[test]
fn locking_tells_the_model_to_forget_and_stops_what_it_writes() {
    let mut office = Office::open();
    office.bench.type_facts("Unos hechos.");
    let job = office.bench.suggest();
    let effects = office.bench.act(Action::Lock);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Inference(InferenceCommand::Forget))));
    assert!(office.bench.state.job.is_none());
    office.carry_out(effects);
    office.bench.finish(job, "Un secreto.");
    assert!(office.bench.state.cases.is_empty() && office.bench.state.toasts.is_empty());
}

#[test]
fn a_case_that_comes_after_the_lock_stays_unseen() {
    let mut office = Office::open();
    office.bench.type_facts("Unos hechos.");
    office.act(Action::Save);
    let id = office.bench.id();
    let file = office.home.path().join("otro.json");
    let mut other = Case::new(CaseId("b3".into()), "2026-008".into(), "2026-11-03T10:00:00+01:00".into());
    other.hechos = "De un archivo.".into();
    pag_bert::files::write_atomic(&file, &pag_bert::documents::to_json(&other, None).unwrap()).unwrap();
    office.act(Action::CloseCase(id.clone()));
    let mut effects = office.bench.act(Action::OpenStored(id));
    effects.extend(office.bench.act(Action::OpenPaths(vec![file])));
    effects.extend(office.bench.act(Action::Lock));
    office.carry_out(effects);
    assert!(office.bench.state.cases.is_empty() && office.bench.state.selected.is_none());
    office.unlock(PASSPHRASE);
    assert!(office.bench.state.cases.iter().any(|open| open.case.hechos == "De un archivo."), "it waited");
}

#[test]
fn saving_twice_before_hearing_of_the_first_is_no_conflict() {
    let mut office = Office::open();
    let mut effects = Vec::new();
    for facts in ["Uno.", "Uno, dos.", "Uno, dos, tres."] {
        office.bench.type_facts(facts);
        effects.extend(office.bench.act(Action::Save));
    }
    office.bench.type_facts("Uno, dos, tres, cuatro.");
    effects.extend(office.bench.act(Action::Lock));
    office.carry_out(effects);
    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.case().hechos, "Uno, dos, tres, cuatro.");
    office.act(Action::Save);
    assert!(office.bench.state.modal.is_none());
    assert_eq!(office.look().case(&office.bench.id()).unwrap().revision, 4);
}

#[test]
fn the_case_that_was_shown_comes_back() {
    let mut office = Office::open();
    let ids = ["Uno.", "Dos.", "Tres."].map(|facts| {
        office.act(Action::NewCase);
        office.bench.type_facts(facts);
        office.act(Action::Save);
        office.bench.id()
    });
    let id = ids[1].clone();
    office.act(Action::OpenStored(id.clone()));
    office.act(Action::Lock);
    office.unlock(PASSPHRASE);
    assert_eq!((office.bench.id(), office.bench.state.cases.len()), (id, 1));
}

#[test]
fn text_that_the_vault_could_not_take_comes_back_and_is_not_lost_by_quitting() {
    let mut office = Office::open();
    office.bench.type_facts("Unos hechos.");
    let id = office.bench.id();
    office.bench.act(Action::Lock);
    // The disk is full.
    let error = UserError::new("error-vault-full").with("file", "vault.db");
    let failed = VaultEvent::Failed { operation: VaultOperation::Draft, id: Some(id.clone()), error };
    office.bench.store(StorageEvent::Vault(failed));
    office.bench.store(StorageEvent::Vault(VaultEvent::Locked));
    assert_eq!(office.bench.state.held.len(), 1);
    assert!(!quits(&office.bench.act(Action::Quit)), "it asks first");
    let VaultState::Locked(form) = &office.bench.state.vault else { panic!() };
    assert!(form.leaving);
    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.case().hechos, "Unos hechos.");
    assert!(office.bench.toast_ids().contains(&"toast-held"));
    office.wait_s(1.0);
    assert_eq!(office.look().drafts().unwrap()[0].case.hechos, "Unos hechos.");
}

#[test]
fn the_locked_window_is_left_at_once_when_nothing_waits() {
    let mut office = Office::open();
    office.bench.type_facts("Unos hechos.");
    office.act(Action::Lock);
    assert!(quits(&office.bench.act(Action::Quit)));
}

#[test]
fn drafts_in_clear_move_into_the_vault_and_go_only_then() {
    let mut office = Office::locked();
    // A program without a vault was ended while somebody typed.
    let mut case = Case::new(CaseId("a1".into()), "2026-001".into(), "2026-11-03T10:00:00+01:00".into());
    case.hechos = "Escrito antes.".into();
    let before = office.beside();
    let draft = StorageCommand::SaveDraft { case: Box::new(case), file: None };
    let mut before = before;
    before.carry_out(vec![Effect::Storage(draft)]);
    before.leave();
    let drafts = office.home.path().join("drafts");
    let in_clear = || walk(&drafts).into_iter().filter(|path| path.extension().is_some_and(|e| e == "json")).count();
    assert_eq!(in_clear(), 1);

    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.case().hechos, "Escrito antes.");
    assert_eq!(in_clear(), 1, "the vault has no draft of it yet");
    office.wait_s(1.0);
    assert_eq!(office.look().drafts().unwrap()[0].case.hechos, "Escrito antes.");
    assert_eq!(in_clear(), 0);
}

#[test]
fn what_the_vault_has_already_is_not_taken_twice_from_clear_and_what_differs_stays() {
    for (hechos, cases) in [("Lo mismo.", 1), ("Otra cosa.", 2)] {
        let mut office = Office::open();
        office.bench.type_facts("Lo mismo.");
        office.wait_s(1.0);
        let mut case = office.bench.case().clone();
        office.act(Action::Lock);
        case.hechos = hechos.into();
        let mut before = office.beside();
        before.carry_out(vec![Effect::Storage(StorageCommand::SaveDraft { case: Box::new(case), file: None })]);
        before.leave();
        office.unlock(PASSPHRASE);
        office.wait_s(1.0);
        assert_eq!(office.bench.state.cases.len(), cases, "{hechos}");
        assert_eq!(office.look().drafts().unwrap().len(), cases, "{hechos}");
        let left = walk(&office.home.path().join("drafts"));
        assert!(left.iter().all(|path| path.extension().is_none_or(|e| e != "json")), "{left:?}");
    }
}

#[test]
fn an_opened_file_is_saved_into_the_vault_and_stays() {
    let mut office = Office::open();
    let mut case = Case::new(CaseId("b2".into()), "2026-007".into(), "2026-11-03T10:00:00+01:00".into());
    case.hechos = "De un archivo.".into();
    let file = office.home.path().join("2026-007.json");
    pag_bert::files::write_atomic(&file, &pag_bert::documents::to_json(&case, None).unwrap()).unwrap();
    office.act(Action::OpenPaths(vec![file.clone()]));
    office.bench.type_facts("De un archivo, y más.");
    office.act(Action::Save);
    assert_eq!(office.look().case(&case.id).unwrap().case.hechos, "De un archivo, y más.");
    assert!(file.exists() && std::fs::read_to_string(&file).unwrap().contains("De un archivo.\""));
    assert!(office.bench.toast_ids().contains(&"toast-file-stays"));
    assert!(office.bench.state.shown().unwrap().path.is_none());
}

#[test]
fn from_the_window_without_a_vault_what_was_typed_moves_in() {
    let mut office = Office::locked();
    office.act(Action::GoWithoutVault);
    office.bench.type_facts("Sin caja.");
    office.wait_s(1.0);
    assert!(walk(&office.home.path().join("drafts")).iter().any(|path| path.extension().is_some_and(|e| e == "json")));
    office.act(Action::ChooseVault(ChooseWay::Open));
    let folder = office.vault().display().to_string();
    let VaultState::Choosing(form) = &mut office.bench.state.vault else { panic!() };
    (form.existing, form.open.typed) = (folder, Typed(PASSPHRASE.into()));
    office.act(Action::Unlock);
    assert_eq!(office.bench.case().hechos, "Sin caja.");
    office.wait_s(1.0);
    assert_eq!(office.look().drafts().unwrap()[0].case.hechos, "Sin caja.");
    assert!(walk(&office.home.path().join("drafts")).iter().all(|path| path.extension().is_none_or(|e| e != "json")));
}

#[test]
fn going_back_from_the_choice_changes_nothing() {
    let mut bench = Bench::ready();
    bench.type_facts("Unos hechos.");
    bench.act(Action::ChooseVault(ChooseWay::Create));
    assert!(bench.state.vault.is_closed());
    bench.act(Action::LeaveChoice);
    assert!(matches!(bench.state.vault, VaultState::Without) && bench.case().hechos == "Unos hechos.");
    // Quitting from there asks, as it does otherwise.
    bench.act(Action::ChooseVault(ChooseWay::Create));
    assert!(!quits(&bench.act(Action::Quit)) && bench.state.modal.is_some());

    let mut office = Office::open();
    office.act(Action::ChooseVault(ChooseWay::Open));
    assert!(office.bench.state.cases.is_empty(), "the open one was locked");
    office.act(Action::LeaveChoice);
    office.unlock(PASSPHRASE);
    assert!(office.bench.state.vault.open().is_some());
}

#[test]
fn copied_text_leaves_the_clipboard_after_a_while_when_locked_and_at_the_end() {
    let mut office = Office::open();
    let clears = |effects: &[Effect], text: &str| {
        effects.iter().any(|effect| matches!(effect, Effect::ClearClipboard(copied) if copied.is(text)))
    };
    let copy = |office: &mut Office, text: &str| {
        let put = leaving(&office.bench.state, &mut office.bench.desk, text.to_owned(), false);
        assert_eq!(put, Leaving::Clipboard(text.to_owned()));
    };
    copy(&mut office, "Unos hechos.");
    office.bench.state.now_s += 59.0;
    assert!(!clears(&tick(&mut office.bench.state, &mut office.bench.desk), "Unos hechos."));
    office.bench.state.now_s += 1.5;
    let effects = tick(&mut office.bench.state, &mut office.bench.desk);
    assert!(clears(&effects, "Unos hechos.") && !clears(&effects, "Otro texto."));
    office.bench.state.now_s += 100.0;
    assert!(!clears(&tick(&mut office.bench.state, &mut office.bench.desk), "Unos hechos."), "once is enough");

    copy(&mut office, "Uno.");
    copy(&mut office, "Dos.");
    let effects = office.bench.act(Action::Lock);
    assert!(clears(&effects, "Dos."));
    office.carry_out(effects);
    office.unlock(PASSPHRASE);
    copy(&mut office, "Tres.");
    assert!(clears(&office.bench.act(Action::QuitNow), "Tres."));
}

#[test]
fn what_is_only_selected_goes_into_no_clipboard() {
    let mut bench = Bench::ready();
    assert_eq!(leaving(&bench.state, &mut bench.desk, "Unos hechos.".into(), true), Leaving::Nowhere);
}

#[test]
fn settings_from_before_are_asked_once() {
    let home = tempfile::tempdir().unwrap();
    let mut bench = Bench::starting();
    bench.state.default_folder = home.path().to_owned();
    bench.state.settings.without_vault = false;
    let start = |bench: &mut Bench| pag_bert::app::start(&mut bench.state, &mut bench.desk, Vec::new());
    start(&mut bench);
    let VaultState::Choosing(form) = &bench.state.vault else { panic!("nobody is asked") };
    assert_eq!(form.folder, home.path().join("casos.pagvault").display().to_string());
    let effects = bench.act(Action::GoWithoutVault);
    let kept = storage_commands(effects).into_iter().find_map(|command| match command {
        StorageCommand::SaveSettings(settings) => Some(settings),
        _ => None,
    });
    assert!(kept.unwrap().without_vault);
    start(&mut bench);
    assert!(matches!(bench.state.vault, VaultState::Without));
}

/// All files below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
