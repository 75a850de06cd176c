//! What the office sets for its vault.

use egui::{ComboBox, DragValue, Role, TextEdit, Ui};

use super::super::action::{Action, BrowseFor};
use super::super::care_state::VaultForm;
use super::super::cx::{Cx, name_field};
use super::line_field;

const LOCK_MINUTES: [u32; 7] = [0, 2, 5, 10, 15, 30, 60];
const CLIPBOARD_SECONDS: [u32; 6] = [0, 15, 30, 60, 120, 300];

/// The page of the vault's dialog.
pub(super) fn page(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut VaultForm) {
    let Some(kept) = cx.state.vault.open().map(|open| open.info.settings.clone()) else { return };
    let writes = cx.state.vault.can_write();
    if !writes {
        ui.label(cx.tr("care-settings-read-only"));
    }
    ui.add_enabled_ui(writes, |ui| {
        locking(ui, cx, form);
        ui.add_space(8.0);
        copies(ui, cx, form);
    });
    let wrong = form.wrong_recipient();
    if let Some(line) = wrong {
        ui.colored_label(cx.palette.negative, cx.tr_args("care-recipient-wrong", &[("line", line.into())]));
    }
    ui.add_space(8.0);
    let changed = form.wanted() != kept;
    if cx.main_button(ui, cx.tr("care-settings-save"), writes && changed && wrong.is_none()).clicked() {
        cx.act(Action::SaveVaultSettings);
    }
}

fn locking(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut VaultForm) {
    let minutes = |cx: &Cx<'_>, value: u32| duration(cx, "care-minutes", value);
    let seconds = |cx: &Cx<'_>, value: u32| duration(cx, "care-seconds", value);
    let settings = &mut form.settings;
    ui.horizontal_wrapped(|ui| {
        ui.vertical(|ui| {
            choice(ui, cx, "care-lock-after", &mut settings.lock_after_minutes, &LOCK_MINUTES, minutes);
        });
        ui.add_space(16.0);
        ui.vertical(|ui| {
            choice(ui, cx, "care-clipboard", &mut settings.clear_clipboard_seconds, &CLIPBOARD_SECONDS, seconds);
        });
    });
    ui.checkbox(&mut settings.record_user, cx.tr("care-record-user"));
    cx.note(ui, cx.tr("care-record-user-note"));
}

fn duration(cx: &Cx<'_>, message: &str, value: u32) -> String {
    if value == 0 { cx.tr("care-never") } else { cx.tr_args(message, &[("count", value.into())]) }
}

/// One of a few lengths of time; one that was set elsewhere stays among them.
fn choice(
    ui: &mut Ui,
    cx: &Cx<'_>,
    message: &'static str,
    value: &mut u32,
    offered: &[u32],
    words: impl Fn(&Cx<'_>, u32) -> String,
) {
    let name = cx.tr(message);
    cx.note(ui, &name);
    let chosen = words(cx, *value);
    let combo = ComboBox::from_id_salt(message).width(200.0).selected_text(&chosen);
    let response = combo.show_ui(ui, |ui| {
        let other = (!offered.contains(value)).then_some(*value);
        for one in offered.iter().copied().chain(other) {
            ui.selectable_value(value, one, words(cx, one));
        }
    });
    name_field(&response.response, Role::ComboBox, &name, &chosen);
}

fn copies(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut VaultForm) {
    let width = ui.available_width();
    line_field(ui, cx, "backup folder", "care-backup-folder", &mut form.backup_folder, width);
    ui.horizontal_wrapped(|ui| {
        if ui.button(cx.tr("browse")).clicked() {
            cx.act(Action::Browse(BrowseFor::BackupFolder));
        }
        cx.note(ui, cx.tr("care-backup-folder-note"));
    });
    ui.add_space(4.0);
    cx.note(ui, cx.tr("care-rotation"));
    ui.horizontal_wrapped(|ui| {
        let rotation = form.rotation();
        for (message, value) in [
            ("care-rotation-days", &mut rotation.days),
            ("care-rotation-weeks", &mut rotation.weeks),
            ("care-rotation-months", &mut rotation.months),
        ] {
            let field = ui.add(DragValue::new(value).range(0..=400));
            let name = cx.tr(message);
            name_field(&field, Role::SpinButton, &name, &value.to_string());
            ui.label(name);
            ui.add_space(8.0);
        }
    });
    ui.add_space(4.0);
    let name = cx.tr("care-recipients");
    cx.note(ui, &name);
    let edit = TextEdit::multiline(&mut form.recipients).desired_rows(2).desired_width(width).lock_focus(false);
    let field = ui.add(edit);
    name_field(&field, Role::MultilineTextInput, &name, &form.recipients);
    cx.note(ui, cx.tr("care-recipients-note"));
}
