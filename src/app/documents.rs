//! Files that leave the program and files that come into it: the export and the import dialog, and what they ask for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cases::{drop_blank, file_stem, folder_of, remove, take_number};
use super::desk::{self, Desk, Effect};
use super::{archive, vault};
use crate::clock;
use crate::documents::import::{Field, Plan, Source, Step, Tally, merge, new_case_id, resolve};
use crate::documents::{Format, MAX_FILE_BYTES, PrintOptions};
use crate::domain::{Case, CaseId};
use crate::error::UserError;
use crate::files;
use crate::ui::action::Modal;
use crate::ui::case_list;
use crate::ui::forms::{ExportForm, Found, ImportForm, Taking};
use crate::ui::state::{AppState, LastImport, OpenCase, ToastBody};
use crate::vault::{Imported, Query};
use crate::worker::archive::incoming;
use crate::worker::export::Written;
use crate::worker::protocol::{ExportJob, StorageCommand, StorageOperation};
use crate::worker::vault_protocol::{Outgoing, Progress, VaultCommand};

/// Endings of files that are imported, not opened.
const TABLES: [&str; 5] = ["csv", "tsv", "txt", "xlsx", "xlsm"];

/// Prepares an export of the shown case, or of the list.
pub(super) fn export(state: &mut AppState) -> Vec<Effect> {
    let written = |open: &&OpenCase| !open.case.is_blank();
    let case = |open: &OpenCase| open.case.clone();
    let shown: Vec<Case> = state.shown().filter(written).map(case).into_iter().collect();
    let vault = state.vault.open().is_some();
    let listed = case_list::listed(state).into_iter().filter_map(|index| state.cases.get(index));
    // Of a vault's list the window holds what is in view; what goes out is looked up when it is asked for.
    let listed: Vec<Case> = if vault { Vec::new() } else { listed.filter(written).map(case).collect() };
    let found = vault.then(|| Found { query: listed_query(state), outgoing: None });
    let folder = state.shown().map_or_else(|| state.default_folder.clone(), |open| folder_of(state, open));
    let names = [shown.first().map_or_else(|| "caso".to_owned(), file_stem), "casos".to_owned()];
    let many = shown.is_empty();
    let image = state.settings.letterhead_image.as_ref();
    let asked = found.as_ref().filter(|_| many).map(|found| look(found.query.clone()));
    state.modal = Some(Modal::Export(Box::new(ExportForm {
        found,
        many,
        shown,
        listed,
        format: Format::Docx,
        print: PrintOptions::default(),
        letterhead: state.settings.letterhead.clone(),
        letterhead_image: image.map(|path| path.display().to_string()).unwrap_or_default(),
        name: names[usize::from(many)].clone(),
        names,
        folder: folder.display().to_string(),
        exists: false,
        understood: false,
        writing: false,
        error: None,
        preview: None,
    })));
    asked.into_iter().collect()
}

/// What the vault's list shows.
fn listed_query(state: &AppState) -> Query {
    Query { text: state.search.clone(), typing: true, filters: state.archive.filters.clone(), ..Query::default() }
}

fn look(query: Query) -> Effect {
    vault::send(VaultCommand::LookAt { query: Box::new(query) })
}

/// The person wants what is listed: how much that is, and its first cases.
pub(super) fn look_at(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::Export(form)) = &state.modal else { return Vec::new() };
    let found = form.found.as_ref().filter(|found| found.outgoing.is_none());
    found.map(|found| look(found.query.clone())).into_iter().collect()
}

/// What the vault's list would take out.
pub(super) fn looked_at(state: &mut AppState, query: &Query, outgoing: Outgoing) {
    if let Some(Modal::Export(form)) = &mut state.modal
        && let Some(found) = form.found.as_mut().filter(|found| found.query == *query)
    {
        form.listed.clone_from(&outgoing.first);
        found.outgoing = Some(outgoing);
        form.preview = None;
    }
}

/// Writes what the dialog says, once everything is said that must be.
pub(super) fn export_now(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::Export(form)) = &mut state.modal else { return Vec::new() };
    if !form.is_ready() {
        return Vec::new();
    }
    let image = Some(form.letterhead_image.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
    let query = form.found.as_ref().filter(|_| form.many).map(|found| found.query.clone());
    let job = ExportJob {
        cases: if query.is_some() { Vec::new() } else { form.cases().to_vec() },
        query,
        path: form.path(),
        format: form.format,
        print: form.print,
        letterhead: form.letterhead.clone(),
        letterhead_image: image.clone(),
        overwrite: form.exists,
    };
    form.writing = true;
    form.error = None;
    state.settings.letterhead.clone_from(&job.letterhead);
    state.settings.letterhead_image = image;
    vec![Effect::Storage(StorageCommand::Export(Box::new(job))), desk::save_settings(state)]
}

