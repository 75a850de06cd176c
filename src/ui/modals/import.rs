//! Cases from a table or JSON: which file, what its columns are, everything that is wrong with it, and what is there
//! already; then all of it, or nothing.

use std::path::PathBuf;

use egui::{CollapsingHeader, ComboBox, Grid, RichText, ScrollArea, Ui};

use super::super::action::{Action, BrowseFor};
use super::super::cx::{Cx, name_field};
use super::super::forms::{ImportForm, Taking};
use super::super::theme::SMALL;
use super::{close_row, entered, finish_row, heading, line_field};
use crate::documents::import::{
    Duplicate, Field, Mapping, Plan, Policy, Same, Severity, Source, Table, field_message, problem_line, problem_words,
    tally_line,
};
use crate::domain::Ambito;

/// What stands over and under what was read, in points.
const BELOW: f32 = 360.0;
/// So many rows of the file are shown.
const FIRST_ROWS: usize = 4;
/// So much of a cell is shown, in letters.
const CELL_LETTERS: usize = 32;
/// Of a line in a long list, in points.
const LINE_HEIGHT: f32 = 20.0;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ImportForm) {
    heading(ui, cx, "import-heading");
    if let Some(done) = form.done {
        ui.label(tally_line_done(cx, done.added, done.merged, done.skipped));
        let stored = cx.state.vault.open().is_some();
        cx.note(ui, cx.tr(if stored { "import-done-stored" } else { "import-done-note" }));
        ui.add_space(8.0);
        let some = done.added + done.merged > 0;
        if ui.add_enabled(some, egui::Button::new(cx.tr("menu-undo-import"))).clicked() {
            cx.act(Action::UndoImport);
        }
        close_row(ui, cx);
        return;
    }
    if let Some(taking) = &form.taking {
        taking_in(ui, cx, taking);
        return;
    }
    file(ui, cx, form);
    if let Some(error) = &form.error {
        cx.error(ui, error);
    }
    let Some((source, plan)) = form.read.clone() else {
        cx.note(ui, cx.tr("import-what"));
        if form.reading {
            ui.label(cx.tr("import-reading"));
        }
        ui.add_space(12.0);
        if ui.button(cx.tr("cancel")).clicked() {
            cx.act(Action::CloseModal);
        }
        return;
    };
    // What is read scrolls; what it comes to, and the buttons, stay in sight.
    let height = (ui.ctx().content_rect().height() - BELOW).max(160.0);
    let area = ScrollArea::vertical().id_salt("import read").max_height(height).auto_shrink([false, true]);
    area.show(ui, |ui| {
        origin(ui, cx, &plan);
        match source.as_ref() {
            Source::Table(table) if !plan.ours => columns(ui, cx, table, &plan.mapping),
            _ => cases(ui, cx, &plan),
        }
        problems(ui, cx, &plan);
        duplicates(ui, cx, form, &plan);
    });
    ui.add_space(8.0);
    let tally = form.tally();
    match (tally, plan.blocked()) {
        (Some(tally), _) => {
            ui.label(tally_line(tally, cx.i18n));
        }
        (None, Some((rows, first))) => {
            let words = [("rows", cx.i18n.number(rows as u64).into()), ("first", cx.i18n.number(first).into())];
            ui.colored_label(cx.palette.negative, cx.tr_args("import-blocked", &words));
        }
        (None, None) => {}
    }
    let some = tally.is_some_and(|tally| tally.added + tally.merged > 0);
    if finish_row(ui, cx, "import-now", some && !form.reading) {
        cx.act(Action::TakeImport);
    }
}

/// While the vault takes them in.
fn taking_in(ui: &mut Ui, cx: &mut Cx<'_>, taking: &Taking) {
    let (written, cases) = (taking.progress.written(), taking.cases.max(1));
    let words = [("done", cx.i18n.number(written as u64).into()), ("cases", cx.i18n.number(cases as u64).into())];
    ui.label(cx.tr_args("import-taking", &words));
    ui.add(egui::ProgressBar::new(written as f32 / cases as f32).desired_height(8.0).fill(cx.palette.accent));
    cx.note(ui, cx.tr("import-taking-note"));
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
    close_row(ui, cx);
}

fn tally_line_done(cx: &Cx<'_>, added: usize, merged: usize, skipped: usize) -> String {
    let number = |value: usize| cx.i18n.number(value as u64);
    let words =
        [("added", number(added).into()), ("merged", number(merged).into()), ("skipped", number(skipped).into())];
    cx.tr_args("import-done", &words)
}

