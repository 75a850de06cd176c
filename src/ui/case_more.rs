//! What else the office records of a case: the complaint's date, why it was closed, references, notes, and the names of
//! what lies with it in the office's own folders.

use egui::{CollapsingHeader, Id, Role, TextEdit, Ui};

use super::action::Action;
use super::case_form::{DateField, labelled, small_area};
use super::cx::{Cx, name_field, sign_button};
use super::text_area::field_id;
use crate::domain::{Case, CaseId};

/// Draws it, folded away where nothing stands in it.
pub(crate) fn show(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) {
    let Some(open) = cx.state.shown() else { return };
    let filled = is_filled(&open.case) || !open.attachments.is_empty();
    ui.add_space(8.0);
    let header = CollapsingHeader::new(cx.tr("more-heading")).id_salt(("more", &id.0)).default_open(filled);
    header.show(ui, |ui| {
        let mut changed = short_fields(ui, cx, id);
        changed |= references(ui, cx, id);
        changed |= notes(ui, cx, id);
        if changed {
            cx.act(Action::CaseEdited);
        }
        if cx.state.vault.open().is_some() {
            attachments(ui, cx);
        }
    });
}

fn is_filled(case: &Case) -> bool {
    let texts = [&case.causa_cierre, &case.fecha_denuncia, &case.notas];
    texts.into_iter().chain(&case.referencias).any(|text| !text.trim().is_empty())
}

fn short_fields(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) -> bool {
    let (complaint, closing) = (cx.tr("field-fecha-denuncia"), cx.tr("field-causa-cierre"));
    let date_field = DateField::new(cx, &complaint, field_id(id, "fecha denuncia"));
    let (palette, hint) = (cx.palette, cx.tr("field-causa-cierre-hint"));
    let (width, editable) = (ui.available_width(), cx.state.vault.can_write());
    let Some(open) = cx.state.shown_mut() else { return false };
    let mut changed = false;
    ui.horizontal(|ui| {
        if !editable {
            ui.disable();
        }
        labelled(ui, palette, &complaint, width * 0.3, |ui| {
            changed |= date_field.show(ui, &mut open.case.fecha_denuncia);
        });
        labelled(ui, palette, &closing, width * 0.66, |ui| {
            let text = &mut open.case.causa_cierre;
            let field = TextEdit::singleline(text).id(field_id(id, "causa de cierre")).hint_text(hint);
            let response = ui.add(field.desired_width(f32::INFINITY));
            name_field(&response, Role::TextInput, &closing, text);
            changed |= response.changed();
        });
    });
    changed
}

/// One reference a line.
fn references(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) -> bool {
    let (name, hint) = (cx.tr("field-referencias"), cx.tr("field-referencias-hint"));
    cx.caption(ui, name.to_uppercase());
    let editable = cx.state.vault.can_write();
    let Some(open) = cx.state.shown_mut() else { return false };
    let mut text = open.case.referencias.join("\n");
    let field = TextEdit::multiline(&mut text).id(field_id(id, "referencias")).hint_text(hint);
    let response = ui.add_enabled(editable, field.desired_rows(2).desired_width(f32::INFINITY));
    name_field(&response, Role::MultilineTextInput, &name, &text);
    if response.changed() {
        let lines = text.split('\n').map(str::to_owned);
        open.case.referencias = if text.is_empty() { Vec::new() } else { lines.collect() };
    }
    // An empty line is one that is being begun; behind the cursor's back it is nothing.
    let blank = |line: &String| line.trim().is_empty();
    let left = response.lost_focus() && open.case.referencias.iter().any(blank);
    if left {
        open.case.referencias.retain(|line| !blank(line));
    }
    response.changed() || left
}

fn notes(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) -> bool {
    let (name, hint) = (cx.tr("field-notas"), cx.tr("field-notas-hint"));
    cx.caption(ui, name.to_uppercase());
    small_area(ui, cx, field_id(id, "notas"), (&name, &hint), |case| &mut case.notas)
}

/// Only names are kept: the files stay in the office's own folders.
fn attachments(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(open) = cx.state.shown() else { return };
    let (names, stored) = (open.attachments.clone(), open.stored > 0);
    let can_write = cx.state.vault.can_write();
    ui.add_space(4.0);
    cx.caption(ui, cx.tr("attachments").to_uppercase());
    cx.note(ui, cx.tr(if stored { "attachments-what" } else { "attachments-after-save" }));
    let mut wanted = None;
    for (at, name) in names.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.label(name);
            let remove = cx.tr_args("attachment-remove", &[("name", name.as_str().into())]);
            if can_write && sign_button(ui, "×", &remove).clicked() {
                let mut names = names.clone();
                names.remove(at);
                wanted = Some(names);
            }
        });
    }
    if stored && can_write {
        ui.horizontal(|ui| wanted = wanted.take().or_else(|| added(ui, cx, &names)));
    }
    if let Some(names) = wanted {
        cx.act(Action::SetAttachments(names));
    }
}

/// The field for another name; the list with it once it is added.
fn added(ui: &mut Ui, cx: &Cx<'_>, names: &[String]) -> Option<Vec<String>> {
    let case = cx.state.selected.as_ref().map(|id| id.0.clone()).unwrap_or_default();
    let slot = Id::unique(("attachment being typed", case));
    let mut typed: String = ui.data(|data| data.get_temp(slot)).unwrap_or_default();
    let hint = cx.tr("attachment-hint");
    let response = ui.add(TextEdit::singleline(&mut typed).id(slot.with("field")).hint_text(&hint));
    name_field(&response, Role::TextInput, &hint, &typed);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let name = typed.trim().to_owned();
    let free = !name.is_empty() && !names.contains(&name);
    let add = ui.add_enabled(free, egui::Button::new(cx.tr("attachment-add"))).clicked() || (entered && free);
    ui.data_mut(|data| {
        if add || typed.is_empty() {
            data.remove::<String>(slot);
        } else {
            data.insert_temp(slot, typed);
        }
    });
    add.then(|| names.iter().cloned().chain([name]).collect())
}
