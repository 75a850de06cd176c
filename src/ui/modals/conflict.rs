//! Two texts of one case, side by side, and what becomes of them.

use egui::{Frame, Id, Margin, RichText, Role, ScrollArea, TextEdit, Ui};

use super::super::action::{Action, Resolution};
use super::super::cx::{Cx, name_field};
use super::super::state::outcome_message;
use super::super::theme::SMALL;
use super::heading;
use crate::clock;
use crate::domain::{Ambito, Case, Tipo};
use crate::vault::Stored;

/// Says one thing of a case.
type Read = fn(&Cx<'_>, &Case) -> String;

/// What is compared, under the fields' own names.
const FIELDS: [(&str, Read); 9] = [
    ("field-date", |_, case| clock::date_for_people(&case.fecha)),
    ("field-provincia", |_, case| case.provincia.clone().unwrap_or_default()),
    ("field-ambito", |_, case| case.ambito.map(Ambito::label).unwrap_or_default().to_owned()),
    ("field-tipo", |_, case| case.tipo.map(Tipo::label).unwrap_or_default().to_owned()),
    ("field-hechos", |_, case| case.hechos.clone()),
    ("field-intervencion", |_, case| case.intervencion.clone()),
    ("field-resultado", |cx, case| {
        let outcome = case.resultado.map(|outcome| cx.tr(outcome_message(outcome))).unwrap_or_default();
        format!("{outcome} {}", case.resultado_texto).trim().to_owned()
    }),
    ("conflict-notes", |_, case| case.notas.clone()),
    ("conflict-suggestion", |_, case| {
        case.propuesta.as_ref().map(|suggestion| suggestion.intervention.clone()).unwrap_or_default()
    }),
];

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, stored: &Stored) {
    heading(ui, cx, "conflict-heading");
    let Some(mine) = cx.state.case(&stored.case.id).map(|open| open.case.clone()) else { return };
    ui.label(cx.tr_args("conflict-what", &[("number", mine.number.clone().into())]));
    ui.add_space(8.0);
    let height = (ui.ctx().content_rect().height() - 330.0).max(140.0);
    ui.columns(2, |columns| {
        let theirs = cx.tr_args("conflict-theirs", &[("at", clock::for_people(&stored.case.modified_at).into())]);
        side(&mut columns[0], cx, "theirs", &theirs, (&stored.case, &mine), height);
        let ours = cx.tr("conflict-mine");
        side(&mut columns[1], cx, "mine", &ours, (&mine, &stored.case), height);
    });
    ui.add_space(12.0);
    ui.horizontal_wrapped(|ui| {
        let both = cx.main_button(ui, cx.tr("conflict-both"), true);
        if cx.modal_opened {
            both.request_focus();
        }
        if both.on_hover_text(cx.tr("conflict-both-note")).clicked() {
            cx.act(Action::Resolve(Resolution::Both));
        }
        for (resolution, message, note) in [
            (Resolution::Mine, "conflict-keep-mine", "conflict-keep-mine-note"),
            (Resolution::Theirs, "conflict-keep-theirs", "conflict-keep-theirs-note"),
        ] {
            if ui.button(cx.tr(message)).on_hover_text(cx.tr(note)).clicked() {
                cx.act(Action::Resolve(resolution));
            }
        }
        if ui.button(cx.tr("cancel")).clicked() {
            cx.act(Action::CloseModal);
        }
    });
    cx.note(ui, cx.tr("conflict-note"));
}

/// One of the two, by what it says otherwise than the other. It can be read and copied, not changed.
fn side(ui: &mut Ui, cx: &Cx<'_>, id: &str, title: &str, (case, other): (&Case, &Case), height: f32) {
    cx.caption(ui, title);
    Frame::new().fill(cx.palette.background).corner_radius(6).inner_margin(Margin::same(12)).show(ui, |ui| {
        let area = ScrollArea::vertical().id_salt(id).max_height(height).min_scrolled_height(height);
        area.auto_shrink([false, false]).show(ui, |ui| {
            for (message, read) in FIELDS {
                let text = read(cx, case);
                if text == read(cx, other) {
                    continue;
                }
                let name = cx.tr(message);
                ui.label(RichText::new(&name).size(SMALL).color(cx.palette.muted));
                let mut shown = if text.is_empty() { "—" } else { text.as_str() };
                let edit = TextEdit::multiline(&mut shown).id(Id::unique(("conflict", id, message)));
                let field = ui.add(edit.desired_width(f32::INFINITY).desired_rows(1));
                name_field(&field, Role::MultilineTextInput, &format!("{name}, {title}"), &text);
            }
        });
    });
}
