//! Cases: drafts, saving, opening, closing.

use pag_bert::app::{Effect, tick};
use pag_bert::domain::{Case, CaseId, CaseStatus, Outcome};
use pag_bert::error::UserError;
use pag_bert::ui::action::{Action, Modal};
use pag_bert::worker::protocol::{SaveFormat, StorageCommand, StorageEvent, StorageOperation};
use std::path::PathBuf;

use crate::bench::{Bench, storage_commands};

#[test]
fn drafts_follow_the_typing_and_a_failed_one_is_tried_again() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    assert!(storage_commands(tick(&mut bench.state, &mut bench.desk)).is_empty());
    bench.state.now_s = 1.0;
    let sent = storage_commands(tick(&mut bench.state, &mut bench.desk));
    assert!(matches!(sent.as_slice(), [StorageCommand::SaveDraft { case, .. }] if case.hechos == "Hechos."));
    assert!(storage_commands(tick(&mut bench.state, &mut bench.desk)).is_empty(), "one at a time");
    let id = bench.id();
    let error = UserError::new("error-storage-full");
    bench.store(StorageEvent::Failed { operation: StorageOperation::Draft, id: Some(id.clone()), error });
    assert!(bench.state.storage_trouble.is_some());
    bench.state.now_s = 2.0;
    assert!(storage_commands(tick(&mut bench.state, &mut bench.desk)).is_empty());
    bench.state.now_s = 7.0;
    let sent = storage_commands(tick(&mut bench.state, &mut bench.desk));
    let [StorageCommand::SaveDraft { case, .. }] = sent.as_slice() else { panic!() };
    bench.store(StorageEvent::DraftSaved { id, modified_at: case.modified_at.clone() });
    assert!(bench.state.storage_trouble.is_none());
    bench.state.now_s = 60.0;
    assert!(storage_commands(tick(&mut bench.state, &mut bench.desk)).is_empty(), "nothing new to keep");
}

#[test]
fn what_is_typed_while_a_file_is_written_is_not_taken_for_saved() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    bench.act(Action::Save);
    let Some(Modal::Save { folder, name, format, .. }) = bench.state.modal.clone() else { panic!() };
    assert_eq!((folder.as_str(), format), ("/casos", SaveFormat::Json));
    assert!(!name.contains("Hechos"));
    let path = PathBuf::from("/casos/x.json");
    let sent = bench.act(Action::SaveTo { path: path.clone(), format, overwrite: false });
    let [StorageCommand::Save { case, overwrite: false, .. }] = &storage_commands(sent)[..] else { panic!() };
    let modified_at = case.modified_at.clone();
    std::thread::sleep(std::time::Duration::from_millis(2));
    bench.type_facts("Hechos y más.");
    let id = bench.id();
    bench.store(StorageEvent::Saved { id: id.clone(), path: path.clone(), format, modified_at });
    assert!(bench.state.shown().unwrap().would_lose() && bench.state.modal.is_none());
    // The second time nothing is asked.
    let sent = storage_commands(bench.act(Action::Save));
    let [StorageCommand::Save { case, overwrite: true, .. }] = &sent[..] else { panic!() };
    let done = bench.store(StorageEvent::Saved { id, path, format, modified_at: case.modified_at.clone() });
    assert!(!bench.state.shown().unwrap().would_lose());
    assert!(storage_commands(done).iter().any(|command| matches!(command, StorageCommand::DiscardDraft { .. })));
}

#[test]
fn a_name_that_is_taken_is_asked_about_and_a_failure_loses_nothing() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    let id = bench.id();
    let exists = StorageEvent::Exists { id: id.clone(), path: "/casos/x.json".into(), format: SaveFormat::Json };
    bench.store(exists);
    assert!(matches!(&bench.state.modal, Some(Modal::Save { exists: true, name, .. }) if name == "x"));
    let error = UserError::new("error-storage-full");
    bench.store(StorageEvent::Failed { operation: StorageOperation::Save, id: Some(id), error });
    assert_eq!(bench.toast_ids(), ["error-storage-full"]);
    assert!(bench.state.shown().unwrap().would_lose());
    let toast = bench.state.toasts[0].id;
    bench.state.modal = None;
    bench.act(Action::ToastAction(toast));
    assert!(matches!(bench.state.modal, Some(Modal::Save { .. })) && bench.state.toasts.is_empty());
}

#[test]
fn closing_asks_only_when_something_would_be_lost() {
    let mut bench = Bench::ready();
    assert!(bench.act(Action::Quit).iter().any(|effect| matches!(effect, Effect::Quit)));
    bench.type_facts("Hechos.");
    assert!(bench.act(Action::Quit).is_empty());
    assert_eq!(bench.state.modal, Some(Modal::ConfirmClose { case: None }));
    let id = bench.id();
    let sent = storage_commands(bench.act(Action::SaveAndClose(None)));
    let [StorageCommand::Save { case, path, .. }] = &sent[..] else { panic!() };
    assert!(path.starts_with("/casos"));
    let saved =
        StorageEvent::Saved { id, path: path.clone(), format: SaveFormat::Json, modified_at: case.modified_at.clone() };
    assert!(bench.store(saved).iter().any(|effect| matches!(effect, Effect::Quit)));
}

#[test]
fn a_save_that_fails_on_the_way_out_keeps_the_window() {
    let mut bench = Bench::ready();
    bench.type_facts("Hechos.");
    let id = bench.id();
    bench.act(Action::SaveAndClose(None));
    let error = UserError::new("error-storage-denied");
    let done = bench.store(StorageEvent::Failed { operation: StorageOperation::Save, id: Some(id), error });
    assert!(done.is_empty() && bench.state.closing.is_none());
    let kept = bench.act(Action::KeepDraftAndClose(None));
    assert!(kept.iter().any(|effect| matches!(effect, Effect::Quit)));
    assert!(storage_commands(kept).iter().any(|command| matches!(command, StorageCommand::SaveDraft { .. })));
}

