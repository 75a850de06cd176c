//! What stands in the window while no case may be shown: the first choice, and the locked vault.

use egui::{CentralPanel, Frame, Margin, Role, TextEdit, Ui};

use super::action::Action;
use super::cx::{Cx, name_field};
use super::vault_state::{LockedForm, VaultState};

/// Draws it.
pub(super) fn screen(ui: &mut Ui, cx: &mut Cx<'_>) {
    let frame = Frame::new().fill(cx.palette.background).inner_margin(Margin::same(24));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        // Taken out meanwhile, so that it can be written into.
        let mut vault = std::mem::take(&mut cx.state.vault);
        match &mut vault {
            VaultState::Locked(form) => locked(ui, cx, form),
            VaultState::Choosing(_) | VaultState::Without | VaultState::Open(_) => {}
        }
        cx.state.vault = vault;
    });
}

fn locked(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut LockedForm) {
    ui.heading(cx.tr("vault-locked"));
    let name = cx.tr("vault-passphrase");
    let field = ui.add_enabled(!form.busy, TextEdit::singleline(&mut form.typed.0).password(true));
    name_field(&field, Role::PasswordInput, &name, "");
    if let Some(error) = &form.error {
        cx.error(ui, error);
    }
    if let Some(backup) = &form.offer
        && ui.button(cx.tr("care-restore-newest")).clicked()
    {
        cx.act(Action::ShowRestore(Some(backup.clone())));
    }
    if cx.main_button(ui, cx.tr("vault-unlock"), !form.busy && !form.typed.0.is_empty()).clicked() {
        cx.act(Action::Unlock);
    }
}
