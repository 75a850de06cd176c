//! The cases of the vault at the desk: list, search, bin, earlier texts, imports and exports, with the real thread.

use std::sync::Arc;

use pag_bert::documents::import::Policy;
use pag_bert::domain::{Ambito, Case, CaseId, Provenance};
use pag_bert::ui::action::{Action, Modal};
use pag_bert::ui::state::{OpenCase, ToastBody};
use pag_bert::vault::{Imported, Incoming, Passphrase, Query, Vault, VaultError};
use pag_bert::worker::protocol::StorageEvent;
use pag_bert::worker::vault_protocol::VaultEvent;

use crate::bench::suggestion;
use crate::office::{CHEAP, Office, PASSPHRASE, vault_in};

fn case(at: usize, facts: &str) -> Case {
    let mut case = Case::new(CaseId(format!("{at:032x}")), format!("2025-{at:03}"), "2025-03-01T10:00:00+01:00".into());
    case.hechos = facts.into();
    case
}

fn id(at: usize) -> CaseId {
    CaseId(format!("{at:032x}"))
}

/// An open vault with these cases in it.
fn office(cases: Vec<Case>) -> Office {
    let home = Arc::new(tempfile::tempdir().unwrap());
    let passphrase = Passphrase::for_new_vault(PASSPHRASE).unwrap();
    let mut vault = Vault::create(&vault_in(home.path()), &passphrase, CHEAP).unwrap().vault;
    let incoming: Vec<Incoming> = cases.into_iter().map(Incoming::Add).collect();
    if !incoming.is_empty() {
        vault.import(&incoming, "prueba.csv").unwrap();
    }
    vault.close().unwrap();
    let mut office = Office::again(home);
    office.unlock(PASSPHRASE);
    assert!(office.bench.state.vault.open().is_some());
    office
}

/// Three cases that can be told apart by a word.
fn three() -> Office {
    let mut cases = vec![
        case(1, "Un piso que ya estaba reservado."),
        case(2, "En el colegio no había plaza."),
        case(3, "Una entrevista de trabajo."),
    ];
    cases[0].ambito = Some(Ambito::Vivienda);
    office(cases)
}

fn listed(office: &Office) -> Vec<String> {
    let archive = &office.bench.state.archive;
    let rows = 0..archive.total().unwrap();
    rows.map(|row| archive.hit(row).map_or("…".to_owned(), |hit| hit.row.number.clone())).collect()
}

fn open_ids(office: &Office) -> Vec<CaseId> {
    office.bench.state.cases.iter().map(|open| open.case.id.clone()).collect()
}

#[test]
fn pages_come_as_they_are_looked_at_and_a_search_begins_at_the_top() {
    let mut office = office((0..230).map(|at| case(at, &format!("Hechos número{at}."))).collect());
    let archive = &office.bench.state.archive;
    assert_eq!(archive.total(), Some(230));
    assert!(archive.hit(0).is_some() && archive.hit(120).is_none());
    office.act(Action::ShowRows(118..126));
    assert!((118..126).all(|row| office.bench.state.archive.hit(row).is_some()));
    office.bench.state.search = "numero77".into();
    office.act(Action::SearchVault);
    assert_eq!(listed(&office), ["2025-077"]);
    let excerpt = office.bench.state.archive.hit(0).unwrap().excerpt.clone().unwrap();
    let (start, end) = excerpt.marked[0];
    assert_eq!(&excerpt.text[start..end], "número77");
    office.bench.state.search = "numero2".into();
    office.act(Action::SearchVault);
    assert_eq!(office.bench.state.archive.total(), Some(41), "the last word may be a beginning while it is typed");
}

#[test]
fn filters_narrow_the_list_and_go_away_together() {
    let mut office = three();
    office.bench.state.archive.filters.ambito = Some(Ambito::Vivienda);
    office.bench.state.archive.from = "1/1/2030".into();
    office.act(Action::SearchVault);
    assert_eq!((office.bench.state.archive.filters_on(), listed(&office).len()), (2, 0));
    office.bench.state.archive.from = "hacia".into();
    office.act(Action::SearchVault);
    assert_eq!(listed(&office), ["2025-001"], "what is no date narrows nothing");
    office.act(Action::ClearFilters);
    assert_eq!((office.bench.state.archive.filters_on(), listed(&office).len()), (0, 3));
    assert!(office.bench.state.archive.from.is_empty());
}

