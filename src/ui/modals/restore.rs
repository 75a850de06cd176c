//! A new vault from a backup, never over another.

use egui::Ui;

use super::super::action::{Action, BrowseFor};
use super::super::care_state::RestoreForm;
use super::super::cx::{Cx, secret_field};
use super::{entered, finish_row, heading, line_field, under_way};
use crate::worker::care::CareKind;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut RestoreForm) {
    heading(ui, cx, "restore-heading");
    if let Some((folder, cases)) = form.done.clone() {
        let values = [("folder", folder.display().to_string().into()), ("cases", cx.i18n.number(cases).into())];
        ui.label(cx.tr_args("restore-done", &values));
        ui.add_space(4.0);
        ui.label(cx.tr("restore-open-question"));
        if finish_row(ui, cx, "restore-open", true) {
            cx.act(Action::OpenRestored(folder));
        }
        return;
    }
    let running = cx.state.care.job(CareKind::Restore).map(|job| job.fraction);
    ui.label(cx.tr("restore-what"));
    ui.add_space(8.0);
    let width = ui.available_width();
    let submitted = ui.add_enabled_ui(running.is_none(), |ui| fields(ui, cx, form, width)).inner;
    if let Some(error) = &form.error {
        ui.add_space(8.0);
        cx.error(ui, error);
    }
    if let Some(fraction) = running {
        ui.add_space(8.0);
        under_way(ui, cx, "restore-running", fraction, CareKind::Restore);
    }
    let ready = form.is_ready() && running.is_none();
    if finish_row(ui, cx, "restore-main", ready) || (submitted && ready) {
        cx.act(Action::Restore);
    }
}

/// True when Enter was pressed in the last one.
fn fields(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut RestoreForm, width: f32) -> bool {
    let file = line_field(ui, cx, "backup", "restore-file", &mut form.file, width);
    if ui.button(cx.tr("browse")).clicked() {
        cx.act(Action::Browse(BrowseFor::BackupFile));
    }
    ui.add_space(4.0);
    line_field(ui, cx, "restored vault", "restore-folder", &mut form.folder, width);
    cx.note(ui, cx.tr("restore-folder-note"));
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.radio_value(&mut form.recovery, false, cx.tr("restore-by-passphrase"));
        ui.radio_value(&mut form.recovery, true, cx.tr("restore-by-recovery"));
    });
    let message = if form.recovery { "restore-recovery" } else { "restore-passphrase" };
    let secret = secret_field(ui, cx, message, &mut form.typed, form.recovery);
    if cx.modal_opened {
        if form.file.is_empty() { file.request_focus() } else { secret.request_focus() }
    }
    entered(ui, &secret)
}
