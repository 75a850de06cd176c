//! The locked vault: nothing of any case, and one field.

use egui::{RichText, Spinner, Ui};

use super::super::action::Action;
use super::super::cx::{Cx, secret_field};
use super::super::theme::SMALL;
use super::super::vault_state::{ChooseWay, LockedForm, Typed};
use super::{keep_keyboard, name_of};

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut LockedForm) {
    ui.heading(cx.tr_args("vault-locked", &[("name", name_of(&form.folder).into())]));
    cx.note(ui, form.folder.display().to_string());
    if form.shown.is_some() {
        cx.note(ui, cx.tr("vault-typed-is-kept"));
    }
    held(ui, cx, form);
    ui.add_space(8.0);
    unlock(ui, cx, form);
    ui.add_space(8.0);
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        if ui.link(cx.tr("vault-other")).clicked() {
            cx.act(Action::ChooseVault(ChooseWay::Open));
        }
        ui.label(RichText::new("·").color(cx.palette.muted));
        let without = ui.link(cx.tr("vault-go-on-without"));
        if without.on_hover_text(cx.tr("vault-go-on-without-note")).clicked() {
            cx.act(Action::GoWithoutVault);
        }
    });
}

/// Text that the vault could not take when it was locked.
fn held(ui: &mut Ui, cx: &mut Cx<'_>, form: &LockedForm) {
    if cx.state.held.is_empty() || cx.state.storage_trouble.is_none() {
        return;
    }
    ui.add_space(8.0);
    let count = cx.state.held.len();
    ui.colored_label(cx.palette.negative, cx.tr_args("vault-held", &[("count", count.into())]));
    if form.leaving {
        ui.label(cx.tr("vault-held-leaving"));
        if ui.button(cx.tr("vault-quit-anyway")).clicked() {
            cx.act(Action::QuitNow);
        }
    }
}

/// The field for the passphrase or the recovery key, and what became of it.
pub(super) fn unlock(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut LockedForm) {
    let message = if form.recovery { "vault-recovery-key" } else { "vault-passphrase" };
    let shown = form.show || form.recovery;
    let field = ui.add_enabled_ui(!form.busy, |ui| secret_field(ui, cx, message, &mut form.typed, shown)).inner;
    let by_enter = keep_keyboard(ui, &field);
    if form.recovery {
        cx.note(ui, cx.tr("vault-recovery-key-note"));
    } else {
        ui.checkbox(&mut form.show, cx.tr("vault-show"));
    }
    let wait_s = form.wait_s(cx.state.now_s);
    if wait_s > 0 {
        ui.colored_label(cx.palette.negative, cx.tr_args("vault-wait", &[("count", wait_s.into())]));
    }
    // What it says of the wait is old by now.
    if let Some(error) = form.error.as_ref().filter(|error| error.id() != "error-vault-too-soon") {
        cx.error(ui, error);
    }
    if let Some(backup) = &form.offer
        && ui.button(cx.tr("care-restore-newest")).clicked()
    {
        cx.act(Action::ShowRestore(Some(backup.clone())));
    }
    ui.add_space(4.0);
    let ready = form.is_ready(cx.state.now_s);
    ui.horizontal_wrapped(|ui| {
        let main = cx.main_button(ui, cx.tr("vault-unlock"), ready);
        if main.clicked() || (ready && by_enter) {
            cx.act(Action::Unlock);
        }
        if form.busy {
            ui.add(Spinner::new().size(SMALL));
            cx.note(ui, cx.tr("vault-opening"));
            return;
        }
        let other = if form.recovery { "vault-use-passphrase" } else { "vault-use-recovery" };
        if ui.button(cx.tr(other)).clicked() {
            (form.recovery, form.typed, form.error) = (!form.recovery, Typed::default(), None);
            field.request_focus();
        }
    });
}