#[test]
fn a_clean_case_leaves_the_window_for_another_and_a_changed_one_stays() {
    let mut office = three();
    office.act(Action::OpenStored(id(1)));
    office.act(Action::OpenStored(id(2)));
    assert_eq!(open_ids(&office), [id(2)]);
    office.bench.type_facts("En el colegio no había plaza, y sí la había.");
    office.act(Action::OpenStored(id(3)));
    assert_eq!(open_ids(&office), [id(3), id(2)]);
    office.act(Action::SelectCase(id(2)));
    assert_eq!(open_ids(&office), [id(2)]);
    office.act(Action::Save);
    assert_eq!(office.bench.state.archive.hit(0).unwrap().row.revision, 2, "the list is read anew");
    office.act(Action::NewCase);
    assert!(office.bench.state.case(&id(2)).is_none() && office.bench.case().is_blank());
}

#[test]
fn what_goes_into_the_bin_comes_back_with_one_click() {
    let mut office = three();
    office.act(Action::OpenStored(id(1)));
    office.act(Action::Bin(id(1)));
    assert!(office.bench.state.case(&id(1)).is_none() && listed(&office).len() == 2);
    let offer =
        office.bench.state.toasts.iter().find(|toast| matches!(toast.body, ToastBody::Offer { .. })).unwrap().id;
    office.bench.state.archive.filters.bin = true;
    office.act(Action::SearchVault);
    assert_eq!(listed(&office), ["2025-001"]);
    office.act(Action::OpenStored(id(1)));
    assert!(office.bench.state.shown().unwrap().binned);
    office.act(Action::ToastAction(offer));
    assert!(!office.bench.state.shown().unwrap().binned && listed(&office).is_empty());
    office.act(Action::ClearFilters);
    assert_eq!(listed(&office).len(), 3);
}

#[test]
fn a_case_with_unsaved_changes_does_not_go_into_the_bin() {
    let mut office = three();
    office.act(Action::OpenStored(id(1)));
    office.bench.type_facts("Un piso, y más.");
    office.act(Action::Bin(id(1)));
    assert_eq!(office.bench.toast_ids(), ["toast-bin-unsaved"]);
    assert_eq!((office.bench.case().hechos.as_str(), listed(&office).len()), ("Un piso, y más.", 3));
}

#[test]
fn deleting_for_good_asks_with_what_goes_and_only_takes_from_the_bin() {
    let mut office = three();
    office.act(Action::OpenStored(id(1)));
    office.bench.type_facts("Un piso, y más.");
    office.act(Action::Save);
    office.act(Action::SetAttachments(vec!["denuncia.pdf".into(), "anuncio.png".into()]));
    office.act(Action::AskDelete(Some(id(1))));
    assert!(office.bench.state.modal.is_none(), "it is in no bin");
    office.act(Action::Bin(id(1)));
    office.act(Action::Bin(id(2)));
    office.act(Action::AskDelete(Some(id(1))));
    let Some(Modal::ConfirmDelete { contents, .. }) = &office.bench.state.modal else { panic!() };
    assert_eq!((contents.cases, contents.revisions, contents.attachments, contents.drafts), (1, 1, 2, 0));
    office.act(Action::DeleteForGood);
    assert!(matches!(office.look().case(&id(1)), Err(VaultError::NoSuchCase)));
    office.act(Action::AskDelete(None));
    office.act(Action::DeleteForGood);
    let vault = office.look();
    assert_eq!((vault.count(true).unwrap(), vault.count(false).unwrap()), (0, 1));
}

#[test]
fn an_earlier_text_is_taken_up_as_an_edit_that_can_be_taken_back() {
    let mut office = three();
    office.act(Action::OpenStored(id(1)));
    for facts in ["Segundo texto.", "Tercer texto."] {
        office.bench.type_facts(facts);
        office.act(Action::Save);
    }
    office.act(Action::ShowHistory(id(1)));
    let Some(Modal::History(form)) = &office.bench.state.modal else { panic!() };
    let revisions = form.revisions.clone().unwrap();
    let facts: Vec<&str> = revisions.iter().map(|revision| revision.case.hechos.as_str()).collect();
    assert_eq!(facts, ["Segundo texto.", "Un piso que ya estaba reservado."]);
    office.act(Action::RestoreText(Box::new(revisions[1].case.clone())));
    assert!(office.bench.state.modal.is_none() && office.bench.state.shown().unwrap().would_lose());
    assert_eq!(office.bench.case().hechos, "Un piso que ya estaba reservado.");
    office.act(Action::UndoAccept);
    assert_eq!(office.bench.case().hechos, "Tercer texto.");
    assert_eq!(office.look().case(&id(1)).unwrap().case.hechos, "Tercer texto.");
}