/// An export is on the disk.
pub(super) fn exported(state: &mut AppState, desk: &mut Desk, path: &Path, written: Written) -> Vec<Effect> {
    if matches!(state.modal, Some(Modal::Export(_))) {
        state.modal = None;
    }
    state.settings.last_folder = path.parent().map(Path::to_owned);
    desk.toast(state, ToastBody::InfoWith("toast-exported", path.display().to_string()));
    if written.boxes > 0 {
        desk.toast(state, ToastBody::InfoWith("toast-export-boxes", written.boxes.to_string()));
    }
    if written.too_large {
        desk.toast(state, ToastBody::InfoWith("toast-export-too-large", (MAX_FILE_BYTES / 1_000_000).to_string()));
    }
    vec![desk::save_settings(state)]
}

/// A file of that name is there already.
pub(super) fn export_exists(state: &mut AppState, path: &Path) {
    if let Some(Modal::Export(form)) = &mut state.modal {
        form.writing = false;
        form.exists = form.path() == path;
    }
}

/// The dialog says why; without one, a message does.
pub(super) fn failed(state: &mut AppState, desk: &mut Desk, operation: StorageOperation, error: UserError) {
    match (operation, &mut state.modal) {
        (StorageOperation::Export, Some(Modal::Export(form))) => {
            form.writing = false;
            form.error = Some(error);
        }
        (StorageOperation::Import, Some(Modal::Import(form))) => {
            form.reading = false;
            form.read = None;
            form.error = Some(error);
        }
        _ => desk.toast(state, ToastBody::Error { error, retry: false }),
    }
}

/// The vault could not take cases in, or say what would go out: the dialog says why; without one, a message does.
pub(super) fn vault_failed(state: &mut AppState, desk: &mut Desk, error: UserError) {
    match &mut state.modal {
        Some(Modal::Import(form)) => (form.taking, form.error) = (None, Some(error)),
        Some(Modal::Export(form)) => form.error = Some(error),
        _ => desk.toast(state, ToastBody::Error { error, retry: false }),
    }
}

/// Whether a file is a table, to be imported where a case would be opened.
pub(super) fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|ending| TABLES.iter().any(|table| ending.eq_ignore_ascii_case(table)))
}

/// Prepares an import; with a file, reads it.
pub(super) fn import(state: &mut AppState, path: Option<PathBuf>) -> Vec<Effect> {
    let named = path.is_some();
    let path = path.map(|path| path.display().to_string()).unwrap_or_default();
    state.modal = Some(Modal::Import(Box::new(ImportForm { path, ..ImportForm::default() })));
    if named { read(state, None) } else { Vec::new() }
}

/// Reads the file that the dialog names.
pub(super) fn read(state: &mut AppState, sheet: Option<String>) -> Vec<Effect> {
    let known = known(state);
    let Some(Modal::Import(form)) = &mut state.modal else { return Vec::new() };
    let path = PathBuf::from(form.path.trim());
    **form = ImportForm { path: form.path.clone(), reading: true, policy: form.policy, ..ImportForm::default() };
    vec![Effect::Storage(StorageCommand::PlanImport { path, sheet, read: None, known })]
}

/// The column at that place is another field.
pub(super) fn set_column(state: &mut AppState, at: usize, field: Option<Field>) -> Vec<Effect> {
    let known = known(state);
    let Some(Modal::Import(form)) = &mut state.modal else { return Vec::new() };
    let Some((source, plan)) = &form.read else { return Vec::new() };
    let mut mapping = plan.mapping.clone();
    mapping.choose(at, field);
    form.reading = true;
    let path = PathBuf::from(form.path.trim());
    let read = Some((source.clone(), mapping));
    vec![Effect::Storage(StorageCommand::PlanImport { path, sheet: None, read, known })]
}

/// The cases beside which duplicates are looked for; those of an open vault are looked for in the vault.
fn known(state: &AppState) -> Vec<Case> {
    if state.vault.open().is_some() {
        return Vec::new();
    }
    state.cases.iter().filter(|open| !open.case.is_blank()).map(|open| open.case.clone()).collect()
}

/// The file was read.
pub(super) fn planned(
    state: &mut AppState,
    path: &Path,
    read: (Arc<Source>, Arc<Plan>),
    numbers: HashMap<CaseId, String>,
) {
    let Some(Modal::Import(form)) = &mut state.modal else { return };
    if Path::new(form.path.trim()) == path && form.done.is_none() {
        form.reading = false;
        // Another reading of the columns has other duplicates.
        form.choices.clear();
        form.read = Some(read);
        form.numbers = numbers;
    }
}