#[test]
fn one_case_can_be_closed_with_or_without_its_changes() {
    let mut bench = Bench::ready();
    bench.type_facts("Uno.");
    let one = bench.id();
    assert!(bench.act(Action::CloseCase(one.clone())).is_empty());
    assert_eq!(bench.state.modal, Some(Modal::ConfirmClose { case: Some(one.clone()) }));
    let sent = storage_commands(bench.act(Action::DiscardAndClose(one.clone())));
    assert!(matches!(&sent[..], [StorageCommand::DiscardDraft { id }] if *id == one));
    assert!(bench.state.case(&one).is_none() && bench.case().is_blank());
}

#[test]
fn opened_cases_are_shown_and_changes_are_never_replaced_by_the_file() {
    let mut bench = Bench::ready();
    let opened = |hechos: &str| {
        let mut case = Case::new(CaseId("a1".into()), "2026-007".into(), "2026-01-01T00:00:00Z".into());
        case.hechos = hechos.into();
        let failed = vec![("/casos/roto.json".into(), UserError::new("error-case-not-json"))];
        StorageEvent::Opened { cases: vec![("/casos/a.json".into(), case)], failed }
    };
    bench.store(opened("Del archivo."));
    assert_eq!((bench.state.cases.len(), bench.case().hechos.as_str()), (1, "Del archivo."));
    assert!(!bench.state.shown().unwrap().would_lose());
    assert_eq!(bench.toast_ids(), ["error-case-not-json"]);
    bench.type_facts("Cambiado aquí.");
    bench.store(opened("Del archivo."));
    assert_eq!(bench.case().hechos, "Cambiado aquí.");
    assert!(bench.toast_ids().contains(&"toast-already-open"));
}

#[test]
fn drafts_that_were_left_behind_come_back_unsaved() {
    let mut bench = Bench::ready();
    let mut case = Case::new(CaseId("b2".into()), "2026-008".into(), "2026-01-01T00:00:00Z".into());
    case.hechos = "Del borrador.".into();
    bench.store(StorageEvent::Drafts { cases: vec![(Some("/casos/b.json".into()), case)], failed: Vec::new() });
    let open = bench.state.shown().unwrap();
    assert!(open.recovered && open.would_lose() && open.case.hechos == "Del borrador.");
    assert_eq!(bench.toast_ids(), ["toast-drafts-recovered"]);
}

#[test]
fn the_actual_outcome_closes_a_case() {
    let mut bench = Bench::ready();
    let case = &mut bench.state.shown_mut().unwrap().case;
    case.intervencion = "Se informó.".into();
    bench.act(Action::CaseEdited);
    assert_eq!(bench.case().status, CaseStatus::Accepted);
    bench.state.shown_mut().unwrap().case.resultado = Some(Outcome::Positivo);
    bench.act(Action::CaseEdited);
    assert_eq!(bench.case().status, CaseStatus::Closed);
}

#[test]
fn a_number_is_taken_by_the_first_word_and_never_given_twice() {
    let mut bench = Bench::ready();
    let first = bench.case().number.clone();
    assert!(bench.state.settings.last_case_number.is_empty(), "starting the program takes no number");
    bench.type_facts("Uno.");
    assert_eq!(bench.state.settings.last_case_number, first);
    let year = &first[..4];
    let mut from_file = Case::new(CaseId("c3".into()), format!("{year}-031"), "2026-01-01T00:00:00Z".into());
    from_file.hechos = "Del archivo.".into();
    bench.store(StorageEvent::Opened { cases: vec![("/casos/c.json".into(), from_file)], failed: Vec::new() });
    bench.act(Action::NewCase);
    assert_eq!(bench.case().number, format!("{year}-032"));
}

#[test]
fn a_pasted_document_is_counted_when_the_typing_pauses_and_a_report_at_once() {
    let mut bench = Bench::ready();
    bench.type_facts("dos palabras");
    tick(&mut bench.state, &mut bench.desk);
    assert_eq!(bench.state.shown().unwrap().budget.unwrap().tokens, 2);
    bench.type_facts(&"palabra ".repeat(2_000));
    tick(&mut bench.state, &mut bench.desk);
    assert!(bench.state.shown().unwrap().budget_stale);
    bench.state.now_s += 0.4;
    tick(&mut bench.state, &mut bench.desk);
    assert_eq!(bench.state.shown().unwrap().budget.unwrap().tokens, 2_001);
}

#[test]
fn what_is_typed_while_a_draft_is_written_gets_a_draft_of_its_own() {
    let mut bench = Bench::ready();
    bench.type_facts("Uno.");
    bench.state.now_s = 1.0;
    let sent = storage_commands(tick(&mut bench.state, &mut bench.desk));
    let [StorageCommand::SaveDraft { case, .. }] = &sent[..] else { panic!() };
    std::thread::sleep(std::time::Duration::from_millis(2));
    bench.type_facts("Uno y dos.");
    let (id, modified_at) = (bench.id(), case.modified_at.clone());
    bench.store(StorageEvent::DraftSaved { id, modified_at });
    bench.state.now_s = 3.0;
    let sent = storage_commands(tick(&mut bench.state, &mut bench.desk));
    assert!(matches!(&sent[..], [StorageCommand::SaveDraft { case, .. }] if case.hechos == "Uno y dos."));
}