#[test]
fn every_suggestion_that_was_saved_is_shown_with_what_made_it() {
    let mut office = three();
    office.act(Action::OpenStored(id(1)));
    for (text, made_at) in [("Se llamó.", "2026-01-01T10:00:00Z"), ("Se escribió.", "2026-01-02T10:00:00Z")] {
        let mut made = suggestion(text);
        made.provenance = Provenance { model: "m".into(), created_at: made_at.into(), ..Provenance::default() };
        made.provenance.sampling.seed = 7;
        office.bench.state.shown_mut().unwrap().case.propuesta = Some(made);
        office.act(Action::CaseEdited);
        office.act(Action::Save);
    }
    office.act(Action::ShowHistory(id(1)));
    let Some(Modal::History(form)) = &office.bench.state.modal else { panic!() };
    let kept: Vec<(&str, u64)> = form
        .suggestions
        .iter()
        .map(|kept| (kept.suggestion.raw_text.as_str(), kept.suggestion.provenance.sampling.seed))
        .collect();
    assert_eq!(kept, [("Se escribió.", 7), ("Se llamó.", 7)], "the newest first");
}

#[test]
fn names_of_documents_are_kept_with_the_case() {
    let mut office = three();
    office.act(Action::OpenStored(id(1)));
    office.act(Action::SetAttachments(vec!["denuncia.pdf".into()]));
    office.act(Action::OpenStored(id(2)));
    office.act(Action::OpenStored(id(1)));
    assert_eq!(office.bench.state.shown().unwrap().attachments, ["denuncia.pdf"]);
}

/// Reads a table in the import dialog.
fn read_table(office: &mut Office, table: &str) {
    let path = office.home.path().join("tabla.csv");
    std::fs::File::create(&path).and_then(|mut file| std::io::Write::write_all(&mut file, table.as_bytes())).unwrap();
    office.act(Action::OpenPaths(vec![path]));
}

const TABLE: &str = "número;hechos;provincia\n;Un piso que ya estaba reservado.;Jaén\n2025-900;En el hospital pidieron un \
     papel de más.;Sevilla\n";

#[test]
fn an_import_goes_into_the_vault_whole_beside_its_duplicates() {
    let mut office = three();
    read_table(&mut office, TABLE);
    let Some(Modal::Import(form)) = &mut office.bench.state.modal else { panic!() };
    let tally = form.tally().unwrap();
    assert_eq!((tally.added, tally.skipped), (1, 1));
    assert_eq!(form.numbers.get(&id(1)).map(String::as_str), Some("2025-001"), "people are told which case it repeats");
    form.policy = Policy::Merge;
    let tally = form.tally();
    office.act(Action::TakeImport);
    let Some(Modal::Import(form)) = &office.bench.state.modal else { panic!() };
    assert_eq!((form.done, form.taking.is_none()), (tally, true));
    assert_eq!(listed(&office).len(), 4);
    assert_eq!(office.look().case(&id(1)).unwrap().case.provincia.as_deref(), Some("Jaén"));
    assert!(office.bench.state.cases.iter().all(OpenCase::is_new), "nothing of it is open and unsaved");
}

#[test]
fn an_import_can_be_taken_back_after_a_restart() {
    let mut office = three();
    read_table(&mut office, TABLE);
    office.act(Action::TakeImport);
    assert_eq!(listed(&office).len(), 4);
    let mut office = Office::again(office.leave());
    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.state.archive.last_import.as_ref().unwrap().source, "tabla.csv");
    office.act(Action::UndoImport);
    assert_eq!(listed(&office), ["2025-003", "2025-002", "2025-001"]);
    let earlier = office.bench.state.archive.last_import.as_ref().unwrap();
    assert_eq!(earlier.source, "prueba.csv", "the one before could be taken back next");
}

/// Whoever takes an import back may be writing in one of its cases: that stays, with what was written.
#[test]
fn taking_an_import_back_leaves_the_case_that_is_being_written_in() {
    let mut office = office(vec![
        case(1, "Un piso que ya estaba reservado."),
        case(2, "En el colegio no había plaza."),
        case(3, "Una entrevista de trabajo."),
    ]);
    office.act(Action::OpenStored(id(1)));
    office.bench.type_facts("Un piso que ya estaba reservado, dijeron.");
    assert!(office.look().drafts().unwrap().is_empty(), "the draft is not yet kept when it is asked");
    office.act(Action::UndoImport);
    assert_eq!(listed(&office), ["2025-001"]);
    assert!(office.bench.toast_ids().contains(&"toast-import-kept"));
    assert_eq!(office.bench.case().hechos, "Un piso que ya estaba reservado, dijeron.");
    office.act(Action::Save);
    assert!(!office.bench.state.shown().unwrap().would_lose());
    let stored = office.look().case(&id(1)).unwrap();
    assert_eq!((stored.revision, stored.case.hechos.as_str()), (2, "Un piso que ya estaba reservado, dijeron."));
}

