//! «Cambiar la contraseña».

use egui::Ui;

use super::super::action::Action;
use super::super::care_state::PassphraseForm;
use super::super::cx::{Cx, secret_field};
use super::super::vault_state::Typed;
use super::{entered, finish_row, heading};
use crate::vault::{LEAST_LETTERS, STRONG, strength};

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut PassphraseForm) {
    heading(ui, cx, "passphrase-heading");
    if form.busy {
        ui.disable();
    }
    let (old, other) = if form.recovery {
        ("vault-recovery-key", "vault-use-passphrase")
    } else {
        ("passphrase-old", "passphrase-forgotten")
    };
    let old = secret_field(ui, cx, old, &mut form.old, form.recovery);
    if cx.modal_opened {
        old.request_focus();
    }
    // Whoever came in by the recovery key has no passphrase to name.
    if ui.link(cx.tr(other)).clicked() {
        (form.recovery, form.old, form.error) = (!form.recovery, Typed::default(), None);
    }
    ui.add_space(8.0);
    let new = secret_field(ui, cx, "passphrase-new", &mut form.new, false);
    if new.changed() {
        form.strength = strength(&form.new.0);
    }
    judge(ui, cx, form);
    let again = secret_field(ui, cx, "passphrase-again", &mut form.again, false);
    if form.differs() {
        ui.colored_label(cx.palette.negative, cx.tr("passphrase-differs"));
    }
    ui.add_space(8.0);
    cx.note(ui, cx.tr("passphrase-note"));
    if let Some(error) = &form.error {
        ui.add_space(8.0);
        cx.error(ui, error);
    }
    let ready = form.is_ready();
    let by_enter = entered(ui, &again) && ready;
    let main = if form.busy { "passphrase-busy" } else { "passphrase-change" };
    if finish_row(ui, cx, main, ready) || by_enter {
        cx.act(Action::ChangePassphrase);
    }
}

/// How hard the new one is to guess.
fn judge(ui: &mut Ui, cx: &Cx<'_>, form: &PassphraseForm) {
    let letters = form.new.0.chars().count();
    if letters == 0 {
        return;
    }
    let (message, color) = if letters < LEAST_LETTERS {
        ("passphrase-short", cx.palette.negative)
    } else if form.strength < STRONG {
        ("passphrase-weak", cx.palette.generated)
    } else {
        ("passphrase-strong", cx.palette.positive)
    };
    ui.colored_label(color, cx.tr_args(message, &[("least", LEAST_LETTERS.into())]));
}
