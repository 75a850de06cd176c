//! A recovery key: shown, written onto paper, and asked for, before a new vault may be used or the key of before counts no
//! more.

use egui::{FontId, Frame, Grid, Label, Margin, RichText, Ui};

use super::super::action::{Action, BrowseFor};
use super::super::cx::{Cx, secret_field};
use super::super::theme::{HEADING, SMALL};
use super::super::vault_state::{RecoveryForm, Typed};
use super::{folder_field, keep_keyboard};

/// Groups in a row.
const ROW: usize = 4;

/// Draws it; `renews`: for a vault that had another before.
pub(crate) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut RecoveryForm, renews: bool) {
    ui.heading(cx.tr("recovery-heading"));
    if form.asked {
        ask(ui, cx, form, renews);
        return;
    }
    ui.label(cx.tr("recovery-what"));
    ui.add_space(4.0);
    key(ui, cx, form);
    ui.add_space(4.0);
    ui.label(cx.tr("recovery-where"));
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        let main = cx.main_button(ui, cx.tr("recovery-written"), true);
        keep_keyboard(ui, &main);
        if main.clicked() {
            form.asked = true;
        }
        if form.print_into.is_none() && form.printed.is_none() && ui.button(cx.tr("recovery-print")).clicked() {
            form.print_into = Some(cx.state.default_folder.display().to_string());
        }
    });
    print(ui, cx, form);
}

/// The groups, numbered, in letters that can't be mistaken. They can't be selected: what is copied may stay somewhere.
fn key(ui: &mut Ui, cx: &Cx<'_>, form: &RecoveryForm) {
    Frame::new().fill(cx.palette.background).corner_radius(6).inner_margin(Margin::same(12)).show(ui, |ui| {
        Grid::new("recovery key").num_columns(ROW).min_col_width(0.0).spacing([28.0, 10.0]).show(ui, |ui| {
            for (index, group) in form.groups().enumerate() {
                ui.horizontal(|ui| {
                    let number = RichText::new((index + 1).to_string()).size(SMALL).color(cx.palette.muted);
                    ui.add(Label::new(number).selectable(false));
                    let letters = RichText::new(group).font(FontId::monospace(HEADING)).color(cx.palette.text);
                    ui.add(Label::new(letters).selectable(false));
                });
                if index % ROW == ROW - 1 {
                    ui.end_row();
                }
            }
        });
    });
}

/// A file to print, for who asks for one; and what that means.
fn print(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut RecoveryForm) {
    if let Some(folder) = &mut form.print_into {
        ui.add_space(8.0);
        ui.label(cx.tr("recovery-print-risk"));
        folder_field(ui, cx, "recovery-print-folder", folder, BrowseFor::PrintFolder);
        let named = !folder.trim().is_empty();
        ui.horizontal(|ui| {
            if ui.add_enabled(named, egui::Button::new(cx.tr("recovery-print-now"))).clicked() {
                form.print_words = cx.tr_args("recovery-print-words", &[("name", form.info.name.clone().into())]);
                cx.act(Action::PrintRecovery);
            }
            if ui.button(cx.tr("cancel")).clicked() {
                form.print_into = None;
            }
        });
    }
    printed(ui, cx, form);
}

/// The file that was written stays in clear until somebody removes it.
fn printed(ui: &mut Ui, cx: &mut Cx<'_>, form: &RecoveryForm) {
    if let Some(path) = &form.printed {
        ui.add_space(8.0);
        ui.label(cx.tr_args("recovery-printed", &[("file", path.display().to_string().into())]));
        if ui.button(cx.tr("recovery-remove")).clicked() {
            cx.act(Action::RemovePrinted);
        }
    }
    if let Some(error) = &form.error {
        cx.error(ui, error);
    }
}

/// One group, read from the paper: the key itself is hidden meanwhile.
fn ask(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut RecoveryForm, renews: bool) {
    ui.label(cx.tr_args("recovery-ask", &[("group", (form.group + 1).into())]));
    ui.add_space(4.0);
    let field = secret_field(ui, cx, "recovery-group", &mut form.typed, true);
    let by_enter = keep_keyboard(ui, &field);
    if field.changed() {
        form.wrong = false;
    }
    if form.wrong {
        ui.colored_label(cx.palette.negative, cx.tr("recovery-wrong"));
    }
    printed(ui, cx, form);
    ui.add_space(8.0);
    let ready = !form.typed.0.trim().is_empty();
    ui.horizontal_wrapped(|ui| {
        let main = if renews { "recovery-keep" } else { "recovery-enter" };
        if cx.main_button(ui, cx.tr(main), ready).clicked() || (ready && by_enter) {
            cx.act(Action::ConfirmRecovery);
        }
        if ui.button(cx.tr("recovery-again")).clicked() {
            (form.asked, form.typed, form.wrong) = (false, Typed::default(), false);
        }
    });
}