/// Writes what the export dialog says.
fn export(office: &mut Office, many: bool, name: &str) {
    office.act(Action::Export);
    let folder = office.home.path().display().to_string();
    let Some(Modal::Export(form)) = &mut office.bench.state.modal else { panic!() };
    (form.many, form.understood, form.folder, form.name) = (many, true, folder, name.into());
    form.format = pag_bert::documents::Format::Json;
    office.act(Action::LookAtListed);
    office.act(Action::ExportNow);
}

/// The audit log's last line.
fn last_line(office: &Office) -> (String, String, String) {
    let line = office.look().audit(0, 10_000).unwrap().pop().unwrap();
    (line.kind, line.subject, line.detail)
}

#[test]
fn what_the_list_has_found_goes_out_and_stands_in_the_audit_log() {
    let mut office = office((0..120).map(|at| case(at, &format!("Hechos número{}.", at % 60))).collect());
    office.bench.state.search = "numero1".into();
    office.act(Action::SearchVault);
    assert_eq!(office.bench.state.archive.total(), Some(22));
    office.act(Action::Export);
    let Some(Modal::Export(form)) = &office.bench.state.modal else { panic!() };
    assert_eq!((form.listed_count(), form.cases().len()), (Some(22), 5), "all are counted, the first are shown");
    export(&mut office, true, "lista");
    assert!(office.bench.state.modal.is_none(), "{:?}", office.bench.toast_ids());
    let bytes = std::fs::read(office.home.path().join("lista.json")).unwrap();
    assert_eq!(pag_bert::documents::from_json_many(&bytes).unwrap().len(), 22);
    assert_eq!(last_line(&office), ("export".into(), String::new(), "22 (json)".into()));
    office.act(Action::OpenStored(id(3)));
    export(&mut office, false, "uno");
    assert_eq!(last_line(&office), ("export".into(), id(3).0, "json".into()));
}

#[test]
fn a_vault_that_is_open_elsewhere_is_looked_at_and_not_changed() {
    let first = three();
    let mut office = Office::at(&first.vault());
    office.unlock(PASSPHRASE);
    assert!(!office.bench.state.vault.can_write());
    assert_eq!(listed(&office).len(), 3);
    for action in [Action::Bin(id(1)), Action::AskDelete(None), Action::Import(None), Action::NewCase] {
        office.bench.state.toasts.clear();
        office.act(action);
        assert_eq!(office.bench.toast_ids(), ["toast-read-only"]);
    }
    office.act(Action::OpenStored(id(1)));
    export(&mut office, false, "uno");
    let Some(Modal::Export(form)) = &office.bench.state.modal else { panic!() };
    assert_eq!(form.error.as_ref().unwrap().id(), "error-export-audit", "an export that nobody writes down is none");
    assert!(!office.home.path().join("uno.json").exists());
}

#[test]
fn a_lock_leaves_nothing_of_the_list_behind() {
    let mut office = three();
    office.bench.state.search = "piso".into();
    office.act(Action::SearchVault);
    office.act(Action::Lock);
    let state = &office.bench.state;
    assert!(state.archive.hit(0).is_none() && state.archive.total().is_none() && state.search.is_empty());
    // An answer that comes late brings nothing back.
    let late = pag_bert::vault::Page { total: 1, hits: office.look().list(&Query::default()).unwrap().hits };
    office.bench.store(StorageEvent::Vault(VaultEvent::Listed { ask: 1, offset: 0, page: late }));
    let stored = Box::new(office.look().case(&id(1)).unwrap());
    office.bench.store(StorageEvent::Vault(VaultEvent::Case { stored }));
    let done = Imported { import: 1, added: 1, merged: 0 };
    let asked = office.bench.store(StorageEvent::Vault(VaultEvent::Imported { done, last_number: None }));
    let state = &office.bench.state;
    assert!(state.archive.hit(0).is_none() && state.cases.is_empty() && state.toasts.is_empty() && asked.is_empty());
}
