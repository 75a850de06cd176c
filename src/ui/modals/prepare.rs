//! «Preparar para este equipo»: what a model takes now, and what it would take.

use egui::{Grid, Ui};

use super::super::action::{Action, PrepareForm};
use super::super::cx::Cx;
use super::super::state::Offered;
use super::{heading, model};
use crate::config::QuantizationChoice;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut PrepareForm) {
    heading(ui, cx, "prepare-heading");
    let Some(offered) = cx.state.model.offer.clone() else { return };
    ui.label(cx.tr_args("prepare-what", &[("model", offered.name.as_str().into())]));
    ui.add_space(8.0);
    table(ui, cx, &offered, form);
    ui.add_space(4.0);
    model::memory(ui, cx);
    let free = offered.offer.free_bytes;
    let needed = offered.offer.forms.iter().find(|one| one.quantization == form.quantization);
    let lacking = needed.zip(free).is_some_and(|(one, free)| free < one.file_bytes);
    if let Some(free) = free {
        cx.note(ui, cx.tr_args("prepare-free", &[("free", cx.i18n.bytes(free).into())]));
    }
    if lacking {
        ui.colored_label(cx.palette.negative, cx.tr("prepare-no-room"));
    }
    ui.add_space(4.0);
    let freed = cx.i18n.bytes(offered.offer.file_bytes);
    ui.checkbox(&mut form.remove_original, cx.tr_args("prepare-remove", &[("size", freed.into())]));
    ui.add_space(12.0);
    ui.horizontal_wrapped(|ui| {
        let main = cx.main_button(ui, cx.tr("prepare-begin"), !lacking);
        if cx.modal_opened && ui.memory(|memory| memory.focused().is_none()) {
            main.request_focus();
        }
        if main.clicked() {
            cx.act(Action::Prepare(*form));
        }
        if ui.button(cx.tr("prepare-skip")).clicked() {
            cx.act(Action::SkipPrepare);
        }
        if ui.button(cx.tr("prepare-later")).clicked() {
            cx.act(Action::CloseModal);
        }
    });
}

/// Disk and memory now, and of each form.
fn table(ui: &mut Ui, cx: &Cx<'_>, offered: &Offered, form: &mut PrepareForm) {
    let offer = &offered.offer;
    let total = cx.state.memory.total_bytes;
    Grid::new("prepare").num_columns(3).spacing([24.0, 6.0]).show(ui, |ui| {
        for caption in ["", "prepare-disk", "prepare-memory"] {
            if caption.is_empty() { drop(ui.label("")) } else { drop(cx.caption(ui, cx.tr(caption))) }
        }
        ui.end_row();
        ui.label(cx.tr("prepare-now"));
        ui.label(cx.i18n.bytes(offer.file_bytes));
        ui.label(cx.i18n.bytes(offer.memory_bytes));
        ui.end_row();
        for one in &offer.forms {
            ui.radio_value(&mut form.quantization, one.quantization, cx.tr(message_of(one.quantization)));
            ui.label(cx.i18n.bytes(one.file_bytes));
            ui.label(cx.i18n.bytes(one.memory_bytes));
            if total > 0 && one.memory_bytes > total {
                ui.colored_label(cx.palette.negative, cx.tr("model-entry-too-large"));
            }
            ui.end_row();
        }
    });
}

fn message_of(quantization: QuantizationChoice) -> &'static str {
    match quantization {
        QuantizationChoice::None => "quantization-none",
        QuantizationChoice::Q8_0 => "quantization-q8",
        QuantizationChoice::Q6k => "quantization-q6",
        QuantizationChoice::Q4k => "quantization-q4",
    }
}