/// Takes the cases in: all that the dialog says, or none.
pub(super) fn take(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::Import(form)) = &state.modal else { return Vec::new() };
    let (Some((_, plan)), Some(tally)) = (&form.read, form.tally()) else { return Vec::new() };
    if form.reading || form.taking.is_some() || form.done.is_some() {
        return Vec::new();
    }
    let Ok(cases) = plan.cases() else { return Vec::new() };
    let steps = resolve(cases, &plan.duplicates, |index| form.policy_of(index));
    if state.vault.open().is_some() {
        return take_into_vault(state, steps, tally);
    }
    let now_s = state.now_s;
    let mut done = LastImport::default();
    let mut first = None;
    for step in steps {
        match step {
            Step::Add(mut case) => {
                if state.case(&case.id).is_some() {
                    case.id = new_case_id();
                }
                take_number(state, &case.number);
                done.added.push((case.id.clone(), case.modified_at.clone()));
                first.get_or_insert_with(|| case.id.clone());
                let open = OpenCase { dirty: true, unsaved_since_s: Some(now_s), ..OpenCase::new(case) };
                state.cases.push(open);
            }
            Step::Merge(case, into) => {
                let Some(open) = state.case_mut(&into) else { continue };
                let before = Box::new(open.case.clone());
                merge(&mut open.case, case);
                open.known_intervencion.clone_from(&open.case.intervencion);
                open.touch(now_s);
                let after = open.case.modified_at.clone();
                // Filled twice, it goes back to what it was first.
                match done.merged.iter_mut().find(|(earlier, _)| earlier.id == into) {
                    Some((_, last)) => *last = after,
                    None => done.merged.push((before, after)),
                }
            }
        }
    }
    state.last_import = Some(done);
    if let Some(Modal::Import(form)) = &mut state.modal {
        form.done = Some(tally);
        form.read = None;
    }
    if let Some(first) = first {
        drop_blank(state, &first);
        state.selected = Some(first);
    }
    vec![desk::save_settings(state)]
}

/// Gives the cases to the vault, which takes all of them or none.
fn take_into_vault(state: &mut AppState, steps: Vec<Step>, tally: Tally) -> Vec<Effect> {
    let Some(Modal::Import(form)) = &mut state.modal else { return Vec::new() };
    if steps.is_empty() {
        (form.done, form.read) = (Some(tally), None);
        return Vec::new();
    }
    let progress = Progress::default();
    form.taking = Some(Taking { tally, cases: steps.len(), progress: progress.clone() });
    form.error = None;
    let source = files::name_of(Path::new(form.path.trim()));
    vec![vault::send(VaultCommand::Import { cases: incoming(steps), source, progress })]
}

/// Cases have come into the vault.
pub(super) fn imported(
    state: &mut AppState,
    desk: &mut Desk,
    done: &Imported,
    last_number: Option<String>,
) -> Vec<Effect> {
    // Locked meanwhile: whoever unlocks it finds the cases there.
    if state.vault.open().is_none() {
        return Vec::new();
    }
    if let Some(Modal::Import(form)) = &mut state.modal
        && let Some(taking) = form.taking.take()
    {
        (form.done, form.read) = (Some(taking.tally), None);
    } else {
        desk.toast(state, ToastBody::InfoWith("toast-imported", (done.added + done.merged).to_string()));
    }
    if let Some(number) = last_number {
        take_number(state, &number);
    }
    let mut effects = archive::refresh(state);
    effects.extend(archive::read_shown_again(state));
    effects.push(vault::send(VaultCommand::LastImport));
    effects.push(desk::save_settings(state));
    effects
}

/// Takes the last import back: what came goes, what was filled is as before. What a person has changed since stays.
pub(super) fn undo(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    if state.vault.open().is_some() {
        // A case that is being changed stays: its draft says so.
        return vault::after_drafts(state, VaultCommand::UndoImport);
    }
    let Some(import) = state.last_import.take() else { return Vec::new() };
    if matches!(state.modal, Some(Modal::Import(_))) {
        state.modal = None;
    }
    let now_s = state.now_s;
    let (mut effects, mut changed) = (Vec::new(), 0_usize);
    for (id, modified_at) in import.added {
        match state.case(&id) {
            Some(open) if open.case.modified_at == modified_at && open.path.is_none() => {
                remove(state, desk, &id);
                effects.push(Effect::Storage(StorageCommand::DiscardDraft { id }));
            }
            Some(_) => changed += 1,
            None => {}
        }
    }
    for (before, after) in import.merged {
        match state.case_mut(&before.id) {
            Some(open) if open.case.modified_at == after => {
                open.case = *before;
                open.known_intervencion.clone_from(&open.case.intervencion);
                open.case.modified_at = clock::now();
                open.touch(now_s);
            }
            Some(_) => changed += 1,
            None => {}
        }
    }
    desk.toast(state, ToastBody::Info("toast-import-undone"));
    if changed > 0 {
        desk.toast(state, ToastBody::InfoWith("toast-import-kept", changed.to_string()));
    }
    effects
}
