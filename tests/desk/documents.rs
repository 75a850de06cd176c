//! Exports and imports from the window: what is asked of the storage thread, and what becomes of its answers.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use pag_bert::documents::Format;
use pag_bert::documents::import::{Field, Plan, Policy, Source, plan, read_bytes};
use pag_bert::domain::CaseId;
use pag_bert::error::UserError;
use pag_bert::ui::action::{Action, Modal};
use pag_bert::ui::forms::{ExportForm, ImportForm};
use pag_bert::ui::state::OpenCase;
use pag_bert::worker::export::Written;
use pag_bert::worker::protocol::{StorageCommand, StorageEvent, StorageOperation};

use crate::bench::{Bench, storage_commands};

const NOW: &str = "2026-11-03T10:00:00+01:00";
const FACTS: &str = "En una oficina pidieron a una familia gitana papeles que a nadie más se le piden.";

fn export_form(bench: &mut Bench) -> &mut ExportForm {
    let Some(Modal::Export(form)) = &mut bench.state.modal else { panic!() };
    form
}

fn import_form(bench: &mut Bench) -> &mut ImportForm {
    let Some(Modal::Import(form)) = &mut bench.state.modal else { panic!("{:?}", bench.state.toasts) };
    form
}

/// Answers what the window asked, as the storage thread would.
fn answer(bench: &mut Bench, csv: &str, command: StorageCommand) {
    let StorageCommand::PlanImport { path, read, known, .. } = command else { panic!() };
    let (source, mapping) = match read {
        Some((source, mapping)) => (source, Some(mapping)),
        None => (Arc::new(read_bytes(csv.as_bytes().to_vec(), None).unwrap()), None),
    };
    let plan = planned(&source, mapping.as_ref(), &known);
    bench.store(StorageEvent::ImportPlanned { path, source, plan: Arc::new(plan), numbers: HashMap::new() });
}

fn planned(
    source: &Source,
    mapping: Option<&pag_bert::documents::import::Mapping>,
    known: &[pag_bert::domain::Case],
) -> Plan {
    let mut id = 0;
    let mut new_id = || {
        id += 1;
        CaseId(format!("new-{id}"))
    };
    let mut plan = plan(source, mapping, NOW, &mut new_id).unwrap();
    let known: Vec<_> = known.iter().collect();
    let cases: Vec<_> = plan.cases.iter().map(|planned| &planned.case).collect();
    plan.duplicates = pag_bert::documents::import::find_beside(&known, &cases);
    plan
}

/// A window with one case, and a file that was read.
fn reading(csv: &str) -> Bench {
    let mut bench = Bench::ready();
    bench.type_facts(FACTS);
    let asked = storage_commands(bench.act(Action::OpenPaths(vec!["/casos/tabla.csv".into()])));
    let [command] = <[StorageCommand; 1]>::try_from(asked).unwrap_or_else(|_| panic!());
    assert!(import_form(&mut bench).reading);
    answer(&mut bench, csv, command);
    bench
}

#[test]
fn an_export_waits_until_the_person_has_understood() {
    let mut bench = Bench::ready();
    bench.type_facts(FACTS);
    bench.act(Action::Export);
    assert!(storage_commands(bench.act(Action::ExportNow)).is_empty(), "nobody has said that it is personal data");
    let form = export_form(&mut bench);
    assert!(form.print.marks, "the mark is left out only by choice");
    form.understood = true;
    form.format = Format::Pdf;
    form.letterhead = "Asociación de prueba".into();
    let sent = storage_commands(bench.act(Action::ExportNow));
    let [StorageCommand::Export(job), StorageCommand::SaveSettings(settings)] = &sent[..] else { panic!() };
    assert_eq!((job.cases.len(), job.cases[0].hechos.as_str(), job.overwrite), (1, FACTS, false));
    assert_eq!((job.path.extension().unwrap().to_str(), job.path.parent()), (Some("pdf"), Some("/casos".as_ref())));
    assert_eq!(settings.letterhead, "Asociación de prueba", "it is there the next time");
    assert!(storage_commands(bench.act(Action::ExportNow)).is_empty(), "once");
    let path = job.path.clone();
    bench.store(StorageEvent::ExportExists { path: path.clone() });
    let form = export_form(&mut bench);
    assert!(form.exists && !form.writing);
    let sent = storage_commands(bench.act(Action::ExportNow));
    assert!(matches!(&sent[0], StorageCommand::Export(job) if job.overwrite));
    let written = Written { cases: 1, unreviewed: 0, boxes: 2, too_large: true };
    bench.store(StorageEvent::Exported { path, written });
    assert!(bench.state.modal.is_none());
    assert_eq!(bench.toast_ids(), ["toast-exported", "toast-export-boxes", "toast-export-too-large"]);
    assert!(bench.state.shown().unwrap().would_lose(), "an export is no saved case");
}

#[test]
fn an_export_that_fails_is_told_where_it_was_asked_for() {
    let mut bench = Bench::ready();
    bench.type_facts(FACTS);
    bench.act(Action::Export);
    export_form(&mut bench).understood = true;
    bench.act(Action::ExportNow);
    let error = UserError::new("error-storage-full").with("operation", "export");
    bench.store(StorageEvent::Failed { operation: StorageOperation::Export, id: None, error });
    let form = export_form(&mut bench);
    assert!(form.error.is_some() && form.is_ready(), "it can be tried again");
}

