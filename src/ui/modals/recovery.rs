//! «Clave de recuperación nueva»: the passphrase first, then the key as a new vault's is shown and asked for.

use egui::Ui;

use super::super::action::Action;
use super::super::care_state::RecoveryRenewal;
use super::super::cx::{Cx, secret_field};
use super::super::gate::recovery_key;
use super::{entered, finish_row, heading};

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, renewal: &mut RecoveryRenewal) {
    if let Some(form) = &mut renewal.paper {
        recovery_key(ui, cx, form, true);
        ui.add_space(8.0);
        if let Some(error) = &renewal.error {
            cx.error(ui, error);
            ui.add_space(8.0);
        }
        cx.note(ui, cx.tr("recovery-old-counts"));
        if ui.button(cx.tr("cancel")).clicked() {
            cx.act(Action::CloseModal);
        }
        return;
    }
    heading(ui, cx, "renewal-heading");
    ui.label(cx.tr("renewal-what"));
    ui.add_space(8.0);
    if renewal.busy {
        ui.disable();
    }
    let field = secret_field(ui, cx, "passphrase-old", &mut renewal.typed, false);
    if cx.modal_opened {
        field.request_focus();
    }
    if let Some(error) = &renewal.error {
        ui.add_space(8.0);
        cx.error(ui, error);
    }
    let ready = !renewal.busy && !renewal.typed.0.is_empty();
    let by_enter = entered(ui, &field) && ready;
    let main = if renewal.busy { "renewal-busy" } else { "renewal-make" };
    if finish_row(ui, cx, main, ready) || by_enter {
        cx.act(Action::RenewRecovery);
    }
}