fn file(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ImportForm) {
    let width = ui.available_width();
    let field = line_field(ui, cx, "import file", "import-file", &mut form.path, width);
    if cx.modal_opened {
        field.request_focus();
    }
    let named = !form.path.trim().is_empty() && !form.reading;
    let by_enter = entered(ui, &field) && named;
    ui.horizontal(|ui| {
        if ui.button(cx.tr("browse")).clicked() {
            cx.act(Action::Browse(BrowseFor::ImportFile));
        }
        if ui.add_enabled(named, egui::Button::new(cx.tr("import-read-file"))).clicked() || by_enter {
            form.path = PathBuf::from(form.path.trim()).display().to_string();
            cx.act(Action::ReadImport(None));
        }
    });
}

/// What kind of file it is, and how many rows and cases; a workbook's sheet can be chosen.
fn origin(ui: &mut Ui, cx: &mut Cx<'_>, plan: &Plan) {
    let number = |value: usize| cx.i18n.number(value as u64);
    let words = [("rows", number(plan.rows).into()), ("cases", number(plan.cases.len()).into())];
    ui.add_space(4.0);
    ui.label(cx.tr_args("import-read", &words));
    let Some(origin) = &plan.origin else { return };
    if let Some(encoding) = origin.encoding {
        let separator = match origin.separator {
            Some('\t') => "TAB".to_owned(),
            separator => separator.map(String::from).unwrap_or_default(),
        };
        cx.note(ui, cx.tr_args("import-encoding", &[("encoding", encoding.into()), ("separator", separator.into())]));
    }
    if let Some(sheet) = &origin.sheet {
        let mut wanted = None;
        ui.horizontal(|ui| {
            let name = cx.tr_args("import-sheet", &[("sheet", "".into())]);
            cx.note(ui, name.clone());
            let combo = ComboBox::from_id_salt("import sheet").selected_text(sheet.clone());
            let response = combo.show_ui(ui, |ui| {
                for one in &origin.sheets {
                    if ui.selectable_label(one == sheet, one).clicked() && one != sheet {
                        wanted = Some(one.clone());
                    }
                }
            });
            name_field(&response.response, egui::Role::ComboBox, name.trim_end_matches([' ', ':']), sheet);
        });
        if wanted.is_some() {
            cx.act(Action::ReadImport(wanted));
        }
    }
}

/// The file's first rows, each column under what it is taken for.
fn columns(ui: &mut Ui, cx: &mut Cx<'_>, table: &Table, mapping: &Mapping) {
    ui.add_space(4.0);
    cx.caption(ui, cx.tr("import-columns").to_uppercase());
    ScrollArea::horizontal().id_salt("import columns").auto_shrink([false, true]).show(ui, |ui| {
        Grid::new("import grid").striped(true).spacing([12.0, 4.0]).show(ui, |ui| {
            for column in &mapping.columns {
                cx.caption(ui, short(&column.heading));
            }
            ui.end_row();
            for (at, column) in mapping.columns.iter().enumerate() {
                let field = field_of(ui, cx, at, &column.heading, column.field);
                if field != column.field {
                    cx.act(Action::SetImportColumn(at, field));
                }
            }
            ui.end_row();
            for row in table.rows.iter().take(FIRST_ROWS) {
                for at in 0..mapping.columns.len() {
                    let cell = row.cells.get(at).map(String::as_str).unwrap_or_default();
                    ui.label(RichText::new(short(cell)).size(SMALL));
                }
                ui.end_row();
            }
        });
    });
}

/// What the column is taken for now.
fn field_of(ui: &mut Ui, cx: &Cx<'_>, at: usize, heading: &str, field: Option<Field>) -> Option<Field> {
    let words =
        |field: Option<Field>| field.map_or_else(|| cx.tr("import-left-out"), |field| cx.tr(field_message(field)));
    let mut chosen = field;
    let combo = ComboBox::from_id_salt(("import column", at)).width(150.0).truncate().selected_text(words(field));
    let response = combo.show_ui(ui, |ui| {
        for one in std::iter::once(None).chain(Field::ALL.map(Some)) {
            ui.selectable_value(&mut chosen, one, words(one));
        }
    });
    let name = cx.tr_args("import-column-is", &[("column", heading.to_owned().into())]);
    name_field(&response.response, egui::Role::ComboBox, &name, &words(field));
    chosen
}

/// The first cases of a file of this program's own, whose columns are known.
fn cases(ui: &mut Ui, cx: &Cx<'_>, plan: &Plan) {
    ui.add_space(4.0);
    cx.note(ui, cx.tr("import-own-form"));
    Grid::new("import cases").striped(true).spacing([12.0, 4.0]).show(ui, |ui| {
        for planned in plan.cases.iter().take(FIRST_ROWS) {
            let case = &planned.case;
            let ambito = case.ambito.map(Ambito::label).unwrap_or_default();
            for cell in [&case.number, case.provincia.as_deref().unwrap_or_default(), ambito, &case.hechos] {
                ui.label(RichText::new(short(cell)).size(SMALL));
            }
            ui.end_row();
        }
    });
}