#[test]
fn the_list_goes_out_as_it_is_filtered() {
    let mut bench = Bench::ready();
    bench.type_facts(FACTS);
    for words in ["Un piso en Jaén.", "Un piso en Cádiz.", "Un colegio."] {
        let mut case = bench.case().clone();
        case.id = CaseId(words.into());
        case.hechos = words.into();
        bench.state.cases.push(OpenCase::new(case));
    }
    bench.state.search = "piso".into();
    bench.act(Action::Export);
    let form = export_form(&mut bench);
    form.many = true;
    let facts: Vec<&str> = form.cases().iter().map(|case| case.hechos.as_str()).collect();
    assert_eq!(facts, ["Un piso en Jaén.", "Un piso en Cádiz."]);
}

#[test]
fn an_import_shows_what_is_wrong_and_comes_in_whole() {
    let csv = format!("relato,provincia\n{FACTS},Sevilla\nOtro asunto distinto.,Marte\n");
    let mut bench = reading(&csv);
    let form = import_form(&mut bench);
    let (_, plan) = form.read.clone().unwrap();
    assert_eq!(plan.problems()[0].row, Some(3));
    let tally = form.tally().unwrap();
    assert_eq!((tally.added, tally.merged, tally.skipped), (1, 0, 1), "one is there already");
    form.choices.insert(0, Policy::Merge);
    let tally = form.tally().unwrap();
    assert_eq!((tally.added, tally.merged, tally.skipped), (1, 1, 0));
    let mine = bench.id();
    bench.act(Action::TakeImport);
    assert_eq!(bench.state.cases.len(), 2);
    assert_eq!(bench.state.case(&mine).unwrap().case.provincia.as_deref(), Some("Sevilla"));
    assert_eq!(bench.case().hechos, "Otro asunto distinto.");
    assert!(bench.state.shown().unwrap().would_lose() && bench.state.shown().unwrap().unsaved_since_s.is_some());
    assert_eq!(import_form(&mut bench).done, Some(tally));
    bench.act(Action::TakeImport);
    assert_eq!(bench.state.cases.len(), 2, "once");
    let undone = storage_commands(bench.act(Action::UndoImport));
    assert!(matches!(&undone[..], [StorageCommand::DiscardDraft { id }] if id.0 == "new-2"));
    assert_eq!(bench.state.cases.len(), 1);
    let open = bench.state.case(&mine).unwrap();
    assert_eq!((open.case.provincia.as_deref(), open.case.hechos.as_str()), (None, FACTS));
    assert!(bench.state.modal.is_none() && bench.act(Action::UndoImport).is_empty());
}

#[test]
fn undoing_an_import_keeps_what_a_person_has_changed_since() {
    let mut bench = reading("hechos\nUn asunto.\nOtra cosa muy distinta de la primera.\n");
    bench.act(Action::TakeImport);
    bench.act(Action::CloseModal);
    let changed = bench.id();
    bench.type_facts("Un asunto, con más datos.");
    bench.act(Action::UndoImport);
    assert!(bench.state.case(&changed).is_some() && bench.state.cases.len() == 2);
    assert_eq!(bench.toast_ids(), ["toast-import-undone", "toast-import-kept"]);
}

#[test]
fn a_column_that_was_guessed_wrongly_can_be_set() {
    let mut bench = reading("asunto,notas\nLo que pasó.,x\nLo que pasó después en otra parte.,y\n");
    let form = import_form(&mut bench);
    let (_, plan) = form.read.clone().unwrap();
    assert!(plan.mapping.of(Field::Hechos).next().is_none_or(|at| at == 0));
    let sent = storage_commands(bench.act(Action::SetImportColumn(1, Some(Field::Hechos))));
    let [command] = <[StorageCommand; 1]>::try_from(sent).unwrap_or_else(|_| panic!());
    assert!(bench.act(Action::TakeImport).is_empty(), "not while it is read anew");
    answer(&mut bench, "", command);
    let form = import_form(&mut bench);
    let facts: Vec<&str> =
        form.read.as_ref().unwrap().1.cases.iter().map(|planned| planned.case.hechos.as_str()).collect();
    assert_eq!(facts, ["x", "y"]);
}

#[test]
fn nothing_comes_in_while_a_row_is_no_case() {
    let long = "Una y otra vez. ".repeat(20_000);
    let mut bench = reading(&format!("hechos,provincia\nUn asunto.,Sevilla\n{long},Cádiz\n"));
    let form = import_form(&mut bench);
    assert_eq!((form.tally(), form.read.as_ref().unwrap().1.blocked()), (None, Some((1, 3))));
    assert!(bench.act(Action::TakeImport).is_empty());
    assert_eq!(bench.state.cases.len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_told_in_the_dialog_and_a_late_answer_is_not_taken_for_another_files() {
    let mut bench = reading("hechos\nUn asunto.\n");
    let error = UserError::new("error-import-form").with("file", "tabla.csv");
    bench.store(StorageEvent::Failed { operation: StorageOperation::Import, id: None, error });
    let form = import_form(&mut bench);
    assert!(form.error.is_some() && form.read.is_none());
    form.path = "/casos/otra.csv".into();
    let source = Arc::new(read_bytes(b"hechos\nUno.\n".to_vec(), None).unwrap());
    let plan = Arc::new(planned(&source, None, &[]));
    bench.store(StorageEvent::ImportPlanned {
        path: PathBuf::from("/casos/tabla.csv"),
        source,
        plan,
        numbers: HashMap::new(),
    });
    assert!(import_form(&mut bench).read.is_none());
}