/// One line, cut short.
fn short(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace().take(CELL_LETTERS) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(CELL_LETTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn problems(ui: &mut Ui, cx: &Cx<'_>, plan: &Plan) {
    ui.add_space(8.0);
    cx.caption(ui, cx.tr("import-problems").to_uppercase());
    let counts = plan.counts();
    if counts.is_empty() {
        cx.note(ui, cx.tr("import-no-problems"));
        return;
    }
    // Lines of text alone are no higher than text.
    let row_height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, LINE_HEIGHT);
    for count in &counts {
        let (message, color) = match count.kind.severity() {
            Severity::Blocking => ("import-severity-blocking", cx.palette.negative),
            Severity::Warning => ("import-severity-warning", cx.palette.generated),
            Severity::Note => ("import-severity-note", cx.palette.muted),
        };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(RichText::new(cx.tr(message)).size(SMALL).color(color));
            ui.label(RichText::new(problem_line(count, cx.i18n)).size(SMALL));
        });
    }
    ui.spacing_mut().interact_size.y = row_height;
    let each = plan.problems();
    let words = [("number", cx.i18n.number(each.len() as u64).into())];
    CollapsingHeader::new(cx.tr_args("import-each-problem", &words)).id_salt("each problem").show(ui, |ui| {
        let area = ScrollArea::vertical().id_salt("problems").max_height(200.0).auto_shrink([false, true]);
        area.show_rows(ui, LINE_HEIGHT, each.len(), |ui, rows| {
            for problem in &each[rows] {
                let words = RichText::new(problem_words(problem, cx.i18n)).size(SMALL);
                ui.add(egui::Label::new(words).truncate());
            }
        });
    });
}

fn duplicates(ui: &mut Ui, cx: &Cx<'_>, form: &mut ImportForm, plan: &Plan) {
    if plan.duplicates.is_empty() {
        return;
    }
    let count = plan.duplicates.len();
    ui.add_space(8.0);
    cx.caption(ui, cx.tr("import-repeated").to_uppercase());
    let words = [("count", count.into()), ("number", cx.i18n.number(count as u64).into())];
    ui.label(RichText::new(cx.tr_args("import-duplicates", &words)).size(SMALL));
    ui.horizontal_wrapped(|ui| {
        for policy in Policy::ALL {
            if ui.radio(form.policy == policy, cx.tr(policy_message(policy))).clicked() {
                form.policy = policy;
                form.choices.clear();
            }
        }
    });
    CollapsingHeader::new(cx.tr("import-each-duplicate")).id_salt("each duplicate").show(ui, |ui| {
        let area = ScrollArea::vertical().id_salt("duplicates").max_height(200.0).auto_shrink([false, true]);
        area.show_rows(ui, LINE_HEIGHT + 8.0, count, |ui, rows| {
            for duplicate in &plan.duplicates[rows] {
                ui.horizontal(|ui| one_duplicate(ui, cx, form, plan, duplicate));
            }
        });
    });
}

fn one_duplicate(ui: &mut Ui, cx: &Cx<'_>, form: &mut ImportForm, plan: &Plan, duplicate: &Duplicate) {
    let row_of = |index: usize| plan.cases.get(index).map(|case| cx.i18n.number(case.row)).unwrap_or_default();
    let likeness = cx.i18n.decimal(100.0 * duplicate.likeness, 0);
    let row = row_of(duplicate.index);
    let words = match &duplicate.of {
        Same::Earlier(earlier) => {
            let words = [("row", row.into()), ("other", row_of(*earlier).into()), ("likeness", likeness.into())];
            cx.tr_args("import-like-row", &words)
        }
        Same::Stored(id) => {
            let open = cx.state.case(id).map(|open| open.case.number.clone());
            let number = open.or_else(|| form.numbers.get(id).cloned()).filter(|number| !number.is_empty());
            let other = number.unwrap_or_else(|| cx.tr("case-unnumbered"));
            let words = [("row", row.into()), ("other", other.into()), ("likeness", likeness.into())];
            cx.tr_args("import-like-case", &words)
        }
    };
    let before = form.policy_of(duplicate.index);
    let mut policy = before;
    let combo = ComboBox::from_id_salt(("duplicate", duplicate.index)).width(120.0);
    let chosen = cx.tr(policy_message(policy));
    let response = combo.selected_text(chosen.clone()).show_ui(ui, |ui| {
        for one in Policy::ALL {
            ui.selectable_value(&mut policy, one, cx.tr(policy_message(one)));
        }
    });
    name_field(&response.response, egui::Role::ComboBox, &words, &chosen);
    ui.add(egui::Label::new(RichText::new(words).size(SMALL)).truncate());
    if policy != before {
        form.choices.insert(duplicate.index, policy);
    }
}

fn policy_message(policy: Policy) -> &'static str {
    match policy {
        Policy::Skip => "import-policy-skip",
        Policy::Merge => "import-policy-merge",
        Policy::Keep => "import-policy-keep",
    }
}
